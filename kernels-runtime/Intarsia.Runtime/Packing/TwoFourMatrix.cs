using System.Runtime.InteropServices;

namespace Intarsia;

/// <summary>
/// A 2:4 sparse matrix as NVIDIA's libraries hold it: of each four neighbours of a row two values, and two bits for each that say which of the four it is. Row-major, as CUTLASS has it before
/// <c>reorder_meta</c> (<c>tools/util/include/cutlass/util/host_uncompress.h</c> and <c>host_reorder.h</c>, <c>ElementE</c>), and with the bits of the PTX ISA (section 9.7.14.6.1, ordered metadata). The two
/// places of four ascend; where fewer than two values are stored, zeros fill up. <c>docs/formats.md</c> gives an example.
/// </summary>
public sealed class TwoFourMatrix
{
    /// <summary>Columns of a chunk, of which two elements are kept.</summary>
    private const int Chunk = 4;

    private readonly byte[] _values;
    private readonly byte[] _metadata;

    /// <summary>Takes values and metadata, which are copied, and checks them completely.</summary>
    /// <param name="format"><see cref="NumberFormat.Float16"/>, <see cref="NumberFormat.BFloat16"/> or <see cref="NumberFormat.Int8"/>.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns before compression, at least 0.</param>
    /// <param name="values">rows × <see cref="PaddedDepth"/> / 2 elements, little-endian.</param>
    /// <param name="metadata">rows × <see cref="PaddedDepth"/> / 8 bytes: words of <see cref="MetadataWordBits"/> bits, little-endian.</param>
    /// <exception cref="ArgumentException">The format is another one, an extent is negative, or a length is not the one above.</exception>
    /// <exception cref="IntarsiaFormatException">Two places do not ascend, or a value behind the depth is not 0; row and columns are named.</exception>
    public TwoFourMatrix(NumberFormat format, int rows, int depth, ReadOnlySpan<byte> values, ReadOnlySpan<byte> metadata)
        : this(format, rows, depth)
    {
        if (values.Length != _values.Length) throw new ArgumentException($"{rows}×{depth} elements of {format} have {_values.Length} bytes of values in 2:4 form; {values.Length} were given.", nameof(values));
        if (metadata.Length != _metadata.Length) throw new ArgumentException($"{rows}×{depth} elements of {format} have {_metadata.Length} bytes of metadata in 2:4 form; {metadata.Length} were given.", nameof(metadata));
        values.CopyTo(_values);
        metadata.CopyTo(_metadata);
        for (int row = 0; row < rows; row++)
            for (int chunk = 0; chunk < ChunksPerRow; chunk++) Check(row, chunk);
    }

