namespace Intarsia.Ilgpu.Tests;

/// <summary>The checks at the door of an overload: the CPU's, and where things lie.</summary>
[Trait("Category", "Gpu")]
public class DeviceGuardTests(Devices devices) : IClassFixture<Devices>
{
    private AcceleratorStream Stream => devices.Cpu.DefaultStream;

    [Fact]
    public void Weights_OfAnotherLayout_NamesBoth()
    {
        var dense = new WeightLayout(Pattern.Dense, NumberFormat.Float32);
        using DeviceMatrix device = DeviceMatrix.Upload(devices.Cpu, PackedMatrix.Pack([1f], 1, 1, dense));
        DeviceGuard.Weights(device, "w", new WeightLayout(Pattern.Dense, NumberFormat.Float32), Stream);
        ArgumentException fault = Assert.Throws<ArgumentException>(() => DeviceGuard.Weights(device, "w", new WeightLayout(Pattern.Csr, NumberFormat.Float32), Stream));
        Assert.Contains("'w' is packed as dense f32; this kernel reads csr f32", fault.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("w", () => DeviceGuard.Weights(null, "w", dense, Stream));
    }

    [Theory]
    [InlineData(3, 4, 4, "'x' has 11 elements; expected at least 12")]
    [InlineData(2, 4, 8, "expected at least 12 (2 rows of 4, 8 apart)")]
    [InlineData(2, 4, 3, "3 elements apart; expected at least its 4 columns")]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, "expected at least 4611686014132420609")]
    public void Matrix_TooShort_SaysWhatIsNeeded(int rows, int columns, int stride, string expected)
    {
        using MemoryBuffer1D<float, Stride1D.Dense> buffer = devices.Cpu.Allocate1D<float>(11);
        Assert.Contains(expected, Assert.Throws<ArgumentException>("x", () => DeviceGuard.Matrix("x", buffer.View.BaseView, Stream, rows, columns, stride)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Matrix_LongEnough_Passes()
    {
        using MemoryBuffer1D<float, Stride1D.Dense> buffer = devices.Cpu.Allocate1D<float>(11);
        DeviceGuard.Matrix("x", buffer.View.BaseView, Stream, 2, 3, 8);
        DeviceGuard.Matrix("x", ArrayView<float>.Empty, Stream, 0, 3, 8);
        DeviceGuard.Vector("b", buffer.View.BaseView, Stream, 11);
        Assert.Throws<ArgumentException>("b", () => DeviceGuard.Vector("b", buffer.View.BaseView, Stream, 12));
    }

    [Fact]
    public void View_OfAnotherAccelerator_IsRefused()
    {
        using MemoryBuffer1D<float, Stride1D.Dense> buffer = devices.OtherCpu.Allocate1D<float>(4);
        Assert.Contains("expected the stream's own", Assert.Throws<ArgumentException>("y", () => DeviceGuard.Vector("y", buffer.View.BaseView, Stream, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void View_OfADisposedBuffer_IsRefused()
    {
        MemoryBuffer1D<float, Stride1D.Dense> buffer = devices.Cpu.Allocate1D<float>(4);
        ArrayView<float> view = buffer.View;
        buffer.Dispose();
        Assert.Contains("'y' has been disposed", Assert.Throws<ObjectDisposedException>(() => DeviceGuard.Vector("y", view, Stream, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Disjoint_ViewsThatShareBytes_IsRefused()
    {
        using MemoryBuffer1D<float, Stride1D.Dense> buffer = devices.Cpu.Allocate1D<float>(8);
        ArrayView<float> all = buffer.View;
        DeviceGuard.Disjoint("y", all.SubView(0, 4), "x", all.SubView(4, 4));
        DeviceGuard.Disjoint("y", all, "x", ArrayView<sbyte>.Empty);
        Assert.Throws<ArgumentException>("y", () => DeviceGuard.Disjoint("y", all.SubView(0, 5), "x", all.SubView(4, 4)));
        Assert.Throws<ArgumentException>("y", () => DeviceGuard.Disjoint("y", all.SubView(7, 1), "x", all.Cast<byte>()));
    }

    [Theory]
    [InlineData(0, 4, 16)]
    [InlineData(0, 2, 8)]
    [InlineData(1, 4, 4)]
    [InlineData(2, 4, 8)]
    [InlineData(4, 3, 4)]
    public void Alignment_OfAddressAndStride_IsWhatBothAreMultiplesOf(int offset, int stride, int expected)
    {
        using MemoryBuffer1D<float, Stride1D.Dense> buffer = devices.Cpu.Allocate1D<float>(64);

        // Start at a multiple of 16 bytes, wherever the buffer does.
        int start = (int)((16 - DeviceGuard.Pointer(buffer.View.BaseView) % 16) % 16 / 4);
        nuint bits = DeviceGuard.Alignment(buffer.View.BaseView.SubView(start + offset, 8), stride) | 16;
        Assert.Equal((nuint)expected, bits & (~bits + 1));
    }

    [Fact]
    public void NoTarget_OnTheCpu_SaysWhatIsNeeded()
    {
        var kernel = new GpuKernel("Layers.Linear", "gemm_…", null);
        GpuKernelException fault = Assert.Throws<GpuKernelException>(() => DeviceGuard.NoTarget(kernel, Stream, "sm_90a, sm_80"));
        Assert.Contains("Layers.Linear", fault.Message, StringComparison.Ordinal);
        Assert.Contains("(CPU)", fault.Message, StringComparison.Ordinal);
        Assert.Contains("expected a CUDA device for one of sm_90a, sm_80", fault.Message, StringComparison.Ordinal);
    }
}
