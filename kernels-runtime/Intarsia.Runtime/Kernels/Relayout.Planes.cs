using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Intarsia.Kernels;

/// <summary>Activations as planes of bits, which those of the weights are intersected with (APNN-TC; Feng et al., SC'21).</summary>
public static partial class Relayout
{
    /// <summary>Bits of a word.</summary>
    private const int WordBits = 32;

    /// <summary>
    /// Cuts rows of 16-bit integers into planes: <c>destination[row][word][plane]</c>, word after word of 32 elements, bit i of one the <c>plane</c>-th bit of its i-th element's code; zeros behind the last. The code of an element is itself,
    /// or, where planes are signs, half of what it is above the least of its format: an odd number of so many planes has a bit where the sign is +1.
    /// </summary>
    public static void SplitPlanes(ref int destination, nint stride, ref short source, nint sourceStride, nint rows, nint columns, int planes, bool areSigns)
    {
        short least = (short)(areSigns ? 1 - (1 << planes) : 0);
        int shift = areSigns ? 1 : 0;
        for (nint row = 0; row < rows; row++)
        {
            ref int to = ref Unsafe.Add(ref destination, row * stride);
            ref short from = ref Unsafe.Add(ref source, row * sourceStride);
            nint at = 0;
            for (; at + WordBits <= columns; at += WordBits, to = ref Unsafe.Add(ref to, planes)) SplitWord(ref to, ref Unsafe.Add(ref from, at), planes, least, shift);
            if (at >= columns) continue;
            for (int plane = 0; plane < planes; plane++) Unsafe.Add(ref to, plane) = 0;
            for (int bit = 0; at < columns; at++, bit++)
            {
                int code = Unsafe.Add(ref from, at) - least >> shift;
                for (int plane = 0; plane < planes; plane++) Unsafe.Add(ref to, plane) |= (code >> plane & 1) << bit;
            }
        }
    }

    /// <summary>The words of 32 elements: a plane is what their bits, one after the other, are as the highest.</summary>
    private static void SplitWord(ref int to, ref short from, int planes, short least, int shift)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<short> codes = Vector512.LoadUnsafe(ref from) - Vector512.Create(least);
            for (int plane = 0; plane < planes; plane++) Unsafe.Add(ref to, plane) = (int)(codes << 15 - plane - shift).ExtractMostSignificantBits();
            return;
        }
        Vector128<byte> low = Codes(ref from, least, shift), high = Codes(ref Unsafe.Add(ref from, 16), least, shift);
        for (int plane = 0; plane < planes; plane++)
            Unsafe.Add(ref to, plane) = (int)((low << 7 - plane).ExtractMostSignificantBits() | (high << 7 - plane).ExtractMostSignificantBits() << 16);
    }

    /// <summary>The same of rows of bytes that are codes; those beyond the largest of so many planes are taken as that one.</summary>
    public static void SplitPlanes(ref int destination, nint stride, ref byte source, nint sourceStride, nint rows, nint columns, int planes)
    {
        byte largest = (byte)((1 << planes) - 1);
        for (nint row = 0; row < rows; row++)
        {
            ref int to = ref Unsafe.Add(ref destination, row * stride);
            ref byte from = ref Unsafe.Add(ref source, row * sourceStride);
            nint at = 0;
            for (; at + WordBits <= columns; at += WordBits, to = ref Unsafe.Add(ref to, planes)) SplitWord(ref to, ref Unsafe.Add(ref from, at), planes, largest);
            if (at >= columns) continue;
            for (int plane = 0; plane < planes; plane++) Unsafe.Add(ref to, plane) = 0;
            for (int bit = 0; at < columns; at++, bit++)
            {
                int code = Math.Min(Unsafe.Add(ref from, at), largest);
                for (int plane = 0; plane < planes; plane++) Unsafe.Add(ref to, plane) |= (code >> plane & 1) << bit;
            }
        }
    }

    private static void SplitWord(ref int to, ref byte from, int planes, byte largest)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<byte> codes = Vector256.Min(Vector256.LoadUnsafe(ref from), Vector256.Create(largest));
            for (int plane = 0; plane < planes; plane++) Unsafe.Add(ref to, plane) = (int)(codes << 7 - plane).ExtractMostSignificantBits();
            return;
        }
        Vector128<byte> most = Vector128.Create(largest), low = Vector128.Min(Vector128.LoadUnsafe(ref from), most), high = Vector128.Min(Vector128.LoadUnsafe(ref from, 16), most);
        for (int plane = 0; plane < planes; plane++)
            Unsafe.Add(ref to, plane) = (int)((low << 7 - plane).ExtractMostSignificantBits() | (high << 7 - plane).ExtractMostSignificantBits() << 16);
    }

    /// <summary>Sums of rows of numbers that lie in planes, which wrap at 32 bits: <c>destination[row][0]</c>. Bits behind the last of the columns are not looked at.</summary>
    public static void SumPlanes(ref int destination, nint stride, ref int source, nint sourceStride, nint rows, nint columns, int planes, bool areSigns)
    {
        nint words = (columns + WordBits - 1) / WordBits;
        uint last = columns % WordBits == 0 ? uint.MaxValue : (1u << (int)(columns % WordBits)) - 1;
        for (nint row = 0; row < rows; row++)
        {
            ref int from = ref Unsafe.Add(ref source, row * sourceStride);
            int codes = 0;
            for (nint word = 0; word < words; word++)
            {
                uint mask = word == words - 1 ? last : uint.MaxValue;
                for (int plane = 0; plane < planes; plane++, from = ref Unsafe.Add(ref from, 1)) codes = unchecked(codes + (BitOperations.PopCount((uint)from & mask) << plane));
            }
            Unsafe.Add(ref destination, row * stride) = unchecked(areSigns ? 2 * codes - ((1 << planes) - 1) * (int)columns : codes);
        }
    }

    /// <summary>The low bytes of the codes of sixteen elements.</summary>
    private static Vector128<byte> Codes(ref short from, short least, int shift) => Vector128.Narrow(
        (Vector128.LoadUnsafe(ref from) - Vector128.Create(least)).AsUInt16() >> shift & Vector128.Create((ushort)0xFF),
        (Vector128.LoadUnsafe(ref from, 8) - Vector128.Create(least)).AsUInt16() >> shift & Vector128.Create((ushort)0xFF));

    /// <summary>Sums of 16-bit integers into 32 bits, which wrap.</summary>
    public static void SumRuns(ref int destination, nint stride, ref short source, nint sourceStride, nint rows, nint columns, nint length, int factor)
    {
        for (nint row = 0; row < rows; row++)
        {
            ref short from = ref Unsafe.Add(ref source, row * sourceStride);
            for (nint begin = 0, run = 0; begin < columns; begin += length, run++)
            {
                nint end = Math.Min(columns, begin + length), at = begin;
                Vector128<int> sums = Vector128<int>.Zero;
                for (; at + 8 <= end; at += 8)
                {
                    (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, (nuint)at));
                    sums += low + high;
                }
                int sum = Vector128.Sum(sums);
                for (; at < end; at++) sum += Unsafe.Add(ref from, at);
                Unsafe.Add(ref Unsafe.Add(ref destination, row * stride), run) = factor * sum;
            }
        }
    }
}
