using Xunit;

namespace Intarsia.Runtime.Tests;

public class PackedMatrixPreparationTests
{
    private static PackedMatrix Matrix() => PackedMatrix.Pack([1, 0, 0, 2], 2, 2, new WeightLayout(Pattern.Csr, NumberFormat.Float32));

    [Fact]
    public void GetOrPrepare_ManyThreads_PreparesEachFormOnce()
    {
        PackedMatrix matrix = Matrix();
        int made = 0;
        object[] keys = ["panels", "groups", new object()];
        var forms = new object[64];
        Parallel.For(0, forms.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => forms[i] = matrix.GetOrPrepare(keys[i % 3], _ =>
        {
            Interlocked.Increment(ref made);
            Thread.Sleep(5);
            return new object();
        }));
        Assert.Equal(3, made);
        for (int i = 3; i < forms.Length; i++)
            Assert.Same(forms[i % 3], forms[i]);
    }

    [Fact]
    public void GetOrPrepare_EqualKeys_ShareAForm()
    {
        PackedMatrix matrix = Matrix();
        object first = matrix.GetOrPrepare(("panels", 8), _ => new object());
        Assert.Same(first, matrix.GetOrPrepare(("panels", 8), _ => new object()));
        Assert.NotSame(first, matrix.GetOrPrepare(("panels", 16), _ => new object()));
    }

    [Fact]
    public void GetOrPrepare_AfterAFailure_TriesAgain()
    {
        PackedMatrix matrix = Matrix();
        Assert.Throws<NotSupportedException>(() => matrix.GetOrPrepare<object>("form", _ => throw new NotSupportedException()));
        Assert.NotNull(matrix.GetOrPrepare("form", _ => new object()));
    }

    public static TheoryData<string, Action<PackedMatrix>> Rewrites => new()
    {
        { "values", matrix => matrix.SetValues((sbyte[])[3, 0, 0, 4]) },
        { "group", matrix => matrix.SetGroup(0, (sbyte[])[3]) },
        { "scales", matrix => matrix.SetScales([4]) },
    };

    [Theory]
    [MemberData(nameof(Rewrites))]
    public void GetOrPrepare_AfterARewrite_SeesTheNewValues(string what, Action<PackedMatrix> rewrite)
    {
        PackedMatrix matrix = PackedMatrix.Pack((sbyte[])[1, 0, 0, 2], 2, 2, new WeightLayout(Pattern.Csr, NumberFormat.Int8) { Scale = Per.Tensor }, [2]);
        static float[] Make(PackedMatrix m)
        {
            var dense = new float[4];
            m.Unpack(dense);
            return dense;
        }

        float[] before = matrix.GetOrPrepare("form", Make);
        Assert.Equal([2, 0, 0, 4], before);
        rewrite(matrix);
        float[] after = matrix.GetOrPrepare("form", Make);
        Assert.NotSame(before, after);
        Assert.Equal(what switch { "values" => [6, 0, 0, 8], "group" => [6, 0, 0, 4], _ => [4, 0, 0, 8] }, after);
    }

    [Fact]
    public async Task SetValues_WhileAFormIsBeingMade_NeverLeavesAStaleForm()
    {
        PackedMatrix matrix = Matrix();
        var making = new ManualResetEventSlim();
        var stale = Task.Run(() => matrix.GetOrPrepare("form", m =>
        {
            float[] form = Read(m);
            making.Set();
            Thread.Sleep(50);
            return form;
        }));
        making.Wait();
        matrix.SetValues([5, 0, 0, 6]);
        Assert.Equal([5, 6], matrix.GetOrPrepare("form", Read));
        float[] old = await stale;
        Assert.Equal([1, 2], old);
    }

    [Fact]
    public void SetValues_OutsideTheTopology_ThrowsAndWritesNothing()
    {
        PackedMatrix matrix = Matrix();
        var error = Assert.Throws<IntarsiaFormatException>(() => matrix.SetValues([9, 0, 9, 9]));
        Assert.Equal("element in row 1, column 0", error.Field);
        Assert.Equal([1, 2], Read(matrix));
        Assert.Throws<ArgumentException>(() => matrix.SetGroup(0, [1f, 2f]));
        Assert.Throws<InvalidOperationException>(() => matrix.SetValues(new sbyte[4]));
        Assert.Equal("number of scales", Assert.Throws<IntarsiaFormatException>(() => matrix.SetScales([1])).Field);
    }

    [Fact]
    public void SetGroup_RowsPastTheLast_StayZero()
    {
        var layout = new WeightLayout(Pattern.VectorRows, NumberFormat.Int8) { V = 4 };
        PackedMatrix matrix = PackedMatrix.Pack((sbyte[])[1, 1], 2, 1, layout);
        matrix.SetGroup(0, (sbyte[])[5, 6, 7, 8]);
        var values = new sbyte[4];
        matrix.ReadGroup(0, new int[1], values);
        Assert.Equal([5, 6, 0, 0], values);
        Blob.Load(Blob.Save(matrix));
    }

    private static float[] Read(PackedMatrix matrix)
    {
        var one = new float[1];
        var two = new float[1];
        matrix.ReadGroup(0, new int[1], one);
        matrix.ReadGroup(1, new int[1], two);
        return [one[0], two[0]];
    }
}
