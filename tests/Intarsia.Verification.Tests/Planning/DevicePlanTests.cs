using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Programs for GPUs, run by the interpreter, against the reference: no backend has a part in it.</summary>
[Trait("Category", "Gpu")]
public class DevicePlanTests
{
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_RandomSparseSpecs_MeetsTheReference(int seed)
    {
        var random = new Random(1000 + seed);
        for (int valid = 0; valid < 10;)
        {
            // Some draws are wider than a block, some deeper than many strides, some empty.
            (int rows, int depth, int columns) = random.Next(2) == 0 ? (random.Next(17, 40), random.Next(30, 120), random.Next(33, 150)) : (random.Next(9), random.Next(20), random.Next(9));
            KernelSpec spec = SpecDraw.Spec(random).WithConstants(random, rows, depth, columns);
            if (spec.Operation != Operation.Spmm || KernelRules.Check(spec).Any(violation => violation.Severity == RuleSeverity.Error)) continue;
            valid++;
            ReferenceOperands operands = SpecDraw.Operands(random, spec, rows, depth, columns);

            double[] y = PlanInterpreter.Run(spec, Device.Sm80, aligned: random.Next(2) == 0, operands);

            string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
            Assert.True(mismatch is null, $"{spec}, {rows}x{depth}x{columns}: {mismatch}");
        }
    }

    [Theory]
    [InlineData("spmm_csr_f32-f32-f32_rN_dN_cN")]
    [InlineData("spmm_srbcrs8_f16-f16-f32_rN_dN_cN")]
    public void Plan_InfinityWhereOnlyPaddingStands_StaysOutside(string name)
    {
        // One entry to a row: the rest of its stride is padding, and X is infinite in every other row.
        const int Rows = 8, Depth = 24, Columns = 8;
        double[] weights = new double[Rows * Depth], x = new double[Depth * Columns];
        Array.Fill(x, double.PositiveInfinity);
        for (int row = 0; row < Rows; row++) weights[row * Depth + 5] = 1 + row;
        for (int column = 0; column < Columns; column++) x[5 * Columns + column] = column;
        KernelSpec spec = KernelName.Parse(name);

        double[] y = PlanInterpreter.Run(spec, Device.Sm80, aligned: false, new ReferenceOperands { Rows = Rows, Depth = Depth, Columns = Columns, Weights = weights, X = x });

        Assert.Equal([.. Enumerable.Range(0, Rows * Columns).Select(i => (double)((1 + i / Columns) * (i % Columns)))], y);
    }
}
