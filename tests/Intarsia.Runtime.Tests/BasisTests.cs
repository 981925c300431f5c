using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Coefficients of a basis (SmartDeal): the solver, the stored form, and the panels of kernels.</summary>
public class BasisTests
{
    private static readonly float[] s_basis = [0.5f, -0.25f, 0.125f, 3, 1, -0.75f, 0, 0.1f, 10];

    [Fact]
    public void Decode_HandWorkedThrees_AreCoefficientsTimesTheBasis()
    {
        var matrix = new BasisMatrix([1, 0, -2, 0, 64, 0, 4, 0, 0, -1, -1, 0], s_basis, 2, 6, Per.Tensor);

        var dense = new float[12];
        matrix.Decode(dense);

        Assert.Equal([0.5f, -0.25f - 2 * 0.1f, 0.125f - 20, 192, 64, -48, 2, -1, 0.5f, -3.5f, -0.75f, 0.625f], dense);
    }

    [Fact]
    public void Decode_AShortLastThree_TakesMissingCoefficientsAsZero()
    {
        var dense = new float[5];
        new BasisMatrix([0, 0, 1, 2, 1], s_basis, 1, 5, Per.Row).Decode(dense);
        Assert.Equal([0, 0.1f, 10, 4, 0.5f], dense);
    }

    /// <summary>Shifts instead of multiplications: what the format is made for.</summary>
    [Fact]
    public void Decode_IntegerBases_EqualShiftsAndAdds()
    {
        var random = new Random(4);
        ReadOnlySpan<short> table = CodeTable.Of(NumberFormat.PowerOfTwo4);
        sbyte[] coefficients = new sbyte[4 * 30];
        foreach (ref sbyte coefficient in coefficients.AsSpan()) coefficient = (sbyte)table[random.Next(16)];
        float[] bases = [.. Enumerable.Range(0, 4 * 9).Select(_ => (float)random.Next(-128, 128))], dense = new float[coefficients.Length];
        new BasisMatrix(coefficients, bases, 4, 30, Per.Row).Decode(dense);

        for (int i = 0; i < dense.Length; i++)
        {
            int sum = 0;
            for (int c = 0; c < 3; c++)
            {
                int coefficient = coefficients[i / 3 * 3 + c], entry = (int)bases[i / 30 * 9 + 3 * c + i % 3], shifted = entry << System.Numerics.BitOperations.Log2((uint)Math.Max(1, Math.Abs(coefficient)));
                sum += coefficient == 0 ? 0 : coefficient < 0 ? -shifted : shifted;
            }
            Assert.Equal(sum, dense[i]);
        }
    }

    [Theory]
    [InlineData(Per.Tensor, 0)]
    [InlineData(Per.Row, 0)]
    [InlineData(Per.Group, 24)]
    [InlineData(Per.Group, 513)]
    public void Decompose_AnyMatrix_NeverRaisesTheErrorAndReportsIt(Per scale, int group)
    {
        const int Rows = 7, Depth = 170;
        float[] dense = Gaussian(Rows * Depth, 11), back = new float[dense.Length];

        BasisDecomposition found = BasisSolver.Decompose(dense, Rows, Depth, scale, group);

        Assert.Equal(BasisSolver.Rounds + 1, found.Errors.Count);
        for (int round = 1; round < found.Errors.Count; round++) Assert.True(found.Errors[round] <= found.Errors[round - 1], $"round {round}: {found.Errors[round]} after {found.Errors[round - 1]}");
        Assert.True(found.Errors[^1] < found.Errors[0]);
        found.Matrix.Decode(back);
        double error = dense.Zip(back, (w, r) => ((double)w - r) * ((double)w - r)).Sum();
        Assert.Equal(1, error / found.Errors[^1], 1e-5);
    }

