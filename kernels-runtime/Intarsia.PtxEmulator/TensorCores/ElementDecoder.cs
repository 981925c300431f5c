using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>Registers of a fragment to numbers at their places in a row-major matrix. Every conversion is exact.</summary>
internal static class ElementDecoder
{
    /// <summary>Scatters floating-point elements.</summary>
    /// <param name="registers">Raw bits, <c>[register * Lanes + lane]</c>.</param>
    /// <param name="element">F16, BF16 or TF32, whose lower 13 bits are dropped.</param>
    /// <param name="layout">Where each register goes.</param>
    /// <param name="matrix">The row-major matrix.</param>
    public static void Decode(ReadOnlySpan<uint> registers, MmaElement element, FragmentLayout layout, Span<double> matrix)
    {
        ReadOnlySpan<int> positions = layout.Positions;
        if (registers.Length < positions.Length) throw new ArgumentException($"{positions.Length} register values are needed, {registers.Length} were given.", nameof(registers));
        Span<float> low = stackalloc float[8], high = stackalloc float[8];
        for (int i = 0; i < positions.Length; i += 8)
        {
            Vector256<uint> word = Vector256.LoadUnsafe(in registers[i]);
            ToSingle(word, element).StoreUnsafe(ref MemoryMarshal.GetReference(low));
            if (element == MmaElement.TF32)
            {
                for (int lane = 0; lane < 8; lane++) matrix[positions[i + lane]] = low[lane];
                continue;
            }
            ToSingle(word >>> 16, element).StoreUnsafe(ref MemoryMarshal.GetReference(high));
            for (int lane = 0; lane < 8; lane++)
            {
                int position = positions[i + lane];
                matrix[position] = low[lane];
                matrix[position + layout.Step] = high[lane];
            }
        }
    }

    /// <summary>Scatters integer elements.</summary>
    /// <param name="registers">Raw bits, <c>[register * Lanes + lane]</c>.</param>
    /// <param name="element">S8, U8, S4 or U4.</param>
    /// <param name="layout">Where each register goes.</param>
    /// <param name="matrix">The row-major matrix.</param>
    public static void Decode(ReadOnlySpan<uint> registers, MmaElement element, FragmentLayout layout, Span<int> matrix)
    {
        ReadOnlySpan<int> positions = layout.Positions;
        if (registers.Length < positions.Length) throw new ArgumentException($"{positions.Length} register values are needed, {registers.Length} were given.", nameof(registers));
        int bits = element.Bits(), perRegister = 32 / bits, step = layout.Step, drop = 32 - bits;
        bool signed = element is MmaElement.S8 or MmaElement.S4;
        for (int i = 0; i < positions.Length; i++)
        {
            uint word = registers[i];
            Span<int> target = matrix.Slice(positions[i], (perRegister - 1) * step + 1);
            for (int e = 0, at = 0; e < perRegister; e++, at += step, word >>>= bits)
                target[at] = signed ? (int)(word << drop) >> drop : (int)(word << drop >>> drop);
        }
    }

    /// <summary>The low elements of eight registers as binary32, exactly.</summary>
    public static Vector256<float> ToSingle(Vector256<uint> word, MmaElement element) => element switch
    {
        MmaElement.F16 => HalfToSingle(word & Vector256.Create(0xFFFFu)),
        MmaElement.BF16 => (word << 16).AsSingle(),
        _ => (word & Vector256.Create(0xFFFFE000u)).AsSingle(),
    };

    /// <summary>
    /// Binary16 in the low half of each word to binary32. Normal numbers get the exponent's new bias; subnormal ones are counts of 2^−24, converted as such, for a product with a subnormal binary32
    /// would be right, too, and a hundred times slower. Infinities and NaNs get the highest exponent.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> HalfToSingle(Vector256<uint> half)
    {
        Vector256<uint> magnitude = half & Vector256.Create(0x7FFFu), sign = (half & Vector256.Create(0x8000u)) << 16, moved = magnitude << 13;
        Vector256<uint> subnormal = (Vector256.ConvertToSingle(magnitude.AsInt32()) * Vector256.Create(1f / (1 << 24))).AsUInt32();
        Vector256<uint> finite = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0x400u)), subnormal, moved + Vector256.Create((127u - 15) << 23));
        Vector256<uint> special = Vector256.GreaterThan(magnitude, Vector256.Create(0x7BFFu));
        return (Vector256.ConditionalSelect(special, moved | Vector256.Create(0x7F800000u), finite) | sign).AsSingle();
    }
}
