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
        bool[] mask = MaskedAttention.Window(tokens, vector);
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
        SoftmaxOfRows(matrix, mask);
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

        double[] dense = MaskedAttention.Probabilities(mask, tokens, Array.ConvertAll(queries, value => (double)value), Array.ConvertAll(keys, value => (double)value));
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
    private static void SoftmaxOfRows(PackedMatrix matrix, bool[] mask)
    {
        for (int group = 0; group < matrix.GroupCount; group++)
        {
            (double[] exponentials, double[] sums) = MaskedAttention.Exponentials(matrix, group, mask);
            matrix.SetGroup(group, [.. exponentials.Select((value, i) => value == 0 ? 0 : (float)(value / sums[i % sums.Length]))]);
        }
    }

    // Numbers that binary16 holds, so that both kernels see the same.
    private static float[] Draw(int tokens, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, tokens * Features).Select(_ => (float)(Half)(random.NextSingle() * 4 - 2))];
    }

    private static Half[] Halves(float[] values) => Array.ConvertAll(values, value => (Half)value);
}
