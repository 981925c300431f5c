namespace Intarsia.Ptx.Tests.Sass;

/// <summary>
/// Dominators and natural loops of a graph of blocks. Dominators after Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001), section 3; a natural loop
/// is the target of an edge whose source it dominates, and all from which that source is reached without passing the target.
/// </summary>
internal sealed class ControlFlow
{
    private const int Unreachable = -1;

    private readonly IReadOnlyList<SassBlock> _blocks;
    private readonly List<int>[] _predecessors;
    private readonly int[] _order;       // position of a block in reverse postorder; the root, which stands for "called from outside", is before all
    private readonly int[] _dominator;   // immediate dominator
    private readonly int _root;

    /// <param name="blocks">Blocks, each at its index.</param>
    /// <param name="entries">Where control can enter from outside: the kernel's first block and those of its subroutines.</param>
    public ControlFlow(IReadOnlyList<SassBlock> blocks, IReadOnlyList<int> entries)
    {
        _blocks = blocks;
        _root = blocks.Count;
        _predecessors = [.. Enumerable.Range(0, blocks.Count).Select(_ => new List<int>())];
        _order = new int[blocks.Count + 1];
        _dominator = new int[blocks.Count + 1];
        Array.Fill(_order, Unreachable);
        Array.Fill(_dominator, Unreachable);

        List<int> reversePostorder = Walk(entries);
        for (int i = 0; i < reversePostorder.Count; i++) _order[reversePostorder[i]] = i;
        foreach (int entry in entries) _predecessors[entry].Add(_root);
        foreach (int block in reversePostorder.Where(block => block != _root))
        {
            foreach (int next in blocks[block].Successors) _predecessors[next].Add(block);
        }
        FindDominators(reversePostorder);
    }

    /// <summary>The loops that can be reached, one per header, in the order of their headers.</summary>
    public IReadOnlyList<SassLoop> Loops()
    {
        var loops = new List<SassLoop>();
        foreach (SassBlock header in _blocks.Where(block => _order[block.Index] != Unreachable))
        {
            int[] sources = [.. _predecessors[header.Index].Where(source => source != _root && Dominates(header.Index, source))];
            if (sources.Length > 0) loops.Add(new(header.Index, [.. Body(header.Index, sources).Order().Select(index => _blocks[index])]));
        }
        return loops;
    }

    private bool Dominates(int dominator, int block)
    {
        while (block != dominator && block != _root) block = _dominator[block];
        return block == dominator;
    }

    private HashSet<int> Body(int header, IEnumerable<int> sources)
    {
        var body = new HashSet<int> { header };
        var pending = new Stack<int>(sources);
        while (pending.TryPop(out int block))
        {
            if (!body.Add(block)) continue;
            foreach (int previous in _predecessors[block]) pending.Push(previous);
        }
        return body;
    }

    /// <summary>Depth first without recursion: generated code can have more blocks than a stack has frames.</summary>
    private List<int> Walk(IReadOnlyList<int> entries)
    {
        var postorder = new List<int>();
        var seen = new HashSet<int> { _root };
        var path = new Stack<(int Block, int Next)>([(_root, 0)]);
        while (path.TryPop(out (int Block, int Next) at))
        {
            IReadOnlyList<int> successors = at.Block == _root ? entries : _blocks[at.Block].Successors;
            if (at.Next == successors.Count)
            {
                postorder.Add(at.Block);
                continue;
            }
            path.Push((at.Block, at.Next + 1));
            if (seen.Add(successors[at.Next])) path.Push((successors[at.Next], 0));
        }
        postorder.Reverse();
        return postorder;
    }

    private void FindDominators(List<int> reversePostorder)
    {
        _dominator[_root] = _root;
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (int block in reversePostorder.Skip(1))
            {
                int dominator = _predecessors[block].Where(previous => _dominator[previous] != Unreachable).Aggregate(Intersect);
                changed |= _dominator[block] != dominator;
                _dominator[block] = dominator;
            }
        }
    }

    private int Intersect(int one, int other)
    {
        while (one != other)
        {
            while (_order[one] > _order[other]) one = _dominator[one];
            while (_order[other] > _order[one]) other = _dominator[other];
        }
        return one;
    }
}
