using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>
/// 16 accumulators of 64 bits beside a vector of 16 32-bit lanes. The even lanes and the odd ones each fill a vector, because that is how the 32-bit product that keeps all its bits (vpmuldq) takes them;
/// they are put in order only when they are stored.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct I64x16(Vector512<long> even, Vector512<long> odd)
{
    /// <summary>Lanes 0, 2, 4 …</summary>
    public readonly Vector512<long> Even = even;

    /// <summary>Lanes 1, 3, 5 …</summary>
    public readonly Vector512<long> Odd = odd;

    /// <summary>All lanes 0.</summary>
    public static I64x16 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<long>.Zero, Vector512<long>.Zero);
    }

    /// <summary>Lane by lane, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64x16 operator +(I64x16 left, I64x16 right) => new(left.Even + right.Even, left.Odd + right.Odd);

    /// <summary>Loads neighbours that stand some elements behind a reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64x16 LoadUnsafe(ref readonly long source, nuint offset = 0) => Split(Vector512.LoadUnsafe(in source, offset), Vector512.LoadUnsafe(in source, offset + 8));

    /// <summary>Stores the lanes in order, some elements behind a reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreUnsafe(ref long destination, nuint offset = 0)
    {
        Low().StoreUnsafe(ref destination, offset);
        High().StoreUnsafe(ref destination, offset + 8);
    }

    /// <summary>Lanes 0 to 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector512<long> Low() => Avx512F.PermuteVar8x64x2(Even, Vector512.Create(0L, 8, 1, 9, 2, 10, 3, 11), Odd);

    /// <summary>Lanes 8 to 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector512<long> High() => Avx512F.PermuteVar8x64x2(Even, Vector512.Create(4L, 12, 5, 13, 6, 14, 7, 15), Odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static I64x16 Split(Vector512<long> low, Vector512<long> high) =>
        new(Avx512F.PermuteVar8x64x2(low, Vector512.Create(0L, 2, 4, 6, 8, 10, 12, 14), high), Avx512F.PermuteVar8x64x2(low, Vector512.Create(1L, 3, 5, 7, 9, 11, 13, 15), high));
}

public static partial class V512
{
    /// <summary>accumulator + a·b with all bits of the product, for a that is the same in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64x16 MultiplyAdd64(I64x16 accumulator, Vector512<int> a, Vector512<int> b) =>
        new(accumulator.Even + Avx512F.Multiply(a, b), accumulator.Odd + Avx512F.Multiply(a, (b.AsInt64() >>> 32).AsInt32()));

    /// <summary>accumulator + a·b, wrapping at 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAdd32(Vector512<int> accumulator, Vector512<int> a, Vector512<int> b) => accumulator + a * b;

    /// <summary>Reads the lanes of the mask, zero in the others; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe I64x16 Load(ref readonly long source, Vector512<int> mask) => I64x16.Split(
        Avx512F.MaskLoad((long*)Unsafe.AsPointer(ref Unsafe.AsRef(in source)), Vector512.WidenLower(mask), Vector512<long>.Zero),
        Avx512F.MaskLoad((long*)Unsafe.AsPointer(ref Unsafe.AsRef(in source)) + 8, Vector512.WidenUpper(mask), Vector512<long>.Zero));

    /// <summary>Writes the lanes of the mask; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(I64x16 value, ref long destination, Vector512<int> mask)
    {
        Avx512F.MaskStore((long*)Unsafe.AsPointer(ref destination), Vector512.WidenLower(mask), value.Low());
        Avx512F.MaskStore((long*)Unsafe.AsPointer(ref destination) + 8, Vector512.WidenUpper(mask), value.High());
    }

    /// <summary>Converts to binary32 by way of binary64, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToSingle(I64x16 value) => Vector512.Narrow(Vector512.ConvertToDouble(value.Low()), Vector512.ConvertToDouble(value.High()));
}
