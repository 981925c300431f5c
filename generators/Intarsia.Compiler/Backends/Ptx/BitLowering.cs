using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block that multiplies planes of bits: lines of words go through stages of shared memory, and every pair of planes is an instruction of the tensor cores for each 16×8 sums and 256 bits of depth. Pairs
/// are counted one upon the other, from those that count most down, and added to the sums. Sums of columns of X are counted against bits as long as the depth, which lanes make as they go.
/// </summary>
internal sealed class BitLowering(BlockContext context, Statement.Block block)
{
    private BitFactor _a = null!;
    private BitFactor _b = null!;
    private Register[][] _totals = [];
    private Register _zero;
    private Register _depth;
    private Statement.Contract[] _contracts = [];
    private Statement.Contract[] _counts = [];

    /// <summary>Pairs of planes, which of the first factor meets which of the second, by how much they count: those that count most first.</summary>
    private (int Times, (int I, int J)[] Pairs)[] _levels = [];

    private WarpBuilder W => context.W;

    private Statement.For Loop => block.Body.OfType<Statement.For>().Single();

    private TileDecl Sums => context.Tile(block.Body.OfType<Statement.Fill>().First().Tile);

    private int WarpHeight => Sums.Shape[0] / context.Warps.Rows;

    private int WarpWidth => Sums.Shape[1] / context.Warps.Columns;

    private int TilesDown => WarpHeight / 16;

    private int TilesAcross => WarpWidth / 8;

    /// <summary>The sums of columns of X stand along the lanes: X is the second factor.</summary>
    private bool CountsAcross => context.Tile(_counts[0].Accumulator).Shape[0] == 1;

    /// <summary>See <see cref="WarpProgram.LoadsAhead"/>: the assembler has all fragments of a stage on their way, and counts of all tiles.</summary>
    public int LoadsAhead => _a.Planes * 4 * (TilesDown * _a.Steps - 1) + _b.Planes * 2 * TilesAcross * (_b.Steps - 1) + 4 * (TilesDown * TilesAcross - 1);

    /// <summary>Whether a block multiplies planes of bits.</summary>
    public static bool Lowers(Statement.Block block) => block.Body.OfType<Statement.For>().Any(loop => loop.Body.OfType<Statement.Contract>().Any(contract => contract.Via == ContractVia.BitPlanes));

    public void Write()
    {
        _contracts = [.. Loop.Body.OfType<Statement.Contract>().Where(contract => contract.Accumulator == Sums.Name)];
        _counts = [.. Loop.Body.OfType<Statement.Contract>().Where(contract => contract.Accumulator != Sums.Name)];
        string[] planesOfA = [.. _contracts.Select(contract => contract.A).Distinct()], planesOfB = [.. _contracts.Select(contract => contract.B).Distinct()];
        _levels = [.. _contracts.GroupBy(contract => contract.Times, contract => (Array.IndexOf(planesOfA, contract.A), Array.IndexOf(planesOfB, contract.B))).OrderByDescending(level => level.Key).Select(level => (level.Key, level.ToArray()))];
        Statement.Load[] first = LoadsOf(contract => contract.A), second = LoadsOf(contract => contract.B);
        WordCopy a = new(context, first, TileOf(first)), b = new(context, second, TileOf(second));
        var pipeline = new Pipeline(context, Loop, [a, b], Loop.Stages);
        Element[] sums = [];
        pipeline.Write(
            () =>
            {
                Value warpRow = W.Divide(context.Warp, context.Warps.Columns), warpColumn = W.Modulo(context.Warp, context.Warps.Columns);
                W.Comment($"each warp holds {WarpHeight}x{WarpWidth} accumulators");
                _a = new BitFactor(context, a.Tile, first.Length, isFirst: true);
                _b = new BitFactor(context, b.Tile, second.Length, isFirst: false);
                _a.Prepare(pipeline.OffsetOf(a), W.Multiply(warpRow, WarpHeight));
                _b.Prepare(pipeline.OffsetOf(b), W.Multiply(warpColumn, WarpWidth));
                sums = NewSums(W.Multiply(warpRow, WarpHeight), W.Multiply(warpColumn, WarpWidth));
                _zero = W.Variable(0);
                if (_counts.Length == 0) return;
                _depth = W.Variable(0);
                _totals = [.. Enumerable.Range(0, CountsAcross ? TilesAcross : TilesDown).Select(_ => new[] { W.Variable(0), W.Variable(0) })];
            },
            stage => ContractStage(stage, sums),
            () => { });

        Statement[] after = [.. block.Body.Skip(block.Body.ToList().IndexOf(Loop) + 1)];
        if (_counts.Length > 0)
        {
            AddOffsets((Statement.Load)after[0], sums);
            after = [.. after.Skip(3)];
        }
        new Tail(context, after).Write(Sums.Name, sums);
    }

