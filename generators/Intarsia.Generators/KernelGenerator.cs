using System.Collections.Immutable;
using System.Text;
using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Generators.Parsing;
using Intarsia.Generators.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Intarsia.Generators;

/// <summary>Writes the other half of every method that carries the attribute of an operation. Reports nothing: the analyzers do.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class KernelGenerator : IIncrementalGenerator
{
    /// <summary>The file that holds the tile methods of the assembly.</summary>
    public const string TileFile = "Intarsia.Tiles.g.cs";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // 1. What the build asks for: which tiers, or nothing at all.
        IncrementalValueProvider<BuildOptions> options = context.AnalyzerConfigOptionsProvider
            .Select(static (provider, _) => BuildOptions.Read(provider.GlobalOptions))
            .WithTrackingName(TrackingNames.Options);

        // Whether kernels can run on accelerators here. A bool, so that nothing behind it runs again while the references stay.
        IncrementalValueProvider<bool> accelerators = context.CompilationProvider
            .Select(static (compilation, _) => AcceleratorReferences.Exist(compilation))
            .WithTrackingName(TrackingNames.Accelerators);

        // The sparsity patterns among the project's files, each read when it changes.
        IncrementalValueProvider<EquatableArray<PatternFile>> patterns = context.AdditionalTextsProvider
            .Where(static file => PatternFile.IsOne(file.Path))
            .Select(static (file, cancellation) => PatternResolver.Read(file, cancellation))
            .Collect()
            .Select(static (files, _) => files.ToEquatableArray())
            .WithTrackingName(TrackingNames.Patterns);

        // Every operation adds its tile methods to this set. There is no constant provider, so it begins as an empty projection.
        IncrementalValueProvider<EquatableArray<TileMethod>> tiles = context.AnalyzerConfigOptionsProvider.Select(static (_, _) => default(EquatableArray<TileMethod>));
        foreach (string attribute in Attributes.Kernels)
        {
            // 2. Find the declarations, project each to a model that holds no symbol, and complete it with the pattern that it names.
            IncrementalValuesProvider<KernelModel> models = context.SyntaxProvider
                .ForAttributeWithMetadataName(
                    Attributes.MetadataName(attribute),
                    static (node, _) => node is MethodDeclarationSyntax,
                    (found, cancellation) => KernelParser.Parse((IMethodSymbol)found.TargetSymbol, attribute, cancellation))
                .Where(static model => model is not null)
                .Select(static (model, _) => model!)
                .WithTrackingName(TrackingNames.Spec)
                .Combine(patterns)
                .Select(static (pair, _) => PatternResolver.Resolve(pair.Left, pair.Right))
                .WithTrackingName(TrackingNames.Resolved);

            // 3. Emit one file per kernel.
            IncrementalValuesProvider<EmittedKernel> kernels = models
                .Combine(options)
                .Select(static (pair, _) => Emit(pair.Left, pair.Right))
                .Where(static kernel => kernel is not null)
                .Select(static (kernel, _) => kernel!)
                .WithTrackingName(TrackingNames.Kernel);
            context.RegisterSourceOutput(kernels, static (output, kernel) => output.AddSource(kernel.HintName, SourceText.From(kernel.Source, Encoding.UTF8)));

            // 4. Where there are accelerators, a second file holds the kernel's overload for them.
            IncrementalValuesProvider<EmittedKernel> overloads = models
                .Combine(options.Combine(accelerators))
                .Select(static (pair, _) => pair.Right.Right ? EmitOverload(pair.Left, pair.Right.Left) : null)
                .Where(static kernel => kernel is not null)
                .Select(static (kernel, _) => kernel!)
                .WithTrackingName(TrackingNames.Overload);
            context.RegisterSourceOutput(overloads, static (output, kernel) => output.AddSource(kernel.HintName, SourceText.From(kernel.Source, Encoding.UTF8)));

            tiles = tiles.Combine(kernels.Select(static (kernel, _) => kernel.Tiles).Collect()).Select(static (pair, _) => Union(pair.Left, pair.Right));
        }

        // 5. Emit each distinct tile method once.
        context.RegisterSourceOutput(tiles.WithTrackingName(TrackingNames.Tiles), static (output, methods) =>
        {
            if (KernelEmitter.EmitTileFile(methods) is { } source) output.AddSource(TileFile, SourceText.From(source, Encoding.UTF8));
        });
    }

    /// <summary>A valid kernel is planned and lowered; an invalid one throws; one that no other half can complete gets none.</summary>
    private static EmittedKernel? Emit(KernelModel model, BuildOptions options)
    {
        if (options.IsDisabled) return null;
        if (model.IsValid)
        {
            EmittedKernel kernel = KernelEmitter.Emit(model.Spec!, model.Method!, new EmitOptions(options.Tiers) { Native = options.Native });
            return kernel with { HintName = HintName(kernel.HintName, model.HintSuffix) };
        }
        if (model is not { Half: { } half, FirstError: { } error }) return null;
        return new EmittedKernel(HintName(ThrowingHalfWriter.HintName(half), model.HintSuffix), ThrowingHalfWriter.Write(half, error), default);
    }

    /// <summary>The overload of a valid kernel that has one.</summary>
    private static EmittedKernel? EmitOverload(KernelModel model, BuildOptions options)
    {
        if (options.IsDisabled || !model.IsValid || DeviceEmitter.Emit(model.Spec!, model.Method!) is not { } kernel) return null;
        return kernel with { HintName = HintName(kernel.HintName, model.HintSuffix) };
    }

    /// <summary>A name that the host takes as a file name, unique among the kernels of the assembly.</summary>
    private static string HintName(string name, string suffix)
    {
        const string extension = ".g.cs";
        if (name.EndsWith(extension, StringComparison.Ordinal)) name = name.Substring(0, name.Length - extension.Length);
        var text = new StringBuilder();
        foreach (char c in name + suffix)
        {
            if (char.IsLetterOrDigit(c) || c is '.' or '_') text.Append(c);
            else if (c is '<' or ',') text.Append('_');
        }
        return text.Append(extension).ToString();
    }

    /// <summary>The distinct methods, in ordinal order. Two of one name and different sources both stay, so that the emitter refuses them.</summary>
    private static EquatableArray<TileMethod> Union(EquatableArray<TileMethod> left, ImmutableArray<EquatableArray<TileMethod>> right) =>
        left.Concat(right.SelectMany(static methods => methods)).Distinct()
            .OrderBy(static method => method.Name, StringComparer.Ordinal).ThenBy(static method => method.Source, StringComparer.Ordinal).ToEquatableArray();
}
