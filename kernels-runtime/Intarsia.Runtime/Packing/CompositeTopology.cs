namespace Intarsia;

/// <summary>
/// A sum of formats: every part is a topology over the whole matrix, and a group's entries are those of all parts in ascending depth. The slots of a part begin where those of the one before it end. An element belongs to the first part that has
/// a place for it; a place that a later one has for it, too (in a block, say), is padding. <c>int32 slots[parts]</c>, then the index data of each part. Rows that share their entries here are as many as share them in every part, so that a vector
/// of an entry is such padding as a whole or not at all.
/// </summary>
internal sealed class CompositeTopology : Topology
{
    /// <summary>Bytes of a part in the header: pattern, two parameters, V and fill.</summary>
    public const int HeaderBytes = 20;

    private readonly Topology[] _parts;
    private readonly int[] _firstSlots;
    private readonly int[] _pointers;
    private readonly int[] _depth;
    private readonly int[] _slots;

    /// <summary>Slots of elements that belong to an earlier part, ascending.</summary>
    private readonly int[] _shadowed;

    private CompositeTopology(WeightLayout layout, int rows, int depth, Topology[] parts)
        : base(rows, depth, layout.VectorLength)
    {
        _parts = parts;
        _firstSlots = new int[parts.Length];
        Int128 slots = 0;
        for (int part = 0; part < parts.Length; part++)
        {
            _firstSlots[part] = Extents.RequireArrayLength(slots, "slots of the parts");
            slots += parts[part].SlotCount;
        }

        SlotCount = Extents.RequireArrayLength(slots, "slots of the parts");
        _pointers = new int[depth == 0 ? 0 : Extents.RequireArrayLength((Int128)GroupCount + 1, "pointers of the groups")];
        (_depth, _slots, _shadowed) = Merge();
    }

    public override int SlotCount { get; }

    public override long IndexBytes => _parts.Sum(part => 4 + HeaderBytes + part.IndexBytes);

    public static CompositeTopology FromSource<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        var pointers = new int[Extents.RequireArrayLength((Int128)source.Rows + 1, "row pointers")];
        var columns = new List<int>();
        var scratch = new int[source.MaxEntries];
        for (int row = 0; row < source.Rows; row++)
        {
            columns.AddRange(scratch.AsSpan(0, source.Entries(row, scratch, keepZeros: true)));
            pointers[row + 1] = columns.Count;
        }

        var rest = new CsrMatrix(source.Rows, source.Depth, pointers, [.. columns]);
        var parts = new Topology[layout.Parts.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            // The last one takes what is left, or says what it cannot.
            (CsrMatrix taken, rest) = i + 1 < parts.Length ? CompositeSplit.Take(layout.Parts[i], rest) : (rest, rest);
            var places = new PlaceSource(taken);
            parts[i] = Build<PlaceSource, byte>(layout.Parts[i], ref places);
        }

