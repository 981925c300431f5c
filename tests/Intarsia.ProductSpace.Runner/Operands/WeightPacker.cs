using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Packs drawn weights as a user would.</summary>
public static class WeightPacker
{
    /// <summary>The layout of the packed operand: the weights, or the result of a sampled product.</summary>
    public static WeightLayout LayoutOf(KernelSpec spec) => spec.Y.IsPacked ? PackedLayouts.Of(spec.Y) : PackedLayouts.Of(spec.Weights);

    public static PackedMatrix Pack(WeightSpec weights, ReferenceOperands operands) => Pack(weights, operands, operands.Rows > 0 ? operands.Weights.Length / operands.Rows : operands.Depth);

    /// <summary>The edges of a relational product, relation beside relation.</summary>
    public static PackedMatrix PackGraph(RgmsSpec relational, ReferenceOperands operands)
    {
        var layout = new WeightLayout(Pattern.Csr, relational.Edges);
        int depth = relational.Relations * operands.Sources;
        return ValueDraw.IsFloat(relational.Edges)
            ? PackedMatrix.Pack(Array.ConvertAll(operands.Edges, value => (float)value), operands.Columns, depth, layout)
            : PackedMatrix.Pack(Array.ConvertAll(operands.Edges, value => (int)value), operands.Columns, depth, layout);
    }

    /// <summary>Packs weights of another number of columns than X has rows.</summary>
    public static PackedMatrix Pack(WeightSpec weights, ReferenceOperands operands, int across)
    {
        WeightLayout layout = PackedLayouts.Of(weights);
        CsrMatrix? pattern = weights.Pattern.Known is { } known ? new CsrMatrix(known.Rows, known.Depth, [.. known.RowPointers], [.. known.Columns]) : null;
        if (layout.BasisOrder > 0)
            return PackedMatrix.Pack(new BasisMatrix(Array.ConvertAll(operands.Weights, value => (sbyte)value), Array.ConvertAll(operands.WeightScales!, value => (float)value), operands.Rows, operands.Depth, layout.Scale, layout.ScaleGroup), layout);
        (double[] values, int rows, int depth) = PackedLayouts.AsPacked(weights, operands.Weights, operands.Rows, across);
        if (ValueDraw.IsFloat(weights.Format))
        {
            float[] dense = Array.ConvertAll(values, value => (float)value);
            return pattern is null ? PackedMatrix.Pack(dense, rows, depth, layout) : PackedMatrix.Pack(pattern.WithValues(dense), layout);
        }
        int[] integers = Array.ConvertAll(values, value => (int)value);
        float[] scales = Array.ConvertAll(operands.WeightScales ?? [], value => (float)value);
        sbyte[] zeroPoints = Array.ConvertAll(operands.WeightZeroPoints ?? [], value => (sbyte)value);
        return pattern is null ? PackedMatrix.Pack(integers, rows, depth, layout, scales, zeroPoints) : PackedMatrix.Pack(integers, pattern, layout, scales, zeroPoints);
    }
}
