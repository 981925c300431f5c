namespace Intarsia.Bench.Gpu.Cases;

/// <summary>2:4 weights on sparse tensor cores against cuSPARSELt, and the dense product against which they have to pay.</summary>
internal static class SparseTensorCoreCases
{
    public static IEnumerable<GpuCase> All() =>
        from kernel in ((string Name, string Format)[])[("spmm_nm2of4_f16-f16-f16_rN_dN_cN_tt", "f16"), ("spmm_nm2of4_s8-s8-s32_rN_dN_cN_tt", "s8")]
        from isConstant in (bool[])[false, true]
        select new GpuCase("2:4", kernel.Name, 4096, 4096, 4096, Ceiling.Tensor)
        {
            HasConstantExtents = isConstant,
            Peers = [new("cuSPARSELt", $"sparse24 {kernel.Format}"), new("cuBLAS", $"gemm {kernel.Format}")],
        };
}
