using Intarsia.PtxEmulator.Operations;

namespace Intarsia.PtxEmulator.Decoding;

/// <summary>
/// Finds where the lanes that part at a branch come together again: at the branch's immediate post-dominator in the control-flow graph. The graph's exit is the last instruction that ends threads;
/// other ends are no successors of anything, since lanes that end there need not be waited for. Where no such point exists the lanes stay apart.
/// Post-dominators by Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001), on instructions instead of blocks.
/// </summary>
internal static class ControlFlow
{
    public static void SetReconvergence(Instruction[] code)
    {
        Branch[] branches = [.. code.Select(instruction => instruction.Operation).OfType<Branch>()];
        if (branches.Length == 0) return;
        int[] blockOf = Blocks(code, out List<int> starts);
        int[] immediate = PostDominators(code, blockOf, starts);
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i].Operation is not Branch branch) continue;
            int dominator = immediate[blockOf[i]];
            branch.Reconvergence = dominator < 0 ? Branch.Never : starts[dominator];
        }
    }

    /// <summary>Basic blocks: where each begins, and the block of each instruction.</summary>
    private static int[] Blocks(Instruction[] code, out List<int> starts)
    {
        var leaders = new bool[code.Length + 1];
        leaders[0] = true;
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i].Operation is Branch branch) leaders[branch.Target] = true;
            if (code[i].Operation is Branch or Exit) leaders[i + 1] = true;
        }
        starts = [];
        var blockOf = new int[code.Length];
        for (int i = 0; i < code.Length; i++)
        {
            if (leaders[i]) starts.Add(i);
            blockOf[i] = starts.Count - 1;
        }
        return blockOf;
    }

    private static int[] PostDominators(Instruction[] code, int[] blockOf, List<int> starts)
    {
        int count = starts.Count;
        var successors = new List<int>[count];
        var predecessors = new List<int>[count];
        for (int b = 0; b < count; b++) predecessors[b] = [];
        int exit = -1;
        for (int b = 0; b < count; b++)
        {
            int last = b + 1 < count ? starts[b + 1] - 1 : code.Length - 1;
            successors[b] = [.. Successors(code, last).Select(target => blockOf[target])];
            foreach (int target in successors[b]) predecessors[target].Add(b);
        }

        // Number blocks in post-order of the reversed graph, from the last exit that the entry reaches.
        bool[] reachable = Reachable(successors, 0);
        for (int b = 0; b < count; b++)
        {
            if (reachable[b] && successors[b].Count == 0) exit = b;
        }
        var dominator = new int[count];
        Array.Fill(dominator, -1);
        if (exit < 0) return dominator;
        int[] order = PostOrder(predecessors, exit);
        var number = new int[count];
        Array.Fill(number, -1);
        for (int i = 0; i < order.Length; i++) number[order[i]] = i;

        dominator[exit] = exit;
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = order.Length - 2; i >= 0; i--)
            {
                int block = order[i];
                int found = -1;
                foreach (int successor in successors[block])
                {
                    if (number[successor] < 0 || dominator[successor] < 0) continue;
                    found = found < 0 ? successor : Intersect(dominator, number, found, successor);
                }
                if (found == dominator[block]) continue;
                dominator[block] = found;
                changed = true;
            }
        }
        dominator[exit] = -1;
        return dominator;
    }

    private static IEnumerable<int> Successors(Instruction[] code, int last)
    {
        bool guarded = code[last].GuardRow >= 0;
        if (code[last].Operation is Branch branch)
        {
            yield return branch.Target;
            if (guarded) yield return last + 1;
        }
        else if (code[last].Operation is not Exit || guarded)
        {
            if (last + 1 < code.Length) yield return last + 1;
        }
    }

    private static bool[] Reachable(List<int>[] successors, int from)
    {
        var reached = new bool[successors.Length];
        var pending = new Stack<int>([from]);
        while (pending.TryPop(out int block))
        {
            if (reached[block]) continue;
            reached[block] = true;
            foreach (int successor in successors[block]) pending.Push(successor);
        }
        return reached;
    }

    private static int[] PostOrder(List<int>[] edges, int root)
    {
        var order = new List<int>();
        var seen = new bool[edges.Length];
        var pending = new Stack<(int Block, int Edge)>([(root, 0)]);
        seen[root] = true;
        while (pending.TryPop(out (int Block, int Edge) top))
        {
            if (top.Edge == edges[top.Block].Count)
            {
                order.Add(top.Block);
                continue;
            }
            pending.Push((top.Block, top.Edge + 1));
            int next = edges[top.Block][top.Edge];
            if (seen[next]) continue;
            seen[next] = true;
            pending.Push((next, 0));
        }
        return [.. order];
    }

    private static int Intersect(int[] dominator, int[] number, int a, int b)
    {
        while (a != b)
        {
            while (number[a] < number[b]) a = dominator[a];
            while (number[b] < number[a]) b = dominator[b];
        }
        return a;
    }
}
