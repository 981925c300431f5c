using System.Text.RegularExpressions;
using Intarsia.Ptx.Tests.Tools;

namespace Intarsia.Ptx.Tests.Sass;

/// <summary>The machine code of a module, read from what <c>nvdisasm -c</c> prints.</summary>
internal sealed partial class Disassembly
{
    private Disassembly(string text, IReadOnlyList<SassFunction> functions) => (Text, Functions) = (text, functions);

    /// <summary>As nvdisasm printed it, for a look at a failure.</summary>
    public string Text { get; }

    public IReadOnlyList<SassFunction> Functions { get; }

    /// <summary>The code of an entry, or of the only one.</summary>
    /// <exception cref="KeyNotFoundException">There is no such entry, or there are several and none is named; the message names them.</exception>
    public SassFunction Function(string? name = null) =>
        name is null && Functions.Count == 1 ? Functions[0] : Functions.FirstOrDefault(function => function.Name == name)
        ?? throw new KeyNotFoundException($"The module has no function '{name}'; it has {string.Join(", ", Functions.Select(function => $"'{function.Name}'"))}.");

    /// <summary>Disassembles an ELF file with the toolkit that made it.</summary>
    public static async Task<Disassembly> OfAsync(PtxTarget target, byte[] cubin)
    {
        string program = PtxTools.Require(target.Toolkit, "nvdisasm");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("intarsia-cubin-");
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "kernel.cubin"), cubin).ConfigureAwait(false);
            (int exitCode, string output, string errors) = await PtxTools.RunAsync(program, folder.FullName, "-c", "kernel.cubin").ConfigureAwait(false);
            return exitCode == 0 ? Parse(output) : throw new InvalidOperationException($"nvdisasm {target.Toolkit} ended with {exitCode}:\n{errors}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Reads a listing: every section <c>.text.NAME</c> is a kernel.</summary>
    public static Disassembly Parse(string text)
    {
        var functions = new List<SassFunction>();
        string? name = null;
        var instructions = new List<SassInstruction>();
        var labels = new Dictionary<string, int>();
        void Finish()
        {
            if (name is not null && instructions.Count > 0) functions.Add(SassFunction.Build(name, [.. instructions], new Dictionary<string, int>(labels)));
            instructions.Clear();
            labels.Clear();
        }
        foreach (string line in text.Split('\n'))
        {
            if (Section().Match(line) is { Success: true } section)
            {
                Finish();
                name = section.Groups["name"] is { Success: true } kernel ? kernel.Value : null;
            }
            else if (Label().Match(line) is { Success: true } label)
            {
                labels[label.Groups["label"].Value] = instructions.Count;
            }
            else if (SassInstruction.Parse(line) is { } instruction)
            {
                instructions.Add(instruction);
            }
        }
        Finish();
        return new(text, functions);
    }

    [GeneratedRegex(@"^\s*\.section\s+(?:\.text\.(?<name>[^,\s""]+)|\S+)")]
    private static partial Regex Section();

    [GeneratedRegex(@"^(?<label>[^\s:/]+):\s*$")]
    private static partial Regex Label();
}
