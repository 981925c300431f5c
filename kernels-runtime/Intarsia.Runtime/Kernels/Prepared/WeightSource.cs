namespace Intarsia.Kernels;

/// <summary>
/// Reads the vector groups of a packed matrix as what kernels compute on: binary32 values with scale and zero point applied, or 16-bit integers with the zero point
/// subtracted (q − z of two 8-bit numbers needs nine bits), 32-bit ones where the format is unsigned of 16. Tensor cores read 16-bit floats: stored ones as they are, integers as q − z, without their scale, which keeps them exact.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="int"/>, <see cref="short"/>, <see cref="Half"/>, <see cref="BFloat16"/>, <see cref="sbyte"/> for weights of eight bits once their zero points are gone, or <see cref="byte"/> and <see cref="ushort"/> for unsigned ones of eight and sixteen.</typeparam>
internal sealed class WeightSource<T>(PackedMatrix matrix)
    where T : unmanaged
{
    private int[] _integers = [];
    private float[] _floats = [];
    private int[] _depth = [];
    private T[] _vectors = [];
    private int[] _rowDepth = [];
    private T[] _rowValues = [];
    private int _read = -1, _length;

    public PackedMatrix Matrix => matrix;

    public int VectorLength => matrix.VectorLength;

    /// <summary>Number of scale groups in a row; 1 unless scales are per group.</summary>
    public int ScaleGroups => matrix.Layout.ScalesGroups ? (matrix.Depth + matrix.Layout.ScaleGroup - 1) / matrix.Layout.ScaleGroup : 1;

    /// <summary>Index into the scales of the element at a row and a dense depth.</summary>
    public int ScaleIndex(int row, int depth) => matrix.Layout.Scale switch
    {
        Per.Row => row,
        Per.Group => row * ScaleGroups + depth / matrix.Layout.ScaleGroup,
        _ => 0,
    };

    /// <summary>Scales per group as <c>[group][row]</c>, so that those of neighbouring rows lie beside each other; none where they are not per group.</summary>
    public AlignedArray<float> ScalesByGroup()
    {
        var turned = new AlignedArray<float>(matrix.Layout.ScalesGroups ? matrix.Scales.Length : 0);
        for (int i = 0; i < turned.Length; i++)
        {
            (int row, int group) = Math.DivRem(i, ScaleGroups);
            turned.Span[group * matrix.Rows + row] = matrix.Scales[i];
        }
        return turned;
    }

    /// <summary>
    /// Adds −128·Σw of one row over each of its scale groups, or over the depth: what shifting the activations by 128 adds, taken away again. Wraps as the accumulators do. The row's entries may
    /// be those of a sparse pattern, so that the group of each follows from its depth.
    /// </summary>
    /// <param name="depth">Dense depth of the row's entries.</param>
    /// <param name="values">Their values, bytes.</param>
    /// <param name="sums">The sum of the first group; zeros before.</param>
    /// <param name="stride">From one group's sum to the next.</param>
    public void AddCompensation(ReadOnlySpan<int> depth, ReadOnlySpan<T> values, Span<int> sums, int stride)
    {
        ReadOnlySpan<sbyte> bytes = System.Runtime.InteropServices.MemoryMarshal.Cast<T, sbyte>(values);
        int length = matrix.Layout.ScalesGroups ? matrix.Layout.ScaleGroup : Math.Max(1, matrix.Depth);
        for (int entry = 0; entry < bytes.Length; entry++)
        {
            ref int sum = ref sums[depth[entry] / length * stride];
            sum = unchecked(sum - 128 * bytes[entry]);
        }
    }

    /// <summary>Reads one vector group: dense depth of each entry, and <c>entries×V</c> values; rows past the last read as zero.</summary>
    public int Read(int group, ref int[] depth, ref T[] values)
    {
        int length = matrix.GroupLength(group), v = matrix.VectorLength;
        if (depth.Length < length) depth = new int[length];
        if (values.Length < length * v) values = new T[length * v];
        if (matrix.Layout.IsInteger || matrix.Layout.Format == NumberFormat.Int32) ReadIntegers(group, length, v, depth, values);
        else if (typeof(T) == typeof(float)) matrix.ReadGroup(group, depth.AsSpan(0, length), ((float[])(object)values).AsSpan(0, length * v));
        else ReadHalves(group, length, v, depth, values);
        return length;
    }

    /// <summary>Reads one row of any pattern: dense depth and value of each entry. Neighbouring rows of one vector group are read together.</summary>
    public int ReadRow(int row, ref int[] depth, ref T[] values)
    {
        (int group, int lane) = Math.DivRem(row, VectorLength);
        if (VectorLength == 1) return Read(row, ref depth, ref values);
        if (_read != group) (_length, _read) = (Read(group, ref _depth, ref _vectors), group);
        if (depth.Length < _length) depth = new int[_length];
        if (values.Length < _length) values = new T[_length];
        _depth.AsSpan(0, _length).CopyTo(depth);
        for (int entry = 0; entry < _length; entry++) values[entry] = _vectors[entry * VectorLength + lane];
        return _length;
    }

    /// <summary>Reads rows that follow one another as a vector group: every dense depth at which one of them has an entry, with 0 where a row has none.</summary>
    /// <param name="first">The first row, of any pattern.</param>
    /// <param name="count">Rows of the group; those past the last read as zero.</param>
    /// <param name="depth">Receives the depths, ascending.</param>
    /// <param name="values">Receives <c>entries×count</c> values.</param>
    /// <returns>The number of entries.</returns>
    public int ReadTogether(int first, int count, ref int[] depth, ref T[] values)
    {
        var columns = new List<int>();
        int present = Math.Min(count, matrix.Rows - first);
        for (int row = 0; row < present; row++)
        {
            int length = ReadRow(first + row, ref _rowDepth, ref _rowValues);
            columns.AddRange(_rowDepth.AsSpan(0, length));
        }

        int[] distinct = [.. columns.Distinct().Order()];
        depth = distinct;
        values = new T[distinct.Length * count];
        for (int row = 0; row < present; row++)
            for (int entry = ReadRow(first + row, ref _rowDepth, ref _rowValues) - 1; entry >= 0; entry--)
                values[Array.BinarySearch(distinct, _rowDepth[entry]) * count + row] = _rowValues[entry];
        return distinct.Length;
    }

    private void ReadHalves(int group, int length, int v, int[] depth, T[] values)
    {
        if (_floats.Length < length * v) _floats = new float[length * v];
        matrix.ReadGroup(group, depth.AsSpan(0, length), _floats.AsSpan(0, length * v));
        for (int i = 0; i < length * v; i++) values[i] = FromSingle(_floats[i]);
    }

    /// <summary>A value that the 16-bit format holds.</summary>
    private static T FromSingle(float value) => typeof(T) == typeof(Half) ? (T)(object)(Half)value : (T)(object)(BFloat16)value;

    private void ReadIntegers(int group, int length, int v, int[] depth, T[] values)
    {
        if (_integers.Length < length * v) _integers = new int[length * v];
        matrix.ReadGroup(group, depth.AsSpan(0, length), _integers.AsSpan(0, length * v));
        ReadOnlySpan<sbyte> zeros = matrix.ZeroPoints;
        ReadOnlySpan<float> scales = matrix.Scales;
        for (int entry = 0; entry < length; entry++)
        {
            for (int lane = 0; lane < v; lane++)
            {
                int row = group * v + lane, at = entry * v + lane;
                int value = row >= matrix.Rows ? 0 : _integers[at] - (zeros.IsEmpty ? 0 : zeros[ScaleIndex(row, depth[entry])]);
                if (typeof(T) == typeof(sbyte)) ((sbyte[])(object)values)[at] = (sbyte)value;
                else if (typeof(T) == typeof(byte)) ((byte[])(object)values)[at] = (byte)value;
                else if (typeof(T) == typeof(short)) ((short[])(object)values)[at] = (short)value;
                else if (typeof(T) == typeof(ushort)) ((ushort[])(object)values)[at] = (ushort)value;
                else if (typeof(T) == typeof(int)) ((int[])(object)values)[at] = value;
                else if (typeof(T) == typeof(Half) || typeof(T) == typeof(BFloat16)) values[at] = FromSingle(value);
                else ((float[])(object)values)[at] = row >= matrix.Rows || scales.IsEmpty ? value : value * scales[ScaleIndex(row, depth[entry])];
            }
        }
    }
}
