using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// What one lane holds of a stride of gathered rows: a few columns of each. Where lines are aligned the columns are neighbours, which one load takes; else they are 32 apart, so that
/// neighbouring lanes read neighbouring elements.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="gather">The statement.</param>
/// <param name="skipsPadding">A negative index is skipped. Else it reads row 0, which the value 0 of padding takes out again: exact in integers.</param>
internal sealed class GatheredRows(BlockContext context, Statement.Gather gather, bool skipsPadding)
{
    private readonly List<Register> _columns = [];
    private Register[][] _loaded = [];

    /// <summary>Rows of a stride.</summary>
    public int Entries => context.Tile(gather.Tile).Shape[0];

    /// <summary>Columns of a lane.</summary>
    public int Columns => context.Tile(gather.Tile).Shape[1] / 32;

    /// <summary>The element in memory.</summary>
    public ElementType Element => Buffer.Element;

    /// <summary>The columns of a lane are neighbours, and were loaded together.</summary>
    public bool AreNeighbours => Buffer.LineAlignment >= 16;

    /// <summary>The tile's column that a lane begins at, and the distance of its columns.</summary>
    public Value FirstColumn => AreNeighbours ? W.Multiply(context.Lane, Columns) : context.Lane;

    public int ColumnStep => AreNeighbours ? 1 : 32;

    /// <summary>For each row of the stride whether it exists; null where all are read.</summary>
    public Register?[] Exists { get; private set; } = [];

    private WarpBuilder W => context.W;

    private BufferDecl Buffer => context.Buffer(gather.Buffer);

    private int Bytes => Elements.Bytes(Buffer.Element);

    /// <summary>Computes where each column begins. Columns past the end repeat the last: what they give is not stored.</summary>
    public void Prepare()
    {
        W.Comment($"tile {gather.Tile}: each lane holds {Columns} columns{(AreNeighbours ? "" : ", 32 apart,")} of {Entries} rows");
        Value first = W.Add(context.Lower(gather.At[0]), FirstColumn), stride = W.Multiply(context.Lower(Buffer.Strides[1]), Bytes);
        Value end = context.Lower(Buffer.Shape[1]);
        for (int i = 0; i < (AreNeighbours ? 1 : Columns); i++)
        {
            Value column = W.Min(W.Add(first, i * ColumnStep), W.Subtract(end, AreNeighbours ? Columns : 1));
            _columns.Add(W.Address(context.Base(gather.Buffer), column, stride));
        }
    }

    /// <summary>Loads the rows that the indices name, as they lie in memory.</summary>
    public void Load(Register[] indices)
    {
        Value line = W.Multiply(context.Lower(Buffer.Strides[0]), Bytes);
        W.Comment($"{Entries} rows of {gather.Buffer}");
        Exists = indices.Select(index => skipsPadding ? W.Compare("ge", index, 0, "s32") : (Register?)null).ToArray();
        Register[] rows = indices.Select(index => skipsPadding ? index : W.InRegister(NotNegative(index))).ToArray();
        Register[][] addresses = rows.Select(row => _columns.Select(column => W.Address(column, row, line)).ToArray()).ToArray();
        _loaded = new Register[Entries][];
        for (int j = 0; j < Entries; j++) W.Guarded(Exists[j], () => _loaded[j] = AreNeighbours ? LoadTogether(addresses[j][0]) : addresses[j].Select(LoadOne).ToArray());
    }

    /// <summary>The elements of one row, widened.</summary>
    public Register[] Widened(int entry)
    {
        Register[] widened = [];
        W.Guarded(Exists[entry], () => widened = AreNeighbours ? Unpacked.Widen(W, Element, _loaded[entry], Columns) : _loaded[entry].Select(bits => Unpacked.Widen(W, Element, [bits], 1)[0]).ToArray());
        return widened;
    }

    /// <summary>For each column a word of its bytes in four rows, the first row lowest.</summary>
    public Register[] Turned()
    {
        if (Columns == 1 || !AreNeighbours) return Enumerable.Range(0, Columns).Select(i => Unpacked.Turn(W, _loaded.Select(row => row[i]).ToArray(), 1)[0]).ToArray();
        return Unpacked.Turn(W, _loaded.Select(row => row[0]).ToArray(), Columns);
    }

    private Value NotNegative(Register index)
    {
        Register row = W.B32();
        W.Emit("max.s32", row, index, 0);
        return row;
    }

    /// <summary>All columns of a lane at once: words of 32 bits, or one of less.</summary>
    private Register[] LoadTogether(Register address)
    {
        int bytes = Columns * Bytes, words = Math.Max(1, bytes / 4);
        if (words == 1) return [Elements.LoadBits(W, "global.nc", bytes, WarpBuilder.At(address))];
        Register[] loaded = W.B32(words);
        W.Emit($"ld.global.nc.v{words}.u32", WarpBuilder.Vector(loaded), WarpBuilder.At(address));
        return loaded;
    }

    private Register LoadOne(Register address) => Elements.LoadBits(W, "global.nc", Bytes, WarpBuilder.At(address));
}
