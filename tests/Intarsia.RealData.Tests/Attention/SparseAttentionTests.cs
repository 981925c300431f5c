using Intarsia.Compiler.Specs;
using Intarsia.RealData.Tests.Data;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.RealData.Tests.Attention;

/// <summary>Attention that sees a pattern of pairs only: a sampled product, a softmax of each row on the pattern in plain code, a sparse product. Between the kernels one matrix is handed on, and no other is made.</summary>
public class SparseAttentionTests
{
    private const int Features = AttentionKernels.Features;

    public delegate void Scores(float[] queries, float[] keys, PackedMatrix scores);

    public delegate void Collects(PackedMatrix weights, ReadOnlySpan<float> values, Span<float> result);

    [Theory]
    // A number of tokens that neither vectors nor tiles divide.
    [InlineData(1, 45)]
    [InlineData(8, 45)]
    [InlineData(1, 128)]
    [InlineData(8, 128)]
    public void Attention_WindowAndGlobalTokens_EqualsMaskedDenseAttention(int vector, int tokens)
    {
        // The mask of the Longformer (Beltagy et al., 2020): a band, and first tokens that see everything and are seen by all.
        bool[] mask = [.. Enumerable.Range(0, tokens * tokens).Select(i => Math.Abs(i / tokens / vector * vector - i % tokens) <= 12 || i / tokens < 2 * vector || i % tokens < 4)];
        if (vector == 1)
            Check(mask, tokens, AttentionKernels.ScoreKernel, (q, k, d) => AttentionKernels.Score(q, k, d), AttentionKernels.CollectKernel, AttentionKernels.Collect);
        else
            Check(mask, tokens, AttentionKernels.ScoreEightKernel, (q, k, d) => AttentionKernels.ScoreEight(Halves(q), Halves(k), d), AttentionKernels.CollectEightKernel, AttentionKernels.CollectEight);
    }

    /// <summary>The patterns of real networks as masks.</summary>
    [SkippableFact]
    [Trait("Category", "RealData")]
    public void Score_EveryPatternOfDlmc_EqualsTheReference()
    {
        foreach ((string name, CsrMatrix pattern) in SparseMatrices.Dlmc())
        {
            float[] queries = Draw(pattern.Rows, 1), keys = Draw(pattern.Depth, 2);
            PackedMatrix scores = PackedMatrix.Pack(pattern, AttentionKernels.ScoreKernel.Weights!);
            AttentionKernels.Score(queries, keys, scores);
            string? mismatch = Expected(AttentionKernels.ScoreKernel, queries, keys, scores).FirstMismatch<double>(SampledResult.Read(scores));
            Assert.True(mismatch is null, $"{name}: {mismatch}");
        }
    }

    private static void Check(bool[] mask, int tokens, KernelInfo score, Scores scores, KernelInfo collect, Collects collects)
    {
        float[] queries = Draw(tokens, 1), keys = Draw(tokens, 2), values = Draw(tokens, 3), result = new float[tokens * Features];
        PackedMatrix matrix = PackedMatrix.Pack(Array.ConvertAll(mask, stored => stored ? 1f : 0f), tokens, tokens, score.Weights!);

        scores(queries, keys, matrix);
        ReferenceResult expectedScores = Expected(score, queries, keys, matrix);
        Assert.Null(expectedScores.FirstMismatch<double>(SampledResult.Read(matrix)));
        SoftmaxOfRows(matrix, mask, tokens);
        collects(matrix, values, result);

        var weights = new float[tokens * tokens];
        matrix.Unpack(weights);
        ReferenceResult expected = SpecReference.Execute(KernelName.Parse(collect.Name), new ReferenceOperands
        {
            Rows = tokens,
            Depth = tokens,
            Columns = Features,
            Weights = Array.ConvertAll(weights, value => (double)value),
            X = Array.ConvertAll(values, value => (double)value),
        });
        Assert.Null(expected.FirstMismatch<float>(result));

        double[] dense = Dense(mask, tokens, queries, keys);
        for (int row = 0; row < tokens; row++)
        {
            // Arguments that are off by e each change a probability by a factor of exp(2e) at most; it is rounded to binary32 then.
            double worst = Enumerable.Range(0, tokens).Where(k => mask[row * tokens + k]).Max(k => expectedScores.Bound[row * tokens + k]);
            double factor = (1 + Math.Pow(2, -24)) * Math.Exp(2 * worst) - 1;
            for (int feature = 0; feature < Features; feature++)
            {
                double sum = 0, bound = expected.Bound[row * Features + feature];
                for (int k = 0; k < tokens; k++)
                {
                    double term = dense[row * tokens + k] * values[k * Features + feature];
                    sum += term;
                    bound += Math.Abs(term) * factor;
                }
                Assert.InRange(result[row * Features + feature], sum - bound, sum + bound);
            }
        }
    }

    private static ReferenceResult Expected(KernelInfo score, float[] queries, float[] keys, PackedMatrix matrix) => SpecReference.Execute(KernelName.Parse(score.Name), new ReferenceOperands
    {
        Rows = matrix.Rows,
        Depth = Features,
        Columns = matrix.Depth,
        Weights = Array.ConvertAll(queries, value => (double)value),
        X = [.. Enumerable.Range(0, Features * matrix.Depth).Select(i => (double)keys[i % matrix.Depth * Features + i / matrix.Depth])],
        Sampled = SampledResult.Stored(matrix),
    });

    /// <summary>Softmax of each row of the stored elements, in place; a vector that is only partly in the mask keeps zeros elsewhere.</summary>
    private static void SoftmaxOfRows(PackedMatrix matrix, bool[] mask, int tokens)
    {
        int vector = matrix.VectorLength;
        for (int group = 0; group < matrix.GroupCount; group++)
        {
            int length = matrix.GroupLength(group);
            int[] columns = new int[length];
            float[] values = new float[length * vector];
            matrix.ReadGroup(group, columns, values);
            for (int v = 0; v < vector && group * vector + v < tokens; v++)
            {
                int row = group * vector + v;
                int[] entries = [.. Enumerable.Range(0, length).Where(e => mask[row * tokens + columns[e]])];
                double most = entries.Max(e => (double)values[e * vector + v]), sum = entries.Sum(e => Math.Exp(values[e * vector + v] - most));
                for (int e = 0; e < length; e++)
                    values[e * vector + v] = entries.Contains(e) ? (float)(Math.Exp(values[e * vector + v] - most) / sum) : 0;
            }
            matrix.SetGroup(group, values);
        }
    }

    /// <summary>The definition, on all pairs: softmax(Q·Kᵀ/√d) where the mask is set.</summary>
    private static double[] Dense(bool[] mask, int tokens, float[] queries, float[] keys)
    {
        var weights = new double[tokens * tokens];
        for (int row = 0; row < tokens; row++)
        {
            for (int k = 0; k < tokens; k++)
                weights[row * tokens + k] = !mask[row * tokens + k] ? 0 : Math.Exp(Enumerable.Range(0, Features).Sum(i => (double)queries[row * Features + i] * keys[k * Features + i]) * AttentionKernels.Scale);
            double sum = weights.AsSpan(row * tokens, tokens).ToArray().Sum();
            for (int k = 0; k < tokens; k++) weights[row * tokens + k] /= sum;
        }
        return weights;
    }

    // Numbers that binary16 holds, so that both kernels see the same.
    private static float[] Draw(int tokens, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, tokens * Features).Select(_ => (float)(Half)(random.NextSingle() * 4 - 2))];
    }

    private static Half[] Halves(float[] values) => Array.ConvertAll(values, value => (Half)value);
}
