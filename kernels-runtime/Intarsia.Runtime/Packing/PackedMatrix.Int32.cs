using System.Runtime.InteropServices;

namespace Intarsia;

/// <content>Matrices of 32-bit integers: sums, the results of sampled products of integers, and numbers of slots.</content>
public sealed partial class PackedMatrix
{
    /// <summary>
    /// A matrix of the same topology whose elements are the numbers of their slots, from 1 on: a form that is prepared of it has, in the place of each value, the slot that the value comes from, and 0 where it comes from none.
    /// </summary>
    /// <exception cref="NotSupportedException">There are more slots than an array has 32-bit integers.</exception>
    internal PackedMatrix Numbered()
    {
        var store = new byte[Int32Codec.Instance.ByteCount(_topology.SlotCount)];
        Span<int> numbers = MemoryMarshal.Cast<byte, int>(store.AsSpan());
        for (int slot = 0; slot < numbers.Length; slot++)
            numbers[slot] = slot + 1;
        return new PackedMatrix(Layout with { Format = NumberFormat.Int32, Scale = Per.None, ScaleGroup = 0, Asymmetric = false }, _topology, store, [], [], []);
    }

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
