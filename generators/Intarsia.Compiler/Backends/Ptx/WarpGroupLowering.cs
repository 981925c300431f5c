using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers the block of a dense contraction, or of one with a 2:4 sparse factor, to warp groups that have roles: the last one copies (one thread of it, by bulk copies), the others contract, each 64 rows
/// by its share of the columns, with both factors in shared memory and one stage on its way while the next is waited for. The tail is that of every block.
/// </summary>
internal sealed class WarpGroupLowering
{
    /// <summary>Threads of a warp group.</summary>
    public const int GroupThreads = 128;

    /// <summary>Of 168 registers that each of three warp groups begins with, 128 go from the one that copies to the two that contract: 40 + 2·232 = 3·168.</summary>
    private const int RegistersToCopy = 40, RegistersToContract = 232;

    private readonly Statement.Block _block;
    private readonly Statement.For _loop;
    private readonly Statement.Contract _contract;
    private readonly BulkOperand _first;
    private readonly BulkOperand _second;
    private readonly BulkPlaces? _places;

    public WarpGroupLowering(TileProgram program, Statement.Block block)
    {
        _block = block;
        _loop = block.Body.OfType<Statement.For>().Single();
        _contract = Contraction(block)!;
        SparseFactor? factor = _contract.Via == ContractVia.WarpGroupSparseMma ? SparseFactor.Of(_loop, _contract.A) : null;
        Statement.Load a = factor?.Values ?? Load(_contract.A), b = Load(_contract.B);
        _first = new BulkOperand(program, a, !_contract.TransposedA, 0);
        _second = new BulkOperand(program, b, _contract.TransposedB, _first.Bytes);
        if (_first.Bytes % BulkOperand.Alignment != 0 || _second.Bytes % BulkOperand.Alignment != 0)
            throw new InvalidOperationException($"Tiles of {_first.Bytes} and {_second.Bytes} bytes; expected multiples of {BulkOperand.Alignment}.");
        _places = factor is null ? null : new BulkPlaces(program, factor, _first.Bytes + _second.Bytes);
        Maps = new[] { _first.Map, _second.Map }.ToDictionary(map => map.Buffer, StringComparer.Ordinal);
    }

    /// <summary>Buffers that the block reads by tensor maps alone.</summary>
    public IReadOnlyDictionary<string, TensorMapPlan> Maps { get; }

    /// <summary>Bytes that the copies of a stage bring.</summary>
    private int CopiedBytes => _first.Bytes + _second.Bytes + (_places?.Bytes ?? 0);

    /// <summary>Bytes from stage to stage.</summary>
    private int StageBytes => (CopiedBytes + BulkOperand.Alignment - 1) / BulkOperand.Alignment * BulkOperand.Alignment;

    /// <summary>What follows the contraction, and what is done to its sums on the way.</summary>
    private Statement[] TailStatements => _block.Body.SkipWhile(statement => statement != _loop).Skip(1).SkipWhile(statement => statement is Statement.If).ToArray();

    /// <summary>Where Y is token-major, the sums of a sparse product are turned before the chain.</summary>
    private Statement.Transpose? Turn => TailStatements[0] as Statement.Transpose;

    private long Step => ((Tiles.Index.Const)_loop.Step).Value;

    /// <summary>Whether the block is one of warp groups.</summary>
    public static bool Serves(Statement.Block block) => Contraction(block) is { Via: ContractVia.WarpGroupMma or ContractVia.WarpGroupSparseMma };

    public void Write(BlockContext context)
    {
        WarpBuilder w = context.W;
        context.BindLets(_block.Body);
        var contraction = new WarpGroupContraction(context, _contract, _first, _second, _places);
        var ring = new StageRing(context, _loop.Stages, StageBytes, CopiedBytes);
        bool moves = context.Threads == 2 * GroupThreads;
        Value begin = context.Lower(_loop.Begin), end = context.Lower(_loop.End);
        // Where there is no depth, the maps are empty.
        w.Guarded(w.Both(w.Compare("eq", context.Thread, 0), w.Compare("lt", begin, end)), () =>
        {
            foreach (TensorMapPlan map in Maps.Values) w.Emit("prefetch.tensormap", WarpBuilder.At(context.Base(map.Buffer)));
        });
        ring.Prepare((Turn is { } turned ? Tail.Staging(context.Tile(turned.Tile), isTurned: true) : Tail.Staging(context.Tile(_contract.Accumulator))).Bytes);

        string contract = w.NewLabel("contract");
        w.Guarded(w.Compare("lt", context.Thread, context.Threads), () => w.Emit("bra", contract));
        w.Comment("the warp group that copies: one thread of it");
        if (moves) w.Emit("setmaxnreg.dec.sync.aligned.u32", RegistersToCopy);
        w.If(w.Compare("eq", context.Thread, context.Threads), () => WriteCopies(context, ring, begin, end));
        w.Emit("ret");

        w.Label(contract);
        w.Comment("the warp groups that contract");
        if (moves) w.Emit("setmaxnreg.inc.sync.aligned.u32", RegistersToContract);
        WriteContraction(context, contraction, ring, begin, end);
    }

