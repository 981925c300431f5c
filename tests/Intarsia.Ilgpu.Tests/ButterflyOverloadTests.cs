using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.Ilgpu.Tests;

/// <summary>Products of butterfly factors through their generated overloads: on an NVIDIA device at aligned and at other addresses, and in their portable form; against the reference's bound.</summary>
[Trait("Category", "Gpu")]
public class ButterflyOverloadTests(Devices devices) : IClassFixture<Devices>
{
    [SkippableTheory]
    [InlineData(0, 5, 0)]
    [InlineData(8, 5, 0)]
    [InlineData(8, 18, 1)]
    [InlineData(9, 1, 0)]
    public void Factors_OnADevice_MeetTheReference(int major, int tokens, int offset)
    {
        const int Rows = 150, Depth = 60, Stride = 152;
        Accelerator accelerator = Find(major);
        KernelSpec spec = KernelName.Parse("butterfly_dense_f32span-f16-f32_r150_d60_cN_tt_blocks2__bias-relu");
        float[] factors = Numbers((int)spec.Butterfly!.Count(Rows, Depth), 0.0625f), bias = Numbers(Rows, 0.5f);
        Half[] x = [.. Numbers(tokens * Depth, 0.25f).Select(value => (Half)value)];
        using MemoryBuffer1D<float, Stride1D.Dense> numbers = accelerator.Allocate1D<float>(offset + factors.Length), biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D<float>(tokens * Stride);
        ArrayView<float> from = numbers.View.BaseView.SubView(offset, factors.Length);
        from.CopyFromCPU(factors);
        using MemoryBuffer1D<Half, Stride1D.Dense> activations = accelerator.Allocate1D(x);
        GeneratedKernels.Factors(accelerator.DefaultStream, from, activations.View, biases.View, to.View, Stride, tokens);
        accelerator.Synchronize();

        float[] lines = to.View.BaseView.GetAsArray();
        float[] y = [.. Enumerable.Range(0, Rows * tokens).Select(i => lines[i % tokens * Stride + i / tokens])];
        double[] logical = [.. Enumerable.Range(0, Depth * tokens).Select(i => (double)x[i % tokens * Depth + i / tokens])];
        var operands = new ReferenceOperands { Rows = Rows, Depth = Depth, Columns = tokens, Weights = Doubles(factors), X = logical, Biases = [Doubles(bias)] };
        Assert.Null(SpecReference.Execute(spec, operands).FirstMismatch<float>(y));
    }

    [SkippableTheory]
    [InlineData(0, 3)]
    [InlineData(8, 3)]
    [InlineData(8, 16)]
    public void FourierTransform_OnADevice_MeetsTheReference(int major, int columns)
    {
        Accelerator accelerator = Find(major);
        KernelSpec spec = KernelName.Parse("butterfly_dense_f32span-f32-f32_r512_d512_cN_decreasing_complex");
        float[] factors = ButterflyFactors.Fourier(256), x = Numbers(512 * columns, 0.125f);
        using MemoryBuffer1D<float, Stride1D.Dense> numbers = accelerator.Allocate1D(factors), from = accelerator.Allocate1D(x), to = accelerator.Allocate1D<float>(512 * columns);
        GeneratedKernels.Transform(accelerator.DefaultStream, numbers.View, from.View, to.View, columns);
        accelerator.Synchronize();

        var operands = new ReferenceOperands { Rows = 512, Depth = 512, Columns = columns, Weights = Doubles(factors), X = Doubles(x) };
        Assert.Null(SpecReference.Execute(spec, operands).FirstMismatch<float>(to.View.BaseView.GetAsArray()));
    }

    [SkippableFact]
    public void Call_WithTooFewFactors_NamesThem()
    {
        CudaAccelerator accelerator = devices.Cuda(8, 0);
        using MemoryBuffer1D<float, Stride1D.Dense> x = accelerator.Allocate1D<float>(512), y = accelerator.Allocate1D<float>(512), factors = accelerator.Allocate1D<float>(ButterflyFactors.Fourier(256).Length - 1);
        Assert.Throws<ArgumentException>("factors", () => GeneratedKernels.Transform(accelerator.DefaultStream, factors.View, x.View, y.View, 1));
    }

    /// <summary>The device of a major capability; 0 is the CPU accelerator, for the portable form of a kernel.</summary>
    private Accelerator Find(int major) => major == 0 ? devices.Cpu : devices.Cuda(major, 0);

    private static float[] Numbers(int count, float step) => [.. Enumerable.Range(0, count).Select(i => (i * 7 % 31 * 5 % 23 - 11) * step)];

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);
}
