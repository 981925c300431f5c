using System.Numerics;

namespace Intarsia;

/// <summary>Cuts the rows of a matrix into the pieces of <see cref="HybTopology"/> and sorts them into buckets.</summary>
internal sealed class HybPieces(WeightLayout layout, int depth)
{
    private readonly int _width = HybTopology.PartitionWidth(layout, depth);
    private readonly int _buckets = layout.BucketExponent + 1;
    private readonly List<Piece> _pieces = [];
    private readonly List<int> _columns = [];

    /// <summary>Adds a row by its columns, which ascend; rows come in ascending order.</summary>
    public void AddRow(int row, ReadOnlySpan<int> columns)
    {
        int widest = 1 << layout.BucketExponent;
        for (int begin = 0, end; begin < columns.Length; begin = end)
        {
            int partition = columns[begin] / _width;
            for (end = begin + 1; end < columns.Length && columns[end] / _width == partition;)
                end++;
            // The narrowest bucket that holds it; the rest of a longer row stays in the last, behind its full pieces.
            int bucket = Math.Min(BitOperations.Log2((uint)(end - begin) * 2 - 1), layout.BucketExponent);
            for (int at = begin; at < end; at += Math.Min(widest, end - at))
                _pieces.Add(new Piece(partition * _buckets + bucket, row, _columns.Count + at, Math.Min(widest, end - at)));
        }

        _columns.AddRange(columns);
    }

    /// <summary>The number of pieces of each bucket, the row of each piece and the columns of all places.</summary>
    public (int[] BucketPieces, int[] PieceRows, int[] Columns) Sort(int padding)
    {
        var counts = new int[layout.Partitions * _buckets];
        foreach (Piece piece in _pieces)
            counts[piece.Bucket]++;

        int[] firstPiece = new int[counts.Length], firstPlace = new int[counts.Length];
        Int128 places = 0;
        for (int bucket = 0, pieces = 0; bucket < counts.Length; bucket++)
        {
            (firstPiece[bucket], firstPlace[bucket]) = (pieces, Extents.RequireArrayLength(places, "places of the buckets"));
            pieces += counts[bucket];
            places += (Int128)counts[bucket] << (bucket % _buckets);
        }

        var rows = new int[_pieces.Count];
        var columns = new int[Extents.RequireArrayLength(places, "places of the buckets")];
        Array.Fill(columns, padding);
        ReadOnlySpan<int> all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_columns);
        foreach (Piece piece in _pieces)
        {
            rows[firstPiece[piece.Bucket]++] = piece.Row;
            all.Slice(piece.Begin, piece.Length).CopyTo(columns.AsSpan(firstPlace[piece.Bucket]));
            firstPlace[piece.Bucket] += 1 << (piece.Bucket % _buckets);
        }

        return (counts, rows, columns);
    }

    private readonly record struct Piece(int Bucket, int Row, int Begin, int Length);
}
