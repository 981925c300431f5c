using System.Text;

namespace Intarsia.Ilgpu.Tests;

/// <summary>PTX on NVIDIA devices: emulated ones with the test double, real ones with ILGPU.</summary>
[Trait("Category", "Gpu")]
public class LaunchTests(Devices devices) : IClassFixture<Devices>
{
    private static readonly GpuKernel Kernel = new("Samples.Scale", "scale", null);
    private static readonly byte[] Sm90aText = Encoding.UTF8.GetBytes(PtxSamples.Scale("sm_90a", ("scale_sm90a", 90)));
    private static readonly byte[] Sm80Text = Encoding.UTF8.GetBytes(PtxSamples.Scale("sm_80", ("scale_aligned", 16), ("scale_ragged", 1)));
    private static readonly GpuTarget Sm90a = new(Kernel, "sm_90a", static () => Sm90aText, PtxSamples.Threads, 0, [new GpuVariant("scale_sm90a", 1)]);
    private static readonly GpuTarget Sm80 = new(Kernel, "sm_80", static () => Sm80Text, PtxSamples.Threads, 0, [new GpuVariant("scale_aligned", 16), new GpuVariant("scale_ragged", 1)]);

    [SkippableTheory]
    [InlineData(8, 0, 16f)]
    [InlineData(9, 0, 90f)]
    [InlineData(10, 0, 16f)]
    public void Launch_OnACapability_RunsTheTextForIt(int major, int minor, float marker)
    {
        CudaAccelerator accelerator = devices.Cuda(major, minor);
        float[] x = [.. Enumerable.Range(0, 70).Select(i => (float)i)];
        Assert.Equal(x.Select(value => 2 * value + marker), Scale(accelerator, accelerator.DefaultStream, x, 2));
    }

