using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Intarsia.Ptx.Tests.Tools;

/// <summary>Assembles PTX with NVIDIA's assembler at its default optimisation, which is what a driver's own compiler does with the text. Needs no GPU.</summary>
internal static class Ptxas
{
    /// <summary>By target and hash of the text: many tests ask about one kernel, and an assembly takes up to seconds.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<Task<AssembledModule>>> Cache = new();

    /// <summary>Assembles a text, once per process.</summary>
    /// <exception cref="PtxasException">The assembler refuses the text; the message holds its complaints and their lines.</exception>
    /// <exception cref="SkipException">The assembler is absent (see <see cref="PtxTools"/>): the test must be a <c>SkippableFact</c> or <c>SkippableTheory</c>.</exception>
    public static AssembledModule Assemble(string text, PtxTarget target) => AssembleAsync(text, target).GetAwaiter().GetResult();

    /// <summary>As <see cref="Assemble(string, PtxTarget)"/>, of a UTF-8 literal such as generated code holds.</summary>
    public static AssembledModule Assemble(ReadOnlySpan<byte> text, PtxTarget target) => Assemble(Encoding.UTF8.GetString(text), target);

    /// <summary>Assembles texts side by side, as many at a time as there are processors. The results are in the order of the texts.</summary>
    public static IReadOnlyList<AssembledModule> AssembleAll(IEnumerable<(string Text, PtxTarget Target)> texts) =>
        Task.WhenAll(texts.Select(text => AssembleAsync(text.Text, text.Target))).GetAwaiter().GetResult();

    public static Task<AssembledModule> AssembleAsync(string text, PtxTarget target)
    {
        // Outside the cache: whether a program is there may not be remembered as a property of the text.
        string program = PtxTools.Require(target.Toolkit, "ptxas");
        string key = $"{target} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
        return Cache.GetOrAdd(key, _ => new(() => RunAsync(program, text, target))).Value;
    }

    private static async Task<AssembledModule> RunAsync(string program, string text, PtxTarget target)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("intarsia-ptx-");
        try
        {
            string source = Path.Combine(folder.FullName, "kernel.ptx"), result = Path.Combine(folder.FullName, "kernel.cubin");
            await File.WriteAllTextAsync(source, text).ConfigureAwait(false);
            (int exitCode, string output, string errors) = await PtxTools
                .RunAsync(program, folder.FullName, "-v", $"-arch={target.Architecture}", "kernel.ptx", "-o", "kernel.cubin").ConfigureAwait(false);
            string report = output + errors;
            if (exitCode != 0) throw PtxasException.Of(text, target, report);
            byte[] cubin = await File.ReadAllBytesAsync(result).ConfigureAwait(false);
            return new(target, cubin, KernelResources.Parse(report), KernelResources.Advisories(report));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