    [Fact]
    public void Decompose_WhatCoefficientsAndABasisMade_IsFoundAgainAlmost()
    {
        var random = new Random(8);
        sbyte[] coefficients = [.. Enumerable.Range(0, 300).Select(_ => (sbyte)CodeTable.Of(NumberFormat.PowerOfTwo4)[random.Next(16)])];
        float[] dense = new float[300], back = new float[300];
        new BasisMatrix(coefficients, [0.9f, 0.003f, 0, -0.002f, 1.1f, 0.001f, 0, -0.003f, 1], 1, 300, Per.Row).Decode(dense);

        BasisDecomposition found = BasisSolver.Decompose(dense, 1, 300, Per.Row);

        Assert.True(found.Errors[^1] <= 1e-9 * dense.Sum(w => (double)w * w), $"{found.Errors[^1]}");
    }

    /// <summary>A basis for 504 weights keeps more of a Gaussian than one scale does, with the same codes.</summary>
    [Fact]
    public void Decompose_AGaussian_LosesLessThanPowersOfTwoAlone()
    {
        const int Rows = 8, Depth = 504;
        float[] dense = Gaussian(Rows * Depth, 2), back = new float[dense.Length];
        Quantiser.Quantise(dense, Rows, Depth, NumberFormat.PowerOfTwo4, Per.Group, Depth).Dequantise(back);
        double alone = dense.Zip(back, (w, r) => ((double)w - r) * ((double)w - r)).Sum();

        Assert.True(BasisSolver.Decompose(dense, Rows, Depth, Per.Group, Depth).Errors[^1] < 0.95 * alone);
    }

    /// <summary>
    /// Matrices drawn by the generator below, decomposed by the published code itself with a basis for each row; <see cref="PublishedDecomposition"/> gives its errors, and the solver loses less with exponents that four bits hold, where that has up to ten.
    /// </summary>
    [Theory]
    [InlineData(1, 8, 192, 20, 0.05817526865138114, 8)]
    [InlineData(2, 4, 504, 17, 5.418933869656609, 10)]
    public void Decompose_MatricesOfThePublishedCode_LosesLessThanThat(uint seed, int rows, int depth, int shift, double published, int exponents)
    {
        float[] dense = Drawn(rows * depth, seed, shift);
        var used = new HashSet<int>();
        double[] errors = [.. Enumerable.Range(0, rows).Select(row => PublishedDecomposition.Error(dense.AsSpan(row * depth, depth), used))];

        Assert.Equal(1, errors.Sum() / published, 1e-6);
        Assert.Equal(exponents, used.Count);
        Assert.InRange(BasisSolver.Decompose(dense, rows, depth, Per.Row).Errors[^1], 0.5 * published, 0.93 * published);
    }

    /// <summary>Where the turns end depends on where they begin, so that a row by itself may end better from I; from four beginnings most do not, nor do all together.</summary>
    [Fact]
    public void Decompose_ManyRows_LosesLessThanThePublishedCodeOnMostAndInAll()
    {
        const int Rows = 64, Depth = 96;
        float[] dense = Drawn(Rows * Depth, 7, 19);
        double[] published = [.. Enumerable.Range(0, Rows).Select(row => PublishedDecomposition.Error(dense.AsSpan(row * Depth, Depth), new HashSet<int>()))],
            ours = [.. Enumerable.Range(0, Rows).Select(row => BasisSolver.Decompose(dense.AsSpan(row * Depth, Depth), 1, Depth, Per.Row).Errors[^1])];

        Assert.InRange(ours.Zip(published, (o, p) => o < p ? 1 : 0).Sum(), Rows * 3 / 4, Rows);
        Assert.True(ours.Sum() < 0.85 * published.Sum(), $"{ours.Sum()} of {published.Sum()}");
    }

