namespace Intarsia;

/// <summary>
/// The columns of another topology as rows, each with the slots that its elements have there: what a kernel sees that multiplies by the transpose of a matrix. Nothing is stored for it but the <see cref="TransposeIndex"/>, and no file holds one.
/// Blocks of b×c become such of c×b; everything else rows of single elements.
/// </summary>
internal sealed class TransposedTopology : Topology
{
    private readonly Topology _stored;
    private readonly TransposeIndex _index;

    public TransposedTopology(Topology stored)
        : base(stored.Depth, stored.Rows, WeightLayout.RowsTogether(stored.TransposeIndex.EntryColumns)) => (_stored, _index) = (stored, stored.TransposeIndex);

    public override int SlotCount => _stored.SlotCount;

    public override long IndexBytes => _index.Bytes;

    public override int GroupLength(int group)
    {
        (int begin, int end) = EntriesOf(group);
        return begin == end ? 0 : (end - begin - 1) * _index.EntryRows + Height(end - 1);
    }

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        (int begin, int end) = EntriesOf(group);
        int b = _index.EntryRows, c = _index.EntryColumns, v = VectorLength, first = (int)((long)group * v % c), next = 0;
        for (int entry = begin; entry < end; entry++)
        {
            for (int row = 0; row < Height(entry); row++, next++)
            {
                depth[next] = _index.Rows[entry] * b + row;
                // Within a block the values lie as they do for the rows: only the steps change places.
                int slot = (_index.Places[entry] * b + row) * c + first;
                for (int lane = 0; lane < v; lane++)
                    slots[next * v + lane] = slot + lane;
            }
        }
    }

    public override IEnumerable<int> PaddingSlots() => _stored.PaddingSlots();

    public override void Write(PackedWriter writer) => throw NotStored();

    protected override EntryIndex MakeEntries() => throw NotStored();

    protected override TransposeIndex MakeTransposeIndex() => throw NotStored();

    private static InvalidOperationException NotStored() => new("A transpose is read through the index of the matrix that stores its values, and has no form of its own.");

    private (int Begin, int End) EntriesOf(int group)
    {
        int column = (int)((long)group * VectorLength / _index.EntryColumns);
        return (_index.Offsets[column], _index.Offsets[column + 1]);
    }

    /// <summary>Rows of an entry that the stored matrix has.</summary>
    private int Height(int entry) => Math.Min(_index.EntryRows, Depth - _index.Rows[entry] * _index.EntryRows);
}
