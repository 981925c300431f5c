using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>What kernels of bit planes call.</summary>
public static partial class V256
{
    /// <summary>For each byte how many of its bits are set: a table of the counts of four bits (Muła, Kurz and Lemire, "Faster Population Counts Using AVX2 Instructions", 2018, section 3.1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> CountBits(Vector256<int> words)
    {
        Vector256<byte> counts = Vector256.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
        Vector256<int> low = words & Vector256.Create(0x0F0F0F0F), high = words >>> 4 & Vector256.Create(0x0F0F0F0F);
        return (Avx2.Shuffle(counts, low.AsByte()) + Avx2.Shuffle(counts, high.AsByte())).AsInt32();
    }

    /// <summary>The sum of the four bytes of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> SumBytes(Vector256<int> counts) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(counts.AsByte(), Vector256.Create((sbyte)1)), Vector256.Create((short)1));

    /// <summary>Bits that an odd number of three words have: what a full adder leaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Parity(Vector256<int> a, Vector256<int> b, Vector256<int> c) => a ^ b ^ c;

    /// <summary>Bits that two of three words have: what a full adder carries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Majority(Vector256<int> a, Vector256<int> b, Vector256<int> c) => (a & b) | (a ^ b) & c;
}
