using BenchmarkDotNet.Attributes;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Kernels;

namespace Intarsia.Bench.Benchmarks;

/// <summary>The same pruned 768×3072 matrix times 3072×128 as dense, CSR and SR-BCRS; operations count stored elements of the sparse matrix only.</summary>
public class SparseGemmBenchmarks : IMeasuredWork
{
    private const int Rows = 768;
    private const int Depth = 3072;
    private const int Columns = 128;
    private const int V = 8;
    private float[] x = [], y = [];
    private PackedMatrix? dense, csr, vectors;

    [Params(70, 90)]
    public int SparsityPercent { get; set; }

    public double Operations => 2.0 * Rows * Depth * Columns * (100 - SparsityPercent) / 100;

    [GlobalSetup]
    public void Setup()
    {
        float[] weights = Operands.Floats(Rows * Depth, 1);
        Pruner.VectorRows(weights, Rows, Depth, V, SparsityPercent / 100.0);
        x = Operands.Floats(Depth * Columns, 2);
        y = new float[Rows * Columns];
        dense = PackedMatrix.Pack(weights, Rows, Depth, RowMajorKernels.F32_768x3072Kernel.Weights!);
        csr = PackedMatrix.Pack(weights, Rows, Depth, SparseKernels.CsrKernel.Weights!);
        vectors = PackedMatrix.Pack(weights, Rows, Depth, SparseKernels.Vectors8Kernel.Weights!);
    }

    [Benchmark(Baseline = true)]
    public void Dense() => RowMajorKernels.F32_768x3072(dense!, x, y, Columns);

    [Benchmark]
    public void Csr() => SparseKernels.Csr(csr!, x, y, Columns);

    [Benchmark]
    public void VectorRows8() => SparseKernels.Vectors8(vectors!, x, y, Columns);
}
