namespace Intarsia.Ilgpu.Tests;

/// <summary>A kernel whose X has four bits, two elements to a byte of the view, gives on a device what it gives on the CPU.</summary>
[Trait("Category", "Gpu")]
public class DigitOverloadTests(Devices devices) : IClassFixture<Devices>
{
    private const int Rows = 44, Depth = 70;

    [SkippableTheory]
    [InlineData(8, 64, 0)]
    [InlineData(8, 32, 16)]
    [InlineData(8, 64, 1)]
    [InlineData(8, 37, 0)]
    [InlineData(8, 1, 0)]
    [InlineData(9, 64, 0)]
    public void Digits_OnADevice_EqualTheCpu(int major, int columns, int offset)
    {
        CudaAccelerator accelerator = devices.Cuda(major, 0);
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

    private static PackedMatrix Weights()
    {
        // Every third vector is stored; both ends of the range occur.
        int[] dense = [.. Enumerable.Range(0, Rows * Depth).Select(i => i % Depth % 3 != 0 ? 0 : i * 613 % 4096 - 2048)];
        return PackedMatrix.Pack(dense, Rows, Depth, GeneratedKernels.DigitsKernel.Weights!);
    }
}