        return new CompositeTopology(layout, source.Rows, source.Depth, parts);
    }

    public static CompositeTopology FromFile(WeightLayout layout, int rows, int depth, long slots, PackedReader reader)
    {
        int[] counts = reader.ReadInt32Array(layout.Parts.Count, "slots of the parts");
        if (counts.FirstOrDefault(count => count < 0) is var negative and < 0)
            throw new IntarsiaFormatException($"slots of part {Array.IndexOf(counts, negative)}", $"{negative}", "0 or more");
        if (counts.Sum(count => (long)count) is var sum && sum != slots)
            throw new IntarsiaFormatException("header.Slots", $"{slots}", $"{sum}, the slots of all parts");
        var parts = new Topology[counts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Read(layout.Parts[i], rows, depth, counts[i], reader);
            if (parts[i].SlotCount != counts[i])
                throw new IntarsiaFormatException($"slots of part {i}", $"{counts[i]}", $"{parts[i].SlotCount} in the layout '{layout.Parts[i]}'");
        }

        return new CompositeTopology(layout, rows, depth, parts);
    }

    public override int GroupLength(int group) => _pointers.Length == 0 ? 0 : _pointers[group + 1] - _pointers[group];

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        int begin = _pointers.Length == 0 ? 0 : _pointers[group], length = GroupLength(group);
        _depth.AsSpan(begin, length).CopyTo(depth);
        _slots.AsSpan(begin * VectorLength, length * VectorLength).CopyTo(slots);
    }

    public override IEnumerable<int> PaddingSlots()
    {
        int next = 0;
        foreach (int slot in _parts.SelectMany((part, i) => part.PaddingSlots().Select(slot => _firstSlots[i] + slot)))
        {
            for (; next < _shadowed.Length && _shadowed[next] <= slot; next++)
                if (_shadowed[next] < slot)
                    yield return _shadowed[next];
            yield return slot;
        }

        for (; next < _shadowed.Length; next++)
            yield return _shadowed[next];
    }

    public override void Write(PackedWriter writer)
    {
        foreach (Topology part in _parts)
            writer.WriteInt32(part.SlotCount);
        foreach (Topology part in _parts)
            part.Write(writer);
    }

    /// <summary>The depth of every entry of every group, the slots of its V elements, and the slots that none of them has; sets the pointers.</summary>
    private (int[] Depth, int[] Slots, int[] Shadowed) Merge()
    {
        if (_pointers.Length == 0)
            return ([], [], []);
        var depth = new List<int>();
        var slots = new List<int>();
        var shadowed = new List<int>();
        var vector = new int[VectorLength];
        PartReader[] readers = [.. _parts.Select(part => new PartReader(part))];
        for (int group = 0; group < GroupCount; group++)
        {
            int row = group * VectorLength, previous = -1;
            foreach (PartReader reader in readers)
                reader.MoveTo(row);
            while (Next(readers) is >= 0 and int next)
            {
                int column = readers[next].Depth;
                readers[next].Take(row, _firstSlots[next], vector);
                if (column == previous)
                {
                    shadowed.AddRange(vector);
                    continue;
                }

                depth.Add(previous = column);
                slots.AddRange(vector);
            }

            _pointers[group + 1] = depth.Count;
        }

        shadowed.Sort();
        return ([.. depth], [.. slots], [.. shadowed]);
    }

    /// <summary>The first of the parts whose next entry is leftmost; −1 at the end of all.</summary>
    private static int Next(PartReader[] readers)
    {
        int next = -1;
        for (int part = 0; part < readers.Length; part++)
            if (!readers[part].IsAtEnd && (next < 0 || readers[part].Depth < readers[next].Depth))
                next = part;
        return next;
    }

    /// <summary>Goes through the entries of one part, vector group by vector group.</summary>
    private sealed class PartReader(Topology part)
    {
        private int[] _depth = [];
        private int[] _slots = [];
        private int _group = -1, _length, _entry;

        public bool IsAtEnd => _entry == _length;

        public int Depth => _depth[_entry];

        public void MoveTo(int row)
        {
            _entry = 0;
            if (row / part.VectorLength == _group)
                return;
            _group = row / part.VectorLength;
            _length = part.GroupLength(_group);
            if (_depth.Length < _length)
                (_depth, _slots) = (new int[_length], new int[_length * part.VectorLength]);
            part.Locate(_group, _depth, _slots);
        }

        /// <summary>The slots of the next entry in the rows from one on.</summary>
        public void Take(int row, int first, Span<int> slots)
        {
            for (int v = 0; v < slots.Length; v++)
                slots[v] = first + _slots[_entry * part.VectorLength + row % part.VectorLength + v];
            _entry++;
        }
    }

    /// <summary>The places of a pattern, without values.</summary>
    private sealed class PlaceSource(CsrMatrix places) : IMatrixSource<byte>
    {
        public int Rows => places.Rows;

        public int Depth => places.Depth;

        public int MaxEntries => Enumerable.Range(0, places.Rows).Select(row => places.RowPointers[row + 1] - places.RowPointers[row]).DefaultIfEmpty().Max();

        public int Entries(int row, Span<int> columns, bool keepZeros)
        {
            ReadOnlySpan<int> entries = places.ColumnIndices.AsSpan(places.RowPointers[row]..places.RowPointers[row + 1]);
            entries.CopyTo(columns);
            return entries.Length;
        }

        public ReadOnlySpan<byte> Row(int row) => throw new NotSupportedException("A pattern has no values.");
    }
}
