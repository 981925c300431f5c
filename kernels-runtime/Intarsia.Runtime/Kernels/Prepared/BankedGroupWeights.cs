using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Sparse weights in groups for the 32 lanes of a warp and the 32 banks of its shared memory (GS patterns; Sun et al., arXiv 2112.10898, 2021): <c>values[groups][32]</c> and <c>places[groups][32]</c>. The rows of a bundle share the lanes, each
/// as many neighbours of them, and a group of GS(B, k) weights is one of the packed matrix, or 32/B of them. A place is where a lane finds its activation: column c lies in word 32·⌊c/B⌋ + B·i + c mod B, in copy i of 32/B, which the lanes of
/// a matrix's group have for themselves; behind the depth stands a line of zeros, of which lanes without an element, whose value is 0, read those words whose banks are left over. So the places of a group are in 32 different banks. Rows of other patterns are
/// bundles of their own, with ascending columns, where places may be in any bank. Bundles with most groups come first.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="Half"/>, <see cref="BFloat16"/>, <see cref="sbyte"/> or <see cref="short"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class BankedGroupWeights<T> : IPreparedWeights<BankedGroupWeights<T>>, IDeviceArrays
    where T : unmanaged
{
    private const int Lanes = 32;

    private const int None = -1;

    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<ushort> _places;
    private readonly AlignedArray<int> _rows;
    private readonly AlignedArray<int> _starts;

    private BankedGroupWeights(PackedMatrix matrix, int banks, int bundleRows)
    {
        if (matrix.VectorLength != 1) throw new NotSupportedException($"Rows of groups share no columns; the matrix is {matrix.Layout}.");
        if (matrix.Bundles is { } own ? own.Banks != banks || own.BundleRows != bundleRows : banks != Lanes || bundleRows != 1)
            throw new ArgumentException($"{banks} banks and {bundleRows} rows of a bundle: expected those of the layout '{matrix.Layout}', or 32 and 1 where it has no groups.", nameof(matrix));
        int copies = Lanes / banks, zeros = Extents.CeilingDivide(matrix.Depth, banks) * Lanes, bundles = Extents.CeilingDivide(matrix.Rows, bundleRows);
        if (zeros + Lanes > ushort.MaxValue + 1) throw new NotSupportedException($"A depth of {matrix.Depth} in {banks} banks takes places beyond 16 bits.");
        int Length(int bundle) => matrix.Bundles is { } groups
            ? Extents.CeilingDivide(groups.BundlePointers[bundle + 1] - groups.BundlePointers[bundle], copies)
            : Extents.CeilingDivide(matrix.GroupLength(bundle), Lanes);

        int[] order = [.. Enumerable.Range(0, bundles).OrderByDescending(Length)];
        _rows = new AlignedArray<int>((long)bundles * bundleRows);
        _starts = new AlignedArray<int>(bundles + 1L);
        for (int at = 0; at < bundles; at++)
        {
            _starts.Span[at + 1] = checked(_starts.Span[at] + Length(order[at]));
            for (int slot = 0; slot < bundleRows; slot++)
            {
                int place = order[at] * bundleRows + slot;
                _rows.Span[at * bundleRows + slot] = place >= matrix.Rows ? None : matrix.Bundles?.RowAt(place) ?? place;
            }
        }

        _values = new AlignedArray<T>((long)_starts.Span[bundles] * Lanes);
        _places = new AlignedArray<ushort>((long)_starts.Span[bundles] * Lanes);
        var source = new WeightSource<T>(matrix);
        for (int at = 0; at < bundles; at++)
        {
            ReadOnlySpan<int> rows = _rows.Span[(at * bundleRows)..((at + 1) * bundleRows)];
            int[][] columns = new int[bundleRows][];
            T[][] values = new T[bundleRows][];
            for (int slot = 0; slot < bundleRows; slot++)
            {
                (int[] depth, T[] row) = ([], []);
                int length = rows[slot] == None ? 0 : source.ReadRow(rows[slot], ref depth, ref row);
                (columns[slot], values[slot]) = (depth.AsSpan(0, length).ToArray(), row);
            }

            for (int group = _starts.Span[at]; group < _starts.Span[at + 1]; group++) WriteGroup(matrix, group, order[at], group - _starts.Span[at], columns, values, banks, zeros);
        }
    }

    /// <summary>The value of the first lane of the first group.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The word of shared memory that the first lane of the first group meets.</summary>
    public ref ushort ShortIndices => ref _places.First;

    /// <summary>The first row of the first bundle; −1 where a bundle is short of rows.</summary>
    public ref int SegmentGroups => ref _rows.First;

    /// <summary>The first group of the first bundle; one more than there are bundles.</summary>
    public ref int SegmentStarts => ref _starts.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(Values), nameof(ShortIndices), nameof(SegmentGroups), nameof(SegmentStarts) };

    /// <inheritdoc/>
    public static Type? Element => typeof(T);

    /// <inheritdoc/>
    public static IDeviceArrays Places(PackedMatrix numbered, Preparation<BankedGroupWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        return BankedGroupWeights<int>.Prepare(numbered, preparation.For<BankedGroupWeights<int>>());
    }

    /// <inheritdoc/>
    public static BankedGroupWeights<T> Prepare(PackedMatrix matrix, Preparation<BankedGroupWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(preparation);
        return new(matrix, preparation.Width, preparation.Interleave);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => DeviceBytes.Of(_values.Span),
        1 => DeviceBytes.Of(_places.Span),
        2 => DeviceBytes.Of(_rows.Span),
        _ => DeviceBytes.Of(_starts.Span),
    };

    /// <summary>The lanes of a group: those of a row are neighbours, of each copy of X in turn.</summary>
    private void WriteGroup(PackedMatrix matrix, int target, int bundle, int number, int[][] columns, T[][] values, int banks, int zeros)
    {
        int team = Lanes / columns.Length, copies = Lanes / banks, perRow = team / copies;
        var lanes = new List<int>();
        Span<bool> isTaken = stackalloc bool[Lanes];
        isTaken.Clear();
        for (int lane = 0; lane < Lanes; lane++)
        {
            (int slot, int within) = Math.DivRem(lane, team);
            (int copy, int element) = Math.DivRem(within, perRow);
            int entry = Entry(matrix, bundle, number * copies + copy, slot, slot * perRow + element, number * Lanes + within, columns);
            if (entry < 0)
            {
                lanes.Add(lane);
                continue;
            }

            int column = columns[slot][entry], place = column / banks * Lanes + copy * banks + column % banks;
            (_values.Span[target * Lanes + lane], _places.Span[target * Lanes + lane]) = (values[slot][entry], (ushort)place);
            isTaken[place % Lanes] = true;
        }

        int bank = 0;
        foreach (int lane in lanes)
        {
            while (matrix.Bundles is not null && isTaken[bank]) bank++;
            _places.Span[target * Lanes + lane] = (ushort)(zeros + bank++ % Lanes);
        }
    }

    /// <summary>Which entry of its row a lane has; negative for none.</summary>
    private static int Entry(PackedMatrix matrix, int bundle, int group, int slot, int lane, int number, int[][] columns)
    {
        if (matrix.Bundles is not { } groups) return number < columns[slot].Length ? number : None;
        int at = groups.BundlePointers[bundle] + group;
        if (at >= groups.BundlePointers[bundle + 1]) return None;
        int column = groups.LaneColumns[at * groups.Banks + lane];
        return column == GatherScatterTopology.Padding ? None : Array.BinarySearch(columns[slot], column);
    }
}
