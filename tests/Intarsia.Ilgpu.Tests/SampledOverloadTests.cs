using System.Numerics.Tensors;

namespace Intarsia.Ilgpu.Tests;

/// <summary>Sampled products on a device give what they give on the CPU, in the same matrix. Small whole numbers: every sum is exact.</summary>
[Trait("Category", "Gpu")]
public class SampledOverloadTests(Devices devices) : IClassFixture<Devices>
{
    [SkippableTheory]
    [InlineData(0, 43, 50, 24)]
    [InlineData(8, 43, 50, 64)]
    [InlineData(8, 40, 21, 19)]
    [InlineData(9, 64, 300, 72)]
    public void SampledScores_OnADevice_EqualTheCpu(int major, int rows, int columns, int depth)
    {
        Accelerator accelerator = Find(major);
        Half[] a = Numbers<Half>(rows * depth, 9), b = Numbers<Half>(columns * depth, 7);
        PackedMatrix expected = Pattern(rows, columns, GeneratedKernels.SampledScoresKernel.Weights!), d = Pattern(rows, columns, GeneratedKernels.SampledScoresKernel.Weights!);
        GeneratedKernels.SampledScores(a, b, expected, depth);

        using DeviceMatrix result = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<Half, Stride1D.Dense> left = accelerator.Allocate1D(a), right = accelerator.Allocate1D(b);
        GeneratedKernels.SampledScores(accelerator.DefaultStream, left.View, right.View, result, depth);
        result.Download();
        Assert.Equal(Bytes(expected), Bytes(d));
    }

