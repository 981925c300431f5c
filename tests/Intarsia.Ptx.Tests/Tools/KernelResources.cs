using System.Globalization;
using System.Text.RegularExpressions;

namespace Intarsia.Ptx.Tests.Tools;

/// <summary>What one kernel takes of the processor, as <c>ptxas -v</c> reports it.</summary>
/// <param name="Name">The entry's name in the text.</param>
/// <param name="Registers">32-bit registers per thread.</param>
/// <param name="SharedBytes">Static shared memory of a block; <c>.extern .shared</c> is not part of it, its size is known only at the launch.</param>
/// <param name="StackBytes">Local memory per thread: arrays of the text and spilled registers. It lies in device memory, so that a fast kernel has none.</param>
/// <param name="SpillStoreBytes">Bytes of registers stored to local memory.</param>
/// <param name="SpillLoadBytes">Bytes of registers read back from it.</param>
internal sealed partial record KernelResources(string Name, int Registers, int SharedBytes, int StackBytes, int SpillStoreBytes, int SpillLoadBytes)
{
    /// <summary>The kernels of a report, in its order.</summary>
    /// <exception cref="FormatException">A kernel's part lacks the line with its registers or the one with its stack frame.</exception>
    public static IReadOnlyList<KernelResources> Parse(string report)
    {
        MatchCollection starts = KernelStart().Matches(report);
        var kernels = new List<KernelResources>(starts.Count);
        for (int i = 0; i < starts.Count; i++)
        {
            int end = i + 1 < starts.Count ? starts[i + 1].Index : report.Length;
            kernels.Add(ParseOne(starts[i].Groups["name"].Value, report[starts[i].Index..end]));
        }
        return kernels;
    }

    /// <summary>What the assembler warns of, beyond the resources: for example that it ran a kernel's wgmma instructions one by one.</summary>
    public static IReadOnlyList<string> Advisories(string report) =>
        [.. report.Split('\n').Select(line => line.Trim()).Where(line => Advisory().IsMatch(line))];

    private static KernelResources ParseOne(string name, string part)
    {
        Match frame = Frame(name).Match(part), used = Used().Match(part);
        if (!frame.Success || !used.Success) throw new FormatException($"The report on '{name}' names no {(used.Success ? "stack frame" : "registers")}:\n{part}");
        return new(name, Number(used, "registers"), Number(SharedMemory().Match(used.Value), "bytes"), Number(frame, "stack"), Number(frame, "stores"), Number(frame, "loads"));
    }

    /// <summary>A report leaves out what is zero.</summary>
    private static int Number(Match match, string group) => match.Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;

    /// <summary>Subroutines have frames of their own in the part of the kernel that calls them, so the name is asked for.</summary>
    private static Regex Frame(string name) => new(
        $@"Function properties for {Regex.Escape(name)}\s+(?<stack>\d+) bytes stack frame, (?<stores>\d+) bytes spill stores, (?<loads>\d+) bytes spill loads");

    [GeneratedRegex("Compiling entry function '(?<name>[^']+)' for '[^']+'")]
    private static partial Regex KernelStart();

    [GeneratedRegex(@"Used (?<registers>\d+) registers.*")]
    private static partial Regex Used();

    [GeneratedRegex(@"(?<bytes>\d+) bytes smem")]
    private static partial Regex SharedMemory();

    [GeneratedRegex(@"^ptxas.*(?:warning\s*:|\(C\d+\)|Performance Loss)")]
    private static partial Regex Advisory();
}
