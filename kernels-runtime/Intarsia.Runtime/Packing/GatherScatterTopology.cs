using System.Buffers.Binary;

namespace Intarsia;

/// <summary>
/// GS(B, k) (Sun et al., arXiv 2112.10898, 2021; US patent 11481214): bundles of B/k rows, whose elements lie in groups of B lanes; lane s holds an element of the bundle's row s / k, and the columns of a group are pairwise different modulo B. <c>int32 bundlePointers[bundles + 1]</c>
/// (the first group of each), with scatter <c>int32 order[rows]</c> (the rows in the order of bundles), <c>uint16 columns[groups][B]</c> (int32 where the depth exceeds 65535; all bits set where a lane has none), values in the same order.
/// </summary>
internal sealed class GatherScatterTopology : Topology
{
    public const int Padding = -1;

    private readonly int[] _bundlePointers;
    private readonly int[]? _order;
    private readonly int[] _columns;

    /// <summary>The elements by rows, ascending by column: the form that kernels take. Those of a row begin at its pointer.</summary>
    private readonly int[] _pointers;
    private readonly int[] _rowColumns;
    private readonly int[] _rowSlots;

    private GatherScatterTopology(WeightLayout layout, int rows, int depth, int[] bundlePointers, int[]? order, int[] columns)
        : base(rows, depth, 1)
    {
        (Banks, PerRow, _bundlePointers, _order, _columns) = (layout.Banks, layout.PerRow, bundlePointers, order, columns);
        _pointers = new int[Extents.RequireArrayLength((Int128)rows + 1, "pointers of the rows")];
        foreach ((int _, int row, int _) in InFileOrder())
            _pointers[row + 1]++;
        for (int row = 0; row < rows; row++)
            _pointers[row + 1] += _pointers[row];
        (_rowColumns, _rowSlots) = (new int[_pointers[^1]], new int[_pointers[^1]]);
        int[] next = _pointers.AsSpan(0, rows).ToArray();
        foreach ((int slot, int row, int column) in InFileOrder())
        {
            int at = next[row]++;
            (_rowColumns[at], _rowSlots[at]) = (column, slot);
        }

        for (int row = 0; row < rows; row++)
            Array.Sort(_rowColumns, _rowSlots, _pointers[row], GroupLength(row));
    }

    /// <summary>Lanes of a group, and banks that its columns lie in.</summary>
    public int Banks { get; }

    /// <summary>Lanes of a group that belong to one row.</summary>
    public int PerRow { get; }

    /// <summary>Rows of a bundle; the last may have fewer.</summary>
    public int BundleRows => Banks / PerRow;

    /// <summary>The first group of each bundle, and behind the last the number of groups.</summary>
    public ReadOnlySpan<int> BundlePointers => _bundlePointers;

    /// <summary>The column of each lane of each group; −1 where it has none.</summary>
    public ReadOnlySpan<int> LaneColumns => _columns;

    public override int SlotCount => _columns.Length;

    public override long IndexBytes => 4L * (_bundlePointers.Length + (_order?.Length ?? 0)) + (long)ColumnBytes(Depth) * _columns.Length;

    public static GatherScatterTopology FromSource<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        var lines = new int[source.Rows][];
        var scratch = new int[source.MaxEntries];
        for (int row = 0; row < lines.Length; row++)
            lines[row] = scratch.AsSpan(0, source.Entries(row, scratch, keepZeros: true)).ToArray();
        int[]? order = layout.Scatter ? Bundling.Order(lines) : null;
        int bundleRows = layout.Banks / layout.PerRow;
        var bundlePointers = new int[Extents.CeilingDivide(lines.Length, bundleRows) + 1];
        List<int> columns = [];
        for (int bundle = 0; bundle + 1 < bundlePointers.Length; bundle++)
        {
            int[] rows = Bundling.Rows(bundle, bundleRows, lines.Length, order);
            int[][] own = [.. rows.Select(row => lines[row])];
            if (Bundling.FindFault(layout, bundle, rows, own) is { } fault)
                throw fault;
            int groups = Bundling.Groups(layout, own);
            columns.AddRange(new GroupColouring(layout.Banks, layout.PerRow, groups).Arrange(own));
            bundlePointers[bundle + 1] = bundlePointers[bundle] + groups;
        }

