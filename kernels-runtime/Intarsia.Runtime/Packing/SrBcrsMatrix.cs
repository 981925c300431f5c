namespace Intarsia;

/// <summary>
/// Vectors of integers as Magicube's code holds them (Li, Osawa, Hoefler, "Efficient Quantized Sparse Matrix Operations on Tensor Cores", SC'22, sections 4 and 5): SR-BCRS in three arrays. The canonical layout of
/// <see cref="Pattern.VectorRows"/> differs in two things: values wider than the digits that tensor cores multiply are stored as digit planes here, and columns may be shuffled, so that a transposition of nibbles takes two masks and a shift.
/// <c>docs/formats.md</c> gives an example.
/// </summary>
public sealed class SrBcrsMatrix
{
    private const int Padding = -1;

    private readonly int[] _rowOffsets;
    private readonly int[] _columnIndices;
    private readonly byte[] _values;

    /// <summary>Takes the three arrays, which are copied, and checks them completely.</summary>
    /// <param name="form">Elements, vectors and digits.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="rowOffsets">For each V rows the number of their first vector, a multiple of the stride, and the number behind their last one.</param>
    /// <param name="columnIndices">Columns, ascending in V rows but for the shuffle, then −1 up to the next multiple of the stride.</param>
    /// <param name="values">For each stride of vectors a V×stride tile for each digit plane, row-major, the lowest digits first.</param>
    /// <exception cref="ArgumentException">The form is none, an extent is negative, or a length is not the one that follows from the others.</exception>
    /// <exception cref="IntarsiaFormatException">An offset, an index or a value is not as above; it is named.</exception>
    public SrBcrsMatrix(SrBcrsForm form, int rows, int depth, ReadOnlySpan<int> rowOffsets, ReadOnlySpan<int> columnIndices, ReadOnlySpan<byte> values)
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        (Form, Rows, Depth) = (form.Validate(), rows, depth);
        if (rowOffsets.Length != 2L * GroupCount) throw new ArgumentException($"{rows} rows have {2L * GroupCount} offsets, begin and end of each {form.V} rows; {rowOffsets.Length} were given.", nameof(rowOffsets));
        if (columnIndices.Length % form.Stride != 0) throw new ArgumentException($"Columns come in strides of {form.Stride}; {columnIndices.Length} were given.", nameof(columnIndices));
        if (values.Length != form.ValueBytes(columnIndices.Length)) throw new ArgumentException($"{columnIndices.Length} vectors of {form} have {form.ValueBytes(columnIndices.Length)} bytes of values; {values.Length} were given.", nameof(values));
        (_rowOffsets, _columnIndices, _values) = (rowOffsets.ToArray(), columnIndices.ToArray(), values.ToArray());
        CheckOffsets();
        for (int group = 0; group < GroupCount; group++) Check(group);
    }

    private SrBcrsMatrix(SrBcrsForm form, int rows, int depth, int[] rowOffsets, int[] columnIndices) =>
        (Form, Rows, Depth, _rowOffsets, _columnIndices, _values) = (form, rows, depth, rowOffsets, columnIndices, new byte[form.ValueBytes(columnIndices.Length)]);

    /// <summary>Elements, vectors and digits.</summary>
    public SrBcrsForm Form { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Depth { get; }

    /// <summary><c>row_offsets[2·⌈rows / V⌉]</c>: begin and end of each V rows, in vectors.</summary>
    public ReadOnlySpan<int> RowOffsets => _rowOffsets;

    /// <summary><c>column_indices</c>, −1 where a stride is filled up; shuffled where the form says so.</summary>
    public ReadOnlySpan<int> ColumnIndices => _columnIndices;

    /// <summary><c>values</c>: digits of <see cref="SrBcrsForm.DigitBits"/>, two to a byte where those are four, the even place in the low nibble.</summary>
    public ReadOnlySpan<byte> Values => _values;

    private int GroupCount => Extents.CeilingDivide(Rows, Form.V);

    /// <summary>Converts a packed matrix of vectors. Stored zeros stay stored. Scales are not part of the form; take them from the matrix.</summary>
    /// <param name="matrix">A matrix of <see cref="Pattern.VectorRows"/> with V of 2, 4 or 8, of integers of 4, 8, 12 or 16 bits without zero points.</param>
    /// <param name="digitBits">Bits of the digits: 4 where X is of four bits, or the matrix is; else 8.</param>
    /// <param name="isShuffled">Whether columns are shuffled; digits of four bits only.</param>
    /// <exception cref="ArgumentException">The pattern, the number format or the digits have no such form.</exception>
    public static SrBcrsMatrix FromPacked(PackedMatrix matrix, int digitBits, bool isShuffled = false)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        WeightLayout layout = matrix.Layout;
        if (layout.Pattern != Pattern.VectorRows) throw new ArgumentException($"The layout is '{layout}'; expected one of {nameof(Pattern.VectorRows)}.", nameof(matrix));
        if (layout.Asymmetric) throw new ArgumentException($"The layout is '{layout}'. SR-BCRS has no zero points: what it leaves out is 0.", nameof(matrix));
        SrBcrsForm form = new SrBcrsForm(layout.Format, layout.V, digitBits, isShuffled).Validate();

        var offsets = new int[2 * matrix.GroupCount];
        var columns = new List<int>();
        var values = new int[matrix.GroupCount][];
        for (int group = 0; group < matrix.GroupCount; group++)
        {
            var depth = new int[matrix.GroupLength(group)];
            values[group] = new int[depth.Length * form.V];
            matrix.ReadGroup(group, depth, values[group]);
            (offsets[2 * group], offsets[2 * group + 1]) = (columns.Count, columns.Count + depth.Length);
            columns.AddRange(depth);
            while (columns.Count % form.Stride != 0) columns.Add(Padding);
        }

        var result = new SrBcrsMatrix(form, matrix.Rows, matrix.Depth, offsets, [.. Enumerable.Range(0, columns.Count).Select(place => columns[form.VectorAt(place)])]);
        for (int group = 0; group < matrix.GroupCount; group++)
            for (int i = 0; i < values[group].Length; i++) result.SetValue(offsets[2 * group] + i / form.V, i % form.V, values[group][i]);
        return result;
    }

    /// <summary>Packs the matrix, as the vectors that it holds where no layout is given. Stored zeros stay stored where the layout keeps them.</summary>
    /// <param name="layout">A layout of the same number format, of any pattern that the elements fit; null for vectors without scales.</param>
    /// <param name="scales">As many as the layout says.</param>
    /// <exception cref="ArgumentException">The layout is not valid, of another format, or asymmetric.</exception>
    /// <exception cref="IntarsiaFormatException">An element breaks the pattern, or a scale is wrong.</exception>
    public PackedMatrix ToPacked(WeightLayout? layout = null, ReadOnlySpan<float> scales = default)
    {
        layout ??= new WeightLayout(Pattern.VectorRows, Form.Format) { V = Form.V };
        if (layout.Format != Form.Format || layout.Asymmetric) throw new ArgumentException($"The layout is '{layout}'; a matrix of {Form.Format} packs into layouts of that format, without zero points.", nameof(layout));
        var pointers = new int[Rows + 1];
        var columns = new List<int>();
        var values = new List<int>();
        for (int row = 0; row < Rows; row++)
        {
            int group = row / Form.V;
            for (int vector = _rowOffsets[2 * group]; vector < _rowOffsets[2 * group + 1]; vector++)
            {
                columns.Add(Column(vector));
                values.Add(Value(vector, row % Form.V));
            }
            pointers[row + 1] = columns.Count;
        }
        return PackedMatrix.PackStored(new CsrMatrix(Rows, Depth, pointers, [.. columns]), [.. values], layout, scales, []);
    }

    private void CheckOffsets()
    {
        int next = 0;
        for (int group = 0; group < GroupCount; group++)
        {
            int begin = _rowOffsets[2 * group], end = _rowOffsets[2 * group + 1];
            if (begin != next) throw new IntarsiaFormatException($"row_offsets[{2 * group}]", $"{begin}", $"{next}, where the strides of the rows before end");
            if (end < begin || end > _columnIndices.Length) throw new IntarsiaFormatException($"row_offsets[{2 * group + 1}]", $"{end}", $"{begin} to {_columnIndices.Length}, the number of vectors");
            next = begin + Extents.CeilingDivide(end - begin, Form.Stride) * Form.Stride;
        }
        if (next != _columnIndices.Length) throw new IntarsiaFormatException("number of column_indices", $"{_columnIndices.Length}", $"{next}, where the strides of the last rows end");
    }

    private void Check(int group)
    {
        int begin = _rowOffsets[2 * group], end = _rowOffsets[2 * group + 1], stop = begin + Extents.CeilingDivide(end - begin, Form.Stride) * Form.Stride, previous = -1;
        (int min, int max) = IntegerFormats.Range(Form.Format);
        for (int vector = begin; vector < stop; vector++)
        {
            int column = Column(vector);
            string index = $"column_indices[{Form.PlaceOf(vector)}]";
            if (vector >= end && column != Padding) throw new IntarsiaFormatException(index, $"{column}", $"{Padding}, because the vectors of rows {group * Form.V} and following end at {end}");
            if (vector < end && column == Padding) throw new IntarsiaFormatException(index, $"{Padding}", $"a column, because the vectors of rows {group * Form.V} and following go on to {end}");
            if (vector < end && (column <= previous || column >= Depth)) throw new IntarsiaFormatException(index, $"{column}", $"more than the column before it, {previous}, and less than the depth, {Depth}");
            previous = column;
            for (int lane = 0; lane < Form.V; lane++)
            {
                int value = Value(vector, lane), row = group * Form.V + lane;
                string Where() => $"value of row {row}, vector {vector}";
                if ((vector >= end || row >= Rows) && value != 0) throw new IntarsiaFormatException(Where(), $"{value}", $"0, {(row >= Rows ? $"because there are {Rows} rows" : "because it fills a stride up")}");
                if (value < min || value > max) throw new IntarsiaFormatException(Where(), $"{value}", IntegerFormats.Expected(Form.Format));
            }
        }
    }

    /// <summary>The column of a vector.</summary>
    private int Column(int vector) => _columnIndices[Form.PlaceOf(vector)];

    private int Value(int vector, int lane)
    {
        int value = 0;
        for (int plane = 0; plane < Form.Planes; plane++)
        {
            (int at, int shift) = Digit(vector, lane, plane);
            value |= (_values[at] >> shift & Form.DigitMask) << plane * Form.DigitBits;
        }
        // The top digit has the sign.
        int unused = 32 - Form.Planes * Form.DigitBits;
        return IntegerFormats.Of(Form.Format)!.Value.IsSigned ? value << unused >> unused : value;
    }

    private void SetValue(int vector, int lane, int value)
    {
        for (int plane = 0; plane < Form.Planes; plane++)
        {
            (int at, int shift) = Digit(vector, lane, plane);
            _values[at] |= (byte)((value >> plane * Form.DigitBits & Form.DigitMask) << shift);
        }
    }

    private (int At, int Shift) Digit(int vector, int lane, int plane)
    {
        (int tile, int place) = Math.DivRem(vector, Form.Stride);
        long digit = ((long)(tile * Form.Planes + plane) * Form.V + lane) * Form.Stride + place;
        return ((int)(digit * Form.DigitBits / 8), (int)(digit * Form.DigitBits % 8));
    }
}
