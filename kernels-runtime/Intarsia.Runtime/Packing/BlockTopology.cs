namespace Intarsia;

/// <summary>
/// Block compressed sparse rows (BSR): <c>int32 blockPointers[⌈rows / b⌉ + 1]</c>, <c>int32 blockColumns[blocks]</c> (strictly ascending within a block row), values as b×c
/// row-major blocks. Doubly compressed (DBSR), <c>int32 count</c> and <c>int32 blockRows[count]</c> name the block rows that hold blocks, and only they have pointers. Elements of a block that the matrix does not have are 0. To readers, a block row is strips of as many rows as the greatest power of two up to 16 that divides b,
/// and a block c vectors of each: kernels meet nothing but vectors.
/// </summary>
internal sealed class BlockTopology : Topology
{
    private readonly int _blockRows;
    private readonly int _blockColumns;
    private readonly int[]? _stored;
    private readonly int[] _pointers;
    private readonly int[] _columns;

    /// <param name="layout">The layout.</param>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="depth">Its depth.</param>
    /// <param name="stored">The block rows that hold blocks, where only they are stored.</param>
    /// <param name="pointers">The first block of each stored block row, and behind the last the number of blocks.</param>
    /// <param name="columns">The column of each block.</param>
    private BlockTopology(WeightLayout layout, int rows, int depth, int[]? stored, int[] pointers, int[] columns)
        : base(rows, depth, layout.VectorLength)
    {
        (_blockRows, _blockColumns) = (layout.BlockRows, layout.BlockColumns);
        _stored = stored;
        _pointers = pointers;
        _columns = columns;
        SlotCount = Extents.RequireArrayLength((Int128)columns.Length * _blockRows * _blockColumns, "elements of the stored blocks");
    }

    public override int SlotCount { get; }

    public override long IndexBytes => 4L * (_pointers.Length + (long)_columns.Length + (_stored is null ? 0 : 1L + _stored.Length));

    public static BlockTopology FromSource<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        int blockRows = Extents.CeilingDivide(source.Rows, layout.BlockRows);
        var pointers = new int[Extents.RequireArrayLength((Int128)blockRows + 1, "block pointers")];
        var columns = new List<int>();
        var found = new SortedSet<int>();
        var scratch = new int[source.MaxEntries];
        for (int blockRow = 0; blockRow < blockRows; blockRow++)
        {
            found.Clear();
            long end = Math.Min((blockRow + 1L) * layout.BlockRows, source.Rows);
            for (int row = blockRow * layout.BlockRows; row < end; row++)
            {
                int last = -1;
                foreach (int k in scratch.AsSpan(0, source.Entries(row, scratch, keepZeros: true)))
                {
                    int column = k / layout.BlockColumns;
                    if (column != last)
                        found.Add(column);
                    last = column;
                }
            }

            columns.AddRange(found);
            pointers[blockRow + 1] = columns.Count;
        }

        int[]? stored = null;
        if (layout.DoublyCompressed)
        {
            stored = [.. Enumerable.Range(0, blockRows).Where(blockRow => pointers[blockRow] < pointers[blockRow + 1])];
            pointers = [0, .. stored.Select(blockRow => pointers[blockRow + 1])];
        }

