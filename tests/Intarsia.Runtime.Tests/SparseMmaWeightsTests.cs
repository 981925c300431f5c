using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>2:4 weights in the order of sparse tensor cores, read back with the rules of the PTX ISA for metadata (section 9.7.14.6.1): chunk by chunk, as the instruction finds them.</summary>
public class SparseMmaWeightsTests
{
    [Theory]
    [InlineData(2, 4)]
    [InlineData(1, 4)]
    [InlineData(1, 2)]
    [InlineData(2, 8)]
    [InlineData(1, 32)]
    public void Prepare_EveryContainedPattern_ReadsBackAsItWas(int n, int m)
    {
        var random = new Random(n * 100 + m);
        foreach ((int rows, int depth) in new[] { (1, 1), (16, 64), (37, 130), (130, 67), (200, 256) })
        {
            foreach ((int height, int warpHeight, int step) in new[] { (128, 64, 128), (64, 32, 64), (64, 32, 128), (16, 16, 64) })
            {
                CheckBytes(random, n, m, rows, depth, height, warpHeight, step);
                CheckHalves(random, NumberFormat.Float16, x => (Half)x, x => (float)x, n, m, rows, depth, height, warpHeight, step);
                CheckHalves(random, NumberFormat.BFloat16, x => (BFloat16)x, x => (float)x, n, m, rows, depth, height, warpHeight, step);
            }
        }
    }

    [Fact]
    public void Prepare_FewerThanTwo_StillNamesTwoPlacesInOrder()
    {
        // One value in each place, and none at all.
        sbyte[] dense = [5, 0, 0, 0, 0, 6, 0, 0, 0, 0, 7, 0, 0, 0, 0, 8, 0, 0, 0, 0];
        PackedMatrix matrix = PackedMatrix.Pack(dense, 1, 20, new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 1, M = 4 });
        SparseMmaWeights<sbyte> weights = SparseMmaWeights<sbyte>.Prepare(matrix, new Preparation<SparseMmaWeights<sbyte>>(16, 16, 64));

