using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu;

/// <summary>One thing to measure: a kernel at a size, and what the vendor's libraries call it.</summary>
/// <param name="Group">The table it belongs to.</param>
/// <param name="Kernel">The kernel's name, extents open; see <see cref="KernelName"/>.</param>
/// <param name="Rows">Rows of W.</param>
/// <param name="Depth">Columns of W.</param>
/// <param name="Columns">Tokens.</param>
/// <param name="Vendor">The request to vendor.py, without the sizes.</param>
/// <param name="Sparsity">Share of W that is zero; 0 for patterns that fix it.</param>
internal sealed record GpuCase(string Group, string Kernel, int Rows, int Depth, int Columns, string Vendor, double Sparsity = 0)
{
    /// <summary>BERT-base and -large projections at 512 tokens, and the square that libraries are tuned for.</summary>
    private static readonly (int Rows, int Depth, int Columns)[] DenseShapes = [(4096, 4096, 4096), (768, 768, 512), (3072, 768, 512), (768, 3072, 512), (4096, 1024, 512)];

    public static IEnumerable<GpuCase> All()
    {
        foreach ((int rows, int depth, int columns) in DenseShapes)
        {
            yield return new GpuCase("dense", "gemm_dense_f16-f16-f16_rN_dN_cN_tt", rows, depth, columns, "gemm f16");
            yield return new GpuCase("dense", "gemm_dense_bf16-bf16-bf16_rN_dN_cN_tt", rows, depth, columns, "gemm bf16");
            yield return new GpuCase("dense", "gemm_dense_s8-s8-s32_rN_dN_cN_tt", rows, depth, columns, "gemm s8");
        }
        yield return new GpuCase("2:4", "spmm_nm2of4_f16-f16-f16_rN_dN_cN_tt", 4096, 4096, 4096, "sparse24 f16");
        yield return new GpuCase("2:4", "spmm_nm2of4_s8-s8-s32_rN_dN_cN_tt", 4096, 4096, 4096, "sparse24 s8");
        foreach (double sparsity in (double[])[0.5, 0.7, 0.8, 0.9, 0.95, 0.98])
        {
            yield return new GpuCase("SR-BCRS V=8", "spmm_srbcrs8_f16-f16-f32_rN_dN_cN", 2048, 2048, 512, "gemm f16", sparsity);
            yield return new GpuCase("SR-BCRS V=8", "spmm_srbcrs8_s8-s8-s32_rN_dN_cN", 2048, 2048, 512, "gemm s8", sparsity);
        }
        foreach ((int rows, int depth) in ((int, int)[])[(4096, 4096), (12288, 49152)])
        {
            yield return new GpuCase("decode", "gemm_dense_f16-f16-f32_rN_dN_c1_tt", rows, depth, 1, "gemm f16");
            yield return new GpuCase("decode", "gemm_dense_s8r-f16-f32_rN_dN_c1_tt", rows, depth, 1, "gemm f16");
            yield return new GpuCase("decode", "gemm_dense_s4g128-f16-f32_rN_dN_c1_tt", rows, depth, 1, "gemm f16");
        }
    }

    public KernelSpec Spec => KernelName.Parse(Kernel);

    public double Operations => 2.0 * Rows * Depth * Columns * (1 - Sparsity) * (Group == "2:4" ? 0.5 : 1);

    public override string ToString() => FormattableString.Invariant($"{Group} {Kernel} {Rows}x{Depth}x{Columns}") + (Sparsity > 0 ? FormattableString.Invariant($" {Sparsity:P0} zero") : "");

    /// <summary>The kernel for a device, or null where it has none.</summary>
    public (KernelPlan Plan, PtxKernel Kernel)? Lower((int Major, int Minor) capability)
    {
        bool hopper = capability == (9, 0) && DevicePlanner.Supports(Spec, Device.Sm90A);
        Device device = hopper ? Device.Sm90A : Device.Sm80;
        if (!DevicePlanner.Supports(Spec, device)) return null;
        KernelPlan plan = DevicePlanner.Plan(Spec, device, aligned: true);
        return (plan, KernelLowering.Lower(plan, hopper ? PtxTarget.Sm90A : PtxTarget.Sm80, "kernel", new HashSet<string>()));
    }

    /// <summary>Operands of a size, drawn from a fixed seed.</summary>
    public ReferenceOperands Operands(int rows, int depth, int columns)
    {
        var sizes = new CallSizes(rows, depth, columns) { WeightsStride = depth, XStride = Spec.X.Layout == MatrixLayout.TokenMajor ? depth : columns, YStride = Spec.Y.Layout == MatrixLayout.TokenMajor ? rows : columns };
        ReferenceOperands operands = OperandFactory.Draw(new DrawnKernel(0, 2026, Spec, new SignatureStyle(), sizes, SizeClass.Exact));
        if (Sparsity > 0) Thin(operands);
        return operands;
    }

    /// <summary>Draws again which vectors of V rows are stored, so that the share that is zero is met.</summary>
    private void Thin(ReferenceOperands o)
    {
        var random = new SeededRandom(7);
        int v = Spec.Weights.Pattern.VectorLength;
        for (int group = 0; group < o.Rows; group += v)
        {
            for (int k = 0; k < o.Depth; k++)
            {
                bool keep = random.NextDouble() >= Sparsity;
                for (int row = group; row < Math.Min(o.Rows, group + v); row++)
                {
                    int at = row * o.Depth + k;
                    o.Stored![at] = keep;
                    o.Weights[at] = keep ? o.Weights[at] == 0 ? 1 : o.Weights[at] : 0;
                }
            }
        }
    }
}
