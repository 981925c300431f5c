using System.Buffers;
using System.Numerics.Tensors;

namespace Intarsia;

/// <summary>
/// A rows×depth left operand in the canonical layout of its pattern and number format: one blob for every tier and kernel. A kernel prepares its own order from it
/// once (<see cref="GetOrPrepare"/>). The topology (which elements are stored) was validated and never changes; values and scales can be rewritten.
/// </summary>
/// <remarks>Reading is safe from any number of threads. Rewriting values while a kernel runs on them is the caller's race, as with any array.</remarks>
public sealed partial class PackedMatrix
{
    private readonly Topology _topology;
    private readonly ValueCodec _codec;
    private readonly ScaleGrid _grid;
    private readonly byte[] _values;
    private readonly float[] _scales;
    private readonly sbyte[] _zeroPoints;
    private readonly float[] _codebook;
    private readonly PreparedForms _prepared = new();

    private PackedMatrix(WeightLayout layout, Topology topology, byte[] values, float[] scales, sbyte[] zeroPoints, float[] codebook)
    {
        Layout = layout;
        _topology = topology;
        _codec = ValueCodec.Of(layout.Format, codebook);
        _codebook = codebook;
        _grid = new ScaleGrid(layout.Scale, layout.ScaleGroup, topology.Rows, topology.Depth);
        _values = values;
        _scales = scales;
        _zeroPoints = zeroPoints;
        StoredElements = topology.StoredElements;
    }

    /// <summary>Pattern, number format and shape of the scales.</summary>
    public WeightLayout Layout { get; }

    /// <summary>Rows: output features.</summary>
    public int Rows => _topology.Rows;

    /// <summary>Depth: input features.</summary>
    public int Depth => _topology.Depth;

    /// <summary>Elements of the matrix that have a place in the storage, zeros among them included, padding not.</summary>
    public long StoredElements { get; }

    /// <summary>Places in the storage of values: <see cref="StoredElements"/>, and padding.</summary>
    public long Slots => _topology.SlotCount;

    /// <summary>Bytes of values, indices, scales and zero points in the canonical layout.</summary>
    public long SizeInBytes => _values.LongLength + _topology.IndexBytes + 4L * _scales.Length + _zeroPoints.Length + CodebookBytes(Layout.Format);

    /// <summary>The scales. None: empty. Tensor: one. Row: rows. Group: rows × ⌈depth / group⌉, row-major. Of a binary-coded format, and of one with a basis, <see cref="WeightLayout.ScalesOfGroup"/> for each of those.</summary>
    public ReadOnlySpan<float> Scales => _scales;

    /// <summary>The zero points, as many as scales; empty where quantisation is symmetric.</summary>
    public ReadOnlySpan<sbyte> ZeroPoints => _zeroPoints;

    /// <summary>What the codes of the elements stand for, 16 or 256 numbers; empty for formats without a codebook of the matrix's own.</summary>
    public ReadOnlySpan<float> Codebook => _codebook;

    /// <summary>Rows in a group that share one set of depths: V for vector rows, else 1.</summary>
    public int VectorLength => _topology.VectorLength;

    /// <summary>Changes with every rewriting of values or scales.</summary>
    internal int ValuesVersion => _prepared.Version;

    /// <summary>Where elements are stored, for kernels that write them.</summary>
    internal EntryIndex Entries => _topology.Entries;

    /// <summary>Columns and lanes of compressed columns; null for other patterns.</summary>
    internal RelativeCscTopology? Columns => _topology as RelativeCscTopology;

    /// <summary>Bundles and groups of gather-scatter weights; null for other patterns.</summary>
    internal GatherScatterTopology? Bundles => _topology as GatherScatterTopology;

    /// <summary>The values in their canonical order.</summary>
    internal Span<byte> ValueBytes => _values;

    /// <summary>Number of groups, ⌈rows / <see cref="VectorLength"/>⌉; the last may be short of rows.</summary>
    public int GroupCount => _topology.GroupCount;

