using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;

namespace Intarsia.Bench.Cases;

/// <summary>Plain products to verify a case with: C (m×n) = A (m×k)·B (k×n), row-major, in double or int.</summary>
internal static class Reference
{
    /// <summary>Rounding error of one binary32 operation.</summary>
    private const double UnitRoundoff = 1.0 / (1 << 24);

    public static T[] Product<T>(int m, int n, int k, ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : INumber<T>
    {
        var c = new T[(long)m * n];
        for (int i = 0; i < m; i++)
        {
            Span<T> row = c.AsSpan(i * n, n);
            for (int p = 0; p < k; p++)
            {
                T value = a[i * k + p];
                if (value != T.Zero) TensorPrimitives.MultiplyAdd(b.Slice(p * n, n), value, row, row);
            }
        }
        return c;
    }

    /// <summary>A check of a float result against the exact product within (depth + steps)·u·Σ|a·b|.</summary>
    public static Func<string?> FloatCheck(int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Func<ReadOnlySpan<float>> result) =>
        FloatCheck(m, n, k, Widen(a), Widen(b), result);

    /// <summary>The same for operands whose real values are no floats. Overwrites both with their magnitudes.</summary>
    public static Func<string?> FloatCheck(int m, int n, int k, double[] a, double[] b, Func<ReadOnlySpan<float>> result)
    {
        const int Steps = 3; // scales and the rounding of operand and result
        double[] exact = Product<double>(m, n, k, a, b);
        TensorPrimitives.Abs(a, a);
        TensorPrimitives.Abs(b, b);
        double[] magnitude = Product<double>(m, n, k, a, b);
        return () => Compare(exact, magnitude, (k + Steps) * UnitRoundoff, n, result());
    }

    /// <summary>A check of a result that was computed on other numbers: the norm of its error against that of the product.</summary>
    public static Func<string?> RelativeCheck(int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, double relative, Func<ReadOnlySpan<float>> result)
    {
        float[] exact = Product(m, n, k, a, b);
        return () =>
        {
            double error = TensorPrimitives.Distance(exact, result()[..exact.Length]) / TensorPrimitives.Norm<float>(exact);
            return error <= relative ? null : string.Create(CultureInfo.InvariantCulture, $"a relative error of {error:G3}, expected at most {relative:G3}");
        };
    }

    public static Func<string?> IntegerCheck(int[] exact, int n, Func<ReadOnlySpan<int>> result) => () =>
    {
        int at = result()[..exact.Length].CommonPrefixLength(exact);
        return at == exact.Length ? null : Mismatch(at, n, exact[at], result()[at]);
    };

    /// <summary>The first element further from <paramref name="exact"/> than <paramref name="relative"/>·<paramref name="magnitude"/>.</summary>
    public static string? Compare(double[] exact, double[] magnitude, double relative, int n, ReadOnlySpan<float> result)
    {
        for (int i = 0; i < exact.Length; i++)
        {
            if (!(Math.Abs(result[i] - exact[i]) <= relative * magnitude[i] + float.Epsilon)) return Mismatch(i, n, exact[i], result[i]);
        }
        return null;
    }

    public static double[] Widen(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        TensorPrimitives.ConvertTruncating(values, wide);
        return wide;
    }

    public static T[] Transpose<T>(ReadOnlySpan<T> source, int rows, int columns)
    {
        var target = new T[source.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) target[c * rows + r] = source[r * columns + c];
        return target;
    }

    private static string Mismatch(int at, int n, double expected, double found) =>
        string.Create(CultureInfo.InvariantCulture, $"[{at / n}, {at % n}]: expected {expected}, found {found}");
}
