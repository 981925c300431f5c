namespace Intarsia.Bench.Gpu.Cases;

/// <summary>
/// Planes of weights times planes of activations (APNN-TC; Feng et al., SC'21), counted by tensor cores on bits, at a square and at the layer of that paper's kernels with 64 tokens. Operations are those of the dense product of as many numbers,
/// and the ceiling is that of bytes, which would hold them: a share above 1 is what fewer bits are worth.
/// </summary>
internal static class PlaneCases
{
    private static readonly (int OfWeights, int OfX)[] Planes = [(1, 1), (1, 2), (2, 2), (4, 4), (8, 8)];

    private static readonly (int Rows, int Depth, int Columns)[] Shapes = [(4096, 4096, 4096), (1024, 1024, 64)];

    public static IEnumerable<GpuCase> All() =>
        from shape in Shapes
        from planes in Planes
        select new GpuCase("planes", FormattableString.Invariant($"gemm_dense_planes{planes.OfWeights}-planes{planes.OfX}-s32_rN_dN_cN_pt"), shape.Rows, shape.Depth, shape.Columns, Ceiling.Tensor)
        {
            Peers = [new("cuBLAS", "gemm s8")],
        };
}
