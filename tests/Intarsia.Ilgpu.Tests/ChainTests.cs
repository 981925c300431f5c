namespace Intarsia.Ilgpu.Tests;

/// <summary>What a sampled product has written on a device are the weights of the next kernels without the host: the numbers of the CPU, and no copy of values. Small whole numbers: every sum is exact.</summary>
[Trait("Category", "Gpu")]
public class ChainTests(Devices devices) : IClassFixture<Devices>
{
    private static readonly Layer Blocks = new(ChainKernels.Hidden, ChainKernels.Down, ChainKernels.Back, ChainKernels.Hidden, ChainKernels.Down, ChainKernels.Back);
    private static readonly Layer Windows = new(ChainKernels.Attention, ChainKernels.Attend, ChainKernels.AttendBack, ChainKernels.Attention, ChainKernels.Attend, ChainKernels.AttendBack);

    private delegate void Sampled(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b, PackedMatrix d, int depth);

    private delegate void Product(PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y, int columns);

    /// <summary>Blocks that the matrix has a part of, a matrix of whole ones, and one without a block.</summary>
    [SkippableTheory]
    [InlineData(0, 70, 150, 8, 9)]
    [InlineData(8, 200, 300, 40, 24)]
    [InlineData(9, 200, 300, 40, 24)]
    [InlineData(9, 256, 256, 64, 64)]
    [InlineData(9, 70, 150, 8, 9)]
    [InlineData(9, 128, 128, 8, 8, 0)]
    public void Blocks_SampledAndMultipliedBothWays_StayOnTheDevice(int major, int rows, int columns, int depth, int width, int share = 1)
    {
        float[] pattern = [.. Enumerable.Range(0, rows * columns).Select(i => (i / columns / 64 + i % columns / 128) % 2 < share ? 1f : 0f)];
        Check(Find(major), Blocks, () => PackedMatrix.Pack(pattern, rows, columns, ChainKernels.DownKernel.Weights!), depth, width);
    }

    [SkippableTheory]
    [InlineData(0, 43, 50, 24, 7)]
    [InlineData(8, 43, 50, 24, 16)]
    [InlineData(9, 70, 90, 64, 7)]
    public void Windows_SampledAndMultipliedBothWays_StayOnTheDevice(int major, int rows, int columns, int depth, int width) =>
        Check(Find(major), Windows, () => Scattered(rows, columns, ChainKernels.AttendKernel.Weights!), depth, width);

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    public void Bytes_SampledAndMultiplied_BringTheirScaleAlone(int major)
    {
        const int Rows = 43, Columns = 50, Depth = 24, Width = 16;
        Accelerator accelerator = Find(major);
        Half[] a = Numbers<Half>(Rows * Depth, 9), b = Numbers<Half>(Columns * Depth, 7);
        sbyte[] x = Numbers<sbyte>(Columns * Width, 9);
        float[] xScale = [.. Enumerable.Repeat(0.5f, Width)], expected = new float[Rows * Width];
        PackedMatrix onCpu = Scattered(Rows, Columns, ChainKernels.FromBytesKernel.Weights!);
        using DeviceMatrix scores = DeviceMatrix.Upload(accelerator, Scattered(Rows, Columns, ChainKernels.FromBytesKernel.Weights!));
        using MemoryBuffer1D<Half, Stride1D.Dense> left = accelerator.Allocate1D(a), right = accelerator.Allocate1D(b);
        using MemoryBuffer1D<sbyte, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> scales = accelerator.Allocate1D(xScale), to = accelerator.Allocate1D<float>(expected.Length);
        foreach (float scale in (float[])[2, 4, 4])
        {
            ChainKernels.Quantised(a, b, onCpu, scale, Depth);
            ChainKernels.FromBytes(onCpu, x, xScale, expected, Width);
            AssertNoCopyTo(accelerator, isSteady: false, () =>
            {
                ChainKernels.Quantised(accelerator.DefaultStream, left.View, right.View, scores, scale, Depth);
                ChainKernels.FromBytes(accelerator.DefaultStream, scores, from.View, scales.View, to.View, Width);
            });
            accelerator.Synchronize();
            Assert.Equal(expected, to.View.BaseView.GetAsArray());
        }
    }

