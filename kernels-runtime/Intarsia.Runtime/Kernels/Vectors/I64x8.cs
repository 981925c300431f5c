using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>
/// 8 accumulators of 64 bits beside a vector of 8 32-bit lanes. The even lanes and the odd ones each fill a vector, because that is how the 32-bit product that keeps all its bits (vpmuldq) takes them;
/// they are put in order only when they are stored.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct I64x8(Vector256<long> even, Vector256<long> odd)
{
    /// <summary>Lanes 0, 2, 4 …</summary>
    public readonly Vector256<long> Even = even;

    /// <summary>Lanes 1, 3, 5 …</summary>
    public readonly Vector256<long> Odd = odd;

    /// <summary>All lanes 0.</summary>
    public static I64x8 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<long>.Zero, Vector256<long>.Zero);
    }

    /// <summary>Lane by lane, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64x8 operator +(I64x8 left, I64x8 right) => new(left.Even + right.Even, left.Odd + right.Odd);

    /// <summary>Loads neighbours that stand some elements behind a reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64x8 LoadUnsafe(ref readonly long source, nuint offset = 0) => Split(Vector256.LoadUnsafe(in source, offset), Vector256.LoadUnsafe(in source, offset + 4));

    /// <summary>Stores the lanes in order, some elements behind a reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreUnsafe(ref long destination, nuint offset = 0)
    {
        Low().StoreUnsafe(ref destination, offset);
        High().StoreUnsafe(ref destination, offset + 4);
    }

    /// <summary>Lanes 0 to 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector256<long> Low() => Avx2.Permute2x128(Avx2.UnpackLow(Even, Odd), Avx2.UnpackHigh(Even, Odd), 0x20);

    /// <summary>Lanes 4 to 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector256<long> High() => Avx2.Permute2x128(Avx2.UnpackLow(Even, Odd), Avx2.UnpackHigh(Even, Odd), 0x31);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static I64x8 Split(Vector256<long> low, Vector256<long> high) =>
        new(Avx2.UnpackLow(Avx2.Permute2x128(low, high, 0x20), Avx2.Permute2x128(low, high, 0x31)), Avx2.UnpackHigh(Avx2.Permute2x128(low, high, 0x20), Avx2.Permute2x128(low, high, 0x31)));
}

public static partial class V256
{
    /// <summary>accumulator + a·b with all bits of the product, for a that is the same in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64x8 MultiplyAdd64(I64x8 accumulator, Vector256<int> a, Vector256<int> b) =>
        new(accumulator.Even + Avx2.Multiply(a, b), accumulator.Odd + Avx2.Multiply(a, (b.AsInt64() >>> 32).AsInt32()));

    /// <summary>accumulator + a·b, wrapping at 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd32(Vector256<int> accumulator, Vector256<int> a, Vector256<int> b) => accumulator + a * b;

    /// <summary>Reads the lanes of the mask, zero in the others; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe I64x8 Load(ref readonly long source, Vector256<int> mask) => I64x8.Split(
        Avx2.MaskLoad((long*)Unsafe.AsPointer(ref Unsafe.AsRef(in source)), Vector256.WidenLower(mask)),
        Avx2.MaskLoad((long*)Unsafe.AsPointer(ref Unsafe.AsRef(in source)) + 4, Vector256.WidenUpper(mask)));

    /// <summary>Writes the lanes of the mask; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(I64x8 value, ref long destination, Vector256<int> mask)
    {
        Avx2.MaskStore((long*)Unsafe.AsPointer(ref destination), Vector256.WidenLower(mask), value.Low());
        Avx2.MaskStore((long*)Unsafe.AsPointer(ref destination) + 4, Vector256.WidenUpper(mask), value.High());
    }

    /// <summary>Converts to binary32 by way of binary64, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToSingle(I64x8 value) => Vector256.Narrow(Vector256.ConvertToDouble(value.Low()), Vector256.ConvertToDouble(value.High()));
}
