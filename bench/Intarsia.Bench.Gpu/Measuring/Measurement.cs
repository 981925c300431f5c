using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Devices;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>Times kernels and the vendor's in turn, five rounds, medians.</summary>
internal sealed class Measurement(CudaGpu gpu, Vendor vendor)
{
    private const int Rounds = 5;

    private readonly Ceilings _ceilings = new(gpu, vendor);

    /// <exception cref="InvalidDataException">A kernel is wrong at the size it is measured at.</exception>
    public GpuReport Run(IEnumerable<GpuCase> cases)
    {
        var results = new List<GpuResult>();
        _ = (_ceilings.Copy(), _ceilings.Read());
        foreach (GpuCase c in cases)
        {
            if (c.Lower(gpu.Capability) is not { } lowered)
            {
                Console.WriteLine($"{c}: no kernel");
                continue;
            }
            ReferenceOperands operands = c.Operands(c.Rows, c.Depth, c.Columns);
            using var kernel = new CudaKernel(gpu, lowered.Kernel, lowered.Plan, new PlanOperands(c.Spec, lowered.Plan, operands, 0), c.StreamedBytes);
            kernel.Launch();
            if (SampledCheck.FirstMismatch(c.Spec, operands, kernel.ReadY()) is { } fault) throw new InvalidDataException($"{c} on {lowered.Kernel.Target}: {fault}");
            var ours = new List<double>();
            var theirs = c.Peers.ToDictionary(peer => peer.Name, _ => new List<double>(), StringComparer.Ordinal);
            for (int round = 0; round < Rounds; round++)
            {
                ours.Add(kernel.Copies == 1 ? gpu.Time(kernel.Launch) : gpu.TimeGraph(kernel.Launch, kernel.Copies));
                foreach (Peer peer in c.Peers)
                    if (vendor.Measure(peer.Request, c.Rows, c.Depth, c.Columns) is { } seconds) theirs[peer.Name].Add(seconds);
            }
            double time = Median(ours), work = c.Ceiling switch { Ceiling.Tensor => c.Operations, Ceiling.Gather => c.GatheredBytes, _ => kernel.OperandBytes };
            results.Add(new GpuResult
            {
                Family = c.Family,
                Case = c.ToString(),
                Kernel = c.Kernel,
                Rows = c.Rows,
                Depth = c.Depth,
                Columns = c.Columns,
                Sparsity = c.Sparsity,
                Target = lowered.Kernel.Target.Name,
                Tile = lowered.Plan.Tile,
                Seconds = time,
                TeraOperations = c.Operations / time / 1e12,
                GigabytesPerSecond = kernel.OperandBytes / time / 1e9,
                Ceiling = c.Ceiling.ToString(),
                CeilingFraction = work / time / _ceilings.Of(c),
                PeerSeconds = theirs.Where(peer => peer.Value.Count > 0).ToDictionary(peer => peer.Key, peer => Median(peer.Value), StringComparer.Ordinal),
            });
            Console.WriteLine(GpuTable.Line(results[^1]));
        }
        return new GpuReport { Device = gpu.Name, Vendor = vendor.Versions, Ceilings = new(_ceilings.Values, StringComparer.Ordinal), Results = results };
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
