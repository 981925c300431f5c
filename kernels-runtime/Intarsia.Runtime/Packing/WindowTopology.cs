namespace Intarsia;

/// <summary>
/// Row windows: 16 rows each, whose distinct columns are numbered anew without gaps and lie in blocks of 16×8 places (sparse graph translation; TC-GNN, USENIX ATC'23, section 4), with the entries of a block as one byte for the place and a value
/// each (ME-TCF; DTC-SpMM, ASPLOS'24). <c>int32 blockPointers[windows + 1]</c>, <c>int32 entryPointers[blocks + 1]</c>, <c>int32 columns[blocks][8]</c> (strictly ascending within a window, then −1), <c>uint8 places[entries]</c>
/// (row·8 + column within the block, strictly ascending), values in the order of the places.
/// </summary>
internal sealed class WindowTopology : Topology
{
    public const int WindowRows = 16;
    public const int BlockColumns = 8;
    public const int Padding = -1;

    private readonly int[] _blockPointers;
    private readonly int[] _entryPointers;
    private readonly int[] _blockColumns;
    private readonly byte[] _places;

    /// <summary>The entries by rows, ascending by column: the form that kernels take. Those of a row begin at its pointer.</summary>
    private readonly int[] _pointers;
    private readonly int[] _columns;
    private readonly int[] _slots;

    private WindowTopology(int rows, int depth, int[] blockPointers, int[] entryPointers, int[] blockColumns, byte[] places)
        : base(rows, depth, 1)
    {
        (_blockPointers, _entryPointers, _blockColumns, _places) = (blockPointers, entryPointers, blockColumns, places);
        _pointers = new int[Extents.RequireArrayLength((Int128)rows + 1, "pointers of the rows")];
        (_columns, _slots) = (new int[places.Length], new int[places.Length]);
        foreach ((int slot, int row, int _) in InFileOrder())
            _pointers[row + 1]++;
        for (int row = 0; row < rows; row++)
            _pointers[row + 1] += _pointers[row];
        // Blocks of a window come by ascending columns, so those of each row do.
        int[] next = _pointers.AsSpan(0, rows).ToArray();
        foreach ((int slot, int row, int column) in InFileOrder())
        {
            int at = next[row]++;
            (_columns[at], _slots[at]) = (column, slot);
        }
    }

    public override int SlotCount => _places.Length;

    public override long IndexBytes => 4L * _blockPointers.Length + 4L * _entryPointers.Length + 4L * _blockColumns.Length + _places.Length;

    public static WindowTopology FromSource<TSource, T>(ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        int windows = Extents.CeilingDivide(source.Rows, WindowRows);
        var blockPointers = new int[windows + 1];
        List<int> entryPointers = [0], blockColumns = [];
        List<byte> places = [];
        var scratch = new int[source.MaxEntries];
        // What a column of the matrix is called within the window.
        var condensed = new int[source.MaxEntries == 0 ? 0 : source.Depth];
        var lines = new int[WindowRows][];
        Span<int> next = stackalloc int[WindowRows];
        for (int window = 0; window < windows; window++)
        {
            int rows = Math.Min(WindowRows, source.Rows - window * WindowRows);
            for (int row = 0; row < rows; row++)
                lines[row] = scratch.AsSpan(0, source.Entries(window * WindowRows + row, scratch, keepZeros: true)).ToArray();
            int[] distinct = [.. lines.Take(rows).SelectMany(line => line).Distinct().Order()];
            for (int i = 0; i < distinct.Length; i++)
                condensed[distinct[i]] = i;

            next.Clear();
            for (int first = 0; first < distinct.Length; first += BlockColumns)
            {
                for (int c = first; c < first + BlockColumns; c++)
                    blockColumns.Add(c < distinct.Length ? distinct[c] : Padding);
                for (int row = 0; row < rows; row++)
                    for (; next[row] < lines[row].Length && condensed[lines[row][next[row]]] < first + BlockColumns; next[row]++)
                        places.Add((byte)(row * BlockColumns + condensed[lines[row][next[row]]] - first));
                entryPointers.Add(places.Count);
            }

            blockPointers[window + 1] = entryPointers.Count - 1;
        }

        return new WindowTopology(source.Rows, source.Depth, blockPointers, [.. entryPointers], [.. blockColumns], [.. places]);
    }

    public static WindowTopology FromFile(int rows, int depth, long slots, PackedReader reader)
    {
        int[] blockPointers = reader.ReadInt32Array(Extents.CeilingDivide(rows, WindowRows) + 1L, "window block pointers");
        WindowCheck.Pointers(blockPointers, "window block pointer");
        int[] entryPointers = reader.ReadInt32Array(blockPointers[^1] + 1L, "window entry pointers");
        WindowCheck.Pointers(entryPointers, "window entry pointer");
        if (entryPointers[^1] != slots)
            throw new IntarsiaFormatException("header.Slots", $"{slots}", $"{entryPointers[^1]}, the entries of all blocks");
        int[] blockColumns = reader.ReadInt32Array((long)BlockColumns * blockPointers[^1], "window column indices");
        byte[] places = reader.ReadBytes(slots, "window places");
        for (int window = 0; window + 1 < blockPointers.Length; window++)
            WindowCheck.Window(window, Math.Min(WindowRows, rows - window * WindowRows), depth, blockPointers, entryPointers, blockColumns, places);
        return new WindowTopology(rows, depth, blockPointers, entryPointers, blockColumns, places);
    }

    public override int GroupLength(int group) => _pointers[group + 1] - _pointers[group];

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        int begin = _pointers[group], length = GroupLength(group);
        _columns.AsSpan(begin, length).CopyTo(depth);
        _slots.AsSpan(begin, length).CopyTo(slots);
    }

    public override IEnumerable<int> PaddingSlots() => [];

    public override void Write(PackedWriter writer)
    {
        writer.WriteInt32Array(_blockPointers);
        writer.WriteInt32Array(_entryPointers);
        writer.WriteInt32Array(_blockColumns);
        writer.WriteBytes(_places);
    }

    /// <summary>Every entry in the order of the file, with its row and column in the matrix.</summary>
    private IEnumerable<(int Slot, int Row, int Column)> InFileOrder()
    {
        for (int window = 0; window + 1 < _blockPointers.Length; window++)
            for (int block = _blockPointers[window]; block < _blockPointers[window + 1]; block++)
                for (int slot = _entryPointers[block]; slot < _entryPointers[block + 1]; slot++)
                    yield return (slot, window * WindowRows + _places[slot] / BlockColumns, _blockColumns[block * BlockColumns + _places[slot] % BlockColumns]);
    }
}