    [Fact]
    public void Decompose_ThreeZeros_StayZeroAndBlocksLeaveThemOut()
    {
        float[] dense = Gaussian(6 * 30, 3), back = new float[dense.Length];
        for (int three = 0; three < dense.Length / 3; three += 2) dense.AsSpan(3 * three, 3).Clear();
        WeightLayout layout = new(Pattern.Bsr, NumberFormat.PowerOfTwoBasis) { BlockRows = 1, BlockColumns = 3, Scale = Per.Row };

        PackedMatrix packed = PackedMatrix.Pack(dense, 6, 30, layout);

        Assert.Equal(6 * 30 / 2, packed.StoredElements);
        packed.Unpack(back);
        for (int i = 0; i < dense.Length; i++) Assert.Equal(dense[i] == 0 && i / 3 % 2 == 0, back[i] == 0);
        // Coefficients of four bits, an index for each three, pointers, and a basis for each row.
        Assert.Equal(45 + 4 * 30 + 4 * 7 + 6 * 36, packed.SizeInBytes);
        Assert.Equal(packed.ToBasis().Coefficients, BasisSolver.Decompose(dense, 6, 30, Per.Row).Matrix.Coefficients);
    }

    [Fact]
    public void Decompose_NothingAndZerosAndOneNumber_AreExact()
    {
        Assert.Empty(BasisSolver.Decompose([], 0, 6, Per.Tensor).Matrix.Coefficients);
        Assert.Empty(BasisSolver.Decompose([], 3, 0, Per.Row).Matrix.Coefficients);
        var back = new float[6];
        BasisSolver.Decompose(new float[6], 2, 3, Per.Row).Matrix.Decode(back);
        Assert.All(back, value => Assert.Equal(0, value));
        BasisSolver.Decompose([-7, -7, -7, -7, -7, -7], 2, 3, Per.Tensor).Matrix.Decode(back);
        Assert.All(back, value => Assert.Equal(-7, value));
    }

    [Theory]
    [InlineData(17, 70, 16, Per.Group, 24)]
    [InlineData(5, 48, 8, Per.Group, 48)]
    [InlineData(9, 25, 4, Per.Row, 0)]
    [InlineData(3, 1, 1, Per.Tensor, 0)]
    [InlineData(0, 7, 16, Per.Row, 0)]
    [InlineData(4, 0, 4, Per.Group, 24)]
    public void Prepare_Panels_HaveEveryCoefficientAndBasisInItsLane(int rows, int depth, int width, Per scale, int group)
    {
        var random = new Random(rows);
        sbyte[] coefficients = [.. Enumerable.Range(0, rows * depth).Select(_ => (sbyte)CodeTable.Of(NumberFormat.PowerOfTwo4)[random.Next(16)])];
        int groups = scale == Per.Group ? (depth + group - 1) / group : 1, bases = scale == Per.Tensor ? 1 : rows * groups;
        float[] entries = [.. Enumerable.Range(0, bases * 9).Select(_ => random.NextSingle() - 0.5f)];
        PackedMatrix packed = PackedMatrix.Pack(new BasisMatrix(coefficients, entries, rows, depth, scale, group), new WeightLayout(Pattern.Dense, NumberFormat.PowerOfTwoBasis) { Scale = scale, ScaleGroup = group });

        BasisPanelWeights panels = new Preparation<BasisPanelWeights>(width, 2, 24).Of(packed);

        int chunks = (depth + 23) / 24;
        for (int row = 0; row < (rows + width - 1) / width * width; row++)
        {
            for (int k = 0; k < 24 * chunks; k++)
            {
                int three = k % 24 / 3, at = (((row / width * chunks + k / 24) * 3 + k % 3) * width + row % width) * 4 + three % 4;
                int code = System.Runtime.CompilerServices.Unsafe.Add(ref panels.Values, at) >> three / 4 * 4 & 15;
                float coefficient = System.Runtime.CompilerServices.Unsafe.Add(ref panels.SingleTable, code);
                Assert.Equal(row < rows && k < depth ? coefficients[row * depth + k] : 0, coefficient);
            }
            for (int i = 0; row < rows && i < groups * 9; i++)
                Assert.Equal(entries[scale == Per.Tensor ? i : row * groups * 9 + i], System.Runtime.CompilerServices.Unsafe.Add(ref panels.Basis, (row / width * groups * 9 + i) * width + row % width));
        }
    }

