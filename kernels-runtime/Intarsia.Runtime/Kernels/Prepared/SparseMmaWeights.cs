using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>
/// Weights of which at most two of any four along the depth are not zero, for sparse tensor cores. The rows are cut into panels of a thread block's height (the preparation's width), the depth into
/// steps (its depth tile), and the values of one step of one panel lie in one piece: <c>values[panels][steps][height][step/2]</c>, two for each four, with zeros where there are fewer.
/// <para>
/// The metadata say which two: two bits each, ascending (PTX ISA section 9.7.14.6.1), in words as the lanes of a warp load them, <c>metadata[panels][steps][warps][step/64][32][tiles]</c>, where a warp
/// takes as many rows as the preparation's interleave says, in tiles of 16. Of 8-bit weights lane 4g + 2h + u holds sixteen places of row g + 8u, from stored depth 16h; of 16-bit weights lane 4g + q
/// holds eight of row g in its low half and eight of row g + 8 in its high half, from stored depth 8q.
/// </para>
/// Scales per group, where there are any, as <c>[group][row]</c>.
/// </summary>
/// <typeparam name="T"><see cref="sbyte"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class SparseMmaWeights<T> : IPreparedWeights<SparseMmaWeights<T>>, IDeviceArrays
    where T : unmanaged
{
    /// <summary>Depth whose places fill one word of every lane, for 16 rows.</summary>
    private const int WordDepth = 64;

    /// <summary>Places 0 and 1 everywhere: there must be two, even of zeros.</summary>
    private const uint NoneStored = 0x44444444;

    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<uint> _metadata;
    private readonly AlignedArray<float> _groupScales;
    private readonly int _height;
    private readonly int _warpHeight;
    private readonly int _step;
    private readonly int _steps;
    private readonly int _elementBytes;

    /// <param name="matrix">The matrix.</param>
    /// <param name="preparation">Panels and steps.</param>
    /// <param name="elementBytes">Bytes of the elements that the tensor cores read, by which the metadata lie; 1 or 2.</param>
    private SparseMmaWeights(PackedMatrix matrix, Preparation<SparseMmaWeights<T>> preparation, int elementBytes)
    {
        _elementBytes = elementBytes;
        (_height, _warpHeight, _step) = (preparation.Width, preparation.Interleave, preparation.DepthTile);
        if (_warpHeight < 16 || _warpHeight % 16 != 0 || _height % _warpHeight != 0 || _step < WordDepth || _step % WordDepth != 0)
            throw new ArgumentException($"Panels of {_height} rows, {_warpHeight} to a warp, and steps of {_step}: expected multiples of 16, and of {WordDepth}.", nameof(preparation));
        if (elementBytes > 2) throw new NotSupportedException($"Sparse tensor cores take weights of 8 or 16 bits, not of {8 * elementBytes}.");
        var source = new WeightSource<T>(matrix);
        _steps = (matrix.Depth + _step - 1) / _step;
        long pieces = (long)((matrix.Rows + _height - 1) / _height) * _steps;
        _values = new AlignedArray<T>(pieces * _height * _step / 2);
        _metadata = new AlignedArray<uint>(pieces * _height / 16 * (_step / WordDepth) * 32);
        _metadata.Span.Fill(NoneStored);

        int[] depth = [];
        T[] values = [];
        for (int row = 0; row < matrix.Rows; row++)
        {
            int length = source.ReadRow(row, ref depth, ref values);
            for (int begin = 0, end; begin < length; begin = end)
            {
                for (end = begin + 1; end < length && depth[end] / 4 == depth[begin] / 4; end++) { }
                Write(row, depth.AsSpan(begin, end - begin), values.AsSpan(begin, end - begin));
            }
        }

        _groupScales = source.ScalesByGroup();
    }

    /// <summary>The first value.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The first word of the metadata.</summary>
    public ref uint Metadata => ref _metadata.First;

    /// <summary>The scales as <c>[group][row]</c>, where there are any per group.</summary>
    public ref float GroupScales => ref _groupScales.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => (string[])[nameof(Values), nameof(Metadata), nameof(GroupScales)];

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => DeviceBytes.Of(_values.Span),
        1 => DeviceBytes.Of(_metadata.Span),
        2 => DeviceBytes.Of(_groupScales.Span),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <inheritdoc/>
    public static Type? Element => typeof(T);

    /// <inheritdoc/>
    public static IDeviceArrays Places(PackedMatrix numbered, Preparation<SparseMmaWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        return new SparseMmaWeights<int>(numbered, preparation.For<SparseMmaWeights<int>>(), Unsafe.SizeOf<T>());
    }

    /// <inheritdoc/>
    public static SparseMmaWeights<T> Prepare(PackedMatrix matrix, Preparation<SparseMmaWeights<T>> preparation) => new(matrix, preparation, Unsafe.SizeOf<T>());

    /// <summary>Writes what is stored of four elements of a row: one or two values.</summary>
    private void Write(int row, ReadOnlySpan<int> depth, ReadOnlySpan<T> values)
    {
        if (depth.Length > 2)
            throw new ArgumentException($"Row {row} stores {depth.Length} elements in columns {depth[0] / 4 * 4} to {depth[0] / 4 * 4 + 3}: sparse tensor cores take two of four.");
        // A single value in the first place goes before a zero in the second, any other behind a zero in the first.
        int first = depth[0] % 4, slot = depth.Length == 1 && first > 0 ? 1 : 0;
        (int low, int high) = depth.Length == 2 ? (first, depth[1] % 4) : first > 0 ? (0, first) : (0, 1);

        (int panel, int line) = Math.DivRem(row, _height);
        (int step, int within) = Math.DivRem(depth[0] / 4 * 2, _step / 2);
        long piece = (long)panel * _steps + step;
        values.CopyTo(_values.Span[(int)((piece * _height + line) * (_step / 2) + within + slot)..]);
        (long word, int bit) = Place(piece, line, within);
        _metadata.Span[(int)word] = _metadata.Span[(int)word] & ~(15u << bit) | (uint)(low | high << 2) << bit;
    }

    /// <summary>Where the place of a stored element stands: a word of the metadata and a bit of it.</summary>
    private (long Word, int Bit) Place(long piece, int line, int within)
    {
        int tiles = _warpHeight / 16, words = _step / WordDepth;
        int warp = line / _warpHeight, tile = line % _warpHeight / 16, upper = line % 16 / 8, group = line % 8;
        int word = within / (WordDepth / 2), place = within % (WordDepth / 2);
        (int lane, int bit) = _elementBytes == 1
            ? (4 * group + place / 16 * 2 + upper, place % 16 * 2)
            : (4 * group + place / 8, 16 * upper + place % 8 * 2);
        long block = (piece * (_height / _warpHeight) + warp) * words + word;
        return ((block * 32 + lane) * tiles + tile, bit);
    }
}
