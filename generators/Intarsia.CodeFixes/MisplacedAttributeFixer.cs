using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Intarsia.CodeFixes;

/// <summary>Removes an attribute that has no effect where it stands (TPP0020).</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class MisplacedAttributeFixer() : SyntaxFixer("TPP0020")
{
    private protected override Replacement? Fix(Diagnostic diagnostic, SyntaxNode node, SyntaxGenerator generator)
    {
        // On a kernel the diagnostic points at the parameter, and names the attribute; elsewhere it points at the attribute.
        string name = Argument(diagnostic, 0);
        AttributeSyntax? attribute = node is ParameterSyntax parameter
            ? parameter.AttributeLists.SelectMany(list => list.Attributes).FirstOrDefault(candidate => AttributeEditing.SimpleName(candidate) == name)
            : node as AttributeSyntax;
        if (attribute is null) return null;
        (SyntaxNode old, SyntaxNode? replacement) = AttributeEditing.Removed(attribute);
        return new($"Remove [{name}]", old, replacement);
    }
}
