using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Sass;
using Intarsia.Ptx.Tests.Tools;

namespace Intarsia.Ptx.Tests;

/// <summary>What the assembler makes of kernels for one to sixteen columns: no spills, and a loop that reads the weights 16 bytes at a time.</summary>
[Trait("Category", "Gpu")]
public sealed class DecodeKernelTests
{
    /// <param name="name">The kernel.</param>
    /// <param name="registers">At most.</param>
    /// <param name="loads">Loads of 16 bytes in one round of the loop: so many are on their way at once.</param>
    [SkippableTheory]
    [InlineData("gemm_dense_s8r-s8t-f32_r4096_d4096_c1_tt__dequantise-bias", 128, 8)]
    [InlineData("gemm_dense_s8r-s8k-bf16_r4096_d4096_c16_tt__dequantise", 200, 8)]
    [InlineData("gemm_dense_s8rz-s8t-f32_rN_dN_c5__dequantise", 168, 8)]
    [InlineData("gemm_dense_s4g128-s8t-f32_r4096_d4096_c1_tt__dequantise", 168, 8)]
    [InlineData("gemm_dense_s4g128-s8t-f32_r4096_d14336_c8_tt__dequantise", 224, 8)]
    [InlineData("gemm_dense_s4g32-u8t-f32_rN_dN_c3__dequantise-bias", 168, 8)]
    [InlineData("gemm_dense_s4g128-f16-f16_r4096_d4096_c1_tt", 168, 8)]
    [InlineData("gemm_dense_s4g128-f16-f16_r4096_d4096_c4_tt", 255, 8)]
    [InlineData("gemm_dense_s4g128-bf16-bf16_rN_dN_c16_tt", 255, 2)]
    [InlineData("gemm_dense_f16-f16-f16_r4096_d4096_c1_tt__bias-silu", 168, 8)]
    [InlineData("gemm_dense_bf16-bf16-bf16_r1024_d4096_c8_tt", 168, 8)]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_c1", 168, 8)]
    [InlineData("gemm_dense_f32-f32-f32_r2048_d2048_c16", 200, 8)]
    public void Kernel_OfFewColumns_StreamsTheWeights(string name, int registers, int loads)
    {
        foreach (bool aligned in (bool[])[true, false])
        {
            PtxKernel kernel = KernelLowering.Lower(DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "decode", new HashSet<string>());

            new KernelBudget { MaxRegisters = registers }.AssertMet(kernel.Text, Tools.PtxTarget.Sm80);

            SassFunction function = Ptxas.Assemble(kernel.Text, Tools.PtxTarget.Sm80).Disassembly.Function();
            SassLoop loop = function.Loops.Where(candidate => !function.Loops.Any(inner => inner != candidate && candidate.Contains(inner))).MaxBy(candidate => candidate.Count("FFMA") + candidate.Count("IDP"))!;
            SassInstruction[] global = [.. loop.Instructions.Where(instruction => instruction.Operation == "LDG")];
            Assert.Equal(loads, global.Count(instruction => instruction.Opcode.Contains(".128", StringComparison.Ordinal)));
            // Scales of groups come beside them, one for each row; nothing else does.
            Assert.All(global, instruction => Assert.True(instruction.Opcode.Contains(".128", StringComparison.Ordinal) || name.Contains("g", StringComparison.Ordinal), instruction.ToString()));
            Assert.Equal(0, loop.Count("BAR"));
        }
    }
}
