using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Intarsia.CodeFixes;

/// <summary>Makes a kernel method partial (TPP0001) or static (TPP0002), or a type around it partial (TPP0005).</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class DeclarationFixer() : SyntaxFixer("TPP0001", "TPP0002", "TPP0005")
{
    private protected override Replacement? Fix(Diagnostic diagnostic, SyntaxNode node, SyntaxGenerator generator)
    {
        DeclarationModifiers modifiers = generator.GetModifiers(node);
        return (diagnostic.Id, node) switch
        {
            ("TPP0001", MethodDeclarationSyntax method) => MakePartial(method, modifiers, generator),
            ("TPP0002", MethodDeclarationSyntax method) => new($"Make '{method.Identifier.Text}' static", method, generator.WithModifiers(method, modifiers | DeclarationModifiers.Static)),
            ("TPP0005", TypeDeclarationSyntax type) => new($"Make '{type.Identifier.Text}' partial", type, generator.WithModifiers(type, modifiers.WithPartial(true))),
            _ => null,
        };
    }

    private static Replacement MakePartial(MethodDeclarationSyntax method, DeclarationModifiers modifiers, SyntaxGenerator generator)
    {
        var partial = (MethodDeclarationSyntax)generator.WithModifiers(method, modifiers.WithPartial(true));
        if (method.Body is null && method.ExpressionBody is null) return new($"Make '{method.Identifier.Text}' partial", method, partial);
        // The signature ends where the body began, so what stood between them goes with the body.
        partial = partial.WithBody(null).WithExpressionBody(null);
        partial = partial.ConstraintClauses.Count > 0
            ? partial.WithConstraintClauses(SyntaxFactory.List(partial.ConstraintClauses.Select((clause, i) => i == partial.ConstraintClauses.Count - 1 ? clause.WithoutTrailingTrivia() : clause)))
            : partial.WithParameterList(partial.ParameterList.WithoutTrailingTrivia());
        partial = partial.WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken).WithTrailingTrivia(method.GetTrailingTrivia()));
        return new($"Make '{method.Identifier.Text}' partial and remove its body", method, partial);
    }
}
