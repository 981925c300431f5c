using System.Numerics;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.TensorCores;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>A matrix operand of <c>wgmma.mma_async</c> in registers: rows and ordinals.</summary>
internal sealed record WgmmaRegisters(int[] Rows, int[] Ordinals);

/// <summary><c>wgmma.mma_async</c>.</summary>
internal sealed unsafe class MultiplyAsync(WgmmaInstruction form, WgmmaRegisters d, WgmmaRegisters? a, int aDescriptor, int bDescriptor, (int Row, bool Not) scale, (int Row, int? Ordinal)? metadata, WgmmaImmediates immediates) : Operation
{
    private readonly WgmmaShare _adding = new(d.Rows, [.. d.Ordinals, .. a?.Ordinals ?? []], metadata?.Ordinal, true);
    private readonly WgmmaShare _replacing = new(d.Rows, [.. d.Ordinals, .. a?.Ordinals ?? []], metadata?.Ordinal, false);

    public override bool IsAligned => true;

    public override bool UsesRegistersInFlight => true;

    public override Step Execute(Warp warp, uint mask)
    {
        if (!WholeWarp.Check(warp, mask)) return Step.Next;
        if (warp.Block.Group(warp) is not { } group)
        {
            warp.Report(FindingKind.InvalidOperand, 0, "the block has no whole warpgroup of four warps here");
            return Step.Next;
        }
        uint scales = warp.Registers[scale.Row] ^ (scale.Not ? uint.MaxValue : 0);
        if (scales is not (0 or uint.MaxValue)) warp.Report(FindingKind.InvalidOperand, scales, "scale-d differs between lanes");
        WgmmaShare share = scales != 0 ? _adding : _replacing;
        foreach (int register in share.Registers)
        {
            if (!warp.IsTouched(register)) continue;
            warp.Report(FindingKind.AsyncMisuse, 0, "a register of A or D was written by another instruction after the last wgmma.fence");
            break;
        }
        if (share.Scale) warp.CheckInitialised(d.Ordinals);
        warp.MarkInitialised(d.Ordinals);
        Span<uint> left = stackalloc uint[(a?.Rows.Length ?? 0) * 32];
        if (a is not null) WholeWarp.Gather(warp, a.Rows, left);
        ulong descriptorA = aDescriptor < 0 ? 0 : ((ulong*)(warp.Registers + aDescriptor))[0];
        ulong descriptorB = ((ulong*)(warp.Registers + bDescriptor))[0];
        ReadOnlySpan<uint> selected = metadata is { } places ? new ReadOnlySpan<uint>(warp.Registers + places.Row, 32) : default;
        if (group.Issue(warp, form, share, left, descriptorA, descriptorB, selected, immediates) is { } wrong) warp.Report(FindingKind.InvalidOperand, 0, wrong);
        return Step.Next;
    }
}

/// <summary><c>wgmma.fence</c>.</summary>
internal sealed class WgmmaFence : Operation
{
    public override bool IsAligned => true;

    public override Step Execute(Warp warp, uint mask)
    {
        warp.FenceRegisters();
        return Step.Next;
    }
}

/// <summary><c>wgmma.commit_group</c>.</summary>
internal sealed class WgmmaCommit : Operation
{
    public override bool IsAligned => true;

    public override Step Execute(Warp warp, uint mask)
    {
        warp.Block.Group(warp)?.Commit(warp);
        return Step.Next;
    }
}

/// <summary><c>wgmma.wait_group</c>.</summary>
internal sealed class WgmmaWait(int groups) : Operation
{
    public override bool IsAligned => true;

    public override Step Execute(Warp warp, uint mask) => warp.Block.Group(warp) is { } group && !group.Wait(warp, groups) ? Step.Retry : Step.Next;
}