    /// <summary>Both products of the values that the host has packed, of those that two sampled products leave one after the other, and of those that the host has written then.</summary>
    private static void Check(Accelerator accelerator, Layer layer, Func<PackedMatrix> pack, int depth, int width)
    {
        AcceleratorStream stream = accelerator.DefaultStream;
        PackedMatrix onCpu = pack(), d = pack();
        (int rows, int columns) = (d.Rows, d.Depth);
        Half[] b = Numbers<Half>(columns * depth, 7), x = Numbers<Half>(columns * width, 9), g = Numbers<Half>(rows * width, 5);
        float[] y = new float[rows * width], h = new float[columns * width];
        using DeviceMatrix scores = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<Half, Stride1D.Dense> left = accelerator.Allocate1D<Half>(rows * depth), right = accelerator.Allocate1D(b), from = accelerator.Allocate1D(x), gradient = accelerator.Allocate1D(g);
        using MemoryBuffer1D<float, Stride1D.Dense> to = accelerator.Allocate1D<float>(y.Length), back = accelerator.Allocate1D<float>(h.Length);

        void Multiply()
        {
            layer.Forward(stream, scores, from.View, to.View, width);
            layer.Back(stream, scores, gradient.View, back.View, width);
        }

        void AssertEqual()
        {
            layer.ForwardOnCpu(onCpu, x, y, width);
            layer.BackOnCpu(onCpu, g, h, width);
            accelerator.Synchronize();
            Assert.Equal(y, to.View.BaseView.GetAsArray());
            Assert.Equal(h, back.View.BaseView.GetAsArray());
        }

        Multiply();
        AssertEqual();
        foreach (int range in (int[])[9, 5, 3])
        {
            Half[] a = Numbers<Half>(rows * depth, range);
            left.View.BaseView.CopyFromCPU(a);
            layer.SampledOnCpu(a, b, onCpu, depth);
            AssertNoCopyTo(accelerator, isSteady: range < 9, () =>
            {
                layer.Sampled(stream, left.View, right.View, scores, depth);
                Multiply();
            });
            AssertEqual();
        }

        scores.Download();
        Assert.Equal(Dense(onCpu), Dense(d));
        AssertNoCopyTo(accelerator, isSteady: true, Multiply);
        AssertEqual();
        float[] values = [.. Dense(d).Select(value => 2 * value)];
        d.SetValues(values);
        onCpu.SetValues(values);
        Multiply();
        AssertEqual();
    }

    /// <summary>No copy to the host; where the pattern is on the device already, none from it either, and no wait for anything.</summary>
    private static void AssertNoCopyTo(Accelerator accelerator, bool isSteady, Action action)
    {
#if ILGPU_CONTRACT
        (int fromHost, int toHost, int waits) = accelerator.Traffic.Total;
        action();
        Assert.Equal(toHost, accelerator.Traffic.Total.ToHost);
        if (isSteady) Assert.Equal((fromHost, toHost, waits), accelerator.Traffic.Total);
#else
        action();
#endif
    }

    private Accelerator Find(int major) => major == 0 ? devices.Cpu : devices.Cuda(major, 0);

    private static PackedMatrix Scattered(int rows, int columns, WeightLayout layout)
    {
        int v = Math.Max(1, layout.V);
        return PackedMatrix.Pack([.. Enumerable.Range(0, rows * columns).Select(i => (i / columns / v * 5 + i % columns * 3) % 7 < 2 ? 1f : 0f)], rows, columns, layout);
    }

    private static float[] Dense(PackedMatrix matrix)
    {
        var dense = new float[matrix.Rows * matrix.Depth];
        matrix.Unpack(dense);
        return dense;
    }

    private static T[] Numbers<T>(int count, int range)
        where T : System.Numerics.INumber<T> => [.. Enumerable.Range(0, count).Select(i => T.CreateChecked(i * 7 % 31 * 5 % range - range / 2))];

    /// <summary>A sampled product and both products with its result.</summary>
    private sealed record Layer(
        Sampled SampledOnCpu, Product ForwardOnCpu, Product BackOnCpu,
        Action<AcceleratorStream, ArrayView<Half>, ArrayView<Half>, DeviceMatrix, int> Sampled,
        Action<AcceleratorStream, DeviceMatrix, ArrayView<Half>, ArrayView<float>, int> Forward,
        Action<AcceleratorStream, DeviceMatrix, ArrayView<Half>, ArrayView<float>, int> Back);
}