    [SkippableTheory]
    [InlineData(0, 43, 50, 24)]
    [InlineData(8, 43, 50, 64)]
    [InlineData(9, 70, 300, 19)]
    public void WindowScores_OnADevice_StandWhereTheCpuPutsThem(int major, int rows, int columns, int depth)
    {
        Accelerator accelerator = Find(major);
        Half[] a = Numbers<Half>(rows * depth, 9), b = Numbers<Half>(columns * depth, 7);
        PackedMatrix expected = Pattern(rows, columns, GeneratedKernels.WindowScoresKernel.Weights!), d = Pattern(rows, columns, GeneratedKernels.WindowScoresKernel.Weights!);
        GeneratedKernels.WindowScores(a, b, expected, depth);

        using DeviceMatrix result = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<Half, Stride1D.Dense> left = accelerator.Allocate1D(a), right = accelerator.Allocate1D(b);
        GeneratedKernels.WindowScores(accelerator.DefaultStream, left.View, right.View, result, depth);
        result.Download();
        Assert.Equal(Bytes(expected), Bytes(d));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    public void Edges_OnADevice_EqualTheCpuTwice(int major)
    {
        Accelerator accelerator = Find(major);
        const int Rows = 37, Columns = 29, Depth = 40;
        byte[] a = Numbers<int>(Rows * Depth, 9).Select(value => (byte)(value + 4)).ToArray();
        sbyte[] b = Numbers<sbyte>(Columns * Depth, 9);
        float[] scale = [.. Enumerable.Range(0, Columns).Select(i => i % 3 == 0 ? 0.5f : 1)], bias = Numbers<float>(Rows, 11);
        PackedMatrix expected = Pattern(Rows, Columns, GeneratedKernels.EdgesKernel.Weights!), d = Pattern(Rows, Columns, GeneratedKernels.EdgesKernel.Weights!);
        using DeviceMatrix result = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<byte, Stride1D.Dense> left = accelerator.Allocate1D(a);
        using MemoryBuffer1D<sbyte, Stride1D.Dense> right = accelerator.Allocate1D(b);
        using MemoryBuffer1D<float, Stride1D.Dense> scales = accelerator.Allocate1D(scale), biases = accelerator.Allocate1D(bias);
        // The second launch is masked by what the first one left on the device.
        for (int i = 0; i < 2; i++)
        {
            GeneratedKernels.Edges(a, b, scale, bias, expected);
            GeneratedKernels.Edges(accelerator.DefaultStream, left.View, right.View, scales.View, biases.View, result);
        }
        result.Download();
        Assert.Equal(Bytes(expected), Bytes(d));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    public void Bytes_OnADevice_BringTheirScale(int major)
    {
        Accelerator accelerator = Find(major);
        float[] a = Numbers<float>(19 * 32, 9), b = Numbers<float>(22 * 32, 9);
        PackedMatrix expected = Pattern(19, 22, GeneratedKernels.BytesKernel.Weights!), d = Pattern(19, 22, GeneratedKernels.BytesKernel.Weights!);
        GeneratedKernels.Bytes(a, b, expected, 4);
        using DeviceMatrix result = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<float, Stride1D.Dense> left = accelerator.Allocate1D(a), right = accelerator.Allocate1D(b);
        GeneratedKernels.Bytes(accelerator.DefaultStream, left.View, right.View, result, 4);
        result.Download();
        Assert.Equal(4, d.Scales[0]);
        Assert.Equal(Bytes(expected), Bytes(d));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    public void TensorScores_OnADevice_TakeTheDepthAsAnArgument(int major)
    {
        Accelerator accelerator = Find(major);
        Half[] a = Numbers<Half>(19 * 40, 9), b = Numbers<Half>(22 * 32, 7);
        PackedMatrix expected = Pattern(19, 22, GeneratedKernels.TensorScoresKernel.Weights!), d = Pattern(19, 22, GeneratedKernels.TensorScoresKernel.Weights!);
        GeneratedKernels.TensorScores(new ReadOnlyTensorSpan<Half>(a, [19, 32], [40, 1]), new ReadOnlyTensorSpan<Half>(b, [22, 32]), expected);
        using DeviceMatrix result = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<Half, Stride1D.Dense> left = accelerator.Allocate1D(a), right = accelerator.Allocate1D(b);
        GeneratedKernels.TensorScores(accelerator.DefaultStream, left.View, right.View, result, depth: 32, ldw: 40);
        result.Download();
        Assert.Equal(Bytes(expected), Bytes(d));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    public void Collect_OfWhatScoresWrote_NeedsNoDownload(int major)
    {
        Accelerator accelerator = Find(major);
        const int Tokens = 40, Depth = 32, Columns = 16;
        Half[] a = Numbers<Half>(Tokens * Depth, 5), b = Numbers<Half>(Tokens * Depth, 3);
        float[] x = Numbers<float>(Tokens * Columns, 5), expected = new float[Tokens * Columns];
        PackedMatrix onCpu = Pattern(Tokens, Tokens, GeneratedKernels.SampledScoresKernel.Weights!), d = Pattern(Tokens, Tokens, GeneratedKernels.SampledScoresKernel.Weights!);
        GeneratedKernels.SampledScores(a, b, onCpu, Depth);
        GeneratedKernels.Collect(onCpu, x, expected, Columns);

        using DeviceMatrix scores = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<Half, Stride1D.Dense> left = accelerator.Allocate1D(a), right = accelerator.Allocate1D(b);
        using MemoryBuffer1D<float, Stride1D.Dense> from = accelerator.Allocate1D(x), to = accelerator.Allocate1D<float>(expected.Length);
        GeneratedKernels.Collect(accelerator.DefaultStream, scores, from.View, to.View, Columns);
        GeneratedKernels.SampledScores(accelerator.DefaultStream, left.View, right.View, scores, Depth);
        GeneratedKernels.Collect(accelerator.DefaultStream, scores, from.View, to.View, Columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        // The matrix has them for the asking.
        Assert.NotEqual(Bytes(onCpu), Bytes(d));
        scores.Download();
        Assert.Equal(Bytes(onCpu), Bytes(d));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    public void CollectTransposed_OfWhatScoresWrote_EqualsTheCpuAndChecksTheExtents(int major)
    {
        Accelerator accelerator = Find(major);
        const int Rows = 40, Depth = 32, Width = 16, Sampled = 43;
        Half[] a = Numbers<Half>(Rows * Depth, 5), b = Numbers<Half>(Sampled * Depth, 3);
        float[] x = Numbers<float>(Rows * Width, 5), expected = new float[Sampled * Width];
        PackedMatrix onCpu = Pattern(Rows, Sampled, GeneratedKernels.BlockScoresKernel.Weights!), d = Pattern(Rows, Sampled, GeneratedKernels.BlockScoresKernel.Weights!);
        GeneratedKernels.BlockScores(a, b, onCpu, Depth);
        GeneratedKernels.CollectTransposed(onCpu, x, expected, Width);

        using DeviceMatrix scores = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<Half, Stride1D.Dense> left = accelerator.Allocate1D(a), right = accelerator.Allocate1D(b);
        using MemoryBuffer1D<float, Stride1D.Dense> from = accelerator.Allocate1D(x), to = accelerator.Allocate1D<float>(expected.Length), small = accelerator.Allocate1D<float>(Rows * Width - 1);
        GeneratedKernels.CollectTransposed(accelerator.DefaultStream, scores, from.View, to.View, Width);
        GeneratedKernels.BlockScores(accelerator.DefaultStream, left.View, right.View, scores, Depth);
        GeneratedKernels.CollectTransposed(accelerator.DefaultStream, scores, from.View, to.View, Width);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        Assert.Contains($"{Rows} rows of {Width}", Assert.Throws<ArgumentException>("x", () => GeneratedKernels.CollectTransposed(accelerator.DefaultStream, scores, small.View, to.View, Width)).Message, StringComparison.Ordinal);
    }

    /// <summary>Lines that are and are not multiples of 16 bytes, with and without depth, a last block in part, and a matrix without a block.</summary>
    [SkippableTheory]
    [InlineData(0, 70, 72, 24)]
    [InlineData(8, 200, 300, 72)]
    [InlineData(8, 200, 301, 21)]
    [InlineData(9, 200, 301, 72)]
    [InlineData(9, 330, 301, 21)]
    [InlineData(9, 70, 72, 0)]
    [InlineData(9, 70, 72, 64, 0)]
    public void LargeScores_OnADevice_EqualTheCpu(int major, int rows, int columns, int depth, int share = 1)
    {
        Accelerator accelerator = Find(major);
        int line = depth + 8;
        Half[] a = Numbers<Half>(rows * depth, 9), b = Numbers<Half>(columns * line, 7);
        float[] bias = Numbers<float>(rows, 11), pattern = [.. Enumerable.Range(0, rows * columns).Select(i => (i / columns / 64 + i % columns / 128) % 2 < share ? 1f : 0f)];
        PackedMatrix expected = PackedMatrix.Pack(pattern, rows, columns, GeneratedKernels.LargeScoresKernel.Weights!), d = PackedMatrix.Pack(pattern, rows, columns, GeneratedKernels.LargeScoresKernel.Weights!);
        GeneratedKernels.LargeScores(a, b, line, bias, expected, depth);

        using DeviceMatrix result = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<Half, Stride1D.Dense> left = accelerator.Allocate1D(a), right = accelerator.Allocate1D(b);
        using MemoryBuffer1D<float, Stride1D.Dense> biases = accelerator.Allocate1D(bias);
        GeneratedKernels.LargeScores(accelerator.DefaultStream, left.View, right.View, line, biases.View, result, depth);
        result.Download();
        Assert.Equal(d.Slots, result.Slots);
        Assert.Equal(Bytes(expected), Bytes(d));
    }

    [SkippableFact]
    public void Download_AfterTheMatrixWasRewritten_LeavesItAlone()
    {
        Accelerator accelerator = devices.Cpu;
        PackedMatrix d = Pattern(24, 24, GeneratedKernels.SampledScoresKernel.Weights!);
        using DeviceMatrix result = DeviceMatrix.Upload(accelerator, d);
        using MemoryBuffer1D<Half, Stride1D.Dense> a = accelerator.Allocate1D(Numbers<Half>(24 * 8, 9));
        GeneratedKernels.SampledScores(accelerator.DefaultStream, a.View, a.View, result, 8);
        d.SetValues(new float[24 * 24]);
        byte[] zeros = Bytes(d);
        result.Download();
        Assert.Equal(zeros, Bytes(d));
    }

    [SkippableFact]
    public void Call_WithBadArguments_ThrowsAsTheCpuDoes()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        PackedMatrix d = Pattern(24, 24, GeneratedKernels.SampledScoresKernel.Weights!), foreign = Pattern(24, 24, GeneratedKernels.EdgesKernel.Weights!);
        using DeviceMatrix result = DeviceMatrix.Upload(accelerator, d), other = DeviceMatrix.Upload(accelerator, foreign);
        using MemoryBuffer1D<Half, Stride1D.Dense> a = accelerator.Allocate1D<Half>(24 * 8);
        AcceleratorStream stream = accelerator.DefaultStream;
        foreach (int depth in (int[])[9, -1])
            Assert.Equal(
                Assert.ThrowsAny<ArgumentException>(() => GeneratedKernels.SampledScores(new Half[24 * 8], new Half[24 * 8], d, depth)).Message,
                Assert.ThrowsAny<ArgumentException>(() => GeneratedKernels.SampledScores(stream, a.View, a.View, result, depth)).Message);
        Assert.Throws<ArgumentException>("d", () => GeneratedKernels.SampledScores(stream, a.View, a.View, other, 8));
        Assert.Throws<ArgumentException>("d", () => GeneratedKernels.SampledScores(devices.Cpu.DefaultStream, a.View, a.View, result, 8));
    }

    private Accelerator Find(int major) => major == 0 ? devices.Cpu : devices.Cuda(major, 0);

    private static PackedMatrix Pattern(int rows, int columns, WeightLayout layout)
    {
        int v = Math.Max(1, layout.V);
        return PackedMatrix.Pack([.. Enumerable.Range(0, rows * columns).Select(i => (i / columns / v * 5 + i % columns * 3) % 7 < 2 && (layout.M == 0 || i % columns % 4 < 2) ? 1f : 0f)], rows, columns, layout);
    }

    private static byte[] Bytes(PackedMatrix matrix)
    {
        using var file = new MemoryStream();
        matrix.Save(file);
        return file.ToArray();
    }

    private static T[] Numbers<T>(int count, int range)
        where T : System.Numerics.INumber<T> => [.. Enumerable.Range(0, count).Select(i => T.CreateChecked(i * 7 % 31 * 5 % range - range / 2))];
}
