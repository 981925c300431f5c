using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Rows of one operand that a lane walks along: some elements of each at every step, as they lie in memory, or a line of it apart where the operand lies across the depth.</summary>
/// <param name="context">The block.</param>
/// <param name="buffer">The operand.</param>
/// <param name="chunk">Elements of a lane in a step; four lanes side by side read neighbouring ones.</param>
internal sealed class SampledRows(BlockContext context, BufferDecl buffer, int chunk)
{
    private readonly List<Register> _addresses = [];
    private readonly Dictionary<int, Register> _here = [];
    private Register _offset;
    private Value? _pitch;

    /// <summary>Elements of a lane in a step.</summary>
    public int Chunk => chunk;

    /// <summary>Rows.</summary>
    public int Count => _addresses.Count;

    /// <summary>A chunk is one load.</summary>
    public bool IsAligned => buffer.LineAlignment >= 16;

    /// <summary>Neighbours of a row are not neighbours in memory.</summary>
    private bool IsTurned => buffer.Strides[1] is not Tiles.Index.Const { Value: 1 };

    private WarpBuilder W => context.W;

    private int Bytes => Elements.Bytes(buffer.Element);

    /// <summary>Bytes from one element of a row to the next.</summary>
    private Value Pitch => _pitch ??= IsTurned ? W.InRegister(W.Multiply(context.Lower(buffer.Strides[1]), Bytes)) : Bytes;

    private int Words => Math.Max(1, chunk * Bytes / 4);

    /// <summary>Forgets the rows.</summary>
    public void Clear() => _addresses.Clear();

    /// <summary>Adds a row, to be read from the lane's chunk on.</summary>
    public void Begin(Value row, Value lane)
    {
        Register begin = W.Address(context.Base(buffer.Name), row, W.Multiply(context.LineStride(buffer), Bytes));
        _addresses.Add(IsTurned ? W.Address(begin, W.Multiply(lane, chunk), Pitch) : W.Address(begin, W.Multiply(lane, chunk * Bytes)));
    }

    /// <summary>Loads a row's chunk of a step, as words.</summary>
    /// <param name="row">The row.</param>
    /// <param name="step">Steps from where the rows stand.</param>
    /// <param name="left">Elements that the depth still has from the lane's first on; null for at least a chunk. What it has not is zero.</param>
    public Register[] Load(int row, int step, Register? left)
    {
        int first = 4 * chunk * step;
        return IsAligned ? LoadChunk(Here(row), first * Bytes, left) : LoadElements(Here(row), first, left);
    }

    /// <summary>Goes on by some steps.</summary>
    public void Advance(int steps)
    {
        if (Pitch.IsConstant) W.Emit("add.u64", _offset, _offset, 4 * chunk * Pitch.Constant * steps);
        else W.Emit("mad.wide.u32", _offset, Pitch, 4 * chunk * steps, _offset);
        _here.Clear();
    }

    /// <summary>The elements of a chunk, widened.</summary>
    public Register[] Widen(Register[] words) => Unpacked.Widen(W, buffer.Element, words, chunk);

    /// <summary>Begins at the first step, again where the rows have been walked along before.</summary>
    public void Start()
    {
        _offset = W.B64();
        W.Emit("mov.b64", _offset, 0);
        _here.Clear();
    }

    /// <summary>Where a row stands: one offset for all of them, so that a row takes a register and not two.</summary>
    private Register Here(int row)
    {
        if (_here.TryGetValue(row, out Register address)) return address;
        address = W.B64();
        W.Emit("add.u64", address, _addresses[row], _offset);
        return _here[row] = address;
    }

    /// <summary>Lines end at multiples of 16 bytes, so that a chunk is there or not.</summary>
    private Register[] LoadChunk(Register address, int offset, Register? left)
    {
        Register[] words = left is null ? W.B32(Words) : Enumerable.Range(0, Words).Select(_ => W.Variable(0)).ToArray();
        Register? exists = left is { } some ? W.Compare("gt", some, 0) : null;
        string vector = Words == 1 ? "" : $".v{Words}";
        W.Guarded(exists, () => W.Emit($"ld.global.nc{vector}.u32", Words == 1 ? words[0] : WarpBuilder.Vector(words), WarpBuilder.At(address, offset)));
        return words;
    }

    private Register[] LoadElements(Register address, int first, Register? left)
    {
        Register[] elements = Enumerable.Range(0, chunk).Select(i =>
        {
            Register element = left is null ? W.B32() : W.Variable(0);
            Register? exists = left is { } some ? W.Compare("gt", some, i) : null;
            string at = IsTurned ? WarpBuilder.At(W.Address(address, first + i, Pitch)) : WarpBuilder.At(address, (first + i) * Bytes);
            W.Guarded(exists, () => W.Emit($"ld.global.nc.u{8 * Bytes}", element, at));
            return element;
        }).ToArray();
        int each = Math.Max(1, 4 / Bytes);
        return Enumerable.Range(0, Words).Select(i => Unpacked.Join(W, elements.Skip(i * each).Take(each).ToArray())).ToArray();
    }
}
