using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Devices;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using static Intarsia.Bench.Gpu.Devices.CudaDriver;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>What the device can do at most, measured in the same run as what is held against it; each once, when it is first asked for.</summary>
internal sealed class Ceilings(CudaGpu gpu, Vendor vendor)
{
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);

    /// <summary>Every ceiling measured so far, by name: bytes or operations a second.</summary>
    public IReadOnlyDictionary<string, double> Values => _values;

    /// <summary>The ceiling of a case: bytes a second, or operations a second of <see cref="Ceiling.Tensor"/>.</summary>
    public double Of(GpuCase c) => c.Ceiling switch
    {
        Ceiling.Tensor => Tensor(c.TensorFormat),
        Ceiling.Read => Read(),
        Ceiling.Copy => Copy(),
        _ => Gather(c),
    };

    /// <summary>Bytes a second of a copy of 1 GiB within the device, both directions counted.</summary>
    public double Copy() => Once("copy", () =>
    {
        const long Bytes = 1L << 30;
        nint from = CudaGpu.Allocate(Bytes), to = CudaGpu.Allocate(Bytes);
        double time = gpu.Time("copy", () => Check(cuMemcpyDtoDAsync_v2(to, from, (nuint)Bytes, gpu.Stream), "copy"));
        _ = cuMemFree_v2(from);
        _ = cuMemFree_v2(to);
        return 2.0 * Bytes / time;
    });

    /// <summary>Bytes a second of a kernel that reads 1 GiB in order and writes next to nothing.</summary>
    public double Read() => Once("read", () =>
    {
        const int LineBytes = 2048, Steps = 64;
        return Rate(GatherProbe.Stream(LineBytes, (int)((1L << 30) / LineBytes / Steps / GatherProbe.WarpsPerBlock), Steps));
    });

    /// <summary>Operations a second of the largest dense product in a format, by the faster of our kernel and the vendor's.</summary>
    public double Tensor(NumberFormat format) => Once("dense " + NumberFormats.Name(format), () =>
    {
        if (DenseCases.All().FirstOrDefault(c => c.HasConstantExtents && c.Spec.X.Format == format) is not { } dense || dense.Lower(gpu.Kind.Capability) is not { } lowered) return double.NaN;
        using var kernel = new CudaKernel(gpu, lowered.Kernel, lowered.Plan, new PlanOperands(dense.Spec, lowered.Plan, dense.Operands(dense.Rows, dense.Depth, dense.Columns), 0));
        double time = gpu.Time(dense.ToString(), kernel.Launch);
        foreach (Peer peer in dense.Peers) time = Math.Min(time, vendor.Measure(peer.Request, dense.Rows, dense.Depth, dense.Columns)?.Seconds ?? time);
        return dense.Operations / time;
    });

    /// <summary>Bytes a second of reading random rows of an X of the case's shape, which lies in the second-level cache.</summary>
    public double Gather(GpuCase c)
    {
        int lineBytes = c.Columns * NumberFormats.Get(c.Spec.X.Format).Bits / 8;
        return Once(FormattableString.Invariant($"gather {c.Depth} rows of {lineBytes} bytes"), () => Rate(GatherProbe.Random(lineBytes, c.Depth, gpu.Processors * 4, 256)));
    }

    private double Rate(GatherProbe probe)
    {
        using var kernel = new CudaProbe(gpu, probe, probe.Table());
        return probe.BytesRead / gpu.Time("the probe", kernel.Launch);
    }

    private double Once(string name, Func<double> measure)
    {
        if (!_values.TryGetValue(name, out double value)) _values.Add(name, value = measure());
        return value;
    }
}
