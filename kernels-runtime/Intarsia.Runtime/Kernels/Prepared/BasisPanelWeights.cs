using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Coefficients of four bits in panels for kernels whose lanes are rows, and that make weights of them: <c>[⌈rows/width⌉][chunks][3][width][4]</c> bytes. A chunk is 24 of depth, cut into eight threes; vector i has coefficient i of
/// each of them, that of three g in the low half of byte g for the first four, in the high half of byte g − 4 for the others. Bases as <c>[panel][group][9][width]</c>. The preparation's depth tile is a chunk, its interleave the codes of a byte.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class BasisPanelWeights : IPreparedWeights<BasisPanelWeights>
{
    private const int Order = BasisMatrix.Order;

    /// <summary>Threes of a chunk: codes of a lane of 32 bits.</summary>
    private const int Threes = 8;

    private readonly AlignedArray<byte> _values;
    private readonly AlignedArray<float> _basis;
    private readonly AlignedArray<float> _singleTable = new(CodeTable.Length);

    private BasisPanelWeights(PackedMatrix matrix, Preparation<BasisPanelWeights> preparation)
    {
        WeightLayout layout = matrix.Layout;
        if (layout.BasisOrder != Order || layout.Pattern != Pattern.Dense) throw new NotSupportedException($"Panels of coefficients are made of dense matrices that have bases; the matrix is {layout}.");
        int width = preparation.Width, chunk = Order * Threes;
        if (width < 1 || preparation.Interleave != 2 || preparation.DepthTile != chunk || (layout.Scale == Per.Group && layout.ScaleGroup % chunk != 0))
            throw new ArgumentException($"Panels of {width} rows, {preparation.Interleave} codes to a byte, the depth in chunks of {preparation.DepthTile}: expected 1 row or more, 2 codes, and chunks of {chunk}, which the groups of the layout '{layout}' are multiples of.", nameof(preparation));
        matrix.SingleTable().CopyTo(_singleTable.Span);
        var grid = new ScaleGrid(layout.Scale, layout.ScaleGroup, matrix.Rows, matrix.Depth);
        int groups = layout.Scale == Per.Group ? grid.PerRow : 1;
        long chunks = Extents.CeilingDivide(matrix.Depth, chunk), panels = Extents.CeilingDivide(matrix.Rows, width);
        _values = new AlignedArray<byte>(panels * chunks * Order * width * 4);
        _basis = new AlignedArray<float>(panels * groups * BasisMatrix.Entries * width);

        int[] depth = [];
        sbyte[] codes = [];
        Span<byte> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            (int panel, int lane) = Math.DivRem(row, width);
            int length = matrix.ReadCodes(row, ref depth, ref codes);
            for (int k = 0; k < length; k++)
            {
                (int of, int within) = Math.DivRem(k, chunk);
                (int three, int i) = Math.DivRem(within, Order);
                target[(int)((((panel * chunks + of) * Order + i) * width + lane) * 4 + three % 4)] |= (byte)((codes[k] & 15) << three / 4 * 4);
            }
            for (int group = 0; group < groups; group++)
            {
                ReadOnlySpan<float> basis = BasisMatrix.BasisOf(matrix.Scales, grid, row, group * grid.Group);
                for (int i = 0; i < basis.Length; i++) _basis.Span[((panel * groups + group) * BasisMatrix.Entries + i) * width + lane] = basis[i];
            }
        }
    }

    /// <summary>The first four bytes of the first row.</summary>
    public ref byte Values => ref _values.First;

    /// <summary>The first entry of the first row's basis.</summary>
    public ref float Basis => ref _basis.First;

    /// <summary>The coefficients that codes stand for.</summary>
    public ref float SingleTable => ref _singleTable.First;

    /// <inheritdoc/>
    public static BasisPanelWeights Prepare(PackedMatrix matrix, Preparation<BasisPanelWeights> preparation) => new(matrix, preparation);
}
