using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Packs drawn weights as a user would.</summary>
public static class WeightPacker
{
    /// <summary>The canonical layout that a spec's weights have.</summary>
    public static WeightLayout LayoutOf(WeightSpec weights) => new(weights.Pattern.Kind, weights.Format)
    {
        N = weights.Pattern.N,
        M = weights.Pattern.M,
        V = weights.Pattern.V,
        BlockRows = weights.Pattern.BlockRows,
        BlockColumns = weights.Pattern.BlockColumns,
        Scale = weights.Scale,
        ScaleGroup = weights.ScaleGroup,
        Asymmetric = weights.Asymmetric,
    };

    /// <summary>The canonical layout that a packed result has.</summary>
    public static WeightLayout LayoutOf(OutputSpec y) => new(y.Pattern.Kind, y.Format) { N = y.Pattern.N, M = y.Pattern.M, V = y.Pattern.V, Scale = y.Scale };

    /// <summary>The layout of the packed operand: the weights, or the result of a sampled product.</summary>
    public static WeightLayout LayoutOf(KernelSpec spec) => spec.Y.IsPacked ? LayoutOf(spec.Y) : LayoutOf(spec.Weights);

    public static PackedMatrix Pack(WeightSpec weights, ReferenceOperands operands)
    {
        WeightLayout layout = LayoutOf(weights);
        CsrMatrix? pattern = weights.Pattern.Known is { } known ? new CsrMatrix(known.Rows, known.Depth, [.. known.RowPointers], [.. known.Columns]) : null;
        if (ValueDraw.IsFloat(weights.Format))
        {
            float[] dense = Array.ConvertAll(operands.Weights, value => (float)value);
            return pattern is null ? PackedMatrix.Pack(dense, operands.Rows, operands.Depth, layout) : PackedMatrix.Pack(pattern.WithValues(dense), layout);
        }
        int[] integers = Array.ConvertAll(operands.Weights, value => (int)value);
        float[] scales = Array.ConvertAll(operands.WeightScales ?? [], value => (float)value);
        sbyte[] zeroPoints = Array.ConvertAll(operands.WeightZeroPoints ?? [], value => (sbyte)value);
        return pattern is null ? PackedMatrix.Pack(integers, operands.Rows, operands.Depth, layout, scales, zeroPoints) : PackedMatrix.Pack(integers, pattern, layout, scales, zeroPoints);
    }
}
