using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Weights that are planes times powers of two, in panels for kernels whose lanes are rows, and that count the bits which planes of weights and activations have in common: <c>[⌈rows/width⌉][⌈depth/32⌉][plane][width]</c> words of 32 bits,
/// the first in depth lowest, zeros behind the last row and depth. A plane of signs has a bit where the sign is +1, so that a weight is twice its code less the largest. Beside them, for each row of a panel, what codes leave out:
/// the integers that a sum of activations is multiplied by, less the zero point of the row, and sums of codes, times a factor. The preparation's interleave is the number of planes, its depth tile that factor.
/// </summary>
/// <remarks>APNN-TC (Feng et al., SC'21), section 4, has whole planes one after the other; here what a kernel reads together lies together.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class BitPanelWeights : IPreparedWeights<BitPanelWeights>
{
    /// <summary>Bits of a word.</summary>
    private const int Word = 32;

    private readonly AlignedArray<int> _values;
    private readonly AlignedArray<int> _offsets;
    private readonly AlignedArray<int> _compensation;

    private BitPanelWeights(PackedMatrix matrix, Preparation<BitPanelWeights> preparation)
    {
        WeightLayout layout = matrix.Layout;
        (int width, int planes, int factor) = (preparation.Width, IntegerFormats.BitPlanesOf(layout.Format), preparation.DepthTile);
        if (planes == 0 || layout.Pattern != Pattern.Dense) throw new NotSupportedException($"Only dense weights of planes times powers of two lie in panels of bits; the matrix is {layout}.");
        if (layout.Asymmetric && layout.Scale == Per.Group) throw new NotSupportedException($"Zero points of groups are none of a row; the matrix is {layout}.");
        if (width < 1 || preparation.Interleave != planes || factor < 0)
            throw new ArgumentException($"Panels of {width} rows, {preparation.Interleave} planes, factor {factor}: expected 1 row or more, the {planes} of the layout '{layout}', and no negative factor.", nameof(preparation));
        bool areSigns = IntegerFormats.HasSignPlanes(layout.Format);
        (int times, int least) = areSigns ? (2, 1 - (1 << planes)) : (1, 0);
        long words = Extents.CeilingDivide(matrix.Depth, Word), panels = Extents.CeilingDivide(matrix.Rows, width), ofPanel = words * planes * width;
        _values = new AlignedArray<int>(panels * ofPanel);
        _offsets = new AlignedArray<int>(panels * width);
        _compensation = new AlignedArray<int>(panels * width);

        int[] depth = new int[matrix.Depth], values = new int[matrix.Depth];
        Span<int> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            (int panel, int lane) = Math.DivRem(row, width);
            matrix.ReadGroup(row, depth, values);
            int sum = 0;
            for (int k = 0; k < values.Length; k++)
            {
                int code = (values[k] - least) / times;
                sum += code;
                for (int plane = 0; plane < planes; plane++)
                    target[(int)(panel * ofPanel + ((long)(k / Word) * planes + plane) * width + lane)] |= (code >> plane & 1) << k % Word;
            }
            int zero = matrix.ZeroPoints.IsEmpty ? 0 : matrix.ZeroPoints[layout.Scale == Per.Row ? row : 0];
            _offsets.Span[panel * width + lane] = least - zero;
            _compensation.Span[panel * width + lane] = unchecked(-factor * times * sum);
        }
    }

    /// <summary>The first word.</summary>
    public ref int Values => ref _values.First;

    /// <summary>What the sum of a column's activations is multiplied by: the weight whose code is 0, less the zero point.</summary>
    public ref int Offsets => ref _offsets.First;

    /// <summary>The sum of each row's codes, times −factor, and twice that where the weights are signs.</summary>
    public ref int Compensation => ref _compensation.First;

    /// <inheritdoc/>
    public static BitPanelWeights Prepare(PackedMatrix matrix, Preparation<BitPanelWeights> preparation) => new(matrix, preparation);
}
