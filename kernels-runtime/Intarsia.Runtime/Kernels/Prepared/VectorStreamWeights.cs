using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>
/// Sparse weights for a GPU, in strides of vectors (SR-BCRS; Li et al., Magicube, SC'22, section 4.1): a vector group's entries are padded to whole strides, and each stride is a tile of
/// V×stride values, row by row, that a tensor-core instruction or a few vector loads take as it stands. A group is one segment; longest first, so that the blocks launched last are short.
/// Padding has value 0 and index −1, which names no row of X: nothing is read for it, so that an infinity there cannot become a NaN. Where scales are per group, a scale group
/// begins a stride of its own. Rows of <see cref="Pattern.RowWindows"/> become vector groups, with 0 where a row has none of a window's columns, where the preparation's width says how many.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="int"/>, <see cref="short"/>, <see cref="ushort"/>, <see cref="sbyte"/>, <see cref="byte"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class VectorStreamWeights<T> : IPreparedWeights<VectorStreamWeights<T>>, IDeviceArrays
    where T : unmanaged
{
    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<int> _indices;
    private readonly AlignedArray<int> _segmentGroups;
    private readonly AlignedArray<int> _segmentStarts;
    private readonly AlignedArray<int> _groupEnds;
    private readonly AlignedArray<float> _scales;
    private readonly int _stride;

    /// <summary>Dense depth of a scale group, or 0.</summary>
    private readonly int _scaleGroup;

    private VectorStreamWeights(PackedMatrix matrix, Preparation<VectorStreamWeights<T>> preparation)
    {
        var source = new WeightSource<T>(matrix);
        (_stride, _scaleGroup) = (preparation.Interleave, preparation.DepthTile);
        int v = preparation.Width > 0 ? preparation.Width : matrix.VectorLength, groups = Extents.CeilingDivide(matrix.Rows, v);
        int[] depth = [];
        T[] values = [];
        var strides = new long[groups];
        long scaleLines = 0;
        for (int group = 0; group < groups; group++)
        {
            int length = Read(source, group, v, ref depth, ref values);
            foreach (Run run in Runs(depth, length))
            {
                strides[group] += (run.Length + _stride - 1) / _stride;
                if (_scaleGroup > 0) scaleLines++;
            }
        }

        long total = strides.Sum();
        _values = new AlignedArray<T>(checked(total * _stride * v));
        _indices = new AlignedArray<int>(checked(total * _stride));
        _segmentGroups = new AlignedArray<int>(groups);
        _segmentStarts = new AlignedArray<int>(groups + 1L);
        _groupEnds = new AlignedArray<int>(_scaleGroup > 0 ? total + 1 : 0);
        _scales = new AlignedArray<float>(scaleLines * v);

        int[] order = [.. Enumerable.Range(0, groups).OrderByDescending(group => strides[group])];
        int at = 0, scaleLine = 0;
        for (int segment = 0; segment < groups; segment++)
        {
            int group = order[segment], length = Read(source, group, v, ref depth, ref values);
            _segmentGroups.Span[segment] = group;
            foreach (Run run in Runs(depth, length))
            {
                WriteRun(at, run, depth, values, v);
                at += (run.Length + _stride - 1) / _stride;
                if (_scaleGroup == 0) continue;
                WriteScales(source, group, v, depth[run.Begin], scaleLine++);
                _groupEnds.Span[at - 1] = scaleLine;
            }
            _segmentStarts.Span[segment + 1] = at * _stride;
        }
        if (_scaleGroup > 0) _groupEnds.Span[at] = scaleLine;
    }

    /// <summary>The first value of <c>[stride][V][entry]</c>.</summary>
    public ref T Values => ref _values.First;

    /// <summary>All values.</summary>
    internal ReadOnlySpan<T> ValueSpan => _values.Span;

    /// <summary>The dense depth of the first entry; −1 for padding.</summary>
    public ref int Indices => ref _indices.First;

    /// <summary>The vector group of the first segment.</summary>
    public ref int SegmentGroups => ref _segmentGroups.First;

    /// <summary>The first entry of the first segment, a multiple of the stride; one more than there are segments.</summary>
    public ref int SegmentStarts => ref _segmentStarts.First;

    /// <summary>For each stride 1 + the line of scales of the scale group that ends with it; 0 where the group goes on. Behind the last stride the number of lines. Only where scales are per group.</summary>
    public ref int GroupEnds => ref _groupEnds.First;

    /// <summary>The first scale of <c>[line][V]</c>: one line for each scale group of a vector group that has entries.</summary>
    public ref float Scales => ref _scales.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(Values), nameof(Indices), nameof(SegmentGroups), nameof(SegmentStarts), nameof(GroupEnds), nameof(Scales) };

    /// <inheritdoc/>
    public static Type? Element => typeof(T);

    /// <inheritdoc/>
    public static IDeviceArrays Places(PackedMatrix numbered, Preparation<VectorStreamWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        return VectorStreamWeights<int>.Prepare(numbered, preparation.For<VectorStreamWeights<int>>());
    }

    /// <inheritdoc/>
    public static VectorStreamWeights<T> Prepare(PackedMatrix matrix, Preparation<VectorStreamWeights<T>> preparation) => new(matrix, preparation);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => DeviceBytes.Of(_values.Span),
        1 => DeviceBytes.Of(_indices.Span),
        2 => DeviceBytes.Of(_segmentGroups.Span),
        3 => DeviceBytes.Of(_segmentStarts.Span),
        4 => DeviceBytes.Of(_groupEnds.Span),
        _ => DeviceBytes.Of(_scales.Span),
    };

    /// <summary>A vector group as the matrix has it, or rows whose condensed columns make one.</summary>
    private static int Read(WeightSource<T> source, int group, int v, ref int[] depth, ref T[] values) =>
        v == source.VectorLength ? source.Read(group, ref depth, ref values) : source.ReadTogether(group * v, v, ref depth, ref values);

    /// <summary>Entries that share a scale; all of them where there are no scale groups.</summary>
    private IEnumerable<Run> Runs(int[] depth, int length)
    {
        for (int begin = 0, end; begin < length; begin = end)
        {
            end = _scaleGroup == 0 ? length : begin + 1;
            while (end < length && depth[end] / _scaleGroup == depth[begin] / _scaleGroup) end++;
            yield return new Run(begin, end - begin);
        }
    }

    private void WriteRun(int stride, Run run, int[] depth, T[] values, int v)
    {
        Span<int> indices = _indices.Span[(stride * _stride)..];
        Span<T> target = _values.Span[(stride * _stride * v)..];
        for (int entry = 0; entry < run.Length; entry++)
        {
            indices[entry] = depth[run.Begin + entry];
            (int tile, int column) = Math.DivRem(entry, _stride);
            for (int lane = 0; lane < v; lane++) target[(tile * v + lane) * _stride + column] = values[(run.Begin + entry) * v + lane];
        }
        for (int entry = run.Length; entry % _stride != 0; entry++) indices[entry] = -1;
    }

    private void WriteScales(WeightSource<T> source, int group, int v, int depth, int line)
    {
        for (int lane = 0; lane < v; lane++)
        {
            int row = group * v + lane;
            _scales.Span[line * v + lane] = row < source.Matrix.Rows ? source.Matrix.Scales[source.ScaleIndex(row, depth)] : 0f;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Run(int Begin, int Length);
}
