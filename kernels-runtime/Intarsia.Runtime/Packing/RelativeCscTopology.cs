namespace Intarsia;

/// <summary>
/// Interleaved compressed sparse columns with relative row indices (EIE, ISCA'16, sections 3 and 4): row i lies in lane i mod N, as its local row i / N, and each lane has its part of every column as a list of entries, each with the number of zeros before it.
/// <c>int32 pointers[N·depth + 1]</c> (lane after lane, the first entry of each column), <c>int32 count</c> and <c>int32 fillers[count]</c>, and gaps of 4 bits, low nibble first; values in the order of the entries. Where more than 15
/// zeros stand before an element, fillers (gap 15) do, which are padding.
/// </summary>
internal sealed class RelativeCscTopology : Topology
{
    /// <summary>The largest number of zeros that a gap counts.</summary>
    private const int MaxGap = 15;

    private readonly int _lanes;
    private readonly int[] _pointers;
    private readonly int[] _fillers;
    private readonly byte[] _gaps;
    private RowView? _rows;

    private RelativeCscTopology(WeightLayout layout, int rows, int depth, int[] pointers, int[] fillers, byte[] gaps)
        : base(rows, depth, 1) => (_lanes, _pointers, _fillers, _gaps) = (layout.Lanes, pointers, fillers, gaps);

    public override int SlotCount => _gaps.Length;

    public override long IndexBytes => 4L * (_pointers.Length + 1L + _fillers.Length) + PackedReader.NibbleBytes(_gaps.Length);

    public override long StoredElements => _gaps.Length - _fillers.Length;

    /// <summary>The elements row by row, made at the first use: rows are not what the file grows with.</summary>
    private RowView Row => _rows ??= MakeRows();

    public static RelativeCscTopology FromSource<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        int lanes = layout.Lanes, depth = source.Depth;
        var pointers = new int[PointerCount(lanes, depth)];
        var scratch = new int[source.MaxEntries];
        // How many entries each column has in each lane, then where; the last local row of each says how long the gap is.
        var last = new int[pointers.Length - 1];
        Array.Fill(last, -1);
        long entries = 0;
        for (int row = 0; row < source.Rows; row++)
            foreach (int column in scratch.AsSpan(0, source.Entries(row, scratch, keepZeros: true)))
            {
                int slice = row % lanes * depth + column, count = 1 + (row / lanes - last[slice] - 1) / (MaxGap + 1);
                pointers[slice + 1] += count;
                last[slice] = row / lanes;
                entries += count;
            }

        Extents.RequireArrayLength(entries, "entries");
        for (int slice = 0; slice + 1 < pointers.Length; slice++) pointers[slice + 1] += pointers[slice];
        var gaps = new byte[entries];
        var fillers = new List<int>();
        int[] next = pointers[..^1];
        Array.Fill(last, -1);
        for (int row = 0; row < source.Rows; row++)
            foreach (int column in scratch.AsSpan(0, source.Entries(row, scratch, keepZeros: true)))
            {
                int slice = row % lanes * depth + column, gap = row / lanes - last[slice] - 1;
                for (; gap > MaxGap; gap -= MaxGap + 1)
                {
                    fillers.Add(next[slice]);
                    gaps[next[slice]++] = MaxGap;
                }

                gaps[next[slice]++] = (byte)gap;
                last[slice] = row / lanes;
            }

