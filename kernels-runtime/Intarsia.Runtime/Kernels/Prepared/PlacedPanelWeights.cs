using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>
/// N:M weights in panels for kernels whose lanes are rows: of each step of the depth (the preparation's interleave, a multiple of M) the stored values of every row of a panel, four to a row, and beside them their places within
/// the step: <c>[⌈rows/width⌉][⌈depth/step⌉][width][4]</c>. Places ascend; a value that is not stored is a zero at a place that no other has.
/// Where rows of V:N:M weights share their places (the preparation's depth tile is 4, V a multiple of it, the width 64), the places are there once for four rows, and four vectors of values go with each vector of them: row
/// 16r + 4q + j of a panel is number 4q + r of vector j, <c>values[…][4][16][4]</c>, <c>places[…][16][4]</c>. A transposition of 4×4 within 128 bits puts rows in order again.
/// </summary>
/// <typeparam name="T"><see cref="sbyte"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PlacedPanelWeights<T> : IPreparedWeights<PlacedPanelWeights<T>>
    where T : unmanaged
{
    /// <summary>Values of a row in a step: what one lane of a dot product multiplies.</summary>
    private const int Stored = 4;

    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<byte> _indices;
    private readonly AlignedArray<int> _compensation;
    private readonly int _shared;

    private PlacedPanelWeights(PackedMatrix matrix, Preparation<PlacedPanelWeights<T>> preparation)
    {
        _shared = Math.Max(1, preparation.DepthTile);
        if (_shared > 1 && (_shared != 4 || preparation.Width != 64 || matrix.VectorLength % 4 != 0))
            throw new ArgumentException($"Panels of {preparation.Width} rows, {_shared} of which share their places, for {matrix.Layout}: expected 64, 4, and vectors of a multiple of 4.", nameof(preparation));
        var source = new WeightSource<T>(matrix);
        (int width, int step) = (preparation.Width, preparation.Interleave);
        long steps = (matrix.Depth + step - 1) / step, panels = (matrix.Rows + width - 1) / width;
        _values = new AlignedArray<T>(panels * steps * width * Stored);
        _indices = new AlignedArray<byte>(panels * steps * width / _shared * Stored);
        _compensation = new AlignedArray<int>(panels * width);

        // Rows behind the last store nothing, too.
        for (long i = 0; i < _indices.Length; i++) _indices.Span[(int)i] = (byte)(i % Stored);
        int[] depth = [];
        T[] values = [];
        for (int row = 0; row < matrix.Rows; row++)
        {
            int length = source.ReadRow(row, ref depth, ref values);
            (int panel, int within) = Math.DivRem(row, width);
            int lane = _shared == 1 ? within : within % 4 * 16 + within % 16 / 4 * 4 + within / 16;
            for (int begin = 0, end; begin < length; begin = end)
            {
                int at = depth[begin] / step;
                for (end = begin + 1; end < length && depth[end] / step == at;) end++;
                if (end - begin > Stored) throw new ArgumentException($"Row {row} stores {end - begin} elements in columns {at * step} to {at * step + step - 1}: {matrix.Layout} allows {Stored}.");
                long first = ((panel * steps + at) * width + lane) * Stored, places = ((panel * steps + at) * (width / _shared) + lane % (width / _shared)) * Stored;
                Write(depth.AsSpan(begin, end - begin), values.AsSpan(begin, end - begin), at * step, (int)first, (int)places);
            }
            source.AddCompensation(depth.AsSpan(0, length), values.AsSpan(0, length), _compensation.Span.Slice(panel * width + lane, 1), 1);
        }
    }

    /// <summary>The first value.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The place of the first value within its step.</summary>
    public ref byte Indices => ref _indices.First;

    /// <summary>−128·Σw of the first row, <c>[panel][width]</c>.</summary>
    public ref int Compensation => ref _compensation.First;

    /// <inheritdoc/>
    public static PlacedPanelWeights<T> Prepare(PackedMatrix matrix, Preparation<PlacedPanelWeights<T>> preparation) => new(matrix, preparation);

    /// <summary>Writes the values of one row in one step; zeros fill up at the first places that are free, in ascending order with the rest.</summary>
    private void Write(ReadOnlySpan<int> depth, ReadOnlySpan<T> values, int begin, int first, int places)
    {
        int missing = Stored - depth.Length, slot = 0, place = 0;
        for (int entry = 0; entry < depth.Length; entry++)
        {
            int own = depth[entry] - begin;
            for (; missing > 0 && place < own; missing--) Set(first, places, slot++, place++, default);
            Set(first, places, slot++, own, values[entry]);
            place = own + 1;
        }
        for (; missing > 0; missing--) Set(first, places, slot++, place++, default);
    }

    private void Set(int first, int places, int slot, int place, T value)
    {
        _values.Span[first + slot] = value;
        _indices.Span[places + slot] = (byte)place;
    }
}
