namespace Intarsia.Ilgpu.Tests;

/// <summary>A kernel of GS(B, k) weights and a few columns gives on a device what it gives on the CPU: NVIDIA's gather from the banks of shared memory, others run the portable form.</summary>
[Trait("Category", "Gpu")]
public class BankedGroupOverloadTests(Devices devices) : IClassFixture<Devices>
{
    private const int Rows = 44, Depth = 70, Columns = 3;

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void Groups_OnADevice_EqualTheCpu(int major)
    {
        Accelerator accelerator = major == 0 ? devices.Cpu : devices.Cuda(major, major == 7 ? 5 : 0);
        // Five elements to each row, no more than nine of a bundle to a bank: rows r and r + 1 of the order share none.
        var values = new int[Rows * Depth];
        for (int i = 0; i < 5 * Rows; i++) values[i / 5 * Depth + i * 13 % Depth] = i % 2 == 0 ? -128 : i % 127 + 1;
        PackedMatrix w = PackedMatrix.Pack(values, Rows, Depth, GeneratedKernels.GroupsKernel.Weights!);
        sbyte[] x = [.. Enumerable.Range(0, Depth * Columns).Select(i => (sbyte)(i * 37))];
        int[] expected = new int[Rows * Columns];
        GeneratedKernels.Groups(w, x, expected);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<sbyte, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<int, Stride1D.Dense> to = accelerator.Allocate1D<int>(expected.Length);
        GeneratedKernels.Groups(accelerator.DefaultStream, weights, from.View, to.View);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        Assert.Contains(expected, sum => sum != 0);
    }
}
