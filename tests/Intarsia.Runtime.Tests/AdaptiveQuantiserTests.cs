using Xunit;

namespace Intarsia.Runtime.Tests;

public class AdaptiveQuantiserTests
{
    private static readonly NumberFormat[] Paper = [NumberFormat.Int4, NumberFormat.Flint4, NumberFormat.PowerOfTwo4];

    [Theory]
    [InlineData("uniform", NumberFormat.Int4)]
    [InlineData("gaussian", NumberFormat.Flint4)]
    [InlineData("long-tailed", NumberFormat.PowerOfTwo4)]
    public void Quantise_AKnownDistribution_TakesTheFormatOfThePaper(string distribution, NumberFormat expected)
    {
        // As many elements as a layer has: the largest of a Gaussian is then far from most of them.
        float[] dense = Draw(distribution, 512 * 512, new Random(1));
        AdaptiveQuantisation choice = AdaptiveQuantiser.Quantise(dense, 512, 512, Per.Tensor, candidates: Paper);
        Assert.Equal(Paper, choice.Candidates.Select(c => c.Format));
        Assert.True(choice.Matrix.Format == expected, string.Join(", ", choice.Candidates));
    }

    [Theory]
    [InlineData(Per.Tensor, 0)]
    [InlineData(Per.Row, 0)]
    [InlineData(Per.Group, 24)]
    public void Quantise_AnyScales_LosesWhatItSaysAndNoMoreThanAnyCandidateByTheRange(Per scale, int group)
    {
        foreach (string distribution in (string[])["uniform", "gaussian", "long-tailed", "not negative"])
        {
            float[] dense = Draw(distribution, 7 * 100, new Random(2));
            dense.AsSpan(100, 24).Clear();
            AdaptiveQuantisation choice = AdaptiveQuantiser.Quantise(dense, 7, 100, scale, group);
            Assert.Equal(4, choice.Candidates.Count);
            double chosen = choice.Candidates.Single(c => c.Format == choice.Matrix.Format).MeanSquaredError;
            Assert.Equal(choice.Candidates.Min(c => c.MeanSquaredError), chosen);
            Assert.Equal(chosen, MeanSquaredError(choice.Matrix, dense), chosen * 1e-5);
            // The scale of the largest magnitude is among those that are tried.
            foreach (FormatError candidate in choice.Candidates)
                Assert.InRange(candidate.MeanSquaredError, chosen, MeanSquaredError(Quantiser.Quantise(dense, 7, 100, candidate.Format, scale, group), dense) * (1 + 1e-6));
            PackedMatrix packed = PackedMatrix.Pack(choice.Matrix, new WeightLayout(Pattern.Dense, choice.Matrix.Format) { Scale = scale, ScaleGroup = group });
            float[] back = new float[dense.Length], expected = new float[dense.Length];
            packed.Unpack(back);
            choice.Matrix.Dequantise(expected);
            Assert.Equal(expected, back);
        }
    }

    /// <summary>Of every width: what is chosen loses no more than any type of the width, more bits lose less, and the packed matrix, in the one format that holds the chosen type, stands for the same numbers.</summary>
    [Theory]
    [InlineData("uniform")]
    [InlineData("gaussian")]
    [InlineData("long-tailed")]
    [InlineData("not negative")]
    public void Quantise_AnyWidth_TakesTheTypeThatLosesLeast(string distribution)
    {
        float[] dense = Draw(distribution, 16 * 600, new Random(5));
        double last = double.PositiveInfinity;
        for (int bits = 3; bits <= 8; bits++)
        {
            AdaptiveQuantisation choice = AdaptiveQuantiser.Quantise(dense, 16, 600, bits, Per.Row);
            Assert.Equal(NumberType.Candidates(bits, distribution != "not negative").Select(type => type.Name), choice.Candidates.Select(candidate => candidate.Type.Name));
            double chosen = choice.Candidates.Single(candidate => candidate.Type == choice.Type).MeanSquaredError;
            Assert.Equal(choice.Candidates.Min(candidate => candidate.MeanSquaredError), chosen);
            Assert.Equal(chosen, MeanSquaredError(choice.Matrix, dense), chosen * 1e-3);
            Assert.True(chosen < last, $"{bits} bits: {chosen} after {last}");
            last = chosen;
            Assert.Equal(choice.Type.Format, choice.Matrix.Format);
            double[] numbers = choice.Type.Values.ToArray();
            Assert.All(choice.Matrix.Values, value => Assert.Contains(value, numbers));
            PackedMatrix packed = PackedMatrix.Pack(choice.Matrix, new WeightLayout(Pattern.Dense, choice.Matrix.Format) { Scale = Per.Row });
            float[] back = new float[dense.Length], expected = new float[dense.Length];
            packed.Unpack(back);
            choice.Matrix.Dequantise(expected);
            Assert.Equal(expected, back);
        }
    }

