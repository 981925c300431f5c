using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>The canonical layouts that specs ask their packed operands to have.</summary>
public static class PackedLayouts
{
    /// <summary>The layout of weights.</summary>
    public static WeightLayout Of(WeightSpec weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Of(weights.Pattern, weights.Format) with { Scale = weights.Scale, ScaleGroup = weights.ScaleGroup, Asymmetric = weights.Asymmetric };
    }

    /// <summary>The layout of the packed result of a sampled product.</summary>
    public static WeightLayout Of(OutputSpec y)
    {
        ArgumentNullException.ThrowIfNull(y);
        return Of(y.Pattern, y.Format) with { Scale = y.Scale };
    }

    /// <summary>A rows×depth left operand as it is packed: itself, or its depth×rows transpose where the kernel transposes it back.</summary>
    /// <param name="weights">The weights of a kernel.</param>
    /// <param name="operand">rows×depth, row-major.</param>
    /// <param name="rows">Rows of the kernel.</param>
    /// <param name="depth">Its depth.</param>
    public static (T[] Values, int Rows, int Depth) AsPacked<T>(WeightSpec weights, T[] operand, int rows, int depth)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(operand);
        return weights.Pattern.Transposed ? (Turned(operand, rows, depth), depth, rows) : (operand, rows, depth);
    }

    /// <summary>The columns×rows transpose of a rows×columns matrix.</summary>
    public static T[] Turned<T>(T[] matrix, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        var turned = new T[matrix.Length];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) turned[column * rows + row] = matrix[row * columns + column];
        return turned;
    }

    private static WeightLayout Of(PatternSpec pattern, NumberFormat format) => new(pattern.Kind, format)
    {
        N = pattern.N,
        M = pattern.M,
        V = pattern.V,
        BlockRows = pattern.BlockRows,
        BlockColumns = pattern.BlockColumns,
        DoublyCompressed = pattern.DoublyCompressed,
        Width = pattern.Width,
        Partitions = pattern.Partitions,
        BucketExponent = pattern.BucketExponent,
        Lanes = pattern.Lanes,
        Banks = pattern.Banks,
        PerRow = pattern.PerRow,
        Groups = pattern.Groups,
        Scatter = pattern.Scatter,
        Fill = pattern.Fill,
        Parts = [.. pattern.Parts.Select(part => Of(part, format))],
    };
}
