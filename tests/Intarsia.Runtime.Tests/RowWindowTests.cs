using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Row windows: what they store and count, what a hostile file meets, and the transpose for a backward pass.</summary>
public class RowWindowTests
{
    private static readonly WeightLayout s_windows = new(Pattern.RowWindows, NumberFormat.Float32);

    /// <summary>A directed graph in which few nodes are called by many, with a number of its own for each edge, zero among them.</summary>
    private static CsrMatrix Graph(int rows, int depth, int seed)
    {
        var random = new Random(seed);
        var pointers = new int[rows + 1];
        var columns = new List<int>();
        for (int row = 0; row < rows; row++)
        {
            int degree = random.Next(6) == 0 ? 0 : random.Next(9);
            columns.AddRange(Enumerable.Range(0, degree).Select(_ => (int)(depth * Math.Pow(random.NextDouble(), 3))).Distinct().Order());
            pointers[row + 1] = columns.Count;
        }

        return new CsrMatrix(rows, depth, pointers, [.. columns], [.. columns.Select((_, i) => (float)i)]);
    }

    private static void AssertSame(CsrMatrix expected, CsrMatrix actual)
    {
        Assert.Equal((expected.Rows, expected.Depth), (actual.Rows, actual.Depth));
        Assert.Equal(expected.RowPointers, actual.RowPointers);
        Assert.Equal(expected.ColumnIndices, actual.ColumnIndices);
        Assert.Equal(expected.Values, actual.Values);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0)]
    [InlineData(1, 300)]
    [InlineData(16, 8)]
    [InlineData(33, 1)]
    [InlineData(250, 400)]
    public void Pack_DirectedGraph_GivesTheSameCsrBackFromTheFile(int rows, int depth)
    {
        CsrMatrix graph = depth == 0 ? new CsrMatrix(rows, 0, new int[rows + 1], [], []) : Graph(rows, depth, rows);

        PackedMatrix packed = Blob.Load(Blob.Save(PackedMatrix.Pack(graph, s_windows)));

        AssertSame(graph, packed.ToCsr());
        Assert.Equal(((long)graph.Count, (long)graph.Count), (packed.Slots, packed.StoredElements));
    }

    [Fact]
    public void Count_Blocks_EqualsWhatTheFileHoldsAndWhatAGridWouldHold()
    {
        CsrMatrix graph = Graph(250, 400, 3);
        byte[] file = Blob.Save(PackedMatrix.Pack(graph, s_windows));
        int windows = (250 + 15) / 16;
        var grid = new HashSet<(int, int)>();
        for (int row = 0; row < graph.Rows; row++)
            for (int i = graph.RowPointers[row]; i < graph.RowPointers[row + 1]; i++)
                grid.Add((row / 16, graph.ColumnIndices[i] / 8));

        RowWindows count = RowWindows.Count(graph);

        Assert.Equal(BitConverter.ToInt32(file, Blob.HeaderLength + 4 * windows), count.Condensed);
        Assert.Equal(grid.Count, count.OnGrid);
        Assert.InRange(count.Reduction, 0.1, 0.9);
        Assert.Equal(new RowWindows(0, 0), RowWindows.Count(new CsrMatrix(3, 3, [0, 0, 0, 0], [])));
    }

    [Fact]
    public void Load_Damage_IsNamed()
    {
        // 18 rows: a window of nine columns, in two blocks, and one of two rows and a single column.
        var matrix = new CsrMatrix(18, 40, [0, 9, 10, .. Enumerable.Repeat(10, 15), 11], [0, 4, 5, 6, 10, 11, 20, 30, 39, 4, 7]);
        byte[] file = Blob.Save(PackedMatrix.Pack(matrix, s_windows));
        int blocks = Blob.HeaderLength, entries = blocks + 3 * 4, columns = entries + 4 * 4, places = columns + 3 * 32;
        Assert.Equal((byte[])[0, 1, 2, 3, 4, 5, 6, 7, 9, 0, 8], file[places..(places + 11)]);

        void Named(string field, Action<byte[]> change) => Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, change))).Field);
        Named("window block pointer 0", bytes => bytes.Put(blocks, 1));
        Named("window block pointer 2", bytes => bytes.Put(blocks + 8, 1));
        Named("window entry pointer 1", bytes => bytes.Put(entries + 4, -1));
        Named("header.Slots", bytes => bytes.Put(entries + 12, 12));
        Named("column index 1 of window 0", bytes => bytes.Put(columns + 4, 0));
        Named("column index 0 of window 1", bytes => bytes.Put(columns + 64, 40));
        Named("padding index 10 of window 0", bytes => bytes.Put(columns + 40, 39));
        Named("columns of window 0", bytes => bytes.Put(columns + 28, -1));
        Named("place of entry 1 (window 0, block 0)", bytes => bytes[places + 1] = 0);
        Named("place of entry 8 (window 0, block 0)", bytes => bytes[places + 8] = 128);
        Named("place of entry 9 (window 0, block 1)", bytes => bytes[places + 9] = 1);
        Named("place of entry 10 (window 1, block 2)", bytes => bytes[places + 10] = 16);
        Named("column 7 of block 0 (window 0)", bytes => bytes[places + 7] = 8);
    }

    [Fact]
    public void Transpose_DirectedGraph_IsThatOfTheDenseMatrixAndItsTransposeTheMatrix()
    {
        CsrMatrix graph = Graph(70, 45, 9);
        PackedMatrix packed = PackedMatrix.Pack(graph, s_windows);

        PackedMatrix transposed = packed.Transpose();

        Assert.Equal((45, 70, s_windows), (transposed.Rows, transposed.Depth, transposed.Layout));
        float[] dense = new float[70 * 45], turned = new float[70 * 45];
        graph.ToDense(dense);
        transposed.Unpack(turned);
        for (int i = 0; i < dense.Length; i++)
            Assert.Equal(dense[i], turned[i % 45 * 70 + i / 45]);
        Assert.Equal(graph.Count, transposed.StoredElements);
        AssertSame(graph, transposed.Transpose(new WeightLayout(Pattern.Csr, NumberFormat.Float32)).ToCsr());
    }

    [Fact]
    public void Transpose_EveryPattern_HasTheNumbersOfTheMatrix()
    {
        foreach (NumberFormat format in (NumberFormat[])[NumberFormat.Float16, NumberFormat.Codebook16, NumberFormat.ByteCodebook16, NumberFormat.Int8, NumberFormat.UInt16, NumberFormat.Ternary])
        {
            foreach (WeightLayout plain in Layouts.Of(format).Where((_, i) => i % 5 == 0))
            {
                WeightLayout layout = plain.IsInteger ? plain with { Scale = Per.Tensor, Asymmetric = format == NumberFormat.Int8 } : plain;
                PackedCase drawn = PackedCase.Create(layout, 21, 34, 5);
                PackedMatrix packed = drawn.Pack(), transposed = packed.Transpose(new WeightLayout(Pattern.RowWindows, format) { Scale = layout.Scale, Asymmetric = layout.Asymmetric });
                float[] dense = new float[21 * 34], turned = new float[21 * 34];
                packed.Unpack(dense);
                transposed.Unpack(turned);
                for (int i = 0; i < dense.Length; i++)
                    Assert.Equal(dense[i], turned[i % 34 * 21 + i / 34]);
                float[] again = new float[21 * 34];
                packed.ToCsr().ToDense(again);
                Assert.Equal(dense, again);
            }
        }
    }

    [Fact]
    public void Transpose_WhatCannotBe_IsRefusedByName()
    {
        PackedMatrix rows = PackedMatrix.Pack((sbyte[])[1, 2], 2, 1, new WeightLayout(Pattern.RowWindows, NumberFormat.Int8) { Scale = Per.Row }, [1, 2]);
        Assert.Contains("scales belong to rows", Assert.Throws<InvalidOperationException>(() => rows.Transpose()).Message, StringComparison.Ordinal);
        PackedMatrix floats = PackedMatrix.Pack([1, 2], 2, 1, s_windows);
        Assert.Throws<ArgumentException>(() => floats.Transpose(s_windows with { Format = NumberFormat.Float16 }));
        Assert.Throws<IntarsiaFormatException>(() => floats.Transpose(new WeightLayout(Pattern.Ell, NumberFormat.Float32) { Width = 1 }));
    }
}
