using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <content>Loads and stores with a change of number format. A count below the number of lanes is the end of a line: nothing behind it is touched.</content>
public static partial class V512
{
    /// <summary>Reads the first <paramref name="count"/> lanes as binary16; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadSingle(ref readonly Half source, nint count) => FromHalf(Words(ref Unsafe.As<Half, ushort>(ref Unsafe.AsRef(in source)), count));

    /// <summary>Reads the first <paramref name="count"/> lanes as bfloat16; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadSingle(ref readonly BFloat16 source, nint count) => (Words(ref Unsafe.As<BFloat16, ushort>(ref Unsafe.AsRef(in source)), count) << 16).AsSingle();

    /// <summary>Reads the first <paramref name="count"/> lanes as signed bytes; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadInt32(ref readonly sbyte source, nint count)
    {
        Vector128<sbyte> bytes = count >= Lanes ? Vector128.LoadUnsafe(ref Unsafe.AsRef(in source)) : First16(ref Unsafe.As<sbyte, byte>(ref Unsafe.AsRef(in source)), count).AsSByte();
        return Avx512F.ConvertToVector512Int32(bytes);
    }

    /// <summary>Reads the first <paramref name="count"/> lanes as unsigned bytes; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadInt32(ref readonly byte source, nint count)
    {
        Vector128<byte> bytes = count >= Lanes ? Vector128.LoadUnsafe(ref Unsafe.AsRef(in source)) : First16(ref Unsafe.AsRef(in source), count);
        return Avx512F.ConvertToVector512Int32(bytes);
    }

    /// <summary>Reads the first <paramref name="count"/> lanes as signed 16-bit integers; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadInt32(ref readonly short source, nint count)
    {
        Vector256<short> words = count >= Lanes ? Vector256.LoadUnsafe(in source) : First16(ref Unsafe.As<short, ushort>(ref Unsafe.AsRef(in source)), count).AsInt16();
        return Avx512F.ConvertToVector512Int32(words);
    }

    /// <summary>Reads the first <paramref name="count"/> lanes as unsigned 16-bit integers; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadInt32(ref readonly ushort source, nint count) => Words(ref Unsafe.AsRef(in source), count);

    /// <summary>Writes the first <paramref name="count"/> lanes as binary16, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Vector512<float> value, ref Half destination, nint count) => StoreWords(ToHalf(value), ref Unsafe.As<Half, ushort>(ref destination), count);

    /// <summary>Writes the first <paramref name="count"/> lanes as bfloat16, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Vector512<float> value, ref BFloat16 destination, nint count) => StoreWords(ToBFloat16(value), ref Unsafe.As<BFloat16, ushort>(ref destination), count);

    /// <summary>Rounds half to even, saturates to 8 bits and writes the first <paramref name="count"/> lanes; NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSaturated(Vector512<float> value, ref sbyte destination, nint count)
    {
        Vector512<int> rounded = Saturate(value, -128f, 127f);
        Vector128<sbyte> bytes = Avx512F.ConvertToVector128SByte(rounded);
        if (count >= Lanes) bytes.StoreUnsafe(ref destination);
        else StoreFirst(bytes.AsByte(), ref Unsafe.As<sbyte, byte>(ref destination), count);
    }

    /// <summary>Rounds half to even, saturates to 8 bits and writes the first <paramref name="count"/> lanes; NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSaturated(Vector512<float> value, ref byte destination, nint count)
    {
        Vector512<int> rounded = Saturate(value, 0f, 255f);
        Vector128<byte> bytes = Avx512F.ConvertToVector128Byte(rounded.AsUInt32());
        if (count >= Lanes) bytes.StoreUnsafe(ref destination);
        else StoreFirst(bytes, ref destination, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Saturate(Vector512<float> value, float min, float max) =>
        Vector512.ConvertToInt32(Vector512.Round(Vector512.Min(Vector512.Max(Vector512.ConditionalSelect(Vector512.Equals(value, value), value, Vector512<float>.Zero), Vector512.Create(min)), Vector512.Create(max))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Words(ref ushort source, nint count)
    {
        Vector256<ushort> words = count >= Lanes ? Vector256.LoadUnsafe(ref source) : First16(ref source, count);
        return Avx512F.ConvertToVector512Int32(words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreWords(Vector512<int> value, ref ushort destination, nint count)
    {
        Vector256<ushort> words = Avx512F.ConvertToVector256UInt16(value.AsUInt32());
        if (count >= Lanes) words.StoreUnsafe(ref destination);
        else StoreFirst(words, ref destination, count);
    }

    /// <summary>The exponent and fraction of binary16 in the place of binary32's, 112 below: a product with 2¹¹² puts them right, subnormal ones too. What came from the largest exponent is no number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FromHalf(Vector512<int> bits)
    {
        Vector512<int> magnitude = (bits & Vector512.Create(0x7FFF)) << 13;
        Vector512<int> special = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7C00 << 13)) & Vector512.Create(0x7F800000);
        Vector512<int> value = (magnitude.AsSingle() * Vector512.Create(5.192296858534828e33f)).AsInt32();
        return (value | special | ((bits & Vector512.Create(0x8000)) << 16)).AsSingle();
    }

    /// <summary>binary16 in the low half of each lane. Normal results round by an integer addition of just under half a unit; subnormal ones by a float addition that leaves the unit in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> ToHalf(Vector512<float> value)
    {
        Vector512<int> bits = value.AsInt32(), magnitude = bits & Vector512.Create(0x7FFFFFFF);
        Vector512<int> normal = (magnitude + Vector512.Create(((15 - 127) << 23) + 0xFFF) + ((magnitude >>> 13) & Vector512.Create(1))) >>> 13;
        Vector512<int> subnormal = (magnitude.AsSingle() + Vector512.Create(0.5f)).AsInt32() - Vector512.Create(126 << 23);
        Vector512<int> half = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(113 << 23)), subnormal, normal);
        Vector512<int> special = Vector512.ConditionalSelect(Vector512.GreaterThan(magnitude, Vector512.Create(0x7F800000)), Vector512.Create(0x7E00), Vector512.Create(0x7C00));
        half = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(143 << 23)), special, half);
        return half | ((bits >>> 16) & Vector512.Create(0x8000));
    }

    /// <summary>bfloat16 in the low half of each lane; a NaN stays one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> ToBFloat16(Vector512<float> value)
    {
        Vector512<int> bits = value.AsInt32(), rounded = (bits + Vector512.Create(0x7FFF) + ((bits >>> 16) & Vector512.Create(1))) >>> 16;
        return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsInt32(), rounded, (bits >>> 16) | Vector512.Create(0x40));
    }
}
