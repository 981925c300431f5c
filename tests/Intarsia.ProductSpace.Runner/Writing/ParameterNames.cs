using System.Globalization;

namespace Intarsia.ProductSpace.Writing;

/// <summary>The names that say which part a parameter plays.</summary>
public static class ParameterNames
{
    public static string Of(Role role, int ordinal, int variant)
    {
        string[] names = role switch
        {
            Role.Weights => ["w", "weights", "a", "W", "factors"],
            Role.X => ["x", "input", "activations", "b"],
            Role.Y => ["y", "output", "c", "Y"],
            Role.Bias => ["bias"],
            Role.Residual => ["residual"],
            Role.Multiplier => ["multiplier", "gate"],
            Role.WeightScale => ["wScale", "weightScale"],
            Role.XScale => ["xScale"],
            Role.YScale => ["yScale"],
            Role.Rows => ["rows"],
            Role.Depth => ["depth"],
            Role.Columns => ["columns", "tokens"],
            Role.WeightsStride => ["ldw", "lda"],
            Role.XStride => ["ldx", "ldb"],
            Role.YStride => ["ldy", "ldc"],
            Role.BatchCount => ["count"],
            Role.BatchWeightsStride => ["strideA"],
            Role.BatchXStride => ["strideB"],
            Role.BatchWeightsOffsets => ["aOffsets"],
            Role.BatchXOffsets => ["bOffsets"],
            Role.Scale => ["scale"],
            Role.Gamma => ["gamma"],
            Role.Graph => ["graph", "adjacency"],
            _ => ["beta"],
        };
        return names[variant % names.Length] + (ordinal == 0 ? "" : (ordinal + 1).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The key under which the bag holds the operand.</summary>
    public static string Key(Role role, int ordinal) => role + (ordinal == 0 ? "" : (ordinal + 1).ToString(CultureInfo.InvariantCulture));
}
