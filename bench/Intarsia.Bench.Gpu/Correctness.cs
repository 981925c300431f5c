using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Devices;
using Intarsia.Bench.Gpu.Measuring;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu;

/// <summary>
/// Every kernel of a run against the reference, at sizes of more than one tile with and without tails; lines of 16 bytes, in four bits, too. A kernel with constant extents is generated for each size.
/// </summary>
internal static class Correctness
{
    private static readonly (int Rows, int Depth, int Columns)[] Sizes = [(64, 64, 64), (272, 320, 160), (400, 1040, 288)];

    /// <summary>What the emulator gets through in a second: two tiles with a tail, in 16-byte lines.</summary>
    private static readonly (int Rows, int Depth, int Columns)[] EmulatedSizes = [(80, 144, 96)];

    /// <returns>How many checks were made; null where one of them failed, which is printed.</returns>
    public static int? Check(IEnumerable<GpuCase> cases, GpuDevice device)
    {
        int wrong = 0, right = 0;
        // Sparse weights of another share are another path through the same kernel.
        foreach (GpuCase sample in cases.DistinctBy(c => (c.Kernel, c.HasConstantExtents, c.Sparsity)))
        {
            foreach ((int rows, int most, int columns) in device is EmulatedGpu ? EmulatedSizes : Sizes)
            {
                int depth = sample.Spec.IsContraction ? most : 0;
                KernelSpec spec = sample.SpecFor(rows, depth, columns);
                if (GpuCase.Lower(device.Capability, spec) is not { } lowered) continue;
                int tokens = spec.Columns.IsConstant ? spec.Columns.Constant : columns;
                ReferenceOperands operands = sample.Operands(rows, depth, tokens);
                if (Fault() is { } fault)
                {
                    wrong++;
                    Console.WriteLine($"WRONG {KernelName.Of(spec)} {rows}x{depth}x{tokens} on {lowered.Kernel.Target}: {fault}");
                }
                else
                {
                    right++;
                }

                string? Fault()
                {
                    using BoundKernel kernel = device.Bind(lowered.Kernel, lowered.Plan, new PlanOperands(spec, lowered.Plan, operands, 16));
                    try
                    {
                        kernel.Launch();
                        double[] y = kernel.ReadY();
                        return SpecReference.Execute(spec, operands).FirstMismatch<double>(y) ?? SampledCheck.FirstMismatch(spec, operands, y);
                    }
                    catch (InvalidOperationException e)
                    {
                        return e.Message;
                    }
                }
            }
        }
        Console.WriteLine($"correctness: {right} right, {wrong} wrong");
        return wrong == 0 ? right : null;
    }

    /// <summary>Whether the kernel that measures what reading can do at most reads what it should.</summary>
    public static bool CheckProbe(GpuDevice device)
    {
        bool right = true;
        foreach (GatherProbe probe in (GatherProbe[])[GatherProbe.Random(lineBytes: 1024, lines: 37, blocks: 2, steps: 16), GatherProbe.Stream(lineBytes: 512, blocks: 2, steps: 8)])
        {
            uint[] table = probe.Table();
            if (device.Probe(probe, table).AsSpan().SequenceEqual(probe.Expected(table))) continue;
            Console.WriteLine($"WRONG probe of lines of {probe.LineBytes} bytes");
            right = false;
        }
        return right;
    }
}
