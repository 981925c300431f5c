namespace Intarsia.Bench.Gpu.Cases;

/// <summary>
/// Groups of GS(B, k) (Sun et al., 2021) with few tokens, whose activations are gathered from the banks of shared memory, beside rows of as many elements anywhere: bound by reading weights and places, from matrices that no cache holds.
/// </summary>
internal static class BankedCases
{
    private const int Size = 4096;

    private static readonly string[] Patterns = ["gs32k32q65536", "gs32k4q65536", "gs16k4q65536", "csr"];

    public static IEnumerable<GpuCase> All() =>
        from pattern in Patterns
        from columns in (int[])[1, 4]
        // Whole groups of each row, or bundle.
        from sparsity in (double[])[0.75, 0.9375]
        select new GpuCase("banked", FormattableString.Invariant($"spmm_{pattern}_f16-f16-f32_rN_d{Size}_c{columns}_tt"), Size, Size, columns, Ceiling.Read)
        {
            Sparsity = sparsity,
            StreamedBytes = DecodeCases.Streamed,
            Peers = [new("cuBLAS", FormattableString.Invariant($"stream f16 {DecodeCases.Streamed}"))],
        };
}
