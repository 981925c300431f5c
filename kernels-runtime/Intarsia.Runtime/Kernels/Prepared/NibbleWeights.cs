using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>
/// Dense weights of up to four bits for GPUs, as the integers they are: row-major, two to a byte with the even depth in the low half, each row padded with zeros to a multiple of the interleave. Scales per
/// group, where there are any, as <c>[group][row]</c>.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class NibbleWeights : IPreparedWeights<NibbleWeights>, IDeviceArrays
{
    private readonly AlignedArray<byte> _values;
    private readonly AlignedArray<float> _groupScales;

    private NibbleWeights(PackedMatrix matrix, Preparation<NibbleWeights> preparation)
    {
        if (!IntegerFormats.FitsNibble(matrix.Layout.Format) || matrix.Layout.Asymmetric)
            throw new NotSupportedException($"Weights in four bits are integers from −8 to 7 without zero points; the matrix is {matrix.Layout}.");
        if (preparation.Interleave % 2 != 0) throw new NotSupportedException($"An interleave of {preparation.Interleave} would begin a row within a byte.");
        var source = new WeightSource<sbyte>(matrix);
        long stride = (matrix.Depth + preparation.Interleave - 1) / preparation.Interleave * preparation.Interleave / 2;
        _values = new AlignedArray<byte>(matrix.Rows * stride);
        _groupScales = RowWeights<sbyte>.Transposed(matrix.Layout.Scale == Per.Group ? matrix.Scales : [], matrix.Rows);

        int[] depth = [];
        sbyte[] values = [];
        Span<byte> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            int length = source.ReadRow(row, ref depth, ref values);
            for (int entry = 0; entry < length; entry++) target[(int)(row * stride + depth[entry] / 2)] |= (byte)((values[entry] & 15) << depth[entry] % 2 * 4);
        }
    }

    /// <summary>The first two values.</summary>
    public ref byte Values => ref _values.First;

    /// <summary>The first scale, <c>[group][row]</c>.</summary>
    public ref float GroupScales => ref _groupScales.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(Values), nameof(GroupScales) };

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index == 0 ? _values.Span : MemoryMarshal.AsBytes(_groupScales.Span);

    /// <inheritdoc/>
    public static NibbleWeights Prepare(PackedMatrix matrix, Preparation<NibbleWeights> preparation) => new(matrix, preparation);
}
