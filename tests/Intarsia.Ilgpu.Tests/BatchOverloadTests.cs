namespace Intarsia.Ilgpu.Tests;

/// <summary>Batch-reduce GEMM on a device gives what it gives on the CPU, to the last bit: the operands are small whole numbers. 0.0 is the CPU accelerator.</summary>
[Trait("Category", "Gpu")]
public class BatchOverloadTests(Devices devices) : IClassFixture<Devices>
{
    [SkippableTheory]
    [InlineData(0, 5, 17, 30, 21, 3, 0f)]
    [InlineData(8, 5, 32, 64, 40, 0, 1f)]
    [InlineData(8, 3, 17, 30, 21, 3, 2f)]
    [InlineData(8, 0, 16, 16, 8, 0, 2f)]
    [InlineData(9, 4, 128, 80, 136, 8, 0f)]
    public void Strided_OnADevice_EqualsTheCpu(int major, int count, int rows, int depth, int columns, int gap, float beta)
    {
        Accelerator accelerator = Find(major);
        int strideA = rows * depth + gap, strideB = depth * columns + gap;
        Half[] a = Numbers<Half>(Math.Max(1, count) * strideA, 9), b = Numbers<Half>(Math.Max(1, count) * strideB, 9);
        float[] bias = Numbers<float>(rows, 100), start = beta == 0 ? [.. Enumerable.Repeat(float.NaN, rows * columns)] : Numbers<float>(rows * columns, 50), expected = [.. start];
        GeneratedKernels.Blocks(a, strideA, b, strideB, bias, expected, beta, count, rows, depth, columns);

        using MemoryBuffer1D<Half, Stride1D.Dense> first = accelerator.Allocate1D(a), second = accelerator.Allocate1D(b);
        using MemoryBuffer1D<float, Stride1D.Dense> biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D(start);
        GeneratedKernels.Blocks(accelerator.DefaultStream, first.View, strideA, second.View, strideB, biases.View, to.View, beta, count, rows, depth, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    [SkippableTheory]
    [InlineData(0, 21, 1)]
    [InlineData(8, 32, 16)]
    [InlineData(8, 21, 1)]
    public void AtOffsets_OnADevice_EqualsTheCpu(int major, int columns, int multiple)
    {
        Accelerator accelerator = Find(major);
        const int Rows = 40, Depth = 48, Terms = 6;
        long[] aOffsets = [.. Enumerable.Range(0, Terms).Select(term => (long)multiple * (term * 5 % Terms * 7))], bOffsets = [.. Enumerable.Range(0, Terms).Select(term => (long)multiple * (Terms - term))];
        sbyte[] a = Numbers<sbyte>(Rows * Depth + 35 * multiple, 255);
        byte[] b = Numbers<byte>(Depth * columns + Terms * multiple, 1);
        for (int i = 0; i < b.Length; i++) b[i] = (byte)(i * 37);
        int[] expected = new int[Rows * columns];
        GeneratedKernels.ByteBlocks(a, aOffsets, b, bOffsets, expected, columns);

        using MemoryBuffer1D<sbyte, Stride1D.Dense> first = accelerator.Allocate1D(a);
        using MemoryBuffer1D<byte, Stride1D.Dense> second = accelerator.Allocate1D(b);
        using MemoryBuffer1D<int, Stride1D.Dense> to = accelerator.Allocate1D<int>(expected.Length);
        using DeviceOffsets firstOffsets = DeviceOffsets.Upload(accelerator, aOffsets), secondOffsets = DeviceOffsets.Upload(accelerator, bOffsets);
        GeneratedKernels.ByteBlocks(accelerator.DefaultStream, first.View, firstOffsets, second.View, secondOffsets, to.View, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    [SkippableFact]
    public void Call_WithTermsOutside_ThrowsAsTheCpuDoes()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        AcceleratorStream stream = accelerator.DefaultStream;
        using MemoryBuffer1D<sbyte, Stride1D.Dense> a = accelerator.Allocate1D<sbyte>(2000);
        using MemoryBuffer1D<byte, Stride1D.Dense> b = accelerator.Allocate1D<byte>(480);
        using MemoryBuffer1D<int, Stride1D.Dense> c = accelerator.Allocate1D<int>(400);
        using DeviceOffsets none = DeviceOffsets.Upload(accelerator, []), first = DeviceOffsets.Upload(accelerator, [80, 81]), inside = DeviceOffsets.Upload(accelerator, [0, 0]);

        string expected = Assert.Throws<ArgumentOutOfRangeException>("aOffsets", () => GeneratedKernels.ByteBlocks(new sbyte[2000], [80, 81], new byte[480], [0, 0], new int[400], 10)).Message;
        Assert.Equal(expected, Assert.Throws<ArgumentOutOfRangeException>("aOffsets", () => GeneratedKernels.ByteBlocks(stream, a.View, first, b.View, inside, c.View, 10)).Message);
        expected = Assert.Throws<ArgumentException>("bOffsets", () => GeneratedKernels.ByteBlocks(new sbyte[2000], [80, 80], new byte[480], [], new int[400], 10)).Message;
        Assert.Equal(expected, Assert.Throws<ArgumentException>("bOffsets", () => GeneratedKernels.ByteBlocks(stream, a.View, inside, b.View, none, c.View, 10)).Message);
        Assert.Throws<ArgumentOutOfRangeException>("offsets", () => DeviceOffsets.Upload(accelerator, [0, -1]));
        using DeviceOffsets foreign = DeviceOffsets.Upload(devices.Cpu, [0, 0]);
        Assert.Throws<ArgumentException>("bOffsets", () => GeneratedKernels.ByteBlocks(stream, a.View, inside, b.View, foreign, c.View, 10));
        inside.Dispose();
        Assert.Throws<ObjectDisposedException>(() => GeneratedKernels.ByteBlocks(stream, a.View, inside, b.View, inside, c.View, 10));
    }

    [SkippableFact]
    public void Call_WithStridesOutside_ThrowsAsTheCpuDoes()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        using MemoryBuffer1D<Half, Stride1D.Dense> a = accelerator.Allocate1D<Half>(100), b = accelerator.Allocate1D<Half>(100);
        using MemoryBuffer1D<float, Stride1D.Dense> bias = accelerator.Allocate1D<float>(4), c = accelerator.Allocate1D<float>(16);
        string OnCpu(int stride, int count) => Assert.ThrowsAny<ArgumentException>(() => GeneratedKernels.Blocks(new Half[100], stride, new Half[100], 0, new float[4], new float[16], 0, count, 4, 4, 4)).Message;
        foreach ((int stride, int count) in new[] { (43, 3), (-1, 2), (16, -1) })
            Assert.Equal(OnCpu(stride, count), Assert.ThrowsAny<ArgumentException>(() => GeneratedKernels.Blocks(accelerator.DefaultStream, a.View, stride, b.View, 0, bias.View, c.View, 0, count, 4, 4, 4)).Message);
        Assert.Throws<ArgumentException>("c", () => GeneratedKernels.Blocks(accelerator.DefaultStream, a.View, 16, c.View.BaseView.Cast<Half>(), 0, bias.View, c.View, 0, 1, 4, 4, 4));
    }

    private Accelerator Find(int major) => major == 0 ? devices.Cpu : devices.Cuda(major, 0);

    private static T[] Numbers<T>(int count, int range)
        where T : System.Numerics.INumber<T> => [.. Enumerable.Range(0, count).Select(i => T.CreateChecked(i * 7 % 31 * 5 % range - range / 2))];
}
