using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.Ilgpu.Tests;

/// <summary>Operations on the lines of X through their generated overloads: on an NVIDIA device at aligned and at other addresses, and in their portable form; against the reference's bound, integers against the CPU.</summary>
[Trait("Category", "Gpu")]
public class LineOverloadTests(Devices devices) : IClassFixture<Devices>
{
    [SkippableTheory]
    [InlineData(0, 5, 37, 40)]
    [InlineData(8, 5, 37, 40)]
    [InlineData(8, 4, 1024, 1032)]
    [InlineData(9, 2, 4104, 4104)]
    public void Softmax_OnADevice_MeetsTheReference(int major, int rows, int columns, int ldx)
    {
        Accelerator accelerator = Find(major);
        Half[] x = [.. Numbers(rows * ldx, 0.25f).Select(value => (Half)value)];
        using MemoryBuffer1D<Half, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<float, Stride1D.Dense> to = accelerator.Allocate1D<float>(rows * columns);
        GeneratedKernels.Scores(accelerator.DefaultStream, from.View, ldx, 0.5f, to.View, rows, columns);
        accelerator.Synchronize();

        double[] dense = [.. Enumerable.Range(0, rows * columns).Select(i => (double)x[i / columns * ldx + i % columns])];
        var operands = new ReferenceOperands { Rows = rows, Columns = columns, X = dense, Scale = 0.5f };
        Assert.Null(SpecReference.Execute(KernelName.Parse("softmax_f16-f32_rN_cN_scale"), operands).FirstMismatch<float>(to.View.BaseView.GetAsArray()));
    }

    [SkippableTheory]
    [InlineData(0, 0)]
    [InlineData(8, 0)]
    // Gamma alone is not at a multiple of 16 bytes: the text for any operands serves it.
    [InlineData(8, 1)]
    [InlineData(10, 0)]
    public void LayerNorm_OnADevice_MeetsTheReference(int major, int offset)
    {
        const int Rows = 3, Columns = 768;
        Accelerator accelerator = Find(major);
        float[] x = Numbers(Rows * Columns, 0.125f), gamma = Numbers(offset + Columns, 0.5f), beta = Numbers(Columns, 1);
        using MemoryBuffer1D<float, Stride1D.Dense> from = accelerator.Allocate1D(x), factors = accelerator.Allocate1D(gamma), shifts = accelerator.Allocate1D(beta);
        using MemoryBuffer1D<Half, Stride1D.Dense> to = accelerator.Allocate1D<Half>(Rows * Columns);
        GeneratedKernels.Norm(accelerator.DefaultStream, from.View, factors.View.BaseView.SubView(offset, Columns), shifts.View, to.View, Rows);
        accelerator.Synchronize();

        var operands = new ReferenceOperands { Rows = Rows, Columns = Columns, X = Doubles(x), Gamma = Doubles(gamma[offset..]), Shift = Doubles(beta) };
        Assert.Null(SpecReference.Execute(KernelName.Parse("layernorm_f32-f16_rN_c768_gamma_beta"), operands).FirstMismatch<Half>(to.View.BaseView.GetAsArray()));
    }

    [SkippableTheory]
    [InlineData(0, 21, 6)]
    [InlineData(8, 21, 6)]
    [InlineData(8, 48, 5)]
    [InlineData(9, 1, 1)]
    public void Integers_OnADevice_EqualTheCpu(int major, int rows, int columns)
    {
        Accelerator accelerator = Find(major);
        sbyte[] x = [.. Enumerable.Range(0, rows * columns).Select(i => (sbyte)(i * 37 % 256 - 128))];
        int[] bias = [.. Enumerable.Range(0, rows).Select(i => i * 11 - 100)], expected = new int[rows * columns];
        GeneratedKernels.Rectify(x, bias, expected, rows, columns);

        using MemoryBuffer1D<sbyte, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<int, Stride1D.Dense> biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D<int>(expected.Length);
        GeneratedKernels.Rectify(accelerator.DefaultStream, from.View, biases.View, to.View, rows, columns);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
    }

    [SkippableFact]
    public void Call_WithBadArguments_NamesThem()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        using MemoryBuffer1D<Half, Stride1D.Dense> x = accelerator.Allocate1D<Half>(12);
        using MemoryBuffer1D<float, Stride1D.Dense> y = accelerator.Allocate1D<float>(12), gamma = accelerator.Allocate1D<float>(767);
        using MemoryBuffer1D<Half, Stride1D.Dense> result = accelerator.Allocate1D<Half>(768);
        using MemoryBuffer1D<float, Stride1D.Dense> line = accelerator.Allocate1D<float>(768);
        AcceleratorStream stream = accelerator.DefaultStream;
        Assert.Throws<ArgumentException>("x", () => GeneratedKernels.Scores(stream, x.View, 5, 1, y.View, 3, 4));
        Assert.ThrowsAny<ArgumentException>(() => GeneratedKernels.Scores(stream, x.View, 4, float.NaN, y.View, 3, 4));
        Assert.Throws<ArgumentException>("gamma", () => GeneratedKernels.Norm(stream, line.View, gamma.View, line.View, result.View, 1));
        // No line, and lines of nothing.
        GeneratedKernels.Scores(stream, x.View, 4, 1, y.View, 0, 4);
        GeneratedKernels.Scores(stream, x.View, 4, 1, y.View, 3, 0);
    }

    /// <summary>The device of a major capability; 0 is the CPU accelerator, for the portable form of a kernel.</summary>
    private Accelerator Find(int major) => major == 0 ? devices.Cpu : devices.Cuda(major, 0);

    private static float[] Numbers(int count, float step) => [.. Enumerable.Range(0, count).Select(i => (i * 7 % 31 * 5 % 23 - 11) * step)];

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);
}
