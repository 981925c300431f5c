using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>What holds for every matrix that fits its layout.</summary>
public class PackedMatrixPropertyTests
{
    public static TheoryData<NumberFormat> Formats => new(Layouts.Formats);

    public static TheoryData<NumberFormat> Integers => new(Layouts.Integers);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Unpack_AfterPack_GivesTheStoredNumbers(NumberFormat format) => PackedCase.ForAll(format, c => AssertUnpacks(c, c.Pack()));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Unpack_AfterSaveAndLoad_GivesTheStoredNumbers(NumberFormat format) => PackedCase.ForAll(format, c =>
    {
        PackedMatrix packed = c.Pack();
        byte[] file = Blob.Save(packed);
        Assert.Equal(84 + packed.SizeInBytes + 4, file.Length);
        PackedMatrix loaded = Blob.Load(file);
        Assert.Equal(c.Layout, loaded.Layout);
        Assert.Equal(c.Scales, loaded.Scales.ToArray());
        Assert.Equal(c.ZeroPoints, loaded.ZeroPoints.ToArray());
        AssertUnpacks(c, loaded);
        Assert.Equal(file, Blob.Save(loaded));
    });

    [Theory]
    [MemberData(nameof(Formats))]
    public void File_ReadByTheDocumentation_HoldsEveryElement(NumberFormat format) => PackedCase.ForAll(format, c =>
    {
        PackedMatrix packed = c.Pack();
        Dictionary<(int Row, int Depth), double> elements = DocumentedDecoder.Decode(Blob.Save(packed));
        Assert.Equal(packed.StoredElements, elements.Count);
        for (int row = 0; row < c.Rows; row++)
        {
            for (int k = 0; k < c.Depth; k++)
            {
                double expected = c.Layout.IsInteger ? c.Integers[row * c.Depth + k] : c.Expected(row, k);
                Assert.Equal(expected, elements.GetValueOrDefault((row, k), c.Zero(row, k)));
            }
        }
    });

    [Theory]
    [MemberData(nameof(Formats))]
    public void ReadGroup_EveryGroup_IsAscendingAndCoversTheMatrix(NumberFormat format) => PackedCase.ForAll(format, c =>
    {
        PackedMatrix packed = c.Pack();
        int v = packed.VectorLength;
        Assert.Equal((c.Rows + v - 1) / v, packed.GroupCount);
        long stored = 0;
        for (int group = 0; group < packed.GroupCount; group++)
        {
            int length = packed.GroupLength(group);
            var depth = new int[length];
            var values = new double[length * v];
            Read(packed, group, depth, values);
            for (int e = 0; e < length; e++)
                Assert.InRange(depth[e], e == 0 ? 0 : depth[e - 1] + 1, c.Depth - 1);
            var columns = depth.Select((k, e) => (k, e)).ToDictionary(pair => pair.k, pair => pair.e);
            for (int lane = 0; lane < v; lane++)
            {
                int row = group * v + lane;
                stored += row < c.Rows ? length : 0;
                for (int e = 0; row >= c.Rows && e < length; e++)
                    Assert.Equal(0, values[e * v + lane]);
                for (int k = 0; row < c.Rows && k < c.Depth; k++)
                {
                    double expected = c.Layout.IsInteger ? c.Integers[row * c.Depth + k] : c.Expected(row, k);
                    Assert.Equal(expected, columns.TryGetValue(k, out int e) ? values[e * v + lane] : c.Zero(row, k));
                }
            }

            if (c.Layout.Pattern == Pattern.NM)
                for (int first = 0; first < c.Depth; first += c.Layout.M)
                    Assert.Equal(Math.Min(c.Layout.N, c.Depth - first), depth.Count(k => k >= first && k < first + c.Layout.M));
        }

        Assert.Equal(stored, packed.StoredElements);
    });

    [Theory]
    [InlineData(NumberFormat.Float32)]
    [InlineData(NumberFormat.Float16)]
    [InlineData(NumberFormat.BFloat16)]
    public void Pack_FromCsr_GivesTheSameFileAsFromDense(NumberFormat format) => PackedCase.ForAll(format, c =>
        Assert.Equal(Blob.Save(c.Pack()), Blob.Save(PackedMatrix.Pack(CsrMatrix.FromDense(c.Dense, c.Rows, c.Depth), c.Layout))));

