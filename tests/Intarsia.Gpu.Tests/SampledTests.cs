using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Gpu.Tests.Portable;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>Sampled products by every way that a GPU has for them: plan, PTX and portable form against the reference, and mistakes in the text that must show.</summary>
[Trait("Category", "Gpu")]
public class SampledTests
{
    private static readonly string[] Kernels =
    [
        "sddmm_srbcrs8_f16span-f16-f32_rN_dN_cN_tr",
        "sddmm_srbcrs2_bf16span-bf16-bf16_rN_dN_cN_tr_scale0.125_masked__bias-gelu",
        "sddmm_srbcrs16_tf32span-tf32-f32_rN_dN_cN_tr_scale",
        "sddmm_srbcrs4_s8span-u8-s32_rN_dN_cN_tr__bias-relu",
        "sddmm_srbcrs8_u8rspan-s8k-f16_rN_dN_cN_tr_masked__dequantise-bias",
        "sddmm_csr_s8tspan-s8t-s8t_rN_dN_cN_tr__dequantise-requantise",
        "sddmm_csr_f16span-f16-f32_rN_dN_cN_tr_masked",
        "sddmm_csr_f32span-f32-f32_rN_dN_cN_tr__bias-silu",
        "sddmm_nm2of4_f32span-f16-f16_rN_dN_cN_tr_scale0.125",
        "sddmm_srbcrs16_bf16span-f16-f32_rN_dN_cN_tr__bias-relu",
        "sddmm_nm3of8_f16span-f16-bf16_r21_d96_c64_tr",
        // NN, TN and TT.
        "sddmm_srbcrs8_f16span-f16-f32_rN_dN_cN",
        "sddmm_bsr32x16_bf16span-bf16-f32_rN_dN_cN_trr_scale0.125",
        "sddmm_srbcrs16_tf32span-tf32-f32_rN_dN_cN_ttr_masked",
        "sddmm_bsr16x48_s8span-u8-s32_rN_dN_cN_trr__bias-relu",
        "sddmm_csr_f32span-f32-f32_rN_dN_cN_trr_ldwx__bias",
        "sddmm_srbcrs4_f32span-f16-f32_rN_dN_cN_ttr",
        "sddmm_nm3of8_u8span-u8k-bf16_r21_d96_c64_ldw__dequantise",
        // Values that stand where a list of places says.
        "sddmm_win16x8_f16span-f16-f32_rN_dN_cN_tr",
        "sddmm_win16x8_f32span-f32-bf16_rN_dN_cN_tr_scale_masked__bias",
        "sddmm_hyb3k2_s8span-u8-s32_rN_dN_cN_tr__bias-relu",
        "sddmm_nm2of4v8_bf16span-bf16-f16_rN_dN_cN_tr_scale0.125_masked__bias-gelu",
        "sddmm_nm1of8v4_f32span-f32-f32_rN_dN_cN_trr",
        "sddmm_rcsc4_s8tspan-s8t-s8t_rN_dN_cN_tr__dequantise-requantise",
        "sddmm_gs8k2q65536s_f16span-f16-f32_rN_dN_cN__silu",
        "sddmm_bsr4x2f50+srbcrs4_f16span-f16-f32_rN_dN_cN_tr_masked",
        "sddmm_nm2of4+csr_tf32span-tf32-f32_rN_dN_cN_tr",
    ];

    /// <summary>Integers beyond bytes, and sums of 64 bits, which tensor cores do not take.</summary>
    private static readonly string[] OnMultiplyAddsAlone =
    [
        "sddmm_srbcrs4_s16span-s8-s32_rN_dN_cN_tr__bias-relu",
        "sddmm_csr_s16span-s16-s32_rN_dN_cN_tr_wrap",
        "sddmm_win16x8_u16span-s16-f32_rN_dN_cN_tr_wide_scale__dequantise-bias",
        "sddmm_nm2of4_s4span-u4k-f16_rN_dN_cN_ttr__dequantise",
        "sddmm_srbcrs8_u4span-u8-s32_rN_dN_cN",
    ];

    public static TheoryData<string, bool> Cases()
    {
        var cases = new TheoryData<string, bool>();
        foreach (string kernel in Kernels)
            foreach (bool aligned in (bool[])[true, false]) cases.Add(kernel, aligned);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Kernel_OnDevices_MeetsTheReference(string kernel, bool aligned)
    {
        // More entries of a group than the warps of a block take at once, groups that are short of rows, depths with and without a rest.
        (int Rows, int Depth, int Columns)[] sizes = kernel.Contains("_r21_", StringComparison.Ordinal) ? [(21, 96, 64)] : aligned ? [(21, 144, 150), (16, 32, 16), (3, 0, 5)] : [(21, 70, 150), (1, 3, 1)];
        foreach ((int rows, int depth, int columns) in sizes)
        {
            GpuDraw draw = GpuDraw.Of(kernel, Device.Sm80, aligned, rows, depth, columns);
            ReferenceOperands operands = draw.Operands();
            Assert.Null(SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, Device.Sm80, aligned, operands)));
            Assert.Null(EmulatedKernelTests.Fault(draw));
        }
    }

    [Fact]
    public void Kernel_OnAnyAccelerator_MeetsTheReference()
    {
        PortableCase[] cases = [.. Kernels.Concat(OnMultiplyAddsAlone).Select((kernel, i) => PortableCase.Of($"Sampled{i}", GpuDraw.Of(kernel, Device.Portable, aligned: false, 21, kernel.Contains("_d96_", StringComparison.Ordinal) ? 96 : 19, kernel.Contains("_c64_", StringComparison.Ordinal) ? 64 : 150))!)];
        using var library = new PortableLibrary(cases);
        foreach (PortableCase kernel in cases)
        {
            ReferenceOperands operands = kernel.Draw.Operands();
            Assert.Null(SpecReference.Execute(kernel.Draw.Spec, operands).FirstMismatch<double>(library.Run(kernel, operands)));
        }
    }

    [Theory]
    // How far apart the elements of a row are, and what one is.
    [InlineData("shl.b32", "shr.u32")]
    [InlineData("ld.global.nc.u16", "ld.global.nc.u8")]
    public void Kernel_OfFactorsAcrossTheDepthWithAMistake_IsCaught(string right, string wrong)
    {
        GpuDraw draw = GpuDraw.Of("sddmm_srbcrs8_f16span-f16-f32_rN_dN_cN_trr", Device.Sm80, aligned: false, 21, 70, 150);
        EmulatedKernelTests.AssertIsFoundOut(draw, right, wrong);
    }

    [Theory]
    // Where the depth ends, how far a row is walked along (an "or" loses the carry), the chunk of a lane, a sum for another.
    [InlineData("setp.gt.u32", "setp.lt.u32")]
    [InlineData("add.u64", "or.b64")]
    [InlineData("shr.u32", "shl.b32")]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1,", "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f2,")]
    public void Kernel_WithAMistakeInTheText_IsCaught(string right, string wrong)
    {
        GpuDraw draw = GpuDraw.Of("sddmm_srbcrs8_f16span-f16-f32_rN_dN_cN_tr", Device.Sm80, aligned: true, 21, 152, 150);
        EmulatedKernelTests.AssertIsFoundOut(draw, right, wrong);
    }
}
