using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Sparse weights in groups, for kernels that gather an activation for each lane (GS patterns, Sun et al., 2021, on a processor whose gather has no banks): <c>values[groups][lanes]</c> and <c>indices[groups][lanes]</c>. A bundle
/// is as many rows as share the lanes of a group, each lanes/rows neighbours of them; the entries of a row, ascending in depth, fill its lanes group after group. A lane that has no entry has the value 0 and the
/// depth as its index: kernels keep a zero behind their activations, so that no infinity of these gets there. The rows are cut into parts of neighbours with about as many entries each, one for each thread; in a part the longest rows come first, so that those of a bundle end together.
/// </summary>
/// <typeparam name="T"><see cref="float"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class GroupWeights<T> : IPreparedWeights<GroupWeights<T>>
    where T : unmanaged
{
    private const int None = -1;

    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<int> _indices;
    private readonly AlignedArray<ushort> _shortIndices;
    private readonly AlignedArray<int> _places;
    private readonly AlignedArray<int> _bundleStarts;
    private readonly AlignedArray<int> _partBundles;
    private readonly AlignedArray<int> _partRows;

    private GroupWeights(PackedMatrix matrix, int lanes, int bundleRows, int indexBytes, int parts)
    {
        int perRow = lanes / bundleRows;
        _partRows = StreamWeights<T>.CutGroups(matrix, parts);
        foreach (ref int row in _partRows.Span)
            row = (int)Math.Min((long)row * matrix.VectorLength, matrix.Rows);
        _partBundles = new AlignedArray<int>(parts + 1L);
        for (int part = 0; part < parts; part++)
            _partBundles.Span[part + 1] = checked(_partBundles.Span[part] + Extents.CeilingDivide(_partRows.Span[part + 1] - _partRows.Span[part], bundleRows));

        _places = new AlignedArray<int>((long)_partBundles.Span[parts] * bundleRows);
        _places.Span.Fill(None);
        for (int part = 0; part < parts; part++)
        {
            int begin = _partRows.Span[part], count = _partRows.Span[part + 1] - begin;
            Enumerable.Range(begin, count).OrderByDescending(row => Length(matrix, row)).ToArray().CopyTo(_places.Span[(_partBundles.Span[part] * bundleRows)..]);
        }

        _bundleStarts = new AlignedArray<int>(_partBundles.Span[parts] + 1L);
        for (int place = 0; place < _places.Length; place += bundleRows)
            _bundleStarts.Span[place / bundleRows + 1] = checked(_bundleStarts.Span[place / bundleRows] + Extents.CeilingDivide(Length(matrix, _places.Span[place]), perRow));

        long slots = (long)_bundleStarts.Span[^1] * lanes;
        _values = new AlignedArray<T>(slots);
        bool isShort = indexBytes == sizeof(ushort);
        _indices = new AlignedArray<int>(isShort ? 0 : slots);
        _shortIndices = new AlignedArray<ushort>(isShort ? slots : 0);
        _indices.Span.Fill(matrix.Depth);
        if (isShort)
            _shortIndices.Span.Fill(checked((ushort)matrix.Depth));
        var source = new WeightSource<T>(matrix);
        int[] depth = [];
        T[] values = [];

        // Rows in the order of the matrix: those of a vector group are read together.
        int[] placeOf = new int[matrix.Rows];
        for (int place = 0; place < _places.Length; place++)
            if (_places.Span[place] != None)
                placeOf[_places.Span[place]] = place;
        for (int row = 0; row < matrix.Rows; row++)
        {
            (int bundle, int slot) = Math.DivRem(placeOf[row], bundleRows);
            int length = source.ReadRow(row, ref depth, ref values);
            for (int entry = 0; entry < length; entry++)
            {
                int at = (_bundleStarts.Span[bundle] + entry / perRow) * lanes + slot * perRow + entry % perRow;
                _values.Span[at] = values[entry];
                if (isShort)
                    _shortIndices.Span[at] = (ushort)depth[entry];
                else
                    _indices.Span[at] = depth[entry];
            }
        }
    }

    /// <summary>The value of the first lane of the first group.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The dense depth that the first lane of the first group stands at, where an index has four bytes; the depth of the matrix where a lane has no entry.</summary>
    public ref int Indices => ref _indices.First;

    /// <summary>The same where it has two.</summary>
    public ref ushort ShortIndices => ref _shortIndices.First;

    /// <summary>The row of the first place of the first bundle; −1 for places behind the last row of a part.</summary>
    public ref int SegmentGroups => ref _places.First;

    /// <summary>The first group of the first bundle; one more than there are bundles.</summary>
    public ref int SegmentStarts => ref _bundleStarts.First;

    /// <summary>The first bundle of the first part; one more than there are parts.</summary>
    public ref int TileStarts => ref _partBundles.First;

    /// <summary>The first row of the first part; one more than there are parts.</summary>
    public ref int PartGroups => ref _partRows.First;

    /// <inheritdoc/>
    public static GroupWeights<T> Prepare(PackedMatrix matrix, Preparation<GroupWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(preparation);
        return new(matrix, preparation.Width, preparation.Interleave, preparation.DepthTile, preparation.Parts);
    }

    private static int Length(PackedMatrix matrix, int row) => matrix.GroupLength(row / matrix.VectorLength);
}
