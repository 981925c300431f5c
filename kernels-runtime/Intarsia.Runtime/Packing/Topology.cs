namespace Intarsia;

/// <summary>
/// Where the elements of a packed matrix stand and in which slot of the value array each is kept. Immutable. A new pattern is a new subclass, a line in
/// <see cref="Build"/> and one in <see cref="Read"/>.
/// </summary>
internal abstract class Topology(int rows, int depth, int vectorLength)
{
    private EntryIndex? _entries;
    private TransposeIndex? _transposeIndex;
    private TransposedTopology? _transposed;

    public int Rows { get; } = rows;

    public int Depth { get; } = depth;

    /// <summary>Rows that share one set of columns.</summary>
    public int VectorLength { get; } = vectorLength;

    /// <summary>Number of groups of <see cref="VectorLength"/> rows; the last may be short of rows.</summary>
    public int GroupCount { get; } = Extents.CeilingDivide(rows, vectorLength);

    /// <summary>Slots of the value array, padding included.</summary>
    public abstract int SlotCount { get; }

    /// <summary>Where elements are stored, made at the first use.</summary>
    public EntryIndex Entries => _entries ??= MakeEntries();

    /// <summary>Where the columns find their elements, made at the first use.</summary>
    public TransposeIndex TransposeIndex => _transposeIndex ??= MakeTransposeIndex();

    /// <summary>The columns as rows, on the same slots, made at the first use.</summary>
    public TransposedTopology Transposed => _transposed ??= new TransposedTopology(this);

    /// <summary>Elements of the matrix that have a slot.</summary>
    public virtual long StoredElements
    {
        get
        {
            long stored = 0;
            if (Depth > 0)
                for (int group = 0; group < GroupCount; group++)
                    stored += GroupLength(group) * Math.Min(VectorLength, Rows - (long)group * VectorLength);
            return stored;
        }
    }

    /// <summary>Bytes of index data in the canonical layout.</summary>
    public abstract long IndexBytes { get; }

    /// <summary>Entries (vectors) of one group, without padding.</summary>
    public abstract int GroupLength(int group);

    /// <summary>Writes the depth of each entry of a group, ascending, and the slot of element v of entry e at [e·V + v].</summary>
    public abstract void Locate(int group, Span<int> depth, Span<int> slots);

    /// <summary>Slots that hold no element of the matrix and must be zero, in ascending order.</summary>
    public abstract IEnumerable<int> PaddingSlots();

    /// <summary>Writes the index data; the inverse of <see cref="Read"/>.</summary>
    public abstract void Write(PackedWriter writer);

    /// <summary>Whether the elements of each row have slots that ascend without a gap, in the order of its columns: then an entry is a slot, and none needs to be listed.</summary>
    protected virtual bool RowsLieWhole => false;

    /// <summary>Every pattern: the entries of each group in the order of its columns, and either are their slots in that order, too, or they are listed.</summary>
    protected virtual EntryIndex MakeEntries() => RowsLieWhole ? MakeWholeEntries() : MakePlacedEntries();

    private EntryIndex MakePlacedEntries()
    {
        var bounds = new int[Extents.RequireArrayLength(2 * (Int128)GroupCount + 1, "bounds of the rows")];
        long entries = 0;
        for (int group = 0; group < GroupCount; group++)
        {
            bounds[2 * group] = Extents.RequireArrayLength(entries, "entries of the rows");
            entries += Depth == 0 ? 0 : GroupLength(group);
            bounds[2 * group + 1] = Extents.RequireArrayLength(entries, "entries of the rows");
        }

        int count = bounds[^1] = (int)entries;
        int[] columns = new int[count], places = new int[Extents.RequireArrayLength((Int128)count * VectorLength, "places of the entries")], slots = [];
        Array.Fill(places, -1);
        for (int group = 0; group < GroupCount; group++)
        {
            int first = bounds[2 * group], length = bounds[2 * group + 1] - first, present = (int)Math.Min(VectorLength, Rows - (long)group * VectorLength);
            if (length == 0)
                continue;
            if (slots.Length < length * VectorLength)
                slots = new int[length * VectorLength];
            Locate(group, columns.AsSpan(first, length), slots);
            for (int entry = 0; entry < length; entry++)
                for (int v = 0; v < present; v++)
                    places[v * count + first + entry] = slots[entry * VectorLength + v];
        }

        return new EntryIndex(bounds, columns) { Places = places };
    }

