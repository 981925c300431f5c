using System.Numerics;

namespace Intarsia;

/// <summary>
/// N:M sparsity: each M consecutive elements of a row keep N slots, <c>values[rows][⌈depth/M⌉][N]</c>, in strictly ascending order of position. The positions are
/// packed little-endian fields of log2(M) bits, N to a group, or a bitmap of M bits, whichever is smaller (fields where equal), without gaps between groups.
/// In V:N:M (VENOM, SC'23, section 3) V consecutive rows share their positions, which stand there once; the rows of the values are filled up to whole vectors, as padding.
/// A group with fewer than N non-zeros fills up with zeros at its lowest unused positions; in a short last group those may lie past the depth, and only such slots
/// are padding.
/// </summary>
internal sealed class NMTopology : Topology
{
    private readonly int _n;
    private readonly int _m;
    private readonly int _groupsPerRow;
    private readonly int _tail;
    private readonly PositionStore _positions;

    private NMTopology(WeightLayout layout, int rows, int depth, Func<int, PositionStore> positions)
        : base(rows, depth, layout.VectorLength)
    {
        _n = layout.N;
        _m = layout.M;
        _groupsPerRow = Extents.CeilingDivide(depth, _m);
        _tail = depth - Math.Max(0, _groupsPerRow - 1) * _m;
        SlotCount = Extents.RequireArrayLength((Int128)GroupCount * VectorLength * _groupsPerRow * _n, "elements (rows × groups × N)");
        _positions = positions(GroupCount * _groupsPerRow);
    }

    public override int SlotCount { get; }

    public override long IndexBytes => _positions.Bytes.Length;

    /// <remarks>In V:N:M the entries are there once for V rows, whose values lie row by row all the same.</remarks>
    protected override bool RowsLieWhole => VectorLength == 1;

    /// <summary>Slots of the last group of a row that lie within the depth.</summary>
    private int TailSlots => Math.Min(_n, _tail);

    public static NMTopology FromSource<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        var topology = new NMTopology(layout, source.Rows, source.Depth, groups => new PositionStore(layout.N, layout.M, groups));
        var columns = new int[source.MaxEntries];
        var masks = new uint[source.Rows == 0 ? 0 : topology._groupsPerRow];
        for (int vector = 0; vector < topology.GroupCount; vector++)
        {
            Array.Clear(masks);
            int first = vector * topology.VectorLength, last = Math.Min(first + topology.VectorLength, source.Rows) - 1;
            for (int row = first; row <= last; row++)
                foreach (int column in columns.AsSpan(0, source.Entries(row, columns, keepZeros: false)))
                    masks[column / layout.M] |= 1u << (column % layout.M);
            for (int group = 0; group < masks.Length; group++)
            {
                uint mask = masks[group];
                int taken = BitOperations.PopCount(mask);
                if (taken > layout.N)
                {
                    string where = first == last ? $"row {first}" : $"rows {first} to {last}";
                    IEnumerable<long> kept = Enumerable.Range(0, layout.M).Where(place => (mask >> place & 1) != 0).Select(place => group * (long)layout.M + place);
                    throw new IntarsiaFormatException(
                        $"{where}, columns {group * (long)layout.M} to {Math.Min((group + 1L) * layout.M, source.Depth) - 1} (group {group})",
                        $"{taken} non-zero {(first == last ? "elements, at" : "columns,")} {(first == last ? "columns " : "")}{string.Join(", ", kept)}", $"at most {layout.N} of {layout.M}");
                }

                for (; taken < layout.N; taken++)
                    mask |= ~mask & (mask + 1);
                topology._positions.Set(vector * topology._groupsPerRow + group, mask);
            }
        }

        return topology;
    }

    public static NMTopology FromFile(WeightLayout layout, int rows, int depth, PackedReader reader)
    {
        var topology = new NMTopology(layout, rows, depth, groups =>
            new PositionStore(layout.N, layout.M, groups, reader.ReadBytes(PositionStore.ByteCount(layout.N, layout.M, groups), "N:M positions")));
        if (topology._groupsPerRow == 0)
            return topology;
        for (int vector = 0; vector < topology.GroupCount; vector++)
        {
            for (int group = 0; group < topology._groupsPerRow; group++)
            {
                string where = $"row {vector * topology.VectorLength}, group {group}";
                uint mask = topology._positions.GetChecked(vector * topology._groupsPerRow + group, where);
                bool last = group == topology._groupsPerRow - 1;
                if (last && BitOperations.PopCount(mask & Below(topology._tail)) != topology.TailSlots)
                    throw new IntarsiaFormatException($"N:M positions of {where}", $"bitmap 0x{mask:X}", $"{topology.TailSlots} positions below {topology._tail}, where the depth ends");
            }
        }

        topology._positions.CheckPadding();
        return topology;
    }

    public override int GroupLength(int group) => _groupsPerRow == 0 ? 0 : (_groupsPerRow - 1) * _n + TailSlots;

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        int entry = 0, length = GroupLength(group), v = VectorLength;
        for (int g = 0; g < _groupsPerRow; g++)
        {
            uint mask = _positions.Get(group * _groupsPerRow + g);
            for (int n = 0; n < _n && entry < length; n++, entry++)
            {
                depth[entry] = g * _m + BitOperations.TrailingZeroCount(mask);
                for (int lane = 0; lane < v; lane++)
                    slots[entry * v + lane] = ((group * v + lane) * _groupsPerRow + g) * _n + n;
                mask &= mask - 1;
            }
        }
    }

    public override IEnumerable<int> PaddingSlots()
    {
        if (_groupsPerRow == 0)
            yield break;
        int rowSlots = _groupsPerRow * _n;
        for (int row = 0; row < Rows; row++)
            for (int n = TailSlots; n < _n; n++)
                yield return (row + 1) * rowSlots - _n + n;
        for (int slot = Rows * rowSlots; slot < SlotCount; slot++)
            yield return slot;
    }

    public override void Write(PackedWriter writer) => writer.WriteBytes(_positions.Bytes);

    private static uint Below(int position) => position >= 32 ? uint.MaxValue : (1u << position) - 1;
}
