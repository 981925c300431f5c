using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Dense weights of up to four bits for GPUs, as the integers they are, or as codes for sixteen integers of a table, which comes along: row-major, two to a byte with the even depth in the low half, each row padded with zeros to a
/// multiple of the interleave. Scales per group, where there are any, as <c>[group][row]</c>. Coefficients of bases are such codes, and their bases come as the matrix has them: <c>[9]</c>, <c>[row][9]</c> or <c>[row][group][9]</c>,
/// by what shares one.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class NibbleWeights : IPreparedWeights<NibbleWeights>, IDeviceArrays
{
    private readonly AlignedArray<byte> _values;
    private readonly AlignedArray<float> _groupScales;
    private readonly AlignedArray<float> _basis;
    private readonly NibbleSource _source;

    private NibbleWeights(PackedMatrix matrix, Preparation<NibbleWeights> preparation)
    {
        _source = new NibbleSource(matrix);
        if (preparation.Interleave % 2 != 0) throw new NotSupportedException($"An interleave of {preparation.Interleave} would begin a row within a byte.");
        long stride = (matrix.Depth + preparation.Interleave - 1) / preparation.Interleave * preparation.Interleave / 2;
        _values = new AlignedArray<byte>(matrix.Rows * stride);
        _groupScales = _source.ScalesByGroup();
        _basis = new AlignedArray<float>(matrix.Layout.BasisOrder > 0 ? matrix.Scales.Length : 0);
        if (_basis.Length > 0) matrix.Scales.CopyTo(_basis.Span);

        int[] depth = [];
        sbyte[] values = [];
        Span<byte> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            int length = _source.ReadRow(row, ref depth, ref values);
            for (int entry = 0; entry < length; entry++) target[(int)(row * stride + depth[entry] / 2)] |= (byte)((values[entry] & 15) << depth[entry] % 2 * 4);
        }
    }

    /// <summary>The first two values.</summary>
    public ref byte Values => ref _values.First;

    /// <summary>The first scale, <c>[group][row]</c>.</summary>
    public ref float GroupScales => ref _groupScales.First;

    /// <summary>The first entry of the first basis; none where codes are weights.</summary>
    public ref float Basis => ref _basis.First;

    /// <summary>The first number of the table of codes, as signed bytes.</summary>
    public ref sbyte Table => ref _source.FirstByte;

    /// <summary>The same as binary16.</summary>
    public ref Half HalfTable => ref _source.FirstHalf;

    /// <summary>The same as bfloat16.</summary>
    public ref BFloat16 BFloat16Table => ref _source.FirstBFloat16;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => (string[])[nameof(Values), nameof(GroupScales), .. NibbleSource.TableNames, nameof(Basis)];

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => _values.Span,
        1 => DeviceBytes.Of(_groupScales.Span),
        5 => DeviceBytes.Of(_basis.Span),
        _ => _source.Table(index - 2),
    };

    /// <inheritdoc/>
    public static NibbleWeights Prepare(PackedMatrix matrix, Preparation<NibbleWeights> preparation) => new(matrix, preparation);
}
