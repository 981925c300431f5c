using System.Numerics.Tensors;

namespace Intarsia.Ilgpu.Tests;

/// <summary>
/// A generated kernel gives on a device what it gives on the CPU. The operands are small whole numbers, so that every sum is exact in every format and both must agree to the last bit.
/// </summary>
[Trait("Category", "Gpu")]
public class OverloadTests(Devices devices) : IClassFixture<Devices>
{
    [SkippableTheory]
    [InlineData(0, 0, 37, 3)]
    [InlineData(8, 0, 37, 0)]
    [InlineData(8, 0, 16, 3)]
    [InlineData(9, 0, 37, 0)]
    [InlineData(9, 0, 130, 0)]
    [InlineData(9, 0, 16, 3)]
    [InlineData(10, 0, 9, 0)]
    public void Integers_OnADevice_EqualTheCpu(int major, int minor, int tokens, int offset)
    {
        Accelerator accelerator = Find(major, minor);
        PackedMatrix w = PackedMatrix.Pack(Numbers<float>(40 * 80, 15), 40, 80, GeneratedKernels.IntegersKernel.Weights!);
        sbyte[] x = Numbers<sbyte>(offset + tokens * 80, 15);
        int[] bias = Numbers<int>(40, 100), expected = new int[tokens * 40];
        GeneratedKernels.Integers(w, x.AsSpan(offset), bias, expected, tokens);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<sbyte, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<int, Stride1D.Dense> biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D<int>(expected.Length);
        GeneratedKernels.Integers(accelerator.DefaultStream, weights, from.View.BaseView.SubView(offset, tokens * 80), biases.View, to.View, tokens);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    [SkippableTheory]
    [InlineData(0, 17, 30, 21, 25)]
    [InlineData(8, 32, 64, 40, 40)]
    [InlineData(8, 17, 30, 21, 25)]
    [InlineData(8, 16, 0, 8, 8)]
    [InlineData(9, 96, 72, 40, 48)]
    [InlineData(9, 17, 30, 21, 25)]
    [InlineData(9, 16, 0, 8, 8)]
    public void Halves_OnADevice_EqualTheCpu(int major, int rows, int depth, int columns, int ldx)
    {
        Accelerator accelerator = Find(major, 0);
        Half[] w = Numbers<Half>(rows * depth, 9), x = Numbers<Half>(depth * ldx, 9);
        float[] expected = new float[rows * columns];
        GeneratedKernels.Halves(w, x, ldx, expected, rows, depth, columns);

        using MemoryBuffer1D<Half, Stride1D.Dense> weights = Copy(accelerator, w), from = Copy(accelerator, x);
        using MemoryBuffer1D<float, Stride1D.Dense> to = accelerator.Allocate1D<float>(expected.Length);
        GeneratedKernels.Halves(accelerator.DefaultStream, weights.View, from.View, ldx, to.View, rows, depth, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    /// <summary>Where the method has tensor spans the overload has views, and takes extents and leading dimensions as arguments. Gaps between the rows of Y stay as they were.</summary>
    [SkippableTheory]
    [InlineData(0, 21, 45, 25, 23)]
    [InlineData(8, 40, 48, 48, 44)]
    [InlineData(8, 21, 41, 25, 23)]
    [InlineData(9, 64, 48, 72, 68)]
    [InlineData(9, 21, 41, 25, 23)]
    public void Tensors_OnADevice_EqualTheCpu(int major, int columns, int ldw, int ldx, int ldy)
    {
        const int Rows = 24, Depth = 40;
        Accelerator accelerator = Find(major, 0);
        Half[] w = Numbers<Half>(Rows * ldw, 9), x = Numbers<Half>(Depth * ldx, 9);
        float[] bias = Numbers<float>(Rows, 100), before = Numbers<float>(Rows * ldy, 7), expected = [.. before], dense = new float[Rows * columns];
        GeneratedKernels.Tensors(new(w, [Rows, Depth], [ldw, 1]), new(x, [Depth, columns], [ldx, 1]), bias, new(expected, [Rows, columns], [ldy, 1]));
        GeneratedKernels.Tensors(new(w, [Rows, Depth]), new(x, [Depth, columns]), bias, new(dense, [Rows, columns]));

        using MemoryBuffer1D<Half, Stride1D.Dense> weights = accelerator.Allocate1D(w), from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D(before), toDense = accelerator.Allocate1D<float>(dense.Length);
        GeneratedKernels.Tensors(accelerator.DefaultStream, weights.View, from.View, biases.View, to.View, Rows, Depth, columns, ldw, ldx, ldy);
        GeneratedKernels.Tensors(accelerator.DefaultStream, weights.View, from.View, biases.View, toDense.View, Rows, Depth, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        Assert.Equal(dense, toDense.View.BaseView.GetAsArray());
    }

    /// <summary>Packed weights carry rows and depth on a device, too: only the columns, which X gave, are left.</summary>
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    public void PackedByTensor_OnADevice_EqualsTheCpu(int major)
    {
        const int Rows = 20, Depth = 48, Tokens = 18;
        Accelerator accelerator = Find(major, 0);
        PackedMatrix w = PackedMatrix.Pack(Numbers<float>(Rows * Depth, 9), Rows, Depth, GeneratedKernels.PackedByTensorKernel.Weights!);
        float[] x = Numbers<float>(Tokens * Depth, 9), expected = new float[Tokens * Rows];
        GeneratedKernels.PackedByTensor(w, new ReadOnlyTensorSpan<float>(x, [Tokens, Depth]), expected);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<float, Stride1D.Dense> from = accelerator.Allocate1D(x), to = accelerator.Allocate1D<float>(expected.Length);
        GeneratedKernels.PackedByTensor(accelerator.DefaultStream, weights, from.View, to.View, columns: Tokens);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    /// <summary>What a tensor could not have is refused of the arguments in its place.</summary>
    [SkippableFact]
    public void Tensors_WithBadExtents_Throw()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        using MemoryBuffer1D<Half, Stride1D.Dense> w = accelerator.Allocate1D<Half>(8 * 16), x = accelerator.Allocate1D<Half>(16 * 8);
        using MemoryBuffer1D<float, Stride1D.Dense> bias = accelerator.Allocate1D<float>(8), y = accelerator.Allocate1D<float>(8 * 8);
        void Call(int rows, int depth, int columns, int ldw = 0, int ldx = 0, int ldy = 0) => GeneratedKernels.Tensors(accelerator.DefaultStream, w.View, x.View, bias.View, y.View, rows, depth, columns, ldw, ldx, ldy);
        Assert.Throws<ArgumentOutOfRangeException>("columns", () => Call(8, 16, -1));
        Assert.Throws<ArgumentException>("w", () => Call(8, 16, 8, ldw: 15));
        Assert.Throws<ArgumentException>("w", () => Call(8, 16, 8, ldw: 17));
        Assert.Throws<ArgumentException>("x", () => Call(8, 16, 8, ldx: -8));
        Assert.Throws<ArgumentException>("y", () => Call(8, 16, 8, ldy: 9));
        Assert.Throws<ArgumentException>("bias", () => Call(9, 0, 0));
    }

    [SkippableTheory]
    [InlineData(0, 37, 40, 41)]
    [InlineData(8, 37, 40, 41)]
    [InlineData(8, 48, 64, 56)]
    public void ManyParameters_OnADevice_EqualTheCpu(int major, int columns, int ldx, int ldy)
    {
        const int Rows = 22, Depth = 128;
        Accelerator accelerator = Find(major, 0);
        // One of three columns of W is zero, which leaves vectors.
        sbyte[] values = [.. Numbers<sbyte>(Rows * Depth, 9).Select((value, i) => i % Depth % 3 == 0 ? (sbyte)0 : value)];
        PackedMatrix w = PackedMatrix.Pack(values, Rows, Depth, GeneratedKernels.ManyParametersKernel.Weights!, Scales(Rows * Depth / 64), []);
        sbyte[] x = Numbers<sbyte>(Depth * ldx, 9);
        float[] xScale = Scales(columns), bias = Numbers<float>(Rows, 100), residual = Numbers<float>(Rows * columns, 100), expected = new float[Rows * ldy];
        GeneratedKernels.ManyParameters(w, x, ldx, xScale, bias, residual, expected, ldy, columns);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<sbyte, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> scales = accelerator.Allocate1D(xScale), biases = accelerator.Allocate1D(bias), added = accelerator.Allocate1D(residual), to = accelerator.Allocate1D(new float[expected.Length]);
        GeneratedKernels.ManyParameters(accelerator.DefaultStream, weights, from.View, ldx, scales.View, biases.View, added.View, to.View, ldy, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());

        // Powers of two: every product is exact.
        static float[] Scales(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.ScaleB(1, i % 3 - 1))];
    }

    [SkippableTheory]
    [InlineData(0, 30, 21)]
    [InlineData(8, 136, 40)]
    [InlineData(8, 30, 21)]
    [InlineData(9, 136, 40)]
    [InlineData(9, 30, 21)]
    public void TwoOfFour_OnADevice_EqualsTheCpu(int major, int depth, int tokens)
    {
        Accelerator accelerator = Find(major, 0);
        WeightLayout layout = GeneratedKernels.TwoOfFourKernel.Weights!;
        float[] dense = Numbers<float>(48 * depth, 9);
        Pruner.NM(dense, 48, depth, layout.N, layout.M);
        PackedMatrix w = PackedMatrix.Pack(dense, 48, depth, layout);
        Half[] x = Numbers<Half>(tokens * depth, 9);
        float[] expected = new float[48 * tokens];
        GeneratedKernels.TwoOfFour(w, x, expected, tokens);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<Half, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> to = accelerator.Allocate1D<float>(expected.Length);
        GeneratedKernels.TwoOfFour(accelerator.DefaultStream, weights, from.View, to.View, tokens);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    /// <summary>Lines that are and are not multiples of 16 bytes, with and without depth, and a matrix without a block.</summary>
    [SkippableTheory]
    [InlineData(8, 200, 72, 0.5)]
    [InlineData(9, 200, 72, 0.5)]
    [InlineData(9, 400, 200, 0.3)]
    [InlineData(9, 200, 21, 0.5)]
    [InlineData(9, 200, 72, 0)]
    public void LargeBlocks_OnADevice_EqualTheCpu(int major, int depth, int columns, double share)
    {
        Accelerator accelerator = Find(major, 0);
        const int Rows = 144;
        float[] dense = Numbers<float>(Rows * depth, 9);
        // Every block of 64×128 is whole or nothing.
        for (int i = 0; i < dense.Length; i++) if (share == 0 || (i / depth / 64 * 3 + i % depth / 128) % 4 >= 4 * share) dense[i] = 0;
        PackedMatrix w = PackedMatrix.Pack(dense, Rows, depth, GeneratedKernels.LargeBlocksKernel.Weights!);
        int line = columns + 8;
        Half[] x = Numbers<Half>(depth * line, 9);
        float[] bias = Numbers<float>(Rows, 100), expected = new float[Rows * columns];
        GeneratedKernels.LargeBlocks(w, x, line, bias, expected, columns);

        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<Half, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D<float>(expected.Length);
        GeneratedKernels.LargeBlocks(accelerator.DefaultStream, weights, from.View, line, biases.View, to.View, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    /// <summary>A factor of a sampled product that is depth×rows, and one that is depth×columns with a leading dimension.</summary>
    [SkippableTheory]
    [InlineData(8)]
    [InlineData(9)]
    public void BlockGradients_OnADevice_EqualTheCpu(int major)
    {
        Accelerator accelerator = Find(major, 0);
        const int Rows = 40, Columns = 100, Depth = 70, Line = 104;
        float[] pattern = Numbers<float>(Rows * Columns, 9);
        for (int i = 0; i < pattern.Length; i++) if ((i / Columns / 16 + i % Columns / 32) % 3 == 0) pattern[i] = 0;
        PackedMatrix host = PackedMatrix.Pack(pattern, Rows, Columns, GeneratedKernels.BlockGradientsKernel.Weights!), device = PackedMatrix.Pack(pattern, Rows, Columns, GeneratedKernels.BlockGradientsKernel.Weights!);
        Half[] a = Numbers<Half>(Depth * Rows, 9), b = Numbers<Half>(Depth * Line, 9);
        GeneratedKernels.BlockGradients(a, b, Line, host, Depth);

        using DeviceMatrix result = DeviceMatrix.Upload(accelerator, device);
        using MemoryBuffer1D<Half, Stride1D.Dense> first = accelerator.Allocate1D(a), second = accelerator.Allocate1D(b);
        GeneratedKernels.BlockGradients(accelerator.DefaultStream, first.View, second.View, Line, result, Depth);
        accelerator.Synchronize();
        result.Download();
        float[] expected = new float[Rows * Columns], found = new float[Rows * Columns];
        host.Unpack(expected);
        device.Unpack(found);
        Assert.Equal(expected, found);
    }

    [SkippableFact]
    public void Singles_AfterValuesChanged_EqualTheCpu()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        PackedMatrix w = PackedMatrix.Pack(Numbers<float>(33 * 20, 15), 33, 20, GeneratedKernels.SinglesKernel.Weights!);
        float[] x = Numbers<float>(20 * 24, 15), bias = Numbers<float>(33, 100), expected = new float[33 * 24];
        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<float, Stride1D.Dense> from = accelerator.Allocate1D(x), biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D<float>(expected.Length);
        for (int range = 15; range > 6; range -= 8)
        {
            w.SetValues(Numbers<float>(33 * 20, range));
            GeneratedKernels.Singles(w, x, bias, expected, 24);
            GeneratedKernels.Singles(accelerator.DefaultStream, weights, from.View, biases.View, to.View, 24);
            accelerator.Synchronize();
            Assert.Equal(expected, to.View.BaseView.GetAsArray());
        }
    }

    [SkippableFact]
    public void Call_WithBadArguments_ThrowsAsTheCpuDoes()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        PackedMatrix w = PackedMatrix.Pack(Numbers<float>(33 * 20, 15), 33, 20, GeneratedKernels.SinglesKernel.Weights!);
        using DeviceMatrix weights = DeviceMatrix.Upload(accelerator, w);
        using MemoryBuffer1D<float, Stride1D.Dense> x = accelerator.Allocate1D<float>(20 * 4), bias = accelerator.Allocate1D<float>(33), y = accelerator.Allocate1D<float>(33 * 4);
        AcceleratorStream stream = accelerator.DefaultStream;
        string OnCpu(int columns) => Assert.ThrowsAny<ArgumentException>(() => GeneratedKernels.Singles(w, new float[80], new float[33], new float[132], columns)).Message;
        foreach (int columns in (int[])[5, -1])
            Assert.Equal(OnCpu(columns), Assert.ThrowsAny<ArgumentException>(() => GeneratedKernels.Singles(stream, weights, x.View, bias.View, y.View, columns)).Message);
        Assert.Throws<ArgumentException>("y", () => GeneratedKernels.Singles(stream, weights, y.View.BaseView.SubView(0, 80), bias.View, y.View, 4));
        Assert.Throws<ArgumentException>("w", () => GeneratedKernels.Singles(devices.Cpu.DefaultStream, weights, x.View, bias.View, y.View, 4));
        GeneratedKernels.Singles(stream, weights, ArrayView<float>.Empty, bias.View, ArrayView<float>.Empty, 0);
    }

    /// <summary>The device of a capability; 0.0 is the CPU accelerator, for the portable form of a kernel.</summary>
    private Accelerator Find(int major, int minor) => major == 0 ? devices.Cpu : devices.Cuda(major, minor);

    /// <summary>A copy on the device. ILGPU copies nothing to an empty buffer of a CUDA device without an exception.</summary>
    private static MemoryBuffer1D<T, Stride1D.Dense> Copy<T>(Accelerator accelerator, T[] values) where T : unmanaged => values.Length == 0 ? accelerator.Allocate1D<T>(0) : accelerator.Allocate1D(values);

    /// <summary>Whole numbers from −range/2 on, in an order that repeats with no extent of a kernel.</summary>
    private static T[] Numbers<T>(int count, int range)
        where T : System.Numerics.INumber<T> => [.. Enumerable.Range(0, count).Select(i => T.CreateChecked(i * 7 % 31 * 5 % range - range / 2))];
}
