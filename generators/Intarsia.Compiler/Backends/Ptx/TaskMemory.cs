using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Loads and stores of a thread's own tiles. Elements that follow each other move several at a time where lines are aligned; what lies past the end of a buffer reads as 0 and is not written. Of a line of numbers that are read one by
/// one, four that are together at a multiple of four come in one load.
/// </summary>
internal sealed class TaskMemory(BlockContext context)
{
    /// <summary>Numbers that come together.</summary>
    private const int Together = 4;

    private readonly Dictionary<string, long> _multiples = new(StringComparer.Ordinal);
    private readonly SharedVectors _shared = new(context);
    private readonly SharedLines _lines = new(context);
    private Known _known = new([], [], []);

    private WarpBuilder W => context.W;

    /// <summary>Addresses, tests and numbers that are in registers.</summary>
    internal sealed record Known(Dictionary<(string Buffer, Index First, Index Second), Register> Addresses, Dictionary<(Index At, Index End, int Element), Register> Inside, Dictionary<(string Buffer, Index Line, Index At, long Group), Register[]> Numbers);

    /// <summary>Once, before the first statement.</summary>
    public void Prepare()
    {
        if (context.Program.Buffers.Where(buffer => buffer.Role == BufferRole.Scratch).All(SharedLines.Holds)) _lines.Prepare();
        else _shared.Prepare();
    }

    public void Forget() => Recall(new Known([], [], []));

    /// <summary>What is known before a branch.</summary>
    public Known Remember() => Copy(_known);

    /// <summary>What was, and no more.</summary>
    public void Recall(Known known)
    {
        _known = Copy(known);
        _shared.Forget();
        _lines.Forget();
    }

    private static Known Copy(Known known) => new(new(known.Addresses), new(known.Inside), new(known.Numbers));

    /// <summary>Notes what a variable is a multiple of.</summary>
    public void Bind(Statement.Let let) => _multiples[let.Variable] = MultipleOf(let.Value);

    public Register[] Load(Statement.Load load)
    {
        BufferDecl buffer = context.Buffer(load.Buffer);
        TileDecl tile = context.Tile(load.Tile);
        if (buffer.Role == BufferRole.Scratch) return SharedLines.Holds(buffer) ? _lines.Load(buffer, load.At, tile.Size, MultipleOf(load.At[1])) : _shared.Load(buffer, load.At, tile.Size);
        Register[] elements = Read(buffer, tile, load);
        return Elements.IsFloat(tile.Element) ? [.. elements.Select(element => Elements.ToSingle(W, element))] : elements;
    }

