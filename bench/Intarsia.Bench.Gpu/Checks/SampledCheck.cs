using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Checks;

/// <summary>
/// Compares a few rows and columns of a product with the reference, over the whole depth, or a few whole lines of an operation without weights: at the sizes that are measured, all of them would take the
/// reference minutes. Rows come in whole vectors of the pattern, from the first, the last and some between; so do columns.
/// </summary>
internal static class SampledCheck
{
    private const int Samples = 6;

    /// <summary>What is wrong, or null. Of batches nothing is sampled: they are checked in full at smaller sizes.</summary>
    public static string? FirstMismatch(KernelSpec spec, ReferenceOperands operands, double[] y)
    {
        if (spec.Batch is not null) return null;
        int vector = spec.IsContraction ? spec.Pattern.VectorLength : 1;
        bool takesLines = !spec.IsContraction, linesAreColumns = spec.X.Layout == MatrixLayout.TokenMajor;
        int[] rows = takesLines && linesAreColumns ? All(operands.Rows) : [.. Pick((operands.Rows + vector - 1) / vector).SelectMany(group => Enumerable.Range(group * vector, Math.Min(vector, operands.Rows - group * vector)))];
        int[] columns = takesLines && !linesAreColumns ? All(operands.Columns) : Pick(operands.Columns);
        // Extents that the kernel is generated for are those of the whole.
        KernelSpec sampled = spec with { Rows = new Extent(0), Columns = new Extent(0) };
        return SpecReference.Execute(sampled, Take(operands, takesLines ? rows : All(operands.Depth), rows, columns)).FirstMismatch<double>(Matrix(y, operands.Columns, rows, columns));
    }

    /// <summary>The operands of some rows and columns; X has rows of its own.</summary>
    private static ReferenceOperands Take(ReferenceOperands o, int[] ofX, int[] rows, int[] columns) => new()
    {
        Rows = rows.Length,
        Depth = o.Depth,
        Columns = columns.Length,
        Weights = Lines(o.Weights, o.Depth, rows),
        Stored = o.Stored is { } stored ? Lines(stored, o.Depth, rows) : null,
        WeightScales = Scales(o.WeightScales, o.Rows, rows),
        WeightZeroPoints = Scales(o.WeightZeroPoints, o.Rows, rows),
        X = Matrix(o.X, o.Columns, ofX, columns),
        XScales = o.XScales is { } scales && scales.Length == o.Columns && o.Columns > 1 ? [.. columns.Select(column => scales[column])] : o.XScales,
        Scale = o.Scale,
        Gamma = o.Gamma,
        Shift = o.Shift,
        YScale = o.YScale,
        Biases = [.. o.Biases.Select(bias => Lines(bias, 1, rows))],
        Residuals = [.. o.Residuals.Select(residual => Matrix(residual, o.Columns, rows, columns))],
        Multipliers = [.. o.Multipliers.Select(multiplier => Matrix(multiplier, o.Columns, rows, columns))],
        Sampled = o.Sampled.Length == 0 ? [] : [.. rows.SelectMany(row => columns.Select(column => o.Sampled[row * o.Columns + column]))],
    };

    // One of a tensor, one of each row, or some of each row.
    private static double[]? Scales(double[]? scales, int count, int[] rows) => scales is null || scales.Length == 1 ? scales : Lines(scales, scales.Length / count, rows);

    private static T[] Lines<T>(T[] matrix, int stride, int[] rows) => [.. rows.SelectMany(row => new ArraySegment<T>(matrix, row * stride, stride))];

    private static double[] Matrix(double[] matrix, int stride, int[] rows, int[] columns) => [.. rows.SelectMany(row => columns.Select(column => matrix[row * stride + column]))];

    private static int[] All(int count) => [.. Enumerable.Range(0, count)];

    private static int[] Pick(int count) => [.. Enumerable.Range(0, Samples).Select(i => (int)((long)(count - 1) * i / (Samples - 1))).Distinct()];
}
