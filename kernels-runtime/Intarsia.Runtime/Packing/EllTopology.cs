namespace Intarsia;

/// <summary>
/// ELLPACK: every row has <c>width</c> places, <c>int32 columns[rows][width]</c> (strictly ascending, then −1) and <c>values[rows][width]</c> (0 behind the last element), as in SparseTIR (ASPLOS'23, section 3).
/// </summary>
internal sealed class EllTopology : Topology
{
    private const int Padding = -1;

    private readonly int _width;
    private readonly int[] _columns;
    private readonly int[] _lengths;

    private EllTopology(WeightLayout layout, int rows, int depth, int[] columns, int[] lengths)
        : base(rows, depth, 1)
    {
        _width = layout.Width;
        _columns = columns;
        _lengths = lengths;
    }

    public override int SlotCount => _columns.Length;

    protected override bool RowsLieWhole => true;

    public override long IndexBytes => 4L * _columns.Length;

    public static EllTopology FromSource<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        int width = layout.Width;
        var columns = new int[SlotsOf(source.Rows, width)];
        var lengths = new int[source.Rows];
        var scratch = new int[source.MaxEntries];
        Array.Fill(columns, Padding);
        for (int row = 0; row < source.Rows; row++)
        {
            int length = lengths[row] = source.Entries(row, scratch, keepZeros: true);
            if (length > width)
                throw new IntarsiaFormatException($"row {row}", $"{length} entries", $"at most {width}, the width of the layout '{layout}'");
            scratch.AsSpan(0, length).CopyTo(columns.AsSpan(row * width));
        }

        return new EllTopology(layout, source.Rows, source.Depth, columns, lengths);
    }

    public static EllTopology FromFile(WeightLayout layout, int rows, int depth, long slots, PackedReader reader)
    {
        int width = layout.Width, expected = SlotsOf(rows, width);
        if (slots != expected)
            throw new IntarsiaFormatException("header.Slots", $"{slots}", $"{expected}, {width} for each of {rows} rows");
        int[] columns = reader.ReadInt32Array(slots, "ELL column indices");
        var lengths = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<int> places = columns.AsSpan(row * width, width);
            int length = places.IndexOf(Padding);
            lengths[row] = length = length < 0 ? width : length;
            Extents.CheckAscending(places[..length], depth, $"row {row}");
            int stray = places[length..].IndexOfAnyExcept(Padding);
            if (stray >= 0)
                throw new IntarsiaFormatException($"ELL padding index {length + stray} of row {row}", $"{places[length + stray]}", $"{Padding}");
        }

        return new EllTopology(layout, rows, depth, columns, lengths);
    }

    public override int GroupLength(int group) => _lengths[group];

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        int begin = group * _width;
        _columns.AsSpan(begin, _lengths[group]).CopyTo(depth);
        for (int e = 0; e < _lengths[group]; e++)
            slots[e] = begin + e;
    }

    public override IEnumerable<int> PaddingSlots()
    {
        for (int row = 0; row < Rows; row++)
            for (int e = _lengths[row]; e < _width; e++)
                yield return row * _width + e;
    }

    public override void Write(PackedWriter writer) => writer.WriteInt32Array(_columns);

    private static int SlotsOf(int rows, int width) => Extents.RequireArrayLength((Int128)rows * width, "places (rows × width)");
}
