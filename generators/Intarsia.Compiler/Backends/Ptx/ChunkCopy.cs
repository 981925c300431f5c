using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Copies a chunk of the depth of X into shared memory, for the threads that the chunk is split over: for each column one run of the depth, in lines of the depth that one thread takes at a time. Floats widen to
/// binary32. What lies behind the end of the depth is zero.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="load">The load of one line of every column.</param>
/// <param name="depthLast">The depth is the contiguous dimension of X.</param>
/// <param name="chunk">Depth of the chunk.</param>
/// <param name="nibbleOrder">Runs of eight bytes stand as bytes 0, 2, 4, 6, 1, 3, 5, 7: the order that 4-bit weights are unpacked in.</param>
internal sealed class ChunkCopy(BlockContext context, Statement.Load load, bool depthLast, int chunk, bool nibbleOrder)
{
    private readonly BufferDecl _buffer = context.Buffer(load.Buffer);
    private readonly TileDecl _tile = context.Tile(load.Tile);

    private WarpBuilder W => context.W;

    public ElementType Element => _tile.Element;

    public bool IsFloat => Elements.IsFloat(_tile.Element);

    /// <summary>Bytes of an element in shared memory.</summary>
    public int ElementBytes => IsFloat ? 4 : 1;

    public int Columns => _tile.Shape[depthLast ? 0 : 1];

    /// <summary>Depth that a thread takes at a time.</summary>
    public int Step => _tile.Shape[depthLast ? 1 : 0];

    /// <summary>The lines of one column. Neighbouring lanes read neighbouring lines, 16 bytes at a time.</summary>
    public SharedTile Lines => new(chunk / Step, Step * ElementBytes, Step * ElementBytes >= 16 ? Swizzle.Consecutive : Swizzle.None);

    public int Bytes => Columns * Lines.Bytes;

    private int SourceBytes => Elements.Bytes(_buffer.Element);

    /// <summary>Elements that are copied at a time: 16 bytes where lines begin and end at multiples of them.</summary>
    private int Piece => depthLast && _buffer.LineAlignment >= 16 ? 16 / SourceBytes : 1;

    /// <summary>Copies the chunk that begins at a depth.</summary>
    public void Copy(Value begin)
    {
        int piece = Piece, pieces = chunk / piece;
        W.Comment($"{Columns}x{chunk} of {load.Buffer} to shared memory, {piece} at a time");
        Register index = W.Variable(context.Thread);
        Value depth = context.Lower(_buffer.Shape[depthLast ? 1 : 0]), stride = W.Multiply(context.LineStride(_buffer), SourceBytes);
        W.For("chunk", index, Columns * pieces, context.Threads, () =>
        {
            // Neighbouring threads read what lies beside each other.
            Value column = depthLast ? W.Divide(index, pieces) : W.Modulo(index, Columns);
            Value local = W.Multiply(depthLast ? W.Modulo(index, pieces) : W.Divide(index, Columns), piece), k = W.Add(begin, local);
            Register line = W.Address(context.Base(load.Buffer), depthLast ? column : k, stride), source = W.Address(line, depthLast ? k : column, SourceBytes);
            Register target = W.InRegister(W.Add(context.Shared, W.Multiply(column, Lines.Bytes)));
            Register inside = W.Compare("lt", k, depth);
            if (piece == 1) CopyOne(inside, source, W.InRegister(W.Add(target, Offset(local))));
            else CopyPiece(inside, source, target, local);
        });
    }

    private void CopyOne(Register inside, Register source, Register target)
    {
        if (!IsFloat)
        {
            Register bits = W.Variable(0);
            W.Guarded(inside, () => W.Emit("ld.global.nc.u8", bits, WarpBuilder.At(source)));
            W.Emit("st.shared.u8", WarpBuilder.At(target), bits);
            return;
        }
        Register value = W.F32();
        W.Emit("mov.f32", value, Elements.Constant(0));
        W.If(inside, () => W.Emit("mov.f32", value, Elements.ToSingle(W, Elements.Load(W, "global.nc", _buffer.Element, WarpBuilder.At(source)))));
        W.Emit("st.shared.f32", WarpBuilder.At(target), value);
    }

    private void CopyPiece(Register inside, Register source, Register target, Value local)
    {
        Register[] words = Enumerable.Range(0, 4).Select(_ => W.Variable(0)).ToArray();
        W.Guarded(inside, () => W.Emit("ld.global.nc.v4.u32", WarpBuilder.Vector(words), WarpBuilder.At(source)));
        if (!IsFloat)
        {
            Store(target, local, nibbleOrder ? [Permute(words[0], words[1], "0x6420"), Permute(words[0], words[1], "0x7531"), Permute(words[2], words[3], "0x6420"), Permute(words[2], words[3], "0x7531")] : words);
            return;
        }
        Register[] singles = words.SelectMany(word => Unpacking.Singles(W, _buffer.Element, word)).ToArray();
        for (int i = 0; i < singles.Length; i += 4) Store(target, W.Add(local, i), singles.Skip(i).Take(4).ToArray());
    }

    private void Store(Register target, Value local, Register[] words)
    {
        Register address = W.InRegister(W.Add(target, Offset(local)));
        W.Emit($"st.shared.v4.{(words[0].Kind == RegisterKind.F32 ? "f32" : "u32")}", WarpBuilder.At(address), WarpBuilder.Vector(words));
    }

    /// <summary>Where an element of the chunk stands.</summary>
    private Value Offset(Value local)
    {
        if (nibbleOrder && Piece == 1)
        {
            Value even = W.ShiftRight(W.And(local, 6), 1), odd = W.ShiftLeft(W.And(local, 1), 2);
            local = W.Or(W.Subtract(local, W.And(local, 7)), W.Or(even, odd));
        }
        Value line = W.Divide(local, Step), at = W.Multiply(W.Modulo(local, Step), ElementBytes);
        return Lines.LineBytes < 16 ? W.Multiply(local, ElementBytes) : W.Add(Lines.Offset(W, line, W.ShiftRight(at, 4)), W.And(at, 15));
    }

    private Register Permute(Register a, Register b, string selector)
    {
        Register result = W.B32();
        W.Emit("prmt.b32", result, a, b, selector);
        return result;
    }
}
