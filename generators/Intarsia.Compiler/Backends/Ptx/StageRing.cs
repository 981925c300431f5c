namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Stages in shared memory that one thread fills and warp groups empty, with two barriers each (PTX ISA section 9.7.13.15, mbarrier): <c>full</c> completes when all bytes of a stage have
/// arrived, <c>empty</c> when every warp has read it. Both sides walk the ring on their own; the parity of a barrier's phase tells one round from the next.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="stages">Stages.</param>
/// <param name="stageBytes">Bytes from one to the next.</param>
/// <param name="copiedBytes">Bytes that the copies of one bring.</param>
internal sealed class StageRing(BlockContext context, int stages, int stageBytes, int copiedBytes)
{
    private Register _base;
    private Register _slot;
    private Register _barrier;
    private Register _parity;
    private Register _previous;

    private WarpBuilder W => context.W;

    private int EmptyOffset => 8 * stages;

    /// <summary>Byte offset of the stage in turn.</summary>
    public Register Slot => _slot;

    /// <summary>Address of the stage in turn.</summary>
    public Register Stage => W.InRegister(W.Add(context.Shared, _slot));

    /// <summary>Address of the <c>full</c> barrier of the stage in turn.</summary>
    public Register Full => _barrier;

    /// <summary>One thread makes the barriers; the others wait for it.</summary>
    /// <param name="tailBytes">What the tail takes of the same memory: the barriers stand behind it.</param>
    public void Prepare(int tailBytes)
    {
        int barriers = Math.Max(stages * stageBytes, tailBytes);
        context.UseShared(barriers + 2 * EmptyOffset);
        _base = W.InRegister(W.Add(context.Shared, barriers));
        W.Comment($"{stages} stages of {stageBytes} bytes; barriers: full, then empty");
        W.If(W.Compare("eq", context.Thread, 0), () =>
        {
            for (int stage = 0; stage < stages; stage++)
            {
                W.Emit("mbarrier.init.shared::cta.b64", WarpBuilder.At(_base, 8 * stage), 1);
                W.Emit("mbarrier.init.shared::cta.b64", WarpBuilder.At(_base, EmptyOffset + 8 * stage), context.Warps.Count);
            }
            // Copies complete on the barriers by another proxy.
            W.Emit("fence.mbarrier_init.release.cluster");
            W.Emit("fence.proxy.async.shared::cta");
        });
        W.Barrier();
    }

    /// <summary>Begins a walk at the first stage.</summary>
    /// <param name="fills">The side that fills: the first round finds every stage empty.</param>
    public void Begin(bool fills)
    {
        _slot = W.Variable(0);
        _barrier = W.Variable(_base);
        _previous = W.Variable(_base);
        _parity = W.Variable(fills ? 1 : 0);
    }

    public void WaitFull() => Wait(0, "full");

    public void WaitEmpty() => Wait(EmptyOffset, "empty");

    /// <summary>Announces the bytes that copies will bring.</summary>
    public void Expect() => W.Emit("mbarrier.arrive.expect_tx.shared::cta.b64", "_", WarpBuilder.At(_barrier), copiedBytes);

    /// <summary>Gives back the stage in turn, or the one before.</summary>
    public void Release(bool previous) => W.Emit("mbarrier.arrive.shared::cta.b64", "_", WarpBuilder.At(previous ? _previous : _barrier, EmptyOffset));

    public void Advance()
    {
        W.Emit("mov.u32", _previous, _barrier);
        W.Emit("add.u32", _slot, _slot, stageBytes);
        W.Emit("add.u32", _barrier, _barrier, 8);
        Register wraps = W.Compare("eq", _slot, stages * stageBytes);
        Register other = W.InRegister(W.Xor(_parity, 1));
        W.Emit("selp.b32", _slot, 0, _slot, wraps);
        W.Emit("selp.b32", _barrier, _base, _barrier, wraps);
        W.Emit("selp.b32", _parity, other, _parity, wraps);
    }

    private void Wait(int offset, string name)
    {
        string again = W.NewLabel(name);
        Register done = W.New(RegisterKind.Predicate);
        W.Label(again);
        W.Emit("mbarrier.try_wait.parity.shared::cta.b64", done, WarpBuilder.At(_barrier, offset), _parity);
        W.Guarded(done, () => W.Emit("bra", again), negated: true);
    }
}