        return new BlockTopology(layout, source.Rows, source.Depth, stored, pointers, columns.ToArray());
    }

    public static BlockTopology FromFile(WeightLayout layout, int rows, int depth, long slots, PackedReader reader)
    {
        int size = layout.BlockRows * layout.BlockColumns, blockRows = Extents.CeilingDivide(rows, layout.BlockRows);
        if (slots % size != 0)
            throw new IntarsiaFormatException("header.Slots", $"{slots}", $"a multiple of the {layout.BlockRows}×{layout.BlockColumns} block");
        int[]? stored = layout.DoublyCompressed ? ReadStored(blockRows, reader) : null;
        int storedRows = stored?.Length ?? blockRows;
        int[] pointers = reader.ReadInt32Array(storedRows + 1L, "BSR block pointers");
        int[] columns = reader.ReadInt32Array(slots / size, "BSR block columns");
        int count = columns.Length;
        if (pointers[0] != 0)
            throw new IntarsiaFormatException("BSR block pointer 0", $"{pointers[0]}", "0");
        for (int at = 0; at < storedRows; at++)
        {
            int begin = pointers[at], end = pointers[at + 1], least = stored is null ? begin : begin + 1;
            if (end < least || end > count)
                throw new IntarsiaFormatException($"BSR block pointer {at + 1}", $"{end}", $"between {least} and the number of blocks, {count}");
            Extents.CheckAscending(columns.AsSpan(begin..end), Extents.CeilingDivide(depth, layout.BlockColumns), $"block row {stored?[at] ?? at}");
        }

        if (pointers[storedRows] != count)
            throw new IntarsiaFormatException($"BSR block pointer {storedRows}", $"{pointers[storedRows]}", $"the number of blocks, {count}");
        return new BlockTopology(layout, rows, depth, stored, pointers, columns);
    }

    private static int[] ReadStored(int blockRows, PackedReader reader)
    {
        int count = reader.ReadInt32("DBSR number of stored block rows");
        if (count < 0 || count > blockRows)
            throw new IntarsiaFormatException("DBSR number of stored block rows", $"{count}", $"0 to {blockRows}, the number of block rows");
        int[] stored = reader.ReadInt32Array(count, "DBSR stored block rows");
        for (int at = 0, least = 0; at < count; least = stored[at++] + 1)
            if (stored[at] < least || stored[at] >= blockRows)
                throw new IntarsiaFormatException($"DBSR stored block row {at}", $"{stored[at]}", $"ascending, {least} or more and less than {blockRows}");
        return stored;
    }

    public override int GroupLength(int group)
    {
        (int begin, int end) = Blocks(group);
        return begin == end ? 0 : (end - begin - 1) * _blockColumns + Width(end - 1);
    }

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        (int begin, int end) = Blocks(group);
        int first = (int)((long)group * VectorLength % _blockRows), entry = 0;
        for (int block = begin; block < end; block++)
        {
            for (int column = 0; column < Width(block); column++, entry++)
            {
                depth[entry] = _columns[block] * _blockColumns + column;
                for (int v = 0; v < VectorLength; v++)
                    slots[entry * VectorLength + v] = Slot(block, first + v, column);
            }
        }
    }

    /// <summary>What the last block row has of rows that the matrix has not, and the last block column of columns.</summary>
    public override IEnumerable<int> PaddingSlots()
    {
        for (int at = 0; at + 1 < _pointers.Length; at++)
        {
            int present = (int)Math.Min(_blockRows, Rows - (long)RowAt(at) * _blockRows);
            for (int block = _pointers[at]; block < _pointers[at + 1]; block++)
                for (int row = 0; row < _blockRows; row++)
                    for (int column = row < present ? Width(block) : 0; column < _blockColumns; column++)
                        yield return Slot(block, row, column);
        }
    }

    public override void Write(PackedWriter writer)
    {
        if (_stored is not null)
        {
            writer.WriteInt32(_stored.Length);
            writer.WriteInt32Array(_stored);
        }

        writer.WriteInt32Array(_pointers);
        writer.WriteInt32Array(_columns);
    }

    /// <remarks>Entries are the columns of the blocks of a block row, which all of its strips have in common: entry p stands in block p / c, in its column p mod c.</remarks>
    protected override EntryIndex MakeEntries()
    {
        var bounds = new int[Extents.RequireArrayLength(2 * (Int128)GroupCount + 1, "bounds of the strips")];
        var columns = new int[Extents.RequireArrayLength((Int128)_columns.Length * _blockColumns, "columns of the blocks")];
        for (int entry = 0; entry < columns.Length; entry++)
        {
            (int block, int column) = Math.DivRem(entry, _blockColumns);
            columns[entry] = column < Width(block) ? _columns[block] * _blockColumns + column : -1;
        }

        for (int group = 0; group < GroupCount; group++)
        {
            bounds[2 * group] = Blocks(group).Begin * _blockColumns;
            bounds[2 * group + 1] = bounds[2 * group] + GroupLength(group);
        }

        bounds[^1] = columns.Length;
        return new EntryIndex(bounds, columns) { BlockRows = RowsOfBlocks() };
    }

    /// <summary>A block is an entry, and its number is the place.</summary>
    protected override TransposeIndex MakeTransposeIndex()
    {
        int[] places = new int[_columns.Length];
        for (int block = 0; block < places.Length; block++)
            places[block] = block;
        return TransposeIndex.Sort(_blockRows, _blockColumns, Extents.CeilingDivide(Depth, _blockColumns), _columns.Length, RowsOfBlocks(), _columns, places);
    }

    /// <summary>The block row of each block.</summary>
    private int[] RowsOfBlocks()
    {
        int[] rows = new int[_columns.Length];
        for (int at = 0; at + 1 < _pointers.Length; at++)
            rows.AsSpan(_pointers[at].._pointers[at + 1]).Fill(RowAt(at));
        return rows;
    }

    private (int Begin, int End) Blocks(int group)
    {
        int blockRow = (int)((long)group * VectorLength / _blockRows), at = _stored is null ? blockRow : Array.BinarySearch(_stored, blockRow);
        return at < 0 ? default : (_pointers[at], _pointers[at + 1]);
    }

    /// <summary>The block row that pointers number so.</summary>
    private int RowAt(int at) => _stored?[at] ?? at;

    /// <summary>Columns of a block that the matrix has.</summary>
    private int Width(int block) => Math.Min(_blockColumns, Depth - _columns[block] * _blockColumns);

    private int Slot(int block, int row, int column) => (block * _blockRows + row) * _blockColumns + column;
}
