using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>
/// D = A·B on row-major matrices whose N is a multiple of eight. A is M×K as stored; <c>columns</c> says, for each element of A, which row of B it meets, and is empty where A is dense.
/// </summary>
internal static class MatrixProduct
{
    /// <summary>Sums of products of f16, bf16 or tf32 numbers. Each product is exact in binary64, so fusing it with the addition changes nothing.</summary>
    public static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<int> columns, Span<double> d, int m, int n, int k)
    {
        Check(a.Length, b.Length, columns, d.Length, m, n, k);
        ref double left = ref MemoryMarshal.GetReference(a);
        ref double right = ref MemoryMarshal.GetReference(b);
        ref double result = ref MemoryMarshal.GetReference(d);
        ref int column = ref MemoryMarshal.GetReference(columns);
        bool sparse = !columns.IsEmpty;
        // Four rows at a time share what they read of B where A is dense; where it is sparse they only keep more sums under way.
        for (int row = 0; row < m; row += 4)
            for (int block = 0; block < n; block += 8)
            {
                Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
                int at = row * k;
                for (int i = 0; i < k; i++, at++)
                {
                    if (!sparse)
                    {
                        nuint offset = (nuint)(i * n + block);
                        Vector256<double> low = Vector256.LoadUnsafe(ref right, offset), high = Vector256.LoadUnsafe(ref right, offset + 4);
                        Vector256<double> x = Vector256.Create(Unsafe.Add(ref left, at));
                        s0 = Vector256.FusedMultiplyAdd(x, low, s0);
                        s1 = Vector256.FusedMultiplyAdd(x, high, s1);
                        x = Vector256.Create(Unsafe.Add(ref left, at + k));
                        s2 = Vector256.FusedMultiplyAdd(x, low, s2);
                        s3 = Vector256.FusedMultiplyAdd(x, high, s3);
                        x = Vector256.Create(Unsafe.Add(ref left, at + 2 * k));
                        s4 = Vector256.FusedMultiplyAdd(x, low, s4);
                        s5 = Vector256.FusedMultiplyAdd(x, high, s5);
                        x = Vector256.Create(Unsafe.Add(ref left, at + 3 * k));
                        s6 = Vector256.FusedMultiplyAdd(x, low, s6);
                        s7 = Vector256.FusedMultiplyAdd(x, high, s7);
                        continue;
                    }
                    Add(ref left, ref right, ref column, at, n, block, ref s0, ref s1);
                    Add(ref left, ref right, ref column, at + k, n, block, ref s2, ref s3);
                    Add(ref left, ref right, ref column, at + 2 * k, n, block, ref s4, ref s5);
                    Add(ref left, ref right, ref column, at + 3 * k, n, block, ref s6, ref s7);
                }
                nuint to = (nuint)(row * n + block);
                s0.StoreUnsafe(ref result, to);
                s1.StoreUnsafe(ref result, to + 4);
                s2.StoreUnsafe(ref result, to + (nuint)n);
                s3.StoreUnsafe(ref result, to + (nuint)n + 4);
                s4.StoreUnsafe(ref result, to + (nuint)(2 * n));
                s5.StoreUnsafe(ref result, to + (nuint)(2 * n) + 4);
                s6.StoreUnsafe(ref result, to + (nuint)(3 * n));
                s7.StoreUnsafe(ref result, to + (nuint)(3 * n) + 4);
            }
    }

    /// <summary>Sums of products of integers of at most eight bits, which 32 bits hold for every K there is.</summary>
    public static void Multiply(ReadOnlySpan<int> a, ReadOnlySpan<int> b, ReadOnlySpan<int> columns, Span<int> d, int m, int n, int k)
    {
        Check(a.Length, b.Length, columns, d.Length, m, n, k);
        ref int left = ref MemoryMarshal.GetReference(a);
        ref int right = ref MemoryMarshal.GetReference(b);
        ref int result = ref MemoryMarshal.GetReference(d);
        ref int column = ref MemoryMarshal.GetReference(columns);
        bool sparse = !columns.IsEmpty;
        for (int row = 0; row < m; row += 4)
            for (int block = 0; block < n; block += 8)
            {
                Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default;
                int at = row * k;
                for (int i = 0; i < k; i++, at++)
                {
                    if (!sparse)
                    {
                        Vector256<int> y = Vector256.LoadUnsafe(ref right, (nuint)(i * n + block));
                        s0 += y * Unsafe.Add(ref left, at);
                        s1 += y * Unsafe.Add(ref left, at + k);
                        s2 += y * Unsafe.Add(ref left, at + 2 * k);
                        s3 += y * Unsafe.Add(ref left, at + 3 * k);
                        continue;
                    }
                    s0 += Vector256.LoadUnsafe(ref right, (nuint)(Unsafe.Add(ref column, at) * n + block)) * Unsafe.Add(ref left, at);
                    s1 += Vector256.LoadUnsafe(ref right, (nuint)(Unsafe.Add(ref column, at + k) * n + block)) * Unsafe.Add(ref left, at + k);
                    s2 += Vector256.LoadUnsafe(ref right, (nuint)(Unsafe.Add(ref column, at + 2 * k) * n + block)) * Unsafe.Add(ref left, at + 2 * k);
                    s3 += Vector256.LoadUnsafe(ref right, (nuint)(Unsafe.Add(ref column, at + 3 * k) * n + block)) * Unsafe.Add(ref left, at + 3 * k);
                }
                nuint to = (nuint)(row * n + block);
                s0.StoreUnsafe(ref result, to);
                s1.StoreUnsafe(ref result, to + (nuint)n);
                s2.StoreUnsafe(ref result, to + (nuint)(2 * n));
                s3.StoreUnsafe(ref result, to + (nuint)(3 * n));
            }
    }

    /// <summary>Counts of the set bits of A and B, or A xor B: K runs over words of 32 bits here.</summary>
    public static void Multiply(ReadOnlySpan<uint> a, ReadOnlySpan<uint> b, BitOp operation, Span<int> d, int m, int n, int k)
    {
        Check(a.Length, b.Length, default, d.Length, m, n, k);
        for (int row = 0; row < m; row++)
            for (int column = 0; column < n; column++)
            {
                int count = 0;
                for (int i = 0; i < k; i++)
                {
                    uint x = a[row * k + i], y = b[i * n + column];
                    count += BitOperations.PopCount(operation == BitOp.XorPopc ? x ^ y : x & y);
                }
                d[row * n + column] = count;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref double left, ref double right, ref int column, int at, int n, int block, ref Vector256<double> low, ref Vector256<double> high)
    {
        nuint offset = (nuint)(Unsafe.Add(ref column, at) * n + block);
        Vector256<double> x = Vector256.Create(Unsafe.Add(ref left, at));
        low = Vector256.FusedMultiplyAdd(x, Vector256.LoadUnsafe(ref right, offset), low);
        high = Vector256.FusedMultiplyAdd(x, Vector256.LoadUnsafe(ref right, offset + 4), high);
    }

    // The loops read without bounds checks: sizes are looked at once, here; columns come from SparseMetadata, which keeps them below the rows of B.
    private static void Check(int a, int b, ReadOnlySpan<int> columns, int d, int m, int n, int k)
    {
        int rows = columns.IsEmpty ? k : 2 * k;
        if (m % 4 != 0 || n % 8 != 0 || a < m * k || b < rows * n || d < m * n || (!columns.IsEmpty && columns.Length < m * k))
            throw new ArgumentException($"The matrices do not hold a product of {m}×{n}×{k}.");
    }
}
