namespace Intarsia.PtxEmulator.Execution;

/// <summary>
/// Divergence. Where lanes part, their path becomes a node that waits at the point of reconvergence, with a child for each side. Leaves run one at a time, the youngest first; a leaf that waits lets the others run,
/// so that lanes of a warp may wait for each other. Where nothing else can run, lanes that wait for reconvergence go on alone.
/// </summary>
internal sealed partial class Warp
{
    private readonly List<WarpPath> _leaves = [];
    private readonly List<WarpPath> _nodes = [];
    private readonly Stack<WarpPath> _free = new();

    /// <summary>The path that is running.</summary>
    public WarpPath Path { get; private set; } = null!;

    public void Branch(uint taken, int target, int reconvergence)
    {
        WarpPath path = Path;
        uint rest = path.Mask & ~taken;
        int next = path.Pc + 1;
        if (rest == 0)
        {
            path.Pc = target;
            return;
        }
        if (reconvergence == path.Reconvergence)
        {
            // The sides end where this path would have ended, so they are its siblings and not its children; a loop whose lanes leave one by one stays flat.
            bool takenEnds = target == reconvergence;
            path.Mask = takenEnds ? rest : taken;
            path.Pc = takenEnds ? next : target;
            if (!takenEnds && next != reconvergence)
            {
                if (path.Parent is { } parent) parent.Children++;
                AddLeaf(next, rest, reconvergence, path.Parent);
            }
            return;
        }
        _leaves.Remove(path);
        _nodes.Add(path);
        path.Pc = reconvergence;
        path.Children = 0;
        if (target != reconvergence) AddChild(path, target, taken);
        if (next != reconvergence) AddChild(path, next, rest);
    }

    public void Exit(uint mask)
    {
        Stores.Exit(mask);
        Live &= ~mask;
        Block.Progress++;
        WarpPath path = Path;
        path.Mask &= ~mask;
        if (path.Mask == 0) EndPath(path);
        else path.Pc++;
        UnparkPaths();
    }

    /// <summary>Where the warp's lanes stand, for messages.</summary>
    public string WhereItWaits() => string.Join(" and ", _leaves.Select(leaf => $"lanes 0x{leaf.Mask:x8} at line {_program.Code[leaf.Pc].Line} '{_program.Code[leaf.Pc].Text}'{(leaf.Waiting is NamedBarrier barrier ? $" ({barrier.Arrived} of {barrier.Expected} threads have arrived)" : "")}"));

    private void StartPaths(uint lanes)
    {
        foreach (WarpPath leaf in _leaves) _free.Push(leaf);
        foreach (WarpPath node in _nodes) _free.Push(node);
        _leaves.Clear();
        _nodes.Clear();
        AddLeaf(0, lanes, Operations.Branch.Never, null);
    }

    private void AddChild(WarpPath parent, int pc, uint mask)
    {
        parent.Children++;
        AddLeaf(pc, mask, parent.Pc, parent);
    }

    private void AddLeaf(int pc, uint mask, int reconvergence, WarpPath? parent)
    {
        if (!_free.TryPop(out WarpPath? path)) path = new WarpPath();
        path.Pc = pc;
        path.Mask = mask;
        path.Reconvergence = reconvergence;
        path.Parent = parent;
        path.Children = 0;
        path.State = PathState.Ready;
        path.Waiting = null;
        path.MayRunApart = false;
        _leaves.Add(path);
    }

    /// <summary>The lanes of a path have come to where they wait for their siblings, or have all exited.</summary>
    private void EndPath(WarpPath path)
    {
        _leaves.Remove(path);
        _free.Push(path);
        WarpPath? parent = path.Parent;
        if (parent is null || --parent.Children > 0) return;
        _nodes.Remove(parent);
        parent.Mask &= Live;
        _leaves.Add(parent);
        parent.State = PathState.Ready;
        if (parent.Mask == 0) EndPath(parent);
        UnparkPaths();
    }

    private WarpPath? NextPath()
    {
        for (int i = _leaves.Count - 1; i >= 0; i--)
        {
            if (_leaves[i].State == PathState.Ready) return _leaves[i];
        }
        return null;
    }

    private void UnblockPaths()
    {
        foreach (WarpPath leaf in _leaves)
        {
            if (leaf.State == PathState.Blocked) leaf.State = PathState.Ready;
        }
    }

    private void UnparkPaths()
    {
        foreach (WarpPath leaf in _leaves)
        {
            if (leaf.State == PathState.Parked) leaf.State = PathState.Ready;
        }
    }

    /// <summary>An aligned instruction has not all its lanes: others run first, since they may exit or arrive.</summary>
    private WarpPath? Park(WarpPath path, uint mask)
    {
        path.State = PathState.Parked;
        if (mask == path.Mask)
        {
            if (NextPath() is { } other) return other;
            if (_leaves.Exists(leaf => leaf.State == PathState.Blocked)) return null;
            if (ReleaseWaiting(onlyToExit: true)) return NextPath();
        }
        Report(FindingKind.NotConverged, Live & ~mask,
            $"all live lanes of the warp (0x{Live:x8}) have to execute this instruction together, and only 0x{mask:x8} do");
        path.State = PathState.Ready;
        path.MayRunApart = true;
        return path;
    }

    /// <summary>Lets lanes that wait at a point of reconvergence go on without those that are stuck. Returns whether there were any.</summary>
    /// <param name="onlyToExit">Only those whose next instruction ends them; a barrier does not wait for lanes that have exited.</param>
    public bool ReleaseWaiting(bool onlyToExit = false)
    {
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            WarpPath node = _nodes[i];
            uint below = 0;
            foreach (WarpPath other in _leaves.Concat(_nodes))
            {
                for (WarpPath? up = other.Parent; up is not null; up = up.Parent)
                {
                    if (ReferenceEquals(up, node)) below |= other.Mask;
                }
            }
            uint arrived = node.Mask & Live & ~below;
            if (arrived == 0 || node.Pc == Operations.Branch.Never) continue;
            if (onlyToExit && _program.Code[node.Pc] is not { Operation: Operations.Exit, GuardRow: < 0 }) continue;
            node.Mask &= ~arrived;
            if (node.Parent is { } parent) parent.Children++;
            AddLeaf(node.Pc, arrived, node.Reconvergence, node.Parent);
            return true;
        }
        return false;
    }
}
