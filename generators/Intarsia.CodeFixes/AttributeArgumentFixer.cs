using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Intarsia.CodeFixes;

/// <summary>
/// Sets an attribute's argument to what the message proposes: the nearest N:M (TPP0201) or vector length (TPP0202), a tile that fits (TPP0102), a declared wrap (TPP0307);
/// or removes an accumulator that means nothing (TPP0312), or an extent that a tile does not have (TPP0104) or that has no effect (TPP0107).
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class AttributeArgumentFixer() : SyntaxFixer("TPP0102", "TPP0104", "TPP0107", "TPP0201", "TPP0202", "TPP0307", "TPP0312")
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
            case "TPP0104":
                return new($"Remove {Value(1)}", attribute, AttributeEditing.Without(attribute, Value(1)));
            case "TPP0107":
                // Several extents are the whole tile, which someone should look at.
                return AttributeEditing.Has(attribute, Value(0)) ? new($"Remove {Value(0)}", attribute, AttributeEditing.Without(attribute, Value(0))) : null;
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
