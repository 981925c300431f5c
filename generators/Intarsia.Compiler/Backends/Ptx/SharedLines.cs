using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Working memory of a block as shared memory: matrices of elements of 32 bits, one behind the other, line by line as the program has them. Elements that follow each other from a multiple of their number on move together.</summary>
internal sealed class SharedLines(BlockContext context)
{
    private const int Bytes = 4;

    private readonly Dictionary<(string Buffer, Index Line, Index At), Register> _addresses = [];

    private WarpBuilder W => context.W;

    private IEnumerable<BufferDecl> Working => context.Program.Buffers.Where(buffer => buffer.Role == BufferRole.Scratch);

    /// <summary>Whether a buffer is such a matrix.</summary>
    public static bool Holds(BufferDecl buffer) => buffer.Shape.Count == 2 && buffer.Element is ElementType.F32 or ElementType.S32;

    /// <summary>Names shared memory, before the first branch: every way through the block has it then.</summary>
    public void Prepare() => context.UseShared(Working.Sum(Length));

    public void Forget() => _addresses.Clear();

    /// <param name="buffer">The matrix.</param>
    /// <param name="at">Where the elements begin.</param>
    /// <param name="count">Their number.</param>
    /// <param name="multiple">What their place in the line is a multiple of.</param>
    public Register[] Load(BufferDecl buffer, EquatableArray<Index> at, int count, long multiple)
    {
        bool isFloat = buffer.Element == ElementType.F32;
        Register[] values = [.. Enumerable.Range(0, count).Select(_ => isFloat ? W.F32() : W.B32())];
        foreach ((int first, int length) in Runs(buffer, count, multiple))
            W.Emit($"ld.shared{Width(length)}.{Type(buffer)}", Operand(values, first, length), Address(buffer, at, first));
        return values;
    }

    /// <inheritdoc cref="Load"/>
    public void Store(BufferDecl buffer, EquatableArray<Index> at, Register[] values, long multiple)
    {
        foreach ((int first, int length) in Runs(buffer, values.Length, multiple))
            W.Emit($"st.shared{Width(length)}.{Type(buffer)}", Address(buffer, at, first), Operand(values, first, length));
    }

    private static int Length(BufferDecl buffer) => buffer.Shape.Aggregate(Bytes, (product, extent) => product * Constant(extent));

    private static int Constant(Index extent) => (int)((Index.Const)extent).Value;

    private static string Type(BufferDecl buffer) => buffer.Element == ElementType.F32 ? "f32" : "u32";

    private static string Width(int length) => length == 1 ? "" : $".v{length}";

    private static object Operand(Register[] values, int first, int length) => length == 1 ? values[first] : WarpBuilder.Vector(values.Skip(first).Take(length));

    /// <summary>What moves together: all elements, or each for itself.</summary>
    private static IEnumerable<(int First, int Length)> Runs(BufferDecl buffer, int count, long multiple)
    {
        bool isWhole = count is 2 or 4 && multiple % count == 0 && Constant(buffer.Shape[1]) % count == 0;
        return isWhole ? [(0, count)] : Enumerable.Range(0, count).Select(i => (i, 1));
    }

    private string Address(BufferDecl buffer, EquatableArray<Index> at, int element)
    {
        (Index from, long constant) = TaskMemory.Split(at[1]);
        if (!_addresses.TryGetValue((buffer.Name, at[0], from), out Register address))
        {
            Value place = W.Add(W.Multiply(context.Lower(at[0]), Constant(buffer.Shape[1])), context.Lower(from));
            _addresses[(buffer.Name, at[0], from)] = address = W.InRegister(W.Add(context.Shared, W.Multiply(place, Bytes)));
        }
        return WarpBuilder.At(address, Working.TakeWhile(other => other.Name != buffer.Name).Sum(Length) + Bytes * (constant + element));
    }
}
