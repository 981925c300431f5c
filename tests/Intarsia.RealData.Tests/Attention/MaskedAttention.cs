namespace Intarsia.RealData.Tests.Attention;

/// <summary>What float and quantised attention on a pattern have in common: their masks, the exponentials of stored scores, and the definition on all pairs.</summary>
internal static class MaskedAttention
{
    /// <summary>The mask of the Longformer (Beltagy et al., 2020), tokens×tokens: a band of 12 on each side of a vector of queries, and first tokens that see everything and are seen by all.</summary>
    public static bool[] Window(int tokens, int vector) =>
        [.. Enumerable.Range(0, tokens * tokens).Select(i => Math.Abs(i / tokens / vector * vector - i % tokens) <= 12 || i / tokens < 2 * vector || i % tokens < 4)];

    /// <summary>The numerators of the softmax of the rows of a group, exp(score − largest of the row), in the order of <see cref="PackedMatrix.ReadGroup(int, Span{int}, Span{float})"/>, and their sum in each row; a pair that is stored and not in the mask has 0, and so has a row without any.</summary>
    public static (double[] Exponentials, double[] Sums) Exponentials(PackedMatrix scores, int group, bool[] mask)
    {
        int length = scores.GroupLength(group), vector = scores.VectorLength;
        int[] columns = new int[length];
        float[] values = new float[length * vector];
        scores.ReadGroup(group, columns, values);
        double[] exponentials = new double[values.Length], sums = new double[vector];
        for (int v = 0; v < vector && group * vector + v < scores.Rows; v++)
        {
            int row = group * vector + v;
            int[] seen = [.. Enumerable.Range(0, length).Where(e => mask[row * scores.Depth + columns[e]]).Select(e => e * vector + v)];
            double most = seen.Select(i => (double)values[i]).DefaultIfEmpty().Max();
            foreach (int i in seen) sums[v] += exponentials[i] = Math.Exp(values[i] - most);
        }
        return (exponentials, sums);
    }

    /// <summary>The definition, on all pairs: softmax(Q·Kᵀ/√d) where the mask is set; a row without any pair has zeros.</summary>
    public static double[] Probabilities(bool[] mask, int tokens, double[] queries, double[] keys)
    {
        const int features = AttentionKernels.Features;
        var weights = new double[tokens * tokens];
        for (int row = 0; row < tokens; row++)
        {
            double sum = 0;
            for (int k = 0; k < tokens; k++)
            {
                if (!mask[row * tokens + k]) continue;
                double score = 0;
                for (int i = 0; i < features; i++) score += queries[row * features + i] * keys[k * features + i];
                sum += weights[row * tokens + k] = Math.Exp(score * AttentionKernels.Scale);
            }
            for (int k = 0; k < tokens && sum > 0; k++) weights[row * tokens + k] /= sum;
        }
        return weights;
    }
}