        Assert.Equal([5, 0, 0, 6, 0, 7, 0, 8, 0, 0], MemoryMarshal.CreateReadOnlySpan(ref weights.Values, 10).ToArray());
        // From the low end: 0 and 1, 0 and 1, 0 and 2, 0 and 3, 0 and 1.
        Assert.Equal(0b0100_1100_1000_0100_0100u, weights.Metadata & 0xFFFFF);
    }

    [Fact]
    public void Prepare_MoreThanTwoOfFour_NamesTheRowAndItsColumns()
    {
        PackedMatrix matrix = PackedMatrix.Pack((sbyte[])[0, 0, 0, 0, 0, 1, 2, 3], 1, 8, new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 3, M = 4 });

        string message = Assert.Throws<ArgumentException>(() => SparseMmaWeights<sbyte>.Prepare(matrix, new Preparation<SparseMmaWeights<sbyte>>(16, 16, 64))).Message;

        Assert.Contains("Row 0 stores 3 elements in columns 0 to 3", message);
    }

    [Theory]
    [InlineData(24, 16, 64)]
    [InlineData(16, 8, 64)]
    [InlineData(16, 16, 32)]
    public void Prepare_ShapesThatNoInstructionHas_AreRefused(int height, int warpHeight, int step)
    {
        PackedMatrix matrix = PackedMatrix.Pack((sbyte[])[1], 1, 1, new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 2, M = 4 });

        Assert.Throws<ArgumentException>(() => SparseMmaWeights<sbyte>.Prepare(matrix, new Preparation<SparseMmaWeights<sbyte>>(height, warpHeight, step)));
    }

    [Fact]
    public void Prepare_ScalesPerGroup_StandGroupByGroup()
    {
        var layout = new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 2, M = 4, Scale = Per.Group, ScaleGroup = 4 };
        PackedMatrix matrix = PackedMatrix.Pack(new sbyte[16], 2, 8, layout, [1, 2, 3, 4]);
        SparseMmaWeights<sbyte> weights = SparseMmaWeights<sbyte>.Prepare(matrix, new Preparation<SparseMmaWeights<sbyte>>(16, 16, 64));

        Assert.Equal([1, 3, 2, 4], MemoryMarshal.CreateReadOnlySpan(ref weights.GroupScales, 4).ToArray());
    }

    private static void CheckBytes(Random random, int n, int m, int rows, int depth, int height, int warpHeight, int step)
    {
        sbyte[] dense = new sbyte[rows * depth];
        foreach (int at in Stored(random, n, m, rows, depth)) dense[at] = (sbyte)random.Next(-128, 128);
        PackedMatrix matrix = PackedMatrix.Pack(dense, rows, depth, new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = n, M = m });
        Assert.Equal(dense, Read<sbyte>(matrix, height, warpHeight, step));
    }

    private static void CheckHalves<T>(Random random, NumberFormat format, Func<float, T> round, Func<T, float> widen, int n, int m, int rows, int depth, int height, int warpHeight, int step)
        where T : unmanaged
    {
        float[] dense = new float[rows * depth];
        foreach (int at in Stored(random, n, m, rows, depth)) dense[at] = widen(round(random.NextSingle() - 0.5f));
        PackedMatrix matrix = PackedMatrix.Pack(dense, rows, depth, new WeightLayout(Pattern.NM, format) { N = n, M = m });
        Assert.Equal(dense, Array.ConvertAll(Read<T>(matrix, height, warpHeight, step), x => widen(x)));
    }

    private static IEnumerable<int> Stored(Random random, int n, int m, int rows, int depth)
    {
        for (int row = 0; row < rows; row++)
            for (int group = 0; group < depth; group += m)
                for (int i = random.Next(n + 1); i > 0; i--) yield return row * depth + group + random.Next(Math.Min(m, depth - group));
    }

    /// <summary>The dense matrix that the prepared arrays stand for.</summary>
    private static T[] Read<T>(PackedMatrix matrix, int height, int warpHeight, int step)
        where T : unmanaged
    {
        SparseMmaWeights<T> weights = new Preparation<SparseMmaWeights<T>>(height, warpHeight, step).Of(matrix);
        int panels = (matrix.Rows + height - 1) / height, steps = (matrix.Depth + step - 1) / step, tiles = warpHeight / 16;
        ReadOnlySpan<T> values = MemoryMarshal.CreateReadOnlySpan(ref weights.Values, panels * steps * height * step / 2);
        ReadOnlySpan<uint> metadata = MemoryMarshal.CreateReadOnlySpan(ref weights.Metadata, panels * steps * height * step / 32);
        T[] dense = new T[matrix.Rows * matrix.Depth];
        for (int row = 0; row < panels * height; row++)
        {
            for (int chunk = 0; chunk < steps * step / 4; chunk++)
            {
                int piece = row / height * steps + chunk * 4 / step, line = row % height, within = chunk % (step / 4);
                int word = ((piece * (height / warpHeight) + line / warpHeight) * (step / 64) + within / 16) * 32 * tiles;
                int places = Chunk<T>(metadata.Slice(word, 32 * tiles), line % warpHeight / 16, tiles, line % 16, within % 16);
                (int low, int high) = (places & 3, places >> 2);
                Assert.True(low < high, $"row {row}, chunk {chunk}: places {low} and {high}");
                for (int i = 0; i < 2; i++)
                {
                    T value = values[(piece * height + line) * (step / 2) + within * 2 + i];
                    int column = chunk * 4 + (i == 0 ? low : high);
                    if (row < matrix.Rows && column < matrix.Depth) dense[row * matrix.Depth + column] = value;
                    else Assert.Equal(default, value);
                }
            }
        }
        return dense;
    }

    /// <summary>
    /// Four bits of metadata for one row and four columns, of 16 rows and 64 columns. Sixteen bits: each pair of lanes holds 32 columns, a lane four chunks of rows g and g + 8, one in each half.
    /// Eight bits: all four lanes hold metadata, each eight chunks, the odd lanes those of row g + 8.
    /// </summary>
    private static int Chunk<T>(ReadOnlySpan<uint> words, int tile, int tiles, int row, int chunk)
    {
        int group = row % 8, upper = row / 8;
        bool isByte = Unsafe.SizeOf<T>() == 1;
        int lane = isByte ? 4 * group + 2 * (chunk / 8) + upper : 4 * group + 2 * (chunk / 8) + chunk % 8 / 4;
        int shift = isByte ? chunk % 8 * 4 : 16 * upper + chunk % 4 * 4;
        return (int)(words[lane * tiles + tile] >> shift & 15);
    }
}
