using Intarsia.Compiler;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Generators.Tests.Harness;

namespace Intarsia.Generators.Tests.Rules;

/// <summary>The rules on forms for accelerators as a table, on specs written by their names; and that only projects with accelerators hear of them.</summary>
[Trait("Category", "Gpu")]
public class DeviceRulesTests
{
    private static readonly MethodSpec Method = Declare(3);

    [Theory]
    // Tensor cores take these.
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", "")]
    [InlineData("gemm_dense_tf32-tf32-f32_rN_dN_cN_tt", "")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN_tt", "")]
    [InlineData("gemm_dense_s4g128-f16-f32_rN_dN_cN_tt", "")]
    // So few columns stream the weights: nothing is missed.
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_c4_tt", "")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", "TPP0904 fused multiply-adds in binary32")]
    [InlineData("gemm_dense_f16-bf16-f32_rN_dN_cN", "TPP0904 fused multiply-adds in binary32")]
    [InlineData("gemm_dense_s8rz-s8-f32_rN_dN_cN__dequantise", "TPP0904 integer multiply-adds")]
    [InlineData("gemm_dense_s8g24-s8-f32_rN_dN_cN__dequantise", "TPP0904 integer multiply-adds")]
    // Weights that are made of coefficients and bases: before the call for more columns than stream the weights, and for the portable form, which no tensor core runs in any case.
    [InlineData("gemm_dense_pot4br-f32-f32_rN_dN_c16_tt", "")]
    [InlineData("gemm_dense_pot4br-f32-f32_rN_dN_c17_tt", "TPP0904 fused multiply-adds in binary32")]
    [InlineData("gemm_dense_pot4br-f16-f16_rN_dN_cN_tt", "TPP0904 fused multiply-adds in binary32")]
    [InlineData("spmm_bsr2x6_pot4bg15-f32-f32_rN_dN_cN", "TPP0904 fused multiply-adds in binary32")]
    // Unsigned bytes on warp groups.
    [InlineData("gemm_dense_s8r-u8-s32_rN_dN_cN_tt", "TPP0406 sm_90a")]
    [InlineData("gemm_dense_s8r-u8-s32_rN_dN_cN", "")]
    [InlineData("gemm_dense_u8r-s8-s32_rN_dN_cN_tt", "TPP0406 sm_90a")]
    [InlineData("gemm_dense_u8r-u8-s32_rN_dN_cN_tt", "")]
    [InlineData("spmm_csr_u8-s8-s32_rN_dN_cN", "TPP0904 integer multiply-adds")]
    // Integers beyond bytes: digits, or the portable form alone.
    [InlineData("spmm_srbcrs8_s16-s16-s64_rN_dN_cN_wide", "")]
    [InlineData("spmm_srbcrs8_s16-s16-s64_rN_dN_cN_tr_wide", "TPP0316 F")]
    [InlineData("spmm_csr_s16-s8-s32_rN_dN_cN", "TPP0316 F")]
    [InlineData("spmm_nm2of4_s12-s4-s32_rN_dN_cN", "TPP0316 F")]
    [InlineData("gemm_dense_u16span-u8-s64_rN_dN_cN_wide", "TPP0316 F")]
    // Gathered weights.
    [InlineData("spmm_srbcrs8_f16-f16-f32_rN_dN_cN", "")]
    [InlineData("spmm_csr_s8-s8-s32_rN_dN_cN", "TPP0904 integer multiply-adds")]
    [InlineData("spmm_srbcrs8_f16-f16-f32_rN_dN_cN_tr", "TPP0904 fused multiply-adds")]
    // So few columns that each weight gathers its own activation, groups of GS(B, k) without conflicts.
    [InlineData("spmm_csr_f32-f32-f32_rN_d1000_c1", "")]
    [InlineData("spmm_csr_f32-f32-f32_rN_d1000_c9", "TPP0904 fused multiply-adds in binary32; TPP0905 X; TPP0905 Y")]
    [InlineData("spmm_gs32k4_f32-f32-f32_rN_d1000_c3", "")]
    [InlineData("spmm_gs32k4t_f32-f32-f32_rN_d1000_c1", "")]
    [InlineData("spmm_gs32k4_f32-f32-f32_rN_d1000_cN", "TPP0907 GS(32, 4)")]
    [InlineData("spmm_gs16k16_s8r-s8-f32_rN_dN_c1__dequantise", "TPP0907 GS(16, 16); TPP0905 X; TPP0905 Y")]
    [InlineData("spmm_gs8k2_f16-f16-f32_rN_d4089_c8", "TPP0907 GS(8, 2)")]
    [InlineData("spmm_gs8k2_f16-f16-f32_rN_d4088_c8", "")]
    [InlineData("spmm_gs32k4_s8g32-s8-f32_rN_d64_c16__dequantise", "TPP0907 GS(32, 4)")]
    // Zeros that CPUs skip.
    [InlineData("spmm_rcsc64_cb16-f32-f32_rN_d1000_c1", "TPP0908 F")]
    [InlineData("spmm_rcsc4_s8r-s8-s32_rN_dN_cN", "TPP0904 integer multiply-adds; TPP0908 F")]
    [InlineData("spmm_rcsc4_s16-s8-s32_rN_dN_cN", "TPP0316 F; TPP0908 F")]
    [InlineData("spmm_rcsc4_s8g32-s8-f32_rN_dN_cN__dequantise", "TPP0904 integer multiply-adds")]
    [InlineData("spmm_rcsc64_f32-f32-f32_rN_d1000_c1", "")]
    [InlineData("spmm_rcsc64_cb16-f32-f32_rN_d1000_c4", "")]
    [InlineData("spmm_rcsc64t_cb16-f32-f32_rN_d1000_c1", "")]
    [InlineData("spmm_csr_cb16-f32-f32_rN_d1000_c1", "")]
    // Lines whose length is known.
    [InlineData("gemm_dense_f16-f16-f32_rN_d100_cN_tt", "TPP0905 X")]
    [InlineData("gemm_dense_f16-f16-f32_rN_d100_cN_tt_ldx", "")]
    [InlineData("gemm_dense_f16-f16-f32_rN_d104_cN_tt", "")]
    [InlineData("gemm_dense_f16-f16-f32_r10_dN_cN_tt", "TPP0905 Y")]
    [InlineData("gemm_dense_f16span-f16-f32_r64_d12_cN", "TPP0905 W")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_c20", "TPP0905 X")]
    // Factors of a sampled product that lie across the depth have lines where blocks of the result are tiles; a packed result has none.
    [InlineData("sddmm_bsr64x64_f16span-f16-f32_r100_d64_c36_trr", "TPP0905 X; TPP0905 W")]
    [InlineData("sddmm_bsr16x16_f16span-f16-f32_r100_d64_c36_trr", "")]
    [InlineData("sddmm_bsr64x64_f16span-f16-f32_rN_d20_c30_tr", "TPP0905 X; TPP0905 W")]
    [InlineData("sddmm_bsr64x64_s8span-u8-s32_rN_dN_cN_tr", "TPP0406 sm_90a")]
    [InlineData("sddmm_bsr32x64_s8span-u8-s32_rN_dN_cN_tr", "")]
    public void Check_Spec_Finds(string name, string expected)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.True(KernelRules.IsValid(spec));
        Assert.Equal(expected, string.Join("; ", DeviceRules.Check(spec, Method).Select(violation => $"{violation.Id} {violation.Arguments[0]}")));
    }

    /// <summary>Coefficients of a basis have no format of 16 bits to be given, and none of theirs is what tensor cores would round.</summary>
    [Theory]
    [InlineData("gemm_dense_pot4br-f32-f32_rN_dN_c17_tt", true)]
    [InlineData("gemm_dense_pot4br-f16-f16_rN_dN_cN_tt", true)]
    [InlineData("gemm_dense_pot4bg27-bf16-f32_rN_dN_cN_tt", false)]
    [InlineData("spmm_bsr2x6_pot4bg15-f32-f32_rN_dN_cN", false)]
    public void Check_CoefficientsOfABasis_SaysWhatIsRoundedAndWhatReadsThem(string name, bool fewColumnsDo)
    {
        RuleViolation violation = Assert.Single(DeviceRules.Check(KernelName.Parse(name), Method));
        Assert.Equal("coefficients times their basis are weights of binary32, which tensor cores would round", violation.Arguments[1]);
        string few = fewColumnsDo ? "declare at most 16 columns, for which NVIDIA devices read coefficients and bases as they are stored, or " : "";
        Assert.Equal(few + "unpack the weights (PackedMatrix.Unpack) and pack them as 16-bit floats, which X has to be, too", violation.Arguments[2]);
    }

    [Theory]
    // Extents left to the planner, and its own.
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 0, 0, 0, 0, 0, "")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 128, 128, 32, 4, 3, "")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm90a, 256, 128, 64, 8, 4, "")]
    // No extent of anything.
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, -64, 0, 0, 0, 0, "TPP0101 Rows")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 0, 0, 0, 0, 1, "TPP0101 Stages")]
    // Instructions, copies, scale groups.
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 0, 100, 0, 0, 0, "TPP0105 Columns")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN", GpuArchitecture.Sm80, 0, 96, 0, 0, 0, "TPP0105 Columns")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 0, 0, 24, 0, 0, "TPP0105 Depth")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 0, 0, 0, 3, 0, "TPP0105 Warps")]
    [InlineData("gemm_dense_s8g64-s8-f32_rN_dN_cN_tt__dequantise", GpuArchitecture.Sm80, 0, 0, 128, 0, 0, "TPP0105 Depth")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm90a, 0, 96, 0, 0, 0, "TPP0105 Columns")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm90a, 512, 0, 0, 0, 0, "TPP0105 Rows")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm90a, 0, 0, 0, 16, 0, "TPP0105 Warps")]
    // Registers, shared memory.
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 256, 256, 0, 8, 0, "TPP0106 sm_80; TPP0106 sm_80")]
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_cN_tt", GpuArchitecture.Sm80, 128, 128, 64, 4, 8, "TPP0106 sm_80")]
    [InlineData("gemm_dense_s8g64-s8-f32_rN_dN_cN_tt__dequantise", GpuArchitecture.Sm90a, 256, 128, 0, 8, 0, "TPP0106 sm_90a")]
    // Nothing to tile, nothing to run it.
    [InlineData("gemm_dense_f16-f16-f32_rN_dN_c4_tt", GpuArchitecture.Sm80, 64, 0, 0, 0, 0, "TPP0107 Rows")]
    [InlineData("spmm_srbcrs8_f16-f16-f32_rN_dN_cN", GpuArchitecture.Sm80, 0, 64, 0, 2, 0, "TPP0107 Columns, Warps")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", GpuArchitecture.Sm90a, 64, 0, 0, 0, 0, "TPP0405 sm_90a")]
    [InlineData("spmm_srbcrs8_s16-s16-s64_rN_dN_cN_wide", GpuArchitecture.Sm90a, 64, 0, 0, 0, 0, "TPP0405 sm_90a")]
    [InlineData("gemm_dense_s16-s8-s32_rN_dN_cN", GpuArchitecture.Sm80, 64, 0, 0, 0, 0, "TPP0405 sm_80; TPP0316 F")]
    public void Check_TileOfABlock_Finds(string name, GpuArchitecture architecture, int rows, int columns, int depth, int warps, int stages, string expected)
    {
        KernelSpec spec = KernelName.Parse(name) with { Blocks = EquatableArray.Of(new BlockOverride(architecture, rows, columns, depth, warps, stages)) };
        Assert.Equal(expected, string.Join("; ", DeviceRules.Check(spec, Method).Select(violation => $"{violation.Id} {violation.Arguments[0]}")));
    }

    [Fact]
    public void Check_TileThatDoesNotFit_SaysWhatItNeedsAndWhatThereIs()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_f16-f16-f32_rN_dN_cN_tt") with { Blocks = EquatableArray.Of(new BlockOverride(GpuArchitecture.Sm80, 128, 128, 64, 4, 8)) };
        string message = Assert.Single(DeviceRules.Check(spec, Method)).Message;
        // 256 lines of 128 bytes, eight times; 163 KiB.
        Assert.Contains("needs 262144 bytes of shared memory (8 stages of 32768), but there are 166912", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_ManyArrays_HaveNoPortableForm() =>
        Assert.Equal("TPP0407", Assert.Single(DeviceRules.Check(KernelName.Parse("gemm_dense_f16-f16-f32_rN_dN_cN__" + string.Join("-", Enumerable.Repeat("residual", 14))), Declare(1, residuals: 14))).Id);

    [Theory]
    // W, X, Y and the scales, and residuals: 13 arrays go with the sizes as one argument.
    [InlineData(9, "TPP0316")]
    [InlineData(10, "TPP0408")]
    public void Check_ManyArraysAndNoDigits_HaveNoOverload(int residuals, string expected)
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_s16r-s8-f32_rN_dN_cN_wrap__dequantise-" + string.Join("-", Enumerable.Repeat("residual", residuals)));
        Assert.True(KernelRules.IsValid(spec), string.Join('\n', KernelRules.Check(spec)));
        MethodSpec method = Declare(1, residuals: residuals);
        Assert.Equal(expected, Assert.Single(DeviceRules.Check(spec, method)).Id);
        Assert.Equal(expected == "TPP0408", DeviceEmitter.Emit(spec, method) is null);
    }

    [Fact]
    public void Check_BinaryCodedWeights_HaveNoPortableForm()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_bcq3g64-f32-f32_rN_dN_cN");
        Assert.Equal("TPP0409", Assert.Single(DeviceRules.Check(spec, Declare(1))).Id);
        string text = DeviceEmitter.Emit(spec, Declare(1))!.Source;
        Assert.Contains("sm_80", text, StringComparison.Ordinal);
        Assert.DoesNotContain("sm_90a\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("void Portable(", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sddmm_csr_s8span-u8-s32_rN_dN_cN_tr", true)]
    [InlineData("sddmm_csr_s16span-u8-s32_rN_dN_cN_tr", false)]
    [InlineData("sddmm_srbcrs8_u4span-s4-s32_rN_dN_cN_tr", false)]
    [InlineData("sddmm_win16x8_s8span-s8-f32_rN_dN_cN_tr_wide__dequantise", false)]
    public void Check_SampledIntegers_RunOnTensorCoresWhereTheyAreBytes(string name, bool hasText)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.True(Compiler.Planning.Gpu.DevicePlanner.Supports(spec, Compiler.Planning.Gpu.Device.Portable));
        Assert.Equal(hasText, Compiler.Planning.Gpu.DevicePlanner.Supports(spec, Compiler.Planning.Gpu.Device.Sm80));
        Assert.Equal(hasText ? "" : "TPP0904", string.Join(' ', DeviceRules.Check(spec, Declare(1)).Select(violation => violation.Id).Where(id => id != "TPP0905")));
    }

    [Theory]
    [InlineData("sddmm_bsr8x24_f32span-f32-f32_rN_dN_cN_tr", "TPP0410")]
    [InlineData("sddmm_bsr3x8_f32span-f32-f32_rN_dN_cN_tr", "TPP0410")]
    [InlineData("sddmm_bsr3x16_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("sddmm_bsr128x128_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("sddmm_win16x8_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("sddmm_nm2of4v2_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("sddmm_bsr3x8f50+csr_f32span-f32-f32_rN_dN_cN_tr", "")]
    public void Check_SampledBlocks_HaveAnOverloadWhereSixteenColumnsStandTogether(string name, string expected)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.Equal(expected, string.Join(' ', DeviceRules.Check(spec, Declare(1)).Select(violation => violation.Id).Where(id => id == "TPP0410")));
        Assert.Equal(expected.Length == 0, Compiler.Planning.Gpu.DevicePlanner.Supports(spec, Compiler.Planning.Gpu.Device.Sm80));
    }

    [Fact]
    public void Check_BitPlanes_HaveNoOverload()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_planes2-signs8-s32_rN_dN_cN");
        RuleViolation violation = Assert.Single(DeviceRules.Check(spec, Declare(1)));
        Assert.Equal("TPP0327", violation.Id);
        Assert.Contains("use UInt8 weights and Int16 activations", violation.Message, StringComparison.Ordinal);
        Assert.Null(DeviceEmitter.Emit(spec, Declare(1)));
    }

    [Fact]
    public void Check_BitPlanesThatMeetPlanes_HaveAnOverloadForTensorCores()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_planes2-signs8-s32_rN_dN_cN_pt");
        Assert.Empty(DeviceRules.Check(spec, Declare(1)));
        string source = DeviceEmitter.Emit(spec, Declare(1))!.Source;
        Assert.Contains("Preparation<BitRowWeights>", source, StringComparison.Ordinal);
        Assert.Contains(".b1.b1.s32.and.popc", source, StringComparison.Ordinal);
        Assert.DoesNotContain("Fallback", source, StringComparison.Ordinal);
        // What another kernel is to read leaves this one in words.
        spec = KernelName.Parse("gemm_dense_planes2r-planes2-planes3_rN_dN_cN_pp__dequantise-requantise");
        MethodSpec method = Declare(1);
        method = method with { Parameters = method.Parameters.Append(new ParameterSpec("scale", "float", ParameterShape.Scalar, "float", Role.YScale)).ToEquatableArray() };
        Assert.Empty(DeviceRules.Check(spec, method));
        source = DeviceEmitter.Emit(spec, method)!.Source;
        Assert.Contains("vote.sync.ballot.b32", source, StringComparison.Ordinal);
        Assert.Contains("DeviceGuard.Matrix(nameof(y), y, stream, columns, (rows + 31) / 32 * 3, (rows + 31) / 32 * 3);", source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rgms_dense_f16-f16-f16_rN_dN_cN_tt_rel8", "fused multiply-adds in binary32", "round the sums over edges")]
    [InlineData("rgms_dense_s8-s8-s32_rN_dN_cN_tt_rel8_edgess8", "integer multiply-adds", "sums over edges have 32 bits")]
    public void Check_RelationalProduct_RunsOnMultiplyAdds(string name, string unit, string reason)
    {
        KernelSpec spec = KernelName.Parse(name);
        RuleViolation violation = Assert.Single(DeviceRules.Check(spec, Declare(0)));
        Assert.Equal("TPP0904", violation.Id);
        Assert.Contains($"{unit} instead of tensor cores: ", violation.Message, StringComparison.Ordinal);
        Assert.Contains(reason, violation.Message, StringComparison.Ordinal);
        Assert.True(DevicePlanner.Supports(spec, Device.Sm80) && DevicePlanner.Supports(spec, Device.Portable) && !DevicePlanner.Supports(spec, Device.Sm90A));
    }

    [Theory]
    [InlineData("butterfly_dense_f32span-f32-f32_r64_d8193_cN", true)]
    [InlineData("butterfly_dense_f32span-f32-f32_r8_d8194_cN_complex", true)]
    [InlineData("butterfly_dense_f32span-f32-f32_r20000_d8192_cN", false)]
    [InlineData("butterfly_dense_f32span-f32-f32_r64_d5000_cN_complex", false)]
    public void Check_ButterflyFactors_AreOfSoManyRowsAtMost(string name, bool isReported)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.Equal(isReported ? ["TPP0906"] : [], DeviceRules.Check(spec, Declare(1)).Select(violation => violation.Id));
        Assert.Equal(!isReported, DevicePlanner.Supports(spec, Device.Sm80));
        Assert.Equal(!isReported, DevicePlanner.Supports(spec, Device.Portable));
        if (isReported) Assert.Null(DeviceEmitter.Emit(spec, Declare(1)));
    }

    [Fact]
    public void WithoutBroken_ABrokenTile_LeavesTheOthers()
    {
        var good = new BlockOverride(GpuArchitecture.Sm80, 64, 64);
        KernelSpec spec = KernelName.Parse("gemm_dense_f16-f16-f32_rN_dN_cN_tt") with { Blocks = EquatableArray.Of(new BlockOverride(GpuArchitecture.Sm90a, 100), good) };
        Assert.Equal([good], BlockRules.WithoutBroken(spec).Blocks);
    }

    [Fact]
    public void Analyzer_WithoutAccelerators_ReportsNoneOfThem()
    {
        const string source = "using Intarsia;\npublic static partial class Layers\n{\n    [Gemm, Tile(GpuArchitecture.Sm80, Rows = 100)] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);\n}\n";
        Assert.Empty(GeneratorHarness.Run(Compilations.Create(source), GeneratorHarness.ScalarOnly).Ids);
        Assert.Equal(["TPP0107", "TPP0904"], GeneratorHarness.Run(Compilations.WithAccelerators(source), GeneratorHarness.ScalarOnly).Ids);
    }

    [Fact]
    public void Generator_TileThatBreaksARule_WritesTheOverloadWithThePlannersTile()
    {
        const string source = "using Intarsia;\npublic static partial class Layers\n{\n    [Gemm, Tile(GpuArchitecture.Sm80, Rows = 100)] public static partial void F([Format(NumberFormat.Float16)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y, int tokens);\n}\n";
        Outcome broken = GeneratorHarness.Run(Compilations.WithAccelerators(source), GeneratorHarness.ScalarOnly);
        Outcome plain = GeneratorHarness.Run(Compilations.WithAccelerators(source.Replace(", Tile(GpuArchitecture.Sm80, Rows = 100)", "", StringComparison.Ordinal)), GeneratorHarness.ScalarOnly);
        Assert.Equal(["TPP0105"], broken.Ids);
        Assert.Empty(broken.Compiler);
        Assert.Equal(plain.Source("Layers.F.Gpu.g.cs").SourceText.ToString(), broken.Source("Layers.F.Gpu.g.cs").SourceText.ToString());
    }

    [Fact]
    public void Generator_TileOfABlock_IsTheOverloads()
    {
        const string source = "using Intarsia;\npublic static partial class Layers\n{\n    [Gemm, Tile(GpuArchitecture.Sm80, Rows = 64, Columns = 32, Depth = 64, Warps = 2, Stages = 5)] public static partial void F([Format(NumberFormat.Float16)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y, int tokens);\n}\n";
        Outcome outcome = GeneratorHarness.Run(Compilations.WithAccelerators(source), GeneratorHarness.ScalarOnly);
        Assert.Empty(outcome.Ids);
        Assert.Contains("thread block 64x32, 64 deep, 5 stages, 2x1 warps", outcome.Source("Layers.F.Gpu.g.cs").SourceText.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A method of packed weights, spans and sizes.</summary>
    private static MethodSpec Declare(int sizes, int biases = 0, int residuals = 0, int multipliers = 0)
    {
        var parameters = new List<ParameterSpec> { new("w", "global::Intarsia.PackedMatrix", ParameterShape.Packed, "", Role.Weights), new("x", "global::System.ReadOnlySpan<global::System.Half>", ParameterShape.ReadOnlySpan, "global::System.Half", Role.X) };
        foreach ((Role role, int count) in new[] { (Role.Bias, biases), (Role.Residual, residuals), (Role.Multiplier, multipliers) })
            parameters.AddRange(Enumerable.Range(0, count).Select(i => new ParameterSpec($"{role}{i}", "global::System.ReadOnlySpan<float>", ParameterShape.ReadOnlySpan, "float", role)));
        parameters.Add(new("y", "global::System.Span<float>", ParameterShape.Span, "float", Role.Y));
        parameters.AddRange(((Role[])[Role.Columns, Role.XStride, Role.YStride]).Take(sizes).Select(role => new ParameterSpec(role.ToString(), "int", ParameterShape.Scalar, "int", role)));
        return new MethodSpec { Namespace = "", Types = EquatableArray.Of(new TypeSpec("class", "static", "Layers")), Name = "F", Accessibility = "public", Parameters = parameters.ToEquatableArray() };
    }
}
