namespace Intarsia;

/// <summary>
/// Block compressed sparse rows (BSR): <c>int32 blockPointers[⌈rows / b⌉ + 1]</c>, <c>int32 blockColumns[blocks]</c> (strictly ascending within a block row), values as b×c
/// row-major blocks. Elements of a block that the matrix does not have are 0. To readers, a block row is strips of as many rows as the greatest power of two up to 16 that divides b,
/// and a block c vectors of each: kernels meet nothing but vectors.
/// </summary>
internal sealed class BlockTopology : Topology
{
    private readonly int _blockRows;
    private readonly int _blockColumns;
    private readonly int[] _pointers;
    private readonly int[] _columns;

    private BlockTopology(WeightLayout layout, int rows, int depth, int[] pointers, int[] columns)
        : base(rows, depth, layout.VectorLength)
    {
        (_blockRows, _blockColumns) = (layout.BlockRows, layout.BlockColumns);
        _pointers = pointers;
        _columns = columns;
        SlotCount = Extents.RequireArrayLength((Int128)columns.Length * _blockRows * _blockColumns, "elements of the stored blocks");
    }

    public override int SlotCount { get; }

    public override long IndexBytes => 4L * (_pointers.Length + (long)_columns.Length);

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

        return new BlockTopology(layout, source.Rows, source.Depth, pointers, columns.ToArray());
    }

    public static BlockTopology FromFile(WeightLayout layout, int rows, int depth, long slots, PackedReader reader)
    {
        int size = layout.BlockRows * layout.BlockColumns, blockRows = Extents.CeilingDivide(rows, layout.BlockRows);
        if (slots % size != 0)
            throw new IntarsiaFormatException("header.Slots", $"{slots}", $"a multiple of the {layout.BlockRows}×{layout.BlockColumns} block");
        int[] pointers = reader.ReadInt32Array(blockRows + 1L, "BSR block pointers");
        int[] columns = reader.ReadInt32Array(slots / size, "BSR block columns");
        int count = columns.Length;
        if (pointers[0] != 0)
            throw new IntarsiaFormatException("BSR block pointer 0", $"{pointers[0]}", "0");
        for (int blockRow = 0; blockRow < blockRows; blockRow++)
        {
            int begin = pointers[blockRow], end = pointers[blockRow + 1];
            if (end < begin || end > count)
                throw new IntarsiaFormatException($"BSR block pointer {blockRow + 1}", $"{end}", $"between {begin} and the number of blocks, {count}");
            Extents.CheckAscending(columns.AsSpan(begin..end), Extents.CeilingDivide(depth, layout.BlockColumns), $"block row {blockRow}");
        }

        if (pointers[blockRows] != count)
            throw new IntarsiaFormatException($"BSR block pointer {blockRows}", $"{pointers[blockRows]}", $"the number of blocks, {count}");
        return new BlockTopology(layout, rows, depth, pointers, columns);
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
        for (int blockRow = 0; blockRow + 1 < _pointers.Length; blockRow++)
        {
            int present = (int)Math.Min(_blockRows, Rows - (long)blockRow * _blockRows);
            for (int block = _pointers[blockRow]; block < _pointers[blockRow + 1]; block++)
                for (int row = 0; row < _blockRows; row++)
                    for (int column = row < present ? Width(block) : 0; column < _blockColumns; column++)
                        yield return Slot(block, row, column);
        }
    }

    public override void Write(PackedWriter writer)
    {
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
        return new EntryIndex(bounds, columns);
    }

    private (int Begin, int End) Blocks(int group)
    {
        int blockRow = (int)((long)group * VectorLength / _blockRows);
        return (_pointers[blockRow], _pointers[blockRow + 1]);
    }

    /// <summary>Columns of a block that the matrix has.</summary>
    private int Width(int block) => Math.Min(_blockColumns, Depth - _columns[block] * _blockColumns);

    private int Slot(int block, int row, int column) => (block * _blockRows + row) * _blockColumns + column;
}
