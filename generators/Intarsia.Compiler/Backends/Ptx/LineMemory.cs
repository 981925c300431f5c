using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Loads and stores of a thread's pieces of a line: neighbouring threads have neighbouring pieces. Where lines are aligned a piece moves in words, up to four at a time; else element by element.
/// What lies past the end of the line reads as 0 and is not written.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="position">The thread's place among those of its line.</param>
/// <param name="threads">Threads of a line.</param>
/// <param name="vector">Elements of a piece.</param>
internal sealed class LineMemory(BlockContext context, Value position, int threads, int vector)
{
    private readonly Dictionary<Statement, Register> _addresses = [];
    private readonly Dictionary<(Index At, Index End, int Piece), Register> _inside = [];

    /// <summary>Elements before the thread's first piece.</summary>
    private readonly Value _before = context.W.Multiply(position, vector);

    private WarpBuilder W => context.W;

    /// <summary>Elements from a thread's piece to its next.</summary>
    private int Stride => threads * vector;

    /// <summary>Pieces that a tile takes.</summary>
    public int PiecesOf(TileDecl tile) => tile.Size / Stride;

    /// <summary>Forgets addresses and tests: what follows may be reached another way.</summary>
    public void Forget()
    {
        _addresses.Clear();
        _inside.Clear();
    }

    /// <summary>The place in the line of a piece's first element.</summary>
    public Value PlaceOf(Index at, int piece) => W.Add(W.Add(context.Lower(at), _before), piece * Stride);

    /// <summary>A number for the whole line.</summary>
    public Register LoadScalar(Statement.Load load)
    {
        BufferDecl buffer = context.Buffer(load.Buffer);
        if (context.Scalars.Contains(buffer.Name)) return context.Base(buffer.Name);
        return Elements.Load(W, "global.nc", buffer.Element, WarpBuilder.At(W.Address(Line(buffer, load.At), context.Lower(load.At[load.At.Count - 1]), Elements.Bytes(buffer.Element))));
    }

    /// <summary>A piece, widened to registers of 32 bits.</summary>
    public Register[] Load(Statement.Load load, int piece)
    {
        BufferDecl buffer = context.Buffer(load.Buffer);
        int bytes = Elements.Bytes(buffer.Element), each = WordsAtATime(buffer);
        Register address = Address(load, buffer, load.At);
        Register? inside = Inside(buffer, load.At, piece);
        Register[] words = W.B32(each == 0 ? vector : vector * bytes / 4);
        if (inside is not null)
            foreach (Register word in words) W.Emit("mov.u32", word, "0");
        W.Guarded(inside, () =>
        {
            int start = piece * Stride * bytes;
            for (int i = 0; i < words.Length; i += Math.Max(1, each))
            {
                if (each == 0) W.Emit($"ld.global.nc.u{Elements.Bits(buffer.Element)}", words[i], WarpBuilder.At(address, start + i * bytes));
                else if (each == 1) W.Emit("ld.global.nc.u32", words[i], WarpBuilder.At(address, start + 4 * i));
                else W.Emit($"ld.global.nc.v{each}.u32", WarpBuilder.Vector(words.Skip(i).Take(each)), WarpBuilder.At(address, start + 4 * i));
            }
        });
        return each == 0 ? [.. words.Select(word => Unpacked.Widen(W, buffer.Element, [word], 1)[0])] : Unpacked.Widen(W, buffer.Element, words, vector);
    }

    /// <summary>Writes a piece; floats round to nearest even.</summary>
    public void Store(Statement.Store store, int piece, Register[] values)
    {
        BufferDecl buffer = context.Buffer(store.Buffer);
        int bytes = Elements.Bytes(buffer.Element), each = WordsAtATime(buffer);
        if (Elements.IsFloat(buffer.Element)) values = [.. values.Select(value => Elements.ToSingle(W, value))];
        // One value stands for all where nothing made them differ.
        if (values.Length < vector) values = [.. Enumerable.Repeat(values[0], vector)];
        Register address = Address(store, buffer, store.At);
        Register? inside = Inside(buffer, store.At, piece);
        int start = piece * Stride * bytes;
        if (each == 0)
        {
            for (int i = 0; i < vector; i++)
            {
                Register bits = Packed.Element(W, buffer.Element, values[i]);
                string at = WarpBuilder.At(address, start + i * bytes);
                W.Guarded(inside, () => W.Emit($"st.global.u{Elements.Bits(buffer.Element)}", at, bits));
            }
            return;
        }
        Register[] words = Packed.Words(W, buffer.Element, values);
        W.Guarded(inside, () =>
        {
            for (int i = 0; i < words.Length; i += each)
            {
                if (each == 1) W.Emit("st.global.u32", WarpBuilder.At(address, start + 4 * i), words[i]);
                else W.Emit($"st.global.v{each}.u32", WarpBuilder.At(address, start + 4 * i), WarpBuilder.Vector(words.Skip(i).Take(each)));
            }
        });
    }

    /// <summary>Words of one access: 1, 2 or 4; 0 where elements come one by one.</summary>
    private int WordsAtATime(BufferDecl buffer)
    {
        int bytes = vector * Elements.Bytes(buffer.Element);
        return buffer.LineAlignment < 16 || bytes < 4 ? 0 : Math.Min(4, bytes / 4);
    }

    /// <summary>The line that a coordinate stands in; a vector is its own.</summary>
    private Register Line(BufferDecl buffer, EquatableArray<Index> at) =>
        buffer.Shape.Count == 1 ? context.Base(buffer.Name) : W.Address(context.Base(buffer.Name), context.Lower(at[0]), W.Multiply(context.LineStride(buffer), Elements.Bytes(buffer.Element)));

    /// <summary>The address of this thread's first piece.</summary>
    private Register Address(Statement statement, BufferDecl buffer, EquatableArray<Index> at)
    {
        if (!_addresses.TryGetValue(statement, out Register address))
            _addresses[statement] = address = W.Address(Line(buffer, at), PlaceOf(at[at.Count - 1], 0), Elements.Bytes(buffer.Element));
        return address;
    }

    /// <summary>Whether a piece lies inside the line: a whole one does, or lies past its end, because aligned lines are multiples of it. Null where it is known to.</summary>
    private Register? Inside(BufferDecl buffer, EquatableArray<Index> at, int piece)
    {
        Index first = at[at.Count - 1], end = buffer.Shape[buffer.Shape.Count - 1];
        if (first is Index.Const begin && end is Index.Const length && begin.Value + (piece + 1) * Stride <= length.Value) return null;
        if (!_inside.TryGetValue((first, end, piece), out Register inside)) _inside[(first, end, piece)] = inside = W.Compare("lt", PlaceOf(first, piece), context.Lower(end));
        return inside;
    }
}
