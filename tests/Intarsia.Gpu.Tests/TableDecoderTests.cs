using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.ProductSpace.Drawing;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Weights that are codes of four bits for the integers of a table: they stay codes until a table in registers makes numbers of them, right before tensor cores or multiply-adds take them. Every format, as the first factor and as
/// the second, beside bytes, binary16, bfloat16 and binary32, with scales of every kind.
/// </summary>
[Trait("Category", "Gpu")]
public class TableDecoderTests
{
    private const string Tiles = "gemm_dense_flint4r-s8t-f32_rN_dN_cN_tt__dequantise", Halves = "gemm_dense_cb16s8r-f16-f16_rN_dN_cN_tt", Decode = "gemm_dense_pot4g32-s8-f32_rN_dN_c3_tt__dequantise";

    [Theory]
    [InlineData("gemm_dense_flint4-s8-s32_rN_dN_cN", 70, 100, 45)]
    [InlineData("gemm_dense_pot4-u8-s32_r33_d64_cN_tt", 33, 64, 40)]
    [InlineData("gemm_dense_uflint4r-s8t-f32_rN_d200_cN_tt__dequantise-bias", 130, 200, 20)]
    [InlineData("gemm_dense_float4g64-s8-f32_rN_dN_cN__dequantise", 70, 200, 37)]
    [InlineData("gemm_dense_cb16s8g32-u8k-f32_rN_d100_cN_tt__dequantise-gelu", 40, 100, 33)]
    [InlineData("gemm_dense_cb16s8-s8-s32_rN_dN_cN_tt", 40, 33, 33)]
    [InlineData("gemm_dense_flint4r-f16-f16_rN_dN_cN", 70, 100, 45)]
    [InlineData("gemm_dense_pot4t-f16-f32_rN_d64_cN_tt", 150, 64, 40)]
    [InlineData("gemm_dense_uflint4g64-f16-f16_rN_dN_cN_tt", 40, 200, 33)]
    [InlineData("gemm_dense_upot4r-f16-f32_rN_dN_cN", 40, 100, 33)]
    [InlineData("gemm_dense_float4g128-f16-f16_rN_dN_cN_tt", 40, 300, 33)]
    [InlineData("gemm_dense_ufloat4r-bf16-bf16_rN_dN_cN", 40, 100, 33)]
    [InlineData("gemm_dense_upot4g32-bf16-f32_rN_dN_cN_tt", 40, 100, 33)]
    [InlineData("gemm_dense_flint4r-bf16-f32_rN_d96_cN_tt__bias-silu", 129, 96, 130)]
    [InlineData("gemm_dense_cb16s8r-f16-f16_rN_dN_cN", 40, 70, 33)]
    [InlineData("gemm_dense_cb16s8g32-bf16-bf16_rN_dN_cN_tt", 40, 70, 33)]
    [InlineData("spmm_nm4of8_flint4r-s8t-f32_rN_dN_cN_tt__dequantise", 40, 100, 33)]
    [InlineData("spmm_nm4of8_cb16s8-s8-s32_rN_dN_cN_tt", 40, 100, 33)]
    [InlineData("spmm_nm8of16v4_uflint4-s8-s32_rN_dN_cN", 40, 100, 33)]
    [InlineData("gemm_dense_flint4-s8-s32_rN_dN_c1_tt", 21, 70, 1)]
    [InlineData("gemm_dense_pot4g32-s8-f32_rN_dN_c3_tt__dequantise", 9, 1100, 3)]
    [InlineData("gemm_dense_cb16s8g8-u8k-f32_rN_dN_c2__dequantise", 9, 1100, 2)]
    [InlineData("gemm_dense_float4r-f16-f16_rN_dN_c16_tt", 21, 300, 16)]
    [InlineData("gemm_dense_upot4r-f32-f32_rN_dN_c2", 21, 300, 2)]
    [InlineData("gemm_dense_cb16s8g64-bf16-bf16_rN_dN_c9_tt", 21, 300, 9)]
    public void Kernel_RaggedAndAligned_MeetsTheReference(string name, int rows, int depth, int columns)
    {
        KernelSpec spec = KernelName.Parse(name);
        foreach (bool aligned in (bool[])[false, true])
        {
            if (aligned) (rows, depth, columns) = (Up(spec.Rows, rows), Up(spec.Depth, depth), Up(spec.Columns, columns));
            if (aligned && (rows % 16 != 0 || depth % 16 != 0)) continue;
            GpuDraw draw = GpuDraw.Of(name, Device.Sm80, aligned, rows, depth, columns);
            EmulatedKernelTests.AssertMeetsReference(draw);
        }
    }

    /// <summary>Draws of the product space whose weights are looked up: all formats, epilogues, layouts and extents that it has for them.</summary>
    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    public void Kernel_OfDrawnCodes_MeetsTheReference(ulong seed) =>
        EmulatedKernelTests.AssertDrawsMeetReference(seed, 40, cell => cell is { Operation: Operation.Gemm, Weights: { } weights } && NumberFormats.HasNibbleCodes(weights), draw => draw.Plan().Program.Buffers.Any(buffer => buffer.Name == "T"));

