namespace Intarsia.Ilgpu.Tests;

/// <summary>A kernel of integers beyond bytes gives on a device what it gives on the CPU: digits on tensor cores, the portable form elsewhere and where there are no digits. X of four bits has two elements to a byte of the view.</summary>
[Trait("Category", "Gpu")]
public class DigitOverloadTests(Devices devices) : IClassFixture<Devices>
{
    private const int Rows = 44, Depth = 70;

    [SkippableTheory]
    [InlineData(0, 64, 0)]
    [InlineData(0, 37, 1)]
    [InlineData(0, 1, 0)]
    [InlineData(7, 37, 0)]
    [InlineData(8, 64, 0)]
    [InlineData(8, 32, 16)]
    [InlineData(8, 64, 1)]
    [InlineData(8, 37, 0)]
    [InlineData(8, 1, 0)]
    [InlineData(9, 64, 0)]
    public void Digits_OnADevice_EqualTheCpu(int major, int columns, int offset)
    {
        Accelerator accelerator = Find(major);
        PackedMatrix w = Weights();
        int bytes = (Depth * columns + 1) / 2;
        byte[] x = [.. Enumerable.Range(0, offset + bytes).Select(i => (byte)(i * 37 % 256))];
        int[] expected = new int[Rows * columns];
        GeneratedKernels.Digits(w, x.AsSpan(offset), expected, columns);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<byte, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<int, Stride1D.Dense> to = accelerator.Allocate1D<int>(expected.Length);
        GeneratedKernels.Digits(accelerator.DefaultStream, weights, from.View.BaseView.SubView(offset, bytes), to.View, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        Assert.Contains(expected, sum => sum != 0);
    }

    /// <summary>The ends of both ranges, in sums that need 64 bits.</summary>
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void WideIntegers_OnAnyDevice_EqualTheCpu(int major)
    {
        const int Wide = 21, Tokens = 19;
        Accelerator accelerator = Find(major);
        PackedMatrix w = PackedMatrix.Pack([.. Enumerable.Range(0, Wide * Depth).Select(i => i % 5 == 0 ? 65535 : i * 613 % 65536)], Wide, Depth, GeneratedKernels.WideIntegersKernel.Weights!);
        short[] x = [.. Enumerable.Range(0, Tokens * Depth).Select(i => i % 3 == 0 ? short.MinValue : (short)(i * 977))];
        long[] expected = new long[Tokens * Wide];
        GeneratedKernels.WideIntegers(w, x, expected, Tokens);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<short, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<long, Stride1D.Dense> to = accelerator.Allocate1D<long>(expected.Length);
        GeneratedKernels.WideIntegers(accelerator.DefaultStream, weights, from.View, to.View, Tokens);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        Assert.Contains(expected, sum => sum is < int.MinValue or > int.MaxValue);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    public void SparseIntegers_OnAnyDevice_EqualTheCpu(int major)
    {
        const int Columns = 13, Stride = 15;
        Accelerator accelerator = Find(major);
        int[] dense = [.. Enumerable.Range(0, Rows * Depth).Select(i => i / Depth % 4 == 1 || i % 3 != 0 ? 0 : i * 613 % 4096 - 2048)];
        // Powers of two: every product is exact.
        PackedMatrix w = PackedMatrix.Pack(dense, Rows, Depth, GeneratedKernels.SparseIntegersKernel.Weights!, [.. Enumerable.Range(0, Rows).Select(row => MathF.ScaleB(1, row % 3 - 1))]);
        byte[] x = [.. Enumerable.Range(0, (Depth * Stride + 1) / 2).Select(i => (byte)(i * 37))];
        float[] bias = [.. Enumerable.Range(0, Rows).Select(row => row - 20f)], expected = new float[Rows * Columns];
        GeneratedKernels.SparseIntegers(w, x, Stride, bias, expected, Columns);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<byte, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D<float>(expected.Length);
        GeneratedKernels.SparseIntegers(accelerator.DefaultStream, weights, from.View, Stride, biases.View, to.View, Columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    [SkippableFact]
    public void Call_WithAByteTooFew_NamesBoth()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, Weights());
        using MemoryBuffer1D<byte, Stride1D.Dense> x = accelerator.Allocate1D<byte>(Depth * 3 / 2 - 1);
        using MemoryBuffer1D<int, Stride1D.Dense> y = accelerator.Allocate1D<int>(Rows * 3);
        var fault = Assert.Throws<ArgumentException>("x", () => GeneratedKernels.Digits(accelerator.DefaultStream, weights, x.View, y.View, 3));
        Assert.Contains("'x' has 104 bytes; expected at least 105 (70 rows of 3 elements of four bits, 3 apart)", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>0 is the CPU accelerator; 7 is 7.5, for which there is no PTX of ours.</summary>
    private Accelerator Find(int major) => major == 0 ? devices.Cpu : devices.Cuda(major, major == 7 ? 5 : 0);

    private static PackedMatrix Weights()
    {
        // Every third vector is stored; both ends of the range occur.
        int[] dense = [.. Enumerable.Range(0, Rows * Depth).Select(i => i % Depth % 3 != 0 ? 0 : i * 613 % 4096 - 2048)];
        return PackedMatrix.Pack(dense, Rows, Depth, GeneratedKernels.DigitsKernel.Weights!);
    }
}
