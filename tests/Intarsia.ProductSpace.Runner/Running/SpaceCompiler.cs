using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Intarsia.Compiler.Specs;
using Intarsia.Generators;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Writing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Intarsia.ProductSpace.Running;

/// <summary>Compiles declarations with the generator, in this process, under the settings of a default project: nullable, warnings as errors, no unsafe code.</summary>
public sealed class SpaceCompiler
{
    /// <summary>The framework.</summary>
    public static ImmutableArray<MetadataReference> Framework { get; } = FindFramework();

    private static readonly ImmutableArray<MetadataReference> References =
        Framework.AddRange(new[] { typeof(Tier), typeof(PackedMatrix), typeof(OperandBag) }.Select(type => MetadataReference.CreateFromFile(type.Assembly.Location)));

    /// <summary>The tiers to emit, as in the MSBuild property; null for the default.</summary>
    public string? Tiers { get; init; }

    /// <summary>Allows unsafe code, for signatures with raw addresses.</summary>
    public bool AllowUnsafe { get; init; }

    /// <summary>Follows null references through the code, as compilers do; kernels that are compiled only to be run need not spend the time.</summary>
    public bool AnalysesNullability { get; init; } = true;

    /// <summary>Changes the generated text before it is compiled: for tests that a wrong kernel is seen.</summary>
    public Func<string, string, string>? Mutate { get; init; }

    /// <summary>Assemblies that changed text needs.</summary>
    public IReadOnlyList<string> MoreReferences { get; init; } = [];

    /// <summary>Whether the kernels of a run need unsafe code.</summary>
    public static bool NeedsUnsafe(DrawnKernel kernel) => kernel.Spec.Batch?.Addressing == BatchAddressing.Addresses;

    /// <summary>Compiles kernels into one assembly.</summary>
    public SpaceCompilation Compile(string name, IEnumerable<DrawnKernel> kernels) =>
        CompileAll(name, [.. kernels]);

    /// <summary>Compiles files into one assembly.</summary>
    /// <param name="name">The assembly's name.</param>
    /// <param name="files">C#.</param>
    /// <param name="patterns">Patterns that declarations name.</param>
    public SpaceCompilation Compile(string name, IEnumerable<(string Path, string Text)> files, IEnumerable<KnownPattern>? patterns = null)
    {
        var watch = Stopwatch.StartNew();
        CSharpParseOptions parse = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        if (!AnalysesNullability) parse = parse.WithFeatures([new("run-nullable-analysis", "never")]);
        SyntaxTree[] trees = files.Select(file => CSharpSyntaxTree.ParseText(SourceText.From(file.Text, Encoding.UTF8), parse, file.Path)).ToArray();
        CSharpCompilation compilation = CSharpCompilation.Create(name, trees, References.AddRange(MoreReferences.Select(path => MetadataReference.CreateFromFile(path))), new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            optimizationLevel: OptimizationLevel.Release,
            generalDiagnosticOption: ReportDiagnostic.Error,
            nullableContextOptions: NullableContextOptions.Enable,
            allowUnsafe: AllowUnsafe,
            deterministic: true));
        var driver = CSharpGeneratorDriver.Create(
            [new KernelGenerator().AsSourceGenerator()], parseOptions: parse, optionsProvider: new BuildProperties(Tiers), additionalTexts: (patterns ?? []).Select(pattern => new PatternText(pattern)));
        GeneratorDriver ran = driver.RunGeneratorsAndUpdateCompilation(compilation, out Compilation full, out ImmutableArray<Diagnostic> reported);
        TimeSpan generation = watch.Elapsed;
        if (Mutate is not null) full = Mutated(full, parse);
        return new SpaceCompilation((CSharpCompilation)full, ran.GetRunResult(), reported, generation);
    }

    private SpaceCompilation CompileAll(string name, DrawnKernel[] kernels) => Compile(
        name,
        kernels.Select(kernel => (kernel.TypeName + ".cs", DeclarationWriter.WriteFile(kernel))),
        kernels.Where(kernel => kernel.Spec.IsContraction).Select(kernel => kernel.Spec.Weights.Pattern.Known).OfType<KnownPattern>());

    private Compilation Mutated(Compilation full, CSharpParseOptions parse)
    {
        foreach (SyntaxTree tree in full.SyntaxTrees)
        {
            string text = tree.ToString(), changed = Mutate!(tree.FilePath, text);
            if (changed != text) full = full.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText(SourceText.From(changed, Encoding.UTF8), parse, tree.FilePath));
        }
        return full;
    }

    private static ImmutableArray<MetadataReference> FindFramework()
    {
        string trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        IEnumerable<string> framework = trusted.Split(Path.PathSeparator).Where(path => Path.GetFileName(path) is { } file
            && (file.StartsWith("System.", StringComparison.Ordinal) || file is "netstandard.dll" or "mscorlib.dll"));
        return [.. framework.Select(path => MetadataReference.CreateFromFile(path))];
    }

    private sealed class BuildProperties(string? tiers) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Options(tiers);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Options(string? tiers) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
            {
                value = key == "build_property.IntarsiaTiers" ? tiers : null;
                return value is not null;
            }
        }
    }
}
