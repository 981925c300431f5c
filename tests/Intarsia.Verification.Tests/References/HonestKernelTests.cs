using FsCheck;
using FsCheck.Fluent;
using Intarsia.Compiler;
using Intarsia.Compiler.Specs;
using Xunit;

namespace Intarsia.Verification.Tests.References;

/// <summary>The reference against a plain binary32 kernel: every honest result is allowed, and mistakes are not.</summary>
public class HonestKernelTests
{
    private static readonly NumberFormat[] s_floats = [NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16];
    private static readonly Tpp[] s_steps = [Tpp.Bias, Tpp.Relu, Tpp.Gelu, Tpp.GeluTanh, Tpp.Silu, Tpp.Residual, Tpp.Multiply];

    private static T Pick<T>(System.Random random, params T[] from) => from[random.Next(from.Length)];

    private static KernelSpec Draw(System.Random random)
    {
        bool integers = random.Next(2) == 0, weightOnly = !integers && random.Next(3) == 0, raw = integers && random.Next(4) == 0;
        Per scale = integers || weightOnly ? Pick(random, Per.Tensor, Per.Row, raw ? Per.Row : Per.Group) : Per.None;
        var steps = new List<Tpp>();
        if (integers && !raw) steps.Add(Tpp.Dequantise);
        for (int i = random.Next(4); i > 0; i--) steps.Add(raw ? Pick(random, Tpp.Relu, Tpp.Bias) : Pick(random, s_steps));
        NumberFormat y = raw ? NumberFormat.Int32 : Pick(random, [.. s_floats, NumberFormat.Int8, NumberFormat.UInt8]);
        if (y is NumberFormat.Int8 or NumberFormat.UInt8) steps.Add(Tpp.Requantise);
        return new KernelSpec
        {
            Operation = Operation.Gemm,
            Weights = new WeightSpec
            {
                Format = integers || weightOnly ? Pick(random, NumberFormat.Int8, NumberFormat.Int4) : Pick(random, s_floats),
                Scale = scale, ScaleGroup = scale == Per.Group ? Pick(random, 3, 8, 32) : 0, Asymmetric = scale != Per.None && random.Next(3) == 0,
            },
            X = new ActivationSpec { Format = integers ? Pick(random, NumberFormat.Int8, NumberFormat.UInt8) : Pick(random, s_floats), Scale = integers ? Pick(random, Per.None, Per.Tensor, Per.Token) : Per.None },
            Y = new OutputSpec { Format = y },
            Epilogue = steps.ToEquatableArray(),
        };
    }

    private static double[] Values(System.Random random, NumberFormat format, int count)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        return [.. Enumerable.Range(0, count).Select(_ => row.IsInteger
            ? random.Next(row.Min, row.Max + 1)
            : format switch { NumberFormat.Float16 => (double)(Half)(random.NextSingle() * 2 - 1), NumberFormat.BFloat16 => (float)(BFloat16)(random.NextSingle() * 2 - 1), _ => random.NextSingle() * 2 - 1 })];
    }

    private static double[] Scales(System.Random random, int count, double size) => [.. Enumerable.Range(0, count).Select(_ => (double)(float)(size * (0.5 + random.NextDouble())))];

    private static ReferenceOperands Fill(System.Random random, KernelSpec spec, int rows, int depth, int columns)
    {
        int scales = spec.Weights.Scale switch { Per.Tensor => 1, Per.Row => rows, Per.Group => rows * ((depth + spec.Weights.ScaleGroup - 1) / spec.Weights.ScaleGroup), _ => 0 };
        double[][] Operands(Tpp step, int length) => [.. spec.Epilogue.Where(s => s == step).Select(_ => Array.ConvertAll(Values(random, NumberFormat.Float32, length), v => spec.Y.Format == NumberFormat.Int32 ? Math.Round(v * 1e9) : v))];
        NumberFormatRow weights = NumberFormats.Get(spec.Weights.Format);
        return new ReferenceOperands
        {
            Rows = rows, Depth = depth, Columns = columns,
            Weights = Values(random, spec.Weights.Format, rows * depth), X = Values(random, spec.X.Format, depth * columns),
            WeightScales = scales == 0 ? null : Scales(random, scales, 0.02),
            WeightZeroPoints = spec.Weights.Asymmetric ? [.. Enumerable.Range(0, scales).Select(_ => (double)random.Next(weights.Min, weights.Max + 1))] : null,
            XScales = spec.X.Scale switch { Per.Tensor => Scales(random, 1, 0.02), Per.Token => Scales(random, columns, 0.02), _ => null },
            YScale = (float)(0.01 + random.NextDouble()),
            Biases = [.. Operands(Tpp.Bias, rows)], Residuals = [.. Operands(Tpp.Residual, rows * columns)], Multipliers = [.. Operands(Tpp.Multiply, rows * columns)],
        };
    }

    [Fact]
    public void HonestKernel_AnySpecAndSize_IsAllowed() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new System.Random(seed);
            KernelSpec spec = Draw(random);
            ReferenceOperands operands = Fill(random, spec, random.Next(5), random.Next(70), random.Next(5));
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
            ReferenceOperands operands = Fill(new System.Random(seed), spec, 5, 37, 4);
            ReferenceResult expected = SpecReference.Execute(spec, operands);

            Assert.Null(expected.FirstMismatch<double>(PlainKernel.Run(spec, operands, Mistake.None)));
            Assert.NotNull(expected.FirstMismatch<double>(PlainKernel.Run(spec, operands, mistake)));
        }
    }
}
