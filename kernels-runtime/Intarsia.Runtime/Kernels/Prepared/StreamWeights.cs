using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>
/// Sparse weights as a stream of segments. The depth is cut into tiles so that the rows of X a tile touches stay in cache; within a tile every vector group that has
/// entries is one segment, longest first, so that neighbouring segments take the same number of turns and the branch at the end of a row is predicted.
/// A segment's entries are ascending in depth: <c>indices[entries]</c> and <c>values[entries/interleave][V][interleave]</c>. With an interleave of 2 an odd segment ends
/// in an entry of value 0 at its last index, and with one of 4 in up to three. Every vector group has a segment in the first tile, empty or not, so that it is initialised.
/// For several threads the groups are cut into parts of neighbours with about as many entries each, and each part is such a stream of its own; a row's entries keep their order.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="short"/>, <see cref="int"/> or <see cref="sbyte"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class StreamWeights<T> : IPreparedWeights<StreamWeights<T>>, IDeviceArrays
    where T : unmanaged
{
    /// <summary>Rows that stay together: a vector of the widest tier, so that chains along rows find whole ones, and a cache line of Y.</summary>
    private const int RowGrain = 16;

    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<int> _indices;
    private readonly AlignedArray<int> _segmentGroups;
    private readonly AlignedArray<int> _segmentStarts;
    private readonly AlignedArray<int> _tileStarts;
    private readonly AlignedArray<float> _scales;
    private readonly AlignedArray<int> _partGroups;
    private readonly AlignedArray<int> _compensation;

    private StreamWeights(PackedMatrix matrix, Preparation<StreamWeights<T>> preparation)
    {
        var source = new WeightSource<T>(matrix);
        int v = matrix.VectorLength, interleave = preparation.Interleave;
        int cuts = Math.Max(1, preparation.Width), depthTile = Math.Max(1, preparation.DepthTile > 0 ? preparation.DepthTile : Extents.CeilingDivide(matrix.Depth, cuts));
        int tiles = preparation.DepthTile > 0 ? Math.Max(1, Extents.CeilingDivide(matrix.Depth, depthTile)) : cuts;
        _partGroups = CutGroups(matrix, preparation.Parts);
        int parts = preparation.Parts;
        List<Segment> segments = FindSegments(source, depthTile, _partGroups.Span);
        Tiles = tiles;

        long entries = segments.Sum(segment => (long)RoundUp(segment.Length, interleave));
        _values = new AlignedArray<T>(checked(entries * v));
        _indices = new AlignedArray<int>(entries);
        _segmentGroups = new AlignedArray<int>(segments.Count);
        _segmentStarts = new AlignedArray<int>(segments.Count + 1L);
        _tileStarts = new AlignedArray<int>((long)parts * tiles + 1);
        _scales = new AlignedArray<float>(matrix.Layout.ScalesGroups ? segments.Count * (long)v : 0);

        _compensation = new AlignedArray<int>(typeof(T) == typeof(sbyte) ? segments.Count * (long)v : 0);

        int[] depth = [];
        T[] values = [];
        int at = 0;
        var order = new int[segments.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (a, b) => Compare(segments[a], segments[b]));

        // Positions first, in stream order; then the entries, group by group, each group read once.
        int[] startOf = new int[segments.Count], placeOf = new int[segments.Count];
        for (int i = 0; i < order.Length; i++)
        {
            Segment segment = segments[order[i]];
            _segmentGroups.Span[i] = segment.Group;
            _segmentStarts.Span[i] = at;
            _tileStarts.Span[segment.Part * tiles + segment.Tile + 1] = i + 1;
            startOf[order[i]] = at;
            placeOf[order[i]] = i;
            at += RoundUp(segment.Length, interleave);
            if (_scales.Length > 0) WriteScales(source, segment, i, depthTile);
        }
        for (int tile = 1; tile <= parts * tiles; tile++) _tileStarts.Span[tile] = Math.Max(_tileStarts.Span[tile], _tileStarts.Span[tile - 1]);
        _segmentStarts.Span[order.Length] = at;

        for (int i = 0, group = -1, first = 0; i < segments.Count; i++)
        {
            Segment segment = segments[i];
            if (segment.Group != group)
            {
                source.Read(group = segment.Group, ref depth, ref values);
                first = i;
            }
            WriteEntries(segment, startOf[i], depth, values, v, interleave);
            // Scale groups are summed each for itself; otherwise the first segment begins the sums of the rows.
            if (_compensation.Length > 0) Compensate(segment, _compensation.Span.Slice(placeOf[matrix.Layout.ScalesGroups ? i : first] * v, v), values);
        }
    }

    /// <summary>Number of depth tiles, at least 1.</summary>
    public int Tiles { get; }

    /// <summary>The first value.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The dense depth of the first entry.</summary>
    public ref int Indices => ref _indices.First;

    /// <summary>The vector group of the first segment.</summary>
    public ref int SegmentGroups => ref _segmentGroups.First;

    /// <summary>The first entry of the first segment; one more than there are segments.</summary>
    public ref int SegmentStarts => ref _segmentStarts.First;

    /// <summary>The first vector group of the first part; one more than there are parts.</summary>
    public ref int PartGroups => ref _partGroups.First;

    /// <summary>The first segment of the first tile of the first part; one more than there are tiles in all parts.</summary>
    public ref int TileStarts => ref _tileStarts.First;

    /// <summary>The scales of the first segment, V to a segment; only where scales are per group, a tile is one group then.</summary>
    public ref float Scales => ref _scales.First;

    /// <summary>
    /// −128·Σw of the first segment, V to a segment; only for bytes. Where scales are per group these are the sums of a segment, else those of the whole depth stand at the segment of a vector group in the first tile, and 0 at its others.
    /// </summary>
    public ref int Compensation => ref _compensation.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(Values), nameof(Indices), nameof(SegmentGroups), nameof(SegmentStarts), nameof(TileStarts), nameof(Scales), nameof(Compensation) };

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => DeviceBytes.Of(_values.Span),
        1 => DeviceBytes.Of(_indices.Span),
        2 => DeviceBytes.Of(_segmentGroups.Span),
        3 => DeviceBytes.Of(_segmentStarts.Span),
        4 => DeviceBytes.Of(_tileStarts.Span),
        5 => DeviceBytes.Of(_scales.Span),
        _ => DeviceBytes.Of(_compensation.Span),
    };

    /// <inheritdoc/>
    public static StreamWeights<T> Prepare(PackedMatrix matrix, Preparation<StreamWeights<T>> preparation) => new(matrix, preparation);

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    /// <summary>
    /// The first group of each part, and their number at the end. Parts begin at multiples of <see cref="RowGrain"/> rows. A group counts as its entries and one: initialising and storing it is work, too.
    /// </summary>
    internal static AlignedArray<int> CutGroups(PackedMatrix matrix, int parts)
    {
        var starts = new AlignedArray<int>(parts + 1L);
        int grain = Math.Max(1, RowGrain / matrix.VectorLength);
        long all = 0;
        for (int group = 0; group < matrix.GroupCount; group++) all += matrix.GroupLength(group) + 1;
        long before = 0;
        for (int group = 0, part = 1; group < matrix.GroupCount; group++)
        {
            before += matrix.GroupLength(group) + 1;
            if ((group + 1) % grain != 0 && group + 1 < matrix.GroupCount) continue;
            while (part < parts && before * parts >= all * part) starts.Span[part++] = group + 1;
        }
        starts.Span[parts] = matrix.GroupCount;
        return starts;
    }

    private static List<Segment> FindSegments(WeightSource<T> source, int depthTile, ReadOnlySpan<int> partGroups)
    {
        var segments = new List<Segment>();
        int[] depth = [];
        T[] values = [];
        int part = 0;
        for (int group = 0; group < source.Matrix.GroupCount; group++)
        {
            while (group >= partGroups[part + 1]) part++;
            int length = source.Read(group, ref depth, ref values);
            int begin = 0;
            while (begin < length || begin == 0)
            {
                int tile = begin < length ? depth[begin] / depthTile : 0;
                if (begin == 0 && tile > 0) segments.Add(new Segment(part, 0, group, 0, 0));
                int end = begin;
                while (end < length && depth[end] / depthTile == tile) end++;
                segments.Add(new Segment(part, tile, group, begin, end - begin));
                if (end >= length) break;
                begin = end;
            }
        }
        return segments;
    }

    private static int Compare(Segment a, Segment b)
    {
        int byPart = a.Part.CompareTo(b.Part);
        if (byPart != 0) return byPart;
        int byTile = a.Tile.CompareTo(b.Tile);
        if (byTile != 0) return byTile;
        int byLength = b.Length.CompareTo(a.Length);
        return byLength != 0 ? byLength : a.Group.CompareTo(b.Group);
    }

    private void WriteScales(WeightSource<T> source, Segment segment, int at, int depthTile)
    {
        int v = source.VectorLength;
        for (int lane = 0; lane < v; lane++)
        {
            int row = segment.Group * v + lane;
            _scales.Span[at * v + lane] = row < source.Matrix.Rows && source.Matrix.Depth > 0 ? source.Matrix.Scales[source.ScaleIndex(row, segment.Tile * depthTile)] : 0f;
        }
    }

    private void WriteEntries(Segment segment, int start, int[] depth, T[] values, int v, int interleave)
    {
        Span<int> indices = _indices.Span;
        Span<T> target = _values.Span;
        int rounded = RoundUp(segment.Length, interleave);
        for (int entry = 0; entry < rounded; entry++)
        {
            int from = segment.Begin + Math.Min(entry, segment.Length - 1), to = start + entry;
            indices[to] = depth[from];
            if (entry >= segment.Length) continue;
            (int step, int part) = Math.DivRem(to, interleave);
            for (int lane = 0; lane < v; lane++) target[(step * v + lane) * interleave + part] = values[from * v + lane];
        }
    }

    /// <summary>Adds −128·Σw of each row over the entries of a segment: what shifting X by 128 adds, taken away again. Wraps as the accumulators do.</summary>
    private static void Compensate(Segment segment, Span<int> sums, T[] values)
    {
        ReadOnlySpan<sbyte> bytes = MemoryMarshal.Cast<T, sbyte>(values.AsSpan(segment.Begin * sums.Length, segment.Length * sums.Length));
        for (int i = 0; i < bytes.Length; i++) sums[i % sums.Length] = unchecked(sums[i % sums.Length] - 128 * bytes[i]);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Segment(int Part, int Tile, int Group, int Begin, int Length);
}
