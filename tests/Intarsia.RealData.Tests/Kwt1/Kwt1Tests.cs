using LowBitWeights;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.RealData.Tests.Kwt1;

/// <summary>KWT-1, as samples/LowBitWeights runs it.</summary>
[Trait("Category", "RealData")]
public class Kwt1Tests(ITestOutputHelper output)
{
    /// <summary>
    /// Each format, the least of the 96 words that it must recognise, and bounds of its largest error in a logit: other numbers must come out, or no other format ran. Measured: 92 or 93 with int8, all types of four bits, powers of two
    /// of four bits times bases, BCQ-3 and all types of three bits but int3, with which it is 91 as with CSR; 90 with 2:4, 87 with int2, 82 with ternary, 89 or 90 with the others. One or two words of slack, because a rounding near a tie may fall differently.
    /// </summary>
    public static TheoryData<string, int, float, float> Formats => new()
    {
        { "int8", 91, 0.01f, 0.5f }, { "int4", 90, 0.1f, 5 }, { "ANT-4", 90, 0.1f, 5 },
        { "int4, row", 90, 0.1f, 10 }, { "PoT-4, row", 90, 0.1f, 10 }, { "flint-4, row", 90, 0.1f, 10 }, { "float-4, row", 90, 0.1f, 10 }, { "ANT-4, row", 90, 0.1f, 10 },
        { "int3", 89, 0.2f, 10 }, { "ANT-3", 90, 0.2f, 10 }, { "int3, row", 89, 0.2f, 10 }, { "PoT-3/flint-3, row", 90, 0.2f, 10 }, { "float-3, row", 90, 0.2f, 10 }, { "ANT-3, row", 90, 0.2f, 10 },
        { "int2", 85, 0.5f, 20 }, { "ternary", 80, 0.5f, 20 }, { "pot4b, row", 90, 0.1f, 10 }, { "pot4b, matrix", 90, 0.1f, 10 }, { "BCQ-3", 90, 0.2f, 5 }, { "BCQ-2", 87, 0.5f, 10 },
        { "2:4", 88, 0.5f, 10 }, { "2:4 int4", 87, 0.5f, 10 }, { "4:8 int8", 87, 0.5f, 10 }, { "CSR, 50 % zero", 89, 0.5f, 10 },
    };

    public static TheoryData<string> AllFormats => [.. WeightFormat.All.Select(format => format.Name)];

    /// <summary>The model in plain code gives the logits it is known for; so what the kernels are compared with is right.</summary>
    [SkippableFact]
    public void Model_PlainCode_GivesTheExpectedLogits()
    {
        Assert.Equal(72, Kwt1Data.Model.EncoderLayers.Count());
        Assert.Equal(589_824, Kwt1Data.Model.EncoderLayers.Sum(layer => layer.Weights.Length));

        AssertExpected(Kwt1Data.Words.Logits(Kwt1Data.Model, new PlainLayers()));
    }

    [SkippableFact]
    public void Model_DenseFloatKernels_GivesTheExpectedLogits() => AssertExpected(Kwt1Data.Words.Logits(Kwt1Data.Model, new KernelLayers(WeightFormat.Baseline)));

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Model_WeightsInFormat_KeepsItsAccuracy(string format, int atLeast, float leastError, float mostError)
    {
        Words words = Kwt1Data.Words;

        float[] logits = words.Logits(Kwt1Data.Model, new KernelLayers(Find(format)));

        output.WriteLine($"{format}: largest error {Kwt1Data.LargestError(logits):E2}, {words.CountRight(logits)} of {words.Count} right");
        Assert.InRange(words.CountRight(logits), atLeast, words.Count);
        Assert.InRange(Kwt1Data.LargestError(logits), leastError, mostError);
    }

    /// <summary>The formats of the table are the ones that are tested.</summary>
    [Fact]
    public void Formats_OfTheSample_AreAllTested() =>
        Assert.Equal(WeightFormat.All.Skip(1).Select(format => format.Name), Formats.Select(row => (string)row[0]));

