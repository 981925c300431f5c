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
        Scale = weights.Scale,
        ScaleGroup = weights.ScaleGroup,
        Asymmetric = weights.Asymmetric,
    };

    public static PackedMatrix Pack(WeightSpec weights, ReferenceOperands operands)
    {
        WeightLayout layout = LayoutOf(weights);
        if (ValueDraw.IsFloat(weights.Format))
        {
            float[] dense = Array.ConvertAll(operands.Weights, value => (float)value);
            return PackedMatrix.Pack(dense, operands.Rows, operands.Depth, layout);
        }
        sbyte[] integers = Array.ConvertAll(operands.Weights, value => (sbyte)value);
        float[] scales = Array.ConvertAll(operands.WeightScales ?? [], value => (float)value);
        sbyte[] zeroPoints = Array.ConvertAll(operands.WeightZeroPoints ?? [], value => (sbyte)value);
        return PackedMatrix.Pack(integers, operands.Rows, operands.Depth, layout, scales, zeroPoints);
    }
}
