using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.RealData.Tests.Attention;

/// <summary>
/// Attention on a pattern with 8-bit operands, as Magicube has it (SC'22, section 4): a sampled product of bytes into vectors of eight queries, dequantised to floats; a softmax of each row in plain code, which quantises its probabilities; a sparse product of
/// those and of values in bytes, dequantised again. One pattern serves all heads.
/// </summary>
public class QuantisedAttentionTests
{
    private const int Features = AttentionKernels.Features;
    private const int Heads = 3;

    /// <summary>Unit roundoff of binary32.</summary>
    private const double U = 1.0 / (1 << 24);

    public enum Mask
    {
        /// <summary>A band and global tokens.</summary>
        Window,

        /// <summary>Every query sees the keys up to itself, so that most vectors are in the mask in part at the diagonal.</summary>
        Causal,

        /// <summary>One vector of keys in four; the last third of all tokens is padding, which sees nothing and is not seen: rows and whole groups are empty.</summary>
        RandomPadded,
    }

    [Theory]
    [InlineData(Mask.Window, 45)]
    [InlineData(Mask.Window, 128)]
    [InlineData(Mask.Causal, 1)]
    [InlineData(Mask.Causal, 9)]
    [InlineData(Mask.Causal, 77)]
    [InlineData(Mask.RandomPadded, 45)]
    [InlineData(Mask.RandomPadded, 100)]
    public void Attention_BytesThroughout_EqualsMaskedAttentionWithinTheQuantisation(Mask kind, int tokens)
    {
        bool[] mask = MaskOf(kind, tokens);
        float[] pattern = Array.ConvertAll(mask, seen => seen ? 1f : 0f);
        PackedMatrix scores = PackedMatrix.Pack(pattern, tokens, tokens, AttentionKernels.ScoreBytesKernel.Weights!);
        PackedMatrix probabilities = PackedMatrix.Pack(pattern, tokens, tokens, AttentionKernels.CollectBytesKernel.Weights!);
        double error = 0, expectedError = 0;
        for (int head = 0; head < Heads; head++)
        {
            Head operands = new(tokens, head);
            float[] result = Run(operands, scores, probabilities, mask);
            (double squares, double expected) = Check(operands, probabilities, mask, result);
            error += squares;
            expectedError += expected;
        }

        // The bounds are worst cases, which never come together. Roundings that do not depend on each other give a mean square that can be foretold, and twice that is far outside what so many of them give.
        Assert.True(error <= 2 * expectedError, $"The mean square error is {error / expectedError:G3} times that of independent roundings.");
    }

    /// <summary>Both kernels on one head; each is held against the reference, where every bit of them is determined.</summary>
    private static float[] Run(Head head, PackedMatrix scores, PackedMatrix probabilities, bool[] mask)
    {
        AttentionKernels.ScoreBytes(head.Queries.Integers, head.Queries.Scales, head.Keys.Integers, head.Keys.Scales, scores);
        ReferenceResult expectedScores = SpecReference.Execute(KernelName.Parse(AttentionKernels.ScoreBytesKernel.Name), new ReferenceOperands
        {
            Rows = head.Tokens,
            Depth = Features,
            Columns = head.Tokens,
            Weights = Doubles(head.Queries.Integers),
            WeightScales = Doubles(head.Queries.Scales),
            X = [.. Enumerable.Range(0, Features * head.Tokens).Select(i => (double)head.Keys.Integers[i % head.Tokens * Features + i / head.Tokens])],
            XScales = Doubles(head.Keys.Scales),
            Sampled = SampledResult.Stored(scores),
        });
        Assert.All(expectedScores.Bound, bound => Assert.Equal(0, bound));
        Assert.Null(expectedScores.FirstMismatch<double>(SampledResult.Read(scores)));

        QuantiseSoftmax(scores, mask, probabilities);
        var result = new float[head.Tokens * Features];
        Array.Fill(result, float.NaN);
        AttentionKernels.CollectBytes(probabilities, head.Values.Integers, head.Values.Scales, result);
        ReferenceResult expected = SpecReference.Execute(KernelName.Parse(AttentionKernels.CollectBytesKernel.Name), new ReferenceOperands
        {
            Rows = head.Tokens,
            Depth = head.Tokens,
            Columns = Features,
            Weights = Integers(probabilities),
            WeightScales = Doubles(probabilities.Scales),
            X = Doubles(head.Values.Integers),
            XScales = Doubles(head.Values.Scales),
        });
        Assert.All(expected.Bound, bound => Assert.Equal(0, bound));
        Assert.Null(expected.FirstMismatch<float>(result));
        return result;
    }

