using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Working memory of a block as shared memory: vectors of one, two or four floats, in an order in which threads that reach vectors a power of two apart meet no bank twice. The number of a vector in a row of banks (32, 16 or 8 of them)
/// is combined with the six bits above it: threads that take runs of neighbours lie in different banks, and so do threads that take every second, fourth or eighth vector.
/// </summary>
internal sealed class SharedVectors(BlockContext context)
{
    private readonly Dictionary<(string Buffer, Index Plane, Index At), Register> _addresses = [];

    private WarpBuilder W => context.W;

    /// <summary>Names shared memory, before the first branch: every way through the block has it then.</summary>
    public void Prepare()
    {
        BufferDecl[] working = [.. context.Program.Buffers.Where(buffer => buffer.Role == BufferRole.Scratch)];
        context.UseShared(working.Length == 1 ? Bytes(working[0]) : throw new NotSupportedException($"A block has one buffer of working memory, not {working.Length}."));
    }

    public void Forget() => _addresses.Clear();

    public Register[] Load(BufferDecl buffer, EquatableArray<Index> at, int count)
    {
        (Register address, int vector) = Address(buffer, at, count);
        Register[] values = [.. Enumerable.Range(0, count).Select(_ => W.F32())];
        W.Emit($"ld.shared{(vector == 1 ? "" : $".v{vector}")}.f32", vector == 1 ? values[0] : WarpBuilder.Vector(values), WarpBuilder.At(address));
        return values;
    }

    public void Store(BufferDecl buffer, EquatableArray<Index> at, Register[] values)
    {
        (Register address, int vector) = Address(buffer, at, values.Length);
        W.Emit($"st.shared{(vector == 1 ? "" : $".v{vector}")}.f32", WarpBuilder.At(address), vector == 1 ? values[0] : WarpBuilder.Vector(values));
    }

    /// <summary>Bytes of working memory: rows of vectors in planes.</summary>
    private static int Bytes(BufferDecl buffer) => buffer.Shape.Aggregate(4, (product, extent) => product * (int)((Index.Const)extent).Value);

    private (Register Address, int Vector) Address(BufferDecl buffer, EquatableArray<Index> at, int count)
    {
        int vector = (int)((Index.Const)buffer.Shape[2]).Value, vectors = (int)((Index.Const)buffer.Shape[1]).Value;
        if (buffer.Element != ElementType.F32 || vector != count || at.Count != 3 || at[2] is not Index.Const { Value: 0 }) throw new NotSupportedException($"Working memory '{buffer.Name}' is reached in whole vectors of floats.");
        if (_addresses.TryGetValue((buffer.Name, at[0], at[1]), out Register known)) return (known, vector);
        Value place = Swizzle(context.Lower(at[1]), vector), plane = W.Multiply(context.Lower(at[0]), vectors);
        Register address = W.InRegister(W.Add(context.Shared, W.Multiply(W.Add(plane, place), 4 * vector)));
        _addresses[(buffer.Name, at[0], at[1])] = address;
        return (address, vector);
    }

    /// <summary>
    /// The place of a vector. Each of six bits above those of a row of banks goes to a bit of these, neighbours to different ones, and, where they are more than three, to a second one: any set of bits that threads of a warp differ
    /// in then gives as many combinations as there are banks.
    /// </summary>
    private Value Swizzle(Value number, int vector)
    {
        int bits = vector == 4 ? 3 : vector == 2 ? 4 : 5;
        Value above = W.And(W.Xor(W.ShiftRight(number, bits), W.ShiftRight(number, bits + 3)), 7);
        Value key = above;
        if (bits == 4)
        {
            Register ones = W.B32();
            W.Emit("popc.b32", ones, W.InRegister(above));
            key = W.Xor(above, W.ShiftLeft(W.And(ones, 1), 3));
        }
        else if (bits == 5)
        {
            key = W.Xor(W.Xor(above, W.And(W.ShiftLeft(above, 3), 24)), W.ShiftLeft(W.And(above, 4), 1));
        }
        return W.Xor(number, key);
    }
}
