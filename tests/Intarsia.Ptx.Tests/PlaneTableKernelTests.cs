using System.Globalization;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Ptx.Tests.Sass;
using Intarsia.Ptx.Tests.Tools;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>Binary-coded weights by tables: no spills, and a loop over planes of two instructions for a code, and a load and an addition, or a load and two additions for two columns.</summary>
[Trait("Category", "Gpu")]
public sealed class PlaneTableKernelTests
{
    /// <param name="name">The kernel.</param>
    /// <param name="registers">At most.</param>
    /// <param name="limit">Instructions of the loop for each code and column, at most.</param>
    [SkippableTheory]
    [InlineData("gemm_dense_bcq3g128-f16-f16_r4096_d4096_c1_tt", 56, 5.2)]
    [InlineData("gemm_dense_bcq4g128z-f16-f16_rN_dN_c1", 56, 5.2)]
    [InlineData("gemm_dense_bcq3r-s8t-f32_r4096_d4096_c1_tt__dequantise", 64, 4.7)]
    [InlineData("gemm_dense_bcq3g128-f32-f32_r16384_d4096_c2", 64, 3.15)]
    [InlineData("gemm_dense_bcq2g64-f16-f16_rN_dN_c8_tt__bias-silu", 96, 2.05)]
    [InlineData("gemm_dense_bcq8g32z-bf16-f32_rN_dN_c16", 112, 1.95)]
    [InlineData("gemm_dense_bcq3g64-s8k-f32_rN_dN_cN_tt__dequantise", 136, 1.6)]
    public void Kernel_ByTables_MeetsItsBudget(string name, int registers, double limit)
    {
        KernelSpec spec = KernelName.Parse(name);
        foreach (bool aligned in (bool[])[true, false])
        {
            string text = KernelLowering.Lower(DevicePlanner.Plan(spec, Device.Sm80, aligned), Compiler.Backends.Ptx.PtxTarget.Sm80, "kernel", new HashSet<string>()).Text;
            SassFunction function = Ptxas.Assemble(text, PtxTarget.Sm80).Disassembly.Function();
            SassLoop loop = function.Loops.Where(candidate => !function.Loops.Any(inner => inner != candidate && candidate.Contains(inner))).MaxBy(candidate => candidate.Count("LDS"))!;
            int columns = PlaneTableShape.For(spec).Columns;
            double each = loop.Instructions.Count() / (double)(loop.Count("LDS") * Math.Min(2, columns));
            Assert.True(each <= limit, string.Create(CultureInfo.InvariantCulture, $"{name}: {each:0.##} instructions for a code and a column, expected at most {limit}: {loop}, {Ptxas.Assemble(text, PtxTarget.Sm80).Kernel().Registers} registers"));
            new KernelBudget { MaxRegisters = registers }.AssertMet(text, PtxTarget.Sm80);
        }
    }
}
