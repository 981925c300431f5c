using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>One register of a tile that is spread over the threads of a block, and where its element stands in the tile: a base that differs from thread to thread, and an offset.</summary>
internal readonly record struct Element(Register Register, Value RowBase, int RowOffset, Value ColumnBase, int ColumnOffset)
{
    /// <summary>The same registers, rows for columns.</summary>
    public static Element[] Turned(Element[] elements) => elements.Select(e => new Element(e.Register, e.ColumnBase, e.ColumnOffset, e.RowBase, e.RowOffset)).ToArray();
}

/// <summary>
/// The unit that contracts the stages in shared memory and holds the accumulators. Each kind says how it wants its factors to lie, and where its elements stand.
/// </summary>
internal abstract class ContractionLowering(BlockContext context, Statement.Contract contract)
{
    protected BlockContext Context { get; } = context;

    protected WarpBuilder W => Context.W;

    protected Statement.Contract Contract { get; } = contract;

    protected int Height => Context.Tile(Contract.Accumulator).Shape[0];

    protected int Width => Context.Tile(Contract.Accumulator).Shape[1];

    /// <summary>The tile of a factor in shared memory.</summary>
    public abstract SharedTile TileOf(Statement.Load load, bool isFirst, bool depthLast);

    /// <summary>Elements are converted to 32 bits on their way into shared memory.</summary>
    public abstract bool Widens { get; }

    /// <summary>A set of registers for one accumulator tile, zero.</summary>
    public abstract Element[] NewTile(ElementType element);

    /// <summary>Computes addresses that do not change from stage to stage.</summary>
    public abstract void Prepare(OperandCopy first, int firstOffset, OperandCopy second, int secondOffset);

    /// <summary>Contracts one stage into the accumulators.</summary>
    public abstract void ContractStage(Value stage, Element[] accumulators);
}
