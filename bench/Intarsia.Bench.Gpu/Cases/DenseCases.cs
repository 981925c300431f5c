namespace Intarsia.Bench.Gpu.Cases;

/// <summary>Dense products on tensor cores against cuBLAS(Lt).</summary>
internal static class DenseCases
{
    /// <summary>BERT-base and -large projections at 512 tokens, and the square that libraries are tuned for.</summary>
    private static readonly (int Rows, int Depth, int Columns)[] Shapes = [(4096, 4096, 4096), (768, 768, 512), (3072, 768, 512), (768, 3072, 512), (1024, 1024, 512), (4096, 1024, 512), (1024, 4096, 512)];

    public static IEnumerable<GpuCase> All() =>
        from shape in Shapes
        from kernel in ((string Name, string Format)[])[("gemm_dense_f16-f16-f16_rN_dN_cN_tt", "f16"), ("gemm_dense_bf16-bf16-bf16_rN_dN_cN_tt", "bf16"), ("gemm_dense_s8-s8-s32_rN_dN_cN_tt", "s8")]
        from isConstant in (bool[])[false, true]
        select new GpuCase("dense", kernel.Name, shape.Rows, shape.Depth, shape.Columns, Ceiling.Tensor) { HasConstantExtents = isConstant, Peers = [new("cuBLAS", $"gemm {kernel.Format}")] };
}