    /// <summary>Elements of a buffer that is not working memory, as they are there.</summary>
    private Register[] Read(BufferDecl buffer, TileDecl tile, Statement.Load load)
    {
        if (context.Scalars.Contains(buffer.Name)) return [context.Base(buffer.Name)];
        if (tile.Size == 1 && load.Clip == Clip.None && Number(buffer, load.At) is { } number) return [number];

        int count = tile.Size, bytes = Elements.Bytes(buffer.Element);
        Access access = Of(buffer, load.At, tile, load.Clip);
        if (access.IsVector)
        {
            Register[] words = W.B32(count * bytes / 4);
            if (access.Inside[0] is not null)
                foreach (Register word in words) W.Emit("mov.u32", word, "0");
            W.Guarded(access.Inside[0], () => W.Emit($"ld.global.nc{Width(words.Length)}.u32", words.Length == 1 ? words[0] : WarpBuilder.Vector(words), access.At(0)));
            return Unpacked.Widen(W, buffer.Element, words, count);
        }
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            Register word = W.B32();
            if (access.Inside[i] is not null) W.Emit("mov.u32", word, "0");
            W.Guarded(access.Inside[i], () => W.Emit($"ld.global.nc.u{Elements.Bits(buffer.Element)}", word, access.At(i)));
            return Unpacked.Widen(W, buffer.Element, [word], 1)[0];
        })];
    }

    public void Store(Statement.Store store, Register[] values)
    {
        BufferDecl buffer = context.Buffer(store.Buffer);
        TileDecl tile = context.Tile(store.Tile);
        if (values.Length < tile.Size) values = [.. Enumerable.Repeat(values[0], tile.Size)];
        if (buffer.Role == BufferRole.Scratch)
        {
            if (SharedLines.Holds(buffer)) _lines.Store(buffer, store.At, values, MultipleOf(store.At[1]));
            else _shared.Store(buffer, store.At, values);
            return;
        }
        if (Elements.IsFloat(buffer.Element)) values = [.. values.Select(value => Elements.ToSingle(W, value))];
        Access access = Of(buffer, store.At, tile, store.Clip);
        if (access.IsVector)
        {
            Register[] words = Packed.Words(W, buffer.Element, values);
            W.Guarded(access.Inside[0], () => W.Emit($"st.global{Width(words.Length)}.u32", access.At(0), words.Length == 1 ? words[0] : WarpBuilder.Vector(words)));
            return;
        }
        for (int i = 0; i < values.Length; i++)
        {
            Register bits = Packed.Element(W, buffer.Element, values[i]);
            W.Guarded(access.Inside[i], () => W.Emit($"st.global.u{Elements.Bits(buffer.Element)}", access.At(i), bits));
        }
    }

    /// <summary>Where the elements of a tile are, and the tests that they lie inside; null where they are known to.</summary>
    private sealed record Access(Func<int, string> At, Register?[] Inside, bool IsVector);

    private Access Of(BufferDecl buffer, EquatableArray<Index> at, TileDecl tile, Clip clip)
    {
        int bytes = Elements.Bytes(buffer.Element), rank = buffer.Shape.Count, count = tile.Size;
        // A column of a tile runs along the dimension before the last.
        int along = rank > 1 && tile.Shape[tile.Shape.Count - 1] == 1 && count > 1 ? rank - 2 : rank - 1;
        Value step = StrideOf(buffer, along);
        (Register start, long offset) = Address(buffer, at, bytes);
        bool isVector = count > 1 && step.Is(1) && buffer.LineAlignment >= 16 && count * bytes % 4 == 0 && along == rank - 1;

        Register? others = null;
        for (int d = 0; d < rank; d++)
            if (d != along && (clip & (d == rank - 1 ? Clip.Columns : Clip.Rows)) != 0) others = Both(others, Inside(at[d], buffer.Shape[d], 0));
        bool clips = (clip & (along == rank - 1 ? Clip.Columns : Clip.Rows)) != 0;
        Register?[] inside = [.. Enumerable.Range(0, isVector ? 1 : count).Select(i => clips ? Both(others, Inside(at[along], buffer.Shape[along], i)) : others)];

        var starts = new List<Register> { start };
        if (!step.IsConstant && !isVector)
            while (starts.Count < count) starts.Add(W.Address(starts[starts.Count - 1], step, bytes));
        return new Access(i => step.IsConstant ? WarpBuilder.At(start, offset + i * step.Constant * bytes) : WarpBuilder.At(starts[isVector ? 0 : i], offset), inside, isVector);
    }

    private Register? Both(Register? a, Register? b) => a is { } left && b is { } right ? W.Both(left, right) : a ?? b;

    private Register? Inside(Index at, Index end, int element)
    {
        if (at is Index.Const first && end is Index.Const last && first.Value + element < last.Value) return null;
        if (!_known.Inside.TryGetValue((at, end, element), out Register inside))
            _known.Inside[(at, end, element)] = inside = W.Compare("lt", W.Add(context.Lower(at), element), context.Lower(end));
        return inside;
    }

    /// <summary>The address of an element, and constant bytes beside it.</summary>
    private (Register Start, long Offset) Address(BufferDecl buffer, EquatableArray<Index> at, int bytes)
    {
        (Index Base, long Constant)[] parts = [.. at.Select((index, d) => StrideOf(buffer, d).IsConstant ? Split(index) : (index, 0))];
        long offset = parts.Select((part, d) => StrideOf(buffer, d) is { IsConstant: true } stride ? part.Constant * stride.Constant * bytes : 0).Sum();
        (string Name, Index First, Index Second) key = (buffer.Name, parts[0].Base, parts.Length > 1 ? parts[1].Base : 0);
        if (!_known.Addresses.TryGetValue(key, out Register address))
        {
            address = context.Base(buffer.Name);
            for (int d = 0; d < parts.Length; d++) address = W.Address(address, context.Lower(parts[d].Base), W.Multiply(StrideOf(buffer, d), bytes));
            _known.Addresses[key] = address;
        }
        return (address, offset);
    }

    private Value StrideOf(BufferDecl buffer, int dimension) => context.Lower(buffer.Strides.Count > 0 ? buffer.Strides[dimension] : dimension == buffer.Shape.Count - 1 ? 1 : buffer.Shape[buffer.Shape.Count - 1]);

    /// <summary>One number of a line that is read number by number; null where it does not come with others.</summary>
    private Register? Number(BufferDecl buffer, EquatableArray<Index> at)
    {
        if (buffer.Shape.Count != 2 || buffer.LineAlignment < 16 || !StrideOf(buffer, 1).Is(1)) return null;
        (Index from, long constant) = Split(at[1]);
        if (MultipleOf(from) % Together != 0) return null;
        long group = constant / Together;
        if (!_known.Numbers.TryGetValue((buffer.Name, at[0], from, group), out Register[]? numbers))
        {
            int bytes = Elements.Bytes(buffer.Element);
            (Register start, long offset) = Address(buffer, new[] { at[0], from + group * Together }, bytes);
            Register[] words = W.B32(Together * bytes / 4);
            W.Emit($"ld.global.nc{Width(words.Length)}.u32", words.Length == 1 ? words[0] : WarpBuilder.Vector(words), WarpBuilder.At(start, offset));
            _known.Numbers[(buffer.Name, at[0], from, group)] = numbers = Unpacked.Widen(W, buffer.Element, words, Together);
        }
        return numbers[constant % Together];
    }

    /// <summary>An index without the constant that is added to it.</summary>
    internal static (Index Base, long Constant) Split(Index index) => index switch
    {
        Index.Const c => (0, c.Value),
        Index.Binary { Op: IndexOp.Add, Right: Index.Const right } sum when Split(sum.Left) is var (inner, more) => (inner, more + right.Value),
        _ => (index, 0),
    };

    /// <summary>A number that an index is a multiple of, as far as constants say.</summary>
    private long MultipleOf(Index index) => index switch
    {
        Index.Const c => c.Value,
        Index.Var v => _multiples.TryGetValue(v.Name, out long multiple) ? multiple : 1,
        Index.Binary { Op: IndexOp.Add or IndexOp.Subtract } sum => Common(MultipleOf(sum.Left), MultipleOf(sum.Right)),
        Index.Binary { Op: IndexOp.Multiply } product => MultipleOf(product.Left) * MultipleOf(product.Right),
        _ => 1,
    };

    private static long Common(long a, long b) => b == 0 ? a : Common(b, a % b);

    private static string Width(int words) => words == 1 ? "" : $".v{words}";
}