    private EntryIndex MakeWholeEntries()
    {
        var bounds = new int[Extents.RequireArrayLength(2 * (Int128)GroupCount + 1, "bounds of the rows")];
        var columns = new int[SlotCount];
        Array.Fill(columns, -1);
        int[] depth = [], slots = [];
        for (int group = 0, next = 0; group < GroupCount; group++)
        {
            int length = GroupLength(group);
            if (depth.Length < length)
                (depth, slots) = (new int[length], new int[length]);
            Locate(group, depth, slots);
            bounds[2 * group] = length > 0 ? slots[0] : next;
            bounds[2 * group + 1] = next = bounds[2 * group] + length;
            depth.AsSpan(0, length).CopyTo(columns.AsSpan(bounds[2 * group]));
        }

        bounds[^1] = SlotCount;
        return new EntryIndex(bounds, columns);
    }

    /// <summary>Every pattern: each element is an entry, and its slot is the place.</summary>
    protected virtual TransposeIndex MakeTransposeIndex()
    {
        int count = Extents.RequireArrayLength(StoredElements, "stored elements"), next = 0;
        int[] rows = new int[count], columns = new int[count], places = new int[count], depth = [], slots = [];
        for (int row = 0; row < Rows && Depth > 0; row++)
        {
            (int group, int lane) = Math.DivRem(row, VectorLength);
            int length = GroupLength(group);
            if (depth.Length < length) (depth, slots) = (new int[length], new int[length * VectorLength]);
            if (lane == 0) Locate(group, depth, slots);
            for (int entry = 0; entry < length; entry++, next++)
                (rows[next], columns[next], places[next]) = (row, depth[entry], slots[entry * VectorLength + lane]);
        }

        return TransposeIndex.Sort(1, 1, Depth, SlotCount, rows, columns, places);
    }

    public static Topology Build<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged => layout.Pattern switch
        {
            Pattern.Dense => new DenseTopology(source.Rows, source.Depth),
            Pattern.NM => NMTopology.FromSource<TSource, T>(layout, ref source),
            Pattern.VectorRows => VectorTopology.FromSource<TSource, T>(layout, ref source),
            Pattern.Csr => CsrTopology.FromSource<TSource, T>(ref source),
            Pattern.Bsr => BlockTopology.FromSource<TSource, T>(layout, ref source),
            Pattern.Ell => EllTopology.FromSource<TSource, T>(layout, ref source),
            Pattern.Hyb => HybTopology.FromSource<TSource, T>(layout, ref source),
            Pattern.RowWindows => WindowTopology.FromSource<TSource, T>(ref source),
            Pattern.GatherScatter => GatherScatterTopology.FromSource<TSource, T>(layout, ref source),
            Pattern.Composite => CompositeTopology.FromSource<TSource, T>(layout, ref source),
            Pattern.RelativeCsc => RelativeCscTopology.FromSource<TSource, T>(layout, ref source),
            _ => throw new ArgumentOutOfRangeException(nameof(layout), layout.Pattern, "No such pattern."),
        };

    /// <summary>Reads and validates index data. The layout and the extents are already known to be valid; nothing else is.</summary>
    /// <exception cref="IntarsiaFormatException">The data is truncated or breaks a rule of the pattern.</exception>
    public static Topology Read(WeightLayout layout, int rows, int depth, long slots, PackedReader reader) => layout.Pattern switch
    {
        Pattern.Dense => new DenseTopology(rows, depth),
        Pattern.NM => NMTopology.FromFile(layout, rows, depth, reader),
        Pattern.VectorRows => VectorTopology.FromFile(layout, rows, depth, slots, reader),
        Pattern.Csr => CsrTopology.FromFile(rows, depth, slots, reader),
        Pattern.Bsr => BlockTopology.FromFile(layout, rows, depth, slots, reader),
        Pattern.Ell => EllTopology.FromFile(layout, rows, depth, slots, reader),
        Pattern.Hyb => HybTopology.FromFile(layout, rows, depth, slots, reader),
        Pattern.RowWindows => WindowTopology.FromFile(rows, depth, slots, reader),
        Pattern.GatherScatter => GatherScatterTopology.FromFile(layout, rows, depth, slots, reader),
        Pattern.Composite => CompositeTopology.FromFile(layout, rows, depth, slots, reader),
        Pattern.RelativeCsc => RelativeCscTopology.FromFile(layout, rows, depth, slots, reader),
        _ => throw new ArgumentOutOfRangeException(nameof(layout), layout.Pattern, "No such pattern."),
    };
}

/// <summary>Every element, row-major.</summary>
internal sealed class DenseTopology(int rows, int depth) : Topology(rows, depth, 1)
{
    public override int SlotCount { get; } = Extents.RequireArrayLength((Int128)rows * depth, "elements (rows × depth)");

    public override long IndexBytes => 0;

    public override int GroupLength(int group) => Depth;

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        for (int k = 0; k < Depth; k++)
        {
            depth[k] = k;
            slots[k] = group * Depth + k;
        }
    }

    public override IEnumerable<int> PaddingSlots() => [];

    public override void Write(PackedWriter writer)
    {
    }
}
