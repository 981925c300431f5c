using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Intarsia.Kernels;

/// <summary>For generated code: what a kernel asks of its activations before it chooses how to run.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Density
{
    /// <summary>Whether at most so many hundredths of the elements of lines are not zero. NaN is not zero.</summary>
    /// <param name="x">The first element.</param>
    /// <param name="lines">Lines.</param>
    /// <param name="length">Elements of a line.</param>
    /// <param name="stride">Elements from a line to the next.</param>
    /// <param name="hundredths">The share.</param>
    public static bool IsAtMost<T>(ref T x, nint lines, nint length, nint stride, int hundredths)
        where T : unmanaged
    {
        // Lines may be of one element, a column; without gaps they are one line.
        if (stride == length) (lines, length) = (1, lines * length);
        long zeros = 0;
        for (nint line = 0; line < lines; line++)
            zeros += Zeros(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref x, line * stride), (int)length));
        return 100 * ((long)lines * length - zeros) <= hundredths * (long)lines * length;
    }

    private static long Zeros<T>(ReadOnlySpan<T> line)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return Zeros(MemoryMarshal.Cast<T, int>(line), int.MaxValue);
        if (typeof(T) == typeof(Half) || typeof(T) == typeof(BFloat16)) return Zeros(MemoryMarshal.Cast<T, short>(line), short.MaxValue);
        return Zeros(MemoryMarshal.AsBytes(line), byte.MaxValue);
    }

    /// <summary>Elements without a bit of a mask: of floats all but the sign, since −0 is zero, too.</summary>
    private static long Zeros<T>(ReadOnlySpan<T> line, T mask)
        where T : unmanaged, IBinaryInteger<T>
    {
        long zeros = 0;
        int at = 0;
        var masks = Vector256.Create(mask);
        for (; at <= line.Length - Vector256<T>.Count; at += Vector256<T>.Count)
            zeros += BitOperations.PopCount(Vector256.Equals(Vector256.Create(line[at..]) & masks, Vector256<T>.Zero).ExtractMostSignificantBits());
        for (; at < line.Length; at++) zeros += T.IsZero(line[at] & mask) ? 1 : 0;
        return zeros;
    }
}