        fillers.Sort();
        return new RelativeCscTopology(layout, source.Rows, depth, pointers, [.. fillers], gaps);
    }

    public static RelativeCscTopology FromFile(WeightLayout layout, int rows, int depth, long slots, PackedReader reader)
    {
        int[] pointers = reader.ReadInt32Array(layout.Lanes * (long)depth + 1, "column pointers");
        for (int i = 0; i < pointers.Length; i++)
            if (i == 0 ? pointers[0] != 0 : pointers[i] < pointers[i - 1] || pointers[i] > slots)
                throw new IntarsiaFormatException($"column pointer {i}", $"{pointers[i]}", i == 0 ? "0" : $"between {pointers[i - 1]} and the number of entries, {slots}");
        if (pointers[^1] != slots)
            throw new IntarsiaFormatException($"column pointer {pointers.Length - 1}", $"{pointers[^1]}", $"the number of entries, {slots}");
        int count = reader.ReadInt32("number of fillers");
        if (count < 0 || count > slots)
            throw new IntarsiaFormatException("number of fillers", $"{count}", $"0 to the number of entries, {slots}");
        int[] fillers = reader.ReadInt32Array(count, "fillers");
        byte[] gaps = reader.ReadNibbles((int)slots, "gaps");
        var topology = new RelativeCscTopology(layout, rows, depth, pointers, fillers, gaps);
        topology.Check();
        return topology;
    }

    public override int GroupLength(int group) => Row.Of(group).Length;

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        (int begin, int length) = Row.Of(group);
        Row.Columns.AsSpan(begin, length).CopyTo(depth);
        Row.Slots.AsSpan(begin, length).CopyTo(slots);
    }

    public override IEnumerable<int> PaddingSlots() => _fillers;

    public override void Write(PackedWriter writer)
    {
        writer.WriteInt32Array(_pointers);
        writer.WriteInt32(_fillers.Length);
        writer.WriteInt32Array(_fillers);
        writer.WriteNibbles(_gaps);
    }

    /// <summary>The entries, fillers included, that a lane has in a column.</summary>
    public int EntriesIn(int lane, int column) => _pointers[lane * Depth + column + 1] - _pointers[lane * Depth + column];

    private static int PointerCount(int lanes, int depth) => Extents.RequireArrayLength((Int128)lanes * depth + 1, "column pointers (lanes × depth)");

    /// <summary>Rejects entries behind the last row of their lane, and fillers that are none.</summary>
    private void Check()
    {
        for (int i = 0; i < _fillers.Length; i++)
        {
            int before = i == 0 ? -1 : _fillers[i - 1], filler = _fillers[i];
            if (filler <= before || filler >= _gaps.Length)
                throw new IntarsiaFormatException($"filler {i}", $"{filler}", $"more than the one before it ({before}) and less than the number of entries, {_gaps.Length}");
            if (_gaps[filler] != MaxGap)
                throw new IntarsiaFormatException($"gap of filler {i}", $"{_gaps[filler]}", $"{MaxGap}");
        }

        int next = 0;
        for (int slice = 0; slice + 1 < _pointers.Length; slice++)
        {
            int lane = slice / Depth, column = slice % Depth;
            long row = -1, rows = lane < Rows ? ((long)Rows - lane + _lanes - 1) / _lanes : 0;
            bool isFiller = false;
            for (int entry = _pointers[slice]; entry < _pointers[slice + 1]; entry++)
            {
                row += _gaps[entry] + 1;
                isFiller = next < _fillers.Length && _fillers[next] == entry;
                if (isFiller) next++;
                if (row >= rows)
                    throw new IntarsiaFormatException($"row of entry {entry} (lane {lane}, column {column})", $"{row}", $"less than {rows}, the rows of the lane");
            }

            if (isFiller)
                throw new IntarsiaFormatException($"entry {_pointers[slice + 1] - 1} (lane {lane}, column {column})", "a filler", "an element, as the last of a column");
        }
    }

    private RowView MakeRows()
    {
        // A file may say more rows than it has elements, by far: then only those that have some are listed.
        int[]? present = null;
        if (Rows > 16 * StoredElements + 65536)
        {
            var found = new SortedSet<int>();
            Walk((row, _, _) => found.Add(row));
            present = [.. found];
        }

        var pointers = new int[(present?.Length ?? Rows) + 1];
        int At(int row) => present is null ? row : Array.BinarySearch(present, row);
        Walk((row, _, _) => pointers[At(row) + 1]++);
        for (int i = 1; i < pointers.Length; i++) pointers[i] += pointers[i - 1];
        int[] columns = new int[StoredElements], slots = new int[StoredElements], next = pointers[..^1];
        // A row is in one lane, which has its columns in ascending order.
        Walk((row, column, entry) => (columns[next[At(row)]], slots[next[At(row)]++]) = (column, entry));
        return new RowView(present, pointers, columns, slots);
    }

    /// <summary>Visits the elements, without fillers, lane after lane and in it column after column.</summary>
    private void Walk(Action<int, int, int> visit)
    {
        int next = 0;
        for (int slice = 0; slice + 1 < _pointers.Length; slice++)
        {
            int local = -1;
            for (int entry = _pointers[slice]; entry < _pointers[slice + 1]; entry++)
            {
                local += _gaps[entry] + 1;
                if (next < _fillers.Length && _fillers[next] == entry) next++;
                else visit(local * _lanes + slice / Depth, slice % Depth, entry);
            }
        }
    }

    /// <summary>The elements of each row, or of each that is present, from its pointer on.</summary>
    private sealed record RowView(int[]? Present, int[] Pointers, int[] Columns, int[] Slots)
    {
        public (int Begin, int Length) Of(int row)
        {
            int at = Present is null ? row : Array.BinarySearch(Present, row);
            return at < 0 ? (0, 0) : (Pointers[at], Pointers[at + 1] - Pointers[at]);
        }
    }
}
