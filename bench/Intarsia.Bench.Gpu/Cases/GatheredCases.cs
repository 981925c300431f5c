namespace Intarsia.Bench.Gpu.Cases;

/// <summary>Sparse weights whose rows of X are gathered. The dense f16 product of the same shape is a case of its own: where the two cross is what the plot shows.</summary>
internal static class GatheredCases
{
    /// <summary>The family whose cases the plot of the crossover is drawn from.</summary>
    public const string Family = "SpMM";

    /// <summary>The sparsities at which Magicube was measured (Li, Osawa, Hoefler, SC'22, section 5), and its anchor matrix: a 256×2304 layer of ResNet-50 in vectors of 8 rows, 512 columns.</summary>
    public static readonly double[] Sparsities = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98];

    public const int Rows = 2048, Depth = 2304, Columns = 512;

    /// <summary>Kernels of this family: each is measured at every sparsity.</summary>
    private static readonly string[] Kernels = ["spmm_srbcrs8_f16-f16-f32_rN_dN_cN", "spmm_srbcrs8_s8-s8-s32_rN_dN_cN", "spmm_csr_f16-f16-f32_rN_dN_cN"];

    public static IEnumerable<GpuCase> All() =>
    [
        new(Family, "gemm_dense_f16-f16-f32_rN_dN_cN", Rows, Depth, Columns, Ceiling.Tensor) { Peers = [new("cuBLAS", "gemm f16")] },
        .. from kernel in Kernels
           from sparsity in Sparsities
           select new GpuCase(Family, kernel, Rows, Depth, Columns, Ceiling.Gather) { Sparsity = sparsity, Peers = [new("cuBLAS", "gemm f16"), new("cuSPARSE", FormattableString.Invariant($"csr f16 {sparsity}"))] },
    ];
}