        return new GatherScatterTopology(layout, lines.Length, source.Depth, bundlePointers, order, [.. columns]);
    }

    public static GatherScatterTopology FromFile(WeightLayout layout, int rows, int depth, long slots, PackedReader reader)
    {
        int[] bundlePointers = reader.ReadInt32Array(Extents.CeilingDivide(rows, layout.Banks / layout.PerRow) + 1L, "bundle pointers");
        WindowCheck.Pointers(bundlePointers, "bundle pointer");
        long expected = (long)bundlePointers[^1] * layout.Banks;
        if (slots != expected)
            throw new IntarsiaFormatException("header.Slots", $"{slots}", $"{expected}, {layout.Banks} for each of {bundlePointers[^1]} groups");
        int[]? order = layout.Scatter ? reader.ReadInt32Array(rows, "rows of bundles") : null;
        int[] columns = ColumnBytes(depth) == 4 ? reader.ReadInt32Array(slots, "columns of groups") : ReadShort(reader, slots);
        var check = new GroupCheck(layout, rows, depth);
        if (order is not null)
            check.Order(order);
        for (int bundle = 0; bundle + 1 < bundlePointers.Length; bundle++)
            check.Bundle(bundle, bundlePointers[bundle], bundlePointers[bundle + 1], columns);
        var topology = new GatherScatterTopology(layout, rows, depth, bundlePointers, order, columns);
        for (int row = 0; row < rows; row++)
            Extents.CheckAscending(topology._rowColumns.AsSpan(topology._pointers[row], topology.GroupLength(row)), depth, $"row {row}, by size");
        return topology;
    }

    /// <summary>The row at a place in the order of bundles.</summary>
    public int RowAt(int place) => _order?[place] ?? place;

    public override int GroupLength(int group) => _pointers[group + 1] - _pointers[group];

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        int begin = _pointers[group], length = GroupLength(group);
        _rowColumns.AsSpan(begin, length).CopyTo(depth);
        _rowSlots.AsSpan(begin, length).CopyTo(slots);
    }

    public override IEnumerable<int> PaddingSlots()
    {
        for (int slot = 0; slot < _columns.Length; slot++)
            if (_columns[slot] == Padding)
                yield return slot;
    }

    public override void Write(PackedWriter writer)
    {
        writer.WriteInt32Array(_bundlePointers);
        if (_order is not null)
            writer.WriteInt32Array(_order);
        if (ColumnBytes(Depth) == 4)
        {
            writer.WriteInt32Array(_columns);
            return;
        }

        var bytes = new byte[2 * _columns.Length];
        for (int i = 0; i < _columns.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)_columns[i]);
        writer.WriteBytes(bytes);
    }

    private static int ColumnBytes(int depth) => depth <= ushort.MaxValue ? 2 : 4;

    private static int[] ReadShort(PackedReader reader, long slots)
    {
        byte[] bytes = reader.ReadBytes(2 * slots, "columns of groups");
        var columns = new int[bytes.Length / 2];
        for (int i = 0; i < columns.Length; i++)
        {
            int column = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2 * i));
            columns[i] = column == ushort.MaxValue ? Padding : column;
        }

        return columns;
    }

    /// <summary>Every element in the order of the file, with its row and column in the matrix.</summary>
    private IEnumerable<(int Slot, int Row, int Column)> InFileOrder()
    {
        for (int bundle = 0; bundle + 1 < _bundlePointers.Length; bundle++)
            for (int slot = _bundlePointers[bundle] * Banks; slot < _bundlePointers[bundle + 1] * Banks; slot++)
                if (_columns[slot] != Padding)
                    yield return (slot, RowAt(bundle * BundleRows + slot % Banks / PerRow), _columns[slot]);
    }
}
