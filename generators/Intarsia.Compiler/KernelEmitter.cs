using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler;

/// <summary>What the user's build asks for beside the kernel itself: the tiers to emit, best first is not required.</summary>
public sealed record EmitOptions(EquatableArray<Tier> Tiers);

/// <summary>One tile method, shared by every kernel of an assembly that needs it. Equal names have equal sources.</summary>
public sealed record TileMethod(string Name, string Source);

/// <summary>The generated half of one kernel and the tile methods it calls.</summary>
public sealed record EmittedKernel(string HintName, string Source, EquatableArray<TileMethod> Tiles);

/// <summary>Spec in, C# text out: the whole back half of the pipeline behind one door. Pure.</summary>
public static class KernelEmitter
{
    /// <summary>Plans and lowers a valid kernel for every tier asked for.</summary>
    public static EmittedKernel Emit(KernelSpec spec, MethodSpec method, EmitOptions options) => throw new InvalidOperationException("planned next");

    /// <summary>A body that throws, for a kernel that breaks a rule: the user sees the Intarsia diagnostic and no second, strange compiler error.</summary>
    public static EmittedKernel EmitInvalid(MethodSpec method, string diagnosticId, string message) => throw new InvalidOperationException("planned next");

    /// <summary>The file that holds every distinct tile method of the assembly, ordered by name; null when there is none.</summary>
    public static string? EmitTileFile(IEnumerable<TileMethod> tiles) => throw new InvalidOperationException("planned next");
}
