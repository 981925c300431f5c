using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Dense weights for kernels whose lanes are columns: row-major, the depth padded with zeros to a multiple of the interleave. Scales per group, where there are any,
/// as <c>[row][group]</c>.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="short"/>, <see cref="sbyte"/>, <see cref="byte"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class RowWeights<T> : IPreparedWeights<RowWeights<T>>, IDeviceArrays
    where T : unmanaged
{
    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<float> _scales;
    private readonly AlignedArray<float> _groupScales;
    private readonly AlignedArray<int> _compensation;

    private RowWeights(PackedMatrix matrix, Preparation<RowWeights<T>> preparation)
    {
        var source = new WeightSource<T>(matrix);
        long stride = (matrix.Depth + preparation.Interleave - 1) / preparation.Interleave * preparation.Interleave;
        _values = new AlignedArray<T>(matrix.Rows * stride);
        _scales = new AlignedArray<float>(matrix.Layout.ScalesGroups ? matrix.Scales.Length : 0);
        if (_scales.Length > 0) matrix.Scales.CopyTo(_scales.Span);

        _groupScales = Transposed(_scales.Span, matrix.Rows);
        _compensation = new AlignedArray<int>(typeof(T) == typeof(sbyte) ? (long)matrix.Rows * source.ScaleGroups : 0);

        int[] depth = [];
        T[] values = [];
        Span<T> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            int length = source.ReadRow(row, ref depth, ref values);
            for (int entry = 0; entry < length; entry++) target[(int)(row * stride + depth[entry])] = values[entry];
            if (_compensation.Length > 0) source.AddCompensation(depth.AsSpan(0, length), values.AsSpan(0, length), _compensation.Span[(row * source.ScaleGroups)..], 1);
        }
    }

    /// <summary>The first value.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The first scale.</summary>
    public ref float Scales => ref _scales.First;

    /// <summary>The same scales as <c>[group][row]</c>: the order in which a thread block reads those of its rows.</summary>
    public ref float GroupScales => ref _groupScales.First;

    /// <summary>−128·Σw of the first row, <c>[row][group]</c>; only for bytes.</summary>
    public ref int Compensation => ref _compensation.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(Values), nameof(Scales), nameof(GroupScales), nameof(Compensation) };

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => DeviceBytes.Of(_values.Span),
        1 => DeviceBytes.Of(_scales.Span),
        2 => DeviceBytes.Of(_groupScales.Span),
        _ => DeviceBytes.Of(_compensation.Span),
    };

    /// <inheritdoc/>
    public static Type? Element => typeof(T);

    /// <inheritdoc/>
    public static IDeviceArrays Places(PackedMatrix numbered, Preparation<RowWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        return RowWeights<int>.Prepare(numbered, preparation.For<RowWeights<int>>());
    }

    /// <inheritdoc/>
    public static RowWeights<T> Prepare(PackedMatrix matrix, Preparation<RowWeights<T>> preparation) => new(matrix, preparation);

    /// <summary>Scales per group, <c>[row][group]</c>, as <c>[group][row]</c>.</summary>
    internal static AlignedArray<float> Transposed(ReadOnlySpan<float> scales, int rows)
    {
        var turned = new AlignedArray<float>(scales.Length);
        int groups = rows == 0 ? 0 : scales.Length / rows;
        for (int row = 0; row < rows; row++)
            for (int group = 0; group < groups; group++) turned.Span[group * rows + row] = scales[row * groups + group];
        return turned;
    }
}
