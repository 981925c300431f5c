using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>
/// Copies a block of a matrix into working memory with a change of layout and element type: what kernels do to a run-time operand before they compute on it.
/// The destination is a matrix D of <c>rows×columns</c> (the source, or its transpose), stored as <c>[⌈rows/interleave⌉][padded][interleave]</c>: consecutive rows
/// beside each other, element by element, zeros behind the last row and column.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class Relayout
{
    /// <summary>binary32 to binary32.</summary>
    public static void Copy(ref float destination, nint stride, ref float source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded)
    {
        if (interleave == 1 && columns == 1 && padded == 1) CopyColumn(ref destination, stride, ref source, transposed ? 1 : sourceStride, rows);
        else if (interleave == 1 && !transposed) CopyRows(ref destination, stride, ref source, sourceStride, rows, columns, padded);
        else if (interleave == 1) Transpose(ref destination, stride, ref source, sourceStride, rows, columns, padded);
        else Run<float, float, Same<float>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);
    }

    /// <summary>binary16 to binary32.</summary>
    public static void Copy(ref float destination, nint stride, ref Half source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<Half, float, HalfToSingle>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>bfloat16 to binary32.</summary>
    public static void Copy(ref float destination, nint stride, ref BFloat16 source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<BFloat16, float, BFloat16ToSingle>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Signed 8-bit to binary32.</summary>
    public static void Copy(ref float destination, nint stride, ref sbyte source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<sbyte, float, Widened<sbyte, float>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Signed 8-bit to 16-bit.</summary>
    public static void Copy(ref short destination, nint stride, ref sbyte source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<sbyte, short, Widened<sbyte, short>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Unsigned 8-bit to 16-bit.</summary>
    public static void Copy(ref short destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<byte, short, Widened<byte, short>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Signed 8-bit to 32-bit.</summary>
    public static void Copy(ref int destination, nint stride, ref sbyte source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<sbyte, int, Widened<sbyte, int>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Unsigned 8-bit to 32-bit.</summary>
    public static void Copy(ref int destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<byte, int, Widened<byte, int>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Signed 16-bit, unchanged.</summary>
    public static void Copy(ref short destination, nint stride, ref short source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<short, short, Same<short>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Signed 16-bit to 32-bit.</summary>
    public static void Copy(ref int destination, nint stride, ref short source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<short, int, Widened<short, int>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Unsigned 16-bit to 32-bit.</summary>
    public static void Copy(ref int destination, nint stride, ref ushort source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<ushort, int, Widened<ushort, int>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>64-bit integers, unchanged.</summary>
    public static void Copy(ref long destination, nint stride, ref long source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<long, long, Same<long>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>bfloat16, unchanged.</summary>
    public static void Copy(ref BFloat16 destination, nint stride, ref BFloat16 source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<BFloat16, BFloat16, Same<BFloat16>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Unsigned bytes, unchanged.</summary>
    public static void Copy(ref byte destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<byte, byte, Same<byte>>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Signed bytes to unsigned ones, 128 added.</summary>
    public static void CopyShifted(ref byte destination, nint stride, ref sbyte source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Run<sbyte, byte, Shifted>(ref destination, stride, ref source, sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Signed bytes, unchanged.</summary>
    public static void Copy(ref sbyte destination, nint stride, ref sbyte source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Copy(ref Unsafe.As<sbyte, byte>(ref destination), stride, ref Unsafe.As<sbyte, byte>(ref source), sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Unsigned bytes to signed ones, 128 taken away: the same change of the top bit as the other way round.</summary>
    public static void CopyShifted(ref sbyte destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        CopyShifted(ref Unsafe.As<sbyte, byte>(ref destination), stride, ref Unsafe.As<byte, sbyte>(ref source), sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>32-bit integers, unchanged.</summary>
    public static void Copy(ref int destination, nint stride, ref int source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        Copy(ref Unsafe.As<int, float>(ref destination), stride, ref Unsafe.As<int, float>(ref source), sourceStride, rows, columns, transposed, interleave, padded);

    /// <summary>Sums of runs of rows of signed bytes, times a factor: <c>destination[row][run]</c>.</summary>
    public static void SumRuns(ref int destination, nint stride, ref sbyte source, nint sourceStride, nint rows, nint columns, nint length, int factor) =>
        SumRuns(ref destination, stride, ref Unsafe.As<sbyte, byte>(ref source), sourceStride, rows, columns, length, factor, shift: 0x80);

    /// <summary>Unsigned bytes.</summary>
    public static void SumRuns(ref int destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, nint length, int factor) =>
        SumRuns(ref destination, stride, ref source, sourceStride, rows, columns, length, factor, shift: 0);

    /// <summary>Bytes that are unsigned once their highest bit is turned where <paramref name="shift"/> has it, which adds as much to each.</summary>
    private static void SumRuns(ref int destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, nint length, int factor, byte shift)
    {
        for (nint row = 0; row < rows; row++)
        {
            ref int to = ref Unsafe.Add(ref destination, row * stride);
            ref byte from = ref Unsafe.Add(ref source, row * sourceStride);
            for (nint begin = 0, run = 0; begin < columns; begin += length, run++)
            {
                nint end = Math.Min(columns, begin + length), at = begin;
                int sum = 0;
                // Thirty-two bytes, summed in eights.
                if (Avx2.IsSupported)
                {
                    Vector256<ulong> sums = Vector256<ulong>.Zero;
                    nint whole = (end - begin) / 32 * 32;
                    for (; at < begin + whole; at += 32)
                        sums += Avx2.SumAbsoluteDifferences(Vector256.LoadUnsafe(ref Unsafe.Add(ref from, at)) ^ Vector256.Create(shift), Vector256<byte>.Zero).AsUInt64();
                    sum = (int)((long)Vector256.Sum(sums) - shift * whole);
                }
                for (; at < end; at++) sum += (Unsafe.Add(ref from, at) ^ shift) - shift;
                Unsafe.Add(ref to, run) = factor * sum;
            }
        }
    }

    /// <summary>Lists which of so many numbers are not zero: how many, then their places, ascending. NaN is not zero.</summary>
    public static void ListNonZeros<T>(ref int destination, ref T source, nint count)
        where T : struct, INumberBase<T>
    {
        int found = 0;
        // Written whether it stays or not: a branch on data would be guessed wrong at every other element.
        for (nint i = 0; i < count; i++)
        {
            Unsafe.Add(ref destination, found + 1) = (int)i;
            found += T.IsZero(Unsafe.Add(ref source, i)) ? 0 : 1;
        }
        destination = found;
    }

    private static void CopyColumn(ref float destination, nint stride, ref float source, nint sourceStride, nint rows)
    {
        if (stride == 1 && sourceStride == 1) CopyRows(ref destination, rows, ref source, rows, 1, rows, rows);
        else for (nint row = 0; row < rows; row++) Unsafe.Add(ref destination, row * stride) = Unsafe.Add(ref source, row * sourceStride);
    }

    private static void CopyRows(ref float destination, nint stride, ref float source, nint sourceStride, nint rows, nint columns, nint padded)
    {
        for (nint row = 0; row < rows; row++)
        {
            ref float to = ref Unsafe.Add(ref destination, row * stride);
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref source, row * sourceStride), (int)columns).CopyTo(MemoryMarshal.CreateSpan(ref to, (int)columns));
            for (nint column = columns; column < padded; column++) Unsafe.Add(ref to, column) = 0;
        }
    }

    private static void Run<TSource, TDestination, TConvert>(
        ref TDestination destination, nint stride, ref TSource source, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded)
        where TSource : unmanaged
        where TDestination : unmanaged
        where TConvert : struct, IConvert<TSource, TDestination>
    {
        // A line that becomes a column, elements beside each other: a line again.
        if (interleave == 1 && transposed && columns == 1 && stride == 1 && padded == 1) (rows, columns, padded, transposed) = (1, rows, rows, false);
        if (interleave == 1 && !transposed)
        {
            for (nint row = 0; row < rows; row++)
            {
                Span<TDestination> to = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref destination, row * stride), (int)padded);
                TConvert.ConvertRow(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref source, row * sourceStride), (int)columns), to);
                to[(int)columns..].Clear();
            }
            return;
        }
        nint rowStep = transposed ? 1 : sourceStride;
        nint columnStep = transposed ? sourceStride : 1;
        for (nint block = 0; block * interleave < rows; block++)
        {
            ref TDestination to = ref Unsafe.Add(ref destination, block * stride);
            for (nint lane = 0; lane < interleave; lane++)
            {
                nint row = block * interleave + lane;
                nint filled = row < rows ? columns : 0;
                ref TSource from = ref Unsafe.Add(ref source, row < rows ? row * rowStep : 0);
                for (nint column = 0; column < filled; column++)
                    Unsafe.Add(ref to, column * interleave + lane) = TConvert.Convert(Unsafe.Add(ref from, column * columnStep));
                for (nint column = filled; column < padded; column++)
                    Unsafe.Add(ref to, column * interleave + lane) = default;
            }
        }
    }
}
