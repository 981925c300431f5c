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

    /// <summary>Coefficients and bases are copied as they are stored; devices without PTX have the weights that they make.</summary>
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(9)]
    public void Coefficients_OnADevice_EqualTheCpu(int major)
    {
        Accelerator accelerator = Find(major);
        const int Groups = (Depth + 23) / 24;
        sbyte[] coefficients = [.. Enumerable.Range(0, Rows * Depth).Select(i => (sbyte)CodeTable.Of(NumberFormat.PowerOfTwo4)[i * 7 % 16])];
        // Small integers: every sum is exact.
        float[] bases = [.. Enumerable.Range(0, Rows * Groups * BasisMatrix.Entries).Select(i => i * 13 % 7 - 3f)];
        PackedMatrix w = PackedMatrix.Pack(new BasisMatrix(coefficients, bases, Rows, Depth, Per.Group, 24), GeneratedKernels.RebuiltKernel.Weights!);
        Half[] x = [.. Enumerable.Range(0, Depth * 3).Select(i => (Half)(i % 11 - 5))];
        float[] expected = new float[Rows * 3];
        GeneratedKernels.Rebuilt(w, x, expected);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<Half, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> to = accelerator.Allocate1D<float>(expected.Length);
        GeneratedKernels.Rebuilt(accelerator.DefaultStream, weights, from.View, to.View);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        Assert.Contains(expected, sum => sum != 0);
    }

    /// <summary>Signs and α are copied as kernels for CPUs have them, in panels of other heights.</summary>
    [SkippableTheory]
    [InlineData(8, 1)]
    [InlineData(8, 37)]
    [InlineData(9, 5)]
    public void Planes_OnADevice_EqualTheCpu(int major, int columns)
    {
        Accelerator accelerator = Find(major);
        PackedMatrix w = BinaryCoded();
        Half[] x = [.. Enumerable.Range(0, Depth * columns).Select(i => (Half)(i % 11 - 5))];
        float[] bias = [.. Enumerable.Range(0, Rows).Select(row => row - 20f)], expected = new float[Rows * columns];
        GeneratedKernels.Planes(w, x, bias, expected, columns);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<Half, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D<float>(expected.Length);
        GeneratedKernels.Planes(accelerator.DefaultStream, weights, from.View, biases.View, to.View, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        Assert.Contains(expected, sum => sum != 0);
    }

    [Fact]
    public void Planes_OnOtherAccelerators_AreRefused()
    {
        using DeviceMatrix weights = DeviceMatrix.Upload(devices.Cpu, BinaryCoded());
        using MemoryBuffer1D<Half, Stride1D.Dense> x = devices.Cpu.Allocate1D<Half>(Depth);
        using MemoryBuffer1D<float, Stride1D.Dense> bias = devices.Cpu.Allocate1D<float>(Rows), y = devices.Cpu.Allocate1D<float>(Rows);
        Assert.Throws<GpuKernelException>(() => GeneratedKernels.Planes(devices.Cpu.DefaultStream, weights, x.View, bias.View, y.View, 1));
    }

    /// <summary>Three planes whose α are powers of two, with offsets: every sum is exact.</summary>
    private static PackedMatrix BinaryCoded()
    {
        const int Groups = (Depth + 31) / 32, Each = 4;
        int[] codes = [.. Enumerable.Range(0, Rows * Depth).Select(i => i * 13 % 8)];
        float[] scales = [.. Enumerable.Range(0, Rows * Groups * Each).Select(i => MathF.ScaleB(i % Each == Each - 1 && i % 3 == 0 ? -1 : 1, i % 5 - 3))];
        return PackedMatrix.Pack(codes, Rows, Depth, GeneratedKernels.PlanesKernel.Weights!, scales);
    }

    /// <summary>0 is the CPU accelerator.</summary>
    private Accelerator Find(int major) => major == 0 ? devices.Cpu : devices.Cuda(major, 0);
}
