namespace Intarsia.Bench.Gpu.Cases;

/// <summary>
/// Large blocks as MegaBlocks has them (Gale et al., MLSys'23): products with block-sparse weights and with their transpose, and products sampled into blocks. Operations are those of stored blocks, so that the share of the dense ceiling is
/// what blocks cost; the vendor's dense product computes everything.
/// </summary>
internal static class BlockCases
{
    private static readonly int[] Blocks = [128, 64];

    private static readonly double[] Sparsities = [0.5, 0.75, 0.9];

    private static readonly (int Rows, int Depth, int Columns)[] Shapes = [(4096, 4096, 4096), (1024, 1024, 1024)];

    public static IEnumerable<GpuCase> All() =>
        from shape in Shapes
        from block in Blocks
        from kernel in Kernels(block)
        from sparsity in Sparsities
        select new GpuCase("blocks", kernel.Name, shape.Rows, shape.Depth, shape.Columns, Ceiling.Tensor)
        {
            Sparsity = sparsity,
            Peers = [new("cuBLAS", $"gemm {kernel.Format}"), .. kernel.HasPeer ? (Peer[])[new("BSR", FormattableString.Invariant($"bsr {kernel.Format} {sparsity} {block}"))] : []],
        };

    // PyTorch has no sampled product into blocks, and none of bytes.
    private static (string Name, string Format, bool HasPeer)[] Kernels(int block) =>
    [
        ($"spmm_bsr{block}x{block}_f16-f16-f16_rN_dN_cN", "f16", true),
        ($"spmm_bsr{block}x{block}t_f16-f16-f16_rN_dN_cN", "f16", false),
        ($"spmm_bsr{block}x{block}_s8-s8-s32_rN_dN_cN_tt", "s8", false),
        ($"sddmm_bsr{block}x{block}_f16span-f16-f16_rN_dN_cN_tr", "f16", false),
        ($"sddmm_bsr{block}x{block}_s8span-s8-s32_rN_dN_cN_tr", "s8", false),
    ];
}
