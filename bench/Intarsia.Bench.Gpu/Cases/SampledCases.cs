namespace Intarsia.Bench.Gpu.Cases;

/// <summary>Products sampled on a pattern, at the anchor of Magicube (Li, Osawa, Hoefler, SC'22): 256×2304 vectors of 8 rows, a depth of 512. The vendor's dense product computes everything.</summary>
internal static class SampledCases
{
    private static readonly string[] Kernels = ["sddmm_srbcrs8_f16span-f16-f32_rN_dN_cN_tr", "sddmm_srbcrs8_s8span-s8-s32_rN_dN_cN_tr", "sddmm_csr_f16span-f16-f32_rN_dN_cN_tr"];

    public static IEnumerable<GpuCase> All() =>
        from kernel in Kernels
        from sparsity in GatheredCases.Sparsities
        select new GpuCase("SDDMM", kernel, 2048, 512, 2304, Ceiling.Gather) { Sparsity = sparsity, Peers = [new("cuBLAS", "gemm f16")] };
}
