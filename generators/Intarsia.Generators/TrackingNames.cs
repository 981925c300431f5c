namespace Intarsia.Generators;

/// <summary>The names of the pipeline's steps, by which the tests check that each of them is cached.</summary>
public static class TrackingNames
{
    /// <summary>The build's options.</summary>
    public const string Options = "Options";

    /// <summary>One declaration, parsed and checked.</summary>
    public const string Spec = "Spec";

    /// <summary>The additional files that are sparsity patterns.</summary>
    public const string Patterns = "Patterns";

    /// <summary>One declaration with the pattern that it names.</summary>
    public const string Resolved = "Resolved";

    /// <summary>One kernel's generated half, with the tile methods it calls.</summary>
    public const string Kernel = "Kernel";

    /// <summary>Whether the compilation references ILGPU and Intarsia.Ilgpu.</summary>
    public const string Accelerators = "Accelerators";

    /// <summary>One kernel's overload for accelerators.</summary>
    public const string Overload = "Overload";

    /// <summary>The distinct tile methods of the assembly.</summary>
    public const string Tiles = "Tiles";

    public static IReadOnlyList<string> All { get; } = [Options, Spec, Patterns, Resolved, Kernel, Accelerators, Overload, Tiles];
}
