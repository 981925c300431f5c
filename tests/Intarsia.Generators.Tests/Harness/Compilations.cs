using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Intarsia.Generators.Tests.Harness;

/// <summary>Compilations as a user's default project has them: nullable, implicit usings, no unsafe blocks.</summary>
internal static class Compilations
{
    private static readonly string[] ImplicitUsings = ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks"];

    private static readonly MetadataReference[] References = LoadReferences();

    /// <summary>ILGPU, or what stands in for it, and the assembly that launches kernels through it.</summary>
    public static MetadataReference[] AcceleratorReferences { get; } =
        [MetadataReference.CreateFromFile(typeof(ILGPU.Context).Assembly.Location), MetadataReference.CreateFromFile(typeof(Intarsia.Ilgpu.DeviceMatrix).Assembly.Location)];

    public static CSharpParseOptions ParseOptions { get; } = new(LanguageVersion.Latest, DocumentationMode.Diagnose);

    public static CSharpCompilation Create(params string[] sources) => Create(sources, ParseOptions);

    /// <summary>A project that uses ILGPU.</summary>
    public static CSharpCompilation WithAccelerators(string source, CSharpParseOptions? parse = null) => Create([source], parse ?? ParseOptions).AddReferences(AcceleratorReferences);

    /// <summary>A library with every warning on; a missing comment on the tests' own sources (CS1591) is none of them.</summary>
    public static CSharpCompilation Create(string[] sources, CSharpParseOptions parse, bool allowUnsafe = false, bool checkOverflow = false)
    {
        IEnumerable<SyntaxTree> trees = sources.Select((source, index) => CSharpSyntaxTree.ParseText(source, parse, path: $"Source{index}.cs"));
        string usings = string.Concat(ImplicitUsings.Select(name => $"global using global::{name};\n"));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: allowUnsafe,
            warningLevel: 9999, optimizationLevel: OptimizationLevel.Release, checkOverflow: checkOverflow, deterministic: true);
        return CSharpCompilation.Create("Test", trees.Append(CSharpSyntaxTree.ParseText(usings, parse, path: "Usings.g.cs")), References, options);
    }

    /// <summary>The framework and the assemblies that the package brings, and nothing of the test host.</summary>
    private static MetadataReference[] LoadReferences()
    {
        string[] own = [typeof(GemmAttribute).Assembly.Location, typeof(PackedMatrix).Assembly.Location, typeof(System.Numerics.Tensors.Tensor).Assembly.Location];
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        IEnumerable<string> platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(path => Path.GetDirectoryName(path) == framework);
        return platform.Concat(own).Distinct().Select(path => (MetadataReference)MetadataReference.CreateFromFile(path)).ToArray();
    }
}
