using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Tools;
using Register = Intarsia.Compiler.Backends.Ptx.Register;

namespace Intarsia.Ptx.Tests;

/// <summary>
/// Registers of every family of kernels as predicted, and shared memory to the byte; registers within the margin that docs/gpu.md states for it, either way. The assembler orders instructions anew: it saves what it folds into addresses, and spends what it loads
/// ahead. Left out are tiles of one or two steps of a constant depth, whose loops it takes apart.
/// </summary>
[Trait("Category", "Gpu")]
public sealed class RegisterPredictionTests
{
    /// <summary>A family, its margin, and kernels of it.</summary>
    private static readonly (string Family, int Margin, string[] Kernels)[] Families =
    [
        ("lines", 32,
        [
            "softmax_f16-f16_rN_c128", "softmax_f32-f32_rN_c4096", "softmax_bf16-f32_rN_cN__residual", "layernorm_f16-f16_rN_c768_gamma_beta", "layernorm_f16-s8_rN_c16384_gamma_beta__silu-requantise",
            "rmsnorm_f32-f32_rN_c65536_gamma", "elementwise_f16-f16_rN_cN_tt__bias-gelu-residual", "elementwise_s8k-f32_rN_cN_tt__dequantise-bias-silu-multiply",
        ]),
        ("tiles on tensor cores", 40,
        [
            "gemm_dense_f16-f16-f32_r4096_d4096_c4096_tt", "gemm_dense_bf16-bf16-bf16_rN_dN_cN_rt__bias-gelu", "gemm_dense_s8-s8-s32_rN_dN_cN", "gemm_dense_tf32-tf32-f32_rN_dN_cN_tt",
            "gemm_dense_s8g64-s8-f32_rN_dN_cN_tt__dequantise", "gemm_dense_s4r-f16-f16_r4096_d4096_c4096_tt", "gemm_dense_s4g128-s8t-f32_r4096_d4096_c4096_tt__dequantise", "gemm_dense_u8-s8-s32_rN_dN_cN_tt",
            "spmm_nm2of4_f16-f16-f32_rN_dN_cN", "spmm_nm2of4_s8-s8-s32_rN_dN_cN_tt", "brgemm_dense_f16-f16-f32_r4096_d256_c4096_broffsets", "brgemm_dense_s8-u8-s32_rN_dN_cN_broffsets",
            "sddmm_bsr128x128_bf16span-bf16-bf16_rN_dN_cN_tr_scale0.125_masked__bias-gelu", "sddmm_bsr64x64_s8span-s8k-f32_rN_dN_cN_trr__dequantise",
        ]),
        ("multiply-adds", 20, ["gemm_dense_f32-f32-f32_rN_dN_cN_tt", "sddmm_bsr64x64_f32span-f32-f32_rN_dN_cN_trr", "brgemm_dense_f32-f32-f32_rN_dN_cN_brstridebeta__bias-gelu"]),
        ("relations", 20,
        [
            "rgms_dense_f32-f32-f32_rN_dN_cN_tt_rel4", "rgms_dense_f32-f32-f32_r16_d16_cN_tt_rel90__bias-relu", "rgms_dense_bf16-bf16-bf16_r128_d128_cN_tt_rel8_edgesbf16__bias-gelu-residual", "rgms_dense_s8r-f16-f16_r32_d64_cN_tt_ldx_rel2",
            "rgms_dense_s8r-u8t-s8_rN_dN_cN_tt_rel3_edgess8__dequantise-bias-relu-requantise",
        ]),
        ("decoding", 40,
        [
            "gemm_dense_s8r-s8t-f32_r4096_d4096_c1_tt__dequantise-bias", "gemm_dense_s8r-s8k-bf16_r4096_d4096_c16_tt__dequantise", "gemm_dense_s4g128-s8t-f32_r4096_d14336_c8_tt__dequantise",
            "gemm_dense_s4g32-u8t-f32_rN_dN_c3__dequantise-bias", "gemm_dense_s4g128-f16-f16_r4096_d4096_c1_tt", "gemm_dense_s4g128-bf16-bf16_rN_dN_c16_tt", "gemm_dense_f16-f16-f16_r4096_d4096_c1_tt__bias-silu",
            "gemm_dense_f32-f32-f32_rN_dN_c1", "gemm_dense_f32-f32-f32_r2048_d2048_c16",
        ]),
        ("gathering", 32,
        [
            "spmm_csr_f32-f32-f32_rN_dN_cN", "spmm_csr_f16-f16-f16_rN_dN_cN_tt__bias-gelu", "spmm_csr_s4g32-f32-f32_rN_dN_cN", "spmm_nm3of8_bf16-bf16-f32_rN_dN_cN_rt", "spmm_nm3of16_s8r-s8t-f32_rN_dN_cN__dequantise-bias-relu",
            "spmm_srbcrs8_f32-f32-f32_rN_dN_cN", "spmm_srbcrs16_s8g8z-u8k-f32_rN_dN_cN__dequantise", "spmm_srbcrs4_s4g8-s8-f32_rN_dN_cN_tt__dequantise-gelu", "spmm_srbcrs8_s8-s8-s32_rN_dN_cN",
            "spmm_srbcrs16_f16-f16-f32_rN_dN_cN", "spmm_srbcrs8_s8g64-s8-f32_rN_dN_cN__dequantise", "spmm_srbcrs2_s4-s8-s32_rN_dN_cN",
        ]),
        ("digits", 32,
        [
            "spmm_srbcrs8_s16-s16-s32_r2048_d2304_c512_wrap", "spmm_srbcrs8_s16-s16-s64_r2048_d2304_c512_wide", "spmm_srbcrs8_s16-s8-s32_r2048_d2304_c512", "spmm_srbcrs8_s16-s4-s32_r2048_d2304_c512",
            "spmm_srbcrs8_s12-s4-s32_r2048_d2304_c512", "spmm_srbcrs8_s8-s4-s32_r2048_d2304_c512", "spmm_srbcrs8_s4-s4-s32_r2048_d2304_c512",
        ]),
        ("sampling on tensor cores", 32,
        [
            "sddmm_srbcrs8_f16span-f16-f32_rN_dN_cN_tr", "sddmm_srbcrs8_s8span-s8-s32_r2048_d512_c2304_tr", "sddmm_srbcrs4_tf32span-tf32-f32_rN_dN_cN_tr_scale", "sddmm_srbcrs16_bf16span-bf16-f16_rN_dN_cN_tr_scale0.125",
            "sddmm_csr_u8span-s8k-f32_rN_dN_cN_tr_masked__dequantise",
        ]),
        ("sampling on multiply-adds", 32, ["sddmm_csr_f32span-f32-f32_rN_dN_cN_tr", "sddmm_srbcrs16_f32span-f32-f32_rN_dN_cN_tr", "sddmm_srbcrs8_f16span-bf16-f16_rN_dN_cN_tr_scale0.125_masked__bias-gelu"]),
        ("warp groups", 0,
        [
            "gemm_dense_f16-f16-f32_r4096_d4096_c4096_tt", "gemm_dense_s8r-u8t-s8_rN_dN_cN_tt__dequantise-bias-relu-requantise", "gemm_dense_s4g128-f16-f16_r4096_d4096_cN_tt", "gemm_dense_s8g64-s8-f32_rN_dN_cN_tt__dequantise-bias-gelu",
            "spmm_nm2of4_f16-f16-f32_r4096_d4096_c4096_tt", "sddmm_bsr128x128_bf16span-bf16-bf16_rN_dN_cN_tr_scale0.125_masked__bias-gelu", "sddmm_bsr128x256_f16span-f16-f32_rN_dN_cN_trr",
        ]),
    ];

