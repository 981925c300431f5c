using System.Text;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator;

/// <summary>A PTX text, parsed and decoded. Immutable, so that threads may share it.</summary>
public sealed class PtxModule
{
    private readonly Dictionary<string, PtxEntry> _entries;

    internal PtxModule(string version, string target, IReadOnlyList<PtxEntry> entries)
    {
        Version = version;
        Target = target;
        Entries = entries;
        _entries = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The version of PTX, as written, e.g. <c>7.8</c>.</summary>
    public string Version { get; }

    /// <summary>The first target, as written, e.g. <c>sm_80</c> or <c>sm_90a</c>.</summary>
    public string Target { get; }

    /// <summary>The kernels in the order of the text.</summary>
    public IReadOnlyList<PtxEntry> Entries { get; }

    /// <summary>Reads a text. Every instruction is decoded here, so that what the emulator lacks is known before anything runs.</summary>
    /// <exception cref="PtxParseException">The text is wrong, or uses what the emulator does not have; the message names line, column and instruction.</exception>
    public static PtxModule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new ModuleParser(text).Parse();
    }

    /// <summary>Reads a text in UTF-8, as generated code holds it; a terminating zero is allowed.</summary>
    /// <exception cref="PtxParseException">As for <see cref="Parse(string)"/>.</exception>
    public static PtxModule Parse(ReadOnlySpan<byte> utf8) => Parse(Encoding.UTF8.GetString(utf8.TrimEnd((byte)0)));

    /// <summary>The kernel of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message names those that there are.</exception>
    public PtxEntry Entry(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _entries.TryGetValue(name, out PtxEntry? entry)
            ? entry
            : throw new KeyNotFoundException($"The module has no entry '{name}'; it has {(Entries.Count == 0 ? "none" : string.Join(", ", Entries.Select(each => $"'{each.Name}'")))}.");
    }
}
