using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>
/// Large blocks of sparse weights for the tensor cores of warp groups: <c>values[blocks][b][c]</c>, each row-major and in one piece, block row after block row, which bulk copies take as lines of a matrix of c columns
/// (MegaBlocks, MLSys'23, section 5.1). The preparation's width is b, its interleave c. Rows and columns that the matrix does not have are 0.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="Half"/>, <see cref="BFloat16"/>, <see cref="sbyte"/> or <see cref="byte"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class BlockWeights<T> : IPreparedWeights<BlockWeights<T>>, IDeviceArrays
    where T : unmanaged
{
    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<int> _indices;
    private readonly AlignedArray<int> _segmentStarts;

    private BlockWeights(PackedMatrix matrix, Preparation<BlockWeights<T>> preparation)
    {
        (int b, int c, int v) = (preparation.Width, preparation.Interleave, matrix.VectorLength);
        if (b < 1 || c < 1 || b % v != 0) throw new ArgumentException($"Blocks of {b}×{c} are not strips of {v} rows.", nameof(preparation));
        var source = new WeightSource<T>(matrix);
        int strips = b / v, blockRows = Extents.CeilingDivide(matrix.Rows, b);
        _segmentStarts = new AlignedArray<int>(blockRows + 1L);
        var columns = new List<int>();
        int[] depth = [];
        T[] values = [];
        for (int blockRow = 0; blockRow < blockRows; blockRow++)
        {
            // All strips of a block row have its blocks.
            int length = source.Read(blockRow * strips, ref depth, ref values);
            for (int entry = 0; entry < length; entry++)
                if (columns.Count == _segmentStarts.Span[blockRow] || columns[^1] != depth[entry] / c) columns.Add(depth[entry] / c);
            _segmentStarts.Span[blockRow + 1] = columns.Count;
        }

        _indices = new AlignedArray<int>(columns.Count);
        CollectionsMarshal.AsSpan(columns).CopyTo(_indices.Span);
        _values = new AlignedArray<T>(checked((long)columns.Count * b * c));
        for (int group = 0; group < matrix.GroupCount; group++)
        {
            (int blockRow, int strip) = Math.DivRem(group, strips);
            int length = source.Read(group, ref depth, ref values);
            for (int entry = 0, block = _segmentStarts.Span[blockRow]; entry < length; entry++)
            {
                while (columns[block] != depth[entry] / c) block++;
                for (int lane = 0; lane < v; lane++) _values.Span[(int)((((long)block * b) + (strip * v) + lane) * c + (depth[entry] % c))] = values[(entry * v) + lane];
            }
        }
    }

    /// <summary>The first value of the first block.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The block column of the first block.</summary>
    public ref int Indices => ref _indices.First;

    /// <summary>The first block of the first block row; one more than there are block rows.</summary>
    public ref int SegmentStarts => ref _segmentStarts.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => (string[])[nameof(Values), nameof(Indices), nameof(SegmentStarts)];

    /// <inheritdoc/>
    public static Type? Element => typeof(T);

    /// <inheritdoc/>
    public static IDeviceArrays Places(PackedMatrix numbered, Preparation<BlockWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        return BlockWeights<int>.Prepare(numbered, preparation.For<BlockWeights<int>>());
    }

    /// <inheritdoc/>
    public static BlockWeights<T> Prepare(PackedMatrix matrix, Preparation<BlockWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(preparation);
        return new(matrix, preparation);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => DeviceBytes.Of(_values.Span),
        1 => DeviceBytes.Of(_indices.Span),
        2 => DeviceBytes.Of(_segmentStarts.Span),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };
}
