namespace Intarsia;

/// <summary>
/// Parameters of <see cref="Pattern.Hyb"/> for a matrix, and what they cost by a model. The widest bucket is that of SparseTIR (ASPLOS'23, section 4): 2^k places, k = ⌈log₂(entries / rows)⌉, so that a row of average length is not cut. The number of partitions is the one of 1, 2, 4, 8 and 16 of
/// least <see cref="Cost"/>, the fewest of several: more of them add padding and pieces, fewer leave more of X outside the cache.
/// </summary>
/// <remarks>
/// The model counts rows of X or Y that are moved: one of X for each place, padding too; two of Y for each piece, which adds to what is there; and <see cref="MissCost"/> more for each place whose row of X is not in the cache. Places of a partition miss in the share of its rows of X that the cache has no
/// room for. It is an assumption about kernels that compute padding, as SparseTIR's do, not a measurement.
/// </remarks>
public sealed record HybChoice
{
    /// <summary>What a row of X that is not in the cache costs beyond one that is.</summary>
    public const int MissCost = 4;

    private const int MostPartitions = 1024;
    private const int MostExponent = 16;

    /// <summary>c: partitions of the columns.</summary>
    public required int Partitions { get; init; }

    /// <summary>k: the widest bucket has 2^k places.</summary>
    public required int BucketExponent { get; init; }

    /// <summary>Entries of the matrix; those of value 0 count, because they are stored.</summary>
    public required long Entries { get; init; }

    /// <summary>Places of all pieces, padding included: <see cref="PackedMatrix.Slots"/> of the packed matrix.</summary>
    public required long Slots { get; init; }

    /// <summary>Pieces of all rows, each of which adds to a row of Y.</summary>
    public required long Pieces { get; init; }

    /// <summary>Rows of X and Y moved, by the model.</summary>
    public required double Cost { get; init; }

    /// <summary>Places for each entry, at least 1 and less than 2; 1 of a matrix without entries.</summary>
    public double Padding => Entries == 0 ? 1 : (double)Slots / Entries;

    /// <summary>Chooses for a matrix, in time proportional to its entries.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="columns">Columns of X, at least 1.</param>
    /// <param name="cacheBytes">Bytes of X that stay in cache, at least 1: the second-level cache of one core, or a part of the one that cores share.</param>
    /// <param name="elementBytes">Bytes of an element of X, at least 1.</param>
    /// <exception cref="ArgumentNullException">There is no matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than 1.</exception>
    public static HybChoice For(CsrMatrix matrix, int columns, long cacheBytes = 1 << 20, int elementBytes = sizeof(float))
    {
        ArgumentNullException.ThrowIfNull(matrix);
        int exponent = 0;
        while (exponent < MostExponent && (long)matrix.Rows << exponent < matrix.Count)
            exponent++;
        HybChoice best = Of(matrix, 1, exponent, columns, cacheBytes, elementBytes);
        for (int partitions = 2; partitions <= Math.Min(16, matrix.Depth); partitions *= 2)
        {
            HybChoice next = Of(matrix, partitions, exponent, columns, cacheBytes, elementBytes);
            if (next.Cost < best.Cost) best = next;
        }

        return best;
    }

    /// <summary>What given parameters cost.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="partitions">c, 1 to 1024.</param>
    /// <param name="bucketExponent">k, 0 to 16.</param>
    /// <inheritdoc cref="For"/>
    /// <param name="columns"/><param name="cacheBytes"/><param name="elementBytes"/>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static HybChoice Of(CsrMatrix matrix, int partitions, int bucketExponent, int columns, long cacheBytes = 1 << 20, int elementBytes = sizeof(float))
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partitions, MostPartitions);
        ArgumentOutOfRangeException.ThrowIfNegative(bucketExponent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bucketExponent, MostExponent);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(cacheBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(elementBytes, 1);
        int width = HybTopology.PartitionWidth(partitions, matrix.Depth), widest = 1 << bucketExponent;
        long slots = 0, pieces = 0;
        for (int row = 0; row < matrix.Rows; row++)
        {
            ReadOnlySpan<int> entries = matrix.ColumnIndices.AsSpan(matrix.RowPointers[row]..matrix.RowPointers[row + 1]);
            for (int begin = 0, end; begin < entries.Length; begin = end)
            {
                end = HybPieces.RunEnd(entries, begin, width);
                int run = Extents.CeilingDivide(end - begin, widest);
                pieces += run;
                slots += (long)run << HybPieces.BucketOf(end - begin, bucketExponent);
            }
        }

        double missing = Math.Max(0, 1 - cacheBytes / ((double)width * columns * elementBytes));
        return new HybChoice { Partitions = partitions, BucketExponent = bucketExponent, Entries = matrix.Count, Slots = slots, Pieces = pieces, Cost = slots + 2 * pieces + MissCost * missing * slots };
    }

    /// <summary>The layout with these parameters, without scales.</summary>
    public WeightLayout Layout(NumberFormat format) => new WeightLayout(Pattern.Hyb, format) { Partitions = Partitions, BucketExponent = BucketExponent }.Validate();
}
