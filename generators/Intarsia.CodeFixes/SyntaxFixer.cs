using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;

namespace Intarsia.CodeFixes;

/// <summary>A change to one node; no new node removes it.</summary>
internal sealed record Replacement(string Title, SyntaxNode Old, SyntaxNode? New);

/// <summary>Base of the fixers: each turns a diagnostic and the node it points at into one replacement.</summary>
public abstract class SyntaxFixer : CodeFixProvider
{
    private protected SyntaxFixer(params string[] ids) => FixableDiagnosticIds = [.. ids];

    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; }

    public sealed override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is not { } root) return;
        var generator = SyntaxGenerator.GetGenerator(context.Document);
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            SyntaxNode node = root.FindNode(diagnostic.Location.SourceSpan);
            if (Fix(diagnostic, node, generator) is not { } fix) continue;
            context.RegisterCodeFix(CodeAction.Create(fix.Title, _ => Task.FromResult(context.Document.WithSyntaxRoot(Apply(root, fix))), equivalenceKey: diagnostic.Id), diagnostic);
        }
    }

    /// <summary>The change, or null where the source is not written in a way that has an obvious one.</summary>
    private protected abstract Replacement? Fix(Diagnostic diagnostic, SyntaxNode node, SyntaxGenerator generator);

    /// <summary>A value of the message, by its number.</summary>
    private protected static string Argument(Diagnostic diagnostic, int index) => diagnostic.Properties["Argument" + index.ToString(System.Globalization.CultureInfo.InvariantCulture)]!;

    private static SyntaxNode Apply(SyntaxNode root, Replacement fix) =>
        fix.New is null ? root.RemoveNode(fix.Old, SyntaxRemoveOptions.KeepNoTrivia)! : root.ReplaceNode(fix.Old, fix.New);
}
