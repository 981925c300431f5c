using Intarsia.Compiler.Backends.Native;
using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Text;

namespace Intarsia.Compiler;

/// <summary>What the user's build asks for beside the kernel itself: the base tiers to emit, in any order.</summary>
public sealed record EmitOptions(EquatableArray<Tier> Tiers)
{
    /// <summary>Whether tiers of machine code come along with the base tiers that they belong to.</summary>
    public bool Native { get; init; } = true;
}

/// <summary>One tile method, shared by every kernel of an assembly that needs it. Equal names have equal sources.</summary>
public sealed record TileMethod(string Name, string Source)
{
    /// <summary>The function that the method calls; null where the method does its work itself.</summary>
    public MachineCode? Code { get; init; }
}

/// <summary>The generated half of one kernel and the tile methods it calls.</summary>
public sealed record EmittedKernel(string HintName, string Source, EquatableArray<TileMethod> Tiles);

/// <summary>Spec in, C# text out: the whole back half of the pipeline behind one door. Pure.</summary>
public static class KernelEmitter
{
    /// <summary>Plans and lowers a valid kernel for every tier asked for.</summary>
    public static EmittedKernel Emit(KernelSpec spec, MethodSpec method, EmitOptions options) => new KernelFile(spec, method, options).Write();

    /// <summary>The file that holds every distinct tile method of the assembly, ordered by name; null when there is none.</summary>
    /// <exception cref="InvalidOperationException">Two methods have one name and different sources.</exception>
    public static string? EmitTileFile(IEnumerable<TileMethod> tiles)
    {
        var byName = new SortedDictionary<string, TileMethod>(StringComparer.Ordinal);
        foreach (TileMethod tile in tiles)
        {
            if (byName.TryGetValue(tile.Name, out TileMethod? known) && known != tile) throw new InvalidOperationException($"Tile method '{tile.Name}' has two different sources.");
            byName[tile.Name] = tile;
        }
        if (byName.Count == 0) return null;

        var code = new CodeWriter();
        code.Lines(FileHeader.Text("the tile methods of this assembly, each shared by every kernel that needs it"));
        using (code.Block($"namespace {FileHeader.Namespace}"))
        {
            code.Lines(FileHeader.Usings).Line();
            code.Line(FileHeader.GeneratedCode);
            using (code.Block("internal static class TileMethods"))
            {
                bool first = true;
                foreach (TileMethod tile in byName.Values)
                {
                    if (!first) code.Line();
                    first = false;
                    code.Lines(tile.Source);
                }
            }
            if (byName.Values.Any(tile => tile.Code is not null)) NativeMethods.Write(code.Line(), byName.Values.Where(tile => tile.Code is not null));
        }
        return code.ToString();
    }
}