    [Theory]
    [MemberData(nameof(Integers))]
    public void Pack_QuantisingFromCsr_GivesTheSameFileAsFromDense(NumberFormat format) => PackedCase.ForAll(format, c =>
    {
        // What rounds to 0 would leave a layout without padding unbalanced.
        if (PackedCase.IsStrict(c.Layout) && c.Layout.Scale != Per.None) return;
        // The numbers (q − zero), whole and thinned to the pattern: in range of the quantiser, or of the format where there are no scales.
        var dense = new float[c.Integers.Length];
        for (int i = 0; i < dense.Length; i++)
            dense[i] = c.Integers[i] - c.Zero(i / c.Depth, i % c.Depth);
        PackedMatrix fromDense = PackedMatrix.Pack(dense, c.Rows, c.Depth, c.Layout);
        PackedMatrix fromCsr = PackedMatrix.Pack(CsrMatrix.FromDense(dense, c.Rows, c.Depth), c.Layout);
        var one = new float[dense.Length];
        var two = new float[dense.Length];
        fromDense.Unpack(one);
        fromCsr.Unpack(two);
        Assert.Equal(one, two);
        Assert.Equal(fromDense.Scales.ToArray(), fromCsr.Scales.ToArray());
        // An entry that rounds to zero keeps its place when it comes from CSR, so only the fixed-size patterns must agree to the byte.
        if (c.Layout.Pattern is Pattern.Dense or Pattern.NM)
            Assert.Equal(Blob.Save(fromDense), Blob.Save(fromCsr));
    });

    [Theory]
    [MemberData(nameof(Formats))]
    public void SetValues_OnTheSameTopology_EqualsPackingAnew(NumberFormat format) => PackedCase.ForAll(format, c =>
    {
        PackedMatrix packed = c.Pack();
        byte[] file = Blob.Save(packed);
        if (c.Layout.BasisOrder > 0)
        {
            // Its numbers are made of others.
            Assert.Throws<InvalidOperationException>(() => packed.SetValues(new float[c.Dense.Length]));
            return;
        }

        // A dense matrix may have a codebook without 0: then everything is set to an entry that it has.
        float blank = format == NumberFormat.Binary || Layouts.SignPlanes.Contains(format) ? -1 : packed.Codebook.Length > 0 && !packed.Codebook.Contains(0) ? packed.Codebook[0] : 0;
        if (c.Layout.IsInteger)
        {
            var zeros = new int[c.Integers.Length];
            for (int i = 0; i < zeros.Length; i++)
                zeros[i] = blank != 0 ? (int)blank : c.Zero(i / c.Depth, i % c.Depth);
            packed.SetValues(zeros);
            var back = new float[zeros.Length];
            packed.Unpack(back);
            if (c.Layout.Planes == 0) Assert.All(back, value => Assert.Equal(Math.Sign(blank), Math.Sign(value)));
            packed.SetValues(c.Integers);
        }
        else
        {
            packed.SetValues(Enumerable.Repeat(blank, c.Dense.Length).ToArray());
            packed.SetValues(c.Dense);
        }

        Assert.Equal(file, Blob.Save(packed));
    });

    /// <summary>Who draws layouts without padding must draw matrices that fit them, and not empty ones alone.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Draw_GatherScatterWithoutPadding_HasElements(bool scatter)
    {
        int filled = 0;
        for (int seed = 0; seed < 4000; seed++)
        {
            WeightLayout layout = Layouts.Draw(NumberFormat.Int8, new Random(seed));
            if (!PackedCase.IsStrict(layout) || layout.Scatter != scatter) continue;
            PackedMatrix packed = PackedCase.Create(layout, 40, 100, seed).Pack();
            Assert.Equal(packed.Slots, packed.StoredElements);
            if (packed.StoredElements > 0) filled++;
        }
        Assert.InRange(filled, 20, 4000);
    }

    private static void AssertUnpacks(PackedCase c, PackedMatrix packed)
    {
        var dense = new float[c.Rows * c.Depth];
        packed.Unpack(dense);
        for (int i = 0; i < dense.Length; i++)
            Assert.Equal(c.Expected(i / c.Depth, i % c.Depth), dense[i]);
        if (!c.Layout.IsInteger)
            return;
        var integers = new int[dense.Length];
        packed.UnpackIntegers(integers);
        Assert.Equal(c.Integers, integers);
    }

    private static void Read(PackedMatrix packed, int group, int[] depth, double[] values)
    {
        if (packed.Layout.IsInteger)
        {
            var integers = new int[values.Length];
            packed.ReadGroup(group, depth, integers);
            for (int i = 0; i < values.Length; i++)
                values[i] = integers[i];
        }
        else
        {
            var floats = new float[values.Length];
            packed.ReadGroup(group, depth, floats);
            for (int i = 0; i < values.Length; i++)
                values[i] = floats[i];
        }
    }
}