    public static TheoryData<string> Names => [.. Families.Select(family => family.Family)];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Registers_OfAFamily_AreAsPredicted(string family)
    {
        (_, int margin, string[] kernels) = Families.Single(row => row.Family == family);
        bool warpGroups = family == "warp groups";
        (string Name, PlannedBlock Block, int SharedBytes, string Text)[] lowered =
        [
            .. from name in kernels
               from aligned in warpGroups ? [true] : (bool[])[true, false]
               let plan = DevicePlanner.Plan(KernelName.Parse(name), warpGroups ? Device.Sm90A : Device.Sm80, aligned)
               let program = KernelLowering.LowerToWarps(plan, warpGroups ? Compiler.Backends.Ptx.PtxTarget.Sm90A : Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Program
               select ($"{name}, {(aligned ? "aligned" : "ragged")}", PlannedBlock.Of(plan.Program, program), program.SharedBytes, PtxPrinter.Print(program, plan.Program.Reasons)),
        ];
        IReadOnlyList<AssembledModule> modules = Ptxas.AssembleAll(lowered.Select(kernel => (kernel.Text, warpGroups ? Tools.PtxTarget.Sm90a : Tools.PtxTarget.Sm80)));
        string[] off =
        [
            .. lowered.Zip(modules, (kernel, module) => (kernel.Name, Predicted: kernel.Block.Registers, Found: module.Kernel().Registers)).Where(k => Math.Abs(k.Found - k.Predicted) > margin)
                .Select(k => $"{k.Name}: found {k.Found} registers, predicted {k.Predicted} ± {margin}"),
        ];
        Assert.True(off.Length == 0, string.Join("\n", off));
        Assert.All(lowered.Zip(modules), kernel => Assert.Equal((kernel.First.Name, kernel.First.Block.SharedBytes), (kernel.First.Name, kernel.First.SharedBytes + kernel.Second.Kernel().SharedBytes)));
    }

    /// <summary>The very kernel that the assembler is asked about, with accumulators that it was not planned with: the margin of its family does not hide them.</summary>
    [SkippableFact]
    public void Registers_OfAKernelWithMoreLiveThanPlanned_AreOutsideTheMargin()
    {
        WarpProgram program = KernelLowering.LowerToWarps(DevicePlanner.Plan(KernelName.Parse("spmm_srbcrs8_s8-s8-s32_rN_dN_cN"), Device.Sm80, aligned: true), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Program;
        const int More = 64;
        int first = program.Registers[(int)RegisterKind.B32] + 1;
        int[] registers = [.. program.Registers];
        registers[(int)RegisterKind.B32] += More;
        WarpOp[] loads = [.. Enumerable.Range(first, More).Select(number => new WarpOp.Instruction("ld.volatile.shared.u32", $"%r{number}, [shared_memory+{4 * (number - first)}]"))];
        // A store behind the loop keeps them.
        WarpOp[] uses = [.. Enumerable.Range(first, More).Select(number => new WarpOp.Instruction("st.shared.u32", $"[shared_memory+{4 * (number - first)}], %r{number}"))];
        WarpProgram heavier = program with { Live = 0, Registers = registers, Body = (WarpOp[])[.. loads, .. program.Body.Take(program.Body.Count - 1), .. uses, program.Body[^1]] };

        int found = Ptxas.Assemble(PtxPrinter.Print(heavier, []), Tools.PtxTarget.Sm80).Kernel().Registers;

        Assert.True(found > RegisterPressure.Predict(program) + 32, $"{found} registers pass for {RegisterPressure.Predict(program)} ± 32.");
        Assert.InRange(found, RegisterPressure.Predict(heavier) - 32, RegisterPressure.Predict(heavier) + 32);
    }

    /// <summary>Two values that meet, and a 64-bit address beside them until the store: four registers; a predicate counts none.</summary>
    [Fact]
    public void Pressure_OfStraightCode_IsWhatLivesAtOnce()
    {
        var w = new WarpBuilder();
        Register address = w.B64(), a = w.B32(), b = w.B32(), sum = w.B32();
        w.Emit("ld.param.u64", address, "[y]");
        w.Emit("mov.u32", a, "%tid.x");
        w.Emit("mov.u32", b, "%ctaid.x");
        Register p = w.Compare("lt", a, b);
        w.Emit("add.u32", sum, a, b);
        w.Guarded(p, () => w.Emit("st.global.u32", WarpBuilder.At(address), sum));
        w.Emit("ret");
        Assert.Equal(4, RegisterPressure.Of(w.Build("k", Compiler.Backends.Ptx.PtxTarget.Sm80, 32, 0)));
    }

    /// <summary>What a loop reads in its next turn lives through all of it, and what a guarded instruction may leave as it was lives before it.</summary>
    [Fact]
    public void Pressure_OfALoop_CarriesWhatItReadsAgain()
    {
        var w = new WarpBuilder();
        Register i = w.B32(), carried = w.B32(), kept = w.B32(), inner = w.B32();
        w.Emit("mov.u32", i, 0);
        w.Emit("mov.u32", carried, 0);
        w.Emit("mov.u32", kept, 7);
        w.For("i", i, 10, 1, () =>
        {
            w.Emit("mov.u32", inner, "%clock");
            w.Emit("add.u32", carried, carried, inner);
            Register p = w.Compare("lt", inner, 5);
            w.Guarded(p, () => w.Emit("mov.u32", kept, inner));
        });
        w.Emit("st.shared.v2.u32", "[0]", WarpBuilder.Vector([carried, kept]));
        w.Emit("ret");
        Assert.Equal(4, RegisterPressure.Of(w.Build("k", Compiler.Backends.Ptx.PtxTarget.Sm80, 32, 64)));
    }

    /// <summary>Where blocks are to share a multiprocessor, their share is the limit; warp groups that hand registers over begin with equal ones.</summary>
    [Fact]
    public void Prediction_KnowsTheShareOfABlock()
    {
        var w = new WarpBuilder();
        Register[] many = w.B32(200);
        foreach (Register register in many) w.Emit("mov.u32", register, "%clock");
        foreach (Register register in many) w.Emit("st.shared.u32", "[0]", register);
        w.Emit("ret");
        WarpProgram program = w.Build("k", Compiler.Backends.Ptx.PtxTarget.Sm80, 128, 64);
        Assert.Equal(200, RegisterPressure.Predict(program));
        Assert.Equal(168, RegisterPressure.Predict(program with { MinBlocks = 3 }));
        w.Emit("setmaxnreg.inc.sync.aligned.u32", 232);
        Assert.Equal(168, RegisterPressure.Predict(w.Build("k", Compiler.Backends.Ptx.PtxTarget.Sm90A, 384, 64) with { MinBlocks = 1 }));
    }
}