    private void WriteCopies(BlockContext context, StageRing ring, Value begin, Value end)
    {
        WarpBuilder w = context.W;
        ring.Begin(fills: true);
        Register k = w.Variable(begin);
        context.Bind(_loop.Variable, k);
        w.For("copy", k, end, Step, () =>
        {
            ring.WaitEmpty();
            ring.Expect();
            Register stage = ring.Stage;
            _first.Copy(context, stage, ring.Full);
            _second.Copy(context, stage, ring.Full);
            _places?.Copy(context, stage, ring.Full);
            ring.Advance();
        });
    }

    private void WriteContraction(BlockContext context, WarpGroupContraction contraction, StageRing ring, Value begin, Value end)
    {
        WarpBuilder w = context.W;
        Statement.If? group = _loop.Body.OfType<Statement.If>().SingleOrDefault();
        string[] accumulators = _block.Body.OfType<Statement.Fill>().Select(fill => fill.Tile).ToArray();
        contraction.Prepare();
        var tiles = accumulators.ToDictionary(tile => tile, tile => contraction.NewTile(context.Tile(tile).Element), StringComparer.Ordinal);
        var flush = new GroupFlush(context, tiles);
        if (_block.Body.OfType<Statement.If>().FirstOrDefault() is { } last) flush.Prepare(last);
        Register leads = w.Compare("eq", context.Lane, 0);
        // Whether a stage is contracted while the next is begun. Scales of a group need the sums of their stage; places of a sparse factor are in registers that the tensor cores read until they are done.
        bool isBehind = group is null && _places is null;
        ring.Begin(fills: false);
        // Whether the sums of a group hold any of it.
        Register holds = w.Variable(1), k = w.Variable(begin);
        context.Bind(_loop.Variable, k);
        w.For("depth", k, end, Step, () =>
        {
            ring.WaitFull();
            if (group is null)
            {
                contraction.ContractStage(ring.Slot, tiles[_contract.Accumulator], null);
                w.Comment(isBehind ? "the stage before this one is read" : "the next stage loads its places to the registers that this one reads");
                w.Emit("wgmma.wait_group.sync.aligned", isBehind ? 1 : 0);
                w.Guarded(isBehind ? w.Both(leads, w.Compare("ne", k, begin)) : leads, () => ring.Release(previous: isBehind));
            }
            else
            {
                contraction.ContractStage(ring.Slot, tiles[_contract.Accumulator], w.Compare("ne", holds, 0));
                w.Emit("mov.u32", holds, 1);
                w.Comment("where a group ends, its scales arrive while the stage is contracted");
                IReadOnlyDictionary<int, Register> scales = new Dictionary<int, Register>();
                (bool Always, Register? When) ends = flush.Condition(group);
                flush.Where(ends, () => scales = flush.Load(group));
                w.Emit("wgmma.wait_group.sync.aligned", 0);
                w.Guarded(leads, () => ring.Release(previous: false));
                flush.Where(ends, () =>
                {
                    flush.Apply(group, scales, uncleared: _contract.Accumulator);
                    w.Emit("mov.u32", holds, 0);
                });
            }
            ring.Advance();
        });
        if (isBehind) w.Emit("wgmma.wait_group.sync.aligned", 0);
        w.Comment("what follows writes to the stages that all have read");
        w.Emit("fence.proxy.async.shared::cta");
        context.Barrier();

        if (group is not null) contraction.Clear(tiles[_contract.Accumulator], w.Compare("eq", holds, 0));
        foreach (Statement.If statement in _block.Body.OfType<Statement.If>()) flush.Write(statement);
        if (Turn is { } turn) new Tail(context, TailStatements.Skip(1).ToArray()).Write(turn.Tile, Element.Turned(tiles[accumulators[0]]));
        else new Tail(context, TailStatements).Write(accumulators[0], tiles[accumulators[0]]);
    }

    private Statement.Load Load(string tile) => _loop.Body.OfType<Statement.Load>().Single(load => load.Tile == tile);

    private static Statement.Contract? Contraction(Statement.Block block) =>
        block.Body.OfType<Statement.For>().SelectMany(loop => loop.Body).OfType<Statement.Contract>().FirstOrDefault();
}
