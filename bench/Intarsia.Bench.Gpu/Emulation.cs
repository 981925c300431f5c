using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Devices;

namespace Intarsia.Bench.Gpu;

/// <summary>The correctness part of a run without a GPU: what is timed elsewhere is emulated and checked here.</summary>
internal static class Emulation
{
    public static int Run(IReadOnlyCollection<GpuCase> cases)
    {
        bool right = true;
        foreach ((int Major, int Minor) capability in ((int, int)[])[(8, 0), (9, 0)])
        {
            var device = new EmulatedGpu(capability);
            Console.WriteLine($"{device.Name}, compute capability {capability.Major}.{capability.Minor}: emulated, checked, not timed");
            right &= Correctness.Check(cases, device) is not null && Correctness.CheckProbe(device);
        }
        return right ? 0 : 1;
    }
}
