using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>Weights of less than eight bits, several to a byte.</summary>
public static partial class V512
{
    /// <summary>The bit matrix that takes the low half of a byte and repeats its sign, the row of bit 0 in the highest byte (vgf2p8affineqb).</summary>
    internal const ulong LowRows = 0x0102_0408_0808_0808;

    /// <summary>The same for the high half.</summary>
    internal const ulong HighRows = 0x1020_4080_8080_8080;

    /// <summary>The values of a signed four-bit code, in every 128 bits.</summary>
    private static Vector512<sbyte> SignedNibbles
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(Vector256.Create(Vector128.Create((sbyte)0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1), Vector128.Create((sbyte)0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1)), Vector256.Create(Vector128.Create((sbyte)0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1), Vector128.Create((sbyte)0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1)));
    }

    /// <summary>Asks for the cache line some bytes behind a reference; the address need not be one that may be read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch(ref byte from, nint bytes) => Sse.Prefetch0((byte*)Unsafe.AsPointer(ref from) + bytes);

    /// <summary>The signed low halves of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LowNibbles(Vector512<byte> bytes) => Gfni.V512.IsSupported
        ? Gfni.V512.GaloisFieldAffineTransform(bytes, Vector512.Create(LowRows).AsByte(), 0).AsInt32()
        : Avx512BW.Shuffle(SignedNibbles, (bytes & Vector512.Create((byte)15)).AsSByte()).AsInt32();

    /// <summary>The signed high halves of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> HighNibbles(Vector512<byte> bytes) => Gfni.V512.IsSupported
        ? Gfni.V512.GaloisFieldAffineTransform(bytes, Vector512.Create(HighRows).AsByte(), 0).AsInt32()
        : LowNibbles((bytes.AsUInt16() >>> 4).AsByte());

    /// <summary>The low halves of bytes, unsigned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LowCodes(Vector512<byte> bytes) => (bytes & Vector512.Create((byte)15)).AsInt32();

    /// <summary>The high halves of bytes, unsigned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> HighCodes(Vector512<byte> bytes) => LowCodes((bytes.AsUInt16() >>> 4).AsByte());

    /// <summary>Bytes of a table, which every 128 bits hold, that the low halves of bytes name. A permutation of 64 bytes reads six bits of a byte: those above its half choose between copies of the table, and need no mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LookUpLow(Vector512<byte> table, Vector512<byte> bytes) => Avx512Vbmi.IsSupported
        ? Avx512Vbmi.PermuteVar64x8(table, bytes).AsInt32()
        : Avx512BW.Shuffle(table, LowCodes(bytes).AsByte()).AsInt32();

    /// <summary>The same for the high halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LookUpHigh(Vector512<byte> table, Vector512<byte> bytes) => LookUpLow(table, (bytes.AsUInt16() >>> 4).AsByte());

    /// <summary>The same for what begins at a bit of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LookUpFrom(Vector512<byte> table, Vector512<byte> bytes, int shift) => LookUpLow(table, (bytes.AsUInt16() >>> shift).AsByte());

    /// <summary>Entries of a table of 16 that the low four bits of each lane name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LookUp(ref float table, Vector512<int> codes) => Avx512F.PermuteVar16x32(Vector512.LoadUnsafe(ref table), codes);

    /// <inheritdoc cref="LookUp(ref float, Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LookUp(ref int table, Vector512<int> codes) => Avx512F.PermuteVar16x32(Vector512.LoadUnsafe(ref table), codes);

    /// <summary>Products of unsigned and signed bytes, summed in pairs; they saturate (vpmaddubsw), so that the caller answers for their range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> DotPairs(Vector512<int> unsigned, Vector512<int> signed) => Avx512BW.MultiplyAddAdjacent(unsigned.AsByte(), signed.AsSByte());

    /// <summary>Sums of pairs of 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> SumPairs(Vector512<short> pairs) => Avx512BW.MultiplyAddAdjacent(pairs, Vector512<short>.One);
}
