using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>The stored values of sparse weights one after the other, group by group, as a kernel computes on them: for kernels that know where each of them stands.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="short"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class StoredWeights<T> : IPreparedWeights<StoredWeights<T>>
    where T : unmanaged
{
    private readonly AlignedArray<T> _values;

    private StoredWeights(PackedMatrix matrix)
    {
        var source = new WeightSource<T>(matrix);
        int[] depth = [];
        T[] values = [];
        int at = 0;
        long entries = 0;
        for (int group = 0; group < matrix.GroupCount; group++) entries += matrix.GroupLength(group);
        _values = new AlignedArray<T>(entries * matrix.VectorLength);
        for (int group = 0; group < matrix.GroupCount; group++)
        {
            int count = source.Read(group, ref depth, ref values) * matrix.VectorLength;
            values.AsSpan(0, count).CopyTo(_values.Span[at..]);
            at += count;
        }
    }

    /// <summary>The first value.</summary>
    public ref T Values => ref _values.First;

    /// <inheritdoc/>
    public static StoredWeights<T> Prepare(PackedMatrix matrix, Preparation<StoredWeights<T>> preparation) => new(matrix);
}
