using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Intarsia.CodeFixes;

/// <summary>Names the operation after the pattern of its weights: [Spmm] for sparse ones (TPP0204), [Gemm] for dense ones (TPP0205).</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class OperationFixer() : SyntaxFixer("TPP0204", "TPP0205")
{
    private protected override Replacement? Fix(Diagnostic diagnostic, SyntaxNode node, SyntaxGenerator generator)
    {
        (string from, string to) = diagnostic.Id == "TPP0204" ? ("Gemm", "Spmm") : ("Spmm", "Gemm");
        if (node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method || AttributeEditing.Find(method, from) is not { } attribute) return null;
        return new($"Use [{to}]", attribute, AttributeEditing.WithSimpleName(attribute, to));
    }
}
