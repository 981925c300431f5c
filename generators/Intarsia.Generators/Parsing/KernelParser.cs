using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Parsing;

/// <summary>
/// Turns a kernel declaration into a <see cref="KernelModel"/>. The generator and the analyzer both call it, so that they can never disagree on what is valid.
/// </summary>
internal static class KernelParser
{
    /// <summary>Parses the method that carries <paramref name="attributeName"/>; null where another kernel attribute speaks for the method, or its types do not resolve.</summary>
    public static KernelModel? Parse(IMethodSymbol method, string attributeName, CancellationToken cancellation)
    {
        if (Attributes.FindKernel(method) is not { } kernel || !Attributes.Is(kernel, attributeName)) return null;
        return Parse(method, kernel, cancellation);
    }

    /// <summary>Parses a kernel method; null where it is none, or its types do not resolve.</summary>
    public static KernelModel? Parse(IMethodSymbol method, CancellationToken cancellation) =>
        Attributes.FindKernel(method) is { } kernel ? Parse(method, kernel, cancellation) : null;

    private static KernelModel? Parse(IMethodSymbol method, AttributeData kernel, CancellationToken cancellation)
    {
        // The compiler has already said that a type is unknown; anything we add would be noise.
        if (method.ReturnType.TypeKind == TypeKind.Error || method.Parameters.Any(parameter => HasError(parameter.Type))) return null;
        cancellation.ThrowIfCancellationRequested();

        var violations = new List<RuleViolation>();
        DeclarationReader.Check(method, violations);
        string[] kernels = Attributes.Kernels.Where(name => Attributes.Find(method, name) is not null).Select(name => $"[{Attributes.ShortName(name)}]").ToArray();
        if (kernels.Length > 1) violations.Add(DiagnosticTable.ConflictingAttributes.At(Part.Operation, method.Name, string.Join(" and ", kernels)));

        Role?[] roles = ParameterReader.InferRoles(method, []);
        List<Operand> operands = ParameterReader.Read(method, violations);
        OperandRules.CheckMatrices(method, Attributes.Operation(kernel), roles, violations);
        OperandRules.CheckSingle(operands, violations);
        AttributePlaces.Check(method, Attributes.Operation(kernel), roles, violations);
        cancellation.ThrowIfCancellationRequested();

        KernelSpec? spec = SpecReader.Read(method, kernel, operands, violations);
        if (spec is not null)
        {
            OperandRules.CheckSpec(method, spec, roles, operands, violations);
            // A value that is not defined was read as another one: what follows from that is no news.
            if (violations.All(violation => violation.Id != DiagnosticTable.UndefinedValue.Id)) violations.AddRange(KernelRules.Check(spec));
        }
        MethodSpec? declaration = operands.Count < method.Parameters.Length ? null : new MethodSpec
        {
            Namespace = DeclarationReader.Namespace(method),
            Types = DeclarationReader.Types(method),
            Name = DeclarationReader.EscapedName(method),
            Accessibility = DeclarationReader.Accessibility(method),
            IsUnsafe = DeclarationReader.IsUnsafe(method),
            Parameters = operands.Select(operand => operand.Spec).ToEquatableArray(),
        };
        return new KernelModel(spec, declaration, DeclarationReader.Half(method), violations.ToEquatableArray(), DeclarationReader.HintSuffix(method));
    }

    private static bool HasError(ITypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Error } => true,
        IPointerTypeSymbol pointer => HasError(pointer.PointedAtType),
        IArrayTypeSymbol array => HasError(array.ElementType),
        INamedTypeSymbol named => named.TypeArguments.Any(HasError),
        _ => false,
    };
}
