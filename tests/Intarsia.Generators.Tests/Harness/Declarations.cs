using Intarsia.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Intarsia.Generators.Tests.Harness;

/// <summary>Parses kernel declarations without running a generator.</summary>
internal static class Declarations
{
    /// <summary>The model of the only kernel of a source file.</summary>
    public static KernelModel ParseFile(string source, bool allowUnsafe = false) => Assert.Single(ParseAll(Compilations.Create([source], Compilations.ParseOptions, allowUnsafe)));

    /// <summary>The model of a kernel written as attributes and the part from its name on, in a static partial class.</summary>
    public static KernelModel Parse(string attributes, string method, string modifiers = "public static") =>
        ParseFile($"using Intarsia; using System.Numerics.Tensors;\npublic static partial class Layers\n{{\n    {attributes} {modifiers} partial void {method};\n}}\n", allowUnsafe: true);

    public static IEnumerable<KernelModel> ParseAll(CSharpCompilation compilation) =>
        from type in Types(compilation.Assembly.GlobalNamespace)
        from method in type.GetMembers().OfType<IMethodSymbol>()
        let model = KernelParser.Parse(method, CancellationToken.None)
        where model is not null
        select model;

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol container) => container.GetMembers().SelectMany(member => member switch
    {
        INamespaceSymbol space => Types(space),
        INamedTypeSymbol type => [type, .. Types(type)],
        _ => [],
    });
}