    /// <summary>
    /// Stored entries of one group, each a vector of <see cref="VectorLength"/> elements. Padding is never among them. In N:M, each whole group of M counts N entries,
    /// whatever their values, so that all rows are equally long.
    /// </summary>
    public int GroupLength(int group)
    {
        CheckGroup(group);
        return _topology.GroupLength(group);
    }

    /// <summary>Reads one group of a matrix of floats, widened to binary32.</summary>
    /// <param name="group">0 to <see cref="GroupCount"/> − 1.</param>
    /// <param name="depth">Receives the depth of each entry, ascending; <see cref="GroupLength"/> elements at least.</param>
    /// <param name="values">Receives element v of entry e at [e·V + v]; rows past the last read as 0.</param>
    public void ReadGroup(int group, Span<int> depth, Span<float> values) => ReadGroup<float>(group, depth, values);

    /// <summary>Reads one group of a matrix of integers, as stored (q, without zero point and scale).</summary>
    /// <inheritdoc cref="ReadGroup(int, Span{int}, Span{float})"/>
    public void ReadGroup(int group, Span<int> depth, Span<int> values) => ReadGroup<int>(group, depth, values);

    /// <summary>The same for integers that a signed byte holds: Int8, Int4, UInt4, and those of tables up to 127.</summary>
    /// <exception cref="InvalidOperationException">The matrix holds others.</exception>
    public void ReadGroup(int group, Span<int> depth, Span<sbyte> values)
    {
        RequireBytes();
        int[] integers = ArrayPool<int>.Shared.Rent(values.Length);
        ReadGroup<int>(group, depth, integers.AsSpan(0, values.Length));
        int count = GroupLength(group) * VectorLength;
        TensorPrimitives.ConvertTruncating(integers.AsSpan(0, count), values);
        ArrayPool<int>.Shared.Return(integers);
    }

    /// <summary>Writes every element as a number, zeros included, to a rows×depth row-major span; integers are (q − zero)·scale, or q without scales.</summary>
    public void Unpack(Span<float> dense)
    {
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        if (Layout.Format == NumberFormat.Int32)
        {
            var sums = new int[dense.Length];
            UnpackIntegers(sums);
            for (int i = 0; i < sums.Length; i++)
                dense[i] = sums[i];
            return;
        }

        if (!Layout.IsInteger)
        {
            dense.Clear();
            UnpackStored(dense);
            return;
        }

        if (Layout.Planes > 0)
        {
            ToBinaryCoded().Dequantise(dense);
            return;
        }

        var integers = new int[dense.Length];
        UnpackIntegers(integers);
        new QuantisedMatrix(integers, _scales, _zeroPoints, Rows, Depth, Layout.Format, Layout.Scale, Layout.ScaleGroup).Dequantise(dense);
    }

    /// <summary>Writes every element as its integer q to a rows×depth row-major span; an element that is not stored is its zero point, so that its value is 0.</summary>
    /// <exception cref="InvalidOperationException">The matrix holds floats.</exception>
    public void UnpackIntegers(Span<int> dense)
    {
        Codec<int>();
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        dense.Clear();
        if (_zeroPoints.Length > 0 && Depth > 0)
            for (int row = 0; row < Rows; row++)
                for (int k = 0; k < Depth; k++)
                    dense[row * Depth + k] = _zeroPoints[_grid.Index(row, k)];
        UnpackStored(dense);
    }

    /// <summary>The planes of a binary-coded matrix, with the offsets of an asymmetric layout.</summary>
    /// <exception cref="InvalidOperationException">The matrix is in another format.</exception>
    public BinaryCodedMatrix ToBinaryCoded()
    {
        int planes = Layout.Planes, each = Layout.ScalesOfGroup;
        if (planes == 0) throw new InvalidOperationException($"A matrix in the layout '{Layout}' has no planes.");
        var codes = new int[Rows * Depth];
        UnpackIntegers(codes);
        float[] alpha = [.. _scales.Where((_, i) => i % each < planes)];
        double[] offsets = Layout.Asymmetric ? [.. _scales.Where((_, i) => i % each == planes).Select(offset => (double)offset)] : [];
        return new BinaryCodedMatrix(Array.ConvertAll(codes, code => (byte)code), alpha, offsets, Rows, Depth, planes, Layout.Scale, Layout.ScaleGroup);
    }

