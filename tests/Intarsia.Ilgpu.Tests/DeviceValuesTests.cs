using Intarsia.Kernels;

namespace Intarsia.Ilgpu.Tests;

/// <summary>Values that were written on the device get into every order that kernels read there as if the host had prepared it. What a sampled product does is done here by a copy.</summary>
[Trait("Category", "Gpu")]
public class DeviceValuesTests(Devices devices) : IClassFixture<Devices>
{
    private const int Rows = 43, Depth = 50;

    /// <summary>Patterns that results of sampled products have.</summary>
    private static readonly (string Name, WeightLayout Layout)[] Patterns =
    [
        ("csr", new(Pattern.Csr, NumberFormat.Float16)),
        ("nm2of4", new(Pattern.NM, NumberFormat.Float16) { N = 2, M = 4 }),
        ("nm2of4v4", new(Pattern.NM, NumberFormat.Float16) { N = 2, M = 4, V = 4 }),
        ("srbcrs8", new(Pattern.VectorRows, NumberFormat.Float16) { V = 8 }),
        ("bsr8x16", new(Pattern.Bsr, NumberFormat.Float16) { BlockRows = 8, BlockColumns = 16 }),
        ("dbsr12x6", new(Pattern.Bsr, NumberFormat.Float16) { BlockRows = 12, BlockColumns = 6, DoublyCompressed = true }),
        ("ell", new(Pattern.Ell, NumberFormat.Float16) { Width = 20 }),
        ("hyb", new(Pattern.Hyb, NumberFormat.Float16) { Partitions = 3, BucketExponent = 2 }),
        ("win16x8", new(Pattern.RowWindows, NumberFormat.Float16)),
        ("rcsc4", new(Pattern.RelativeCsc, NumberFormat.Float16) { Lanes = 4 }),
        ("gs8k2", new(Pattern.GatherScatter, NumberFormat.Float16) { Banks = 8, PerRow = 2, Groups = 64, Scatter = true }),
        ("bsr4x2+csr", new(Pattern.Composite, NumberFormat.Float16) { Parts = [new(Pattern.Bsr, NumberFormat.Float16) { BlockRows = 4, BlockColumns = 2, Fill = 40 }, new(Pattern.Csr, NumberFormat.Float16)] }),
    ];

    private static readonly Dictionary<string, Action<DeviceValuesTests>> Cases = MakeCases();

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Prepared_OfValuesWrittenOnTheDevice_IsWhatTheHostPrepares(string name) => Cases[name](this);

