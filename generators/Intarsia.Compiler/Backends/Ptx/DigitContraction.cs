using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lines of digits times gathered rows on tensor cores that multiply bytes, transposed: columns of X on the 16 rows of an instruction, lines on its 8 columns. A load of gathered rows, transposed, gives each lane the bytes of
/// four rows of a column of byte pairs (see <see cref="Fragments"/>): two columns of bytes, the two digits of one column of 16 bits, or four columns of 4 bits, which two masks and a shift take apart.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="gathered">The gathered rows in shared memory, a line for each.</param>
/// <param name="x">Their elements.</param>
internal sealed class DigitContraction(BlockContext context, SharedTile gathered, ElementType x)
{
    /// <summary>Bytes of a line that one load takes.</summary>
    private const int LoadBytes = 16;

    private readonly Fragments _columns = new(context, gathered, depthLast: false, 1, isFirst: true);

    private WarpBuilder W => context.W;

    private int Bytes => gathered.LineBytes / context.Warps.Count;

    private int Loads => Bytes / LoadBytes;

    /// <summary>Columns of a warp.</summary>
    private int Width => 8 * Bytes / Elements.Bits(x);

    private int TilesOfColumns => Width / 16;

    public void Prepare(int gatheredOffset)
    {
        W.Comment($"fragments: each warp holds {Width} columns, {TilesOfColumns} times 16");
        _columns.Prepare(gatheredOffset, W.Multiply(context.Warp, Bytes), Bytes);
    }

    /// <summary>The fragments of a stage: for each digit of X, the least first, those of every 16 columns.</summary>
    public Register[][][] Load(Value stage)
    {
        _columns.Select(stage);
        Register[][] loads = _columns.Load(0, Loads);
        switch (x)
        {
            case ElementType.S16 or ElementType.U16:
                // Even bytes are low digits, odd ones high; two loads have 16 columns.
                return [.. new[] { 0, 1 }.Select(digit => Enumerable.Range(0, TilesOfColumns)
                    .Select(i => new[] { loads[2 * i][digit], loads[2 * i + 1][digit], loads[2 * i][2 + digit], loads[2 * i + 1][2 + digit] }).ToArray())];
            case ElementType.S4 or ElementType.U4:
                return [[.. loads.SelectMany(load => new[] { 0, 1 }.Select(odd =>
                {
                    Register[] first = Unpacking.NibbleBytes(W, load[odd], x), second = Unpacking.NibbleBytes(W, load[2 + odd], x);
                    return new[] { first[0], first[1], second[0], second[1] };
                }))]];
            default:
                return [loads];
        }
    }

    /// <summary>A set of sums, zero: rows are lines of digits. Order: 16 columns, 8 lines, register.</summary>
    public Element[] NewTile(int lines)
    {
        Value group = W.ShiftRight(context.Lane, 2), line = W.ShiftLeft(W.And(context.Lane, 3), 1), column = W.Multiply(context.Warp, Width);
        (int scale, int apart) = Elements.Bits(x) switch { 16 => (1, 8), 8 => (2, 1), _ => (4, 1) };
        column = W.Add(column, W.Multiply(group, scale));
        var elements = new List<Element>();
        for (int i = 0; i < TilesOfColumns; i++)
        {
            int first = scale == 4 ? 32 * (i / 2) + 2 * (i % 2) : 16 * i;
            for (int j = 0; j < (lines + 7) / 8; j++)
                for (int r = 0; r < 4; r++) elements.Add(new Element(W.Variable(0), line, 8 * j + (r & 1), column, first + apart * (r >> 1)));
        }
        return [.. elements];
    }

    public void Contract(Register[][] columns, Register[][] lines, Element[] sums, MmaRow mma)
    {
        for (int i = 0; i < columns.Length; i++)
        {
            for (int j = 0; j < lines.Length; j++)
            {
                string sum = WarpBuilder.Vector(sums.Skip(4 * (i * lines.Length + j)).Take(4).Select(e => e.Register));
                W.Emit(mma.Opcode, sum, WarpBuilder.Vector(columns[i]), WarpBuilder.Vector(lines[j]), sum);
            }
        }
    }
}
