using System.Numerics;

namespace Intarsia;

/// <summary>
/// Deals the elements of a bundle to groups, so that none has two of one lane or of one bank: an edge colouring of the bipartite graph of lanes and banks by alternating paths (Kőnig). An element takes the first group that has both free, so that groups ascend
/// with the columns where they can. What comes out depends on the elements alone.
/// </summary>
internal sealed class GroupColouring
{
    private readonly int _perRow;
    private readonly int _groups;
    private readonly Side _lanes;
    private readonly Side _banks;
    private readonly List<(int Lane, int Bank, int Column)> _elements = [];

    public GroupColouring(int banks, int perRow, int groups)
    {
        (_perRow, _groups) = (perRow, groups);
        (_lanes, _banks) = (new Side(banks, groups), new Side(banks, groups));
    }

    /// <summary>The column of each lane of each group; −1 where it has none. Entry i of a row lies in one of its lanes, number i mod k.</summary>
    /// <param name="lines">The columns of each row, ascending.</param>
    public int[] Arrange(int[][] lines)
    {
        int banks = _lanes.Count, longest = lines.Length == 0 ? 0 : lines.Max(line => line.Length);
        // All rows side by side, so that early groups have low columns of all of them.
        for (int first = 0; first < longest; first += _perRow)
            for (int row = 0; row < lines.Length; row++)
                for (int i = first; i < Math.Min(first + _perRow, lines[row].Length); i++)
                    Add(row * _perRow + i - first, lines[row][i]);

        var columns = new int[_groups * banks];
        for (int group = 0; group < _groups; group++)
            for (int lane = 0; lane < banks; lane++)
                columns[group * banks + lane] = _lanes.At(lane, group) is >= 0 and int element ? _elements[element].Column : GatherScatterTopology.Padding;
        return columns;
    }

    private void Add(int lane, int column)
    {
        int bank = column % _banks.Count, element = _elements.Count, group = Side.FirstFree(_lanes, lane, _banks, bank);
        if (group < 0)
        {
            // One group has the lane free, another the bank: exchange the two along the path that begins with the bank's element in the first.
            group = Side.FirstFree(_lanes, lane, _lanes, lane);
            Exchange(bank, group, Side.FirstFree(_banks, bank, _banks, bank));
        }

        _elements.Add((lane, bank, column));
        Set(element, group);
    }

    private void Exchange(int bank, int group, int other)
    {
        List<(int Element, int Group)> path = [];
        (Side side, int node, int of) = (_banks, bank, group);
        while (side.At(node, of) is >= 0 and int element)
        {
            path.Add((element, of));
            (side, node) = side == _banks ? (_lanes, _elements[element].Lane) : (_banks, _elements[element].Bank);
            of = of == group ? other : group;
        }

        foreach ((int element, int from) in path)
        {
            _lanes.Free(_elements[element].Lane, from);
            _banks.Free(_elements[element].Bank, from);
        }

        foreach ((int element, int from) in path)
            Set(element, from == group ? other : group);
    }

    private void Set(int element, int group)
    {
        _lanes.Set(_elements[element].Lane, group, element);
        _banks.Set(_elements[element].Bank, group, element);
    }

    /// <summary>The lanes, or the banks: which element each has in each group, and a bit for each group that is free.</summary>
    private sealed class Side
    {
        private readonly int _groups;
        private readonly int _words;
        private readonly int[] _elements;
        private readonly ulong[] _free;

        public Side(int count, int groups)
        {
            (Count, _groups, _words) = (count, groups, (groups + 63) / 64);
            _elements = new int[Extents.RequireArrayLength((Int128)count * groups, "places of a bundle")];
            _free = new ulong[count * _words];
            Array.Fill(_elements, -1);
            for (int node = 0; node < count; node++)
                for (int group = 0; group < groups; group++)
                    _free[node * _words + group / 64] |= 1ul << group;
        }

        public int Count { get; }

        /// <summary>The first group that both nodes have free; −1 where there is none.</summary>
        public static int FirstFree(Side a, int nodeA, Side b, int nodeB)
        {
            for (int word = 0; word < a._words; word++)
            {
                ulong common = a._free[nodeA * a._words + word] & b._free[nodeB * b._words + word];
                if (common != 0) return 64 * word + BitOperations.TrailingZeroCount(common);
            }

            return -1;
        }

        public int At(int node, int group) => _elements[node * _groups + group];

        public void Set(int node, int group, int element)
        {
            _elements[node * _groups + group] = element;
            _free[node * _words + group / 64] &= ~(1ul << group);
        }

        public void Free(int node, int group)
        {
            _elements[node * _groups + group] = -1;
            _free[node * _words + group / 64] |= 1ul << group;
        }
    }
}
