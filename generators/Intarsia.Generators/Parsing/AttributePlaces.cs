using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Parsing;

/// <summary>Rules on where the attributes of operands stand: one that has no effect is a mistake, not a decoration.</summary>
internal static class AttributePlaces
{
    private static readonly (string Attribute, Role[] Roles, string Operands)[] Places =
    [
        (Attributes.Sparse, [Role.Weights, Role.Y], "the weights, or the result of a sampled product"),
        (Attributes.Format, [Role.Weights, Role.X, Role.Y, Role.Graph], "the weights, X and Y"),
        (Attributes.Layout, [Role.Weights, Role.X, Role.Y], "X and Y, or the factors of a sampled product"),
    ];

    private static readonly string[] WeightProperties = ["Scale", "ScaleGroup", "Asymmetric"];

    private static readonly string[] OperandAttributes = [Attributes.Sparse, Attributes.Format, Attributes.ScaleOf, Attributes.Layout, Attributes.Operand];

    /// <summary>Attributes on the parameters of a kernel.</summary>
    public static void Check(IMethodSymbol method, OperationRow operation, IReadOnlyList<Role?> roles, List<RuleViolation> violations)
    {
        bool sampled = operation.Operation == Operation.Sddmm;
        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (roles[parameter.Ordinal] is not { } role) continue;
            Part part = Part.Parameter(parameter.Name);
            foreach ((string attribute, Role[] owners, string text) in Places)
                if ((!owners.Contains(role) || (attribute == Attributes.Sparse && role != (sampled ? Role.Y : Role.Weights)) || (attribute == Attributes.Layout && role == Role.Weights && !sampled)) && Attributes.Find(parameter, attribute) is not null)
                    violations.Add(DiagnosticTable.MisplacedAttribute.At(part, Attributes.ShortName(attribute), parameter.Name, $"the parameter is {RoleTable.Get(role).Description}", $"it describes {text}, so remove it"));
            if ((role is Role.X or Role.Graph || (role == Role.Y && !sampled)) && Attributes.Find(parameter, Attributes.Format) is { } format)
                foreach (string property in WeightProperties.Where(property => Attributes.Has(format, property)))
                    violations.Add(DiagnosticTable.MisplacedAttribute.At(part, $"Format({property} = …)", parameter.Name, "it describes packed weights", role == Role.Graph ? "multiply the values of the edges ahead of packing them" : role == Role.X ? "scale activations by a parameter with [ScaleOf]" : "scale Y by a parameter 'float yScale'"));
            if (Attributes.Find(parameter, Attributes.Operand) is not null && Attributes.Find(parameter, Attributes.ScaleOf) is not null && role is not (Role.WeightScale or Role.XScale or Role.YScale))
                violations.Add(DiagnosticTable.ConflictingAttributes.At(part, parameter.Name, $"[Operand(Role.{role})] and [ScaleOf]"));
        }
    }

    /// <summary>Attributes on a method that is no kernel, and on its parameters.</summary>
    public static IEnumerable<(AttributeData Attribute, RuleViolation Violation)> CheckPlain(IMethodSymbol method)
    {
        const string reason = "the method is no kernel";
        string wayOut = $"add an operation ({string.Join(", ", Attributes.Kernels.Select(name => $"[{Attributes.ShortName(name)}]"))}), or remove it";
        foreach (string name in new[] { Attributes.Epilogue, Attributes.Tile, Attributes.Threads })
            foreach (AttributeData attribute in Attributes.All(method, name))
                yield return (attribute, DiagnosticTable.MisplacedAttribute.At(Part.Method, Attributes.ShortName(name), method.Name, reason, wayOut));
        foreach (IParameterSymbol parameter in method.Parameters)
            foreach (string name in OperandAttributes)
                foreach (AttributeData attribute in Attributes.All(parameter, name))
                    yield return (attribute, DiagnosticTable.MisplacedAttribute.At(Part.Parameter(parameter.Name), Attributes.ShortName(name), parameter.Name, reason, wayOut));
    }
}
