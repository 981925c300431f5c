using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Devices;

namespace Intarsia.Bench.Gpu.Checks;

/// <summary>One thing that is right or wrong on a device.</summary>
/// <param name="Name">What is checked.</param>
/// <param name="Fault">Runs it: what is wrong, or null. An exception is a fault, too.</param>
internal sealed record Check(string Name, Func<GpuDevice, string?> Fault)
{
    /// <summary>The kernel of a case that this is a check of, extents open; null for others.</summary>
    public string? Kernel { get; init; }

    /// <summary>Every check of a run in its order, which is the same in each of its processes.</summary>
    /// <param name="cases">The cases whose kernels are checked.</param>
    /// <param name="device">The device that runs them.</param>
    /// <param name="draws">Draws of the product space beside them.</param>
    /// <param name="seed">Their seed.</param>
    public static Check[] All(IEnumerable<GpuCase> cases, DeviceKind device, int draws, int seed) => [.. Correctness.Checks(cases, device), .. Correctness.Probes(), .. Space.Checks(device, draws, seed)];
}
