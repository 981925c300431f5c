using System.Numerics;

namespace Intarsia;

/// <summary>
/// N:M sparsity: each M consecutive elements of a row keep N slots, <c>values[rows][⌈depth/M⌉][N]</c>, in strictly ascending order of position. The positions are
/// packed little-endian fields of log2(M) bits, N to a group, or a bitmap of M bits, whichever is smaller (fields where equal), without gaps between groups.
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
        : base(rows, depth, 1)
    {
        _n = layout.N;
        _m = layout.M;
        _groupsPerRow = Extents.CeilingDivide(depth, _m);
        _tail = depth - Math.Max(0, _groupsPerRow - 1) * _m;
        SlotCount = Extents.RequireArrayLength((Int128)rows * _groupsPerRow * _n, "elements (rows × groups × N)");
        _positions = positions(rows * _groupsPerRow);
    }

    public override int SlotCount { get; }

    public override long IndexBytes => _positions.Bytes.Length;

    /// <summary>Slots of the last group of a row that lie within the depth.</summary>
    private int TailSlots => Math.Min(_n, _tail);

    public static NMTopology FromSource<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        var topology = new NMTopology(layout, source.Rows, source.Depth, groups => new PositionStore(layout.N, layout.M, groups));
        var columns = new int[source.MaxEntries];
        for (int row = 0; row < source.Rows; row++)
        {
            ReadOnlySpan<int> entries = columns.AsSpan(0, source.Entries(row, columns, keepZeros: false));
            for (int group = 0; group < topology._groupsPerRow; group++)
            {
                uint mask = 0;
                int taken = 0;
                for (; taken < entries.Length && entries[taken] / layout.M == group; taken++)
                    mask |= 1u << (entries[taken] % layout.M);
                if (taken > layout.N)
                {
                    throw new IntarsiaFormatException(
                        $"row {row}, columns {group * (long)layout.M} to {Math.Min((group + 1L) * layout.M, source.Depth) - 1} (group {group})",
                        $"{taken} non-zero elements, at columns {string.Join(", ", entries[..taken].ToArray())}", $"at most {layout.N} of {layout.M}");
                }

                entries = entries[taken..];
                for (; taken < layout.N; taken++)
                    mask |= ~mask & (mask + 1);
                topology._positions.Set(row * topology._groupsPerRow + group, mask);
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
        for (int row = 0; row < rows; row++)
        {
            for (int group = 0; group < topology._groupsPerRow; group++)
            {
                string where = $"row {row}, group {group}";
                uint mask = topology._positions.GetChecked(row * topology._groupsPerRow + group, where);
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
        int entry = 0, length = GroupLength(group);
        for (int g = 0; g < _groupsPerRow; g++)
        {
            int index = group * _groupsPerRow + g;
            uint mask = _positions.Get(index);
            for (int n = 0; n < _n && entry < length; n++, entry++)
            {
                depth[entry] = g * _m + BitOperations.TrailingZeroCount(mask);
                slots[entry] = index * _n + n;
                mask &= mask - 1;
            }
        }
    }

    public override IEnumerable<int> PaddingSlots()
    {
        if (_groupsPerRow == 0)
            yield break;
        for (int row = 0; row < Rows; row++)
            for (int n = TailSlots; n < _n; n++)
                yield return ((row + 1) * _groupsPerRow - 1) * _n + n;
    }

    public override void Write(PackedWriter writer) => writer.WriteBytes(_positions.Bytes);

    private static uint Below(int position) => position >= 32 ? uint.MaxValue : (1u << position) - 1;
}
