using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// The sums of all signs of each four activations, in shared memory: sixteen for each run, of one column, or of two beside each other, pair after pair. Entry c of run r stands at c XOR a number that follows from r, so that neighbouring
/// threads, which make neighbouring runs, store to different banks; whoever looks a code up applies the same number to it.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="loop">The loop over pieces, which names where each begins.</param>
/// <param name="load">The load of a piece of X.</param>
/// <param name="runs">Runs of a piece.</param>
/// <param name="pieces">Pieces whose tables stand there at a time.</param>
internal sealed class PlaneTables(BlockContext context, Statement.For loop, Statement.Load load, int runs, int pieces)
{
    private const int Entries = 16;

    private readonly BufferDecl _x = context.Buffer(load.Buffer);
    private readonly TileDecl _tile = context.Tile(load.Tile);

    private WarpBuilder W => context.W;

    public int Columns => _tile.Shape[1];

    public bool IsFloat => _tile.Element == ElementType.F32;

    /// <summary>Columns that one load takes.</summary>
    public int Together => Math.Min(2, Columns);

    /// <summary>Bytes of an entry are 1 &lt;&lt; <see cref="Shift"/>.</summary>
    public int Shift => Together == 1 ? 2 : 3;

    /// <summary>Bytes of the sixteen entries.</summary>
    public int TableBytes => Entries << Shift;

    /// <summary>Bytes of a run: the tables of all columns.</summary>
    public int RunBytes => TableBytes * (Columns / Together);

    public int Bytes => pieces * runs * RunBytes;

    /// <summary>Runs after which the places of entries repeat, and neighbours that have the same.</summary>
    private int Period => Together == 1 ? 2 * Entries : Entries;

    private int Alike => Together == 1 ? 2 : 1;

    /// <summary>The number that goes with the codes of eight runs, in the places that codes have in a word: low halves of its bytes, then high ones.</summary>
    /// <param name="word">The word of a chunk that they are; only so much of it counts as makes a difference.</param>
    public long Swizzle(int word) => Enumerable.Range(0, 8).Sum(run => (long)((8 * word + run) % Period / Alike) << Place(run));

    /// <summary>Words after which <see cref="Swizzle"/> repeats.</summary>
    public int WordPeriod => Period / 8;

    /// <summary>What another word changes of <see cref="Swizzle"/>: so much for each.</summary>
    public long SwizzleStep => Enumerable.Range(0, 8).Sum(run => (long)(8 / Alike) << Place(run));

    /// <summary>The first bit of a code in its word.</summary>
    public static int Place(int run) => run % 4 * 8 + run / 4 * 4;

    /// <summary>Makes the tables of a chunk that begins with a piece; what lies behind the end of a group, of the depth or of the columns counts as 0.</summary>
    public void Make(Value firstPiece)
    {
        W.Comment($"sums of {load.Buffer}: {pieces * runs} runs of four, {Columns} column{(Columns == 1 ? "" : "s")}");
        Register index = W.Variable(context.Thread);
        W.For("tables", index, pieces * runs * (Columns / Together), context.Threads, () =>
        {
            Value run = W.Modulo(index, pieces * runs), pair = W.Divide(index, pieces * runs);
            context.Bind(loop.Variable, W.Add(firstPiece, W.Divide(run, runs)));
            context.BindLets(loop.Body);
            Value k = W.InRegister(W.Add(context.Lower(load.At[1]), W.Multiply(W.Modulo(run, runs), 4))), end = context.Lower(load.Until!);
            Value column = W.Add(context.Lower(load.At[0]), W.Multiply(pair, Together));
            Register[][] sums = Enumerable.Range(0, Together).Select(i => Sums(W.Add(column, i), k, end)).ToArray();
            Value swizzle = W.ShiftLeft(W.Divide(W.Modulo(run, Period), Alike), Shift);
            Register table = W.InRegister(W.Add(W.Add(W.Add(context.Shared, W.Multiply(run, RunBytes)), W.Multiply(pair, TableBytes)), swizzle));
            for (int entry = 0; entry < Entries; entry++)
            {
                Register at = W.InRegister(entry == 0 ? table : W.Xor(table, entry << Shift));
                string type = IsFloat ? "f32" : "u32";
                if (Together == 1) W.Emit($"st.shared.{type}", WarpBuilder.At(at), sums[0][entry]);
                else W.Emit($"st.shared.v2.{type}", WarpBuilder.At(at), WarpBuilder.Vector([sums[0][entry], sums[1][entry]]));
            }
        });
    }

    /// <summary>The sixteen sums of four activations of a column: those of two of them and of the other two, each with each.</summary>
    private Register[] Sums(Value column, Value k, Value end)
    {
        Register present = W.Compare("lt", column, context.Lower(_x.Shape[0]));
        Register[] x = Enumerable.Range(0, 4).Select(i => Read(column, W.Add(k, i), W.Both(present, W.Compare("lt", W.Add(k, i), end)))).ToArray();
        Register[] low = Pairs(x[0], x[1]), high = Pairs(x[2], x[3]);
        return Enumerable.Range(0, Entries).Select(entry => Add(low[entry & 3], high[entry >> 2])).ToArray();
    }

    /// <summary>The four sums of two: a bit is set where the sign is +.</summary>
    private Register[] Pairs(Register first, Register second)
    {
        Register both = Add(first, second), difference = Binary(IsFloat ? "sub.rn.f32" : "sub.u32", first, second);
        return [Negated(both), difference, Negated(difference), both];
    }

    private Register Add(Register a, Register b) => Binary(IsFloat ? "add.rn.f32" : "add.u32", a, b);

    private Register Binary(string opcode, Register a, Register b)
    {
        Register result = W.New(a.Kind);
        W.Emit(opcode, result, a, b);
        return result;
    }

    private Register Negated(Register a)
    {
        Register result = W.New(a.Kind);
        W.Emit(IsFloat ? "neg.f32" : "neg.s32", result, a);
        return result;
    }

    /// <summary>An activation, widened; 0 where there is none.</summary>
    private Register Read(Value column, Value k, Register exists)
    {
        Register value = W.New(IsFloat ? RegisterKind.F32 : RegisterKind.B32);
        W.Emit(IsFloat ? "mov.f32" : "mov.u32", value, IsFloat ? Elements.Constant(0) : "0");
        Value columnStride = context.Lower(_x.Strides[0]), depthStride = context.Lower(_x.Strides[1]);
        if (Elements.IsNibble(_x.Element))
        {
            Register element = W.InRegister(W.Add(W.Multiply(column, columnStride), W.Multiply(k, depthStride)));
            W.If(exists, () =>
            {
                Register two = Elements.LoadBits(W, "global.nc", 1, WarpBuilder.At(W.Address(context.Base(_x.Name), W.ShiftRight(element, 1))));
                W.Emit(_x.Element == ElementType.S4 ? "bfe.s32" : "bfe.u32", value, two, W.ShiftLeft(W.And(element, 1), 2), 4);
            });
            return value;
        }
        int bytes = Elements.Bytes(_x.Element);
        Register line = W.Address(context.Base(_x.Name), column, W.Multiply(columnStride, bytes)), address = W.Address(line, k, W.Multiply(depthStride, bytes));
        W.If(exists, () => W.Emit(IsFloat ? "mov.f32" : "mov.b32", value, Elements.Load(W, "global.nc", _x.Element, WarpBuilder.At(address))));
        return value;
    }
}
