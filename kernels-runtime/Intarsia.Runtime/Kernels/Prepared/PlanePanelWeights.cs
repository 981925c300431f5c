using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Binary-coded weights, and binary ones, which are one plane, in panels for kernels whose lanes are rows, and that look the sums of their activations up: <c>[⌈rows/width⌉][group][plane][⌈length/32⌉][width]</c> words of 32 signs, of which four bits
/// name one of the sixteen sums of four activations: the low halves of its bytes are those of the first sixteen in depth, the high halves of the others. Signs behind a group's end are 0. Scales as <c>[panel][group][plane][width]</c>, in asymmetric layouts with the
/// offsets as one plane more. The preparation's depth tile is the length of a scale group, 0 for one over the depth; its interleave is 8, the codes of a word.
/// </summary>
/// <remarks>LUT-GEMM (Park et al., ICLR'24) has words of 32 signs in the order of the depth; here codes that a mask or a shift cuts out of all four bytes at once follow each other.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PlanePanelWeights : IPreparedWeights<PlanePanelWeights>, IDeviceArrays
{
    /// <summary>Signs of a word.</summary>
    private const int Word = 32;

    /// <summary>Codes of a word.</summary>
    private const int Codes = 8;

    private readonly AlignedArray<byte> _values;
    private readonly AlignedArray<float> _scales;

    private PlanePanelWeights(PackedMatrix matrix, Preparation<PlanePanelWeights> preparation)
    {
        WeightLayout layout = matrix.Layout;
        bool isBinary = layout.Format == NumberFormat.Binary;
        int width = preparation.Width, planes = isBinary ? 1 : layout.Planes, each = layout.Scale == Per.None ? 0 : layout.ScalesOfGroup;
        if (planes == 0) throw new NotSupportedException($"Only binary weights, and binary-coded ones, have planes; the matrix is {layout}.");
        if (width < 1 || preparation.Interleave != Codes || preparation.DepthTile != layout.ScaleGroup)
            throw new ArgumentException($"Panels of {width} rows, {preparation.Interleave} codes to a word, groups of {preparation.DepthTile}: expected 1 row or more, {Codes} codes, and the {layout.ScaleGroup} of the layout '{layout}'.", nameof(preparation));
        var grid = new ScaleGrid(layout.Scale, layout.ScaleGroup, matrix.Rows, matrix.Depth);
        int groups = layout.Scale == Per.Group ? grid.PerRow : 1, length = layout.Scale == Per.Group ? Math.Min(layout.ScaleGroup, matrix.Depth) : matrix.Depth;
        long words = Extents.CeilingDivide(length, Word), panels = Extents.CeilingDivide(matrix.Rows, width), ofPanel = groups * planes * words * width;
        _values = new AlignedArray<byte>(panels * ofPanel * sizeof(int));
        _scales = new AlignedArray<float>(panels * groups * each * width);

        int[] depth = new int[matrix.Depth], codes = new int[matrix.Depth];
        Span<byte> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            (int panel, int lane) = Math.DivRem(row, width);
            matrix.ReadGroup(row, depth, codes);
            // −1 and 1 are signs as well.
            for (int k = 0; k < codes.Length && isBinary; k++) codes[k] = codes[k] > 0 ? 1 : 0;
            for (int k = 0; k < codes.Length; k++)
            {
                (int group, int within) = length == 0 ? (0, 0) : Math.DivRem(k, length);
                for (int plane = 0; plane < planes; plane++)
                {
                    long word = panel * ofPanel + ((group * planes + plane) * words + within / Word) * width + lane;
                    (int run, int bit) = Math.DivRem(within % Word, 4);
                    target[(int)(word * sizeof(int) + run % 4)] |= (byte)((codes[k] >> plane & 1) << run / 4 * 4 + bit);
                }
            }
            for (int group = 0; group < groups; group++)
                for (int plane = 0; plane < each; plane++)
                    _scales.Span[((panel * groups + group) * each + plane) * width + lane] = matrix.Scales[grid.Index(row, group * grid.Group) * each + plane];
        }
    }

    /// <summary>The first byte of the first word.</summary>
    public ref byte Values => ref _values.First;

    /// <summary>The first scale.</summary>
    public ref float Scales => ref _scales.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(Values), nameof(Scales) };

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index == 0 ? _values.Span : DeviceBytes.Of(_scales.Span);

    /// <inheritdoc/>
    public static PlanePanelWeights Prepare(PackedMatrix matrix, Preparation<PlanePanelWeights> preparation) => new(matrix, preparation);
}
