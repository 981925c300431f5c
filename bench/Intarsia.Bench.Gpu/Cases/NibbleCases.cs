namespace Intarsia.Bench.Gpu.Cases;

/// <summary>Weights of four bits with many tokens, which tensor cores multiply as the format of X: a layer of a 7-billion-parameter model as it reads a prompt, and a square.</summary>
internal static class NibbleCases
{
    private static readonly (int Rows, int Depth, int Columns)[] Shapes = [(4096, 4096, 4096), (4096, 4096, 512), (11008, 4096, 128)];

    private static readonly (string Name, string Format)[] Kernels =
    [
        ("gemm_dense_s4-s8-s32_rN_dN_cN_tt", "s8"), ("gemm_dense_s4r-s8k-f16_rN_dN_cN_tt__dequantise", "s8"), ("gemm_dense_s4r-f16-f16_rN_dN_cN_tt", "f16"), ("gemm_dense_s4g128-f16-f16_rN_dN_cN_tt", "f16"),
    ];

    public static IEnumerable<GpuCase> All() =>
        from shape in Shapes
        from kernel in Kernels
        select new GpuCase("nibbles", kernel.Name, shape.Rows, shape.Depth, shape.Columns, Ceiling.Tensor) { Peers = [new("cuBLAS", $"gemm {kernel.Format}")] };
}
