using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Binary-coded planes: the solver, the exact conversion from integers with scales, and the planes as matrices that kernels take.</summary>
public class BinaryCodedTests
{
    private static float[] Gaussian(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }

    [Fact]
    public void Quantise_OnePlane_IsSignsAndTheMeanMagnitude()
    {
        BinaryCodedMatrix matrix = BinaryCodedQuantiser.Quantise([1, -2, 3, 0, -8, 8], 2, 3, 1, Per.Row).Matrix;
        Assert.Equal([1, 0, 1, 1, 0, 1], matrix.Codes);
        Assert.Equal([2f, 16f / 3], matrix.Scales);
    }

    [Fact]
    public void Quantise_TwoPlanes_FindWhatTheyWereMadeOf()
    {
        // ±4 ± 1: greedy planes alone would take 3.25, the mean magnitude.
        BinaryCodedQuantisation found = BinaryCodedQuantiser.Quantise([5, 3, -3, -5, 3, -3, 3, -3], 1, 8, 2, Per.Tensor);
        Assert.Equal([4f, 1f], found.Matrix.Scales);
        Assert.Equal([3, 1, 2, 0, 1, 2, 1, 2], found.Matrix.Codes);
        Assert.Equal(0, found.Errors[^1], 12);
        Assert.True(found.Errors[0] > 1);
    }

    [Theory]
    [InlineData(1, Per.Row, 0)]
    [InlineData(2, Per.Group, 32)]
    [InlineData(3, Per.Group, 50)]
    [InlineData(4, Per.Tensor, 0)]
    [InlineData(8, Per.Group, 128)]
    public void Quantise_EveryTurn_LessensTheError(int planes, Per scale, int group)
    {
        float[] dense = Gaussian(6 * 170, planes), importance = [.. Gaussian(dense.Length, 9).Select(w => w * w)];
        foreach (float[] weighted in (float[][])[[], importance])
        {
            BinaryCodedQuantisation found = BinaryCodedQuantiser.Quantise(dense, 6, 170, planes, scale, group, weighted);
            for (int turn = 1; turn < found.Errors.Count; turn++) Assert.True(found.Errors[turn] <= found.Errors[turn - 1] * (1 + 1e-12));
            var back = new float[dense.Length];
            found.Matrix.Dequantise(back);
            double error = dense.Select((w, i) => (weighted.Length > 0 ? weighted[i] : 1) * Math.Pow(w - back[i], 2)).Sum();
            Assert.InRange(error, 0, found.Errors[^1] * 1.0001 + 1e-9);
            // α in descending order, none negative.
            foreach (float[] alpha in found.Matrix.Scales.Chunk(planes)) Assert.True(alpha[^1] >= 0 && alpha.SequenceEqual(alpha.OrderDescending()));
        }
    }

    /// <summary>The reason for planes at two and three bits (nuQmm, section 3.1): their levels go where the weights are.</summary>
    [Theory]
    [InlineData(2, -2, 1)]
    [InlineData(3, -4, 3)]
    public void Quantise_GaussianWeights_LoseLessThanRoundingToNearest(int planes, int min, int max)
    {
        const int Group = 64;
        float[] dense = Gaussian(16 * 256, 4);
        double nearest = 0;
        foreach (float[] run in dense.Chunk(Group))
        {
            // Asymmetric, as the quantisers for these widths are: the whole range in 2^planes steps.
            double step = (run.Max() - run.Min()) / (max - min), zero = min - run.Min() / step;
            nearest += run.Sum(w => Math.Pow(w - (Math.Clamp(Math.Round(w / step + zero), min, max) - zero) * step, 2));
        }
        Assert.True(BinaryCodedQuantiser.Quantise(dense, 16, 256, planes, Per.Group, Group).Errors[^1] < nearest);
    }

    public static TheoryData<NumberFormat> Uniform => [NumberFormat.Int8, NumberFormat.UInt8, NumberFormat.Int4, NumberFormat.UInt4, NumberFormat.Int2, NumberFormat.UInt2, NumberFormat.Ternary, NumberFormat.UInt1, NumberFormat.Binary];

