using BenchmarkDotNet.Attributes;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Kernels;

namespace Intarsia.Bench.Benchmarks;

/// <summary>Sixteen products of 32³ summed: one batch-reduce call against a call per term with the sum left to the caller.</summary>
public class BatchReduceBenchmarks : IMeasuredWork
{
    private const int Square = 32 * 32;
    private float[] a = [], b = [], c = [], term = [];

    [Params(1, 16)]
    public int Count { get; set; }

    public double Operations => 2.0 * Square * 32 * Count;

    [GlobalSetup]
    public void Setup()
    {
        a = Operands.Floats(Count * Square, 1);
        b = Operands.Floats(Count * Square, 2);
        c = new float[Square];
        term = new float[Square];
    }

    [Benchmark(Baseline = true)]
    public void GemmPerTerm()
    {
        c.AsSpan().Clear();
        for (int i = 0; i < Count; i++)
        {
            SmallKernels.Gemm32(a.AsSpan(i * Square, Square), b.AsSpan(i * Square, Square), term);
            System.Numerics.Tensors.TensorPrimitives.Add(c, term, c);
        }
    }

    [Benchmark]
    public void BatchReduce() => SmallKernels.Reduce32(a, b, c, Count, Square, Square);
}
