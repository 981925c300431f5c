using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Dense weights in panels for kernels whose lanes are rows: <c>[⌈rows/width⌉][⌈depth/interleave⌉][width][interleave]</c>, zeros behind the last row and depth.
/// Scales per group, where there are any, as <c>[panel][group][width]</c>.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="short"/> or <see cref="sbyte"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PanelWeights<T> : IPreparedWeights<PanelWeights<T>>, IDeviceArrays
    where T : unmanaged
{
    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<float> _scales;
    private readonly AlignedArray<int> _compensation;

    private PanelWeights(PackedMatrix matrix, Preparation<PanelWeights<T>> preparation)
    {
        var source = new WeightSource<T>(matrix);
        (int width, int interleave) = (preparation.Width, preparation.Interleave);
        long steps = (matrix.Depth + interleave - 1) / interleave, panels = (matrix.Rows + width - 1) / width;
        _values = new AlignedArray<T>(panels * steps * width * interleave);
        _scales = new AlignedArray<float>(matrix.Layout.ScalesGroups ? panels * source.ScaleGroups * width : 0);

        _compensation = new AlignedArray<int>(typeof(T) == typeof(sbyte) ? panels * source.ScaleGroups * width : 0);

        int[] depth = [];
        T[] values = [];
        Span<T> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            int length = source.ReadRow(row, ref depth, ref values);
            (int panel, int lane) = Math.DivRem(row, width);
            for (int entry = 0; entry < length; entry++)
                target[(int)(((panel * steps + depth[entry] / interleave) * width + lane) * interleave + depth[entry] % interleave)] = values[entry];
            if (_compensation.Length > 0)
                source.AddCompensation(depth.AsSpan(0, length), values.AsSpan(0, length), _compensation.Span[(int)((long)panel * source.ScaleGroups * width + lane)..], width);
            for (int group = 0; group < source.ScaleGroups && _scales.Length > 0; group++)
                _scales.Span[(panel * source.ScaleGroups + group) * width + lane] = matrix.Scales[row * source.ScaleGroups + group];
        }
    }

    /// <summary>The first value.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The first scale.</summary>
    public ref float Scales => ref _scales.First;

    /// <summary>−128·Σw of the first row, <c>[panel][group][width]</c>; only for bytes.</summary>
    public ref int Compensation => ref _compensation.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(Values), nameof(Scales), nameof(Compensation) };

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => DeviceBytes.Of(_values.Span),
        1 => DeviceBytes.Of(_scales.Span),
        _ => DeviceBytes.Of(_compensation.Span),
    };

    /// <inheritdoc/>
    public static PanelWeights<T> Prepare(PackedMatrix matrix, Preparation<PanelWeights<T>> preparation) => new(matrix, preparation);
}
