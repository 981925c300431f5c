using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>Transposes of binary32.</summary>
public static partial class Relayout
{
    /// <summary>Rows and columns that eight registers transpose.</summary>
    private const int Square = 8;

    private static void Transpose(ref float destination, nint stride, ref float source, nint sourceStride, nint rows, nint columns, nint padded)
    {
        // Blocks of 16×16 keep both sides of the transpose within the first-level cache.
        const int Block = 16;
        nint wholeRows = Avx.IsSupported ? rows / Square * Square : 0, wholeColumns = Avx.IsSupported ? columns / Square * Square : 0;
        for (nint row0 = 0; row0 < wholeRows; row0 += Square)
            for (nint column0 = 0; column0 < wholeColumns; column0 += Square)
                TransposeSquare(ref Unsafe.Add(ref destination, row0 * stride + column0), stride, ref Unsafe.Add(ref source, column0 * sourceStride + row0), sourceStride);
        for (nint row0 = 0; row0 < rows; row0 += Block)
        {
            nint rowEnd = Math.Min(rows, row0 + Block);
            for (nint column0 = 0; column0 < columns; column0 += Block)
            {
                nint columnEnd = Math.Min(columns, column0 + Block);
                for (nint row = row0; row < rowEnd; row++)
                {
                    ref float to = ref Unsafe.Add(ref destination, row * stride);
                    ref float from = ref Unsafe.Add(ref source, row);
                    for (nint column = row < wholeRows ? Math.Max(column0, wholeColumns) : column0; column < columnEnd; column++) Unsafe.Add(ref to, column) = Unsafe.Add(ref from, column * sourceStride);
                }
            }
            for (nint row = row0; row < rowEnd; row++)
                for (nint column = columns; column < padded; column++) Unsafe.Add(ref destination, row * stride + column) = 0;
        }
    }

    /// <summary>Eight rows of eight: pairs of rows are interleaved, then pairs of pairs, then halves of registers exchanged.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeSquare(ref float destination, nint stride, ref float source, nint sourceStride)
    {
        Vector256<float> r0 = Vector256.LoadUnsafe(ref source), r1 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, sourceStride));
        Vector256<float> r2 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 2 * sourceStride)), r3 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 3 * sourceStride));
        Vector256<float> r4 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 4 * sourceStride)), r5 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 5 * sourceStride));
        Vector256<float> r6 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 6 * sourceStride)), r7 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 7 * sourceStride));
        Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
        // Of each half: the first two elements of both, or the last two.
        const byte First = 0x44, Last = 0xEE;
        Vector256<float> b0 = Avx.Shuffle(a0, a2, First), b1 = Avx.Shuffle(a0, a2, Last), b2 = Avx.Shuffle(a1, a3, First), b3 = Avx.Shuffle(a1, a3, Last);
        Vector256<float> b4 = Avx.Shuffle(a4, a6, First), b5 = Avx.Shuffle(a4, a6, Last), b6 = Avx.Shuffle(a5, a7, First), b7 = Avx.Shuffle(a5, a7, Last);
        const byte Lower = 0x20, Upper = 0x31;
        Avx.Permute2x128(b0, b4, Lower).StoreUnsafe(ref destination);
        Avx.Permute2x128(b1, b5, Lower).StoreUnsafe(ref Unsafe.Add(ref destination, stride));
        Avx.Permute2x128(b2, b6, Lower).StoreUnsafe(ref Unsafe.Add(ref destination, 2 * stride));
        Avx.Permute2x128(b3, b7, Lower).StoreUnsafe(ref Unsafe.Add(ref destination, 3 * stride));
        Avx.Permute2x128(b0, b4, Upper).StoreUnsafe(ref Unsafe.Add(ref destination, 4 * stride));
        Avx.Permute2x128(b1, b5, Upper).StoreUnsafe(ref Unsafe.Add(ref destination, 5 * stride));
        Avx.Permute2x128(b2, b6, Upper).StoreUnsafe(ref Unsafe.Add(ref destination, 6 * stride));
        Avx.Permute2x128(b3, b7, Upper).StoreUnsafe(ref Unsafe.Add(ref destination, 7 * stride));
    }
}