    /// <summary>The loads of a factor's planes, in the order of the planes.</summary>
    private Statement.Load[] LoadsOf(Func<Statement.Contract, string> factor) =>
        [.. _contracts.Select(factor).Distinct().Select(tile => Loop.Body.OfType<Statement.Transpose>().Single(turn => turn.Tile == tile).Source).Select(words => Loop.Body.OfType<Statement.Load>().Single(load => load.Tile == words))];

    private SharedTile TileOf(Statement.Load[] loads)
    {
        TileDecl words = context.Tile(loads[0].Tile);
        return new SharedTile(words.Shape[0] * loads.Length, words.Shape[1] * 4, Swizzle.Consecutive);
    }

    /// <summary>Rows g and g + 8 of a tile, columns 2t and 2t + 1 (PTX ISA, fragments of m16n8k256).</summary>
    private Element[] NewSums(Value row0, Value column0)
    {
        Value rowBase = W.Add(row0, W.ShiftRight(context.Lane, 2)), columnBase = W.Add(column0, W.ShiftLeft(W.And(context.Lane, 3), 1));
        return [.. from i in Enumerable.Range(0, TilesDown) from j in Enumerable.Range(0, TilesAcross) from r in Enumerable.Range(0, 4) select new Element(W.Variable(0), rowBase, 16 * i + 8 * (r >> 1), columnBase, 8 * j + (r & 1))];
    }

    private void ContractStage(Value stage, Element[] sums)
    {
        _a.Select(stage);
        _b.Select(stage);
        string opcode = MmaTable.Find(ElementType.Bit, ElementType.Bit, ElementType.S32, isSparse: false).Opcode;
        for (int step = 0; step < _a.Steps; step++)
        {
            W.Comment($"words {step * BitFactor.Words} of the stage: {TilesDown}x{TilesAcross} tiles, {_a.Planes}x{_b.Planes} planes");
            Register[][][] b = [.. Enumerable.Range(0, TilesAcross / 2).SelectMany(j => _b.Load(step, 2 * j))];
            Register[] ones = _counts.Length > 0 ? Ones(step) : [];
            for (int i = 0; i < TilesDown; i++)
            {
                Register[][] a = _a.Load(step, i)[0];
                for (int j = 0; j < TilesAcross; j++) Multiply(opcode, a, b[j], [.. sums.Skip(4 * (i * TilesAcross + j)).Take(4).Select(sum => sum.Register)]);
                if (_counts.Length > 0 && !CountsAcross)
                    Count(opcode, a.Length, plane => (WarpBuilder.Vector(a[plane]), WarpBuilder.Vector(ones)), _totals[i], 2);
            }
            for (int j = 0; j < TilesAcross && _counts.Length > 0 && CountsAcross; j++)
            {
                Register[][] columns = b[j];
                Count(opcode, columns.Length, plane => (WarpBuilder.Vector([ones[0], ones[0], ones[1], ones[1]]), WarpBuilder.Vector(columns[plane])), _totals[j], 1);
            }
        }
        if (_counts.Length > 0) W.Emit("add.u32", _depth, _depth, _a.Steps * BitFactor.Words);
    }

