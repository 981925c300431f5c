using Intarsia.Compiler.Specs;

namespace Intarsia.RealData.Tests.Spmm;

/// <summary>One way to multiply by a sparse matrix: its two kernels, and what becomes of the matrix first.</summary>
/// <param name="Name">The name that a test run shows.</param>
/// <param name="RowMajor">X depth×columns, Y rows×columns.</param>
/// <param name="TokenMajor">X columns×depth, Y columns×rows.</param>
/// <param name="Info">The kernel for row-major operands; the other shares its weights.</param>
/// <param name="Prune">Brings the dense form of the matrix into the pattern; null where every matrix fits as it is.</param>
internal sealed record SparseCase(string Name, SparseCase.Kernel RowMajor, SparseCase.Kernel TokenMajor, KernelInfo Info, SparseCase.Pruning? Prune)
{
    public delegate void Kernel(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y, int columns);

    public delegate void Pruning(Span<float> dense, int rows, int depth);

    public KernelSpec Spec => KernelName.Parse(Info.Name);

    /// <summary>The matrix in the pattern: packed, and dense for the reference. A matrix that fits is packed from CSR and never unpacked.</summary>
    public (PackedMatrix Packed, float[] Dense) Prepare(CsrMatrix matrix)
    {
        var dense = new float[matrix.Rows * matrix.Depth];
        matrix.ToDense(dense);
        if (Prune is null)
            return (PackedMatrix.Pack(matrix, Info.Weights!), dense);
        Prune(dense, matrix.Rows, matrix.Depth);
        return (PackedMatrix.Pack(dense, matrix.Rows, matrix.Depth, Info.Weights!), dense);
    }
}

/// <summary>All cases by name.</summary>
internal static class SparseCases
{
    public static IReadOnlyDictionary<string, SparseCase> All { get; } = new[]
    {
        new SparseCase("csr", SparseKernels.Csr, SparseKernels.CsrTokens, SparseKernels.CsrKernel, null),
        // Pruned values are stored in binary16, so nothing is rounded on the way in; drawn ones are rounded first.
        new SparseCase("csr-f16", SparseKernels.CsrHalf, SparseKernels.CsrHalfTokens, SparseKernels.CsrHalfKernel, RoundToHalf),
        // A vector is stored where any of its elements is: no matrix needs pruning for V×1, it only stores more zeros.
        new SparseCase("srbcrs1", SparseKernels.Vectors1, SparseKernels.Vectors1Tokens, SparseKernels.Vectors1Kernel, null),
        new SparseCase("srbcrs4", SparseKernels.Vectors4, SparseKernels.Vectors4Tokens, SparseKernels.Vectors4Kernel, null),
        new SparseCase("srbcrs8-pruned", SparseKernels.Vectors8, SparseKernels.Vectors8Tokens, SparseKernels.Vectors8Kernel, (dense, rows, depth) => Pruner.VectorRows(dense, rows, depth, 8, 0.8)),
        // So is a block.
        new SparseCase("bsr4x4", SparseKernels.Blocks4, SparseKernels.Blocks4Tokens, SparseKernels.Blocks4Kernel, null),
        new SparseCase("bsr4x4-pruned", SparseKernels.Blocks4, SparseKernels.Blocks4Tokens, SparseKernels.Blocks4Kernel, (dense, rows, depth) => Pruner.Blocks(dense, rows, depth, 4, 4, 0.8)),
        new SparseCase("hyb4k5", SparseKernels.Hyb, SparseKernels.HybTokens, SparseKernels.HybKernel, null),
        new SparseCase("win16x8", SparseKernels.Windows, SparseKernels.WindowsTokens, SparseKernels.WindowsKernel, null),
        new SparseCase("bsr4x4f40+ell16+csr", SparseKernels.BlocksAndRest, SparseKernels.BlocksAndRestTokens, SparseKernels.BlocksAndRestKernel, null),
        // A row of ELL has a limited number of places.
        new SparseCase("ell32-pruned", SparseKernels.Ell32, SparseKernels.Ell32Tokens, SparseKernels.Ell32Kernel, (dense, rows, depth) => Pruner.Ell(dense, rows, depth, 32)),
        // Bundles of four rows with 24 groups at most; and of 32 rows in the order of their elements, a fifth of all.
        new SparseCase("gs16k4-pruned", SparseKernels.Groups, SparseKernels.GroupsTokens, SparseKernels.GroupsKernel, (dense, rows, depth) => Pruner.GatherScatter(dense, rows, depth, 16, 4, 24)),
        new SparseCase("gs32k1s-pruned", SparseKernels.GroupsOfRows, SparseKernels.GroupsOfRowsTokens, SparseKernels.GroupsOfRowsKernel, (dense, rows, depth) => Pruner.GatherScatterRows(dense, rows, depth, 32, 1, 0.8)),
        new SparseCase("nm2of4-pruned", SparseKernels.TwoOfFour, SparseKernels.TwoOfFourTokens, SparseKernels.TwoOfFourKernel, (dense, rows, depth) => Pruner.NM(dense, rows, depth, 2, 4)),
        new SparseCase("nm1of8-pruned", SparseKernels.OneOfEight, SparseKernels.OneOfEightTokens, SparseKernels.OneOfEightKernel, (dense, rows, depth) => Pruner.NM(dense, rows, depth, 1, 8)),
    }.ToDictionary(item => item.Name);

    private static void RoundToHalf(Span<float> dense, int rows, int depth)
    {
        for (int i = 0; i < dense.Length; i++)
            dense[i] = (float)(Half)dense[i];
    }
}
