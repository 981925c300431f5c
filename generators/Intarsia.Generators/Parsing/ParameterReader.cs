using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Parsing;

/// <summary>A parameter with the part it plays; lives only while one declaration is parsed.</summary>
internal sealed record Operand(IParameterSymbol Symbol, ParameterSpec Spec)
{
    public string Name => Symbol.Name;

    public Role Role => Spec.Role;

    public ParameterShape Shape => Spec.Shape;

    public bool IsTensor => Shape is ParameterShape.TensorSpan or ParameterShape.ReadOnlyTensorSpan;
}

/// <summary>Finds out which part each parameter plays and whether its type can play it.</summary>
internal static class ParameterReader
{
    /// <summary>Types with <c>global::</c>, C# keywords, escaped identifiers and nullable annotations.</summary>
    public static SymbolDisplayFormat TypeFormat { get; } = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    /// <summary>The role of each parameter, in order; null where nothing says it.</summary>
    public static Role?[] InferRoles(IMethodSymbol method, List<RuleViolation> violations)
    {
        var roles = new Role?[method.Parameters.Length];
        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (Attributes.Find(parameter, Attributes.Operand) is { } operand)
                roles[parameter.Ordinal] = Attributes.Enum<Role>(operand, 0, Part.Parameter(parameter.Name), violations);
            else if (Attributes.Find(parameter, Attributes.ScaleOf) is null)
                roles[parameter.Ordinal] = RoleTable.FromName(parameter.Name);
        }
        // The parts that scales play follow from the operands they scale, so they come second.
        foreach (IParameterSymbol parameter in method.Parameters)
            if (Attributes.Find(parameter, Attributes.ScaleOf) is { } scaleOf && roles[parameter.Ordinal] is null)
                roles[parameter.Ordinal] = RoleOfScale(method, roles, parameter, scaleOf, violations);
        return roles;
    }

    /// <summary>The parameters that are understood.</summary>
    public static List<Operand> Read(IMethodSymbol method, List<RuleViolation> violations)
    {
        Role?[] roles = InferRoles(method, violations);
        var operands = new List<Operand>();
        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (roles[parameter.Ordinal] is not { } role)
            {
                if (Attributes.Find(parameter, Attributes.ScaleOf) is null)
                    violations.Add(DiagnosticTable.UnknownRole.At(Part.Parameter(parameter.Name), parameter.Name, RoleTable.CommonNames));
                continue;
            }
            RoleRow row = RoleTable.Get(role);
            (ParameterShape Shape, string Element)? type = ShapeOf(parameter.Type);
            bool plain = parameter is { RefKind: RefKind.None, ScopedKind: ScopedKind.None, IsParams: false };
            if (!plain || type is not { } known || !row.Accepts(known.Shape, known.Element))
            {
                violations.Add(DiagnosticTable.UnsupportedParameter.At(Part.Parameter(parameter.Name), parameter.Name, TypeText(parameter), row.Description, row.Expected + (plain ? "" : ", by value and without modifiers")));
                continue;
            }
            operands.Add(new Operand(parameter, new ParameterSpec(EscapedName(parameter), parameter.Type.ToDisplayString(TypeFormat), known.Shape, known.Element, role)));
        }
        return operands;
    }

    private static Role? RoleOfScale(IMethodSymbol method, Role?[] roles, IParameterSymbol parameter, AttributeData scaleOf, List<RuleViolation> violations)
    {
        string target = Attributes.String(scaleOf, 0) ?? "";
        IParameterSymbol? scaled = method.Parameters.FirstOrDefault(candidate => candidate.Name == target);
        switch (scaled is null ? null : roles[scaled.Ordinal])
        {
            case Role.Weights: return Role.WeightScale;
            case Role.X: return Role.XScale;
            case Role.Y: return Role.YScale;
        }
        violations.Add(DiagnosticTable.ScaleOfUnknown.At(Part.Parameter(parameter.Name), parameter.Name, target, scaled is null ? "there is no parameter of that name" : "that operand is not quantised"));
        return null;
    }

    private static (ParameterShape Shape, string Element)? ShapeOf(ITypeSymbol type)
    {
        if (type is IPointerTypeSymbol { PointedAtType: IPointerTypeSymbol inner }) return (ParameterShape.Addresses, ElementText(inner.PointedAtType));
        if (type.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_Single) return (ParameterShape.Scalar, ElementText(type));
        if (type is not INamedTypeSymbol named) return null;
        string space = named.ContainingNamespace?.ToDisplayString() ?? "";
        if (named is { Name: "PackedMatrix", Arity: 0 } && space == Attributes.Namespace) return (ParameterShape.Packed, "");
        if (named.Arity != 1) return null;
        ITypeSymbol element = named.TypeArguments[0];
        return (space, named.Name) switch
        {
            ("System", "ReadOnlySpan") when element is INamedTypeSymbol { Name: "ReadOnlyMemory", Arity: 1 } memory && memory.ContainingNamespace.ToDisplayString() == "System" =>
                (ParameterShape.MemoryList, ElementText(memory.TypeArguments[0])),
            ("System", "ReadOnlySpan") => (ParameterShape.ReadOnlySpan, ElementText(element)),
            ("System", "Span") => (ParameterShape.Span, ElementText(element)),
            ("System.Numerics.Tensors", "ReadOnlyTensorSpan") => (ParameterShape.ReadOnlyTensorSpan, ElementText(element)),
            ("System.Numerics.Tensors", "TensorSpan") => (ParameterShape.TensorSpan, ElementText(element)),
            _ => null,
        };
    }

    private static string ElementText(ITypeSymbol type) => type.ToDisplayString(TypeFormat);

    private static string EscapedName(IParameterSymbol parameter) =>
        parameter.ToDisplayString(new SymbolDisplayFormat(parameterOptions: SymbolDisplayParameterOptions.IncludeName, miscellaneousOptions: SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers));

    /// <summary>The type as the user wrote it, with its modifiers.</summary>
    private static string TypeText(IParameterSymbol parameter)
    {
        string modifier = parameter switch
        {
            { IsParams: true } => "params ",
            { RefKind: RefKind.Ref } => "ref ",
            { RefKind: RefKind.Out } => "out ",
            { RefKind: RefKind.In } => "in ",
            { RefKind: RefKind.RefReadOnlyParameter } => "ref readonly ",
            { ScopedKind: not ScopedKind.None } => "scoped ",
            _ => "",
        };
        return modifier + parameter.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);
    }
}
