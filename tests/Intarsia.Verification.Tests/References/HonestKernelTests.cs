using FsCheck;
using FsCheck.Fluent;
using Intarsia.Compiler.Specs;
using Xunit;

namespace Intarsia.Verification.Tests.References;

/// <summary>The reference against a plain binary32 kernel: every honest result is allowed, and mistakes are not.</summary>
public class HonestKernelTests
{
    [Fact]
    public void HonestKernel_AnySpecAndSize_IsAllowed() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new System.Random(seed);
            KernelSpec spec = SpecDraw.Spec(random);
            ReferenceOperands operands = SpecDraw.Operands(random, spec, random.Next(5), random.Next(70), random.Next(5));
            string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(PlainKernel.Run(spec, operands, Mistake.None));
            return (mismatch is null).Label($"{spec}: {mismatch}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261121, 3));

    [Theory]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN__bias-gelu", Mistake.DropsTail)]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN__bias-gelu", Mistake.SkipsRow)]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN__bias-gelu", Mistake.OffByOne)]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN__bias-gelu", Mistake.SwapsSteps)]
    [InlineData("gemm_dense_f16-f32-f16_rN_dN_cN__silu", Mistake.DropsTail)]
    [InlineData("gemm_dense_f16-f32-bf16_rN_dN_cN", Mistake.DropsTail)]
    [InlineData("gemm_dense_s8r-u8k-f32_rN_dN_cN__dequantise-bias", Mistake.SwapsScale)]
    [InlineData("gemm_dense_s8r-u8k-s8_rN_dN_cN__dequantise-bias-requantise", Mistake.SwapsScale)]
    [InlineData("gemm_dense_s8r-u8k-s8_rN_dN_cN__dequantise-bias-requantise", Mistake.DropsTail)]
    [InlineData("gemm_dense_s8-u8-s32_rN_dN_cN", Mistake.DropsTail)]
    [InlineData("gemm_dense_s8-u8-s32_rN_dN_cN", Mistake.OffByOne)]
    [InlineData("gemm_dense_s4g8z-s8t-f32_rN_dN_cN__dequantise", Mistake.SwapsScale)]
    [InlineData("gemm_dense_s4g8z-f32-f32_rN_dN_cN", Mistake.SwapsScale)]
    [InlineData("gemm_dense_s4g8z-f32-f32_rN_dN_cN", Mistake.SkipsRow)]
    public void KernelWithAMistake_EveryTime_IsRefused(string kernel, Mistake mistake)
    {
        KernelSpec spec = KernelName.Parse(kernel);
        for (int seed = 0; seed < 20; seed++)
        {
            ReferenceOperands operands = SpecDraw.Operands(new System.Random(seed), spec, 5, 37, 4);
            ReferenceResult expected = SpecReference.Execute(spec, operands);

            Assert.Null(expected.FirstMismatch<double>(PlainKernel.Run(spec, operands, Mistake.None)));
            Assert.NotNull(expected.FirstMismatch<double>(PlainKernel.Run(spec, operands, mistake)));
        }
    }
}
