using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>Weights of less than eight bits, several to a byte.</summary>
public static partial class V256
{
    /// <summary>The values of a signed four-bit code, in every 128 bits.</summary>
    private static Vector256<sbyte> SignedNibbles
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256.Create(Vector128.Create((sbyte)0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1), Vector128.Create((sbyte)0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1));
    }

    /// <summary>Asks for the cache line some bytes behind a reference; the address need not be one that may be read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch(ref byte from, nint bytes) => Sse.Prefetch0((byte*)Unsafe.AsPointer(ref from) + bytes);

    /// <summary>The signed low halves of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LowNibbles(Vector256<byte> bytes) => Gfni.V256.IsSupported
        ? Gfni.V256.GaloisFieldAffineTransform(bytes, Vector256.Create(V512.LowRows).AsByte(), 0).AsInt32()
        : Avx2.Shuffle(SignedNibbles, (bytes & Vector256.Create((byte)15)).AsSByte()).AsInt32();

    /// <summary>The signed high halves of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> HighNibbles(Vector256<byte> bytes) => Gfni.V256.IsSupported
        ? Gfni.V256.GaloisFieldAffineTransform(bytes, Vector256.Create(V512.HighRows).AsByte(), 0).AsInt32()
        : LowNibbles((bytes.AsUInt16() >>> 4).AsByte());

    /// <summary>The low halves of bytes, unsigned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LowCodes(Vector256<byte> bytes) => (bytes & Vector256.Create((byte)15)).AsInt32();

    /// <summary>The high halves of bytes, unsigned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> HighCodes(Vector256<byte> bytes) => LowCodes((bytes.AsUInt16() >>> 4).AsByte());

    /// <summary>Bytes of a table, which every 128 bits hold, that the low halves of bytes name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LookUpLow(Vector256<byte> table, Vector256<byte> bytes) => Avx2.Shuffle(table, LowCodes(bytes).AsByte()).AsInt32();

    /// <summary>The same for the high halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LookUpHigh(Vector256<byte> table, Vector256<byte> bytes) => Avx2.Shuffle(table, HighCodes(bytes).AsByte()).AsInt32();

    /// <summary>The same for what begins at a bit of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LookUpFrom(Vector256<byte> table, Vector256<byte> bytes, int shift) => LookUpLow(table, (bytes.AsUInt16() >>> shift).AsByte());

    /// <summary>Entries of a table of 16 that the low four bits of each lane name: three of them in either half, the fourth chooses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LookUp(ref float table, Vector256<int> codes) => Avx.BlendVariable(
        Avx2.PermuteVar8x32(Vector256.LoadUnsafe(ref table), codes), Avx2.PermuteVar8x32(Vector256.LoadUnsafe(ref table, 8), codes), (codes << 28).AsSingle());

    /// <inheritdoc cref="LookUp(ref float, Vector256{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LookUp(ref int table, Vector256<int> codes) => LookUp(ref Unsafe.As<int, float>(ref table), codes).AsInt32();

    /// <summary>Products of unsigned and signed bytes, summed in pairs; they saturate (vpmaddubsw), so that the caller answers for their range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> DotPairs(Vector256<int> unsigned, Vector256<int> signed) => Avx2.MultiplyAddAdjacent(unsigned.AsByte(), signed.AsSByte());

    /// <summary>Sums of pairs of 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> SumPairs(Vector256<short> pairs) => Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
}
