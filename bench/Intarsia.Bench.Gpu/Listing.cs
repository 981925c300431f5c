using Intarsia.Bench.Gpu.Cases;

namespace Intarsia.Bench.Gpu;

/// <summary>The cases with the tile that each gets, on a device of each target.</summary>
internal static class Listing
{
    public static int Print(IEnumerable<GpuCase> cases)
    {
        foreach (GpuCase c in cases)
        {
            Console.WriteLine(c);
            foreach ((int Major, int Minor) capability in ((int, int)[])[(8, 0), (9, 0)])
                Console.WriteLine($"    {capability.Major}.{capability.Minor}: {(c.Lower(capability) is { } lowered ? $"{lowered.Kernel.Target}, {lowered.Plan.Tile}, {lowered.Kernel.SharedBytes} bytes of shared memory" : "no kernel yet")}");
        }
        return 0;
    }
}
