namespace Intarsia.Runtime.Tests;

/// <summary>Every layout that tests walk over, and matrices that fit them.</summary>
internal static class Layouts
{
    public static readonly NumberFormat[] Formats = [NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16, NumberFormat.Int8, NumberFormat.Int4];

    private static readonly int[] GroupLengths = [2, 4, 8, 16, 32];
    private static readonly int[] VectorLengths = [1, 2, 4, 8, 16];

    /// <summary>All patterns (every N:M) in one format, without scales.</summary>
    public static IEnumerable<WeightLayout> Of(NumberFormat format)
    {
        yield return new(Pattern.Dense, format);
        yield return new(Pattern.Csr, format);
        foreach (int v in VectorLengths)
            yield return new(Pattern.VectorRows, format) { V = v };
        foreach (int m in GroupLengths)
            for (int n = 1; n <= m; n++)
                yield return new(Pattern.NM, format) { N = n, M = m };
    }

    /// <summary>Sets elements to zero until the matrix fits the pattern; each kept element is kept by chance.</summary>
    public static void Thin<T>(Span<T> dense, int rows, int depth, WeightLayout layout, Random random, Func<int, int, T> zero)
    {
        double density = random.NextDouble();
        for (int row = 0; row < rows; row++)
        {
            int kept = 0;
            for (int k = 0; k < depth; k++)
            {
                if (layout.Pattern == Pattern.NM && k % layout.M == 0)
                    kept = 0;
                bool keep = layout.Pattern == Pattern.Dense || random.NextDouble() < density;
                if (layout.Pattern == Pattern.NM && kept == layout.N)
                    keep = false;
                if (keep)
                    kept++;
                else
                    dense[row * depth + k] = zero(row, k);
            }
        }
    }
}
