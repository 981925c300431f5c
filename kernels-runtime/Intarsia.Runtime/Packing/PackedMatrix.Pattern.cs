namespace Intarsia;

public sealed partial class PackedMatrix
{
    /// <summary>The patterns that this matrix was found to store: kernels that take turns on it have one each, if of equal files.</summary>
    private CsrMatrix[] _patterns = [];

    /// <summary>Packs the elements of a dense rows×depth row-major matrix of integers that stand at the places of a pattern, zeros among them.</summary>
    /// <param name="quantised">The integers q, in the range of the layout's format; where the pattern has no place, each is its zero point, which is 0 without one.</param>
    /// <param name="pattern">The places; its values, if it has some, are left aside.</param>
    /// <param name="layout">A layout of integers whose pattern is <see cref="Pattern.Csr"/>.</param>
    /// <param name="scales">As many as the layout says: none, one, rows, or rows × ⌈depth / group⌉; each positive and finite.</param>
    /// <param name="zeroPoints">As many as scales where the layout is asymmetric, else none.</param>
    /// <exception cref="ArgumentException">The layout is not valid, or not one of integers in compressed rows, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An integer does not fit the format, or stands where the pattern has no place, or a scale or zero point is wrong.</exception>
    public static PackedMatrix Pack(ReadOnlySpan<int> quantised, CsrMatrix pattern, WeightLayout layout, ReadOnlySpan<float> scales = default, ReadOnlySpan<sbyte> zeroPoints = default)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Require(layout);
        if (!layout.IsInteger || layout.Pattern != Pattern.Csr)
            throw new ArgumentException($"Integers at the places of a pattern cannot be packed into the layout '{layout}'; expected one of integers with Pattern.Csr.", nameof(layout));
        (int rows, int depth) = (pattern.Rows, pattern.Depth);
        Extents.RequireDense(quantised.Length, rows, depth, nameof(quantised));
        if (IntegerFormats.IndexOfForeign(quantised, layout.Format) is >= 0 and int bad)
            throw new IntarsiaFormatException($"element in row {bad / depth}, column {bad % depth}", $"{quantised[bad]}", IntegerFormats.Expected(layout.Format));
        var grid = new ScaleGrid(layout.Scale, layout.ScaleGroup, rows, depth);
        grid.Check(scales, zeroPoints, layout);
        var q = new int[pattern.Count];
        for (int row = 0, next = 0; row < rows; row++)
        {
            for (int k = 0; k < depth; k++)
            {
                int value = quantised[row * depth + k], zero = zeroPoints.IsEmpty ? 0 : zeroPoints[grid.Index(row, k)];
                if (next < pattern.RowPointers[row + 1] && pattern.ColumnIndices[next] == k)
                    q[next++] = value;
                else if (value != zero)
                    throw new IntarsiaFormatException($"element in row {row}, column {k}", $"{value}", $"{zero}, because the pattern has no place for it");
            }
        }

        return PackStored(pattern, q, layout, scales, zeroPoints);
    }

    /// <summary>Packs integers of the layout's format, one for each place of a pattern, zeros among them.</summary>
    internal static PackedMatrix PackStored(CsrMatrix pattern, int[] q, WeightLayout layout, ReadOnlySpan<float> scales, ReadOnlySpan<sbyte> zeroPoints)
    {
        Require(layout);
        var grid = new ScaleGrid(layout.Scale, layout.ScaleGroup, pattern.Rows, pattern.Depth);
        grid.Check(scales, zeroPoints, layout);
        var source = new CsrSource<int>(pattern, q, Array.ConvertAll(zeroPoints.ToArray(), zero => (int)zero), grid);
        return Pack<CsrSource<int>, int>(layout, ref source, scales.ToArray(), zeroPoints.ToArray(), IntegerCodebook(q, layout, pattern.Count < (long)pattern.Rows * pattern.Depth));
    }

    /// <summary>True where the stored elements were found to be those of a pattern before; another object of equal content is another pattern here.</summary>
    internal bool WasFoundToStore(CsrMatrix pattern)
    {
        foreach (CsrMatrix found in _patterns)
            if (ReferenceEquals(found, pattern))
                return true;
        return false;
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

        // What another thread adds meanwhile may be lost, and is found again.
        _patterns = [.. _patterns, pattern];
    }
}
