using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Vectors of weights times gathered rows on tensor cores, transposed: the columns of X take the 16 rows of an instruction, the V rows of weights its 8 columns (two instructions where V is
/// 16), so that no more than 8 of them are ever idle. Gathered rows are transposed on their way into registers.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="gathered">The gathered rows in shared memory, a line for each.</param>
/// <param name="weights">The weights in shared memory, V lines.</param>
/// <param name="mma">The instruction.</param>
/// <param name="rowsFirst">The accumulators are rows of weights by columns; else the other way round.</param>
internal sealed class VectorContraction(BlockContext context, SharedTile gathered, SharedTile weights, MmaRow mma, bool rowsFirst)
{
    private readonly Fragments _columns = new(context, gathered, depthLast: false, Elements.Bytes(mma.A), isFirst: true);
    private readonly Fragments _vectors = new(context, weights, depthLast: true, Elements.Bytes(mma.B), isFirst: false);

    private WarpBuilder W => context.W;

    /// <summary>Columns of a warp.</summary>
    private int Width => gathered.LineBytes / Elements.Bytes(mma.A) / context.Warps.Count;

    private int TilesOfColumns => Width / 16;

    private int TilesOfVectors => (weights.Lines + 7) / 8;

    /// <summary>Rows of weights that the accumulators have room for.</summary>
    public int Rows => 8 * TilesOfVectors;

    public void Prepare(int gatheredOffset, int weightsOffset)
    {
        W.Comment($"fragments: each warp holds {Width} columns of {weights.Lines} rows");
        _columns.Prepare(gatheredOffset, W.Multiply(context.Warp, Width), Width);
        _vectors.Prepare(weightsOffset, 0);
    }

    /// <summary>A set of accumulators, zero, in the order of the instructions.</summary>
    public Element[] NewTile(ElementType element)
    {
        bool single = element == ElementType.F32, bytes = Elements.Bytes(mma.A) == 1;
        Value group = W.ShiftRight(context.Lane, 2), row = W.ShiftLeft(W.And(context.Lane, 3), 1);
        // Columns g and g + 8 of a tile (PTX ISA, fragments of m16n8k16), or, where bytes were transposed, neighbours.
        Value column = W.Add(W.Multiply(context.Warp, Width), bytes ? W.ShiftLeft(group, 1) : group);
        var elements = new List<Element>();
        for (int i = 0; i < TilesOfColumns; i++)
        {
            for (int j = 0; j < TilesOfVectors; j++)
            {
                for (int r = 0; r < 4; r++)
                {
                    int columnOffset = 16 * i + (bytes ? 1 : 8) * (r >> 1), rowOffset = 8 * j + (r & 1);
                    Register register = single ? W.F32() : W.B32();
                    W.Emit(single ? "mov.f32" : "mov.u32", register, single ? "0f00000000" : "0");
                    elements.Add(rowsFirst ? new Element(register, row, rowOffset, column, columnOffset) : new Element(register, column, columnOffset, row, rowOffset));
                }
            }
        }
        return [.. elements];
    }

    public void ContractStage(Value stage, Element[] accumulators)
    {
        _columns.Select(stage);
        _vectors.Select(stage);
        Register[][] columns = _columns.Load(0, TilesOfColumns), vectors = _vectors.Load(0, TilesOfVectors);
        for (int i = 0; i < TilesOfColumns; i++)
        {
            for (int j = 0; j < TilesOfVectors; j++)
            {
                string sum = WarpBuilder.Vector(accumulators.Skip(4 * (i * TilesOfVectors + j)).Take(4).Select(e => e.Register));
                W.Emit(mma.Opcode, sum, WarpBuilder.Vector(columns[i]), WarpBuilder.Vector(vectors[j]), sum);
            }
        }
    }
}
