namespace Intarsia;

public sealed partial class PackedMatrix
{
    private PackedMatrix? _transposed;

    /// <summary>Where the columns of this matrix find their elements: what kernels whose weights are declared transposed read it through. Made at the first use; values rewritten later stay where they are.</summary>
    public TransposeIndex TransposeIndex => _topology.TransposeIndex;

    /// <summary>The depth×rows transpose on the values and scales of this matrix, which it shares: a view for those who prepare. What is prepared from it is cached here, with the rest, and dropped with it.</summary>
    /// <exception cref="InvalidOperationException">The scales belong to rows or to groups of the depth, which the transpose has not, or are bases.</exception>
    internal PackedMatrix Transposed
    {
        get
        {
            RequireTransposable();
            return _transposed ??= new PackedMatrix(Layout.AsTransposed(), _topology.Transposed, _values, _scales, _zeroPoints, _codebook);
        }
    }

    /// <summary>The stored elements as compressed sparse rows, zeros among them included: rows×depth, integers as (q − zero)·scale, or as q without scales. Zeros with which N:M fills a group up are left out.</summary>
    /// <remarks>For <see cref="Pattern.Csr"/>, <see cref="Pattern.Ell"/>, <see cref="Pattern.Hyb"/> and <see cref="Pattern.RowWindows"/> of <see cref="NumberFormat.Float32"/> this is the matrix that was packed, entry by entry.</remarks>
    public CsrMatrix ToCsr()
    {
        if (!HoldsIntegers)
        {
            (int[] pointers, int[] columns, float[] values) = Collect<float>();
            return new CsrMatrix(Rows, Depth, pointers, columns, values);
        }

        (int[] begins, int[] depths, int[] integers) = Collect<int>();
        var numbers = new float[integers.Length];
        for (int row = 0; row < Rows; row++)
        {
            for (int i = begins[row]; i < begins[row + 1]; i++)
            {
                int scale = _grid.Index(row, depths[i]);
                numbers[i] = (integers[i] - (_zeroPoints.Length > 0 ? _zeroPoints[scale] : 0)) * (_scales.Length > 0 ? _scales[scale] : 1f);
            }
        }

        return new CsrMatrix(Rows, Depth, begins, depths, numbers);
    }

    /// <summary>
    /// Packs the depth×rows transpose of what this matrix stores: A of Y = A·X gives Aᵀ of ∂X = Aᵀ·∂Y, whether A is symmetric or not. Values are taken over as they are stored, nothing is rounded again; stored zeros stay stored, but for those with which
    /// N:M fills a group up. Later changes of values do not reach the transpose.
    /// </summary>
    /// <param name="layout">The layout of the transpose, in the number format and kind of scale of this matrix; its own where none is given.</param>
    /// <exception cref="ArgumentException">The layout is not valid, or of another number format or scale.</exception>
    /// <exception cref="InvalidOperationException">The scales belong to rows or to groups of the depth, which the transpose has not, or are bases.</exception>
    /// <exception cref="IntarsiaFormatException">The transpose breaks the pattern of the layout; that never happens in CSR, hyb, row windows, blocks and vectors.</exception>
    public PackedMatrix Transpose(WeightLayout? layout = null)
    {
        layout ??= Layout;
        Require(layout);
        if (layout.Format != Layout.Format || layout.Scale != Layout.Scale || layout.Asymmetric != Layout.Asymmetric)
            throw new ArgumentException($"The layout '{layout}' has other numbers than '{Layout}', the layout of the matrix; expected its number format and scale.", nameof(layout));
        RequireTransposable();
        if (_codebook.Length > 0)
            Codebooks.Check(_codebook, layout);
        return HoldsIntegers ? Transpose<int>(layout, Array.ConvertAll(_zeroPoints, zero => (int)zero)) : Transpose<float>(layout, []);
    }

    private void RequireTransposable()
    {
        if (Layout.Scale is Per.Row or Per.Group)
            throw new InvalidOperationException($"A matrix in the layout '{Layout}' has no transpose in integers: its scales belong to {(Layout.Scale == Per.Row ? "rows" : "groups of the depth")}. Use Per.Tensor, or pack the transpose of the numbers.");
        if (Layout.BasisOrder > 0)
            throw new InvalidOperationException($"A matrix in the layout '{Layout}' has no transpose in coefficients: its bases are those of neighbours in a row. Pack the transpose of the numbers.");
    }

    private bool HoldsIntegers => Layout.IsInteger || Layout.Format == NumberFormat.Int32;

    private PackedMatrix Transpose<T>(WeightLayout layout, T[] zeroPoints)
        where T : unmanaged, IEquatable<T>
    {
        (int[] pointers, int[] columns, T[] values) = Collect<T>();
        int[] begins = new int[Depth + 1], rows = new int[columns.Length];
        foreach (int column in columns)
            begins[column + 1]++;
        for (int column = 0; column < Depth; column++)
            begins[column + 1] += begins[column];
        // Rows come in ascending order, so those of each column do.
        int[] next = begins.AsSpan(0, Depth).ToArray();
        var moved = new T[values.Length];
        for (int row = 0; row < Rows; row++)
        {
            for (int i = pointers[row]; i < pointers[row + 1]; i++)
            {
                int at = next[columns[i]]++;
                (rows[at], moved[at]) = (row, values[i]);
            }
        }

        var grid = new ScaleGrid(layout.Scale, layout.ScaleGroup, Depth, Rows);
        var source = new CsrSource<T>(new CsrMatrix(Depth, Rows, begins, rows), moved, zeroPoints, grid);
        return Pack<CsrSource<T>, T>(layout, ref source, [.. _scales], [.. _zeroPoints], [.. _codebook]);
    }

    /// <summary>The stored elements row by row, by ascending column.</summary>
    private (int[] Pointers, int[] Columns, T[] Values) Collect<T>()
        where T : unmanaged, IEquatable<T>
    {
        var pointers = new int[Rows + 1];
        int count = Extents.RequireArrayLength(StoredElements, "stored elements"), next = 0;
        var columns = new int[count];
        var values = new T[count];
        int[] depth = [];
        T[] group = [];
        for (int row = 0; row < Rows && Depth > 0; row++)
        {
            int length = GroupLength(row / VectorLength), lane = row % VectorLength;
            if (lane == 0)
            {
                if (depth.Length < length) (depth, group) = (new int[length], new T[length * VectorLength]);
                ReadGroup(row / VectorLength, depth, group.AsSpan());
            }

            for (int e = 0; e < length; e++)
            {
                T value = group[e * VectorLength + lane];
                // What fills a group of N:M up is no entry.
                if (Layout.Pattern == Pattern.NM && value.Equals(ZeroAt<T>(row, depth[e]))) continue;
                (columns[next], values[next++]) = (depth[e], value);
            }

            pointers[row + 1] = next;
        }

        return (pointers, columns[..next], values[..next]);
    }

    private T ZeroAt<T>(int row, int column)
        where T : unmanaged =>
        _zeroPoints.Length == 0 ? default : (T)(object)(int)_zeroPoints[_grid.Index(row, column)];
}
