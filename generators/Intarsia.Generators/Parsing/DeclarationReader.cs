using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Intarsia.Generators.Parsing;

/// <summary>Reads the method and its containing types, and checks that another file can complete them.</summary>
internal static class DeclarationReader
{
    private const LanguageVersion Oldest = LanguageVersion.CSharp13;

    /// <summary>A method header: type, name, type parameters, parameters and constraints, everything that both halves must agree on.</summary>
    private static readonly SymbolDisplayFormat HeaderFormat = ParameterReader.TypeFormat
        .WithMemberOptions(SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeRef)
        .WithGenericsOptions(SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints)
        .WithParameterOptions(SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeModifiers);

    private static readonly SymbolDisplayFormat NameFormat = new(miscellaneousOptions: SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    public static void Check(IMethodSymbol method, List<RuleViolation> violations)
    {
        string name = method.Name;
        SyntaxTokenList modifiers = Modifiers(method);
        if (method.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree.Options is CSharpParseOptions options && options.LanguageVersion < Oldest)
            violations.Add(DiagnosticTable.LanguageVersion.At(Part.Method, options.LanguageVersion.ToDisplayString()));
        if (!modifiers.Any(SyntaxKind.PartialKeyword)) violations.Add(DiagnosticTable.NotPartial.At(Part.Method, name));
        else if (HasBody(method)) violations.Add(DiagnosticTable.AlreadyImplemented.At(Part.Method, name));
        if (!method.IsStatic) violations.Add(DiagnosticTable.NotStatic.At(Part.Method, name));
        if (method.Arity > 0) violations.Add(DiagnosticTable.Generic.At(Part.Method, "Kernel method", name));
        if (!method.ReturnsVoid) violations.Add(DiagnosticTable.WrongReturnType.At(Part.Method, name, method.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)));
        foreach (SyntaxToken modifier in modifiers)
            if (modifier.Kind() is SyntaxKind.NewKeyword or SyntaxKind.AsyncKeyword or SyntaxKind.ExternKeyword or SyntaxKind.VirtualKeyword or SyntaxKind.AbstractKeyword or SyntaxKind.OverrideKeyword or SyntaxKind.SealedKeyword)
                violations.Add(DiagnosticTable.UnsupportedModifier.At(Part.Method, name, modifier.Text));
        CheckTypes(method, violations);
        CheckNames(method, violations);
    }

    /// <summary>The accessibility keywords as written, for example <c>protected internal</c>; empty when there are none.</summary>
    public static string Accessibility(IMethodSymbol method) => string.Join(" ", Modifiers(method).Where(token => SyntaxFacts.IsAccessibilityModifier(token.Kind())).Select(token => token.Text));

    public static bool IsUnsafe(IMethodSymbol method) => Modifiers(method).Any(SyntaxKind.UnsafeKeyword);

    /// <summary>The method's name as code, with an @ where it is a keyword.</summary>
    public static string EscapedName(IMethodSymbol method) => method.ToDisplayString(NameFormat);

