namespace Intarsia;

/// <summary>What must hold of the index data of GS(B, k), whoever wrote it: what a gather of a group needs to meet each bank once, and kernels to stay within bounds.</summary>
internal sealed class GroupCheck(WeightLayout layout, int rows, int depth)
{
    private readonly int _bundleRows = layout.Banks / layout.PerRow;

    /// <summary>Every row stands in the order of bundles once.</summary>
    public void Order(int[] order)
    {
        var seen = new bool[rows];
        for (int place = 0; place < order.Length; place++)
        {
            if ((uint)order[place] >= (uint)rows || seen[order[place]])
                throw new IntarsiaFormatException($"row at place {place} of the bundles", $"{order[place]}", $"0 to {rows - 1L}, each once");
            seen[order[place]] = true;
        }
    }

    /// <summary>The columns of each group of a bundle lie in banks of their own; lanes of rows that do not exist have none, and others may have none where the layout gives a number of groups, which is not exceeded.</summary>
    public void Bundle(int bundle, int begin, int end, int[] columns)
    {
        if (layout.Groups > 0 && end - begin > layout.Groups)
            throw new IntarsiaFormatException($"groups of bundle {bundle}", $"{end - begin}", $"at most {layout.Groups}");
        long present = Math.Min(_bundleRows, rows - (long)bundle * _bundleRows) * layout.PerRow;
        for (int group = begin; group < end; group++)
        {
            uint met = 0;
            for (int lane = 0; lane < layout.Banks; lane++)
            {
                int column = columns[group * layout.Banks + lane];
                string Where() => $"column of lane {lane} of group {group} (bundle {bundle})";
                if (column == GatherScatterTopology.Padding)
                {
                    if (lane < present && layout.Groups == 0)
                        throw new IntarsiaFormatException(Where(), "none", $"a column, because the layout '{layout}' has no padding");
                    continue;
                }

                if (lane >= present || (uint)column >= (uint)depth)
                    throw new IntarsiaFormatException(Where(), $"{column}", lane >= present ? "none, because its row does not exist" : $"0 to {depth - 1L}");
                uint bank = 1u << column % layout.Banks;
                if ((met & bank) != 0)
                    throw new IntarsiaFormatException(Where(), $"{column}, in bank {column % layout.Banks}", "a bank that no other column of the group lies in");
                met |= bank;
            }

            if (met == 0)
                throw new IntarsiaFormatException($"group {group} (bundle {bundle})", "no element", "an element at least");
        }
    }
}
