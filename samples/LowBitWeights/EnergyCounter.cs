using System.Globalization;

namespace LowBitWeights;

/// <summary>
/// The energy that a machine's processors have taken, as Linux's powercap interface reports it of RAPL, in microjoules: whole packages, with whatever else runs on them.
/// Most machines let only root read it, virtual ones have none; then nothing is reported, and nothing guessed.
/// </summary>
internal sealed class EnergyCounter
{
    private readonly (string Counter, long Range)[] _packages;

    private EnergyCounter((string, long)[] packages) => _packages = packages;

    /// <summary>Finds the counters, one of each package; null where there are none, or not for us.</summary>
    public static EnergyCounter? Find(string folder = "/sys/class/powercap")
    {
        try
        {
            // A package is intel-rapl:0, on AMD's processors too; intel-rapl:0:0 is a part of it.
            (string, long)[] packages = [.. Directory.GetDirectories(folder, "intel-rapl:*").Where(package => Path.GetFileName(package).Count(c => c == ':') == 1)
                .Select(package => (Path.Combine(package, "energy_uj"), Read(Path.Combine(package, "max_energy_range_uj"))))];
            foreach ((string counter, _) in packages) Read(counter);
            return packages.Length == 0 ? null : new EnergyCounter(packages);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Joules taken while an action ran; counters may wrap around once.</summary>
    public double Measure(Action action)
    {
        long[] before = [.. _packages.Select(package => Read(package.Counter))];
        action();
        return _packages.Select((package, i) => Read(package.Counter) - before[i] is var taken && taken < 0 ? taken + package.Range : taken).Sum() * 1e-6;
    }

    private static long Read(string file) => long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);
}
