using Xunit;

namespace Intarsia.RealData.Tests.Experts;

/// <summary>
/// The six products of a training step of a mixture of experts, and every transpose of a product with one block-sparse factor, against dense loops. All from one packed matrix, whose values a sampled product writes and nobody moves.
/// Small whole numbers: every sum is exact.
/// </summary>
public class ExpertTests
{
    private const int Block = 128, Width = 256, Features = ExpertKernels.Features;

    [Theory]
    [InlineData(200, 60, 128)]
    [InlineData(0, 300, 0)]
    [InlineData(0, 0, 511)]
    [InlineData(1, 1, 1)]
    public void Step_OfAnyRouting_EqualsEachTokensExpert(params int[] tokensOfExpert)
    {
        var random = new Random(tokensOfExpert.Sum());
        int[] expertOfBlock = [.. tokensOfExpert.SelectMany((tokens, expert) => Enumerable.Repeat(expert, (tokens + Block - 1) / Block))];
        int rows = expertOfBlock.Length * Block, width = tokensOfExpert.Length * Width;
        // Rows that fill the last block of an expert up are no tokens: zeros.
        bool[] isToken = [.. tokensOfExpert.SelectMany(tokens => Enumerable.Range(0, (tokens + Block - 1) / Block * Block).Select(row => row < tokens))];
        float[] x = Tokens(isToken, random), gradient = Tokens(isToken, random), w1 = Numbers(width * Features, random), w2 = Numbers(width * Features, random);
        bool Reaches(int row, int column) => expertOfBlock[row / Block] == column / Width;
        PackedMatrix hidden = PackedMatrix.Pack(Pattern(rows, width, Reaches), rows, width, ExpertKernels.HiddenKernel.Weights!), hiddenGradient = PackedMatrix.Pack(Pattern(rows, width, Reaches), rows, width, ExpertKernels.HiddenKernel.Weights!);
        float[] y = new float[rows * Features], xGradient = new float[rows * Features], w1Gradient = new float[width * Features], w2Gradient = new float[width * Features];

        ExpertKernels.Hidden(x, w1, hidden);
        ExpertKernels.Collect(hidden, w2, y);
        ExpertKernels.Hidden(gradient, w2, hiddenGradient);
        ExpertKernels.Gradient(hidden, gradient, w2Gradient);
        ExpertKernels.Collect(hiddenGradient, w1, xGradient);
        ExpertKernels.Gradient(hiddenGradient, x, w1Gradient);

        float[] h = Masked(Product(x, Turned(w1, width, Features), rows, Features, width), width, Reaches), dh = Masked(Product(gradient, Turned(w2, width, Features), rows, Features, width), width, Reaches);
        Assert.Equal(h, Unpack(hidden));
        Assert.Equal(dh, Unpack(hiddenGradient));
        Assert.Equal(Product(h, w2, rows, width, Features), y);
        Assert.Equal(Product(dh, w1, rows, width, Features), xGradient);
        Assert.Equal(Product(Turned(h, rows, width), gradient, width, rows, Features), w2Gradient);
        Assert.Equal(Product(Turned(dh, rows, width), x, width, rows, Features), w1Gradient);
    }

    [Theory]
    [InlineData(48, 40, 9, 1)]
    [InlineData(31, 43, 17, 2)]
    [InlineData(7, 5, 33, 3)]
    [InlineData(100, 3, 1, 4)]
    public void Product_WithOneSparseFactor_EqualsDenseInEveryTranspose(int rows, int columns, int width, int seed)
    {
        var random = new Random(seed);
        bool[] blocks = [.. Enumerable.Range(0, (rows + 11) / 12 * ((columns + 7) / 8)).Select(_ => random.Next(3) == 0)];
        bool Stores(int row, int column) => blocks[row / 12 * ((columns + 7) / 8) + column / 8];
        float[] a = Numbers(rows * 5, random), b = Numbers(columns * 5, random);
        PackedMatrix s = PackedMatrix.Pack(Pattern(rows, columns, Stores), rows, columns, ExpertKernels.SmallHiddenKernel.Weights!);
        ExpertKernels.SmallHidden(a, b, s, 5);
        float[] dense = Masked(Product(a, Turned(b, columns, 5), rows, 5, columns), columns, Stores), turned = Turned(dense, rows, columns);
        float[] byColumns = Numbers(columns * width, random), byRows = Numbers(rows * width, random);

        Assert.Equal(dense, Unpack(s));
        Check(rows, columns, dense, byColumns, ExpertKernels.SmallDsd, ExpertKernels.SmallDsdOfTransposed);
        Check(columns, rows, turned, byRows, ExpertKernels.SmallDsdTransposed, ExpertKernels.SmallDsdTransposedBoth);
        CheckDds(columns, rows, dense, byRows, ExpertKernels.SmallDds, ExpertKernels.SmallDdsOfTransposed);
        CheckDds(rows, columns, turned, byColumns, ExpertKernels.SmallDdsTransposed, ExpertKernels.SmallDdsTransposedBoth);

        // factor is depth×width.
        void Check(int count, int depth, float[] sparse, float[] factor, Kernel plain, Kernel ofTransposed)
        {
            float[] expected = Product(sparse, factor, count, depth, width), y = new float[count * width];
            plain(s, factor, y, width);
            Assert.Equal(expected, y);
            Array.Fill(y, float.NaN);
            ofTransposed(s, Turned(factor, depth, width), y, width);
            Assert.Equal(expected, y);
        }

        // factor is width×depth, and the product width×count.
        void CheckDds(int count, int depth, float[] sparse, float[] factor, Kernel plain, Kernel ofTransposed)
        {
            float[] expected = Product(factor, sparse, width, depth, count), y = new float[count * width];
            plain(s, factor, y, width);
            Assert.Equal(expected, y);
            Array.Fill(y, float.NaN);
            ofTransposed(s, Turned(factor, width, depth), y, width);
            Assert.Equal(expected, y);
        }
    }

