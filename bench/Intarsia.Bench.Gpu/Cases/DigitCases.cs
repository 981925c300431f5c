namespace Intarsia.Bench.Gpu.Cases;

/// <summary>
/// Magicube's pairs of integer formats, as its log has them (Li, Osawa, Hoefler, SC'22, section 5): the shape of <see cref="GatheredCases"/> at its sparsities, against dense binary16. L16-R16, whose sums exceed 32 bits, once with a
/// declared wrap and once in 64 bits.
/// </summary>
internal static class DigitCases
{
    private static readonly string[] Pairs =
    [
        "s16-s16-s32_rN_dN_cN_wrap", "s16-s16-s64_rN_dN_cN_wide", "s16-s8-s32_rN_dN_cN", "s16-s4-s32_rN_dN_cN", "s12-s4-s32_rN_dN_cN", "s8-s4-s32_rN_dN_cN", "s4-s4-s32_rN_dN_cN",
    ];

    public static IEnumerable<GpuCase> All() =>
        from pair in Pairs
        from sparsity in GatheredCases.Sparsities
        select new GpuCase("SpMM LxRy", "spmm_srbcrs8_" + pair, GatheredCases.Rows, GatheredCases.Depth, GatheredCases.Columns, Ceiling.Gather) { Sparsity = sparsity, Peers = [new("cuBLAS", "gemm f16")] };
}