    [Theory]
    [InlineData("long-tailed", 7, "flint7")]
    [InlineData("gaussian", 6, "int6")]
    [InlineData("uniform", 6, "int6")]
    [InlineData("long-tailed", 5, "pot5")]
    public void Quantise_AKnownDistributionOfOtherWidths_TakesItsType(string distribution, int bits, string expected)
    {
        NumberType[] paper = [.. NumberType.Candidates(bits, isSigned: true).Where(type => !type.Name.StartsWith("float", StringComparison.Ordinal))];
        AdaptiveQuantisation choice = AdaptiveQuantiser.Quantise(Draw(distribution, 512 * 512, new Random(1)), 512, 512, paper, Per.Tensor);
        Assert.True(expected == choice.Type.Name, string.Join(", ", choice.Candidates));
    }

    [Fact]
    public void Quantise_TypesBeyond16Bits_AreRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => AdaptiveQuantiser.Quantise([1], 1, 1, [NumberType.PowerOfTwo(6, isSigned: true)], Per.Row));
        Assert.Contains("The numbers of pot6 reach 1073741824", error.Message);
        Assert.Contains("no candidate", Assert.Throws<ArgumentException>(() => AdaptiveQuantiser.Quantise([1], 1, 1, Array.Empty<NumberType>(), Per.Row)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => AdaptiveQuantiser.Quantise([1], 1, 1, 9, Per.Row));
    }

    [Fact]
    public void Quantise_NothingOrZeros_TakesTheFirstCandidate()
    {
        Assert.Equal(NumberFormat.UInt4, AdaptiveQuantiser.Quantise([], 0, 5, Per.Row).Matrix.Format);
        AdaptiveQuantisation zeros = AdaptiveQuantiser.Quantise(new float[6], 2, 3, Per.Row, candidates: Paper);
        Assert.Equal((NumberFormat.Int4, 0), (zeros.Matrix.Format, zeros.Candidates[2].MeanSquaredError));
        Assert.Equal([1f, 1f], zeros.Matrix.Scales);
    }

    [Fact]
    public void Quantise_ImpossibleArguments_AreNamed()
    {
        Assert.Contains("Int8 is none of the formats of four bits", Assert.Throws<ArgumentException>(() => AdaptiveQuantiser.Quantise(new float[2], 1, 2, Per.Row, candidates: [NumberFormat.Int8])).Message);
        Assert.Throws<ArgumentException>(() => AdaptiveQuantiser.Quantise(new float[2], 1, 2, Per.None));
        Assert.Throws<ArgumentException>(() => AdaptiveQuantiser.Quantise(new float[2], 1, 2, Per.Group));
        Assert.Throws<ArgumentException>(() => AdaptiveQuantiser.Quantise(new float[2], 1, 3, Per.Row));
        Assert.Equal("element in row 0, column 1", Assert.Throws<IntarsiaFormatException>(() => AdaptiveQuantiser.Quantise([1, float.NaN], 1, 2, Per.Row)).Field);
        Assert.Equal("element in row 0, column 1", Assert.Throws<IntarsiaFormatException>(() => AdaptiveQuantiser.Quantise([1, -2], 1, 2, Per.Row, candidates: [NumberFormat.Int4, NumberFormat.UFlint4])).Field);
    }

    [Fact]
    public void Quantise_ByTheRange_TakesTheNearestAndOfTwoTheGreater()
    {
        QuantisedMatrix q = Quantiser.Quantise([16, 5, -5, 4.9f, 11.9f, -12, 0.5f, 0.4f], 1, 8, NumberFormat.Flint4, Per.Tensor);
        Assert.Equal([16, 6, -6, 4, 8, -16, 1, 0], q.Values);
        Assert.Equal([1f], q.Scales);
    }

    private static double MeanSquaredError(QuantisedMatrix matrix, float[] dense)
    {
        var back = new float[dense.Length];
        matrix.Dequantise(back);
        return dense.Zip(back, (a, b) => ((double)a - b) * ((double)a - b)).Average();
    }

    private static float[] Draw(string distribution, int count, Random random)
    {
        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return [.. Enumerable.Range(0, count).Select(_ => (float)(distribution switch
        {
            "uniform" => 2 * random.NextDouble() - 1,
            "gaussian" => Gaussian(),
            "not negative" => random.NextDouble(),
            _ => Math.CopySign(-Math.Log(1 - random.NextDouble()) * Math.Exp(1.5 * Gaussian()), random.NextDouble() - 0.5),
        }))];
    }
}