    [Fact]
    public void Gradient_AfterTheHiddenLayerIsRewritten_ReadsTheNewValues()
    {
        var random = new Random(9);
        PackedMatrix s = PackedMatrix.Pack(Numbers(24 * 16, random), 24, 16, ExpertKernels.SmallHiddenKernel.Weights!);
        float[] x = Numbers(24 * 3, random), y = new float[16 * 3], a = Numbers(24 * 5, random), b = Numbers(16 * 5, random);
        ExpertKernels.SmallDsdTransposed(s, x, y, 3);

        ExpertKernels.SmallHidden(a, b, s, 5);
        ExpertKernels.SmallDsdTransposed(s, x, y, 3);

        Assert.Equal(Product(Turned(Unpack(s), 24, 16), x, 16, 24, 3), y);
    }

    [Fact]
    public void Kernels_OfBothReadings_ShareTheLayout()
    {
        Assert.Equal(ExpertKernels.CollectKernel.Weights, ExpertKernels.GradientKernel.Weights);
        Assert.Equal(ExpertKernels.HiddenKernel.Weights, ExpertKernels.GradientKernel.Weights);
        Assert.Contains("transposed", ExpertKernels.GradientKernel.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Gradient_OfAnotherShape_NamesTheExtentOfThePackedMatrix()
    {
        PackedMatrix s = PackedMatrix.Pack(new float[24 * 16], 24, 16, ExpertKernels.SmallHiddenKernel.Weights!);

        // depth is what the packed matrix has rows.
        ArgumentException fault = Assert.Throws<ArgumentException>(() => ExpertKernels.SmallDsdTransposed(s, new float[16 * 3], new float[16 * 3], 3));

        Assert.Equal("x", fault.ParamName);
        Assert.Contains("24 rows of 3", fault.Message, StringComparison.Ordinal);
    }

    private delegate void Kernel(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns);

    private static float[] Tokens(bool[] isToken, Random random)
    {
        float[] x = Numbers(isToken.Length * Features, random);
        for (int i = 0; i < x.Length; i++)
            if (!isToken[i / Features]) x[i] = 0;
        return x;
    }

    private static float[] Numbers(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-2, 3))];

    private static float[] Pattern(int rows, int columns, Func<int, int, bool> stores) => Masked([.. Enumerable.Repeat(1f, rows * columns)], columns, stores);

    private static float[] Masked(float[] matrix, int columns, Func<int, int, bool> stores) => [.. matrix.Select((value, i) => stores(i / columns, i % columns) ? value : 0f)];

    private static float[] Unpack(PackedMatrix matrix)
    {
        var dense = new float[matrix.Rows * matrix.Depth];
        matrix.Unpack(dense);
        return dense;
    }

    private static float[] Turned(float[] matrix, int rows, int columns)
    {
        var turned = new float[matrix.Length];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) turned[column * rows + row] = matrix[row * columns + column];
        return turned;
    }

    private static float[] Product(float[] a, float[] b, int rows, int depth, int columns)
    {
        var y = new float[rows * columns];
        for (int row = 0; row < rows; row++)
            for (int k = 0; k < depth; k++)
                for (int column = 0; a[row * depth + k] != 0 && column < columns; column++) y[row * columns + column] += a[row * depth + k] * b[k * columns + column];
        return y;
    }
}