    /// <summary>
    /// All pairs of planes of one tile, those that count most first: their counts are doubled and go on in the next instruction as what it adds to, so that a tile has four registers of counts, however many planes there are.
    /// </summary>
    private void Multiply(string opcode, Register[][] a, Register[][] b, Register[] sums)
    {
        bool inPlace = _levels.Length == 1 && _levels[0].Times == 1;
        Register[] counts = inPlace ? sums : W.B32(4), before = inPlace ? sums : [_zero, _zero, _zero, _zero];
        for (int level = 0; level < _levels.Length; level++)
        {
            for (int r = 0; r < 4 && level > 0; r++) W.Emit("shl.b32", counts[r], counts[r], Doublings(_levels[level - 1].Times, _levels[level].Times));
            foreach ((int i, int j) in _levels[level].Pairs)
            {
                W.Emit(opcode, WarpBuilder.Vector(counts), WarpBuilder.Vector(a[i]), WarpBuilder.Vector(b[j]), WarpBuilder.Vector(before));
                before = counts;
            }
        }
        if (!inPlace) AddTimes(sums, counts, _levels[_levels.Length - 1].Times);
    }

    private static int Doublings(int greater, int less)
    {
        int doublings = 0;
        while (less << doublings < greater) doublings++;
        return doublings;
    }

    private void AddTimes(Register[] sums, Register[] counts, int times)
    {
        for (int r = 0; r < sums.Length; r++)
        {
            if (times == 1) W.Emit("add.u32", sums[r], sums[r], counts[r]);
            else W.Emit("mad.lo.s32", sums[r], counts[r], times, sums[r]);
        }
    }

    /// <summary>Counts the bits of planes against ones: every line of the counts, or every column of them, is the same, and one is kept.</summary>
    private void Count(string opcode, int planes, Func<int, (string A, string B)> factors, Register[] totals, int stride)
    {
        Register[] counts = W.B32(4), before = [_zero, _zero, _zero, _zero];
        for (int plane = planes - 1; plane >= 0; plane--)
        {
            (string a, string b) = factors(plane);
            for (int r = 0; r < 4 && plane < planes - 1; r++) W.Emit("shl.b32", counts[r], counts[r], Doublings(_counts[plane + 1].Times, _counts[plane].Times));
            W.Emit(opcode, WarpBuilder.Vector(counts), a, b, WarpBuilder.Vector(before));
            before = counts;
        }
        AddTimes(totals, [counts[0], counts[stride]], _counts[0].Times);
    }

    /// <summary>The words t and t + 4 of a line that has a bit for each element of the depth: a shift by 32 or more leaves nothing.</summary>
    private Register[] Ones(int step)
    {
        // The program's coordinates, from which a bit is set where they are negative.
        context.Bind(Loop.Variable, _depth);
        Value begin = context.Lower(Loop.Body.OfType<Statement.Iota>().Single().Start);
        return [.. new[] { 0, 4 }.Select(half =>
        {
            Value word = W.Add(W.And(context.Lane, 3), step * BitFactor.Words + half), left = W.Subtract(0, W.Add(begin, W.Multiply(word, Statement.SplitPlanes.WordBits)));
            Register some = W.B32(), behind = W.B32(), ones = W.B32();
            W.Emit("max.s32", some, left, 0);
            W.Emit("shl.b32", behind, W.Move(0xFFFFFFFF), some);
            W.Emit("not.b32", ones, behind);
            return ones;
        })];
    }

    /// <summary>Adds the products of what rows of the weights are off by and the sums of columns of X. Rows that the weights have not repeat the last.</summary>
    private void AddOffsets(Statement.Load load, Element[] sums)
    {
        W.Comment("what weights of code 0 are times the sums of columns");
        BufferDecl buffer = context.Buffer(load.Buffer);
        Value first = context.Lower(load.At[0]), last = W.Subtract(context.Lower(buffer.Shape[0]), 1);
        var offsets = new Dictionary<int, Register>();
        foreach ((Element sum, int at) in sums.Select((sum, at) => (sum, at)))
        {
            (Value line, int offset) = CountsAcross ? (sum.RowBase, sum.RowOffset) : (sum.ColumnBase, sum.ColumnOffset);
            if (!offsets.TryGetValue(offset, out Register value))
            {
                offsets.Add(offset, value = W.B32());
                W.Emit("ld.global.nc.u32", value, WarpBuilder.At(W.Address(context.Base(buffer.Name), W.Min(W.Add(W.Add(first, line), offset), last), 4)));
            }
            int r = at % 4, tile = at / 4;
            Register total = CountsAcross ? _totals[tile % TilesAcross][r & 1] : _totals[tile / TilesAcross][r >> 1];
            W.Emit("mad.lo.s32", sum.Register, value, total, sum.Register);
        }
    }
}
