using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Intarsia.CodeFixes;

/// <summary>Removes a Dequantise that has nothing to do (TPP0051), adds one that is needed (TPP0052, TPP0313), or puts the steps in order (TPP0053).</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class EpilogueFixer() : SyntaxFixer("TPP0051", "TPP0052", "TPP0053", "TPP0313")
{
    private const string Dequantise = nameof(Tpp.Dequantise), Requantise = nameof(Tpp.Requantise);

    private protected override Replacement? Fix(Diagnostic diagnostic, SyntaxNode node, SyntaxGenerator generator)
    {
        if (node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method) return null;
        if (AttributeEditing.Find(method, "Epilogue") is not { } attribute)
            return diagnostic.Id is "TPP0052" or "TPP0313" ? new("Add Dequantise", method, AddChain(method)) : null;
        AttributeArgumentSyntax[] steps = AttributeEditing.Arguments(attribute).ToArray();
        // A chain written as one array is not worth taking apart.
        if (steps.Any(step => StepName(step) is null)) return null;
        switch (diagnostic.Id)
        {
            case "TPP0051":
                AttributeArgumentSyntax[] rest = steps.Where(step => StepName(step) != Dequantise).ToArray();
                (SyntaxNode old, SyntaxNode? removed) = AttributeEditing.Removed(attribute);
                return rest.Length == 0 ? new("Remove Dequantise", old, removed) : new("Remove Dequantise", attribute, AttributeEditing.WithArguments(attribute, rest));
            case "TPP0053":
                return new("Put the steps in order", attribute, AttributeEditing.WithArguments(attribute, Ordered(steps)));
            default:
                AttributeArgumentSyntax added = Step(steps.Length > 0 ? steps[0].Expression : null, AttributeEditing.Qualifier(attribute));
                return new("Add Dequantise", attribute, AttributeEditing.WithArguments(attribute, steps.Prepend(added)));
        }
    }

    /// <summary>Dequantise first and once, Requantise last and once, the others as they were.</summary>
    private static IEnumerable<AttributeArgumentSyntax> Ordered(AttributeArgumentSyntax[] steps) =>
        steps.Where(step => StepName(step) == Dequantise).Take(1)
            .Concat(steps.Where(step => StepName(step) is not (Dequantise or Requantise)))
            .Concat(steps.Where(step => StepName(step) == Requantise).Take(1));

    private static string? StepName(AttributeArgumentSyntax step) => step.Expression switch
    {
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        IdentifierNameSyntax identifier => identifier.Identifier.ValueText,
        _ => null,
    };

    /// <summary>A Dequantise step, written as the step beside it.</summary>
    private static AttributeArgumentSyntax Step(ExpressionSyntax? beside, string qualifier)
    {
        string type = beside is MemberAccessExpressionSyntax access ? access.Expression + "." : beside is null ? qualifier + "Tpp." : "";
        return SyntaxFactory.AttributeArgument(SyntaxFactory.ParseExpression(type + Dequantise));
    }

    private static MethodDeclarationSyntax AddChain(MethodDeclarationSyntax method)
    {
        AttributeListSyntax last = method.AttributeLists.Last();
        string qualifier = AttributeEditing.Qualifier(last.Attributes[0]);
        AttributeSyntax chain = SyntaxFactory.Attribute(SyntaxFactory.ParseName(qualifier + "Epilogue"));
        chain = AttributeEditing.WithArguments(chain, [Step(null, qualifier)]);
        // The list before it may carry the method's comment, the new one stands on the next line with the same indentation.
        SyntaxTriviaList indentation = SyntaxFactory.TriviaList(last.GetLeadingTrivia().Reverse().TakeWhile(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)));
        AttributeListSyntax list = SyntaxFactory.AttributeList(SyntaxFactory.SingletonSeparatedList(chain)).WithLeadingTrivia(indentation).WithTrailingTrivia(last.GetTrailingTrivia());
        return method.WithAttributeLists(method.AttributeLists.Add(list));
    }
}