    /// <summary>Every linear layer on the activations that really reach it, tokens of one clip and one of them, in each format.</summary>
    [SkippableTheory]
    [MemberData(nameof(AllFormats))]
    public void EveryLinearLayer_OnRealActivations_EqualsTheReference(string format)
    {
        var layers = new ComparedLayers(Find(format));

        Kwt1Data.Model.Logits(Kwt1Data.Words.Features[0], 1, layers);

        Assert.Equal(2 * 74, layers.Compared);
        Assert.Equal(72, layers.Names.Count(name => name.StartsWith("layers.", StringComparison.Ordinal)));
    }

    /// <summary>ANT does not choose the same type for every matrix: otherwise a format would do as well.</summary>
    [SkippableFact]
    public void Adaptive_OfRealMatrices_ChoosesSeveralTypes()
    {
        IGrouping<NumberFormat, LinearLayer>[] types = [.. Kwt1Data.Model.EncoderLayers.GroupBy(layer => WeightFormat.Adaptive4.Store(layer).Weights.Layout.Format)];

        output.WriteLine(string.Join(", ", types.Select(type => $"{type.Key}: {type.Count()}")));
        Assert.InRange(types.Length, 2, 4);
    }

    /// <summary>With three bits, flint and powers of two are the same numbers, and every candidate's numbers are of int4, in whose format two stand in a byte.</summary>
    [SkippableFact]
    public void Adaptive_ThreeBits_ChoosesSeveralTypesThatInt4Holds()
    {
        Assert.Equal(NumberType.PowerOfTwo(3, isSigned: true).Values.ToArray().Order(), NumberType.Flint(3, isSigned: true).Values.ToArray().Order());
        Assert.All(NumberType.Candidates(3, isSigned: true), type => Assert.All(type.Values.ToArray(), value => Assert.InRange(value, -8, 7)));

        IGrouping<string, LinearLayer>[] types = [.. Kwt1Data.Model.EncoderLayers.GroupBy(layer => AdaptiveQuantiser.Quantise(layer.Weights, layer.Rows, layer.Depth, 3, Per.Group, 32).Type.Name)];

        output.WriteLine(string.Join(", ", types.Select(type => $"{type.Key}: {type.Count()}")));
        output.WriteLine(string.Join(", ", Kwt1Data.Model.EncoderLayers.GroupBy(layer => AdaptiveQuantiser.Quantise(layer.Weights, layer.Rows, layer.Depth, 3, Per.Row).Type.Name).Select(type => $"{type.Key} by row: {type.Count()}")));
        Assert.InRange(types.Length, 1, 4);
    }

    private static WeightFormat Find(string name) => WeightFormat.All.Single(format => format.Name == name);

    private void AssertExpected(float[] logits)
    {
        output.WriteLine($"largest error {Kwt1Data.LargestError(logits):E2}, {Kwt1Data.Words.CountRight(logits)} of {Kwt1Data.Words.Count} right");
        Assert.InRange(Kwt1Data.LargestError(logits), 0, 1e-4f);
        Assert.Equal(92, Kwt1Data.Words.CountRight(logits));
    }

    /// <summary>Compares each result with the reference executor.</summary>
    private sealed class ComparedLayers(WeightFormat format) : KernelLayers(format)
    {
        public int Compared { get; private set; }

        public HashSet<string> Names { get; } = [];

        public override void Linear(LinearLayer layer, Activations x, Span<float> y)
        {
            base.Linear(layer, x, y);
            Compare(layer, x, y);
            // One column has a kernel of its own.
            var token = new Activations(x.Values[..layer.Depth].ToArray(), 1);
            var result = new float[layer.Rows];
            Stored(layer).Run(token, result);
            Compare(layer, token, result);
            Names.Add(layer.Name);
        }

        private void Compare(LinearLayer layer, Activations x, ReadOnlySpan<float> y)
        {
            string? mismatch = Stored(layer).FirstMismatch(x, y);
            Assert.True(mismatch is null, mismatch);
            Compared++;
        }
    }
}