    /// <summary>The coefficients and bases of a matrix of <see cref="NumberFormat.PowerOfTwoBasis"/>.</summary>
    /// <exception cref="InvalidOperationException">The matrix is in another format.</exception>
    public BasisMatrix ToBasis()
    {
        if (Layout.BasisOrder == 0) throw new InvalidOperationException($"A matrix in the layout '{Layout}' has no bases.");
        var coefficients = new sbyte[Rows * Depth];
        short[] table = CodeTable.Find(NumberFormat.PowerOfTwo4)!;
        int[] depth = [];
        sbyte[] codes = [];
        for (int group = 0; group < GroupCount; group++)
        {
            int length = ReadCodes(group, ref depth, ref codes), present = RowsInGroup(group);
            for (int e = 0; e < length; e++)
                for (int v = 0; v < present; v++)
                    coefficients[(group * VectorLength + v) * Depth + depth[e]] = (sbyte)table[codes[e * VectorLength + v]];
        }
        return new BasisMatrix(coefficients, (float[])_scales.Clone(), Rows, Depth, Layout.Scale, Layout.ScaleGroup);
    }

    /// <inheritdoc cref="UnpackIntegers(Span{int})"/>
    /// <exception cref="InvalidOperationException">The matrix holds floats, or integers that a signed byte does not hold.</exception>
    public void UnpackIntegers(Span<sbyte> dense)
    {
        RequireBytes();
        var integers = new int[dense.Length];
        UnpackIntegers(integers);
        TensorPrimitives.ConvertTruncating<int, sbyte>(integers, dense);
    }

