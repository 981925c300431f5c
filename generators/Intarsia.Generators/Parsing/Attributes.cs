using System.Globalization;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Parsing;

/// <summary>Reads the attributes of the abstractions from symbols. Values that are no member of their enumeration become violations, never exceptions.</summary>
internal static class Attributes
{
    public const string Namespace = "Intarsia";
    public const string Epilogue = "EpilogueAttribute";
    public const string Tile = "TileAttribute";
    public const string Threads = "ThreadsAttribute";
    public const string Sparse = "SparseAttribute";
    public const string Format = "FormatAttribute";
    public const string ScaleOf = "ScaleOfAttribute";
    public const string Layout = "LayoutAttribute";
    public const string Operand = "OperandAttribute";

    /// <summary>The attributes that make a method a kernel. The first one present names the operation.</summary>
    public static IReadOnlyList<string> Kernels { get; } = [.. Operations.All.Select(row => row.Attribute + "Attribute")];

    /// <summary>The operation that a kernel attribute names.</summary>
    public static OperationRow Operation(AttributeData kernel) => Operations.All.First(row => Is(kernel, row.Attribute + "Attribute"));

    public static string MetadataName(string attribute) => Namespace + "." + attribute;

    /// <summary>The name as a user writes it in brackets.</summary>
    public static string ShortName(string attribute) => attribute.Substring(0, attribute.Length - "Attribute".Length);

    public static IEnumerable<AttributeData> All(ISymbol symbol, string name) => symbol.GetAttributes().Where(attribute => Is(attribute, name));

    /// <summary>The tiles of a method for GPUs, or for CPUs.</summary>
    public static IEnumerable<AttributeData> Tiles(ISymbol symbol, bool forBlocks) => All(symbol, Tile).Where(tile =>
        forBlocks == (tile.ConstructorArguments.Length > 0 && tile.ConstructorArguments[0].Type?.Name == nameof(GpuArchitecture)));

    public static AttributeData? Find(ISymbol symbol, string name) => All(symbol, name).FirstOrDefault();

    public static AttributeData? FindKernel(ISymbol symbol) => Kernels.Select(name => Find(symbol, name)).FirstOrDefault(attribute => attribute is not null);

    public static bool Is(AttributeData attribute, string name) =>
        attribute.AttributeClass is { } type && type.Name == name && type.ContainingNamespace is { Name: Namespace, ContainingNamespace.IsGlobalNamespace: true };

    public static bool Has(AttributeData attribute, string property) => attribute.NamedArguments.Any(argument => argument.Key == property);

    public static int Int(AttributeData attribute, string property, int absent = 0) => Named(attribute, property).Value is int value ? value : absent;

    /// <summary>An integer from the constructor argument at an index; null where there is none.</summary>
    public static int? Int(AttributeData attribute, int index) => attribute.ConstructorArguments.Length > index && attribute.ConstructorArguments[index].Value is int value ? value : null;

    public static float Float(AttributeData attribute, string property, float absent) => Named(attribute, property).Value is float value ? value : absent;

    public static string? String(AttributeData attribute, string property) => Named(attribute, property).Value as string;

    public static bool Bool(AttributeData attribute, string property) => Named(attribute, property).Value is true;

    /// <summary>An enumeration from a named argument.</summary>
    public static T Enum<T>(AttributeData attribute, string property, Part part, List<RuleViolation> violations) where T : struct, System.Enum =>
        ToEnum<T>(Named(attribute, property), property, part, violations);

    /// <summary>An enumeration from a constructor argument.</summary>
    public static T Enum<T>(AttributeData attribute, int index, Part part, List<RuleViolation> violations) where T : struct, System.Enum =>
        ToEnum<T>(attribute.ConstructorArguments.Length > index ? attribute.ConstructorArguments[index] : default, $"[{ShortName(attribute.AttributeClass!.Name)}]", part, violations);

    /// <summary>An array of enumerations from the only constructor argument.</summary>
    public static T[] EnumArray<T>(AttributeData attribute, Part part, List<RuleViolation> violations) where T : struct, System.Enum
    {
        if (attribute.ConstructorArguments.Length == 0 || attribute.ConstructorArguments[0] is not { Kind: TypedConstantKind.Array, IsNull: false } array) return [];
        var before = violations.Count;
        T[] values = array.Values.Select(value => ToEnum<T>(value, $"A step of [{ShortName(attribute.AttributeClass!.Name)}]", part, violations)).ToArray();
        return violations.Count == before ? values : [];
    }

    public static string? String(AttributeData attribute, int index) =>
        attribute.ConstructorArguments.Length > index && attribute.ConstructorArguments[index].Kind == TypedConstantKind.Primitive ? attribute.ConstructorArguments[index].Value as string : null;

    private static TypedConstant Named(AttributeData attribute, string property) => attribute.NamedArguments.FirstOrDefault(argument => argument.Key == property).Value;

    private static T ToEnum<T>(TypedConstant constant, string what, Part part, List<RuleViolation> violations) where T : struct, System.Enum
    {
        if (constant.Kind != TypedConstantKind.Enum || constant.Value is not int value) return default;
        if (System.Enum.IsDefined(typeof(T), value)) return (T)System.Enum.ToObject(typeof(T), value);
        violations.Add(DiagnosticTable.UndefinedValue.At(part, what, value.ToString(CultureInfo.InvariantCulture), typeof(T).Name, string.Join(", ", System.Enum.GetNames(typeof(T)))));
        return default;
    }
}
