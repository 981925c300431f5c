using Intarsia.Verification;

namespace Intarsia.Bench.Gpu;

/// <summary>Every kernel of a run against the reference, at sizes of more than one tile with and without tails.</summary>
internal static class Correctness
{
    private static readonly (int Rows, int Depth, int Columns)[] Sizes = [(64, 64, 64), (272, 320, 144), (400, 1040, 272)];

    public static bool Check(IEnumerable<GpuCase> cases, Gpu gpu)
    {
        int wrong = 0, right = 0;
        foreach (IGrouping<string, GpuCase> group in cases.GroupBy(c => c.Kernel))
        {
            GpuCase sample = group.First();
            if (sample.Lower(gpu.Capability) is not { } lowered) continue;
            foreach ((int rows, int depth, int columns) in Sizes)
            {
                int tokens = sample.Spec.Columns.IsConstant ? sample.Spec.Columns.Constant : columns;
                ReferenceOperands operands = sample.Operands(rows, depth, tokens);
                using var kernel = new BoundKernel(lowered.Kernel, new PlanOperands(sample.Spec, lowered.Plan, operands, 16));
                kernel.Launch();
                if (SpecReference.Execute(sample.Spec, operands).FirstMismatch<double>(kernel.ReadY(lowered.Plan)) is { } fault)
                {
                    wrong++;
                    Console.WriteLine($"WRONG {group.Key} {rows}x{depth}x{tokens} on {lowered.Kernel.Target}: {fault}");
                }
                else
                {
                    right++;
                }
            }
        }
        Console.WriteLine($"correctness: {right} right, {wrong} wrong");
        return wrong == 0;
    }
}
