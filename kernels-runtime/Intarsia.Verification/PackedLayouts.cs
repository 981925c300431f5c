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

    private static WeightLayout Of(PatternSpec pattern, NumberFormat format) => new(pattern.Kind, format)
    {
        N = pattern.N,
        M = pattern.M,
        V = pattern.V,
        BlockRows = pattern.BlockRows,
        BlockColumns = pattern.BlockColumns,
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
