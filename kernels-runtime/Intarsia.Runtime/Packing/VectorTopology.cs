namespace Intarsia;

/// <summary>
/// SR-BCRS, strided row-major block compressed row storage (Magicube, SC'22, section 4): V consecutive rows share their columns. <c>int32 bounds[2·groups]</c> holds
/// begin and end of each group in vectors, the begin a multiple of the stride S; <c>int32 columns</c> is padded to S with −1; values are V×S tiles, row-major, with
/// zeros as padding. S is 16, or 32 where digits are of four bits (values of 12 bits and of 4 or less).
/// </summary>
internal sealed class VectorTopology : Topology
{
    private const int Padding = -1;

    private readonly int _stride;
    private readonly int[] _bounds;
    private readonly int[] _columns;

    private VectorTopology(int rows, int depth, int vectorLength, int stride, int[] bounds, int[] columns)
        : base(rows, depth, vectorLength)
    {
        _stride = stride;
        _bounds = bounds;
        _columns = columns;
        SlotCount = Extents.RequireArrayLength((Int128)columns.Length * vectorLength, "elements of the stored vectors");
    }

    public override int SlotCount { get; }

    public override long IndexBytes => 4L * (_bounds.Length + (long)_columns.Length);

    /// <summary>Vectors in one tile.</summary>
    public static int StrideOf(NumberFormat format) => format == NumberFormat.Codebook16 || IntegerFormats.Of(format) is { Bits: not (8 or 16) } ? 32 : 16;

    public static VectorTopology FromSource<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        int stride = StrideOf(layout.Format), groups = Extents.CeilingDivide(source.Rows, layout.V);
        var bounds = new int[Extents.RequireArrayLength(2 * (Int128)groups, "group bounds")];
        var columns = new List<int>();
        int most = source.MaxEntries;
        var scratch = new int[Extents.RequireArrayLength((Int128)most * layout.V, "entries of a group")];
        for (int group = 0; group < groups; group++)
        {
            int count = 0;
            for (int row = group * layout.V; row < Math.Min((group + 1L) * layout.V, source.Rows); row++)
                count += source.Entries(row, scratch.AsSpan(count, most), keepZeros: true);
            bounds[2 * group] = columns.Count;
            AddDistinct(scratch.AsSpan(0, count), columns);
            bounds[2 * group + 1] = columns.Count;
            while (columns.Count % stride != 0)
                columns.Add(Padding);
        }

        return new VectorTopology(source.Rows, source.Depth, layout.V, stride, bounds, columns.ToArray());
    }

    public static VectorTopology FromFile(WeightLayout layout, int rows, int depth, long slots, PackedReader reader)
    {
        int stride = StrideOf(layout.Format), groups = Extents.CeilingDivide(rows, layout.V);
        if (slots % ((long)stride * layout.V) != 0)
            throw new IntarsiaFormatException("header.Slots", $"{slots}", $"a multiple of the {layout.V}×{stride} tile");
        int[] bounds = reader.ReadInt32Array(2L * groups, "SR-BCRS group bounds");
        int[] columns = reader.ReadInt32Array(slots / layout.V, "SR-BCRS column indices");
        int next = 0;
        for (int group = 0; group < groups; group++)
        {
            int begin = bounds[2 * group], end = bounds[2 * group + 1];
            if (begin != next)
                throw new IntarsiaFormatException($"SR-BCRS begin of vector group {group}", $"{begin}", $"{next}, where the padded group before it ends");
            if (end < begin || end > columns.Length)
                throw new IntarsiaFormatException($"SR-BCRS end of vector group {group}", $"{end}", $"between {begin} and the number of stored vectors, {columns.Length}");
            Extents.CheckAscending(columns.AsSpan(begin..end), depth, $"vector group {group}");
            // The number of vectors is a multiple of the stride and end does not exceed it, so the padded end does not either.
            next = begin + Extents.CeilingDivide(end - begin, stride) * stride;
            int stray = columns.AsSpan(end..next).IndexOfAnyExcept(Padding);
            if (stray >= 0)
                throw new IntarsiaFormatException($"SR-BCRS padding index {end + stray} of vector group {group}", $"{columns[end + stray]}", $"{Padding}");
        }

        if (next != columns.Length)
            throw new IntarsiaFormatException("SR-BCRS stored vectors", $"{columns.Length}", $"{next}, the padded end of the last vector group");
        return new VectorTopology(rows, depth, layout.V, stride, bounds, columns);
    }

    public override int GroupLength(int group) => _bounds[2 * group + 1] - _bounds[2 * group];

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        int begin = _bounds[2 * group], count = GroupLength(group);
        _columns.AsSpan(begin, count).CopyTo(depth);
        for (int e = 0; e < count; e++)
            for (int v = 0; v < VectorLength; v++)
                slots[e * VectorLength + v] = Slot(begin + e, v);
    }

    /// <summary>Entries past a group's end, and the rows that the last group has not.</summary>
    public override IEnumerable<int> PaddingSlots()
    {
        for (int group = 0; group < GroupCount; group++)
        {
            int end = _bounds[2 * group + 1], next = group + 1 < GroupCount ? _bounds[2 * group + 2] : _columns.Length;
            int present = (int)Math.Min(VectorLength, Rows - (long)group * VectorLength);
            for (int e = _bounds[2 * group]; e < next; e++)
                for (int v = e < end ? present : 0; v < VectorLength; v++)
                    yield return Slot(e, v);
        }
    }

    protected override EntryIndex MakeEntries() => new([.. _bounds, _columns.Length], _columns);

    public override void Write(PackedWriter writer)
    {
        writer.WriteInt32Array(_bounds);
        writer.WriteInt32Array(_columns);
    }

    private int Slot(int entry, int v) => entry / _stride * _stride * VectorLength + v * _stride + entry % _stride;

    private static void AddDistinct(Span<int> entries, List<int> columns)
    {
        entries.Sort();
        int previous = -1;
        foreach (int column in entries)
        {
            if (column != previous)
                columns.Add(column);
            previous = column;
        }
    }
}
