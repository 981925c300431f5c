using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Intarsia.Kernels;

public static partial class Relayout
{
    /// <summary>Signed 4-bit, two to a byte, to 16-bit.</summary>
    /// <param name="destination">The first element of the destination.</param>
    /// <param name="stride">Elements from one line of the destination to the next.</param>
    /// <param name="source">The first byte of the operand.</param>
    /// <param name="first">The element of the operand, in nibbles, that the block begins at.</param>
    /// <param name="sourceStride">Elements from one line of the source to the next.</param>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="columns">Columns of the result.</param>
    /// <param name="transposed">The result is the transpose of the source.</param>
    /// <param name="interleave">Rows that are stored beside each other.</param>
    /// <param name="padded">Columns that are written.</param>
    public static void CopyInt4(ref short destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        LayOut(Copy, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, interleave, padded, isSigned: true);

    /// <summary>Signed 4-bit, two to a byte, to 32-bit.</summary>
    /// <inheritdoc cref="CopyInt4(ref short, nint, ref byte, nint, nint, nint, nint, bool, int, nint)"/>
    public static void CopyInt4(ref int destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        LayOut(Copy, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, interleave, padded, isSigned: true);

    /// <summary>Unsigned 4-bit, two to a byte, to 16-bit.</summary>
    /// <inheritdoc cref="CopyInt4(ref short, nint, ref byte, nint, nint, nint, nint, bool, int, nint)"/>
    public static void CopyUInt4(ref short destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        LayOut(Copy, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, interleave, padded, isSigned: false);

    /// <summary>Unsigned 4-bit, two to a byte, to 32-bit.</summary>
    /// <inheritdoc cref="CopyInt4(ref short, nint, ref byte, nint, nint, nint, nint, bool, int, nint)"/>
    public static void CopyUInt4(ref int destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        LayOut(Copy, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, interleave, padded, isSigned: false);

    /// <summary>Signed 4-bit, two to a byte, to 8-bit.</summary>
    /// <inheritdoc cref="CopyInt4(ref short, nint, ref byte, nint, nint, nint, nint, bool, int, nint)"/>
    public static void CopyInt4(ref sbyte destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        LayOut(Copy, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, interleave, padded, isSigned: true);

    /// <summary>Unsigned 4-bit, two to a byte, to 8-bit.</summary>
    /// <inheritdoc cref="CopyInt4(ref short, nint, ref byte, nint, nint, nint, nint, bool, int, nint)"/>
    public static void CopyUInt4(ref sbyte destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        LayOut(Copy, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, interleave, padded, isSigned: false);

    /// <summary>Signed 4-bit, two to a byte, to unsigned bytes, 128 added.</summary>
    /// <inheritdoc cref="CopyInt4(ref short, nint, ref byte, nint, nint, nint, nint, bool, int, nint)"/>
    public static void CopyInt4Shifted(ref byte destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        LayOut(CopyShifted, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, interleave, padded, isSigned: true);

    /// <summary>Signed 4-bit, two to a byte, to unsigned bytes, 128 added, in the order of unpacking.</summary>
    /// <inheritdoc cref="CopyInt4(ref short, nint, ref byte, nint, nint, nint, nint, bool, int, nint)"/>
    public static void RegroupInt4Shifted(ref byte destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int group, nint padded) =>
        LayOut(RegroupShifted, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, group, padded, isSigned: true);

    /// <summary>Unsigned 4-bit, two to a byte, to unsigned bytes, 128 added.</summary>
    /// <inheritdoc cref="CopyInt4(ref short, nint, ref byte, nint, nint, nint, nint, bool, int, nint)"/>
    public static void CopyUInt4Shifted(ref byte destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int interleave, nint padded) =>
        LayOut(CopyShifted, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, interleave, padded, isSigned: false);

    /// <summary>Unsigned 4-bit, two to a byte, to unsigned bytes, 128 added, in the order of unpacking.</summary>
    /// <inheritdoc cref="CopyInt4(ref short, nint, ref byte, nint, nint, nint, nint, bool, int, nint)"/>
    public static void RegroupUInt4Shifted(ref byte destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int group, nint padded) =>
        LayOut(RegroupShifted, ref destination, stride, ref source, first, sourceStride, rows, columns, transposed, group, padded, isSigned: false);

    /// <summary>Lays out the bytes that 4-bit elements are.</summary>
    private static void LayOut<T>(ByteLayout<T> copy, ref T destination, nint stride, ref byte source, nint first, nint sourceStride, nint rows, nint columns, bool transposed, int together, nint padded, bool isSigned)
    {
        (nint lines, nint length) = transposed ? (columns, rows) : (rows, columns);
        sbyte[] bytes = Nibbles(ref source, first, sourceStride, lines, length, isSigned);
        copy(ref destination, stride, ref MemoryMarshal.GetArrayDataReference(bytes), length, rows, columns, transposed, together, padded);
        ArrayPool<sbyte>.Shared.Return(bytes);
    }

    /// <summary>A relayout of signed bytes.</summary>
    private delegate void ByteLayout<T>(ref T destination, nint stride, ref sbyte source, nint sourceStride, nint rows, nint columns, bool transposed, int together, nint padded);

    /// <summary>
    /// A block of 4-bit elements as bytes, lines behind one another, in a rented array. Lines may begin in either half of a byte; from the next whole byte on they are taken a vector at a time.
    /// </summary>
    private static sbyte[] Nibbles(ref byte source, nint first, nint sourceStride, nint lines, nint length, bool isSigned)
    {
        sbyte[] bytes = ArrayPool<sbyte>.Shared.Rent(checked((int)(lines * length)));
        for (nint line = 0; line < lines; line++)
        {
            nint from = first + line * sourceStride, at = 0;
            Span<sbyte> to = bytes.AsSpan((int)(line * length), (int)length);
            if ((from & 1) != 0 && length > 0) to[(int)at++] = Nibble(Unsafe.Add(ref source, from >> 1) >> 4, isSigned);
            for (; at + 32 <= length; at += 32)
            {
                Vector128<byte> pairs = Vector128.LoadUnsafe(ref Unsafe.Add(ref source, (from + at) >> 1));
                Vector128<byte> low = pairs & Vector128.Create((byte)15), high = pairs >>> 4;
                (Vector128<ushort> lowFirst, Vector128<ushort> lowLast) = Vector128.Widen(low);
                (Vector128<ushort> highFirst, Vector128<ushort> highLast) = Vector128.Widen(high);
                Vector128<byte> begin = (lowFirst | (highFirst << 8)).AsByte(), end = (lowLast | (highLast << 8)).AsByte();
                Signed(begin, isSigned).CopyTo(to[(int)at..]);
                Signed(end, isSigned).CopyTo(to[((int)at + 16)..]);
            }
            for (; at < length; at++) to[(int)at] = Nibble(Unsafe.Add(ref source, (from + at) >> 1) >> (int)(((from + at) & 1) * 4), isSigned);
        }
        return bytes;
    }

    private static sbyte Nibble(int bits, bool isSigned) => isSigned ? (sbyte)((bits << 28) >> 28) : (sbyte)(bits & 15);

    private static Vector128<sbyte> Signed(Vector128<byte> nibbles, bool isSigned) =>
        isSigned ? (nibbles ^ Vector128.Create((byte)8)).AsSByte() - Vector128.Create((sbyte)8) : nibbles.AsSByte();
}
