namespace Intarsia;

/// <summary>
/// Sets the smallest elements of a dense rows×depth row-major matrix to zero, in place, so that it fits a pattern. The result depends on the values alone: of elements
/// of equal magnitude the one at the lower index (row-major) is kept. A NaN has no magnitude and is refused.
/// </summary>
public static partial class Pruner
{
    /// <summary>Keeps, of each <paramref name="m"/> consecutive elements of a row, the <paramref name="n"/> of largest magnitude; the last group of a row may be short.</summary>
    /// <exception cref="ArgumentException">n or m is out of range, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN.</exception>
    public static void NM(Span<float> dense, int rows, int depth, int n, int m) => NM(dense, rows, depth, n, m, 1);

    /// <summary>
    /// The same for V:N:M (VENOM, SC'23, section 3): <paramref name="v"/> consecutive rows, of which the last may be fewer, keep the same elements, those columns of largest root mean square.
    /// </summary>
    /// <param name="dense">The elements.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of columns.</param>
    /// <param name="n">Columns kept of each m.</param>
    /// <param name="m">Length of a group of columns.</param>
    /// <param name="v">Rows that keep the same, at least 1.</param>
    /// <exception cref="ArgumentException">n, m or v is out of range, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN.</exception>
    public static void NM(Span<float> dense, int rows, int depth, int n, int m, int v)
    {
        Require(dense, rows, depth);
        ArgumentOutOfRangeException.ThrowIfLessThan(m, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, m);
        ArgumentOutOfRangeException.ThrowIfLessThan(v, 1);
        // In double the square of any float is neither 0 nor infinite unless the float is, so that squares order single elements as their magnitudes do.
        double[] squares = new double[Math.Min(m, depth)], sorted = new double[squares.Length];
        for (int first = 0; first < rows; first += Math.Min(v, rows - first))
        {
            int last = Math.Min(v, rows - first) + first;
            for (int begin = 0, length; begin < depth; begin += length)
            {
                length = Math.Min(m, depth - begin);
                if (length <= n)
                    continue;
                Array.Clear(squares);
                for (int row = first; row < last; row++)
                    for (int k = 0; k < length; k++)
                        squares[k] += (double)dense[row * depth + begin + k] * dense[row * depth + begin + k];
                squares.CopyTo(sorted, 0);
                Array.Sort(sorted, 0, length);
                double threshold = sorted[length - n];
                int ties = n - CountAbove<double>(sorted.AsSpan(0, length), threshold);
                for (int k = 0; k < length; k++)
                {
                    if (Keep(squares[k], threshold, ref ties))
                        continue;
                    for (int row = first; row < last; row++)
                        dense[row * depth + begin + k] = 0;
                }
            }
        }
    }

    /// <summary>Keeps, of each row, the <paramref name="width"/> elements of largest magnitude: what <see cref="Pattern.Ell"/> has places for.</summary>
    /// <exception cref="ArgumentException">The width is below 1, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN.</exception>
    public static void Ell(Span<float> dense, int rows, int depth, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        // A row is one group, however long it is.
        NM(dense, rows, depth, width, Math.Max(width, depth));
    }

    /// <summary>
    /// Sets whole V×1 vectors (V consecutive rows of one column; the last may be short) to zero: those of smallest root mean square over the whole matrix, until the
    /// given share of all vectors is zero.
    /// </summary>
    /// <param name="dense">The elements.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of columns.</param>
    /// <param name="v">Vector length, at least 1.</param>
    /// <param name="sparsity">Share of the vectors to remove, 0 to 1; their number is rounded to nearest even.</param>
    /// <exception cref="ArgumentException">v or the sparsity is out of range, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN.</exception>
    public static void VectorRows(Span<float> dense, int rows, int depth, int v, double sparsity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(v, 1);
        Blocks(dense, rows, depth, v, 1, sparsity);
    }

    /// <summary>
    /// Sets whole blocks of the grid of <see cref="Pattern.Bsr"/> (those at the ends may be short) to zero: those of smallest root mean square over the whole matrix, until the
    /// given share of all blocks is zero.
    /// </summary>
    /// <param name="dense">The elements.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of columns.</param>
    /// <param name="blockRows">Rows of a block, at least 1.</param>
    /// <param name="blockColumns">Columns of a block, at least 1.</param>
    /// <param name="sparsity">Share of the blocks to remove, 0 to 1; their number is rounded to nearest even.</param>
    /// <exception cref="ArgumentException">An extent of the block or the sparsity is out of range, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN.</exception>
    public static void Blocks(Span<float> dense, int rows, int depth, int blockRows, int blockColumns, double sparsity)
    {
        Require(dense, rows, depth);
        ArgumentOutOfRangeException.ThrowIfLessThan(blockRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(blockColumns, 1);
        if (!(sparsity is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(sparsity), sparsity, "Sparsity is a share, 0 to 1.");
        if (dense.IsEmpty)
            return;

        int across = Extents.CeilingDivide(depth, blockColumns);
        // Mean squares order blocks as root mean squares do; in double the square of any float is neither 0 nor infinite unless the float is.
        var squares = new double[Extents.CeilingDivide(rows, blockRows) * across];
        for (int row = 0; row < rows; row++)
        {
            int line = row / blockRows, height = Math.Min(blockRows, rows - line * blockRows);
            for (int k = 0; k < depth; k++)
            {
                int block = k / blockColumns, width = Math.Min(blockColumns, depth - block * blockColumns);
                squares[line * across + block] += (double)dense[row * depth + k] * dense[row * depth + k] / ((double)height * width);
            }
        }

        int kept = squares.Length - (int)Math.Round(sparsity * squares.Length);
        if (kept == 0)
        {
            dense.Clear();
            return;
        }

        double[] sorted = [.. squares];
        Array.Sort(sorted);
        double threshold = sorted[sorted.Length - kept];
        int ties = kept - CountAbove<double>(sorted, threshold);
        for (int i = 0; i < squares.Length; i++)
        {
            if (Keep(squares[i], threshold, ref ties))
                continue;
            int first = i / across * blockRows, begin = i % across * blockColumns, width = Math.Min(blockColumns, depth - begin);
            for (int row = first; row < Math.Min((long)first + blockRows, rows); row++)
                dense.Slice(row * depth + begin, width).Clear();
        }
    }

    /// <summary>Sets the elements of smallest magnitude of the whole matrix to zero, until the given share of all elements is zero.</summary>
    /// <inheritdoc cref="VectorRows"/>
    public static void Unstructured(Span<float> dense, int rows, int depth, double sparsity) => VectorRows(dense, rows, depth, 1, sparsity);

    /// <summary>How many elements of an ascending span exceed the threshold.</summary>
    private static int CountAbove<T>(ReadOnlySpan<T> sorted, T threshold)
        where T : IComparable<T>
    {
        int above = 0;
        while (above < sorted.Length && sorted[sorted.Length - 1 - above].CompareTo(threshold) > 0)
            above++;
        return above;
    }

    /// <summary>Elements above the threshold stay; of those at it, the first so many.</summary>
    private static bool Keep(double magnitude, double threshold, ref int ties) => magnitude > threshold || (magnitude == threshold && ties-- > 0);

    private static void Require(ReadOnlySpan<float> dense, int rows, int depth)
    {
        Extents.RequireDense(dense.Length, rows, depth, nameof(dense));
        for (int i = 0; i < dense.Length; i++)
            if (float.IsNaN(dense[i]))
                throw new IntarsiaFormatException($"element in row {i / depth}, column {i % depth}", "NaN", "a number, because elements are ordered by magnitude");
    }
}