    /// <summary>The largest probability of a row, exp(0)/sum, is 255 of its scales; so the integers are 255 times the exponentials, and the scale 1/(255·sum).</summary>
    private static void QuantiseSoftmax(PackedMatrix scores, bool[] mask, PackedMatrix probabilities)
    {
        var scales = new float[scores.Rows];
        for (int group = 0; group < scores.GroupCount; group++)
        {
            (double[] exponentials, double[] sums) = MaskedAttention.Exponentials(scores, group, mask);
            probabilities.SetGroup(group, Array.ConvertAll(exponentials, value => (int)Math.Round(255 * value)));
            for (int v = 0; v < sums.Length && group * sums.Length + v < scales.Length; v++)
                scales[group * sums.Length + v] = sums[v] == 0 ? 1 : (float)(1 / (255 * sums[v]));
        }
        probabilities.SetScales(scales);
    }

    /// <summary>Holds a result against attention in binary64, of the same integers and of the floats that they come from.</summary>
    /// <returns>The sum of the squared differences from the latter, and what independent roundings would make of it.</returns>
    private static (double Squares, double Expected) Check(Head head, PackedMatrix probabilities, bool[] mask, float[] result)
    {
        int tokens = head.Tokens;
        double[] values = head.Values.Dequantised, q = head.Queries.Dequantised, k = head.Keys.Dequantised;
        double[] same = MaskedAttention.Probabilities(mask, tokens, q, k), floats = MaskedAttention.Probabilities(mask, tokens, head.Queries.Numbers, head.Keys.Numbers);
        double squares = 0, expected = 0;
        for (int row = 0; row < tokens; row++)
        {
            int[] seen = [.. Enumerable.Range(0, tokens).Where(key => mask[row * tokens + key])];
            double scale = probabilities.Scales[row];
            // A score is a whole number below 2²⁴, times two scales, each rounded, and times an eighth, which is exact. Scores that are off by d change a probability by a factor of exp(2d) at most.
            double most = seen.Select(key => Magnitude(q, row, k, key)).DefaultIfEmpty().Max();
            double scores = Math.Exp(2 * 2.001 * U * most) - 1;
            // A query is off by half its scale, and so is a key: |q·k − q̂·k̂| ≤ Σ|q|·|k − k̂| + |q − q̂|·|k̂|. Quantising divides in binary32, hence the thousandth more.
            double[] spread = [.. seen.Select(key => 1.001 * AttentionKernels.Scale * (Length(head.Queries.Numbers, row) * head.Keys.Scales[key] + Length(k, key) * head.Queries.Scales[row]) / 2)];
            double quantised = Math.Exp(2 * spread.DefaultIfEmpty().Max()) - 1;
            double[] variances = [.. seen.Select(key => ScoreVariance(head, row, key))];
            for (int feature = 0; feature < Features; feature++)
            {
                double step = head.Values.Scales[feature], sum = 0, tight = 0, exact = 0, loose = 0;
                foreach (int key in seen)
                {
                    double value = values[key * Features + feature], p = same[row * tokens + key], f = floats[row * tokens + key];
                    // Half a step of the probabilities; the scores; the rounding of their scale, of the sum to a float and of its product with two scales.
                    tight += Math.Abs(value) * (scale / 2 + p * scores + 4.001 * U * (p + scale));
                    sum += p * value;
                    exact += f * head.Values.Numbers[key * Features + feature];
                    loose += f * (quantised * Math.Abs(value) + 1.001 * step / 2);
                }
                double actual = result[row * Features + feature];
                Assert.InRange(actual, sum - tight, sum + tight);
                Assert.InRange(actual, exact - loose - tight, exact + loose + tight);
                squares += (actual - exact) * (actual - exact);
                // A rounding to a step s has the variance s²/12. ∂y/∂score = p·(v − y).
                for (int i = 0; i < seen.Length; i++)
                {
                    double value = values[seen[i] * Features + feature], f = floats[row * tokens + seen[i]], slope = f * (value - exact);
                    expected += slope * slope * variances[i] + (f * f * step * step + scale * scale * value * value) / 12;
                }
            }
        }
        return (squares, expected);
    }

