namespace Intarsia.Bench.Gpu.Cases;

/// <summary>Products with one column, bound by reading the weights: projections of models, each of which cycles through copies, so that it comes from memory as in a model.</summary>
internal static class DecodeCases
{
    /// <summary>Bytes of distinct matrices that launches cycle through: far beyond any second-level cache.</summary>
    public const long Streamed = 1L << 30;

    private static readonly string[] Kernels =
        ["gemm_dense_f16-f16-f32_rN_dN_c1_tt", "gemm_dense_s8r-f16-f32_rN_dN_c1_tt", "gemm_dense_s4g128-f16-f32_rN_dN_c1_tt", "gemm_dense_s8r-s8k-f32_rN_dN_c1_tt__dequantise"];

    public static IEnumerable<GpuCase> All() =>
        from shape in ((int Rows, int Depth)[])[(4096, 4096), (4096, 11008), (12288, 12288)]
        from kernel in Kernels
        from isConstant in (bool[])[false, true]
        select new GpuCase("decode", kernel, shape.Rows, shape.Depth, 1, Ceiling.Read)
        {
            HasConstantExtents = isConstant,
            StreamedBytes = Streamed,
            Peers = [new("cuBLAS", FormattableString.Invariant($"stream f16 {Streamed}"))],
        };
}
