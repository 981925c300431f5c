using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Devices;
using Intarsia.Bench.Gpu.Measuring;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Checks;

/// <summary>
/// Every kernel of a run against the reference, at sizes of more than one tile with and without tails; lines of 16 bytes, in four bits, too. A kernel with constant extents is generated for each size.
/// </summary>
internal static class Correctness
{
    private static readonly (int Rows, int Depth, int Columns)[] Sizes = [(64, 64, 64), (272, 320, 160), (400, 1040, 288)];

    /// <summary>What the emulator gets through in a second: two tiles with a tail, in 16-byte lines.</summary>
    private static readonly (int Rows, int Depth, int Columns)[] EmulatedSizes = [(80, 144, 96)];

    public static IEnumerable<Check> Checks(IEnumerable<GpuCase> cases, DeviceKind device) =>
        // Sparse weights of another share are another path through the same kernel.
        from sample in cases.DistinctBy(c => (c.Kernel, c.HasConstantExtents, c.Sparsity))
        from least in device.IsEmulated ? EmulatedSizes : Sizes
        let size = sample.CheckSize(least.Rows, least.Depth, least.Columns)
        where GpuCase.DeviceFor(device.Capability, sample.SpecFor(size.Rows, size.Depth, size.Columns)) is not null
        select new Check(NameOf(sample, size), gpu => Fault(sample, size, gpu)) { Kernel = sample.Kernel };

    /// <summary>Whether the kernels that measure what reading can do at most read what they should.</summary>
    public static IEnumerable<Check> Probes() =>
        from probe in (GatherProbe[])[GatherProbe.Random(lineBytes: 1024, lines: 37, blocks: 2, steps: 16), GatherProbe.Stream(lineBytes: 512, blocks: 2, steps: 8)]
        select new Check($"probe of lines of {probe.LineBytes} bytes", gpu =>
        {
            uint[] table = probe.Table();
            return gpu.Probe(probe, table).AsSpan().SequenceEqual(probe.Expected(table)) ? null : "did not see what it should";
        });

    private static string NameOf(GpuCase sample, (int Rows, int Depth, int Columns) size) =>
        FormattableString.Invariant($"{KernelName.Of(sample.SpecFor(size.Rows, size.Depth, size.Columns))} {size.Rows}x{size.Depth}x{size.Columns}") + (sample.Sparsity > 0 ? FormattableString.Invariant($" {100 * sample.Sparsity:0.##}% zero") : "");

    private static string? Fault(GpuCase sample, (int Rows, int Depth, int Columns) size, GpuDevice gpu)
    {
        KernelSpec spec = sample.SpecFor(size.Rows, size.Depth, size.Columns);
        (KernelPlan plan, PtxKernel lowered) = GpuCase.Lower(gpu.Kind.Capability, spec)!.Value;
        ReferenceOperands operands = sample.Operands(size.Rows, size.Depth, size.Columns);
        using BoundKernel kernel = gpu.Bind(lowered, plan, new PlanOperands(spec, plan, operands, 16));
        kernel.Launch();
        double[] y = kernel.ReadY();
        string? fault = SpecReference.Execute(spec, operands).FirstMismatch<double>(y) ?? SampledCheck.FirstMismatch(spec, operands, y);
        return fault is null ? null : $"{lowered.Target.Name}: {fault}";
    }
}
