namespace Intarsia;

/// <summary>Compressed sparse rows: <c>int32 rowPointers[rows + 1]</c>, <c>int32 columns[entries]</c>, values in the same order.</summary>
internal sealed class CsrTopology : Topology
{
    private readonly int[] _pointers;
    private readonly int[] _columns;

    private CsrTopology(int rows, int depth, int[] pointers, int[] columns)
        : base(rows, depth, 1)
    {
        _pointers = pointers;
        _columns = columns;
    }

    public override int SlotCount => _columns.Length;

    protected override bool RowsLieWhole => true;

    public override long IndexBytes => 4L * (_pointers.Length + (long)_columns.Length);

    public static CsrTopology FromSource<TSource, T>(ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        var pointers = new int[Extents.RequireArrayLength((Int128)source.Rows + 1, "row pointers")];
        var columns = new List<int>();
        var scratch = new int[source.MaxEntries];
        for (int row = 0; row < source.Rows; row++)
        {
            int count = source.Entries(row, scratch, keepZeros: true);
            columns.AddRange(scratch.AsSpan(0, count));
            pointers[row + 1] = columns.Count;
        }

        return new CsrTopology(source.Rows, source.Depth, pointers, columns.ToArray());
    }

    public static CsrTopology FromFile(int rows, int depth, long slots, PackedReader reader)
    {
        int[] pointers = reader.ReadInt32Array(rows + 1L, "CSR row pointers");
        int[] columns = reader.ReadInt32Array(slots, "CSR column indices");
        CsrMatrix.Check(rows, depth, pointers, columns);
        return new CsrTopology(rows, depth, pointers, columns);
    }

    public override int GroupLength(int group) => _pointers[group + 1] - _pointers[group];

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        int begin = _pointers[group];
        _columns.AsSpan(begin, GroupLength(group)).CopyTo(depth);
        for (int i = 0; i < GroupLength(group); i++)
            slots[i] = begin + i;
    }

    public override IEnumerable<int> PaddingSlots() => [];

    public override void Write(PackedWriter writer)
    {
        writer.WriteInt32Array(_pointers);
        writer.WriteInt32Array(_columns);
    }
}
