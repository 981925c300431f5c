using System.Text.RegularExpressions;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Gpu.Tests.Portable;
using Intarsia.ProductSpace.Drawing;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Relational products on a GPU: few features and many, depths of one chunk and of several, nodes of several blocks and groups of several rows, in the interpreter, as PTX in the emulator and in the portable form; draws of the product
/// space; and kernels with one mistake, which must be caught.
/// </summary>
[Trait("Category", "Gpu")]
public class RelationalTests
{
    private const int Drawn = 16, Parts = 4;

    /// <summary>A kernel, sizes as they are called (features of Y, features of X, nodes, nodes that edges come from), and whether lines begin and end at multiples of 16 bytes.</summary>
    public static TheoryData<string, int, int, int, int, bool> Kernels() => new()
    {
        // One chunk and one strip, narrow and wide; a node more than a block has.
        { "rgms_dense_f32-f32-f32_r7_d5_cN_tt_rel3", 7, 5, 257, 9, false },
        { "rgms_dense_f32-f32-f32_r16_d16_cN_tt_rel3", 16, 16, 40, 30, true },
        { "rgms_dense_f32-f32-f32_r32_d32_c129_tt_rel2", 32, 32, 129, 20, true },
        { "rgms_dense_f16-f16-f16_r64_d64_cN_tt_rel4", 64, 64, 65, 50, true },
        { "rgms_dense_bf16-bf16-f32_r50_d31_cN_tt_rel1_edgesbf16", 50, 31, 20, 60, false },
        // Several chunks, the last of them short; several strips, the last of them short.
        { "rgms_dense_f32-f32-f32_r5_d70_cN_tt_rel3", 5, 70, 30, 12, false },
        { "rgms_dense_f32-f32-f32_r80_d200_cN_tt_rel2", 80, 200, 70, 12, true },
        { "rgms_dense_f32-f16-bf16_rN_dN_cN_tt_rel3_edgesf16__bias-gelu", 67, 131, 66, 20, false },
        { "rgms_dense_f16-f32-f32_rN_dN_cN_tt_ldx_ldy_rel5__bias-residual-relu", 64, 160, 40, 33, true },
        // Quantised weights, chains to bytes, sums of 32 bits that wrap.
        { "rgms_dense_s8r-f32-f32_rN_d24_cN_tt_rel2__bias", 33, 24, 70, 15, false },
        { "rgms_dense_s8t-bf16-s8_rN_dN_cN_tt_rel2__silu-requantise", 64, 128, 10, 15, true },
        { "rgms_dense_s8-s8-s32_rN_dN_cN_tt_rel3_edgess8", 20, 150, 70, 40, false },
        { "rgms_dense_s8r-u8t-s8_r48_d32_cN_tt_rel4_edgess8__dequantise-bias-relu-requantise", 48, 32, 90, 25, true },
        { "rgms_dense_s8-u8-s32_r64_d64_cN_tt_rel2_edgess8_wrap__bias", 64, 64, 64, 64, true },
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_OfEveryShape_MeetsTheReference(string name, int rows, int depth, int nodes, int sources, bool aligned)
    {
        foreach (Device device in (Device[])[Device.Sm80, Device.Portable])
        {
            GpuDraw draw = Draw(name, device, rows, depth, nodes, sources, aligned);
            Assert.Contains(draw.Operands().Edges, edge => edge != 0);
            EmulatedKernelTests.AssertMeetsReference(draw);
            if (device == Device.Portable) Assert.Null(Portable(draw));
        }
    }

    private static GpuDraw Draw(string name, Device device, int rows, int depth, int nodes, int sources, bool aligned)
    {
        GpuDraw draw = GpuDraw.Of(name, device, aligned, rows, depth, nodes);
        return draw with { Kernel = draw.Kernel with { Sizes = draw.Kernel.Sizes with { Sources = sources } } };
    }

    /// <summary>What is wrong with the portable form of a kernel, with an edit of its text; null for nothing.</summary>
    private static string? Portable(GpuDraw draw, Func<string, string>? edit = null)
    {
        PortableCase kernel = PortableCase.Of("Kernel", draw)!;
        if (edit is not null) kernel = kernel with { Text = kernel.Text with { Source = edit(kernel.Text.Source) } };
        using var library = new PortableLibrary([kernel]);
        ReferenceOperands operands = draw.Operands();
        return SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(library.Run(kernel, operands));
    }
}
