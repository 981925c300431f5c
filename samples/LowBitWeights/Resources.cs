using Intarsia;

namespace LowBitWeights;

/// <summary>What one way to run a network delivers, and what that takes.</summary>
/// <param name="Name">The format of the weights, and how they are multiplied.</param>
/// <param name="Right">Clips that are recognised.</param>
/// <param name="WeightBytes">Bytes of the encoder's matrices as they are stored, with indices and scales.</param>
/// <param name="BytesMoved">Bytes that the encoder's matrices move at least for a clip: weights, activations in and out, each once.</param>
/// <param name="Operations">Operations on the encoder's weights for a clip, see <see cref="Count"/>.</param>
/// <param name="Inference">Time of a clip, from features to logits.</param>
/// <param name="Matrices">Time of the encoder's matrices alone, with the tokens of a clip.</param>
/// <param name="OneToken">Time of the encoder's matrices alone, with one token each.</param>
/// <param name="Joules">Energy of a clip; null where the machine does not say.</param>
internal sealed record Resources(string Name, int Right, long WeightBytes, long BytesMoved, long Operations, TimeSpan Inference, TimeSpan Matrices, TimeSpan OneToken, double? Joules)
{
    /// <summary>What is spent, by name.</summary>
    public static IReadOnlyList<(string Name, Func<Resources, double> Of)> Kinds { get; } =
    [
        ("weight bytes", cost => cost.WeightBytes),
        ("bytes moved", cost => cost.BytesMoved),
        ("operations", cost => cost.Operations),
        ("clip", cost => cost.Inference.TotalMicroseconds),
        ("matrices", cost => cost.Matrices.TotalMicroseconds),
        ("one token", cost => cost.OneToken.TotalMicroseconds),
        ("energy", cost => cost.Joules ?? double.NaN),
    ];

    /// <summary>
    /// Resource efficiency: the share of the baseline's accuracy that is kept, by the share of its resource that is spent. Above 1, more is delivered for each byte, operation or second. It is a ratio for each resource, not one number
    /// (after Lee et al., "Resource-Efficient Deep Learning", ACM Computing Surveys 2023, arXiv 2112.15131).
    /// </summary>
    public double Efficiency(Resources baseline, Func<Resources, double> resource) => (double)Right / baseline.Right / (resource(this) / resource(baseline));

    /// <summary>
    /// Operations on weights: a multiplication and an addition for each stored one and token. Binary-coded planes have a table of 16 sums for each four activations, made by an addition each, and a look-up and an addition
    /// for each four weights of a plane. Scales are not counted.
    /// </summary>
    public static long Count(PackedMatrix weights, KernelInfo kernel, int tokens)
    {
        if (weights.Layout.Planes == 0) return kernel.Flops(weights.StoredElements, tokens);
        long fours = (weights.Depth + 3) / 4;
        return fours * (16 + 2L * weights.Rows * weights.Layout.Planes) * tokens;
    }
}
