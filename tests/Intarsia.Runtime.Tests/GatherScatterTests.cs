using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>GS(B, k): what its packer and its checker enforce, what a hostile file meets, and what its pruner keeps.</summary>
public class GatherScatterTests
{
    public static TheoryData<int, int> Shapes => new()
    {
        { 4, 4 }, { 4, 1 }, { 4, 2 }, { 8, 8 }, { 8, 4 }, { 8, 1 }, { 16, 16 }, { 16, 4 }, { 16, 1 }, { 32, 32 }, { 32, 8 }, { 32, 1 },
    };

    private static WeightLayout Layout(int banks, int perRow, int groups = 0, bool scatter = false) =>
        new(Pattern.GatherScatter, NumberFormat.Float32) { Banks = banks, PerRow = perRow, Groups = groups, Scatter = scatter };

    private static float[] Dense(int rows, int depth, int seed)
    {
        var random = new Random(seed);
        // No zeros, and no two of a magnitude.
        return [.. Enumerable.Range(0, rows * depth).Select(i => (random.Next(2) == 0 ? 1 : -1) * (0.1f + random.NextSingle() + i * 1e-6f))];
    }

    private static double Energy(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += Math.Abs(value);
        return sum;
    }

    /// <summary>The claim of the pattern, read from the bytes of a file: lanes of rows that exist, each in a bank of its own, as many of each row.</summary>
    private static void AssertConflictFree(byte[] file, int rows, int depth, int banks, int perRow, bool scatter)
    {
        int inBundle = banks / perRow, bundles = (rows + inBundle - 1) / inBundle, lanesAt = Blob.HeaderLength + 4 * (bundles + 1) + (scatter ? 4 * rows : 0);
        var elements = new HashSet<(int, int)>();
        for (int bundle = 0; bundle < bundles; bundle++)
        {
            int begin = BitConverter.ToInt32(file, Blob.HeaderLength + 4 * bundle), end = BitConverter.ToInt32(file, Blob.HeaderLength + 4 * bundle + 4);
            int present = Math.Min(inBundle, rows - bundle * inBundle);
            for (int group = begin; group < end; group++)
            {
                int[] columns = [.. Enumerable.Range(0, banks).Select(lane => (int)BitConverter.ToUInt16(file, lanesAt + 2 * (group * banks + lane)))];
                Assert.All(columns.Take(present * perRow), column => Assert.InRange(column, 0, depth - 1));
                Assert.All(columns.Skip(present * perRow), column => Assert.Equal(65535, column));
                Assert.Equal(present * perRow, columns.Take(present * perRow).Select(column => column % banks).Distinct().Count());
                for (int lane = 0; lane < present * perRow; lane++) Assert.True(elements.Add((bundle * inBundle + lane / perRow, columns[lane])));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Pruner_MatrixWithoutZeros_BalancesItForTheStrictLayout(int banks, int perRow)
    {
        // A last bundle that is short of rows, a depth that the banks do not divide.
        const int Rows = 37, Depth = 137;
        int groups = Math.Max(1, Depth / perRow / 8 / (banks / perRow) * (banks / perRow));
        groups = Math.Min(groups, Depth / banks * (banks / perRow));
        float[] before = Dense(Rows, Depth, banks + perRow), after = [.. before];

        Pruner.GatherScatter(after, Rows, Depth, banks, perRow, groups);

        CsrMatrix csr = CsrMatrix.FromDense(after, Rows, Depth);
        Assert.Null(GatherScatter.FindFault(csr, Layout(banks, perRow)));
        Assert.Equal(groups, GatherScatter.MostGroups(csr, Layout(banks, perRow)));
        PackedMatrix packed = PackedMatrix.Pack(after, Rows, Depth, Layout(banks, perRow));
        Assert.Equal((long)Rows * groups * perRow, packed.StoredElements);
        Assert.Equal(GatherScatter.CountGroups(csr, Layout(banks, perRow)) * banks, packed.Slots);
        AssertConflictFree(Blob.Save(packed), Rows, Depth, banks, perRow, scatter: false);
        var back = new float[after.Length];
        Blob.Load(Blob.Save(packed)).Unpack(back);
        Assert.Equal(after, back);
        Assert.All(after.Zip(before), pair => Assert.True(pair.First == 0 || pair.First == pair.Second));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void PrunerOfRows_RowsOfUnequalWeight_PackWithScatterAndKeepMore(int banks, int perRow)
    {
        const int Rows = 64, Depth = 160;
        float[] before = Dense(Rows, Depth, 7);
        // Every third row matters little: under one threshold it keeps next to nothing.
        for (int i = 0; i < before.Length; i++) if (i / Depth % 3 == 0) before[i] *= 0.2f;
        float[] scattered = [.. before], plain = [.. before];

        int most = Pruner.GatherScatterRows(scattered, Rows, Depth, banks, perRow, 0.8);

        CsrMatrix csr = CsrMatrix.FromDense(scattered, Rows, Depth);
        Assert.Null(GatherScatter.FindFault(csr, Layout(banks, perRow, scatter: true)));
        Assert.Equal(most, GatherScatter.MostGroups(csr, Layout(banks, perRow, scatter: true)));
        PackedMatrix packed = PackedMatrix.Pack(scattered, Rows, Depth, Layout(banks, perRow, scatter: true));
        var back = new float[scattered.Length];
        Blob.Load(Blob.Save(packed)).Unpack(back);
        Assert.Equal(scattered, back);
        // As many groups in every bundle, rounded up, keep smaller elements.
        Pruner.GatherScatter(plain, Rows, Depth, banks, perRow, (int)Math.Ceiling(packed.StoredElements / (double)Rows / perRow));
        double Mean(float[] pruned) => Energy(pruned) / pruned.Count(value => value != 0);
        Assert.True(Mean(scattered) > 1.1 * Mean(plain), $"{Mean(scattered)} with scatter, {Mean(plain)} without");
    }

    [Fact]
    public void Pruner_AtOneSparsity_KeepsLessThanUnstructuredAndMoreThanBlocks()
    {
        const int Rows = 64, Depth = 256;
        float[] Pruned(Action<float[]> prune)
        {
            float[] dense = Dense(Rows, Depth, 11);
            prune(dense);
            return dense;
        }

        float[] unstructured = Pruned(dense => Pruner.Unstructured(dense, Rows, Depth, 0.875)), blocks = Pruned(dense => Pruner.Blocks(dense, Rows, Depth, 16, 1, 0.875));
        foreach ((int banks, int perRow) in ((int, int)[])[(16, 16), (16, 4), (16, 1), (8, 2), (32, 1)])
        {
            float[] pruned = Pruned(dense => Pruner.GatherScatter(dense, Rows, Depth, banks, perRow, Depth / 8 / perRow));
            Assert.Equal(unstructured.Count(value => value != 0), pruned.Count(value => value != 0));
            Assert.InRange(Energy(pruned), Energy(blocks) + 1, Energy(unstructured) - 1);
        }
    }

    /// <summary>Against all choices there are: two rows, four columns in two banks each.</summary>
    [Fact]
    public void Pruner_SmallBundles_KeepTheGreatestSumOfAllChoices()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 300; trial++)
        {
            float[] dense = [.. Enumerable.Range(0, 12).Select(_ => random.Next(4) == 0 ? 0 : random.Next(-9, 10))], pruned = [.. dense];
            int groups = random.Next(0, 3);
            (int Count, double Sum) best = (0, 0);
            for (int mask = 0; mask < 1 << 12; mask++)
            {
                int[] chosen = [.. Enumerable.Range(0, 12).Where(i => (mask >> i & 1) != 0)];
                if (chosen.Any(i => dense[i] == 0) || chosen.GroupBy(i => i / 6).Any(row => row.Count() > 2 * groups) || chosen.GroupBy(i => i % 6 % 4).Any(bank => bank.Count() > groups)) continue;
                (int, double) sum = (chosen.Length, chosen.Sum(i => Math.Abs((double)dense[i])));
                if (sum.CompareTo(best) > 0) best = sum;
            }

            Pruner.GatherScatter(pruned, 2, 6, 4, 2, groups);

            Assert.Equal(best, (pruned.Count(value => value != 0), Energy(pruned)));
        }
    }

    [Fact]
    public void Pack_UnbalancedMatrix_NamesRowBankFoundAndExpected()
    {
        void Refused(WeightLayout layout, float[] dense, int rows, string field, string found, string expected)
        {
            var fault = Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack(dense, rows, dense.Length / rows, layout));
            Assert.Equal((field, found), (fault.Field, fault.Found));
            Assert.StartsWith(expected, fault.Expected, StringComparison.Ordinal);
            Assert.Equal(fault.Message, GatherScatter.FindFault(CsrMatrix.FromDense(dense, rows, dense.Length / rows), layout)?.Message);
        }

        Refused(Layout(4, 2), [1, 2, 3, 0, 0, 0, 0, 0], 1, "row 0", "3 entries", "a multiple of 2");
        Refused(Layout(4, 2), [1, 1, 0, 0, 1, 1, 1, 1], 2, "row 1", "4 entries", "2, as row 0 of the same bundle has");
        Refused(Layout(4, 2), [1, 0, 1, 0, 1, 1, 0, 0], 2, "bundle 0 (rows 0, 1)", "2 entries in bank 0, the columns 0 modulo 4", "1, as many as in the other banks");
        Refused(Layout(4, 4), [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0], 2, "bundle 1 (row 1)", "2 entries in bank 0, the columns 0 modulo 4", "1, as many");
        Refused(Layout(4, 1, groups: 1), [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 3, "row 0", "2 entries", "at most 1, 1 in each of 1 groups");
        Refused(Layout(4, 1, groups: 2), [1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0], 3, "bundle 0 (rows 0, 1, 2)", "3 entries in bank 0, the columns 0 modulo 4", "at most 2, one in each group");
        Assert.Throws<ArgumentException>(() => GatherScatter.FindFault(CsrMatrix.FromDense([1], 1, 1), new WeightLayout(Pattern.Csr, NumberFormat.Float32)));
    }

    [Fact]
    public void Pack_StoredZeros_CountAsElements()
    {
        // Of the dense form row 1 has an element less than row 0.
        var csr = new CsrMatrix(2, 4, [0, 2, 4], [0, 1, 2, 3], [1, 2, 0, 3]);

        PackedMatrix packed = PackedMatrix.Pack(csr, Layout(4, 2));

        Assert.Equal((4L, 4L), (packed.StoredElements, packed.Slots));
        Assert.Throws<IntarsiaFormatException>(() => PackedMatrix.Pack([1, 2, 0, 0, 0, 0, 0, 3], 2, 4, Layout(4, 2)));
        Assert.Equal(4, PackedMatrix.Pack([1, 2, 0, 0, 0, 0, 0, 3], 2, 4, Layout(4, 2, groups: 1)).Slots);
    }

    [Fact]
    public void Pack_DepthBeyondSixteenBits_StoresWideColumns()
    {
        var csr = new CsrMatrix(1, 70000, [0, 4], [1, 2, 65535, 69996], [1, 2, 3, 4]);

        PackedMatrix packed = Blob.Load(Blob.Save(PackedMatrix.Pack(csr, Layout(4, 4))));

        Assert.Equal(csr.ColumnIndices, packed.ToCsr().ColumnIndices);
        Assert.Equal(csr.Values, packed.ToCsr().Values);
        Assert.Equal(8 + 4 * (4 + 4), packed.SizeInBytes);
    }

    [Fact]
    public void Load_Damage_IsNamed()
    {
        // Rows 0 and 1, then row 2 alone; columns 0 1 2 3 and 4 5 6 7, then 5 and 2.
        float[] dense = [1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];
        byte[] strict = Blob.Save(PackedMatrix.Pack(dense, 3, 8, Layout(4, 2, scatter: true))), padded = Blob.Save(PackedMatrix.Pack(dense, 3, 8, Layout(4, 2, groups: 2)));
        int order = Blob.HeaderLength + 3 * 4, lanes = order + 3 * 4;

        void Named(byte[] file, string field, Action<byte[]> change) => Assert.Equal(field, Assert.Throws<IntarsiaFormatException>(() => Blob.Load(Blob.Forge(file, change))).Field);
        Named(strict, "bundle pointer 0", bytes => bytes.Put(Blob.HeaderLength, 1));
        Named(strict, "bundle pointer 2", bytes => bytes.Put(order - 4, 1));
        Named(strict, "header.Slots", bytes => bytes.Put(order - 4, 4));
        Named(strict, "row at place 1 of the bundles", bytes => bytes.Put(order + 4, 0));
        Named(strict, "row at place 2 of the bundles", bytes => bytes.Put(order + 8, 3));
        Named(strict, "column of lane 1 of group 0 (bundle 0)", bytes => bytes[lanes + 2] = 4);
        Named(strict, "column of lane 1 of group 0 (bundle 0)", bytes => bytes[lanes + 2] = 9);
        Named(strict, "column of lane 1 of group 0 (bundle 0)", bytes => (bytes[lanes + 2], bytes[lanes + 3]) = (255, 255));
        Named(strict, "column of lane 2 of group 2 (bundle 1)", bytes => (bytes[lanes + 20], bytes[lanes + 21]) = (3, 0));
        // Column 0 of row 0 twice, in both groups.
        Named(strict, "column index 1 of row 0, by size", bytes => (bytes[lanes + 8], bytes[lanes + 10], bytes[lanes + 12], bytes[lanes + 14]) = (0, 1, 6, 7));
        Named(padded, "groups of bundle 0", bytes => bytes.Put(20, 1));
        Named(padded, "group 2 (bundle 1)", bytes => bytes.AsSpan(order + 16, 4).Fill(255));
        Named(padded, "padding value 1", bytes => bytes.AsSpan(order + 2, 2).Fill(255));
    }
}
