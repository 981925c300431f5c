namespace Intarsia;

/// <summary>
/// hyb(c, k) of SparseTIR (ASPLOS'23, section 4): the columns are cut into c partitions of ⌈depth / c⌉, and what a row has in one of them, a piece, lies in the narrowest of the buckets of 1, 2, 4 … 2^k places that holds it; a longer one is cut
/// into full pieces of the last bucket and a rest. <c>int32 pieces[rows]</c> (how many a row has), <c>int32 bucketPieces[c][k + 1]</c>, then, bucket after bucket, <c>int32 pieceRows[pieces]</c> (ascending; equal for the
/// pieces of one row) and <c>int32 columns[pieces][places]</c> (strictly ascending, then −1); values in the order of the columns. The pieces of a row follow each other in this order by ascending column, and that is how kernels sum them.
/// </summary>
internal sealed class HybTopology : Topology
{
    private const int Padding = -1;

    private readonly int[] _bucketPieces;
    private readonly int[] _pieceRows;
    private readonly int[] _columns;

    /// <summary>The first place and the length of each piece, row after row; those of a row begin at its pointer.</summary>
    private readonly (int Begin, int Length)[] _pieces;
    private readonly int[] _pointers;
    private readonly int _buckets;

    private HybTopology(WeightLayout layout, int rows, int depth, int[] bucketPieces, int[] pieceRows, int[] columns)
        : base(rows, depth, 1)
    {
        _buckets = layout.BucketExponent + 1;
        (_bucketPieces, _pieceRows, _columns) = (bucketPieces, pieceRows, columns);
        _pointers = new int[Extents.RequireArrayLength((Int128)rows + 1, "pointers of the rows")];
        foreach (int row in pieceRows)
            _pointers[row + 1]++;
        for (int row = 0; row < rows; row++)
            _pointers[row + 1] += _pointers[row];
        _pieces = new (int, int)[pieceRows.Length];
        int[] next = _pointers.AsSpan(0, rows).ToArray();
        foreach ((int _, int piece, int begin, int width) in Pieces())
        {
            int length = columns.AsSpan(begin, width).IndexOf(Padding);
            _pieces[next[pieceRows[piece]]++] = (begin, length < 0 ? width : length);
        }
    }

    public override int SlotCount => _columns.Length;

    public override long IndexBytes => 4L * ((long)Rows + _bucketPieces.Length + _pieceRows.Length + _columns.Length);

    /// <summary>Columns of a partition.</summary>
    public static int PartitionWidth(WeightLayout layout, int depth) => PartitionWidth(layout.Partitions, depth);

    /// <inheritdoc cref="PartitionWidth(WeightLayout, int)"/>
    public static int PartitionWidth(int partitions, int depth) => Math.Max(1, Extents.CeilingDivide(depth, partitions));

    public static HybTopology FromSource<TSource, T>(WeightLayout layout, ref TSource source)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        HybPieces pieces = new(layout, source.Depth);
        var scratch = new int[source.MaxEntries];
        for (int row = 0; row < source.Rows; row++)
            pieces.AddRow(row, scratch.AsSpan(0, source.Entries(row, scratch, keepZeros: true)));
        (int[] bucketPieces, int[] pieceRows, int[] columns) = pieces.Sort(Padding);
        return new HybTopology(layout, source.Rows, source.Depth, bucketPieces, pieceRows, columns);
    }

    public static HybTopology FromFile(WeightLayout layout, int rows, int depth, long slots, PackedReader reader)
    {
        int buckets = layout.BucketExponent + 1;
        int[] counts = reader.ReadInt32Array(rows, "hyb pieces of rows");
        int[] bucketPieces = reader.ReadInt32Array((long)layout.Partitions * buckets, "hyb pieces of buckets");
        Int128 pieces = 0, places = 0;
        for (int i = 0; i < bucketPieces.Length; i++)
        {
            if (bucketPieces[i] < 0)
                throw new IntarsiaFormatException($"hyb pieces of bucket {i % buckets} of partition {i / buckets}", $"{bucketPieces[i]}", "0 or more");
            pieces += bucketPieces[i];
            places += (Int128)bucketPieces[i] << (i % buckets);
        }

        if (places != slots)
            throw new IntarsiaFormatException("header.Slots", $"{slots}", $"{places}, the places of all buckets");
        int[] pieceRows = reader.ReadInt32Array((long)pieces, "hyb rows of pieces");
        int[] columns = reader.ReadInt32Array(slots, "hyb column indices");
        new HybCheck(layout, rows, depth, counts).Run(bucketPieces, pieceRows, columns);
        return new HybTopology(layout, rows, depth, bucketPieces, pieceRows, columns);
    }

    public override int GroupLength(int group)
    {
        int length = 0;
        foreach ((int _, int piece) in PiecesOf(group))
            length += piece;
        return length;
    }

    public override void Locate(int group, Span<int> depth, Span<int> slots)
    {
        int entry = 0;
        foreach ((int begin, int length) in PiecesOf(group))
        {
            for (int e = 0; e < length; e++, entry++)
            {
                depth[entry] = _columns[begin + e];
                slots[entry] = begin + e;
            }
        }
    }

    public override IEnumerable<int> PaddingSlots()
    {
        for (int slot = 0; slot < _columns.Length; slot++)
            if (_columns[slot] == Padding)
                yield return slot;
    }

    public override void Write(PackedWriter writer)
    {
        for (int row = 0; row < Rows; row++)
            writer.WriteInt32(_pointers[row + 1] - _pointers[row]);
        writer.WriteInt32Array(_bucketPieces);
        writer.WriteInt32Array(_pieceRows);
        writer.WriteInt32Array(_columns);
    }

    private ReadOnlySpan<(int Begin, int Length)> PiecesOf(int row) => _pieces.AsSpan(_pointers[row].._pointers[row + 1]);

    /// <summary>Every piece in the order of the file: its bucket (of all partitions), number, first place and places.</summary>
    private IEnumerable<(int Bucket, int Piece, int Begin, int Width)> Pieces()
    {
        for (int bucket = 0, piece = 0, begin = 0; bucket < _bucketPieces.Length; bucket++)
        {
            int width = 1 << (bucket % _buckets);
            for (int end = piece + _bucketPieces[bucket]; piece < end; piece++, begin += width)
                yield return (bucket, piece, begin, width);
        }
    }
}
