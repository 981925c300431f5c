using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The index through which a matrix is read as its transpose, and what is prepared through it.</summary>
public class TransposeIndexTests
{
    /// <summary>A layout of each pattern, and blocks that the edges cut.</summary>
    public static TheoryData<string, WeightLayout> Patterns => new()
    {
        { "bsr4x8", new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 4, BlockColumns = 8 } },
        { "bsr3x5", new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 3, BlockColumns = 5 } },
        { "bsr1x16", new(Pattern.Bsr, NumberFormat.BFloat16) { BlockRows = 1, BlockColumns = 16 } },
        { "dbsr4x8", new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 4, BlockColumns = 8, DoublyCompressed = true } },
        { "srbcrs8", new(Pattern.VectorRows, NumberFormat.Float32) { V = 8 } },
        { "csr", new(Pattern.Csr, NumberFormat.Float16) },
        { "ell", new(Pattern.Ell, NumberFormat.Float32) { Width = 40 } },
        { "hyb", new(Pattern.Hyb, NumberFormat.Float32) { Partitions = 2, BucketExponent = 2 } },
        { "windows", new(Pattern.RowWindows, NumberFormat.Float32) },
        { "rcsc", new(Pattern.RelativeCsc, NumberFormat.Codebook16) { Lanes = 3 } },
        { "gs", new(Pattern.GatherScatter, NumberFormat.Float32) { Banks = 8, PerRow = 2, Groups = 64, Scatter = true } },
        { "sum", new(Pattern.Composite, NumberFormat.Float32) { Parts = [new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 4, BlockColumns = 2, Fill = 50 }, new(Pattern.Csr, NumberFormat.Float32)] } },
        { "nm", new(Pattern.NM, NumberFormat.Int8) { N = 2, M = 4, V = 2, Scale = Per.Tensor, Asymmetric = true } },
        { "dense", new(Pattern.Dense, NumberFormat.Float32) },
    };

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Prepare_Transposed_EqualsWhatAPackedTransposeGives(string name, WeightLayout layout)
    {
        foreach ((int rows, int depth) in new[] { (30, 37), (1, 40), (40, 1), (16, 16), (0, 9), (9, 0) })
        {
            PackedMatrix matrix = Pack(layout, rows, depth);
            // The same elements, packed anew: blocks as blocks, all others row by row.
            PackedMatrix turned = Explicit(matrix);

            StreamWeights<float> throughIndex = new Preparation<StreamWeights<float>>(2, 1, 0, parts: 2, transposed: true).Of(matrix), expected = new Preparation<StreamWeights<float>>(2, 1, 0, parts: 2).Of(turned);

            for (int array = 0; array < StreamWeights<float>.DeviceArrayNames.Length; array++)
                Assert.True(expected.DeviceArray(array).SequenceEqual(throughIndex.DeviceArray(array)), $"{StreamWeights<float>.DeviceArrayNames[array]} of {name}, {rows}×{depth}");
        }
    }

    [Fact]
    public void Index_OfBlocks_IsTheMetadataOfMegaBlocks()
    {
        var random = new Random(5);
        const int BlockRows = 6, BlockColumns = 5;
        bool[] has = [.. Enumerable.Range(0, BlockRows * BlockColumns).Select(_ => random.Next(2) == 0)];
        float[] dense = [.. Enumerable.Range(0, BlockRows * 4 * BlockColumns * 3).Select(i => has[i / (BlockColumns * 3) / 4 * BlockColumns + i % (BlockColumns * 3) / 3] ? 1f + i : 0f)];
        TransposeIndex index = PackedMatrix.Pack(dense, BlockRows * 4, BlockColumns * 3, new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 4, BlockColumns = 3 }).TransposeIndex;

        int[] coordinates = [.. Enumerable.Range(0, has.Length).Where(at => has[at])], order = [.. Enumerable.Range(0, coordinates.Length).OrderBy(block => coordinates[block] % BlockColumns)];
        Assert.Equal((4, 3), (index.EntryRows, index.EntryColumns));
        Assert.Equal(coordinates.Select(at => at / BlockColumns), index.RowOfPlace.ToArray());
        Assert.Equal(order, index.Places.ToArray());
        Assert.Equal(order.Select(block => coordinates[block] / BlockColumns), index.Rows.ToArray());
        Assert.Equal(Enumerable.Range(0, BlockColumns + 1).Select(column => coordinates.Count(at => at % BlockColumns < column)), index.Offsets.ToArray());
    }

    [Fact]
    public void Index_OfVectors_NamesEachElementsSlotAndNoPadding()
    {
        // Two groups of two rows; column 3 is in both.
        float[] dense = new float[3 * 5];
        (dense[3], dense[5 + 1], dense[10 + 3]) = (7, 8, 9);
        TransposeIndex index = PackedMatrix.Pack(dense, 3, 5, new(Pattern.VectorRows, NumberFormat.Float32) { V = 2 }).TransposeIndex;

        Assert.Equal([0, 0, 2, 2, 5, 5], index.Offsets.ToArray());
        Assert.Equal([0, 1, 0, 1, 2], index.Rows.ToArray());
        // Tiles of 2×16: the second row of the first tile begins at 16, the third row at 32.
        Assert.Equal([0, 16, 1, 17, 32], index.Places.ToArray());
        Assert.Equal(64, index.RowOfPlace.Length);
        Assert.Equal([0, 0, 1, 1, 2], index.RowOfPlace.ToArray().Where(row => row >= 0));
    }

    [Fact]
    public void Prepare_AfterValuesChange_IsMadeAnew()
    {
        WeightLayout layout = new(Pattern.Bsr, NumberFormat.Float32) { BlockRows = 2, BlockColumns = 2 };
        PackedMatrix matrix = PackedMatrix.Pack((float[])[1, 2, 3, 4], 2, 2, layout);
        var preparation = new Preparation<StreamWeights<float>>(1, 1, 0, transposed: true);
        StreamWeights<float> before = preparation.Of(matrix);

        matrix.SetValues((float[])[5, 6, 7, 8]);

        Assert.Same(preparation.Of(matrix), new Preparation<StreamWeights<float>>(1, 1, 0, transposed: true).Of(matrix));
        Assert.NotSame(before, preparation.Of(matrix));
        Assert.False(preparation.Equals(new Preparation<StreamWeights<float>>(1, 1, 0)));
        Assert.True(preparation.InParts(3).Transposed);
        Assert.NotSame(preparation.Of(matrix), new Preparation<StreamWeights<float>>(1, 1, 0).Of(matrix));
        // A vector is two columns of the matrix: a row of each entry lies as it is packed.
        Assert.Equal([5f, 6, 7, 8], System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref preparation.Of(matrix).Values, 4).ToArray());
    }

    [Fact]
    public void Prepare_OfScalesPerRow_SaysThatTheTransposeHasNone()
    {
        PackedMatrix matrix = PackedMatrix.Pack((int[])[1, 2, 3, 4], 2, 2, new(Pattern.Csr, NumberFormat.Int8) { Scale = Per.Row }, [1f, 2f]);

        Assert.Contains("belong to rows", Assert.Throws<InvalidOperationException>(() => new Preparation<StreamWeights<float>>(1, 1, 0, transposed: true).Of(matrix)).Message, StringComparison.Ordinal);
    }

    private static PackedMatrix Pack(WeightLayout layout, int rows, int depth)
    {
        var random = new Random(rows * 100 + depth);
        // Whole rows and columns without an element are among them.
        int[] numbers = [.. Enumerable.Range(0, rows * depth).Select(i => i / depth % 7 != 3 && i % depth % 5 != 4 && random.Next(4) == 0 ? random.Next(1, 8) : 0)];
        if (layout.Pattern == Pattern.NM)
        {
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = i % depth % 4 < 2 ? numbers[i] : 1;
            return PackedMatrix.Pack(numbers, rows, depth, layout, [0.5f], [1]);
        }

        return PackedMatrix.Pack(Array.ConvertAll(numbers, number => (float)number), rows, depth, layout);
    }

    private static PackedMatrix Explicit(PackedMatrix matrix)
    {
        (int rows, int depth) = (matrix.Rows, matrix.Depth);
        WeightLayout layout = matrix.Layout.Pattern == Pattern.Bsr ? matrix.Layout with { BlockRows = matrix.Layout.BlockColumns, BlockColumns = matrix.Layout.BlockRows, DoublyCompressed = false } : new(Pattern.Csr, NumberFormat.Float32);
        var values = new float[rows * depth];
        matrix.Unpack(values);
        // Zeros that are stored stay stored.
        int[] group = [], slots = [];
        var pointers = new int[depth + 1];
        var columns = new List<int>();
        var entries = new List<float>();
        var places = new HashSet<(int, int)>();
        for (int g = 0; g < matrix.GroupCount && depth > 0; g++)
        {
            group = new int[matrix.GroupLength(g)];
            if (matrix.Layout.IsInteger) matrix.ReadGroup(g, group, new int[group.Length * matrix.VectorLength]);
            else matrix.ReadGroup(g, group, new float[group.Length * matrix.VectorLength]);
            foreach (int column in group)
                for (int row = g * matrix.VectorLength; row < Math.Min(rows, (g + 1) * matrix.VectorLength); row++) places.Add((column, row));
        }
        for (int column = 0; column < depth; column++)
        {
            foreach (int row in Enumerable.Range(0, rows).Where(row => places.Contains((column, row))))
            {
                columns.Add(row);
                entries.Add(values[row * depth + column]);
            }
            pointers[column + 1] = columns.Count;
        }
        return PackedMatrix.Pack(new CsrMatrix(depth, rows, pointers, [.. columns], [.. entries]), layout);
    }
}
