namespace Intarsia;

/// <content>Matrices of 32-bit sums, the results of sampled products of integers.</content>
public sealed partial class PackedMatrix
{
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