    /// <summary>
    /// Returns the form of this matrix that a kernel has prepared under a key, and prepares it first where there is none. Thread-safe; each form is prepared once.
    /// Rewriting values drops all forms.
    /// </summary>
    /// <param name="key">Names the form; compared with <see cref="object.Equals(object)"/>. The same object again costs one reference comparison.</param>
    /// <param name="make">Prepares the form. It runs under the matrix's lock and must not wait for another thread that uses the same matrix.</param>
    public T GetOrPrepare<T>(object key, Func<PackedMatrix, T> make)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(make);
        return _prepared.GetOrMake(key, this, make);
    }

    /// <summary>Size, layout and bytes: <c>768×3072 nm2of4 s4 scale/group64, 737,280 stored elements, 663,552 bytes</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Rows}×{Depth} {Layout}, {StoredElements:N0} stored elements, {SizeInBytes:N0} bytes");

    /// <summary>The table of a format whose integers are signed bytes; empty for other formats.</summary>
    internal sbyte[] ByteTable() => Layout.Format == NumberFormat.ByteCodebook16
        ? Array.ConvertAll(_codebook, entry => (sbyte)entry)
        : CodeTable.Find(Layout.Format) is { } table && table.Max() <= sbyte.MaxValue ? Array.ConvertAll(table, entry => (sbyte)entry) : [];

    /// <summary>The table of a format with codes of up to four bits, as floats; empty for other formats.</summary>
    internal float[] SingleTable() => Layout.BasisOrder > 0 ? Array.ConvertAll(CodeTable.Find(NumberFormat.PowerOfTwo4)!, entry => (float)entry) : _codebook.Length == CodeTable.Length ? _codebook : CodeTable.Find(Layout.Format) is { } table ? Array.ConvertAll(table, entry => (float)entry) : [];

    /// <summary>Reads the codes of one group of a matrix whose format has a table.</summary>
    internal int ReadCodes(int group, ref int[] depth, ref sbyte[] codes)
    {
        int length = GroupLength(group), count = length * VectorLength;
        if (depth.Length < length) depth = new int[length];
        if (codes.Length < count) codes = new sbyte[count];
        int[] slots = ArrayPool<int>.Shared.Rent(count);
        _topology.Locate(group, depth, slots);
        _codec.ReadCodes(_values, slots.AsSpan(0, count), System.Runtime.InteropServices.MemoryMarshal.AsBytes(codes.AsSpan(0, count)));
        ArrayPool<int>.Shared.Return(slots);
        return length;
    }

    /// <summary>Makes weights of the coefficients of a group. Entries ascend, and whole threes are stored, so that those of one three follow each other.</summary>
    private void Rebuild(int group, ReadOnlySpan<int> depth, Span<float> values)
    {
        int v = VectorLength, present = RowsInGroup(group);
        Span<float> three = stackalloc float[BasisMatrix.Order];
        for (int e = 0; e < depth.Length;)
        {
            int count = 1;
            while (e + count < depth.Length && depth[e + count] / BasisMatrix.Order == depth[e] / BasisMatrix.Order) count++;
            for (int lane = 0; lane < present; lane++)
            {
                three.Clear();
                for (int i = 0; i < count; i++) three[i] = values[(e + i) * v + lane];
                BasisMatrix.Rebuild(three, BasisMatrix.BasisOf(_scales, _grid, group * v + lane, depth[e]));
                for (int i = 0; i < count; i++) values[(e + i) * v + lane] = three[i];
            }
            e += count;
        }
    }

    private int RowsInGroup(int group) => (int)Math.Min(VectorLength, Rows - (long)group * VectorLength);

    private void CheckGroup(int group)
    {
        if ((uint)group >= (uint)GroupCount)
            throw new ArgumentOutOfRangeException(nameof(group), group, $"The matrix has {GroupCount} groups.");
    }

    private ValueCodec<T> Codec<T>()
        where T : unmanaged => _codec as ValueCodec<T>
            ?? throw new InvalidOperationException($"A matrix in the layout '{Layout}' is read and written as {ElementName}, not as {typeof(T).Name}.");

    private string ElementName => Layout.IsInteger || Layout.Format == NumberFormat.Int32 ? "int" : "float";

    private void RequireBytes()
    {
        if (!Layout.IsInteger || IntegerFormats.Range(Layout.Format) is not ( >= sbyte.MinValue, <= sbyte.MaxValue))
            throw new InvalidOperationException($"A matrix in the layout '{Layout}' is read and written as {ElementName}, not as sbyte.");
    }

    private void ReadGroup<T>(int group, Span<int> depth, Span<T> values)
        where T : unmanaged
    {
        ValueCodec<T> codec = Codec<T>();
        int length = GroupLength(group), count = length * VectorLength;
        if (depth.Length < length || values.Length < count)
            throw new ArgumentException($"Group {group} has {length} entries and {count} values; the spans hold {depth.Length} and {values.Length}.");
        int[] slots = ArrayPool<int>.Shared.Rent(count);
        _topology.Locate(group, depth, slots);
        codec.Read(_values, slots.AsSpan(0, count), values);
        ArrayPool<int>.Shared.Return(slots);
        if (Layout.BasisOrder > 0) Rebuild(group, depth[..length], System.Runtime.InteropServices.MemoryMarshal.Cast<T, float>(values[..count]));
    }

    private void UnpackStored<T>(Span<T> dense)
        where T : unmanaged
    {
        // Sized by what is stored, which is in memory already: a matrix without entries may have any extents.
        int longest = 0;
        for (int group = 0; group < GroupCount; group++)
            longest = Math.Max(longest, _topology.GroupLength(group));
        if (longest == 0)
            return;
        var depth = new int[longest];
        var values = new T[(long)longest * VectorLength];
        for (int group = 0; group < GroupCount; group++)
        {
            ReadGroup<T>(group, depth, values);
            int present = RowsInGroup(group), length = _topology.GroupLength(group);
            for (int v = 0; v < present; v++)
            {
                Span<T> row = dense.Slice((group * VectorLength + v) * Depth, Depth);
                for (int e = 0; e < length; e++)
                    row[depth[e]] = values[e * VectorLength + v];
            }
        }
    }
}