    [Theory]
    [MemberData(nameof(Uniform))]
    public void FromUniform_AnyIntegers_StandsForTheSameNumbers(NumberFormat format) => PackedCase.ForAll(random => DrawUniform(format, random), drawn =>
    {
        BinaryCodedMatrix planes = BinaryCodedMatrix.FromUniform(Quantised(drawn, drawn.Scales));
        for (int i = 0; i < drawn.Integers.Length; i++)
        {
            int group = drawn.ScaleIndex(i / drawn.Depth, i % drawn.Depth);
            double value = planes.Offsets[group];
            for (int b = 0; b < planes.Planes; b++) value += ((planes.Codes[i] >> b & 1) * 2 - 1) * (double)planes.Scales[group * planes.Planes + b];
            Assert.Equal((drawn.Integers[i] - drawn.Zero(i / drawn.Depth, i % drawn.Depth)) * (double)drawn.Scales[group], value);
        }
    });

    /// <summary>
    /// Packed, codes and α are what they were, bit for bit, and the offset of each group, s·k/2 with an odd k, is the nearest binary32 number. So numbers are the very same where that is exact: always where k is ±1, as for signed integers without
    /// zero points, and else under scales whose significand leaves room for that of k.
    /// </summary>
    [Theory]
    [MemberData(nameof(Uniform))]
    public void Pack_WhatWasUniform_RoundsTheOffsetsAlone(NumberFormat format) => PackedCase.ForAll(random => DrawUniform(format, random), drawn =>
    {
        // Every other case with scales of 16 significant bits: k has at most eight.
        bool isShort = drawn.Seed % 2 == 0;
        float[] scales = isShort ? Array.ConvertAll(drawn.Scales, scale => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(scale) & ~0xFFu)) : drawn.Scales;
        QuantisedMatrix q = Quantised(drawn, scales);
        BinaryCodedMatrix planes = BinaryCodedMatrix.FromUniform(q);
        int p = planes.Planes;
        PackedMatrix packed = PackedMatrix.Pack(planes, new WeightLayout(Pattern.Dense, NumberFormat.BinaryCoded1 + p - 1) { Scale = drawn.Layout.Scale, ScaleGroup = drawn.Layout.ScaleGroup, Asymmetric = true });

        BinaryCodedMatrix back = packed.ToBinaryCoded();
        Assert.Equal(planes.Codes, back.Codes);
        Assert.Equal(Bits(planes.Scales), Bits(back.Scales));
        Assert.Equal(Bits([.. planes.Offsets.Select(offset => (float)offset)]), Bits([.. back.Offsets.Select(offset => (float)offset)]));
        for (int group = 0; group < planes.Offsets.Length; group++)
        {
            double k = 2 * planes.Offsets[group] / scales[group];
            Assert.Equal(1, Math.Abs(k) % 2);
            if (isShort || Math.Abs(k) == 1) Assert.Equal(planes.Offsets[group], back.Offsets[group]);
        }

        float[] numbers = new float[drawn.Integers.Length], expected = new float[numbers.Length];
        packed.Unpack(numbers);
        q.Dequantise(expected);
        for (int i = 0; i < numbers.Length; i++)
        {
            int group = drawn.ScaleIndex(i / drawn.Depth, i % drawn.Depth);
            // The exact number and what rounding the offset adds to it, rounded once.
            double exact = (drawn.Integers[i] - drawn.Zero(i / drawn.Depth, i % drawn.Depth)) * (double)scales[group];
            Assert.Equal((float)(exact + ((float)planes.Offsets[group] - planes.Offsets[group])), numbers[i]);
            if (isShort) Assert.Equal(expected[i], numbers[i]);
        }
    });

    private static WeightLayout DrawUniform(NumberFormat format, Random random)
    {
        var scale = (Per)random.Next((int)Per.Tensor, (int)Per.Group + 1);
        return new WeightLayout(Pattern.Dense, format) { Scale = scale, ScaleGroup = scale == Per.Group ? random.Next(1, 40) : 0, Asymmetric = random.Next(2) == 0 && format is NumberFormat.Int8 or NumberFormat.Int4 };
    }

    private static QuantisedMatrix Quantised(PackedCase drawn, float[] scales) =>
        new(drawn.Integers, scales, drawn.ZeroPoints, drawn.Rows, drawn.Depth, drawn.Layout.Format, drawn.Layout.Scale, drawn.Layout.ScaleGroup);

    private static uint[] Bits(float[] numbers) => Array.ConvertAll(numbers, BitConverter.SingleToUInt32Bits);

    [Fact]
    public void Plane_All_AddUpToTheMatrix()
    {
        BinaryCodedMatrix matrix = BinaryCodedMatrix.FromUniform(Quantiser.Quantise(Gaussian(3 * 40, 8), 3, 40, NumberFormat.Int4, Per.Group, 16, asymmetric: true));
        float[] expected = new float[120], sum = new float[120], part = new float[120];
        matrix.Dequantise(expected);
        for (int plane = 0; plane <= matrix.Planes; plane++)
        {
            PackedMatrix packed = PackedMatrix.Pack(matrix.Plane(plane), new WeightLayout(Pattern.Dense, NumberFormat.Binary) { Scale = Per.Group, ScaleGroup = 16 });
            packed.Unpack(part);
            for (int i = 0; i < sum.Length; i++) sum[i] += part[i];
        }
        for (int i = 0; i < sum.Length; i++) Assert.Equal(expected[i], sum[i], 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Plane(matrix.Planes + 1));
    }

    [Fact]
    public void Pack_PlanesWithOffsets_UnpacksTheSameNumbers()
    {
        BinaryCodedMatrix matrix = BinaryCodedMatrix.FromUniform(Quantiser.Quantise(Gaussian(3 * 40, 8), 3, 40, NumberFormat.Int4, Per.Group, 16, asymmetric: true));
        WeightLayout layout = new(Pattern.Dense, NumberFormat.BinaryCoded4) { Scale = Per.Group, ScaleGroup = 16, Asymmetric = true };
        PackedMatrix packed = PackedMatrix.Pack(matrix, layout);
        float[] expected = new float[120], back = new float[120];
        matrix.Dequantise(expected);
        packed.Unpack(back);
        // The offsets are rounded to binary32, which moves a number by no more than half of their last bit, and by half of its own.
        for (int i = 0; i < back.Length; i++)
        {
            double offset = matrix.Offsets[i / 40 * 3 + i % 40 / 16];
            Assert.InRange(Math.Abs((double)expected[i] - back[i]), 0, (Last((float)offset) + 2 * Last(expected[i])) / 2);
        }
        static double Last(float number) => MathF.BitIncrement(MathF.Abs(number)) - (double)MathF.Abs(number);
        Assert.Equal(matrix.Codes, packed.ToBinaryCoded().Codes);
        Assert.Equal(matrix.Scales, packed.ToBinaryCoded().Scales);
        Assert.Equal(3 * 3 * 5, packed.Scales.Length);
        // Four bits an element, and five numbers for each group.
        Assert.Equal(60 + 4 * 45, packed.SizeInBytes);
    }

    [Fact]
    public void Pack_CodesOfThreeBits_StandOneAfterTheOther()
    {
        byte[] file = Blob.Save(PackedMatrix.Pack([3, 0, 5, 6], 1, 4, new WeightLayout(Pattern.Dense, NumberFormat.BinaryCoded3) { Scale = Per.Row }, [4, 2, 1]));
        Assert.Equal([0x43, 0x0D], file[84..86]);
        Assert.Equal(29, file[13]);
    }

    [Fact]
    public void Pack_Floats_FindsPlanes()
    {
        float[] dense = Gaussian(2 * 64, 3), back = new float[128];
        PackedMatrix.Pack(dense, 2, 64, new WeightLayout(Pattern.Dense, NumberFormat.BinaryCoded3) { Scale = Per.Row }).Unpack(back);
        float[] expected = new float[128];
        BinaryCodedQuantiser.Quantise(dense, 2, 64, 3, Per.Row).Matrix.Dequantise(expected);
        Assert.Equal(expected, back);
    }

    [Fact]
    public void Pack_WhatDoesNotFit_IsRefused()
    {
        BinaryCodedMatrix matrix = new([1, 2], [1, 0.5f], [0.25], 1, 2, 2, Per.Row);
        WeightLayout layout = new(Pattern.Dense, NumberFormat.BinaryCoded2) { Scale = Per.Row, Asymmetric = true };
        Assert.Equal([1, 0.5f, 0.25f], PackedMatrix.Pack(matrix, layout).Scales.ToArray());
        Assert.Contains("2 planes", Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(matrix, layout with { Format = NumberFormat.BinaryCoded3 })).Message);
        Assert.Contains("offsets", Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(matrix, layout with { Asymmetric = false })).Message);
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(CsrMatrix.FromDense([1f, 2f], 1, 2), layout));
        Assert.Throws<ArgumentException>(() => new QuantisedMatrix([1, 2], [1, 1], [], 1, 2, NumberFormat.BinaryCoded2, Per.Row));
        Assert.Throws<ArgumentException>(() => Quantiser.Quantise([1f, 2f], 1, 2, NumberFormat.BinaryCoded2, Per.Row));
        Assert.Contains("Dense", Assert.Throws<ArgumentException>(() => new WeightLayout(Pattern.Csr, NumberFormat.BinaryCoded2) { Scale = Per.Row }.Validate()).Message);
        Assert.Contains("Tensor, Row or Group", Assert.Throws<ArgumentException>(() => new WeightLayout(Pattern.Dense, NumberFormat.BinaryCoded2).Validate()).Message);
        Assert.Equal("scale 1", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1, 2], 1, 2, layout, [1, -1, -1])).Field);
        Assert.Equal("scale 2", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1, 2], 1, 2, layout, [1, 0, float.NaN])).Field);
        Assert.Equal("number of scales", Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1, 2], 1, 2, layout, [1, 1])).Field);
        Assert.Throws<InvalidOperationException>(() => PackedMatrix.Pack([1f], 1, 1, new WeightLayout(Pattern.Dense, NumberFormat.Float32)).ToBinaryCoded());
    }

    [Fact]
    public void Quantise_ZerosAndNothing_AreExact()
    {
        var back = new float[6];
        BinaryCodedQuantiser.Quantise(new float[6], 2, 3, 3, Per.Row).Matrix.Dequantise(back);
        Assert.All(back, value => Assert.Equal(0, value));
        Assert.Equal(1.17549435e-38f, BinaryCodedQuantiser.Quantise(new float[6], 2, 3, 1, Per.Row).Matrix.Plane(0).Scales[1]);
        Assert.Empty(BinaryCodedQuantiser.Quantise([], 0, 3, 2, Per.Group, 2).Matrix.Codes);
        Assert.Empty(BinaryCodedQuantiser.Quantise([], 3, 0, 2, Per.Row).Matrix.Codes);
        // Equal weights need one plane; the others have α = 0.
        BinaryCodedMatrix equal = BinaryCodedQuantiser.Quantise([2, -2, 2], 1, 3, 3, Per.Tensor).Matrix;
        Assert.Equal([2f, 0f, 0f], equal.Scales);
    }

    [Fact]
    public void Arguments_ThatAreWrong_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("planes", () => BinaryCodedQuantiser.Quantise(new float[2], 1, 2, 9, Per.Row));
        Assert.Throws<ArgumentException>("scale", () => BinaryCodedQuantiser.Quantise(new float[2], 1, 2, 2, Per.None));
        Assert.Throws<ArgumentException>(() => BinaryCodedQuantiser.Quantise(new float[2], 1, 2, 2, Per.Group));
        Assert.Equal("element in row 1, column 0", Assert.Throws<IntarsiaFormatException>(() => BinaryCodedQuantiser.Quantise([1, 2, float.NaN, 4], 2, 2, 2, Per.Row)).Field);
        Assert.Equal("importance in row 0, column 1", Assert.Throws<IntarsiaFormatException>(() => BinaryCodedQuantiser.Quantise([1, 2], 1, 2, 2, Per.Row, importance: [1, -1])).Field);
        Assert.Equal("code 1", Assert.Throws<IntarsiaFormatException>(() => new BinaryCodedMatrix([3, 4], [1, 1], [], 1, 2, 2, Per.Row)).Field);
        Assert.Equal("scale 1", Assert.Throws<IntarsiaFormatException>(() => new BinaryCodedMatrix([3, 3], [1, -1], [], 1, 2, 2, Per.Row)).Field);
        Assert.Equal("number of scales", Assert.Throws<IntarsiaFormatException>(() => new BinaryCodedMatrix([3, 3], [1], [], 1, 2, 2, Per.Row)).Field);
        Assert.Equal("number of offsets", Assert.Throws<IntarsiaFormatException>(() => new BinaryCodedMatrix([3, 3], [1, 1], [1, 2], 1, 2, 2, Per.Row)).Field);
        Assert.Equal("offset 0", Assert.Throws<IntarsiaFormatException>(() => new BinaryCodedMatrix([3, 3], [1, 1], [double.NaN], 1, 2, 2, Per.Row)).Field);
        Assert.Contains("16 planes", Assert.Throws<ArgumentException>(() => BinaryCodedMatrix.FromUniform(Quantiser.Quantise([1f], 1, 1, NumberFormat.Int16, Per.Row))).Message);
    }
}
