using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>
/// Sparse weights of integers for 8-bit tensor cores, in strides of vectors as <see cref="VectorStreamWeights{T}"/> has them, each value as digits of eight bits (Li et al., Magicube, SC'22, section 4.2): a stride is a tile
/// of lines for each plane of digits. What a line of an instruction can be is one type, so that planes of one sign lie stacked, and a signed top digit apart from the unsigned one below it.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class DigitStreamWeights : IPreparedWeights<DigitStreamWeights>, IDeviceArrays
{
    /// <summary>One digit: weights of up to eight bits.</summary>
    public const int Single = 1;

    /// <summary>Two planes, the unsigned low one for itself.</summary>
    public const int Apart = 2;

    /// <summary>Two planes as one tile of 2·V lines, the digits of a row beside each other, the low one first; both unsigned, or both signed (balanced: a low digit of −128 to 127), as the format is.</summary>
    public const int Stacked = 3;

    private readonly VectorStreamWeights<int> _stream;
    private readonly AlignedArray<byte> _low;
    private readonly AlignedArray<byte> _top;

    private DigitStreamWeights(PackedMatrix matrix, Preparation<DigitStreamWeights> preparation)
    {
        int stride = preparation.Interleave, order = preparation.Width, v = matrix.VectorLength;
        bool isSigned = IntegerFormats.Of(matrix.Layout.Format)?.IsSigned ?? throw new NotSupportedException($"Digits are those of integers; the matrix is {matrix.Layout}.");
        _stream = VectorStreamWeights<int>.Prepare(matrix, new Preparation<VectorStreamWeights<int>>(0, stride, 0));
        ReadOnlySpan<int> values = _stream.ValueSpan;
        _low = new AlignedArray<byte>(order == Apart ? values.Length : 0);
        _top = new AlignedArray<byte>(order == Stacked ? 2L * values.Length : values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            // Lines of one stride: a value's place in it is its line and its entry.
            int entry = i % stride, line = i / stride;
            (int low, int top) = order == Single ? (0, values[i]) : order == Stacked && isSigned ? (values[i], (values[i] - (sbyte)values[i]) >> 8) : (values[i], values[i] >> 8);
            if (order == Apart) _low.Span[i] = (byte)low;
            if (order == Stacked) (_top.Span[2 * line * stride + entry], _top.Span[(2 * line + 1) * stride + entry]) = ((byte)low, (byte)top);
            else _top.Span[i] = (byte)top;
        }
        VectorLength = v;
    }

    /// <summary>V.</summary>
    public int VectorLength { get; }

    /// <summary>The first unsigned low digit of <c>[stride][V][entry]</c>, where they lie apart.</summary>
    public ref byte LowDigits => ref _low.First;

    /// <summary>The first digit of <c>[stride][line][entry]</c>: V lines, or 2·V where planes are stacked. Bits; the sign is the format's.</summary>
    public ref byte TopDigits => ref _top.First;

    /// <inheritdoc cref="VectorStreamWeights{T}.Indices"/>
    public ref int Indices => ref _stream.Indices;

    /// <inheritdoc cref="VectorStreamWeights{T}.SegmentGroups"/>
    public ref int SegmentGroups => ref _stream.SegmentGroups;

    /// <inheritdoc cref="VectorStreamWeights{T}.SegmentStarts"/>
    public ref int SegmentStarts => ref _stream.SegmentStarts;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(LowDigits), nameof(TopDigits), nameof(Indices), nameof(SegmentGroups), nameof(SegmentStarts) };

    /// <inheritdoc/>
    public static DigitStreamWeights Prepare(PackedMatrix matrix, Preparation<DigitStreamWeights> preparation) => new(matrix, preparation);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => _low.Span,
        1 => _top.Span,
        _ => _stream.DeviceArray(index - 1),
    };
}
