using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Intarsia.CodeFixes;

/// <summary>Small edits of attributes.</summary>
internal static class AttributeEditing
{
    /// <summary>Finds an attribute of a method by its name without the suffix.</summary>
    public static AttributeSyntax? Find(MethodDeclarationSyntax method, string name) =>
        method.AttributeLists.SelectMany(list => list.Attributes).FirstOrDefault(attribute => SimpleName(attribute) == name);

    /// <summary>The name without namespace and suffix.</summary>
    public static string SimpleName(AttributeSyntax attribute)
    {
        const string suffix = "Attribute";
        string name = attribute.Name switch
        {
            QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
            AliasQualifiedNameSyntax aliased => aliased.Name.Identifier.ValueText,
            SimpleNameSyntax simple => simple.Identifier.ValueText,
            _ => "",
        };
        return name.EndsWith(suffix, StringComparison.Ordinal) && name.Length > suffix.Length ? name.Substring(0, name.Length - suffix.Length) : name;
    }

    /// <summary>What stands before the simple name, so that other types of the namespace can be named the same way.</summary>
    public static string Qualifier(AttributeSyntax attribute) => attribute.Name is QualifiedNameSyntax qualified ? qualified.Left + "." : "";

    public static AttributeSyntax WithSimpleName(AttributeSyntax attribute, string name) =>
        attribute.WithName(SyntaxFactory.ParseName(Qualifier(attribute) + name).WithTriviaFrom(attribute.Name));

    /// <summary>Sets a named argument, in its place if it is there, else at the end.</summary>
    public static AttributeSyntax With(AttributeSyntax attribute, string name, string value)
    {
        ExpressionSyntax expression = SyntaxFactory.ParseExpression(value);
        if (Named(attribute, name) is { } old) return attribute.ReplaceNode(old, old.WithExpression(expression.WithTriviaFrom(old.Expression)));
        AttributeArgumentSyntax argument = SyntaxFactory.AttributeArgument(expression).WithNameEquals(SyntaxFactory.NameEquals(SyntaxFactory.IdentifierName(name), SyntaxFactory.Token([], SyntaxKind.EqualsToken, [SyntaxFactory.Space]).WithLeadingTrivia(SyntaxFactory.Space)));
        return WithArguments(attribute, Arguments(attribute).Append(argument));
    }

    public static bool Has(AttributeSyntax attribute, string name) => Named(attribute, name) is not null;

    public static AttributeSyntax Without(AttributeSyntax attribute, string name) =>
        WithArguments(attribute, Arguments(attribute).Where(argument => argument.NameEquals?.Name.Identifier.ValueText != name));

    public static IEnumerable<AttributeArgumentSyntax> Arguments(AttributeSyntax attribute) => attribute.ArgumentList?.Arguments ?? [];

    /// <summary>The same attribute with these arguments, and without parentheses where there are none.</summary>
    public static AttributeSyntax WithArguments(AttributeSyntax attribute, IEnumerable<AttributeArgumentSyntax> arguments)
    {
        AttributeArgumentSyntax[] all = arguments.Select(argument => argument.WithoutTrivia()).ToArray();
        if (all.Length == 0) return attribute.WithArgumentList(null);
        SyntaxToken comma = SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space);
        return attribute.WithArgumentList(SyntaxFactory.AttributeArgumentList(SyntaxFactory.SeparatedList(all, Enumerable.Repeat(comma, all.Length - 1))));
    }

    /// <summary>What to remove so that the attribute goes: its list, where it stands alone.</summary>
    public static (SyntaxNode Old, SyntaxNode? New) Removed(AttributeSyntax attribute)
    {
        if (attribute.Parent is not AttributeListSyntax { Attributes.Count: 1 } list) return (attribute, null);
        // The declaration's first token carries the indentation, which the list took with it.
        return list.Parent switch
        {
            ParameterSyntax parameter => (parameter, parameter.RemoveNode(list, SyntaxRemoveOptions.KeepNoTrivia)!.WithLeadingTrivia(parameter.GetLeadingTrivia())),
            MethodDeclarationSyntax method => (method, method.RemoveNode(list, SyntaxRemoveOptions.KeepNoTrivia)!.WithLeadingTrivia(method.GetLeadingTrivia())),
            _ => (list, null),
        };
    }

    private static AttributeArgumentSyntax? Named(AttributeSyntax attribute, string name) =>
        Arguments(attribute).FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == name);
}
