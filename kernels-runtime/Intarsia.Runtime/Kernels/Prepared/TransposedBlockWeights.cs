using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Large blocks of a matrix that is multiplied by its transpose, as the matrix stores them: <c>values[blocks][b][c]</c> in the order of its block rows, and beside them the index by which its columns find them
/// (MegaBlocks, MLSys'23, section 5.1: transpose metadata). The preparation's width is b, its interleave c, both of the stored blocks; it is one of the matrix itself.
/// </summary>
/// <typeparam name="T"><see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class TransposedBlockWeights<T> : IPreparedWeights<TransposedBlockWeights<T>>, IDeviceArrays
    where T : unmanaged
{
    private readonly BlockWeights<T> _blocks;
    private readonly AlignedArray<int> _indices;
    private readonly AlignedArray<int> _segmentStarts;
    private readonly AlignedArray<int> _numbers;

    private TransposedBlockWeights(PackedMatrix matrix, Preparation<TransposedBlockWeights<T>> preparation)
    {
        _blocks = BlockWeights<T>.Prepare(matrix, preparation.For<BlockWeights<T>>());
        TransposeIndex index = matrix.TransposeIndex;
        _indices = Copy(index.Rows);
        _segmentStarts = Copy(index.Offsets);
        _numbers = Copy(index.Places);
    }

    /// <summary>The first value of the first stored block.</summary>
    public ref T Values => ref _blocks.Values;

    /// <summary>The block row of the first block of the first block column.</summary>
    public ref int Indices => ref _indices.First;

    /// <summary>The first block of the first block column; one more than there are block columns.</summary>
    public ref int SegmentStarts => ref _segmentStarts.First;

    /// <summary>The number among the stored blocks of the first block of the first block column.</summary>
    public ref int Blocks => ref _numbers.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => (string[])[nameof(Values), nameof(Indices), nameof(SegmentStarts), nameof(Blocks)];

    /// <inheritdoc/>
    public static Type? Element => typeof(T);

    /// <inheritdoc/>
    public static IDeviceArrays Places(PackedMatrix numbered, Preparation<TransposedBlockWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        return TransposedBlockWeights<int>.Prepare(numbered, preparation.For<TransposedBlockWeights<int>>());
    }

    /// <inheritdoc/>
    public static TransposedBlockWeights<T> Prepare(PackedMatrix matrix, Preparation<TransposedBlockWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(preparation);
        return new(matrix, preparation);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => _blocks.DeviceArray(0),
        1 => DeviceBytes.Of(_indices.Span),
        2 => DeviceBytes.Of(_segmentStarts.Span),
        3 => DeviceBytes.Of(_numbers.Span),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    private static AlignedArray<int> Copy(ReadOnlySpan<int> numbers)
    {
        var copy = new AlignedArray<int>(numbers.Length);
        numbers.CopyTo(copy.Span);
        return copy;
    }
}
