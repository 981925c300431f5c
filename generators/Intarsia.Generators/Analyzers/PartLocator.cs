using Intarsia.Compiler.Rules;
using Intarsia.Generators.Parsing;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Analyzers;

/// <summary>Finds the source of a part of a declaration: the most telling attribute or name, and the method where there is nothing better.</summary>
internal sealed class PartLocator
{
    private readonly IMethodSymbol _method;
    private readonly Role?[] _roles;

    public PartLocator(IMethodSymbol method)
    {
        _method = method;
        _roles = ParameterReader.InferRoles(method, []);
    }

    public Location Find(Part part) => part.Kind switch
    {
        PartKind.ContainingType => Type(part.Index)?.Locations.FirstOrDefault() ?? Method,
        PartKind.Operation => At(Attributes.FindKernel(_method)) ?? Method,
        PartKind.Parameter => _method.Parameters.FirstOrDefault(parameter => parameter.Name == part.Name)?.Locations.FirstOrDefault() ?? Method,
        PartKind.Pattern => OnOperand(IsSparse(Role.Y) ? Role.Y : Role.Weights, Attributes.Sparse, part.Index),
        PartKind.WeightFormat => OnOperand(Role.Weights, Attributes.Format),
        PartKind.XFormat => OnOperand(Role.X, Attributes.Format),
        PartKind.EdgeFormat => OnOperand(Role.Graph, Attributes.Format),
        PartKind.YFormat => OnOperand(Role.Y, Attributes.Format),
        PartKind.Epilogue => At(Attributes.Find(_method, Attributes.Epilogue)) ?? Method,
        PartKind.Threads => At(Attributes.Find(_method, Attributes.Threads)) ?? Method,
        PartKind.Tile => At(Attributes.Tiles(_method, forBlocks: false).Skip(part.Index).FirstOrDefault()) ?? Method,
        PartKind.Block => At(Attributes.Tiles(_method, forBlocks: true).Skip(part.Index).FirstOrDefault()) ?? Method,
        _ => Method,
    };

    public static Location? At(AttributeData? attribute) => attribute?.ApplicationSyntaxReference is { } reference ? Location.Create(reference.SyntaxTree, reference.Span) : null;

    private Location Method => _method.Locations.FirstOrDefault() ?? Location.None;

    private INamedTypeSymbol? Type(int index)
    {
        INamedTypeSymbol? type = _method.ContainingType;
        while (index-- > 0) type = type?.ContainingType;
        return type;
    }

    private bool IsSparse(Role role) => Array.IndexOf(_roles, role) is >= 0 and int index && Attributes.Find(_method.Parameters[index], Attributes.Sparse) is not null;

    private Location OnOperand(Role role, string attribute, int which = 0)
    {
        int index = Array.IndexOf(_roles, role);
        if (index < 0) return Method;
        IParameterSymbol parameter = _method.Parameters[index];
        return At(Attributes.All(parameter, attribute).Skip(which).FirstOrDefault()) ?? parameter.Locations.FirstOrDefault() ?? Method;
    }
}
