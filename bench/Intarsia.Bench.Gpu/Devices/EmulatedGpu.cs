using Intarsia.Bench.Gpu.Measuring;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Gpu.Tests;
using Intarsia.PtxEmulator;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Devices;

/// <summary>A device that the PTX emulator plays: kernels are executed and checked, not timed.</summary>
internal sealed class EmulatedGpu(DeviceKind kind) : GpuDevice
{
    public override string Name => "emulated device";

    public override DeviceKind Kind => kind;

    public override BoundKernel Bind(PtxKernel kernel, KernelPlan plan, PlanOperands operands) => new Bound(kernel, plan, operands);

    public override uint[] Probe(GatherProbe probe, uint[] table)
    {
        using var memory = new DeviceMemory();
        DeviceBuffer seen = memory.Allocate(probe.Warps * 32L * 16, "seen");
        LaunchReport report = new PtxMachine(memory).Launch(
            PtxModule.Parse(probe.Ptx()).Entry("probe"),
            new LaunchConfig(new Dim3(probe.Blocks), new Dim3(32 * GatherProbe.WarpsPerBlock)),
            memory.Allocate<uint>(table, "table"), memory.Allocate<int>(probe.Places, "places"), seen, (uint)probe.Steps);
        if (!report.IsClean) throw new InvalidOperationException(string.Join("; ", report.Findings.Take(3)));
        uint[] words = new uint[probe.Warps * 32 * 4];
        seen.CopyTo<uint>(words);
        return words;
    }

    private sealed class Bound(PtxKernel kernel, KernelPlan plan, PlanOperands operands) : BoundKernel
    {
        private LaunchReport? _report;

        public override void Launch() => _report = EmulatedKernel.Run(kernel, plan, operands, new HashSet<string>());

        public override double[] ReadY()
        {
            if (_report is { IsClean: false } report) throw new InvalidOperationException(string.Join("; ", report.Findings.Take(3)));
            return operands.ReadY();
        }
    }
}