    /// <summary>The weights are four bits in memory, and the table is what the instruction takes.</summary>
    [Theory]
    [InlineData("gemm_dense_flint4r-s8t-f32_rN_dN_cN_tt__dequantise", PreparedKind.NibbleFragment, ElementType.S8)]
    [InlineData("gemm_dense_cb16s8r-u8t-f32_rN_dN_cN_tt__dequantise", PreparedKind.NibbleFragment, ElementType.S8)]
    [InlineData("gemm_dense_flint4r-f16-f16_rN_dN_cN_tt", PreparedKind.NibbleFragment, ElementType.F16)]
    [InlineData("gemm_dense_upot4r-bf16-bf16_rN_dN_cN_tt", PreparedKind.NibbleFragment, ElementType.BF16)]
    [InlineData("gemm_dense_float4-s8-s32_rN_dN_c4_tt", PreparedKind.Nibble, ElementType.S8)]
    [InlineData("gemm_dense_upot4r-f32-f32_rN_dN_c4_tt", PreparedKind.Nibble, ElementType.F16)]
    public void Plan_OfATable_KeepsItsCodes(string name, PreparedKind kind, ElementType table)
    {
        foreach (bool aligned in (bool[])[false, true])
        {
            KernelPlan plan = DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned);
            Assert.All(plan.Bindings.OfType<Binding.Prepared>(), binding => Assert.Equal(kind, binding.Kind));
            Assert.Equal(ElementType.U4, plan.Program.Buffers.Single(buffer => buffer.Name == "W").Element);
            BufferDecl numbers = plan.Program.Buffers.Single(buffer => buffer.Name == "T");
            Assert.Equal((table, !name.Contains("cb16", StringComparison.Ordinal) && table == ElementType.F16), (numbers.Element, numbers.LowBytesAreZero));
            Assert.Contains(plan.Program.Reasons, reason => reason.StartsWith("weights stay codes of four bits", StringComparison.Ordinal));
        }
    }

    /// <summary>What keeps no codes says why.</summary>
    [Theory]
    [InlineData("gemm_dense_cb16-f16-f16_rN_dN_cN_tt", "a table of binary32 numbers")]
    [InlineData("gemm_dense_cb16-f32-f32_rN_dN_c1_tt", "a table of binary32 numbers")]
    [InlineData("gemm_dense_flint4r-f32-f32_rN_dN_cN_tt", "multiply-adds of tiles")]
    [InlineData("gemm_dense_flint4g16-f16-f16_rN_dN_cN_tt", "a scale group ends within a step")]
    public void Plan_OfATableThatDoesNotFit_SaysWhy(string name, string why) =>
        Assert.Contains(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned: true).Program.Reasons, reason => reason.StartsWith("codes of the weights are looked up before the call", StringComparison.Ordinal) && reason.Contains(why, StringComparison.Ordinal));

    [Theory]
    [InlineData(Tiles, "0x77777777", "0x66666666")]
    [InlineData(Tiles, "0x44444444", "0x22222222")]
    [InlineData(Tiles, "0x32103210", "0x32103201")]
    [InlineData(Tiles, "shr.u32", "shl.b32")]
    [InlineData(Halves, "0x5140", "0x4150")]
    [InlineData(Halves, "0x6420", "0x7531")]
    [InlineData("gemm_dense_flint4r-f16-f16_rN_dN_cN_tt", "0x3424", "0x2434")]
    [InlineData(Decode, "0x44444444", "0x11111111")]
    [InlineData(Decode, "0x77777777", "0x33333333")]
    public void Kernel_ThatLooksUpWrongly_IsCaught(string name, string text, string mistake) => EmulatedKernelTests.AssertIsFoundOut(Small(name), text, mistake);

    /// <summary>A kernel whose table has one wrong entry, any of them that the weights name.</summary>
    [Theory]
    [InlineData(Tiles)]
    [InlineData(Halves)]
    [InlineData(Decode)]
    public void Kernel_WithAWrongEntry_IsCaught(string name)
    {
        GpuDraw draw = Small(name);
        Assert.Null(EmulatedKernelTests.Fault(draw));
        int found = Enumerable.Range(0, 16).Count(entry => EmulatedKernelTests.Fault(draw, spoil: operands =>
        {
            Array table = operands.Buffers["T"];
            if (table is sbyte[] bytes) bytes[entry] ^= 1;
            else ((Half[])table)[entry] += Half.One;
        }) is not null);
        // The code of −0 is none of a signed table's.
        Assert.InRange(found, 15, 16);
    }

    private static GpuDraw Small(string name) => GpuDraw.Of(name, Device.Sm80, aligned: true, 64, 64, KernelName.Parse(name).Columns is { IsConstant: true } columns ? columns.Constant : 32);

    private static int Up(Extent extent, int size) => extent.IsConstant ? extent.Constant : (size + 15) / 16 * 16;
}
