using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Multiply-adds of a stride of gathered rows with V rows of weights: a lane holds V accumulators for each of its columns. The weights are the same for all lanes, so that a warp loads each
/// once. Bytes go four entries at a time through dp4a (PTX ISA section 9.7.1.23).
/// </summary>
/// <param name="context">The block.</param>
/// <param name="contract">The contraction.</param>
/// <param name="rows">The gathered rows.</param>
/// <param name="values">The load of the weights, <c>[V][entries]</c>.</param>
/// <param name="rowsFirst">The accumulators are rows of weights by columns; else the other way round.</param>
internal sealed class GatherProducts(BlockContext context, Statement.Contract contract, GatheredRows rows, Statement.Load values, bool rowsFirst)
{
    private WarpBuilder W => context.W;

    private int Vector => context.Tile(values.Tile).Shape[0];

    private ElementType Weight => context.Buffer(values.Buffer).Element;

    /// <summary>The text loads the weights of a row before it multiplies them; the assembler loads those of all rows first, a register for each once they are widened. Integers stay words until then.</summary>
    public int LoadsAhead => contract.Via == ContractVia.Fma ? (Vector - 1) * rows.Entries : 0;

    /// <summary>A set of accumulators, zero; those of a row of the tile follow each other.</summary>
    public Element[] NewTile(ElementType element)
    {
        bool single = element == ElementType.F32;
        Value column = rows.FirstColumn;
        Element New(int row, int i)
        {
            Register register = single ? W.F32() : W.B32();
            W.Emit(single ? "mov.f32" : "mov.u32", register, single ? "0f00000000" : "0");
            int offset = i * rows.ColumnStep;
            return rowsFirst ? new Element(register, 0, row, column, offset) : new Element(register, column, offset, 0, row);
        }
        int[] weights = Enumerable.Range(0, Vector).ToArray(), columns = Enumerable.Range(0, rows.Columns).ToArray();
        return rowsFirst ? weights.SelectMany(row => columns.Select(i => New(row, i))).ToArray() : columns.SelectMany(i => weights.Select(row => New(row, i))).ToArray();
    }

    /// <summary>Adds the products of the stride that was loaded.</summary>
    public void Add(IReadOnlyDictionary<string, Element[]> tiles)
    {
        Element[] sums = tiles[contract.Accumulator];
        Register SumOf(int row, int column) => sums[rowsFirst ? row * rows.Columns + column : column * Vector + row].Register;
        int line = rows.Entries * Elements.Bytes(Weight);
        Register address = W.Address(context.Base(values.Buffer), context.Lower(values.At[0]), Vector * line);
        W.Comment($"{Vector}x{rows.Columns} accumulators");
        if (contract.Via is ContractVia.Dot4 or ContractVia.Dot4Signed)
        {
            string opcode = rows.Element == ElementType.U8 ? "dp4a.u32.s32" : "dp4a.s32.s32";
            Register[] columns = rows.Turned();
            Register[] weights = LoadWords(address, Vector);
            for (int row = 0; row < Vector; row++)
                for (int i = 0; i < rows.Columns; i++) W.Emit(opcode, SumOf(row, i), columns[i], weights[row], SumOf(row, i));
            return;
        }
        string multiplyAdd = contract.Via == ContractVia.Fma ? "fma.rn.f32" : "mad.lo.s32";
        Register[][] gathered = Enumerable.Range(0, rows.Entries).Select(rows.Widened).ToArray();
        for (int row = 0; row < Vector; row++)
        {
            Register[] weights = Unpacked.Widen(W, Weight, LoadWords(W.Address(address, row * line), line / 4), rows.Entries);
            for (int entry = 0; entry < rows.Entries; entry++)
                W.Guarded(rows.Exists[entry], () =>
                {
                    for (int i = 0; i < rows.Columns; i++) W.Emit(multiplyAdd, SumOf(row, i), gathered[entry][i], weights[entry], SumOf(row, i));
                });
        }
    }

    /// <summary>Consecutive words, up to four to a load.</summary>
    private Register[] LoadWords(Register address, int count)
    {
        var words = new List<Register>();
        for (int at = 0; at < count; at += 4)
        {
            Register[] loaded = W.B32(Math.Min(4, count - at));
            string vector = loaded.Length == 1 ? "" : $".v{loaded.Length}";
            W.Emit($"ld.global.nc{vector}.u32", loaded.Length == 1 ? loaded[0] : WarpBuilder.Vector(loaded), WarpBuilder.At(address, 4 * at));
            words.AddRange(loaded);
        }
        return [.. words];
    }
}