    /// <summary>The order of large blocks is the matrix's own: kernels read the values where a sampled product has put them.</summary>
    [Theory]
    [InlineData(Rows, Depth, 1)]
    [InlineData(48, 64, 1)]
    [InlineData(Rows, Depth, 0)]
    public void Prepared_OfBlocksAsTheyAreStored_CopiesNothing(int rows, int depth, int share)
    {
        var layout = new WeightLayout(Pattern.Bsr, NumberFormat.Float16) { BlockRows = 16, BlockColumns = 16 };
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, Pack(layout, rows, depth, i => share * (i + 1)));
        AcceleratorStream stream = devices.Cpu.DefaultStream;
        Write(device, Pack(layout, rows, depth, i => share * (i % 7 + 1)));
        nint values = device.Sampled(stream).Pointer("Values");
        DeviceWeights blocks = device.Prepared(new Preparation<BlockWeights<Half>>(16, 16, 0), stream), turned = device.Prepared(new Preparation<TransposedBlockWeights<Half>>(16, 16, 0), stream),
            copied = device.Prepared(new Preparation<BlockWeights<Half>>(16, 16, 0, transposed: true), stream);
        Assert.Equal(values, blocks.Pointer("Values"));
        Assert.Equal(values, turned.Pointer("Values"));
        // Blocks with their columns for rows are copies; a matrix without blocks has none of either.
        Assert.Equal(share == 0, values == copied.Pointer("Values"));
    }

    [Fact]
    public void Prepared_OfFormsThatPutValuesTogether_GoesThroughTheHost()
    {
        var layout = new WeightLayout(Pattern.VectorRows, NumberFormat.Int8) { V = 4, Scale = Per.Tensor };
        PackedMatrix matrix = Pack(layout, Rows, Depth, _ => 1), other = Pack(layout, Rows, Depth, i => i % 100 + 1);
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, matrix);
        Write(device, other, scale: 0.5f);
        AssertEqual<VectorStreamWeights<float>>(other, device, new(0, 4, 0));
        Assert.Equal(0.5f, matrix.Scales[0]);
    }

    [Fact]
    public void Scales_SetOnTheDevice_NeedNoValues()
    {
        var layout = new WeightLayout(Pattern.VectorRows, NumberFormat.Int8) { V = 4, Scale = Per.Tensor };
        PackedMatrix matrix = Pack(layout, Rows, Depth, _ => 1);
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, matrix);
        AcceleratorStream stream = devices.Cpu.DefaultStream;
        Assert.Equal(0.5f, Assert.Single(device.Scales(stream).GetAsArray()));
        foreach (float scale in (float[])[2, 2, 3])
        {
            Write(device, Pack(layout, Rows, Depth, _ => 2), scale);
            Assert.Equal(scale, Assert.Single(device.Scales(stream).GetAsArray()));
        }
        Assert.Equal(0.5f, matrix.Scales[0]);
        Write(device, Pack(layout, Rows, Depth, _ => 2), 5);
        device.Download();
        Assert.Equal(5, Assert.Single(device.Scales(stream).GetAsArray()));
        Assert.Equal(5, matrix.Scales[0]);
        matrix.SetScales([7]);
        Assert.Equal(7, Assert.Single(device.Scales(stream).GetAsArray()));
    }

    /// <summary>Elements that are more than the bits that the matrix holds are not gathered: scales of rows and groups, zero points, other types.</summary>
    [Fact]
    public void Gather_OfWhatTheHostHasToCompute_IsNone()
    {
        var bytes = new WeightLayout(Pattern.VectorRows, NumberFormat.Int8) { V = 4, Scale = Per.Tensor };
        Assert.NotNull(ValueGather.Find(Pack(bytes, 8, 8, _ => 1), typeof(sbyte)));
        Assert.Null(ValueGather.Find(Pack(bytes, 8, 8, _ => 1), typeof(Half)));
        Assert.Null(ValueGather.Find(Pack(bytes, 8, 8, _ => 1), null));
        Assert.Null(ValueGather.Find(PackedMatrix.Pack(new float[64], 8, 8, bytes with { Scale = Per.Row }), typeof(sbyte)));
        Assert.Null(ValueGather.Find(PackedMatrix.Pack(new float[64], 8, 8, bytes with { Scale = Per.Group, ScaleGroup = 4 }), typeof(sbyte)));
        Assert.Null(ValueGather.Find(PackedMatrix.Pack(new float[64], 8, 8, bytes with { Asymmetric = true }), typeof(sbyte)));
        Assert.Null(ValueGather.Find(Pack(bytes with { Format = NumberFormat.Int4 }, 8, 8, _ => 1), typeof(sbyte)));
    }

    /// <summary>2²⁹ numbers of four bytes are more than an array of bytes holds; what has as many slots is prepared on the host.</summary>
    [Fact]
    public void HasPlaces_OfSlots_EndsWhereAnArrayDoes()
    {
        Assert.True(ValueGather.HasPlaces(Array.MaxLength / 4));
        Assert.False(ValueGather.HasPlaces(Array.MaxLength / 4 + 1L));
        Assert.False(ValueGather.HasPlaces(1L << 31));
    }

    [Fact]
    public void Prepared_OnAnotherStream_FindsWhatWasWritten()
    {
        var layout = new WeightLayout(Pattern.Csr, NumberFormat.Float32);
        using AcceleratorStream another = devices.Cpu.CreateStream();
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, Pack(layout, Rows, Depth, _ => 1));
        PackedMatrix other = Pack(layout, Rows, Depth, i => i % 9 + 1);
        Write(device, other);
        var order = new Preparation<VectorStreamWeights<float>>(0, 4, 0);
        device.Prepared(order, devices.Cpu.DefaultStream);
        int[] waits = [.. new[] { another, another, devices.Cpu.DefaultStream }.Select(stream => Waits(() => device.Prepared(order, stream)))];
#if ILGPU_CONTRACT
        // What one stream is about to write another one waits for, once.
        Assert.Equal([1, 0, 0], waits);
