namespace Intarsia.Ilgpu.Tests;

/// <summary>Kernels in C# that ILGPU compiles: on its CPU accelerator where it is ILGPU itself, and on the group executor of the test double.</summary>
[Trait("Category", "Gpu")]
public class PortableKernelTests(Devices devices) : IClassFixture<Devices>
{
    private const int Threads = 64;
    private static readonly GpuKernel Kernel = new("PortableKernelTests.Sum", "sum", null);

    private static readonly PortableKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, int>> Sum =
        new(Kernel, Threads, static accelerator => accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, int>(SumOfGroup));

    [Fact]
    public void Launch_GroupsWithBarriers_UploadsRunsDownloads()
    {
        float[] x = [.. Enumerable.Range(0, 1000).Select(i => (float)(i % 17))];
        using MemoryBuffer1D<float, Stride1D.Dense> from = devices.Cpu.Allocate1D(x), to = devices.Cpu.Allocate1D<float>(16);
        Sum.On(devices.Cpu.DefaultStream)(devices.Cpu.DefaultStream, new KernelConfig(new Index3D(16, 1, 1), new Index3D(Threads, 1, 1)), from.View, to.View, x.Length);
        devices.Cpu.Synchronize();

        float[] expected = [.. Enumerable.Range(0, 16).Select(group => x.Skip(group * Threads).Take(Threads).Sum())];
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    [Fact]
    public void Launch_FromSeveralThreads_EachGetsItsOwnResult()
    {
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 3 }, number =>
        {
            using AcceleratorStream stream = devices.Cpu.CreateStream();
            float[] x = [.. Enumerable.Range(0, 128).Select(i => (float)(i + number))];
            using MemoryBuffer1D<float, Stride1D.Dense> from = devices.Cpu.Allocate1D(x), to = devices.Cpu.Allocate1D<float>(2);
            Sum.On(stream)(stream, new KernelConfig(new Index3D(2, 1, 1), new Index3D(Threads, 1, 1)), from.View, to.View, x.Length);
            stream.Synchronize();
            Assert.Equal([x[..64].Sum(), x[64..].Sum()], to.View.BaseView.GetAsArray());
        });
    }

    [Fact]
    public void On_AskedByManyThreads_CompilesOncePerAccelerator()
    {
        int loads = 0;
        var kernel = new PortableKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, int>>(Kernel, Threads, accelerator =>
        {
            Interlocked.Increment(ref loads);
            return accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, int>(SumOfGroup);
        });
        Parallel.For(0, 16, _ => kernel.On(devices.Cpu.DefaultStream));
        Assert.Equal(1, loads);
        kernel.On(devices.OtherCpu.DefaultStream);
        kernel.On(devices.Cpu.DefaultStream);
        Assert.Equal(2, loads);
    }

    [Fact]
    public void On_AcceleratorDisposed_IsForgotten()
    {
        int loads = 0;
        var kernel = new PortableKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, int>>(Kernel, 1, accelerator =>
        {
            loads++;
            return accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, int>(SumOfGroup);
        });
        for (int i = 0; i < 2; i++)
        {
            (Context context, CPUAccelerator accelerator) = Devices.Small();
            kernel.On(accelerator.DefaultStream);
            accelerator.Dispose();
            context.Dispose();
        }
        Assert.Equal(2, loads);
    }

    [Fact]
    public void On_GroupsTooLarge_SaysWhatTheDeviceTakes()
    {
        (Context context, CPUAccelerator accelerator) = Devices.Small();
        using (context)
        {
            GpuKernelException fault = Assert.Throws<GpuKernelException>(() => Sum.On(accelerator.DefaultStream));
            Assert.Contains("PortableKernelTests.Sum", fault.Message, StringComparison.Ordinal);
            Assert.Contains("groups of 64 threads; this accelerator takes 16", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void On_KernelThatDoesNotCompile_NamesKernelAndDevice()
    {
        int captured = Environment.TickCount;
        var kernel = new PortableKernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>>>(Kernel, Threads, accelerator => accelerator.LoadKernel<ArrayView<int>>(view => view[0] = captured));
        GpuKernelException fault = Assert.Throws<GpuKernelException>(() => kernel.On(devices.Cpu.DefaultStream));
        Assert.Contains("PortableKernelTests.Sum", fault.Message, StringComparison.Ordinal);
        Assert.Contains("CPU", fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.InnerException);
    }

    /// <summary>One group sums as many elements as it has threads, in shared memory, in a tree.</summary>
    internal static void SumOfGroup(ArrayView<float> x, ArrayView<float> y, int count)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
        int lane = Group.IdxX, at = Grid.IdxX * Threads + lane;
        shared[lane] = at < count ? x[at] : 0f;
        for (int half = Threads / 2; half > 0; half /= 2)
        {
            Group.Barrier();
            if (lane < half) shared[lane] += shared[lane + half];
        }
        if (lane == 0) y[Grid.IdxX] = shared[0];
    }
}
