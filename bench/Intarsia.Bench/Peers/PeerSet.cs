using System.Diagnostics;

namespace Intarsia.Bench.Peers;

/// <summary>The libraries that a run has, and why it lacks the others.</summary>
internal sealed class PeerSet
{
    private static readonly string[] Ids = ["ceilings", "openblas", "onednn", "libxsmm", "eigen", "ggml"];
    private readonly Dictionary<string, PeerLibrary> libraries = [];
    private readonly Dictionary<string, string> missing = [];

    // The distribution has no package of it.
    private const string OfBuildsOnly = "ggml";

    private PeerSet(string folder, bool isDistribution)
    {
        Expected = isDistribution ? [.. Ids.Where(id => id != OfBuildsOnly)] : Ids;
        foreach (string id in Expected)
        {
            if (PeerLibrary.TryLoad(folder, id, out string reason) is { } library) libraries.Add(id, library);
            else missing.Add(id, reason);
        }
    }

    /// <summary>The peers that a run of this kind can have.</summary>
    public IReadOnlyList<string> Expected { get; }

    public IReadOnlyCollection<PeerLibrary> Libraries => libraries.Values;

    /// <summary>Loads the shims. With a folder of newer builds (<c>include</c>, <c>lib</c>) the shims are built against it first, where they are not yet.</summary>
    public static PeerSet Load(string? prefix)
    {
        string sources = SourceFolder();
        if (prefix is null) return new PeerSet(Path.Combine(sources, "bin"), isDistribution: true);
        string shims = Path.Combine(Path.GetFullPath(prefix), "shims");
        if (!Directory.Exists(shims)) Build(sources, prefix);
        return new PeerSet(shims, isDistribution: false);
    }

    public PeerLibrary? Find(string id) => libraries.GetValueOrDefault(id);

    public string WhyMissing(string id) => missing.GetValueOrDefault(id, "no such peer is known");

    // The folder bench/peers, looked for upwards from the program so that any working directory will do.
    private static string SourceFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "bench", "peers");
            if (File.Exists(Path.Combine(candidate, "build.sh"))) return candidate;
        }
        return Path.Combine(Environment.CurrentDirectory, "bench", "peers");
    }

    private static void Build(string sources, string prefix)
    {
        using Process process = Process.Start(new ProcessStartInfo(Path.Combine(sources, "build.sh"), ["--prefix", prefix]))
            ?? throw new InvalidOperationException("The build script did not start.");
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"bench/peers/build.sh --prefix {prefix} ended with {process.ExitCode}.");
    }
}
