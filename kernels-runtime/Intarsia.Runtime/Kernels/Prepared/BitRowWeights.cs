using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Weights that are planes times powers of two, as activations in planes lie: <c>[rows][words][plane]</c>, words of 32 bits, the first in depth lowest, zeros behind the depth. A plane of signs
/// has a bit where the sign is +1. Beside them, for each row, what codes leave out: the integer that a sum of products of 2^j and the bits of X is multiplied by, and what is added to the sum. The preparation's interleave is
/// the number of planes, its depth tile what the activation of code 0 is below 0.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class BitRowWeights : IPreparedWeights<BitRowWeights>, IDeviceArrays
{
    /// <summary>Bits of a word.</summary>
    private const int Word = 32;

    private readonly AlignedArray<int> _values;
    private readonly AlignedArray<int> _offsets;
    private readonly AlignedArray<int> _compensation;

    private BitRowWeights(PackedMatrix matrix, Preparation<BitRowWeights> preparation)
    {
        WeightLayout layout = matrix.Layout;
        (int planes, int factor) = (IntegerFormats.BitPlanesOf(layout.Format), preparation.DepthTile);
        if (planes == 0 || layout.Pattern != Pattern.Dense) throw new NotSupportedException($"Only dense weights of planes times powers of two lie in rows of bits; the matrix is {layout}.");
        if (layout.Asymmetric && layout.Scale == Per.Group) throw new NotSupportedException($"Zero points of groups are none of a row; the matrix is {layout}.");
        if (preparation.Width != 0 || preparation.Interleave != planes || factor < 0)
            throw new ArgumentException($"Width {preparation.Width}, {preparation.Interleave} planes, factor {factor}: expected width 0, the {planes} planes of the layout '{layout}', and no negative factor.", nameof(preparation));
        bool areSigns = IntegerFormats.HasSignPlanes(layout.Format);
        (int times, int least) = areSigns ? (2, 1 - (1 << planes)) : (1, 0);
        long words = Extents.CeilingDivide(matrix.Depth, Word);
        _values = new AlignedArray<int>(matrix.Rows * words * planes);
        _offsets = new AlignedArray<int>(matrix.Rows);
        _compensation = new AlignedArray<int>(matrix.Rows);

        int[] depth = new int[matrix.Depth], values = new int[matrix.Depth];
        Span<int> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            matrix.ReadGroup(row, depth, values);
            int sum = 0;
            for (int k = 0; k < values.Length; k++)
            {
                int code = (values[k] - least) / times;
                sum += code;
                for (int plane = 0; plane < planes; plane++) target[(int)((row * words + k / Word) * planes + plane)] |= (code >> plane & 1) << k % Word;
            }
            int offset = least - (matrix.ZeroPoints.IsEmpty ? 0 : matrix.ZeroPoints[layout.Scale == Per.Row ? row : 0]);
            _offsets.Span[row] = offset;
            _compensation.Span[row] = unchecked(-factor * (times * sum + offset * matrix.Depth));
        }
    }

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(Values), nameof(Offsets), nameof(Compensation) };

    /// <summary>The first word.</summary>
    public ref int Values => ref _values.First;

    /// <summary>What the sum of a column's activations, those of code 0 left out, is multiplied by: the weight whose code is 0, less the zero point.</summary>
    public ref int Offsets => ref _offsets.First;

    /// <summary>The sum of each row's weights, times −factor.</summary>
    public ref int Compensation => ref _compensation.First;

    /// <inheritdoc/>
    public static BitRowWeights Prepare(PackedMatrix matrix, Preparation<BitRowWeights> preparation) => new(matrix, preparation);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => DeviceBytes.Of(index switch { 0 => _values.Span, 1 => _offsets.Span, _ => _compensation.Span }, DeviceArrayNames[index]);
}
