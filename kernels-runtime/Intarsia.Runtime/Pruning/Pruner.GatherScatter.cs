namespace Intarsia;

public static partial class Pruner
{
    /// <summary>
    /// Brings a matrix into GS(B, k) (<see cref="Pattern.GatherScatter"/>): each bundle of B/k neighbouring rows keeps <paramref name="groups"/> groups, so many elements of each bank and k times as many of each row. Of all such choices it keeps one with as many elements as can be, and of those one
    /// with the greatest sum of magnitudes. A matrix without zeros is then balanced (no number of groups is needed) as long as the groups do not exceed (B/k)·⌊depth / B⌋.
    /// </summary>
    /// <param name="dense">The elements.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of columns.</param>
    /// <param name="banks">B: 4, 8, 16 or 32.</param>
    /// <param name="perRow">k: a divisor of B.</param>
    /// <param name="groups">Groups that a bundle keeps, at least 0. (1 − s)·depth / k of them leave a sparsity of s.</param>
    /// <exception cref="ArgumentException">A parameter is out of range, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN.</exception>
    public static void GatherScatter(Span<float> dense, int rows, int depth, int banks, int perRow, int groups)
    {
        RequireGatherScatter(dense, rows, depth, banks, perRow);
        ArgumentOutOfRangeException.ThrowIfNegative(groups);
        Choose(dense, rows, depth, banks, perRow, null, _ => groups);
    }

    /// <summary>
    /// The same with bundles of rows that need not be neighbours (GS with scatter), which keep different numbers of groups: as many as the rows of the bundle would have elements, were the smallest of the whole matrix set to zero. Rows are bundled in the order of those numbers, so that all of a bundle
    /// need about as many; behind it, packing with <see cref="WeightLayout.Scatter"/> finds the same bundles.
    /// </summary>
    /// <param name="dense">The elements.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of columns.</param>
    /// <param name="banks">B: 4, 8, 16 or 32.</param>
    /// <param name="perRow">k: a divisor of B.</param>
    /// <param name="sparsity">Share of the elements to remove, 0 to 1, but for the rounding to whole groups of each bundle.</param>
    /// <returns>The most groups that a bundle takes: what <see cref="WeightLayout.Groups"/> must be at least, if it is given.</returns>
    /// <exception cref="ArgumentException">A parameter is out of range, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN.</exception>
    public static int GatherScatterRows(Span<float> dense, int rows, int depth, int banks, int perRow, double sparsity)
    {
        RequireGatherScatter(dense, rows, depth, banks, perRow);
        float[] thresholded = dense.ToArray();
        Unstructured(thresholded, rows, depth, sparsity);
        if (dense.IsEmpty)
            return 0;
        int[] order = Bundling.Order(Lengths(thresholded, rows, depth)), lengths = Lengths(thresholded, rows, depth);
        int bundleRows = banks / perRow, bundles = Extents.CeilingDivide(rows, bundleRows);
        int[] quotas = [.. Enumerable.Range(0, bundles).Select(bundle => (int)Math.Round(Bundling.Rows(bundle, bundleRows, rows, order).Average(row => lengths[row]) / perRow))];

        // Where packing sorts rows by their elements, bundles with equally many come by the number of the row: they are cut anew in that order.
        for (int first = 0, last; first < bundles; first = last)
        {
            last = Array.FindLastIndex(quotas, quota => quota == quotas[first]) + 1;
            Array.Sort(order, first * bundleRows, Math.Min(last * bundleRows, rows) - first * bundleRows);
        }

        Choose(dense, rows, depth, banks, perRow, order, bundle => quotas[bundle]);
        // Rows with zeros of their own have fewer elements than they might, and may change their bundle. Each round removes some, or is the last.
        for (int most = quotas.Max(); ;)
        {
            order = Bundling.Order(Lengths(dense, rows, depth));
            var layout = new WeightLayout(Pattern.GatherScatter, NumberFormat.Float32) { Banks = banks, PerRow = perRow, Scatter = true };
            int taken = Intarsia.GatherScatter.MostGroups(CsrMatrix.FromDense(dense, rows, depth), layout);
            if (taken <= most)
                return taken;
            Choose(dense, rows, depth, banks, perRow, order, _ => most);
        }
    }

    private static void Choose(Span<float> dense, int rows, int depth, int banks, int perRow, int[]? order, Func<int, int> quota)
    {
        double largest = 0;
        foreach (float element in dense)
            largest = Math.Max(largest, Math.Min(Math.Abs((double)element), float.MaxValue));
        if (largest == 0)
            return;
        int bundleRows = banks / perRow;
        var layout = new WeightLayout(Pattern.GatherScatter, NumberFormat.Float32) { Banks = banks, PerRow = perRow };
        for (int bundle = 0; bundle < Extents.CeilingDivide(rows, bundleRows); bundle++)
        {
            int[] own = Bundling.Rows(bundle, bundleRows, rows, order);
            var lines = new int[own.Length][];
            for (int i = 0; i < own.Length; i++)
                lines[i] = Columns(dense.Slice(own[i] * depth, depth));
            if (Bundling.Groups(layout, lines) > quota(bundle))
                new BundleChoice(banks, own, dense, depth, largest).Apply(quota(bundle), perRow, dense, depth);
        }
    }

    private static int[] Columns(ReadOnlySpan<float> row)
    {
        List<int> columns = [];
        for (int k = 0; k < row.Length; k++)
            if (row[k] != 0)
                columns.Add(k);
        return [.. columns];
    }

    private static int[] Lengths(ReadOnlySpan<float> dense, int rows, int depth)
    {
        var lengths = new int[rows];
        for (int row = 0; row < rows; row++)
            lengths[row] = depth - dense.Slice(row * depth, depth).Count(0f);
        return lengths;
    }

    private static void RequireGatherScatter(ReadOnlySpan<float> dense, int rows, int depth, int banks, int perRow)
    {
        Require(dense, rows, depth);
        new WeightLayout(Pattern.GatherScatter, NumberFormat.Float32) { Banks = banks, PerRow = perRow }.Validate();
    }
}
