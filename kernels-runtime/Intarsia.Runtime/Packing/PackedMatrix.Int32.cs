namespace Intarsia;

/// <content>Matrices of 32-bit sums, the results of sampled products of integers.</content>
public sealed partial class PackedMatrix
{
    /// <summary>Reads one group of a matrix of 32-bit integers.</summary>
    /// <inheritdoc cref="ReadGroup(int, Span{int}, Span{float})"/>
    public void ReadGroup(int group, Span<int> depth, Span<int> values) => ReadGroup<int>(group, depth, values);

    /// <summary>Writes every element of a matrix of 32-bit integers, zeros included, to a rows×depth row-major span.</summary>
    /// <exception cref="InvalidOperationException">The matrix holds another format.</exception>
    public void UnpackIntegers(Span<int> dense)
    {
        Codec<int>();
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        dense.Clear();
        UnpackStored(dense);
    }

    /// <summary>Rewrites the values of a matrix of 32-bit integers from a dense rows×depth row-major matrix. Prepared forms are dropped.</summary>
    /// <exception cref="IntarsiaFormatException">An element that is not stored is not zero; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The matrix holds another format.</exception>
    public void SetValues(ReadOnlySpan<int> dense) => SetValues<int>(dense, []);

    /// <summary>Rewrites one group of a matrix of 32-bit integers, in the order of <see cref="ReadGroup(int, Span{int}, Span{int})"/>. Prepared forms are dropped.</summary>
    public void SetGroup(int group, ReadOnlySpan<int> values) => SetGroup<int>(group, values);

    /// <summary>The elements as the 32-bit integers that they must be.</summary>
    private static int[] ToInt32(ReadOnlySpan<float> values)
    {
        var integers = new int[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            // Written so that NaN fails, too.
            if (!(values[i] >= int.MinValue && values[i] < -(double)int.MinValue && values[i] == MathF.Truncate(values[i])))
                throw new IntarsiaFormatException($"element {i}", $"{values[i]}", "a 32-bit integer");
            integers[i] = (int)values[i];
        }

        return integers;
    }
}