#endif
        AssertEqual(other, device, order);
    }

    private static Dictionary<string, Action<DeviceValuesTests>> MakeCases()
    {
        var cases = new Dictionary<string, Action<DeviceValuesTests>>();
        void Add<T>(string form, string pattern, WeightLayout layout, Preparation<T> preparation)
            where T : class, IPreparedWeights<T>, IDeviceArrays =>
            cases.Add($"{pattern} {layout.Format}, {form}", test => test.Check(layout, preparation));

        foreach ((string name, WeightLayout layout) in Patterns)
        {
            Add("strides", name, layout, new Preparation<VectorStreamWeights<Half>>(0, 16, 0));
            Add("windows", name, layout, new Preparation<VectorStreamWeights<Half>>(16, 16, 0));
            Add("strides of the transpose", name, layout, new Preparation<VectorStreamWeights<Half>>(0, 16, 0, transposed: true));
            Add("binary32", name, layout, new Preparation<VectorStreamWeights<float>>(0, 4, 0, transposed: true));
            Add("binary32", name, layout with { Format = NumberFormat.BFloat16, Parts = As(layout, NumberFormat.BFloat16) }, new Preparation<VectorStreamWeights<float>>(0, 4, 0));
            Add("strides", name, layout with { Format = NumberFormat.BFloat16, Parts = As(layout, NumberFormat.BFloat16) }, new Preparation<VectorStreamWeights<BFloat16>>(0, 8, 0));
            Add("strides", name, layout with { Format = NumberFormat.Float32, Parts = As(layout, NumberFormat.Float32) }, new Preparation<VectorStreamWeights<float>>(0, 8, 0));
            Add("strides", name, layout with { Format = NumberFormat.Int8, Scale = Per.Tensor, Parts = As(layout, NumberFormat.Int8) }, new Preparation<VectorStreamWeights<sbyte>>(0, 16, 0));
            Add("rows", name, layout, new Preparation<RowWeights<Half>>(0, 8, 0));
        }

        (_, WeightLayout blocks) = Patterns.Single(pattern => pattern.Name == "bsr8x16");
        Add("blocks", "bsr8x16", blocks, new Preparation<BlockWeights<Half>>(8, 16, 0));
        Add("blocks of the transpose", "bsr8x16", blocks, new Preparation<BlockWeights<Half>>(16, 8, 0, transposed: true));
        Add("blocks by columns", "bsr8x16", blocks, new Preparation<TransposedBlockWeights<Half>>(8, 16, 0));
        (_, WeightLayout compressed) = Patterns.Single(pattern => pattern.Name == "dbsr12x6");
        Add("blocks by columns", "dbsr12x6", compressed, new Preparation<TransposedBlockWeights<Half>>(12, 6, 0));
        Add("banks", "csr", Patterns[0].Layout, new Preparation<BankedGroupWeights<Half>>(32, 1, 0));
        (_, WeightLayout groups) = Patterns.Single(pattern => pattern.Name == "gs8k2");
        Add("banks", "gs8k2", groups, new Preparation<BankedGroupWeights<Half>>(8, 4, 0));
        Add("sparse tensor cores", "nm2of4", Patterns[1].Layout, new Preparation<SparseMmaWeights<Half>>(64, 32, 64));
        Add("sparse tensor cores", "nm2of4", Patterns[1].Layout with { Format = NumberFormat.Int8, Scale = Per.Tensor }, new Preparation<SparseMmaWeights<sbyte>>(64, 32, 64));
        return cases;
    }

    private static LayoutParts As(WeightLayout layout, NumberFormat format) => layout.Parts.Count == 0 ? layout.Parts : [.. layout.Parts.Select(part => part with { Format = format })];

    /// <summary>Before and after a first writing, after a second one, after the host has written, and where nothing is stored.</summary>
    private void Check<T>(WeightLayout layout, Preparation<T> preparation)
        where T : class, IPreparedWeights<T>, IDeviceArrays
    {
        PackedMatrix matrix = Pack(layout, Rows, Depth, _ => 1), first = Pack(layout, Rows, Depth, i => i % 97 + 1), second = Pack(layout, Rows, Depth, i => -(i % 89) - 1);
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, matrix);
        AssertEqual(matrix, device, preparation);
        Write(device, first);
        AssertStaysOnTheDevice(() => device.Prepared(preparation, devices.Cpu.DefaultStream), onlyTopology: true);
        AssertEqual(first, device, preparation);
        Write(device, second);
        AssertStaysOnTheDevice(() => device.Prepared(preparation, devices.Cpu.DefaultStream), onlyTopology: false);
        AssertEqual(second, device, preparation);
        device.Download();
        AssertEqual(second, device, preparation);
        Assert.Equal(Dense(second), Dense(matrix));

        Set(matrix, first);
        AssertEqual(first, device, preparation);
        Write(device, second);
        Set(matrix, first);
        device.Download();
        Assert.Equal(Dense(first), Dense(matrix));
        AssertEqual(first, device, preparation);

        using DeviceMatrix empty = DeviceMatrix.Upload(devices.Cpu, Pack(layout, Rows, Depth, _ => 0));
        Write(empty, Pack(layout, Rows, Depth, _ => 0));
        AssertEqual(Pack(layout, Rows, Depth, _ => 0), empty, preparation);
    }

    /// <summary>Every array that the preparation of another matrix has, but sums of the weights, which no kernel of a device reads.</summary>
    private void AssertEqual<T>(PackedMatrix expected, DeviceMatrix device, Preparation<T> preparation)
        where T : class, IPreparedWeights<T>, IDeviceArrays
    {
        using DeviceMatrix fresh = DeviceMatrix.Upload(devices.Cpu, expected);
        DeviceWeights made = fresh.Prepared(preparation, devices.Cpu.DefaultStream), found = device.Prepared(preparation, devices.Cpu.DefaultStream);
        foreach (string array in T.DeviceArrayNames.ToArray().Where(array => array != "Compensation"))
            Assert.Equal(Bytes(made, array), Bytes(found, array));
    }

    private static byte[] Bytes(DeviceWeights weights, string array) => weights.View<byte>(array) is { Length: > 0 } view ? view.GetAsArray() : [];

    /// <summary>What a sampled product does: the values of another matrix of the same pattern.</summary>
    private static void Write(DeviceMatrix device, PackedMatrix values, float? scale = null)
    {
        AcceleratorStream stream = device.Accelerator.DefaultStream;
        using DeviceMatrix other = DeviceMatrix.Upload(device.Accelerator, values);
        byte[] bytes = Bytes(other.Sampled(stream), "Values");
        ArrayView<byte> target = device.Sampled(stream).View<byte>("Values");
        Assert.Equal(bytes.Length, target.Length);
        if (bytes.Length > 0) target.CopyFromCPU(stream, bytes);
        device.Written(scale);
    }

    private void AssertStaysOnTheDevice(Action action, bool onlyTopology)
    {
#if ILGPU_CONTRACT
        (int fromHost, int toHost, int waits) = devices.Cpu.Traffic.Total;
        action();
        (int fromHostNow, int toHostNow, int waitsNow) = devices.Cpu.Traffic.Total;
        Assert.Equal(toHost, toHostNow);
        if (!onlyTopology) Assert.Equal((fromHost, waits), (fromHostNow, waitsNow));
#else
        action();
#endif
    }

    private int Waits(Action action)
    {
#if ILGPU_CONTRACT
        int before = devices.Cpu.Traffic.Total.Waits;
        action();
        return devices.Cpu.Traffic.Total.Waits - before;
#else
        action();
        return 0;
#endif
    }

    private static float[] Dense(PackedMatrix matrix)
    {
        var dense = new float[matrix.Rows * matrix.Depth];
        matrix.Unpack(dense);
        return dense;
    }

    private static void Set(PackedMatrix matrix, PackedMatrix values)
    {
        if (!matrix.Layout.IsInteger)
        {
            matrix.SetValues(Dense(values));
            return;
        }
        var integers = new int[matrix.Rows * matrix.Depth];
        values.UnpackIntegers(integers);
        matrix.SetValues(integers);
    }

    /// <summary>A matrix with an element wherever the pattern may have one, and about a third of those.</summary>
    private static PackedMatrix Pack(WeightLayout layout, int rows, int depth, Func<int, int> value)
    {
        int v = Math.Max(1, layout.V);
        int[] dense = [.. Enumerable.Range(0, rows * depth).Select(i => (i / depth / v * 5 + i % depth * 3) % 7 < 2 && (layout.M == 0 || i % depth % 4 < 2) ? value(i) : 0)];
        return layout.IsInteger ? PackedMatrix.Pack(dense, rows, depth, layout, [0.5f]) : PackedMatrix.Pack([.. dense.Select(number => (float)number)], rows, depth, layout);
    }
}