    public static string Namespace(IMethodSymbol method) =>
        method.ContainingNamespace is { IsGlobalNamespace: false } space ? space.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted)) : "";

    /// <summary>Containing types, outermost first, with the modifiers that the other part must repeat.</summary>
    public static EquatableArray<TypeSpec> Types(IMethodSymbol method) => ContainingTypes(method).Reverse().Select(ToSpec).ToEquatableArray();

    /// <summary>What a throwing half needs; null when the method or a type around it cannot be completed.</summary>
    public static ThrowingHalf? Half(IMethodSymbol method)
    {
        SyntaxTokenList modifiers = Modifiers(method);
        if (!modifiers.Any(SyntaxKind.PartialKeyword) || HasBody(method) || ContainingTypes(method).Any(type => type.IsFileLocal || !IsPartial(type))) return null;
        string written = string.Concat(modifiers.Where(token => token.Kind() is not (SyntaxKind.PartialKeyword or SyntaxKind.AsyncKeyword or SyntaxKind.ExternKeyword)).Select(token => token.Text + " "));
        string name = method.Name;
        bool taken = CompanionTaken(method) || Overloads(method).FirstOrDefault() is { } first && !SymbolEqualityComparer.Default.Equals(first, method);
        string access = Accessibility(method);
        string? companion = taken ? null : (access.Length == 0 ? "" : access + " ") + "static global::Intarsia.KernelInfo " + name + "Kernel";
        return new ThrowingHalf(Namespace(method), Types(method), name, written + "partial " + method.ToDisplayString(HeaderFormat), companion);
    }

    /// <summary>A suffix for the name of the generated file where another kernel's name differs only in case, type parameters or parameters.</summary>
    public static string HintSuffix(IMethodSymbol method)
    {
        int position = Position(method.ContainingType.GetMembers().OfType<IMethodSymbol>().Where(m => Attributes.FindKernel(m) is not null), method);
        string suffix = position == 0 ? "" : "_" + Number(position + 1);
        foreach (INamedTypeSymbol type in ContainingTypes(method))
        {
            position = Position(type.ContainingType?.GetTypeMembers() ?? type.ContainingNamespace.GetTypeMembers(), type);
            if (position > 0) suffix += "_t" + Number(position + 1);
        }
        return suffix;
    }

    /// <summary>True for a member that this generator wrote, now or into a file that was checked in: the analyzers see the completed compilation.</summary>
    private static bool IsGenerated(ISymbol symbol) =>
        symbol.GetAttributes().Any(attribute => attribute is { AttributeClass.Name: "GeneratedCodeAttribute", ConstructorArguments.Length: > 0 } && attribute.ConstructorArguments[0].Value is "Intarsia");

    private static void CheckTypes(IMethodSymbol method, List<RuleViolation> violations)
    {
        int index = 0;
        foreach (INamedTypeSymbol type in ContainingTypes(method))
        {
            Part part = Part.ContainingType(index++);
            if (type.Arity > 0) violations.Add(DiagnosticTable.Generic.At(part, "Type", type.Name));
            if (type.IsFileLocal) violations.Add(DiagnosticTable.FileLocalType.At(part, type.Name, method.Name));
            else if (!IsPartial(type)) violations.Add(DiagnosticTable.ContainingTypeNotPartial.At(part, type.Name, method.Name));
        }
    }

    private static void CheckNames(IMethodSymbol method, List<RuleViolation> violations)
    {
        int overloads = Overloads(method).Count();
        string type = method.ContainingType.Name;
        if (overloads > 1) violations.Add(DiagnosticTable.Overloaded.At(Part.Method, type, Number(overloads), method.Name));
        if (CompanionTaken(method)) violations.Add(DiagnosticTable.CompanionClash.At(Part.Method, type, method.Name + "Kernel", method.Name));
    }

    private static IEnumerable<IMethodSymbol> Overloads(IMethodSymbol method) =>
        method.ContainingType.GetMembers(method.Name).OfType<IMethodSymbol>().Where(candidate => Attributes.FindKernel(candidate) is not null);

    private static bool CompanionTaken(IMethodSymbol method) =>
        method.ContainingType.GetMembers(method.Name + "Kernel").Any(member => !IsGenerated(member)) || method.ContainingType.Name == method.Name + "Kernel";

    private static bool HasBody(IMethodSymbol method) =>
        method.PartialImplementationPart is { } half ? !IsGenerated(half) : method.PartialDefinitionPart is not null;

    private static SyntaxTokenList Modifiers(IMethodSymbol method) =>
        (method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() as MethodDeclarationSyntax)?.Modifiers ?? default;

    private static IEnumerable<INamedTypeSymbol> ContainingTypes(IMethodSymbol method)
    {
        for (INamedTypeSymbol? type = method.ContainingType; type is not null; type = type.ContainingType) yield return type;
    }

    private static IEnumerable<TypeDeclarationSyntax> Declarations(INamedTypeSymbol type) => type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax()).OfType<TypeDeclarationSyntax>();

    private static bool IsPartial(INamedTypeSymbol type) => Declarations(type).Any(declaration => declaration.Modifiers.Any(SyntaxKind.PartialKeyword));

    private static TypeSpec ToSpec(INamedTypeSymbol type)
    {
        TypeDeclarationSyntax declaration = Declarations(type).First();
        string keyword = declaration is RecordDeclarationSyntax { ClassOrStructKeyword.Text: { Length: > 0 } kind } ? "record " + kind : declaration.Keyword.Text;
        // 'unsafe' holds for one part only, so a part of ours that repeats a signature with pointers needs it again.
        IEnumerable<SyntaxKind> repeated = [SyntaxKind.StaticKeyword, SyntaxKind.UnsafeKeyword, SyntaxKind.ReadOnlyKeyword, SyntaxKind.RefKeyword];
        string modifiers = string.Join(" ", repeated.Where(kind => Declarations(type).Any(part => part.Modifiers.Any(kind))).Select(SyntaxFacts.GetText));
        return new TypeSpec(keyword, modifiers, declaration.Identifier.Text + declaration.TypeParameterList?.WithoutTrivia());
    }

    private static int Position<T>(IEnumerable<T> siblings, T symbol) where T : ISymbol =>
        siblings.Where(sibling => string.Equals(sibling.Name, symbol.Name, StringComparison.OrdinalIgnoreCase)).TakeWhile(sibling => !SymbolEqualityComparer.Default.Equals(sibling, symbol)).Count();

    private static string Number(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
