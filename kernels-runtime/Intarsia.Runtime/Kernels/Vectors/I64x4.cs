using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>4 accumulators of 64 bits beside a vector of 4 32-bit lanes.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct I64x4(Vector128<long> low, Vector128<long> high)
{
    /// <summary>Lanes 0 and 1.</summary>
    public readonly Vector128<long> Low = low;

    /// <summary>Lanes 2 and 3.</summary>
    public readonly Vector128<long> High = high;

    /// <summary>All lanes 0.</summary>
    public static I64x4 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<long>.Zero, Vector128<long>.Zero);
    }

    /// <summary>Lane by lane, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64x4 operator +(I64x4 left, I64x4 right) => new(left.Low + right.Low, left.High + right.High);

    /// <summary>Loads neighbours that stand some elements behind a reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64x4 LoadUnsafe(ref readonly long source, nuint offset = 0) => new(Vector128.LoadUnsafe(in source, offset), Vector128.LoadUnsafe(in source, offset + 2));

    /// <summary>Stores the lanes in order, some elements behind a reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreUnsafe(ref long destination, nuint offset = 0)
    {
        Low.StoreUnsafe(ref destination, offset);
        High.StoreUnsafe(ref destination, offset + 2);
    }
}

public static partial class V128
{
    /// <summary>accumulator + a·b with all bits of the product, for a that is the same in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64x4 MultiplyAdd64(I64x4 accumulator, Vector128<int> a, Vector128<int> b)
    {
        if (AdvSimd.IsSupported) return new(AdvSimd.MultiplyWideningLowerAndAdd(accumulator.Low, a.GetLower(), b.GetLower()), AdvSimd.MultiplyWideningUpperAndAdd(accumulator.High, a, b));
        if (Sse41.IsSupported) return new(accumulator.Low + Sse41.Multiply(a, Sse2.UnpackLow(b, b)), accumulator.High + Sse41.Multiply(a, Sse2.UnpackHigh(b, b)));
        return new(accumulator.Low + Vector128.WidenLower(a) * Vector128.WidenLower(b), accumulator.High + Vector128.WidenUpper(a) * Vector128.WidenUpper(b));
    }

    /// <summary>accumulator + a·b, wrapping at 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd32(Vector128<int> accumulator, Vector128<int> a, Vector128<int> b) => accumulator + a * b;

    /// <summary>Reads the lanes of the mask, zero in the others; memory behind a masked lane is not touched.</summary>
    public static I64x4 Load(ref readonly long source, Vector128<int> mask)
    {
        Vector128<long> low = default, high = default;
        for (int lane = 0; lane < 4; lane++)
        {
            if (mask[lane] == 0) continue;
            long value = Unsafe.Add(ref Unsafe.AsRef(in source), lane);
            if (lane < 2) low = low.WithElement(lane, value);
            else high = high.WithElement(lane - 2, value);
        }
        return new(low, high);
    }

    /// <summary>Writes the lanes of the mask; memory behind a masked lane is not touched.</summary>
    public static void Store(I64x4 value, ref long destination, Vector128<int> mask)
    {
        for (int lane = 0; lane < 4; lane++)
            if (mask[lane] != 0) Unsafe.Add(ref destination, lane) = lane < 2 ? value.Low[lane] : value.High[lane - 2];
    }

    /// <summary>Converts to binary32 by way of binary64, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToSingle(I64x4 value) => Vector128.Narrow(Vector128.ConvertToDouble(value.Low), Vector128.ConvertToDouble(value.High));
}