    private TwoFourMatrix(NumberFormat format, int rows, int depth)
    {
        if (format is not (NumberFormat.Float16 or NumberFormat.BFloat16 or NumberFormat.Int8))
        {
            throw new ArgumentException(
                $"{format} has no 2:4 form, which is one of 8-bit integers and 16-bit floats: tensor cores keep one of two 32-bit elements, and 4-bit ones in pairs.", nameof(format));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        (Format, Rows, Depth) = (format, rows, depth);
        int word = Chunk * MetadataWordBits / 4;
        long padded = ((long)depth + word - 1) / word * word;
        _values = new byte[Extents.RequireArrayLength((Int128)rows * padded / 2 * ElementBytes, "bytes of 2:4 values")];
        PaddedDepth = Extents.RequireArrayLength(padded, "columns in whole words of metadata");
        _metadata = new byte[rows * (PaddedDepth / 8)];
    }

    /// <summary>The elements.</summary>
    public NumberFormat Format { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns before compression.</summary>
    public int Depth { get; }

    /// <summary>The columns in whole words of metadata: a multiple of 16 for 16-bit elements, of 32 for 8-bit ones.</summary>
    public int PaddedDepth { get; }

    /// <summary>Bits of the words that the libraries read metadata in: 16 for 16-bit elements, 32 for 8-bit ones.</summary>
    public int MetadataWordBits => Format == NumberFormat.Int8 ? 32 : 16;

    /// <summary><c>values[rows][PaddedDepth / 2]</c>, little-endian elements of <see cref="Format"/>.</summary>
    public ReadOnlySpan<byte> Values => _values;

    /// <summary><c>metadata[rows][PaddedDepth / 8]</c> bytes, four bits for each four columns, lowest first: the first place in the lower two of them. Little-endian words of any size read the same.</summary>
    public ReadOnlySpan<byte> Metadata => _metadata;

    private int ElementBytes => Format == NumberFormat.Int8 ? 1 : 2;

    private int ChunksPerRow => PaddedDepth / Chunk;

    /// <summary>Converts a packed matrix whose pattern keeps at most two of any four elements: 2:4, 1:4, 1:2, and one or two of 8, 16 or 32. Scales are not part of the form; take them from the matrix.</summary>
    /// <exception cref="ArgumentException">The pattern or the number format has no such form, or the matrix has zero points, so that what it leaves out is not the integer 0.</exception>
    public static TwoFourMatrix FromPacked(PackedMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        WeightLayout layout = matrix.Layout;
        if (!(layout.Pattern == Pattern.NM && (layout.M % Chunk == 0 ? layout.N <= 2 : layout.M == 2 && layout.N == 1)))
            throw new ArgumentException($"The layout is '{layout}'. Patterns that keep at most two of any four elements have a 2:4 form: 2:4, 1:4, 1:2, and one or two of 8, 16 or 32.", nameof(matrix));
        if (layout.Asymmetric) throw new ArgumentException($"The layout is '{layout}'. A 2:4 form has no zero points: what it leaves out is 0.", nameof(matrix));
        var result = new TwoFourMatrix(layout.Format, matrix.Rows, matrix.Depth);
        if (layout.IsInteger) result.Fill<sbyte>(matrix, matrix.ReadGroup, value => (byte)value);
        else if (layout.Format == NumberFormat.Float16) result.Fill<float>(matrix, matrix.ReadGroup, value => BitConverter.HalfToUInt16Bits((Half)value));
        else result.Fill<float>(matrix, matrix.ReadGroup, value => ((BFloat16)value).Bits);
        return result;
    }

    /// <summary>Packs the matrix, as 2:4 where no layout is given. The place of a stored zero is not kept: it takes the lowest one that is free.</summary>
    /// <param name="layout">A layout of the same number format, of any pattern that the elements fit; null for 2:4 without scales.</param>
    /// <param name="scales">As many as the layout says.</param>
    /// <exception cref="ArgumentException">The layout is not valid, of another format, or asymmetric.</exception>
    /// <exception cref="IntarsiaFormatException">An element breaks the pattern, or a scale is wrong.</exception>
    public PackedMatrix ToPacked(WeightLayout? layout = null, ReadOnlySpan<float> scales = default)
    {
        layout ??= new WeightLayout(Pattern.NM, Format) { N = 2, M = Chunk };
        if (layout.Format != Format || layout.Asymmetric) throw new ArgumentException($"The layout is '{layout}'; a 2:4 matrix of {Format} packs into layouts of that format, without zero points.", nameof(layout));
        int count = Extents.RequireArrayLength((Int128)Rows * Depth, "elements (rows × depth)");
        if (Format == NumberFormat.Int8)
        {
            var integers = new sbyte[count];
            Expand<sbyte>(integers, bits => (sbyte)bits);
            return PackedMatrix.Pack(integers, Rows, Depth, layout, scales);
        }

        var floats = new float[count];
        Expand<float>(floats, bits => Format == NumberFormat.Float16 ? (float)BitConverter.UInt16BitsToHalf(bits) : (float)BFloat16.FromBits(bits));
        return PackedMatrix.Pack(floats, Rows, Depth, layout);
    }

    private delegate void GroupReader<T>(int group, Span<int> depth, Span<T> values);

    private void Fill<T>(PackedMatrix matrix, GroupReader<T> read, Func<T, ushort> bits)
    {
        // Places 0 and 1 where nothing is stored.
        _metadata.AsSpan().Fill(0x44);
        int longest = 0;
        for (int group = 0; group < matrix.GroupCount; group++) longest = Math.Max(longest, matrix.GroupLength(group));
        int[] depth = new int[longest];
        var vectors = new T[longest * matrix.VectorLength];
        var values = new T[longest];
        for (int row = 0; row < Rows; row++)
        {
            (int group, int lane) = Math.DivRem(row, matrix.VectorLength);
            int length = matrix.GroupLength(group);
            if (lane == 0) read(group, depth, vectors);
            for (int entry = 0; entry < length; entry++) values[entry] = vectors[entry * matrix.VectorLength + lane];
            for (int begin = 0, end; begin < length; begin = end)
            {
                int chunk = depth[begin] / Chunk, first = depth[begin] % Chunk;
                end = begin + 1 < length && depth[begin + 1] / Chunk == chunk ? begin + 2 : begin + 1;
                // A single value in the first place goes before a zero in the second, any other behind a zero in the first.
                (int low, int high) = end - begin == 2 ? (first, depth[begin + 1] % Chunk) : first > 0 ? (0, first) : (0, 1);
                int slot = end - begin == 1 && first > 0 ? 1 : 0;
                for (int i = begin; i < end; i++) SetValue(row, chunk * 2 + slot + i - begin, bits(values[i]));
                SetPlaces(row, chunk, low | high << 2);
            }
        }
    }

    private void Expand<T>(Span<T> dense, Func<ushort, T> number)
    {
        for (int row = 0; row < Rows; row++)
        {
            for (int stored = 0; stored < PaddedDepth / 2; stored++)
            {
                int column = Column(row, stored);
                if (column < Depth) dense[row * Depth + column] = number(Value(row, stored));
            }
        }
    }

    private void Check(int row, int chunk)
    {
        int places = Places(row, chunk), low = places & 3, high = places >> 2, column = chunk * Chunk;
        string Where(string what) => $"2:4 {what} of row {row}, columns {column} to {column + Chunk - 1}";
        if (low >= high) throw new IntarsiaFormatException(Where("metadata"), $"places {low} and {high}", "two different ones, the lower first");
        for (int stored = chunk * 2; stored < chunk * 2 + 2; stored++)
        {
            if (Column(row, stored) >= Depth && Value(row, stored) != 0)
                throw new IntarsiaFormatException(Where("values"), $"one in column {Column(row, stored)}", $"none but 0 behind the depth, {Depth}");
        }
    }

    private int Column(int row, int stored) => stored / 2 * Chunk + (Places(row, stored / 2) >> stored % 2 * 2 & 3);

    private int Places(int row, int chunk) => _metadata[row * (PaddedDepth / 8) + chunk / 2] >> chunk % 2 * 4 & 15;

    private void SetPlaces(int row, int chunk, int places)
    {
        ref byte pair = ref _metadata[row * (PaddedDepth / 8) + chunk / 2];
        int shift = chunk % 2 * 4;
        pair = (byte)(pair & ~(15 << shift) | places << shift);
    }

    private ushort Value(int row, int stored)
    {
        int at = row * (PaddedDepth / 2) + stored;
        return ElementBytes == 1 ? _values[at] : MemoryMarshal.Cast<byte, ushort>(_values.AsSpan())[at];
    }

    private void SetValue(int row, int stored, ushort bits)
    {
        int at = row * (PaddedDepth / 2) + stored;
        if (ElementBytes == 1) _values[at] = (byte)bits;
        else MemoryMarshal.Cast<byte, ushort>(_values.AsSpan())[at] = bits;
    }
}