    [Fact]
    public void Pack_WhatDoesNotFit_IsRefusedByName()
    {
        WeightLayout layout = new(Pattern.Dense, NumberFormat.PowerOfTwoBasis) { Scale = Per.Row };
        var matrix = new BasisMatrix([1, 2, 4], new float[9], 1, 3, Per.Row);
        Assert.Equal([1, 2, 4], PackedMatrix.Pack(matrix, layout).ToBasis().Coefficients);
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(matrix, layout with { Scale = Per.Tensor }));
        Assert.Throws<ArgumentException>(() => PackedMatrix.Pack(matrix, new WeightLayout(Pattern.Dense, NumberFormat.Codebook16)));
        Assert.Contains("Tensor, Row or Group", Assert.Throws<ArgumentException>(() => (layout with { Scale = Per.None }).Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("a multiple of 3", Assert.Throws<ArgumentException>(() => (layout with { Scale = Per.Group, ScaleGroup = 32 }).Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("Dense, or Bsr", Assert.Throws<ArgumentException>(() => (layout with { Pattern = Pattern.Csr }).Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("Bsr 2×4", Assert.Throws<ArgumentException>(() => (layout with { Pattern = Pattern.Bsr, BlockRows = 2, BlockColumns = 4 }).Validate()).Message, StringComparison.Ordinal);
        Assert.Equal("coefficient in row 0, column 1", Assert.Throws<IntarsiaFormatException>(() => new BasisMatrix([1, 3, 4], new float[9], 1, 3, Per.Row)).Field);
        Assert.Equal("entry 4 of basis 0", Assert.Throws<IntarsiaFormatException>(() => new BasisMatrix([1, 2, 4], [0, 0, 0, 0, float.PositiveInfinity, 0, 0, 0, 0], 1, 3, Per.Row)).Field);
        Assert.Equal("number of entries of bases", Assert.Throws<IntarsiaFormatException>(() => new BasisMatrix([1, 2, 4], new float[18], 1, 3, Per.Row)).Field);
        Assert.Equal("element in row 0, column 2", Assert.Throws<IntarsiaFormatException>(() => BasisSolver.Decompose([1, 2, float.NaN], 1, 3, Per.Row)).Field);
        Assert.Throws<ArgumentException>(() => BasisSolver.Decompose([1, 2, 3], 1, 3, Per.Group, 8));
        Assert.Throws<InvalidOperationException>(() => PackedMatrix.Pack(matrix, layout).Transpose());
        Assert.Throws<InvalidOperationException>(() => PackedMatrix.Pack([1f], 1, 1, new WeightLayout(Pattern.Dense, NumberFormat.Float32)).ToBasis());
        Assert.Throws<NotSupportedException>(() => new Preparation<BasisPanelWeights>(16, 2, 24).Of(PackedMatrix.Pack([1f], 1, 1, new WeightLayout(Pattern.Dense, NumberFormat.Float32))));
        Assert.Throws<ArgumentException>(() => new Preparation<BasisPanelWeights>(16, 2, 32).Of(PackedMatrix.Pack(matrix, layout)));
    }

    /// <summary>Sums of four numbers of 16 bits: nearly a Gaussian, and the same everywhere.</summary>
    private static float[] Drawn(int count, uint seed, int shift)
    {
        uint state = seed;
        var drawn = new float[count];
        foreach (ref float value in drawn.AsSpan())
        {
            int sum = -131070;
            for (int i = 0; i < 4; i++) sum += (int)((state = state * 1664525 + 1013904223) >> 16);
            value = MathF.ScaleB(sum, -shift);
        }
        return drawn;
    }

    private static float[] Gaussian(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()) * 0.05))];
    }
}
