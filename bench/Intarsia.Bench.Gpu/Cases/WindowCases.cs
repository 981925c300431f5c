namespace Intarsia.Bench.Gpu.Cases;

/// <summary>
/// Adjacencies of graphs in row windows (TC-GNN; Wang et al., ATC'23) times features of their nodes, beside rows of single elements. Each edge names a row of features, so that reading those is the ceiling; windows, which read a row once for 16
/// nodes, may exceed it.
/// </summary>
internal static class WindowCases
{
    private const int Nodes = 8192;

    private static readonly (string Name, string Format)[] Kernels = [("spmm_win16x8_tf32-tf32-f32_rN_dN_cN", "f32"), ("spmm_win16x8_f16-f16-f32_rN_dN_cN", "f16"), ("spmm_csr_f32-f32-f32_rN_dN_cN", "f32")];

    public static IEnumerable<GpuCase> All() =>
        from edgesOfANode in (int[])[8, 64]
        from features in (int[])[64, 256]
        from kernel in Kernels
        let sparsity = 1 - (double)edgesOfANode / Nodes
        select new GpuCase("windows", kernel.Name, Nodes, Nodes, features, Ceiling.Gather) { Sparsity = sparsity, IsGraph = true, Peers = [new("cuSPARSE", FormattableString.Invariant($"csr {kernel.Format} {sparsity}"))] };
}
