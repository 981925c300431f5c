using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>The working memory of a program: slots of the thread that rents them.</summary>
internal static class WorkingMemory
{
    /// <summary>What the whole call shares: the thread that calls rents it for all.</summary>
    public static IEnumerable<BufferDecl> Common(TileProgram program) => program.Buffers.Where(buffer => buffer.Role == BufferRole.Common);

    /// <summary>The expression that rents a buffer. Each has a slot of its own: the thread that calls holds what is common while it runs a rectangle like any other.</summary>
    /// <param name="program">The program.</param>
    /// <param name="buffer">Its buffer.</param>
    /// <param name="print">Prints its size as it is called where the expression stands.</param>
    public static string Rent(TileProgram program, BufferDecl buffer, Func<Index, string> print)
    {
        int slot = program.Buffers.Where(b => b.Role is BufferRole.Scratch or BufferRole.Common).TakeWhile(b => b.Name != buffer.Name).Count();
        Index size = buffer.Shape.Aggregate((Index)1, (product, extent) => product * extent);
        return $"Scratch.Rent<{VectorIsa.ElementName(buffer.Element)}>({slot.ToString(System.Globalization.CultureInfo.InvariantCulture)}, {print(size)})";
    }
}
