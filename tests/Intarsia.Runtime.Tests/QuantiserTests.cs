using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Intarsia.Runtime.Tests;

public class QuantiserTests
{
    public static TheoryData<NumberFormat, Per, bool> Kinds
    {
        get
        {
            var kinds = new TheoryData<NumberFormat, Per, bool>();
            foreach (NumberFormat format in (NumberFormat[])[NumberFormat.Int16, NumberFormat.Int12, NumberFormat.Int8, NumberFormat.Int4, NumberFormat.Planes7])
                foreach (Per scale in (Per[])[Per.Tensor, Per.Row, Per.Group])
                    foreach (bool asymmetric in (bool[])[false, true])
                        if (format == NumberFormat.Planes7 ? asymmetric : !asymmetric || format is NumberFormat.Int8 or NumberFormat.Int4) kinds.Add(format, scale, asymmetric);
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Quantise_AnyFiniteMatrix_IsWithinHalfAStepAndKeepsZeros(NumberFormat format, Per scale, bool asymmetric)
    {
        Gen<(int Rows, int Depth, int Group, int Seed)> sizes =
            from rows in Gen.Choose(0, 6)
            from depth in Gen.Choose(0, 40)
            from length in Gen.Choose(1, 50)
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (rows, depth, length, seed);
        Prop.ForAll(Arb.From(sizes), size =>
        {
            (int rows, int depth, int length, int seed) = size;
            int group = scale == Per.Group ? length : 0;
            float[] dense = Draw(rows * depth, new Random(seed));
            QuantisedMatrix q = Quantiser.Quantise(dense, rows, depth, format, scale, group, asymmetric);
            var back = new float[dense.Length];
            q.Dequantise(back);
            Assert.All(q.Scales, value => Assert.True(value > 0 && float.IsFinite(value)));
            for (int i = 0; i < dense.Length; i++)
            {
                int row = i / depth, k = i % depth;
                int s = scale switch { Per.Row => row, Per.Group => row * ((depth + group - 1) / group) + k / group, _ => 0 };
                // Half a step, and the rounding of the scale and of the product to binary32.
                Assert.InRange(Math.Abs((double)back[i] - dense[i]), 0, (0.5001 + PackedCase.Range(format).Maximum * Math.ScaleB(1, -23)) * q.Scales[s] + 1e-45);
                if (dense[i] == 0)
                    Assert.Equal(0, back[i]);
                if (!asymmetric)
                    Assert.InRange(q.Values[i], -PackedCase.Range(format).Maximum, PackedCase.Range(format).Maximum);
            }
        }).Check(PackedCase.Configuration);
    }

    [Fact]
    public void ToArray_OfATypeThatHoldsTheFormat_KeepsEveryInteger()
    {
        var int8 = new QuantisedMatrix([-128, 127, 0], [1], [], 1, 3, NumberFormat.Int8, Per.Tensor);
        Assert.Equal([-128, 127, 0], int8.ToArray<sbyte>());
        Assert.Equal([-128, 127, 0], int8.ToArray<long>());
        Assert.Contains("-128 to 127", Assert.Throws<InvalidOperationException>(int8.ToArray<byte>).Message, StringComparison.Ordinal);
        var uint16 = new QuantisedMatrix([65535, 0], [1], [], 2, 1, NumberFormat.UInt16, Per.Tensor);
        Assert.Equal([65535, 0], uint16.ToArray<ushort>());
        Assert.Throws<InvalidOperationException>(uint16.ToArray<short>);
    }

    [Fact]
    public void Quantise_ToUnsigned_UsesTheWholeRangeAndRefusesNegativeNumbers()
    {
        QuantisedMatrix q = Quantiser.Quantise([-0f, 0, 0.25f, 3.75f], 1, 4, NumberFormat.UInt4, Per.Tensor);
        Assert.Equal([0.25f], q.Scales);
        Assert.Equal([0, 0, 1, 15], q.Values);
        var error = Assert.Throws<IntarsiaFormatException>(() => Quantiser.Quantise([1, 2, 3, -0.5f], 2, 2, NumberFormat.UInt16, Per.Row));
        Assert.Equal(("element in row 1, column 1", "-0.5"), (error.Field, error.Found));
        Assert.Equal("element in row 0, column 1", Assert.Throws<IntarsiaFormatException>(() =>
            PackedMatrix.Pack(CsrMatrix.FromDense([0, -1], 1, 2), new WeightLayout(Pattern.Csr, NumberFormat.UInt8) { Scale = Per.Tensor })).Field);
    }

    [Fact]
    public void Quantise_KnownValues_GiveKnownIntegers()
    {
        QuantisedMatrix symmetric = Quantiser.Quantise([-127, 0.5f, 1.5f, 100.4f], 1, 4, NumberFormat.Int8, Per.Tensor);
        Assert.Equal([1f], symmetric.Scales);
        Assert.Equal([-127, 0, 2, 100], symmetric.Values);

        QuantisedMatrix asymmetric = Quantiser.Quantise([-5, 10, 0, 2.4f], 1, 4, NumberFormat.Int4, Per.Row, asymmetric: true);
        Assert.Equal([1f], asymmetric.Scales);
        Assert.Equal([-3], asymmetric.ZeroPoints);
        Assert.Equal([-8, 7, -3, -1], asymmetric.Values);

        QuantisedMatrix groups = Quantiser.Quantise([7, 0, 14, -14, 0, 21], 2, 3, NumberFormat.Int4, Per.Group, 2);
        Assert.Equal([1f, 2f, 2f, 3f], groups.Scales);
        Assert.Equal([7, 0, 7, -7, 0, 7], groups.Values);
    }

    [Fact]
    public void Quantise_ToPlanes_GivesTheNearestSums()
    {
        // Bits: from 0 to the largest; with a zero point from the least to the largest. Signs: the odd numbers, and of two as near the one of greater magnitude.
        QuantisedMatrix bits = Quantiser.Quantise([0, 1, 6.4f, 7], 1, 4, NumberFormat.Planes3, Per.Tensor), shifted = Quantiser.Quantise([-2, 0, 1, 5], 1, 4, NumberFormat.Planes3, Per.Tensor, asymmetric: true);
        Assert.Equal([0, 1, 6, 7], bits.Values);
        Assert.Equal([0, 2, 3, 7], shifted.Values);
        Assert.Equal(2, shifted.ZeroPoints[0]);
        QuantisedMatrix signs = Quantiser.Quantise([-7, 0, -0.5f, 1.9f, 2, -4, 7], 1, 7, NumberFormat.SignPlanes3, Per.Tensor);
        Assert.Equal(1, signs.Scales[0]);
        Assert.Equal([-7, 1, -1, 1, 3, -5, 7], signs.Values);
        // Two planes of signs: the scale with the least squared error, which is exact here.
        QuantisedMatrix exact = Quantiser.Quantise([-1.5f, 0.5f, 1.5f, -0.5f], 1, 4, NumberFormat.SignPlanes2, Per.Tensor);
        Assert.Equal(0.5f, exact.Scales[0]);
        Assert.Equal([-3, 1, 3, -1], exact.Values);
        // Zeros have no odd number: the smallest scale that is not subnormal.
        foreach (NumberFormat format in (NumberFormat[])[NumberFormat.SignPlanes1, NumberFormat.SignPlanes3])
            Assert.Equal(1.17549435e-38f, Quantiser.Quantise([0, 0], 1, 2, format, Per.Tensor).Scales[0]);
    }

    [Theory]
    [InlineData(NumberFormat.Planes3, 8)]
    [InlineData(NumberFormat.Planes3, -1)]
    [InlineData(NumberFormat.SignPlanes3, 8)]
    [InlineData(NumberFormat.SignPlanes3, 2)]
    [InlineData(NumberFormat.SignPlanes3, -9)]
    public void Pack_IntegersThatAreNoSumsOfPlanes_IsRefused(NumberFormat format, int value)
    {
        var error = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack((int[])[1, value], 1, 2, new WeightLayout(Pattern.Dense, format)));
        Assert.Contains(format == NumberFormat.Planes3 ? "0 to 7" : "odd number in −7 to 7", error.Expected, StringComparison.Ordinal);
        PackedMatrix packed = PackedMatrix.Pack((int[])[1, 3], 1, 2, new WeightLayout(Pattern.Dense, format));
        Assert.Throws<IntarsiaFormatException>(() => packed.SetValues((int[])[1, value]));
        Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1f, value], 1, 2, new WeightLayout(Pattern.Dense, format)));
    }

    [Fact]
    public void Pack_SparseMatrixIntoPlanesOfSigns_IsRefused() =>
        Assert.Contains("has no 0", Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(CsrMatrix.FromDense([1f, 0], 1, 2), new WeightLayout(Pattern.Dense, NumberFormat.SignPlanes2))).Message, StringComparison.Ordinal);

    [Fact]
    public void Quantise_ZerosConstantsAndExtremes_HavePositiveScales()
    {
        Assert.Equal(1, Quantiser.Quantise(new float[4], 1, 4, NumberFormat.Int8, Per.Tensor).Scales[0]);
        Assert.Equal(1, Quantiser.Quantise([], 0, 4, NumberFormat.Int8, Per.Tensor).Scales[0]);

        foreach (bool asymmetric in (bool[])[false, true])
        {
            foreach (float value in (float[])[3, -3, float.MaxValue, -float.MaxValue, float.Epsilon, -float.Epsilon, 1e-42f])
            {
                QuantisedMatrix q = Quantiser.Quantise([value, value], 1, 2, NumberFormat.Int8, Per.Row, asymmetric: asymmetric);
                var back = new float[2];
                q.Dequantise(back);
                Assert.InRange(back[0] / (double)value, 1 - 1e-6, 1 + 1e-6);
                Assert.Equal(back[0], back[1]);
            }
        }

        // The width of the range exceeds the largest float.
        QuantisedMatrix wide = Quantiser.Quantise([float.MaxValue, -float.MaxValue], 1, 2, NumberFormat.Int8, Per.Tensor, asymmetric: true);
        Assert.Equal((127, -128), (wide.Values[0], wide.Values[1]));
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void Quantise_NotFinite_NamesRowAndColumn(float value, string found)
    {
        var error = Assert.Throws<IntarsiaFormatException>(() => Quantiser.Quantise([0, 0, 0, 0, 0, value], 2, 3, NumberFormat.Int8, Per.Row));
        Assert.Equal(("element in row 1, column 2", found), (error.Field, error.Found));

        error = Assert.Throws<IntarsiaFormatException>(() => Quantiser.QuantiseActivations([0, 0, 0, 0, 0, value], 2, 3, Per.Token, new sbyte[6], new float[2]));
        Assert.Equal(("activation of token 1, feature 2", found), (error.Field, error.Found));
        error = Assert.Throws<IntarsiaFormatException>(() => Quantiser.QuantiseActivations([0, 0, 0, value, 0, 0], 2, 3, Per.Token, new byte[6], new float[2], MatrixLayout.RowMajor));
        Assert.Equal("activation of token 1, feature 1", error.Field);
    }

    [Fact]
    public void Quantise_WrongArguments_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => Quantiser.Quantise(new float[6], 2, 2, NumberFormat.Int8, Per.Row));
        Assert.Throws<ArgumentException>(() => Quantiser.Quantise(new float[6], 2, 3, NumberFormat.Int8, Per.None));
        Assert.Throws<ArgumentException>(() => Quantiser.Quantise(new float[6], 2, 3, NumberFormat.Int8, Per.Group));
        Assert.Throws<ArgumentException>(() => Quantiser.Quantise(new float[6], 2, 3, NumberFormat.Float16, Per.Row));
        Assert.Throws<ArgumentException>(() => Quantiser.QuantiseActivations(new float[6], 2, 3, Per.Row, new sbyte[6], new float[2]));
        Assert.Throws<ArgumentException>(() => Quantiser.QuantiseActivations(new float[6], 2, 3, Per.Token, new sbyte[5], new float[2]));
        Assert.Throws<ArgumentException>(() => Quantiser.QuantiseActivations(new float[6], 2, 3, Per.Token, new sbyte[6], new float[1]));
    }

    [Theory]
    [InlineData(MatrixLayout.TokenMajor)]
    [InlineData(MatrixLayout.RowMajor)]
    public void QuantiseActivations_AnySize_EqualsThePlainFormula(MatrixLayout layout)
    {
        var random = new Random(2);
        foreach ((int tokens, int depth) in ((int, int)[])[(0, 3), (3, 0), (1, 1), (1, 100), (100, 1), (5, 31), (33, 67), (64, 32)])
        {
            float[] x = Draw(tokens * depth, random);
            foreach (Per per in (Per[])[Per.Tensor, Per.Token])
            {
                int count = per == Per.Tensor ? 1 : tokens;
                float[] largest = new float[count], highest = new float[count];
                for (int i = 0; i < x.Length; i++)
                {
                    int s = per == Per.Tensor ? 0 : Token(i);
                    largest[s] = Math.Max(largest[s], Math.Abs(x[i]));
                    highest[s] = Math.Max(highest[s], x[i]);
                }

                var signed = new sbyte[x.Length];
                var unsigned = new byte[x.Length];
                float[] signedScales = new float[count], unsignedScales = new float[count];
                Quantiser.QuantiseActivations(x, tokens, depth, per, signed, signedScales, layout);
                Quantiser.QuantiseActivations(x, tokens, depth, per, unsigned, unsignedScales, layout);
                for (int s = 0; s < count; s++)
                {
                    Assert.InRange(Math.Abs(signedScales[s] - (largest[s] == 0 ? 1 : largest[s] / 127.0)), 0, largest[s] * 1e-9 + 1.5e-45);
                    Assert.InRange(Math.Abs(unsignedScales[s] - (highest[s] == 0 ? 1 : highest[s] / 255.0)), 0, highest[s] * 1e-9 + 1.5e-45);
                }

                for (int i = 0; i < x.Length; i++)
                {
                    int s = per == Per.Tensor ? 0 : Token(i);
                    Assert.Equal(Math.Round(x[i] / signedScales[s], MidpointRounding.ToEven), signed[i]);
                    Assert.InRange(signed[i], -127, 127);
                    Assert.Equal(Math.Clamp(Math.Round(x[i] / unsignedScales[s], MidpointRounding.ToEven), 0, 255), unsigned[i]);
                }
            }

            int Token(int i) => layout == MatrixLayout.TokenMajor ? i / depth : i % tokens;
        }
    }

    /// <summary>One magnitude for a matrix, from subnormal to huge, so that the bound of half a step means something; with zeros.</summary>
    private static float[] Draw(int count, Random random)
    {
        float magnitude = random.Next(8) switch { 0 => float.Epsilon * random.Next(1, 1000), 1 => 3e38f, _ => MathF.ScaleB(1, random.Next(-30, 30)) };
        int sign = random.Next(3);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(5) == 0 ? 0 : magnitude * (sign == 0 ? random.NextSingle() : sign == 1 ? -random.NextSingle() : 2 * random.NextSingle() - 1))];
    }

    /// <summary>The best scale of −1 and 1 is the mean magnitude (XNOR-Net, section 3.1), that of −1, 0 and 1 the mean of the k largest for the k that maximises their sum² / k (Ternary Weight Networks, section 2.2).</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Quantise_BinaryAndTernary_TakeTheScaleThatIsKnownToBeBest(int seed)
    {
        var random = new Random(seed);
        float[] dense = [.. Enumerable.Range(0, 200).Select(_ => (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) * 3)];
        QuantisedMatrix binary = Quantiser.Quantise(dense, 1, 200, NumberFormat.Binary, Per.Tensor), ternary = Quantiser.Quantise(dense, 1, 200, NumberFormat.Ternary, Per.Tensor);
        double[] magnitudes = [.. dense.Select(w => Math.Abs((double)w)).OrderDescending()];
        Assert.Equal((float)magnitudes.Average(), binary.Scales[0]);
        Assert.Equal(dense.Select(w => w < 0 ? -1 : 1), binary.Values);
        int best = Enumerable.Range(1, 200).MaxBy(k => Math.Pow(magnitudes.Take(k).Sum(), 2) / k);
        Assert.Equal(magnitudes.Take(best).Average(), ternary.Scales[0], 5);
        Assert.Equal(best, ternary.Values.Count(q => q != 0));
    }

    [Theory]
    [InlineData(NumberFormat.Int2)]
    [InlineData(NumberFormat.UInt2)]
    [InlineData(NumberFormat.UInt1)]
    [InlineData(NumberFormat.Ternary)]
    [InlineData(NumberFormat.Binary)]
    public void Quantise_TwoBitsAndOne_LosesNoMoreThanAnyScaleOfAGrid(NumberFormat format)
    {
        var random = new Random(5);
        int[] integers = [.. CodeTable.Of(format).ToArray().Select(value => (int)value).Distinct()];
        float[] dense = [.. Enumerable.Range(0, 3 * 64).Select(_ => integers.Min() < 0 ? random.NextSingle() * 2 - 1 : random.NextSingle())];
        QuantisedMatrix q = Quantiser.Quantise(dense, 3, 64, format, Per.Group, 32);
        var back = new float[dense.Length];
        q.Dequantise(back);
        for (int group = 0; group < 6; group++)
        {
            double Error(Func<int, double> number) => Enumerable.Range(32 * group, 32).Sum(i => Math.Pow(dense[i] - number(i), 2));
            double found = Error(i => back[i]), grid = Enumerable.Range(1, 200).Min(step => Error(i => step / 200.0 * integers.MinBy(integer => Math.Abs(dense[i] - step / 200.0 * integer))));
            Assert.True(found <= grid * 1.001, $"{format}, group {group}: {found} > {grid}");
        }
    }

    [Fact]
    public void Quantise_BinaryZeros_HaveTheSmallestScale()
    {
        QuantisedMatrix q = Quantiser.Quantise([0, 0, 0], 1, 3, NumberFormat.Binary, Per.Row);
        Assert.Equal(1.17549435e-38f, q.Scales[0]);
        Assert.Equal(1, Quantiser.Quantise([0, 0, 0], 1, 3, NumberFormat.Ternary, Per.Row).Scales[0]);
    }
}