    [SkippableFact]
    public void Find_OnAnOlderDevice_IsNull()
    {
        CudaAccelerator accelerator = devices.Cuda(7, 5);
        Assert.Null(Sm80.Find(accelerator.DefaultStream, 0));
        GpuKernelException fault = Assert.Throws<GpuKernelException>(() => Scale(accelerator, accelerator.DefaultStream, [1], 1));
        Assert.Contains("capability 7.5", fault.Message, StringComparison.Ordinal);
        Assert.Contains("expected a CUDA device for one of sm_90a, sm_80", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_OnTheCpu_IsNull() => Assert.Null(Sm80.Find(devices.Cpu.DefaultStream, 0));

    [SkippableTheory]
    [InlineData(0, "scale_aligned")]
    [InlineData(48, "scale_aligned")]
    [InlineData(8, "scale_ragged")]
    [InlineData(20, "scale_ragged")]
    public void Find_ByAlignment_TakesTheMostDemandingEntryThatFits(int bits, string entry) =>
        Assert.Equal(entry, Sm80.Find(devices.Cuda(8, 0).DefaultStream, (nuint)bits)!.Entry);

    [SkippableFact]
    public void Launch_OnUnalignedViews_RunsTheRaggedEntry()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        using MemoryBuffer1D<float, Stride1D.Dense> x = accelerator.Allocate1D([0f, 1, 2, 3, 4]), y = accelerator.Allocate1D(new float[5]);
        Launch(accelerator.DefaultStream, x.View.BaseView.SubView(1, 4), y.View.BaseView.SubView(1, 4), 1);
        accelerator.Synchronize();
        Assert.Equal([0f, 2, 3, 4, 5], y.View.BaseView.GetAsArray());
    }

    [SkippableFact]
    public void Launch_FromSeveralThreads_LoadsTheModuleOnce()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        int texts = 0;
        var target = new GpuTarget(Kernel, "sm_80", () =>
        {
            Interlocked.Increment(ref texts);
            return Sm80Text;
        }, PtxSamples.Threads, 0, [new GpuVariant("scale_ragged", 1)]);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, number =>
        {
            using AcceleratorStream stream = accelerator.CreateStream();
            using MemoryBuffer1D<float, Stride1D.Dense> x = accelerator.Allocate1D([1f, 2, 3]), y = accelerator.Allocate1D<float>(3);
            target.Find(stream, 0)!.Launch(stream, 1, 1, 1, [DeviceGuard.Pointer(y.View.BaseView), DeviceGuard.Pointer(x.View.BaseView), (float)number, 3]);
            stream.Synchronize();
            Assert.Equal([number + 1f, 2 * number + 1f, 3 * number + 1f], y.View.BaseView.GetAsArray());
        });
        Assert.Equal(1, texts);
    }

    [SkippableFact]
    public void Launch_EmptyGrid_DoesNothing()
    {
        AcceleratorStream stream = devices.Cuda(8, 0).DefaultStream;
        Sm80.Find(stream, 0)!.Launch(stream, 0, 1, 1, [0, 0, 0f, 100]);
    }

    [SkippableTheory]
    [InlineData(1, 65536, 1)]
    [InlineData(1, 1, -1)]
    public void Launch_GridTooLarge_SaysWhatIsTheMost(int x, int y, int z)
    {
        AcceleratorStream stream = devices.Cuda(8, 0).DefaultStream;
        GpuKernelException fault = Assert.Throws<GpuKernelException>(() => Sm80.Find(stream, 0)!.Launch(stream, x, y, z, []));
        Assert.Contains("Samples.Scale", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"{x}×{y}×{z} blocks; expected at most 2147483647×65535×65535", fault.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Load_TextThatDoesNotAssemble_GivesTheDriversLog()
    {
        AcceleratorStream stream = devices.Cuda(8, 0).DefaultStream;
        var target = new GpuTarget(Kernel, "sm_80", static () => ".version 7.8\n.target sm_80\n.address_size 64\n.visible .entry broken() { frobnicate.u32 %r1; }\n"u8, 32, 0, [new GpuVariant("broken", 1)]);
        GpuKernelException fault = Assert.Throws<GpuKernelException>(() => target.Find(stream, 0));
        Assert.Contains("Samples.Scale (scale) on '", fault.Message, StringComparison.Ordinal);
        Assert.Contains("capability 8.0", fault.Message, StringComparison.Ordinal);
        Assert.Contains("CUDA_ERROR_INVALID_PTX", fault.Message, StringComparison.Ordinal);
        Assert.Contains("frobnicate", fault.Log, StringComparison.Ordinal);
        Assert.Contains(fault.Log, fault.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Load_EntryThatIsNotThere_IsNamed()
    {
        AcceleratorStream stream = devices.Cuda(8, 0).DefaultStream;
        var target = new GpuTarget(Kernel, "sm_80", static () => Sm80Text, 32, 0, [new GpuVariant("scale_typo", 1)]);
        Assert.Contains("no entry 'scale_typo': CUDA_ERROR_NOT_FOUND", Assert.Throws<GpuKernelException>(() => target.Find(stream, 0)).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(1024)]
    [InlineData(48 * 1024)]
    [InlineData(160 * 1024)]
    public void Launch_WithDynamicSharedMemory_HasAllOfIt(int bytes)
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        byte[] text = Encoding.UTF8.GetBytes(PtxSamples.Reverse(bytes));
        var target = new GpuTarget(Kernel, "sm_80", () => text, 32, bytes, [new GpuVariant("reverse", 1)]);
        using MemoryBuffer1D<float, Stride1D.Dense> y = accelerator.Allocate1D<float>(32);
        target.Find(accelerator.DefaultStream, 0)!.Launch(accelerator.DefaultStream, 1, 1, 1, [DeviceGuard.Pointer(y.View.BaseView)]);
        accelerator.Synchronize();
        Assert.Equal(Enumerable.Range(0, 32).Select(i => 31f - i), y.View.BaseView.GetAsArray());
    }

    [SkippableFact]
    public void Load_MoreSharedMemoryThanTheDeviceHas_SaysHowMuch()
    {
        AcceleratorStream stream = devices.Cuda(8, 0).DefaultStream;
        byte[] text = Encoding.UTF8.GetBytes(PtxSamples.Reverse(200 * 1024));
        var target = new GpuTarget(Kernel, "sm_80", () => text, 32, 200 * 1024, [new GpuVariant("reverse", 1)]);
        Assert.Contains("'reverse' needs 204800 bytes of dynamic shared memory", Assert.Throws<GpuKernelException>(() => target.Find(stream, 0)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void TensorMap_OnAnAddressThatIsNoMultipleOf16_IsRefused()
    {
        devices.Cuda(9, 0).Bind();
        var map = new GpuTensorMap(TensorMapElement.Float16, [64, 64], TensorMapSwizzle.Bytes128);
        GpuKernelException fault = Assert.Throws<GpuKernelException>(() => map.Of(0x1008, [512, 64], [1024]));
        Assert.Contains("Float16 [512, 64], strides [1024] bytes, box [64, 64], swizzle Bytes128, address 0x1008", fault.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("dims", () => map.Of(0, [512, 64], [1024, 1024]));
    }

    /// <summary>The driver has no maps of nothing; a kernel with nothing to contract still has its epilogue.</summary>
    [SkippableFact]
    public void TensorMap_OfNothing_IsNotEncoded()
    {
        devices.Cuda(9, 0).Bind();
        new GpuTensorMap(TensorMapElement.Float16, [64, 64], TensorMapSwizzle.Bytes128).Of(0, [0, 64], [0]);
    }

#if ILGPU_CONTRACT
    [Fact]
    public void Launch_KernelWithAFault_ThrowsTheEmulatorsFindings()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        using MemoryBuffer1D<float, Stride1D.Dense> x = accelerator.Allocate1D<float>(32), y = accelerator.Allocate1D<float>(16);
        Intarsia.PtxEmulator.PtxLaunchException fault = Assert.Throws<Intarsia.PtxEmulator.PtxLaunchException>(() => Launch(accelerator.DefaultStream, x.View.BaseView, y.View.BaseView, 1));
        Assert.False(fault.Report.IsClean);
    }

    [Theory]
    [InlineData(8, 0)]
    [InlineData(9, 0)]
    [InlineData(10, 0)]
    [InlineData(7, 5)]
    public void TestDouble_OfACapability_IsThere(int major, int minor) => Assert.Equal((major, minor), (devices.Cuda(major, minor).Architecture.Major, devices.Cuda(major, minor).Architecture.Minor));
#endif

    private static float[] Scale(Accelerator accelerator, AcceleratorStream stream, float[] x, float factor)
    {
        using MemoryBuffer1D<float, Stride1D.Dense> from = accelerator.Allocate1D(x), to = accelerator.Allocate1D<float>(x.Length);
        Launch(stream, from.View.BaseView, to.View.BaseView, factor);
        stream.Synchronize();
        return to.View.BaseView.GetAsArray();
    }

    /// <summary>As generated code does it.</summary>
    private static void Launch(AcceleratorStream stream, ArrayView<float> x, ArrayView<float> y, float factor)
    {
        nint count = (nint)x.Length;
        nuint alignment = DeviceGuard.Alignment(x, 0) | DeviceGuard.Alignment(y, 0);
        if (Sm90a.Find(stream, alignment) is { } sm90a) sm90a.Launch(stream, (count + 31) / 32, 1, 1, [DeviceGuard.Pointer(y), DeviceGuard.Pointer(x), factor, count]);
        else if (Sm80.Find(stream, alignment) is { } sm80) sm80.Launch(stream, (count + 31) / 32, 1, 1, [DeviceGuard.Pointer(y), DeviceGuard.Pointer(x), factor, count]);
        else DeviceGuard.NoTarget(Kernel, stream, "sm_90a, sm_80");
    }
}