    private static double Magnitude(double[] q, int row, double[] k, int key) => AttentionKernels.Scale * Enumerable.Range(0, Features).Sum(i => Math.Abs(q[row * Features + i] * k[key * Features + i]));

    private static double Length(double[] numbers, int row) => numbers.Skip(row * Features).Take(Features).Sum(Math.Abs);

    private static double ScoreVariance(Head head, int row, int key)
    {
        double Squares(Quantised operand, int line) => operand.Numbers.Skip(line * Features).Take(Features).Sum(value => value * value);
        double s = head.Queries.Scales[row], t = head.Keys.Scales[key];
        return AttentionKernels.Scale * AttentionKernels.Scale * (Squares(head.Queries, row) * t * t + Squares(head.Keys, key) * s * s) / 12;
    }

    private static bool[] MaskOf(Mask kind, int tokens)
    {
        if (kind == Mask.Window) return MaskedAttention.Window(tokens, 8);
        var random = new Random(tokens);
        bool[] kept = [.. Enumerable.Range(0, (tokens + 7) / 8 * tokens).Select(_ => random.Next(4) == 0)];
        int real = tokens - tokens / 3;
        return [.. Enumerable.Range(0, tokens * tokens).Select(i => (Row: i / tokens, Key: i % tokens)).Select(pair => kind == Mask.Causal
            ? pair.Key <= pair.Row
            : pair.Row < real && pair.Key < real && (pair.Row == pair.Key || kept[pair.Row / 8 * tokens + pair.Key]))];
    }

    private static double[] Integers(PackedMatrix matrix)
    {
        var integers = new int[matrix.Rows * matrix.Depth];
        matrix.UnpackIntegers(integers);
        return Array.ConvertAll(integers, value => (double)value);
    }

    private static double[] Doubles<T>(ReadOnlySpan<T> values)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        var doubles = new double[values.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(values, doubles);
        return doubles;
    }

    private static double[] Doubles<T>(T[] values)
        where T : unmanaged, System.Numerics.INumber<T> => Doubles((ReadOnlySpan<T>)values);

    /// <summary>An operand, tokens×features: the numbers, the integers and their scales, of a token or of a feature, and what those stand for.</summary>
    private sealed record Quantised(double[] Numbers, sbyte[] Integers, float[] Scales, double[] Dequantised)
    {
        public static Quantised Of(float[] numbers, int tokens, bool ofFeatures)
        {
            var integers = new sbyte[numbers.Length];
            var scales = new float[ofFeatures ? Features : tokens];
            if (ofFeatures)
                Quantiser.QuantiseActivations(numbers, Features, tokens, Per.Token, integers, scales, MatrixLayout.RowMajor);
            else
                Quantiser.QuantiseActivations(numbers, tokens, Features, Per.Token, integers, scales);
            return new Quantised(Doubles(numbers), integers, scales, [.. integers.Select((value, i) => (double)value * scales[ofFeatures ? i % Features : i / Features])]);
        }
    }

    /// <summary>The operands of one head. Queries differ in size, so that their scales do.</summary>
    private sealed class Head(int tokens, int seed)
    {
        public int Tokens { get; } = tokens;

        public Quantised Queries { get; } = Quantised.Of(Draw(tokens, 3 * seed, (token, _) => 0.5f + token % 3), tokens, false);

        public Quantised Keys { get; } = Quantised.Of(Draw(tokens, 3 * seed + 1, (_, _) => 1), tokens, false);

        public Quantised Values { get; } = Quantised.Of(Draw(tokens, 3 * seed + 2, (_, feature) => 1 + feature % 5), tokens, true);

        private static float[] Draw(int tokens, int seed, Func<int, int, float> size)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, tokens * Features).Select(i => (random.NextSingle() * 2 - 1) * size(i / Features, i % Features))];
        }
    }
}
