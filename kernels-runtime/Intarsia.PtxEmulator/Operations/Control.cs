using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>bra</c>. The lanes of the mask go to the target, the path's other lanes to the next instruction.</summary>
internal sealed class Branch(int target) : Operation
{
    /// <summary>Lanes that part here do not come together again.</summary>
    public const int Never = int.MaxValue;

    public int Target { get; } = target;

    public int Reconvergence { get; set; } = Never;

    public override Step Execute(Warp warp, uint mask)
    {
        warp.Branch(mask, Target, Reconvergence);
        return Step.Jump;
    }
}

/// <summary><c>ret</c> and <c>exit</c> of an entry.</summary>
internal sealed class Exit : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        warp.Exit(mask);
        return Step.Jump;
    }
}

/// <summary><c>trap</c>: the kernel itself says that something is wrong.</summary>
internal sealed class Trap : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        warp.Report(FindingKind.Trap, mask, "the kernel executed 'trap'");
        warp.Exit(mask);
        return Step.Jump;
    }
}

/// <summary>An instruction without an effect on results: prefetches, register hints, fences that order what is in order here.</summary>
internal sealed class NoOperation(bool yields = false) : Operation
{
    public override Step Execute(Warp warp, uint mask) => yields ? Step.Yield : Step.Next;
}
