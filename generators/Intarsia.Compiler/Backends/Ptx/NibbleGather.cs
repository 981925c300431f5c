using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Gathers elements of four bits for lines of any alignment: a line may begin in either half of a byte, so that 16 bytes of it are shifted out of 17.</summary>
internal sealed class NibbleGather(BlockContext context, Statement.For loop, Statement.Gather gather, Statement.Load indices, SharedTile tile) : GatherCopy(context, loop, gather, indices, tile, stages: 1)
{
    private Value _first;
    private Value _columns;

    protected override Register PrepareSource(Register @base)
    {
        Value end = Context.Lower(Buffer.Shape[1]);
        _first = W.Min(Column, end);
        _columns = W.Subtract(end, _first);
        return @base;
    }

    protected override void CopyChunk(Register row, Register index, Register destination, Register? predicate)
    {
        // The number of the first element, in 64 bits, and which half of its byte it is.
        Register first = W.B64(), at = W.B64(), address = W.B64(), low = W.B32(), columns = W.B32();
        W.Emit("cvt.u64.u32", first, W.InRegister(_first));
        W.Emit("mad.wide.u32", first, row, Context.LineStride(Buffer), first);
        W.Emit("shr.u64", at, first, 1);
        W.Emit("add.u64", address, Source, at);
        W.Emit("cvt.u32.u64", low, first);
        Value half = W.And(low, 1), shift = W.ShiftLeft(half, 2), back = W.Subtract(32, shift);
        // Elements of this row from the beginning of its first byte on: those before the end of the line, none where there is no row.
        W.Emit("selp.u32", columns, W.InRegister(W.Add(_columns, half)), 0, W.Compare("ge", index, 0, "s32"));
        W.Emit("selp.u32", columns, columns, 0, W.Compare("gt", _columns, 0));
        Register[] bytes = Enumerable.Range(0, 17).Select(i =>
        {
            Register element = W.Variable(0);
            W.Guarded(W.Compare("gt", columns, 2 * i), () => W.Emit("ld.global.nc.u8", element, WarpBuilder.At(address, i)));
            return element;
        }).ToArray();
        Register[] words = [.. Enumerable.Range(0, 4).Select(i => Unpacked.Join(W, bytes.Skip(4 * i).Take(4).ToArray())), bytes[16]];
        Register[] shifted = Enumerable.Range(0, 4).Select(i =>
        {
            // A shift by 32 leaves nothing (PTX ISA, shl).
            Register down = W.B32(), up = W.B32();
            W.Emit("shr.u32", down, words[i], W.InRegister(shift));
            W.Emit("shl.b32", up, words[i + 1], W.InRegister(back));
            return W.InRegister(W.Or(down, up));
        }).ToArray();
        W.Guarded(predicate, () => W.Emit("st.shared.v4.u32", WarpBuilder.At(destination), WarpBuilder.Vector(shifted)));
    }
}
