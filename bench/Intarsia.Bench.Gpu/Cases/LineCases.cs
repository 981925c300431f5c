namespace Intarsia.Bench.Gpu.Cases;

/// <summary>Operations on lines, bound by reading X and writing Y: of a hidden size of BERT-base, where a launch counts for most, and of a matrix larger than any second-level cache.</summary>
internal static class LineCases
{
    private static readonly (int Lines, int Length)[] Shapes = [(128, 768), (8192, 4096)];

    public static IEnumerable<GpuCase> All() =>
        from shape in Shapes
        from format in (string[])["f16", "f32"]
        from c in Of(shape.Lines, shape.Length, format)
        select c;

    private static IEnumerable<GpuCase> Of(int lines, int length, string format) =>
    [
        .. from kernel in ((string Name, string Peer)[])
           [
               ($"softmax_{format}-{format}_rN_cN", "softmax"),
               ($"layernorm_{format}-{format}_rN_cN_gamma_beta", "layernorm"),
               ($"rmsnorm_{format}-{format}_rN_cN_gamma", "rmsnorm"),
           ]
           from isConstant in (bool[])[false, true]
           select new GpuCase("lines", kernel.Name, lines, 0, length, Ceiling.Copy) { HasConstantExtents = isConstant, Peers = [new("PyTorch", $"{kernel.Peer} {format}")] },
        // Token-major: a line is what a token has, a bias one value for each of its elements.
        new("lines", $"elementwise_{format}-{format}_rN_cN_tt__bias-gelu-residual", length, 0, lines, Ceiling.Copy) { Peers = [new("PyTorch", $"chain {format}")] },
    ];
}
