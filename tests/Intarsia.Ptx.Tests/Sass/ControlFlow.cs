namespace Intarsia.Ptx.Tests.Sass;

/// <summary>
/// Loops of a graph of blocks, as a nesting forest (Ramalingam, "Identifying Loops in Almost Linear Time", 1999, section 2, Steensgaard's variant): a loop is a strongly connected component; what is left of
/// it without its header holds the loops inside. The header is the block that a walk from the entry meets first: where a loop has one entry, that one. The assembler also makes loops
/// with two entries, of a wait for a barrier at the head of a loop.
/// </summary>
internal sealed class ControlFlow
{
    private readonly IReadOnlyList<SassBlock> _blocks;
    private readonly List<int>[] _predecessors;

    /// <summary>Blocks that can be reached, in reverse postorder.</summary>
    private readonly List<int> _order;

    /// <param name="blocks">Blocks, each at its index.</param>
    /// <param name="entries">Where control can enter from outside: the kernel's first block and those of its subroutines.</param>
    public ControlFlow(IReadOnlyList<SassBlock> blocks, IReadOnlyList<int> entries)
    {
        _blocks = blocks;
        _predecessors = [.. blocks.Select(_ => new List<int>())];
        foreach (SassBlock block in blocks)
            foreach (int next in block.Successors) _predecessors[next].Add(block.Index);
        var postorder = new List<int>();
        var seen = new HashSet<int>();
        foreach (int entry in entries) Walk(entry, at => _blocks[at].Successors, _ => true, seen, postorder);
        postorder.Reverse();
        _order = postorder;
    }

    /// <summary>The loops that can be reached, in the order of their headers.</summary>
    public IReadOnlyList<SassLoop> Loops()
    {
        var loops = new List<SassLoop>();
        var pending = new Stack<List<int>>([_order]);
        while (pending.TryPop(out List<int>? region))
        {
            foreach (List<int> component in Components(region))
            {
                int header = component[0];
                if (component.Count == 1 && !_blocks[header].Successors.Contains(header)) continue;
                loops.Add(new(header, [.. component.Order().Select(index => _blocks[index])]));
                if (component.Count > 1) pending.Push([.. component.Skip(1)]);
            }
        }
        return [.. loops.OrderBy(loop => loop.Header)];
    }

    /// <summary>Strongly connected components of some blocks (Kosaraju), each in reverse postorder of the whole.</summary>
    private IEnumerable<List<int>> Components(List<int> region)
    {
        var inside = new HashSet<int>(region);
        var finished = new List<int>();
        var seen = new HashSet<int>();
        foreach (int block in region) Walk(block, at => _blocks[at].Successors, inside.Contains, seen, finished);
        var taken = new HashSet<int>();
        for (int i = finished.Count - 1; i >= 0; i--)
        {
            var found = new List<int>();
            Walk(finished[i], at => _predecessors[at], inside.Contains, taken, found);
            if (found.Count == 0) continue;
            var component = new HashSet<int>(found);
            yield return [.. region.Where(component.Contains)];
        }
    }

    /// <summary>Depth first without recursion: generated code can have more blocks than a stack has frames.</summary>
    private static void Walk(int start, Func<int, IReadOnlyList<int>> next, Func<int, bool> isInside, HashSet<int> seen, List<int> postorder)
    {
        if (!isInside(start) || !seen.Add(start)) return;
        var path = new Stack<(int Block, int Next)>([(start, 0)]);
        while (path.TryPop(out (int Block, int Next) at))
        {
            IReadOnlyList<int> successors = next(at.Block);
            if (at.Next == successors.Count)
            {
                postorder.Add(at.Block);
                continue;
            }
            path.Push((at.Block, at.Next + 1));
            int successor = successors[at.Next];
            if (isInside(successor) && seen.Add(successor)) path.Push((successor, 0));
        }
    }
}
