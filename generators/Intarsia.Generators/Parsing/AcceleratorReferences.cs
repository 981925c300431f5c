using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Parsing;

/// <summary>What a compilation must reference before an overload for accelerators can compile in it.</summary>
internal static class AcceleratorReferences
{
    private static readonly string[] Types = ["ILGPU.Runtime.AcceleratorStream", "Intarsia.Ilgpu.DeviceMatrix"];

    public static bool Exist(Compilation compilation) => Types.All(name => compilation.GetTypeByMetadataName(name) is { DeclaredAccessibility: Accessibility.Public });
}
