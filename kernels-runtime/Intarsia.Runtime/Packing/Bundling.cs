namespace Intarsia;

/// <summary>Which rows of a matrix make a bundle of GS(B, k), and how many groups it takes.</summary>
internal static class Bundling
{
    /// <summary>The rows by descending number of elements, those with equally many by their own number: what bundles are cut from with scatter.</summary>
    public static int[] Order(int[][] lines) => Order([.. lines.Select(line => line.Length)]);

    /// <inheritdoc cref="Order(int[][])"/>
    public static int[] Order(int[] lengths)
    {
        int[] order = [.. Enumerable.Range(0, lengths.Length)];
        Array.Sort(order, (a, b) => lengths[a] != lengths[b] ? lengths[b].CompareTo(lengths[a]) : a.CompareTo(b));
        return order;
    }

    /// <summary>The rows of a bundle.</summary>
    public static int[] Rows(int bundle, int bundleRows, int rows, int[]? order)
    {
        int first = bundle * bundleRows, count = Math.Min(bundleRows, rows - first);
        return [.. Enumerable.Range(first, count).Select(place => order?[place] ?? place)];
    }

    /// <summary>
    /// The groups that a bundle takes: as many as its fullest row or bank needs. So many suffice: with k nodes for each row and one for each bank, elements are the edges of a bipartite graph whose degrees do not exceed that number, and it has an edge colouring in as many colours (Kőnig, 1916).
    /// </summary>
    public static int Groups(WeightLayout layout, int[][] lines)
    {
        int most = 0;
        foreach (int[] line in lines)
            most = Math.Max(most, Extents.CeilingDivide(line.Length, layout.PerRow));
        return Math.Max(most, Loads(layout.Banks, lines).Max());
    }

    /// <summary>The elements of a bundle in each bank.</summary>
    public static int[] Loads(int banks, int[][] lines)
    {
        var loads = new int[banks];
        foreach (int[] line in lines)
            foreach (int column in line)
                loads[column % banks]++;
        return loads;
    }

    /// <summary>What keeps a bundle from the layout; null where nothing does. Without a number of groups rows must be equally long and banks equally full, else neither may need more groups than that.</summary>
    public static IntarsiaFormatException? FindFault(WeightLayout layout, int bundle, int[] rows, int[][] lines)
    {
        (int banks, int perRow) = (layout.Banks, layout.PerRow);
        bool balanced = layout.Groups == 0;
        int groups = balanced ? lines[0].Length / perRow : layout.Groups;
        for (int i = 0; i < rows.Length; i++)
        {
            int length = lines[i].Length;
            if (balanced && length % perRow != 0)
                return new($"row {rows[i]}", $"{length} entries", $"a multiple of {perRow}, the entries that each group of the layout '{layout}' has of a row");
            if (balanced && length != lines[0].Length)
                return new($"row {rows[i]}", $"{length} entries", $"{lines[0].Length}, as row {rows[0]} of the same bundle has, because no number of groups is given");
            if (!balanced && length > (long)groups * perRow)
                return new($"row {rows[i]}", $"{length} entries", $"at most {(long)groups * perRow}, {perRow} in each of {groups} groups of the layout '{layout}'");
        }

        int[] loads = Loads(banks, lines);
        int fullest = Array.IndexOf(loads, loads.Max());
        if (loads[fullest] <= groups)
            return null;
        string which = rows.Length == 1 ? $"row {rows[0]}" : $"rows {string.Join(", ", rows.Take(3))}{(rows.Length > 3 ? " …" : "")}";
        return new($"bundle {bundle} ({which})", $"{loads[fullest]} entries in bank {fullest}, the columns {fullest} modulo {banks}",
            balanced ? $"{groups}, as many as in the other banks, because no number of groups is given" : $"at most {groups}, one in each group of the layout '{layout}'");
    }
}
