using Intarsia.Compiler;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Intarsia.Verification.Tests;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>Products of one to sixteen columns: the plan in the interpreter, the PTX in the emulator, over formats, scale groups, ragged sizes and layouts.</summary>
[Trait("Category", "Gpu")]
public class DecodeTests
{
    private static readonly NumberFormat[] s_floats = [NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16];

    private sealed record Draw(KernelSpec Spec, bool Aligned, int Rows, int Depth, ReferenceOperands Operands)
    {
        public KernelPlan Plan() => DevicePlanner.Plan(Spec, Device.Sm80, Aligned);

        public override string ToString() => $"{Spec}, {Rows}x{Depth}, {(Aligned ? "aligned" : "ragged")}";
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 16)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_InTheInterpreter_MeetsTheReference(int seed)
    {
        foreach (Draw draw in Draws(new Random(seed), 12, largest: 700))
        {
            string? mismatch = SpecReference.Execute(draw.Spec, draw.Operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, Device.Sm80, draw.Aligned, draw.Operands));
            Assert.True(mismatch is null, $"{draw}: {mismatch}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Kernel_InTheEmulator_MeetsTheReference(int seed)
    {
        foreach (Draw draw in Draws(new Random(1000 + seed), 6, largest: 3000)) Check(draw);
    }

    [Theory]
    [InlineData("gemm_dense_s8-s8-s32_r20_d70_c3_tt")]
    [InlineData("gemm_dense_s4g32-s8-f32_r7_d1100_c2_tt__dequantise")]
    public void Kernel_OfExtremes_IsExact(string name)
    {
        // Every product as large as it gets, and of one sign.
        KernelSpec spec = KernelName.Parse(name);
        int rows = spec.Rows.Constant, depth = spec.Depth.Constant, columns = spec.Columns.Constant, groups = (depth + 31) / 32;
        double least = NumberFormats.Get(spec.Weights.Format).Min;
        var operands = new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = [.. Enumerable.Repeat(least, rows * depth)],
            X = [.. Enumerable.Repeat(-128.0, depth * columns)],
            WeightScales = spec.Weights.Scale == Per.Group ? [.. Enumerable.Repeat(0.5, rows * groups)] : null,
        };
        Check(new Draw(spec, false, rows, depth, operands));
    }

    private static void Check(Draw draw)
    {
        KernelPlan plan = draw.Plan();
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, new HashSet<string>());
        var operands = new PlanOperands(draw.Spec, plan, draw.Operands, draw.Aligned ? 16 : 3);

        LaunchReport report = EmulatedKernel.Run(kernel, plan, operands, new HashSet<string>());

        Assert.True(report.IsClean, $"{draw}: {string.Join('\n', report.Findings.Take(3))}");
        string? mismatch = SpecReference.Execute(draw.Spec, draw.Operands).FirstMismatch<double>(operands.ReadY());
        Assert.True(mismatch is null, $"{draw}: {mismatch}");
    }

    private static IEnumerable<Draw> Draws(Random random, int count, int largest)
    {
        while (count > 0)
        {
            bool aligned = random.Next(2) == 0;
            int rows = random.Next(1, 50), depth = random.Next(1, random.Next(2) == 0 ? 80 : largest), columns = random.Next(1, 17);
            if (aligned) (rows, depth) = ((rows + 15) / 16 * 16, (depth + 15) / 16 * 16);
            KernelSpec spec = Spec(random, aligned).WithConstants(random, rows, depth, columns) with { Columns = new Extent(columns) };
            if (KernelRules.Check(spec).Any(violation => violation.Severity == RuleSeverity.Error)) continue;
            var draw = new Draw(spec, aligned, rows, depth, SpecDraw.Operands(random, spec, rows, depth, columns));
            // A few groups fit no team of lanes: another schedule serves them.
            if (!draw.Plan().Program.ToString().Contains("split", StringComparison.Ordinal)) continue;
            count--;
            yield return draw;
        }
    }

    private static KernelSpec Spec(Random random, bool aligned)
    {
        bool integers = random.Next(2) == 0, weightOnly = !integers && random.Next(2) == 0, raw = integers && random.Next(4) == 0;
        Per scale = integers || weightOnly ? Pick(random, Per.Tensor, Per.Row, raw ? Per.Row : Per.Group, raw ? Per.None : Per.Group) : Per.None;
        NumberFormat[] outputs = raw ? [NumberFormat.Int32] : [.. s_floats, NumberFormat.Int8];
        NumberFormat y = Pick(random, outputs);
        var steps = new List<Tpp>();
        if (integers && !raw) steps.Add(Tpp.Dequantise);
        if (random.Next(2) == 0) steps.Add(Tpp.Bias);
        if (!raw && random.Next(3) == 0) steps.Add(Pick(random, Tpp.Silu, Tpp.Residual, Tpp.Multiply));
        if (y == NumberFormat.Int8) steps.Add(Tpp.Requantise);
        bool span = scale == Per.None && random.Next(2) == 0;
        MatrixLayout x = aligned ? MatrixLayout.TokenMajor : Pick(random, MatrixLayout.RowMajor, MatrixLayout.TokenMajor);
        return new KernelSpec
        {
            Operation = Operation.Gemm,
            Weights = new WeightSpec
            {
                Format = integers || weightOnly ? span ? NumberFormat.Int8 : Pick(random, NumberFormat.Int8, NumberFormat.Int4, NumberFormat.Int8, NumberFormat.Int4, NumberFormat.Flint4, weightOnly ? NumberFormat.UPowerOfTwo4 : NumberFormat.PowerOfTwo4) : Pick(random, s_floats),
                Scale = scale,
                ScaleGroup = scale == Per.Group ? Pick(random, 4, 8, 16, 32, 64, 96, 128) : 0,
                Asymmetric = scale != Per.None && random.Next(3) == 0,
                Storage = span ? WeightStorage.Span : WeightStorage.Packed,
                HasStride = span && random.Next(2) == 0,
            },
            X = new ActivationSpec
            {
                Format = integers ? Pick(random, NumberFormat.Int8, NumberFormat.UInt8) : Pick(random, s_floats),
                Scale = integers && !raw ? Pick(random, Per.None, Per.Tensor, Per.Token) : Per.None,
                Layout = x,
                HasStride = random.Next(3) == 0,
            },
            Y = new OutputSpec { Format = y, Layout = aligned ? MatrixLayout.TokenMajor : Pick(random, MatrixLayout.RowMajor, MatrixLayout.TokenMajor), HasStride = random.Next(3) == 0 },
            Epilogue = steps.ToEquatableArray(),
        };
    }

    private static T Pick<T>(Random random, params T[] from) => from[random.Next(from.Length)];
}
