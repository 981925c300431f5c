using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;

namespace Intarsia.Verification.Tests.Systems;

/// <summary>
/// hyb(c, k) of SparseTIR (Ye et al., ASPLOS'23): the columns are cut in partitions, the rows of each fall into buckets of equal padded length, longer rows are split; one launch runs every bucket, each with a
/// tile of its own width, and the parts add up in order.
/// </summary>
public class HybTests
{
    private const int Partitions = 2;
    private static readonly int[] s_buckets = [1, 2, 4];

    private sealed record Bucket(int Width, List<int> Rows, List<int> Columns, List<float> Values)
    {
        public string Name(string what) => $"{what}_{_partition}_{Width}";

        public required int Partition { init => _partition = value; }

        private readonly int _partition;
    }

    private static TileProgram Part(Bucket bucket)
    {
        int w = bucket.Width;
        return new ProgramBuilder(bucket.Name("bucket")).Sizes(bucket.Name("n"), "rows", "depth", "columns")
            .Input(bucket.Name("rows"), S32, bucket.Name("n")).Input(bucket.Name("cols"), S32, bucket.Name("n"), w).Input(bucket.Name("values"), F32, bucket.Name("n"), w)
            .Input("b", F32, "depth", "columns").Output("c", F32, "rows", "columns")
            .Tile("row", S32, 1).Tile("cols", S32, w).Tile("v", F32, 1, w).Tile("b", F32, w, 4).Tile("acc", F32, 1, 4)
            .Build(For("i", 0, bucket.Name("n"), 1,
                new Load("row", bucket.Name("rows"), At("i")),
                new Load("cols", bucket.Name("cols"), At("i", 0)),
                new Load("v", bucket.Name("values"), At("i", 0)),
                For("j", 0, "columns", 4,
                    new Gather("b", "b", "cols", At("j")) { Clip = Clip.Columns },
                    new Fill("acc", 0),
                    new Contract("acc", "v", "b", ContractVia.Fma),
                    new ScatterAdd("c", "row", At("j"), "acc") { Clip = Clip.Columns })));
    }

    private static TileProgram Program(List<Bucket> buckets)
    {
        var builder = new ProgramBuilder("hyb").Sizes("rows", "depth", "columns").Sizes([.. buckets.Select(b => b.Name("n"))]).Input("b", F32, "depth", "columns").Output("c", F32, "rows", "columns").Tile("zero", F32, 4, 4);
        foreach (Bucket b in buckets)
            builder.Input(b.Name("rows"), S32, b.Name("n")).Input(b.Name("cols"), S32, b.Name("n"), b.Width).Input(b.Name("values"), F32, b.Name("n"), b.Width);
        return builder.Build(
            Phase("clear", new Fill("zero", 0), For("r", 0, "rows", 4, For("j", 0, "columns", 4, new Store("c", At("r", "j"), "zero", Clip.All)))),
            new Parts(buckets.Select(Part).ToArray()));
    }

    private static List<Bucket> Decompose(float[] dense, int rows, int depth)
    {
        List<Bucket> buckets = [.. from p in Enumerable.Range(0, Partitions) from w in s_buckets select new Bucket(w, [], [], []) { Partition = p }];
        int size = (depth + Partitions - 1) / Partitions;
        for (int p = 0; p < Partitions; p++)
        {
            for (int r = 0; r < rows; r++)
            {
                int[] columns = [.. Enumerable.Range(p * size, Math.Max(0, Math.Min(depth, (p + 1) * size) - p * size)).Where(c => dense[r * depth + c] != 0)];
                foreach (int[] chunk in columns.Chunk(s_buckets[^1]))
                {
                    Bucket bucket = buckets[p * s_buckets.Length + Array.FindIndex(s_buckets, w => w >= chunk.Length)];
                    bucket.Rows.Add(r);
                    for (int j = 0; j < bucket.Width; j++)
                    {
                        // Padding: column −1 gathers zeros.
                        bucket.Columns.Add(j < chunk.Length ? chunk[j] : -1);
                        bucket.Values.Add(j < chunk.Length ? dense[r * depth + chunk[j]] : 0);
                    }
                }
            }
        }
        return buckets;
    }

    [Theory]
    [InlineData(13, 20, 7, 0.3)]
    [InlineData(5, 9, 4, 1)] // every row is split
    [InlineData(6, 5, 3, 0)] // every bucket is empty
    public void Hyb_OneLaunchOfAllBuckets_EqualsTheDenseProduct(int rows, int depth, int columns, double density)
    {
        var random = new System.Random(11);
        float[] dense = [.. random.Floats(rows * depth).Select(v => random.NextDouble() < density ? v : 0)], b = random.Floats(depth * columns), c = new float[rows * columns];
        List<Bucket> buckets = Decompose(dense, rows, depth);
        List<(string, object)> arguments = [("rows", rows), ("depth", depth), ("columns", columns), ("b", b), ("c", c)];
        foreach (Bucket bucket in buckets)
            arguments.AddRange([(bucket.Name("n"), bucket.Rows.Count), (bucket.Name("rows"), bucket.Rows.ToArray()), (bucket.Name("cols"), bucket.Columns.ToArray()), (bucket.Name("values"), bucket.Values.ToArray())]);

        Program(buckets).Run([.. arguments]);

        Assert.Equal(dense.Count(v => v != 0), buckets.Sum(bucket => bucket.Values.Count(v => v != 0)));
        for (int r = 0; r < rows; r++)
            for (int j = 0; j < columns; j++)
                Assert.Equal(Enumerable.Range(0, depth).Sum(k => (double)dense[r * depth + k] * b[k * columns + j]), c[r * columns + j]);
    }
}
