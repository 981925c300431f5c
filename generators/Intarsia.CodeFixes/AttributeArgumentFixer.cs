using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Intarsia.CodeFixes;

/// <summary>
/// Sets an attribute's argument to what the message proposes: the nearest N:M (TPP0201) or vector length (TPP0202), a tile that fits (TPP0102), a declared wrap (TPP0307);
/// or removes an accumulator that means nothing (TPP0312).
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class AttributeArgumentFixer() : SyntaxFixer("TPP0102", "TPP0201", "TPP0202", "TPP0307", "TPP0312")
{
    private protected override Replacement? Fix(Diagnostic diagnostic, SyntaxNode node, SyntaxGenerator generator)
    {
        if (node is not AttributeSyntax attribute) return null;
        string Value(int index) => Argument(diagnostic, index);
        switch (diagnostic.Id)
        {
            case "TPP0102":
                string[] extents = Value(6).Split('x');
                // The height of a sparse kernel is its pattern's, and need not be written.
                AttributeSyntax narrower = AttributeEditing.With(attribute, "Vectors", extents[1]);
                return new($"Use a {Value(6)} tile", attribute, AttributeEditing.Has(attribute, "Height") ? AttributeEditing.With(narrower, "Height", extents[0]) : narrower);
            case "TPP0201":
                return new($"Use {Value(2)}:{Value(3)}", attribute, AttributeEditing.With(AttributeEditing.With(attribute, "N", Value(2)), "M", Value(3)));
            case "TPP0202":
                return new($"Use V = {Value(1)}", attribute, AttributeEditing.With(attribute, "V", Value(1)));
            case "TPP0307":
                return new("Let the accumulator wrap around", attribute, AttributeEditing.With(attribute, "Accumulator", AttributeEditing.Qualifier(attribute) + "Accumulator.Int32Wrap"));
            default:
                return new("Remove Accumulator", attribute, AttributeEditing.Without(attribute, "Accumulator"));
        }
    }
}
