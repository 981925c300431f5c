using System.Diagnostics;
using System.Text.Json;
using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Checks;
using Intarsia.Bench.Gpu.Devices;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>A worker's part: times kernels and the vendor's in turn, five rounds, medians. The operands of the next cases are prepared meanwhile, which takes longer than measuring.</summary>
/// <param name="gpu">The device.</param>
/// <param name="vendor">The vendor's libraries.</param>
/// <param name="cases">The cases.</param>
/// <param name="seconds">After how many no further case is begun.</param>
internal sealed class Measurement(CudaGpu gpu, Vendor vendor, GpuCase[] cases, double seconds)
{
    /// <summary>Launches of a graph: what a launch costs the host is not measured, ours or the vendor's.</summary>
    private const int Rounds = 5, Launches = 10;

    private const int CasesAhead = 6;

    private readonly long _start = Stopwatch.GetTimestamp();

    private readonly Ceilings _ceilings = new(gpu, vendor);

    private readonly Ahead<Prepared?> _ahead = new(number => Prepare(gpu, cases[number]), number => cases[number].HostBytes, cases.Length, CasesAhead, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);

    /// <summary>One case: a report of it alone, or what is wrong.</summary>
    public (bool IsRight, string Text) Measure(int number)
    {
        GpuCase c = cases[number];
        if (Stopwatch.GetElapsedTime(_start).TotalSeconds >= seconds) return Report(leftOut: new GpuFault(c.ToString(), "the time was up"));
        if (_ahead.Take(number) is not { } prepared) return Report(leftOut: new GpuFault(c.ToString(), "the device has no kernel for it"));
        using var kernel = new CudaKernel(gpu, prepared.Kernel, prepared.Plan, prepared.Buffers, c.StreamedBytes);
        kernel.Launch();
        if (SampledCheck.FirstMismatch(c.Spec, prepared.Operands, kernel.ReadY()) is { } fault) return (false, $"{prepared.Kernel.Target.Name}: {fault}");
        _ = (_ceilings.Copy(), _ceilings.Read());
        return Report(result: Time(c, prepared, kernel));
    }

    private GpuResult Time(GpuCase c, Prepared prepared, CudaKernel kernel)
    {
        var ours = new List<double>();
        var theirs = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        for (int round = 0; round < Rounds; round++)
        {
            ours.Add(gpu.TimeGraph(c.ToString(), kernel.Launch, kernel.Copies == 1 ? Launches : kernel.Copies));
            foreach (Peer peer in c.Peers)
            {
                if (vendor.Measure(peer.Request, c.Rows, c.Depth, c.Columns) is not { } answer) continue;
                string name = answer.Remark.Length == 0 ? peer.Name : $"{peer.Name} ({answer.Remark})";
                if (!theirs.TryGetValue(name, out List<double>? times)) theirs.Add(name, times = []);
                times.Add(answer.Seconds);
            }
        }
        double time = Median(ours), work = c.Ceiling switch { Ceiling.Tensor => c.Operations, Ceiling.Gather => c.GatheredBytes, _ => kernel.OperandBytes };
        return new GpuResult
        {
            Family = c.Family,
            Case = c.ToString(),
            Kernel = c.Kernel,
            Rows = c.Rows,
            Depth = c.Depth,
            Columns = c.Columns,
            Sparsity = c.Sparsity,
            Target = prepared.Kernel.Target.Name,
            Tile = prepared.Plan.Tile,
            Seconds = time,
            TeraOperations = c.Operations / time / 1e12,
            GigabytesPerSecond = kernel.OperandBytes / time / 1e9,
            Ceiling = c.Ceiling.ToString(),
            CeilingFraction = work / time / _ceilings.Of(c),
            PeerSeconds = theirs.ToDictionary(peer => peer.Key, peer => Median(peer.Value), StringComparer.Ordinal),
        };
    }

    private (bool IsRight, string Text) Report(GpuResult? result = null, GpuFault? leftOut = null)
    {
        var report = new GpuReport
        {
            Device = gpu.Name,
            Vendor = vendor.Versions,
            Ceilings = new(_ceilings.Values, StringComparer.Ordinal),
            Results = result is null ? [] : [result],
            LeftOut = leftOut is null ? [] : [leftOut],
        };
        return (true, JsonSerializer.Serialize(report, GpuReportContext.Default.GpuReport));
    }

    private static Prepared? Prepare(CudaGpu gpu, GpuCase c)
    {
        if (c.Lower(gpu.Kind.Capability) is not { } lowered) return null;
        ReferenceOperands operands = c.Operands(c.Rows, c.Depth, c.Columns);
        return new Prepared(lowered.Plan, lowered.Kernel, operands, new PlanOperands(c.Spec, lowered.Plan, operands, 0));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private sealed record Prepared(KernelPlan Plan, PtxKernel Kernel, ReferenceOperands Operands, PlanOperands Buffers);
}
