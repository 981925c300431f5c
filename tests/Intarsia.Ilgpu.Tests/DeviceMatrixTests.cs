using Intarsia.Kernels;

namespace Intarsia.Ilgpu.Tests;

/// <summary>Packed matrices on accelerators.</summary>
[Trait("Category", "Gpu")]
public class DeviceMatrixTests(Devices devices) : IClassFixture<Devices>
{
    private static readonly WeightLayout Layout = new(Pattern.Dense, NumberFormat.Float32);
    private static readonly Preparation<RowWeights<float>> Rows = new(0, 4, 0);
    private static readonly Preparation<PanelWeights<float>> Panels = new(2, 1, 0);

    private AcceleratorStream Stream => devices.Cpu.DefaultStream;

    [Fact]
    public void Prepared_OfAnOrder_IsTheHostsArrays()
    {
        PackedMatrix matrix = Matrix();
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, matrix);
        Assert.Equal([0f, 1, 2, 0, 3, 4, 5, 0, 6, 7, 8, 0], device.Prepared(Rows, Stream).View<float>("Values").GetAsArray());
        Assert.Equal([0f, 3, 1, 4, 2, 5, 6, 0, 7, 0, 8, 0], device.Prepared(Panels, Stream).View<float>(nameof(PanelWeights<float>.Values)).GetAsArray());
        Assert.Equal((3, 3, Layout, devices.Cpu), (device.Rows, device.Depth, device.Layout, device.Accelerator));
    }

    [Fact]
    public void Prepared_EqualPreparations_ShareOneCopy()
    {
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, Matrix());
        DeviceWeights first = device.Prepared(Rows, Stream);
        Assert.NotEqual(0, first.Pointer("Values"));
        Assert.Same(first, device.Prepared(new Preparation<RowWeights<float>>(0, 4, 0), Stream));
        Assert.NotSame(first, device.Prepared(new Preparation<RowWeights<float>>(0, 1, 0), Stream));
    }

    [Fact]
    public void Prepared_ByManyThreads_CopiesOnce()
    {
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, Matrix());
        var copies = new DeviceWeights[12];
        Parallel.For(0, copies.Length, i => copies[i] = device.Prepared(i % 2 == 0 ? Rows : new Preparation<RowWeights<float>>(0, 4, 0), Stream));
        Assert.Single(copies.Distinct());
    }

    [Fact]
    public void Prepared_AfterValuesChanged_HasTheNewOnes()
    {
        PackedMatrix matrix = Matrix();
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, matrix);
        device.Prepared(Rows, Stream);
        matrix.SetValues([9, 8, 7, 6, 5, 4, 3, 2, 1]);
        Assert.Equal([9f, 8, 7, 0, 6, 5, 4, 0, 3, 2, 1, 0], device.Prepared(Rows, Stream).View<float>("Values").GetAsArray());
    }

    [Fact]
    public void Scales_OfRows_AreTheMatrixs()
    {
        var layout = new WeightLayout(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Row };
        PackedMatrix matrix = PackedMatrix.Pack([1f, -2, 4, 8], 2, 2, layout);
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, matrix);
        Assert.Equal(matrix.Scales.ToArray(), device.Scales(Stream).GetAsArray());
    }

    [Fact]
    public void Array_ThatAMatrixDoesNotHave_IsEmptyOrNamed()
    {
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, Matrix());
        DeviceWeights rows = device.Prepared(Rows, Stream);
        Assert.Equal(0, rows.Pointer("Scales"));
        Assert.Equal(0, rows.View<float>("Scales").Length);
        Assert.Contains("expected Values, Scales", Assert.Throws<ArgumentException>(() => rows.Pointer("Metadata")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Use_AfterDispose_Throws()
    {
        DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, Matrix());
        device.Prepared(Rows, Stream);
        device.Dispose();
        device.Dispose();
        Assert.Contains("has been disposed", Assert.Throws<ObjectDisposedException>(() => device.Prepared(Rows, Stream)).Message, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => DeviceGuard.Weights(device, "w", Layout, Stream));
    }

    [Fact]
    public void Use_OnAnotherAccelerator_NamesBoth()
    {
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, Matrix());
        ArgumentException fault = Assert.Throws<ArgumentException>(() => device.Prepared(Rows, devices.OtherCpu.DefaultStream));
        Assert.Contains("Upload it there", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_AfterItsAccelerator_IsHarmless()
    {
        (Context context, CPUAccelerator accelerator) = Devices.Small();
        DeviceMatrix device = DeviceMatrix.Upload(accelerator, Matrix());
        device.Prepared(Rows, accelerator.DefaultStream);
        accelerator.Dispose();
        device.Dispose();
        Assert.Throws<ObjectDisposedException>(() => DeviceMatrix.Upload(accelerator, Matrix()));
        context.Dispose();
    }

    private static PackedMatrix Matrix() => PackedMatrix.Pack([.. Enumerable.Range(0, 9).Select(i => (float)i)], 3, 3, Layout);
}
