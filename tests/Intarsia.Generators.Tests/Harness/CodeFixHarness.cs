using Intarsia.CodeFixes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Intarsia.Generators.Tests.Harness;

/// <summary>Applies code fixes as an editor does, on a document of a workspace.</summary>
internal static class CodeFixHarness
{
    public static CodeFixProvider[] Fixers { get; } =
        typeof(SyntaxFixer).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(CodeFixProvider))).OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!).ToArray();

    /// <summary>The source after the fix for the first diagnostic of this id, and the fix's title; the source as it is where no fix is offered.</summary>
    public static (string Source, string? Title) Fix(string id, string source, bool accelerators = false)
    {
        CSharpCompilation compilation = accelerators ? Compilations.WithAccelerators(source) : Compilations.Create(source);
        Diagnostic diagnostic = GeneratorHarness.Analyze(compilation).First(found => found.Id == id);
        using var workspace = new AdhocWorkspace();
        Project project = workspace.AddProject("Test", LanguageNames.CSharp).WithParseOptions(Compilations.ParseOptions);
        Document document = project.AddDocument("Source0.cs", SourceText.From(source));
        var actions = new List<CodeAction>();
        foreach (CodeFixProvider fixer in Fixers.Where(fixer => fixer.FixableDiagnosticIds.Contains(id)))
            fixer.RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), CancellationToken.None)).GetAwaiter().GetResult();
        if (actions.Count == 0) return (source, null);
        CodeAction only = Assert.Single(actions);
        CodeActionOperation operation = Assert.Single(only.GetOperationsAsync(CancellationToken.None).GetAwaiter().GetResult());
        Document changed = Assert.IsType<ApplyChangesOperation>(operation).ChangedSolution.GetDocument(document.Id)!;
        return (changed.GetTextAsync().GetAwaiter().GetResult().ToString(), only.Title);
    }
}
