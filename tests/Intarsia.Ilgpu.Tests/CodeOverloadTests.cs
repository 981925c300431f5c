namespace Intarsia.Ilgpu.Tests;

/// <summary>A kernel of weights that are codes gives on a device what it gives on the CPU: the codes are copied as they are, with the table that kernels look them up in.</summary>
[Trait("Category", "Gpu")]
public class CodeOverloadTests(Devices devices) : IClassFixture<Devices>
{
    private const int Rows = 44, Depth = 70;

    [SkippableTheory]
    [InlineData(0, 37)]
    [InlineData(8, 37)]
    [InlineData(8, 64)]
    [InlineData(9, 64)]
    public void Codes_OnADevice_EqualTheCpu(int major, int columns)
    {
        Accelerator accelerator = Find(major);
        int[] dense = [.. Enumerable.Range(0, Rows * Depth).Select(i => (int)CodeTable.Of(NumberFormat.Flint4)[i * 7 % 16])];
        // Powers of two and small numbers: every sum is exact.
        PackedMatrix w = PackedMatrix.Pack(dense, Rows, Depth, GeneratedKernels.CodesKernel.Weights!, [.. Enumerable.Range(0, Rows).Select(row => MathF.ScaleB(1, row % 3 - 1))]);
        Half[] x = [.. Enumerable.Range(0, Depth * columns).Select(i => (Half)(i % 11 - 5))];
        float[] expected = new float[Rows * columns];
        GeneratedKernels.Codes(w, x, expected, columns);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<Half, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> to = accelerator.Allocate1D<float>(expected.Length);
        GeneratedKernels.Codes(accelerator.DefaultStream, weights, from.View, to.View, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        Assert.Contains(expected, sum => sum != 0);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(9)]
    public void StreamedCodes_OnADevice_EqualTheCpu(int major)
    {
        Accelerator accelerator = Find(major);
        sbyte[] entries = [-128, -91, -40, -7, -3, -1, 2, 5, 9, 17, 33, 60, 77, 100, 119, 127];
        int[] dense = [.. Enumerable.Range(0, Rows * Depth).Select(i => (int)entries[i * 7 % 16])];
        PackedMatrix w = PackedMatrix.Pack(dense, Rows, Depth, GeneratedKernels.StreamedCodesKernel.Weights!);
        sbyte[] x = [.. Enumerable.Range(0, Depth * 3).Select(i => (sbyte)(i * 37))];
        int[] expected = new int[Rows * 3];
        GeneratedKernels.StreamedCodes(w, x, expected);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<sbyte, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<int, Stride1D.Dense> to = accelerator.Allocate1D<int>(expected.Length);
        GeneratedKernels.StreamedCodes(accelerator.DefaultStream, weights, from.View, to.View);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    /// <summary>0 is the CPU accelerator.</summary>
    private Accelerator Find(int major) => major == 0 ? devices.Cpu : devices.Cuda(major, 0);
}
