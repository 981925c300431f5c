using BenchmarkDotNet.Attributes;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Kernels;

namespace Intarsia.Bench.Benchmarks;

/// <summary>One 768×3072 layer in four number formats and patterns; operations count the dense product.</summary>
public class QuantisedGemmBenchmarks : IMeasuredWork
{
    private const int Rows = 768;
    private const int Depth = 3072;
    private float[] floatX = [], floatY = [];
    private byte[] x = [];
    private int[] y = [];
    private PackedMatrix? float32, int8, twoOfFour, oneOfFour;

    [Params(1, 128)]
    public int Tokens { get; set; }

    public double Operations => 2.0 * Tokens * Rows * Depth;

    [GlobalSetup]
    public void Setup()
    {
        float[] weights = Operands.Floats(Rows * Depth, 1);
        floatX = Operands.Floats(Tokens * Depth, 2);
        floatY = new float[Tokens * Rows];
        x = Operands.Unsigned(Tokens * Depth, 2);
        y = new int[Tokens * Rows];
        float32 = PackedMatrix.Pack(weights, Rows, Depth, LinearKernels.F32_768x3072Kernel.Weights!);
        int8 = Pack(weights, Int8Kernels.Dense768x3072Kernel.Weights!);
        twoOfFour = Pack(weights, Int8Kernels.TwoOfFourKernel.Weights!);
        oneOfFour = Pack(weights, Int8Kernels.OneOfFourKernel.Weights!);
    }

    [Benchmark(Baseline = true)]
    public void Float32() => LinearKernels.F32_768x3072(float32!, floatX, floatY, Tokens);

    [Benchmark]
    public void Int8() => Int8Kernels.Dense768x3072(int8!, x, y, Tokens);

    [Benchmark]
    public void Int8TwoOfFour() => Int8Kernels.TwoOfFour(twoOfFour!, x, y, Tokens);

    [Benchmark]
    public void Int8OneOfFour() => Int8Kernels.OneOfFour(oneOfFour!, x, y, Tokens);

    private static PackedMatrix Pack(float[] weights, WeightLayout layout)
    {
        float[] pruned = [.. weights];
        if (layout.Pattern == Pattern.NM) Pruner.NM(pruned, Rows, Depth, layout.N, layout.M);
        return PackedMatrix.Pack(Array.ConvertAll(pruned, value => (sbyte)MathF.Round(value * 254)), Rows, Depth, layout);
    }
}
