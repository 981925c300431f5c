using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Intarsia.Verification.Tests;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>A batch-reduce GEMM with its operands.</summary>
internal sealed record BatchDraw(KernelSpec Spec, bool Aligned, ReferenceOperands Operands)
{
    /// <summary>A draw for a pair of formats: in an aligned one every extent is a multiple of 16.</summary>
    public static BatchDraw Any(Random random, NumberFormat a, NumberFormat b)
    {
        bool integers = NumberFormats.IsInteger(a), aligned = random.Next(2) == 0;
        int Extent(int most) => aligned ? 16 * random.Next(1, most / 16 + 1) : random.Next(1, most + 1);
        (int rows, int depth, int columns) = (Extent(96), random.Next(8) == 0 ? 0 : Extent(200), Extent(96));
        var spec = new KernelSpec
        {
            Operation = Operation.BatchReduceGemm,
            Weights = new WeightSpec { Format = a, Storage = WeightStorage.Span, HasStride = random.Next(3) == 0 },
            X = new ActivationSpec { Format = b, HasStride = random.Next(3) == 0 },
            Y = new OutputSpec { Format = integers ? NumberFormat.Int32 : NumberFormat.Float32, HasStride = random.Next(3) == 0 },
            Batch = new BatchSpec(random.Next(2) == 0 ? BatchAddressing.Stride : BatchAddressing.Offsets, !integers && random.Next(2) == 0),
            Epilogue = (random.Next(3) switch { 0 => Array.Empty<Tpp>(), 1 => [Tpp.Bias], _ => integers ? [Tpp.Bias, Tpp.Relu] : [Tpp.Bias, Tpp.Gelu] }).ToEquatableArray(),
        };
        return Of(random, spec.WithConstants(random, rows, depth, columns), aligned, rows, depth, columns, random.Next(7));
    }

    public static BatchDraw Of(Random random, KernelSpec spec, bool aligned, int rows, int depth, int columns, int terms)
    {
        Assert.DoesNotContain(KernelRules.Check(spec), violation => violation.Severity == RuleSeverity.Error);
        double[] Values(int count, NumberFormat format) => [.. Enumerable.Range(0, count).Select(_ => NumberFormats.IsInteger(format)
            ? random.Next(NumberFormats.Get(format).Min, NumberFormats.Get(format).Max + 1)
            : format switch { NumberFormat.Float16 => (double)(Half)(random.NextSingle() * 2 - 1), NumberFormat.BFloat16 => (float)(BFloat16)(random.NextSingle() * 2 - 1), _ => random.NextSingle() * 2 - 1 })];
        bool beta = spec.Batch!.HasBeta;
        return new BatchDraw(spec, aligned, new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            BatchCount = terms,
            BatchWeights = [.. Enumerable.Range(0, terms).Select(_ => Values(rows * depth, spec.Weights.Format))],
            BatchX = [.. Enumerable.Range(0, terms).Select(_ => Values(depth * columns, spec.X.Format))],
            Beta = beta ? ((double[])[0, 1, -0.75])[random.Next(3)] : 0,
            InitialY = beta ? Values(rows * columns, NumberFormat.Float32) : null,
            Biases = spec.Epilogue.Contains(Tpp.Bias) ? [Array.ConvertAll(Values(rows, NumberFormat.Float32), v => NumberFormats.IsInteger(spec.Weights.Format) ? Math.Round(v * 1e9) : v)] : [],
        });
    }

    public override string ToString() => $"{Spec}, {Operands.BatchCount} terms of {Operands.Rows}x{Operands.Depth}x{Operands.Columns}, beta {Operands.Beta}, {(Aligned ? "aligned" : "ragged")}";
}
