namespace Intarsia;

public sealed partial class PackedMatrix
{
    /// <summary>The pattern that this matrix was last found to store; null before.</summary>
    internal CsrMatrix? KnownPattern { get; private set; }

    /// <summary>Packs integers that are already quantised, one for each place of a pattern. Zeros keep their places.</summary>
    /// <param name="pattern">The places; its values, if it has some, are left aside.</param>
    /// <param name="quantised">The integers q in the order of the places, in the range of the layout's format.</param>
    /// <param name="layout">A layout of integers whose pattern is <see cref="Pattern.Csr"/>.</param>
    /// <param name="scales">As many as the layout says: none, one, rows, or rows × ⌈depth / group⌉; each positive and finite.</param>
    /// <param name="zeroPoints">As many as scales where the layout is asymmetric, else none.</param>
    /// <exception cref="ArgumentException">The layout is not valid, or not one of integers in compressed rows, or there are more or fewer integers than places.</exception>
    /// <exception cref="IntarsiaFormatException">An integer does not fit the format, or a scale or zero point is wrong.</exception>
    public static PackedMatrix Pack(CsrMatrix pattern, ReadOnlySpan<int> quantised, WeightLayout layout, ReadOnlySpan<float> scales = default, ReadOnlySpan<sbyte> zeroPoints = default)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Require(layout);
        if (!layout.IsInteger || layout.Pattern != Pattern.Csr)
            throw new ArgumentException($"Integers at the places of a pattern cannot be packed into the layout '{layout}'; expected one of integers with Pattern.Csr.", nameof(layout));
        if (quantised.Length != pattern.Count)
            throw new ArgumentException($"There are {quantised.Length} integers; expected {pattern.Count}, one for each place of the pattern.", nameof(quantised));
        if (IntegerFormats.IndexOfForeign(quantised, layout.Format) is >= 0 and int bad)
            throw new IntarsiaFormatException($"element at place {bad}, column {pattern.ColumnIndices[bad]}", $"{quantised[bad]}", IntegerFormats.Expected(layout.Format));
        var grid = new ScaleGrid(layout.Scale, layout.ScaleGroup, pattern.Rows, pattern.Depth);
        grid.Check(scales, zeroPoints, layout);
        int[] q = quantised.ToArray();
        var source = new CsrSource<int>(pattern, q, Array.ConvertAll(zeroPoints.ToArray(), zero => (int)zero), grid);
        return Pack<CsrSource<int>, int>(layout, ref source, scales.ToArray(), zeroPoints.ToArray(), ByteCodebook(q, layout, pattern.Count < (long)pattern.Rows * pattern.Depth));
    }

    /// <summary>Checks that the elements stored are those of a pattern, and remembers it.</summary>
    /// <exception cref="ArgumentException">They are not; the first difference is named.</exception>
    internal void RequirePattern(CsrMatrix pattern, string name)
    {
        if (Rows != pattern.Rows || Depth != pattern.Depth)
            throw new ArgumentException($"'{name}' is {Rows}×{Depth}; the pattern that this kernel was generated for is {pattern.Rows}×{pattern.Depth}.", name);
        int[] depth = [], slots = [];
        for (int row = 0; row < Rows; row++)
        {
            int length = _topology.GroupLength(row);
            if (depth.Length < length) (depth, slots) = (new int[length], new int[length]);
            _topology.Locate(row, depth, slots);
            ReadOnlySpan<int> stored = depth.AsSpan(0, length), expected = pattern.ColumnIndices.AsSpan(pattern.RowPointers[row]..pattern.RowPointers[row + 1]);
            if (stored.SequenceEqual(expected)) continue;
            int same = stored.CommonPrefixLength(expected);
            string Column(ReadOnlySpan<int> columns) => same < columns.Length ? $"column {columns[same]}" : "nothing more";
            throw new ArgumentException(
                $"'{name}' stores {Column(stored)} as element {same} of row {row}; the pattern that this kernel was generated for has {Column(expected)}. Pack with CsrMatrix.WithValues of KernelInfo.Pattern, which keeps zeros.", name);
        }

        KnownPattern = pattern;
    }
}
