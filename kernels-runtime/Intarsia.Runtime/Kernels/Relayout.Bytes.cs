using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>
/// Bytes whose columns change places: of each 16·n, run q·n + l of four goes to place 4·l + q, so that four rows which are unpacked with each other within each 128 bits of vectors of 16·n bytes (vpunpcklbw, vpunpckhbw, then vpunpcklwd,
/// vpunpckhwd) leave neighbouring columns in neighbouring lanes.
/// </summary>
public static partial class Relayout
{
    /// <summary>Rows of the destination that are transposed before the next columns: as much of the source as a cache line holds.</summary>
    private const int LineBytes = 64;

    /// <summary>Unsigned bytes.</summary>
    /// <param name="destination">The first element of the destination.</param>
    /// <param name="stride">Elements from row to row of the destination.</param>
    /// <param name="source">The first element of the source.</param>
    /// <param name="sourceStride">Elements from row to row of the source.</param>
    /// <param name="rows">Rows of the destination.</param>
    /// <param name="columns">Columns of the destination that the source has.</param>
    /// <param name="transposed">The source's rows are the destination's columns.</param>
    /// <param name="group">n: 1, 2 or 4.</param>
    /// <param name="padded">Columns of the destination, a multiple of 16·n; 0 behind those of the source.</param>
    public static void Regroup(ref byte destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, bool transposed, int group, nint padded) =>
        Regroup(ref destination, stride, ref source, sourceStride, rows, columns, transposed, group, padded, shift: 0);

    /// <summary>Signed bytes to unsigned ones, 128 added.</summary>
    public static void RegroupShifted(ref byte destination, nint stride, ref sbyte source, nint sourceStride, nint rows, nint columns, bool transposed, int group, nint padded) =>
        Regroup(ref destination, stride, ref Unsafe.As<sbyte, byte>(ref source), sourceStride, rows, columns, transposed, group, padded, shift: 0x80);

    private static void Regroup(ref byte destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, bool transposed, int group, nint padded, byte shift)
    {
        if (transposed) TransposeBytes(ref destination, stride, ref source, sourceStride, rows, columns, group, padded, shift);
        else RegroupRows(ref destination, stride, ref source, sourceStride, rows, columns, group, padded, shift);
    }

    /// <summary>The column that stands at a place.</summary>
    private static nint ColumnAt(nint place, int group)
    {
        nint run = place / 4 % (4 * group);
        return place - place % (16 * group) + (run % 4 * group + run / 4) * 4 + place % 4;
    }

    private static void RegroupRows(ref byte destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, int group, nint padded, byte shift)
    {
        int width = 16 * group;
        nint whole = columns / width * width;
        // What the source does not have is shifted to 0.
        Span<byte> last = stackalloc byte[width];
        last.Fill(shift);
        for (nint row = 0; row < rows; row++)
        {
            ref byte to = ref Unsafe.Add(ref destination, row * stride);
            ref byte from = ref Unsafe.Add(ref source, row * sourceStride);
            for (nint column = 0; column < whole; column += width) RegroupVector(ref Unsafe.Add(ref to, column), ref Unsafe.Add(ref from, column), group, shift);
            if (whole == padded) continue;
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref from, whole), (int)(columns - whole)).CopyTo(last);
            RegroupVector(ref Unsafe.Add(ref to, whole), ref last[0], group, shift);
            if (whole + width < padded) MemoryMarshal.CreateSpan(ref Unsafe.Add(ref to, whole + width), (int)(padded - whole - width)).Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RegroupVector(ref byte destination, ref byte source, int group, byte shift)
    {
        if (group == 4 && Avx512F.IsSupported)
        {
            Vector512<int> order = Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            Avx512F.PermuteVar16x32((Vector512.LoadUnsafe(ref source) ^ Vector512.Create(shift)).AsInt32(), order).AsByte().StoreUnsafe(ref destination);
        }
        else if (group == 2 && Avx2.IsSupported)
        {
            Vector256<int> order = Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7);
            Avx2.PermuteVar8x32((Vector256.LoadUnsafe(ref source) ^ Vector256.Create(shift)).AsInt32(), order).AsByte().StoreUnsafe(ref destination);
        }
        else
        {
            for (nint place = 0; place < 16 * group; place++) Unsafe.Add(ref destination, place) = (byte)(Unsafe.Add(ref source, ColumnAt(place, group)) ^ shift);
        }
    }

    /// <summary>Sixteen columns at a time, by squares of 16 along the rows where there are vectors.</summary>
    private static void TransposeBytes(ref byte destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, int group, nint padded, byte shift)
    {
        const int SquareRows = 32;
        nint squares = Avx2.IsSupported ? rows / SquareRows * SquareRows : 0;
        for (nint row0 = 0; row0 < rows; row0 += LineBytes)
        {
            nint end = Math.Min(rows, row0 + LineBytes);
            for (nint place0 = 0; place0 < padded; place0 += 16)
            {
                nint row = row0;
                for (; row < Math.Min(end, squares); row += SquareRows)
                    TransposeSquares(ref Unsafe.Add(ref destination, row * stride + place0), stride, ref Unsafe.Add(ref source, row), sourceStride, place0, columns, group, shift);
                if (row == end) continue;
                for (nint place = place0; place < place0 + 16; place++)
                {
                    nint column = ColumnAt(place, group);
                    for (nint left = row; left < end; left++)
                        Unsafe.Add(ref destination, left * stride + place) = column < columns ? (byte)(Unsafe.Add(ref source, column * sourceStride + left) ^ shift) : (byte)0;
                }
            }
        }
    }

    /// <summary>
    /// Two squares of 16×16 bytes, the rows of one behind those of the other, in the halves of 256 bits: unpacking vector i with vector i + 8 turns the bits of an element's number (row, column) by one, so that four rounds exchange row and column.
    /// </summary>
    private static void TransposeSquares(ref byte destination, nint stride, ref byte source, nint sourceStride, nint place0, nint columns, int group, byte shift)
    {
        Span<Vector256<byte>> buffers = stackalloc Vector256<byte>[32];
        ref Vector256<byte> vectors = ref buffers[0], unpacked = ref buffers[16];
        Vector256<byte> shifts = Vector256.Create(shift);
        for (int run = 0; run < 4; run++)
        {
            nint column = ColumnAt(place0 + 4 * run, group);
            for (int i = 0; i < 4; i++, column++)
                Unsafe.Add(ref vectors, 4 * run + i) = column < columns ? Vector256.LoadUnsafe(ref Unsafe.Add(ref source, column * sourceStride)) ^ shifts : Vector256<byte>.Zero;
        }
        Unpack(ref vectors, ref unpacked);
        Unpack(ref unpacked, ref vectors);
        Unpack(ref vectors, ref unpacked);
        Unpack(ref unpacked, ref vectors);
        for (int i = 0; i < 16; i++)
        {
            Unsafe.Add(ref vectors, i).GetLower().StoreUnsafe(ref Unsafe.Add(ref destination, i * stride));
            Unsafe.Add(ref vectors, i).GetUpper().StoreUnsafe(ref Unsafe.Add(ref destination, (i + 16) * stride));
        }

        static void Unpack(ref Vector256<byte> from, ref Vector256<byte> to)
        {
            for (int i = 0; i < 8; i++)
            {
                Vector256<byte> upper = Unsafe.Add(ref from, i), lower = Unsafe.Add(ref from, i + 8);
                Unsafe.Add(ref to, 2 * i) = Avx2.UnpackLow(upper, lower);
                Unsafe.Add(ref to, 2 * i + 1) = Avx2.UnpackHigh(upper, lower);
            }
        }
    }
}
