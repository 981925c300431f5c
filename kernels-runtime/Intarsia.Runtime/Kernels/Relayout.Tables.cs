using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>Sums of activations that kernels of binary-coded weights look up (LUT-GEMM; Park et al., ICLR'24, section 3.2).</summary>
public static partial class Relayout
{
    /// <summary>Activations of a table, and its entries.</summary>
    private const int RunLength = 4, Entries = 1 << RunLength;

    /// <summary>
    /// For each run of four elements of a row the sixteen sums of them, each element added where its bit of the entry's number is set and subtracted where not: <c>destination[row][group][run][16]</c>. Rows are cut into
    /// groups of so many elements, of which the last may be short, and each group has so many runs; what lies behind its end counts as 0.
    /// </summary>
    public static void SignedSums(ref float destination, nint stride, ref float source, nint sourceStride, nint rows, nint columns, nint length, nint runs) =>
        SignedSums<float>(ref destination, stride, ref source, sourceStride, rows, columns, length, runs);

    /// <inheritdoc cref="SignedSums(ref float, nint, ref float, nint, nint, nint, nint, nint)"/>
    public static void SignedSums(ref int destination, nint stride, ref int source, nint sourceStride, nint rows, nint columns, nint length, nint runs) =>
        SignedSums<int>(ref destination, stride, ref source, sourceStride, rows, columns, length, runs);

    private static void SignedSums<T>(ref T destination, nint stride, ref T source, nint sourceStride, nint rows, nint columns, nint length, nint runs)
        where T : unmanaged, INumber<T>
    {
        Vector128<T> first = Vector128.Create(0, -1, 0, -1).As<int, T>(), second = Vector128.Create(0, 0, -1, -1).As<int, T>();
        for (nint row = 0; row < rows; row++)
        {
            ref T to = ref Unsafe.Add(ref destination, row * stride), from = ref Unsafe.Add(ref source, row * sourceStride);
            for (nint begin = 0; begin < columns; begin += length)
            {
                nint at = begin, end = Math.Min(columns, begin + length);
                for (nint run = 0; run < runs; run++, at += RunLength, to = ref Unsafe.Add(ref to, Entries))
                {
                    T a = at < end ? Unsafe.Add(ref from, at) : T.Zero, b = at + 1 < end ? Unsafe.Add(ref from, at + 1) : T.Zero;
                    T c = at + 2 < end ? Unsafe.Add(ref from, at + 2) : T.Zero, d = at + 3 < end ? Unsafe.Add(ref from, at + 3) : T.Zero;
                    // The sums of the first two, and on top of each the four of the others.
                    Vector128<T> low = Vector128.ConditionalSelect(first, Vector128.Create(a), Vector128.Create(-a)) + Vector128.ConditionalSelect(second, Vector128.Create(b), Vector128.Create(-b));
                    (low + Vector128.Create(-c - d)).StoreUnsafe(ref to);
                    (low + Vector128.Create(c - d)).StoreUnsafe(ref to, 4);
                    (low + Vector128.Create(d - c)).StoreUnsafe(ref to, 8);
                    (low + Vector128.Create(c + d)).StoreUnsafe(ref to, 12);
                }
            }
        }
    }

    /// <summary>
    /// The same of bytes, which come as 16-bit integers, in two parts: the lower seven bits of each sum, and the others, signed. A dot product of bytes adds up either, and multiplies the upper ones by 128.
    /// </summary>
    public static void SignedSums(ref byte destination, ref sbyte high, nint stride, ref short source, nint sourceStride, nint rows, nint columns, nint length, nint runs)
    {
        for (nint row = 0; row < rows; row++)
        {
            ref byte low = ref Unsafe.Add(ref destination, row * stride);
            ref sbyte upper = ref Unsafe.Add(ref high, row * stride);
            ref short from = ref Unsafe.Add(ref source, row * sourceStride);
            for (nint begin = 0; begin < columns; begin += length)
            {
                nint at = begin, end = Math.Min(columns, begin + length);
                for (nint run = 0; run < runs; run++, at += RunLength)
                {
                    short At(nint k, ref short line) => k < end ? Unsafe.Add(ref line, k) : (short)0;
                    int first = Both(At(at, ref from), At(at + 1, ref from)), second = Both(At(at + 2, ref from), At(at + 3, ref from));
                    if (Avx512BW.IsSupported)
                    {
                        Vector512<int> sums = Avx512BW.MultiplyAddAdjacent(Vector512.Create(first).AsInt16(), FirstSigns) + Avx512BW.MultiplyAddAdjacent(Vector512.Create(second).AsInt16(), SecondSigns);
                        Avx512F.ConvertToVector128Byte((sums & Vector512.Create(LowMask)).AsUInt32()).StoreUnsafe(ref low);
                        Avx512F.ConvertToVector128SByte(sums >> LowBits).StoreUnsafe(ref upper);
                    }
                    else
                    {
                        for (int code = 0; code < Entries; code++)
                        {
                            int sum = 0;
                            for (int bit = 0; bit < RunLength; bit++) sum += (code >> bit & 1) != 0 ? At(at + bit, ref from) : -At(at + bit, ref from);
                            Unsafe.Add(ref low, code) = (byte)(sum & LowMask);
                            Unsafe.Add(ref upper, code) = (sbyte)(sum >> LowBits);
                        }
                    }
                    low = ref Unsafe.Add(ref low, Entries);
                    upper = ref Unsafe.Add(ref upper, Entries);
                }
            }
        }
    }

    private const int LowBits = 7, LowMask = (1 << LowBits) - 1;

    private static int Both(short low, short high) => (ushort)low | high << 16;

    /// <summary>For each entry the signs of the first two elements of its run.</summary>
    private static Vector512<short> FirstSigns => Vector512.Create(
        -1, -1, 1, -1, -1, 1, 1, 1, -1, -1, 1, -1, -1, 1, 1, 1, -1, -1, 1, -1, -1, 1, 1, 1, -1, -1, 1, -1, -1, 1, 1, 1);

    /// <summary>Those of the last two.</summary>
    private static Vector512<short> SecondSigns => Vector512.Create(
        -1, -1, -1, -1, -1, -1, -1, -1, 1, -1, 1, -1, 1, -1, 1, -1, -1, 1, -1, 1, -1, 1, -1, 1, 1, 1, 1, 1, 1, 1, 1, 1);

    /// <summary>Sums of runs of rows of binary32 numbers, times a factor: <c>destination[row][run]</c>.</summary>
    public static void SumRuns(ref float destination, nint stride, ref float source, nint sourceStride, nint rows, nint columns, nint length, int factor)
    {
        for (nint row = 0; row < rows; row++)
        {
            ref float from = ref Unsafe.Add(ref source, row * sourceStride);
            for (nint begin = 0, run = 0; begin < columns; begin += length, run++)
            {
                nint end = Math.Min(columns, begin + length), at = begin;
                Vector128<float> sums = Vector128<float>.Zero;
                for (; at + 4 <= end; at += 4) sums += Vector128.LoadUnsafe(ref from, (nuint)at);
                float sum = Vector128.Sum(sums);
                for (; at < end; at++) sum += Unsafe.Add(ref from, at);
                Unsafe.Add(ref Unsafe.Add(ref destination, row * stride), run) = factor * sum;
            }
        }
    }

    /// <summary>Sums of 32-bit integers, which wrap, rounded to binary32.</summary>
    public static void SumRuns(ref float destination, nint stride, ref int source, nint sourceStride, nint rows, nint columns, nint length, int factor) =>
        SumIntegers(ref destination, stride, ref source, sourceStride, rows, columns, length, factor);

    /// <summary>Sums of 16-bit integers, rounded to binary32.</summary>
    public static void SumRuns(ref float destination, nint stride, ref short source, nint sourceStride, nint rows, nint columns, nint length, int factor) =>
        SumIntegers(ref destination, stride, ref source, sourceStride, rows, columns, length, factor);

    private static void SumIntegers<T>(ref float destination, nint stride, ref T source, nint sourceStride, nint rows, nint columns, nint length, int factor)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (nint row = 0; row < rows; row++)
        {
            ref T from = ref Unsafe.Add(ref source, row * sourceStride);
            for (nint begin = 0, run = 0; begin < columns; begin += length, run++)
            {
                int sum = 0;
                for (nint at = begin, end = Math.Min(columns, begin + length); at < end; at++) sum = unchecked(sum + int.CreateTruncating(Unsafe.Add(ref from, at)));
                Unsafe.Add(ref Unsafe.Add(ref destination, row * stride), run) = unchecked(factor * sum);
            }
        }
    }
}
