using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Intarsia.Arm;
using Intarsia.Kernels;
using Intarsia.ProductSpace.Running;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Intarsia.ProductSpace.Arm;

/// <summary>
/// An Arm64 processor that exists only as definitions. The runtime is compiled once more with <c>AdvSimd</c> and <c>Dp</c> of its own, which call <see cref="Instructions"/>, and without an instruction of x86;
/// kernels of the AdvSimd tier run on it, wherever this process runs, as they are. What the definitions lack does not compile.
/// </summary>
public static partial class ArmMachine
{
    /// <summary>The tiers to emit for it.</summary>
    public const string Tiers = "AdvSimd";

    /// <summary>The variable that says which processor it is: <c>dp</c> or <c>nodp</c>.</summary>
    public const string Variable = "INTARSIA_SPACE_ARM";

    /// <summary>The file of its runtime.</summary>
    public const string RuntimeFile = "Intarsia.Runtime.dll";

    // Wider vectors are other tiers' and have nothing to run on here.
    private static readonly string[] s_wide = ["V256", "V512", "F32x8", "F32x16", "I64x8", "I64x16"];

    // The runtime is written in C# 14, which this compiler, the oldest that the generator runs in, calls a preview.
    private static readonly CSharpParseOptions s_parse = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview);

    /// <summary>Compiles kernels for it.</summary>
    /// <param name="allowUnsafe">Their signatures need unsafe code.</param>
    public static SpaceCompiler Compiler(bool allowUnsafe = false) => new()
    {
        Tiers = Tiers,
        AllowUnsafe = allowUnsafe,
        Mutate = (path, text) => path.EndsWith(".g.cs", StringComparison.Ordinal) ? ByDefinition(text) : text,
        MoreReferences = [typeof(Instructions).Assembly.Location],
    };

    /// <summary>Writes its runtime into a folder, for kernels that stand there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="change">Changes the source of the runtime or of the intrinsics, by the name of its file: for tests that a wrong lowering is seen.</param>
    /// <exception cref="InvalidOperationException">It does not compile, for example for want of a definition.</exception>
    public static void Write(string folder, Func<string, string, string>? change = null) => Emit(Runtime(change), Path.Combine(folder, RuntimeFile));

    /// <summary>Writes its instructions where they are to be other ones.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="change">Changes the source of the definitions, by the name of its file.</param>
    /// <exception cref="InvalidOperationException">They do not compile.</exception>
    public static void WriteInstructions(string folder, Func<string, string, string> change)
    {
        Assembly original = typeof(Instructions).Assembly;
        string name = original.GetName().Name!;
        Emit(Compile(name, Sources("Instructions/").Select(source => (source.Name, change(source.Name, source.Text))), original, []), Path.Combine(folder, name + ".dll"));
    }

    private static CSharpCompilation Runtime(Func<string, string, string>? change)
    {
        IEnumerable<(string Name, string Text)> sources = Sources("Runtime/").Where(source => !s_wide.Contains(source.Name.Split('.')[0])).Concat(Sources("Intrinsics/"))
            .Select(source => (source.Name, ByDefinition(change is null ? source.Text : change(source.Name, source.Text))));
        Assembly original = typeof(CpuTier).Assembly;
        string friends = string.Concat(original.GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => $"[assembly: global::System.Runtime.CompilerServices.InternalsVisibleTo(\"{friend.AssemblyName}\")]\n"));
        return Compile("Intarsia.Runtime", sources.Append(("Friends.cs", friends)), original, [typeof(Tier).Assembly.Location, typeof(Instructions).Assembly.Location]);
    }

    private static CSharpCompilation Compile(string name, IEnumerable<(string Name, string Text)> sources, Assembly original, IEnumerable<string> references)
    {
        // What the SDK writes: its implicit usings, and the version.
        const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;\n";
        string assembly = $"{Usings}[assembly: global::System.Reflection.AssemblyVersion(\"{original.GetName().Version}\")]";
        return CSharpCompilation.Create(
            name,
            sources.Append((Name: "Assembly.cs", Text: assembly)).Select(source => CSharpSyntaxTree.ParseText(SourceText.From(source.Text, Encoding.UTF8), s_parse, source.Name)),
            SpaceCompiler.Framework.AddRange(references.Select(path => MetadataReference.CreateFromFile(path))),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable,
                allowUnsafe: true,
                deterministic: true,
                // A type of the source in the place of the framework's: that is the point.
                specificDiagnosticOptions: ImmutableDictionary<string, ReportDiagnostic>.Empty.Add("CS0436", ReportDiagnostic.Suppress)));
    }

    private static void Emit(CSharpCompilation compilation, string path)
    {
        using FileStream file = File.Create(path);
        EmitResult result = compilation.Emit(file);
        if (!result.Success) throw new InvalidOperationException($"{compilation.AssemblyName} does not compile for Arm's definitions:\n" + string.Join('\n', result.Diagnostics.Where(found => found.Severity == DiagnosticSeverity.Error).Take(10)));
    }

    /// <summary>Text whose calls of members that .NET leaves to the processor go to <see cref="Portable"/>; one that is not defined there does not compile.</summary>
    private static string ByDefinition(string text) => LeftToTheProcessor().Replace(text, "global::Intarsia.Arm.Portable.$1(");

    [GeneratedRegex(@"\b(?:Vector128|float|Single|MathF)\.(\w+(?:Native|Estimate))\(")]
    private static partial Regex LeftToTheProcessor();

    private static IEnumerable<(string Name, string Text)> Sources(string folder)
    {
        Assembly here = typeof(ArmMachine).Assembly;
        foreach (string resource in here.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(here.GetManifestResourceStream(resource)!);
            yield return (resource[(resource.LastIndexOf('/') + 1)..], reader.ReadToEnd());
        }
    }
}
