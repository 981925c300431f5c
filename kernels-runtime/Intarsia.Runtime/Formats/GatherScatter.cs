namespace Intarsia;

/// <summary>Checks whether matrices are in GS(B, k) (<see cref="Pattern.GatherScatter"/>), and counts the groups that they take.</summary>
public static class GatherScatter
{
    /// <summary>
    /// The first thing that keeps a matrix from a layout: a row with more elements than its groups have places, or with another number than the rows of its bundle, or a bank that more elements of a bundle lie in than it has groups. It is what packing throws.
    /// </summary>
    /// <param name="matrix">The matrix. Entries of value 0 count: they are stored.</param>
    /// <param name="layout">A layout in the pattern.</param>
    /// <returns>Null where the matrix is in the pattern.</returns>
    /// <exception cref="ArgumentException">The layout is invalid or has another pattern.</exception>
    public static IntarsiaFormatException? FindFault(CsrMatrix matrix, WeightLayout layout)
    {
        foreach ((int bundle, int[] rows, int[][] lines) in Bundles(matrix, layout))
            if (Bundling.FindFault(layout, bundle, rows, lines) is { } fault)
                return fault;
        return null;
    }

    /// <summary>The most groups that a bundle takes: what <see cref="WeightLayout.Groups"/> must be at least, if it is given.</summary>
    /// <inheritdoc cref="FindFault"/>
    /// <returns>0 of a matrix without entries.</returns>
    public static int MostGroups(CsrMatrix matrix, WeightLayout layout) => Bundles(matrix, layout).Select(bundle => Bundling.Groups(layout, bundle.Lines)).DefaultIfEmpty(0).Max();

    /// <summary>All groups that the matrix takes. Times B they are the places of its values.</summary>
    /// <inheritdoc cref="MostGroups"/>
    public static long CountGroups(CsrMatrix matrix, WeightLayout layout) => Bundles(matrix, layout).Sum(bundle => (long)Bundling.Groups(layout, bundle.Lines));

    private static IEnumerable<(int Bundle, int[] Rows, int[][] Lines)> Bundles(CsrMatrix matrix, WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(layout);
        layout.Validate();
        if (layout.Pattern != Pattern.GatherScatter)
            throw new ArgumentException($"The layout is '{layout}'; expected one of {Pattern.GatherScatter}.", nameof(layout));
        return Walk(matrix, layout);
    }

    private static IEnumerable<(int Bundle, int[] Rows, int[][] Lines)> Walk(CsrMatrix matrix, WeightLayout layout)
    {
        int bundleRows = layout.Banks / layout.PerRow;
        int[]? order = layout.Scatter ? Bundling.Order([.. Enumerable.Range(0, matrix.Rows).Select(row => matrix.RowPointers[row + 1] - matrix.RowPointers[row])]) : null;
        for (int bundle = 0; bundle < Extents.CeilingDivide(matrix.Rows, bundleRows); bundle++)
        {
            int[] rows = Bundling.Rows(bundle, bundleRows, matrix.Rows, order);
            yield return (bundle, rows, [.. rows.Select(row => matrix.ColumnIndices[matrix.RowPointers[row]..matrix.RowPointers[row + 1]])]);
        }
    }
}
