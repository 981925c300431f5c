using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Kernels;

namespace Intarsia.Bench.Benchmarks;

/// <summary>A token-major linear layer, 768×768, against what a user writes with <see cref="TensorPrimitives"/>.</summary>
public class GemmBenchmarks : IMeasuredWork
{
    private const int Rows = 768;
    private const int Depth = 768;
    private float[] weights = [], x = [], y = [];
    private PackedMatrix? packed;

    [Params(1, 16, 128)]
    public int Tokens { get; set; }

    public double Operations => 2.0 * Tokens * Rows * Depth;

    [GlobalSetup]
    public void Setup()
    {
        weights = Operands.Floats(Rows * Depth, 1);
        x = Operands.Floats(Tokens * Depth, 2);
        y = new float[Tokens * Rows];
        packed = PackedMatrix.Pack(weights, Rows, Depth, LinearKernels.F32_768x768Kernel.Weights!);
    }

    [Benchmark(Baseline = true)]
    public void TensorPrimitivesDot()
    {
        for (int token = 0; token < Tokens; token++)
            for (int row = 0; row < Rows; row++)
                y[token * Rows + row] = TensorPrimitives.Dot(x.AsSpan(token * Depth, Depth), weights.AsSpan(row * Depth, Depth));
    }

    [Benchmark]
    public void Generated() => LinearKernels.F32_768x768(packed!, x, y, Tokens);
}
