using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <content>Loads and stores with a change of number format. A count below the number of lanes is the end of a line: nothing behind it is touched.</content>
public static partial class V256
{
    /// <summary>Reads the first <paramref name="count"/> lanes as binary16; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadSingle(ref readonly Half source, nint count) => FromHalf(Words(ref Unsafe.As<Half, ushort>(ref Unsafe.AsRef(in source)), count));

    /// <summary>Reads the first <paramref name="count"/> lanes as bfloat16; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadSingle(ref readonly BFloat16 source, nint count) => (Words(ref Unsafe.As<BFloat16, ushort>(ref Unsafe.AsRef(in source)), count) << 16).AsSingle();

    /// <summary>Reads the first <paramref name="count"/> lanes as signed bytes; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadInt32(ref readonly sbyte source, nint count)
    {
        ulong bytes = count >= Lanes ? Unsafe.ReadUnaligned<ulong>(in Unsafe.As<sbyte, byte>(ref Unsafe.AsRef(in source))) : Partial.Load<sbyte, ulong>(ref Unsafe.AsRef(in source), count);
        return Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(bytes).AsSByte());
    }

    /// <summary>Reads the first <paramref name="count"/> lanes as unsigned bytes; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadInt32(ref readonly byte source, nint count)
    {
        ulong bytes = count >= Lanes ? Unsafe.ReadUnaligned<ulong>(in source) : Partial.Load<byte, ulong>(ref Unsafe.AsRef(in source), count);
        return Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(bytes).AsByte());
    }

    /// <summary>Reads the first <paramref name="count"/> lanes as signed 16-bit integers; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadInt32(ref readonly short source, nint count)
    {
        Vector128<short> words = count >= Lanes ? Vector128.LoadUnsafe(in source) : Partial.Load<short, Vector128<short>>(ref Unsafe.AsRef(in source), count);
        return Avx2.ConvertToVector256Int32(words);
    }

    /// <summary>Reads the first <paramref name="count"/> lanes as unsigned 16-bit integers; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadInt32(ref readonly ushort source, nint count) => Words(ref Unsafe.AsRef(in source), count);

    /// <summary>Writes the first <paramref name="count"/> lanes as binary16, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Vector256<float> value, ref Half destination, nint count) => StoreWords(ToHalf(value), ref Unsafe.As<Half, ushort>(ref destination), count);

    /// <summary>Writes the first <paramref name="count"/> lanes as bfloat16, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Vector256<float> value, ref BFloat16 destination, nint count) => StoreWords(ToBFloat16(value), ref Unsafe.As<BFloat16, ushort>(ref destination), count);

    /// <summary>Rounds half to even, saturates to 8 bits and writes the first <paramref name="count"/> lanes; NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSaturated(Vector256<float> value, ref sbyte destination, nint count)
    {
        Vector256<int> rounded = Saturate(value, -128f, 127f);
        ulong bytes = Bytes(rounded);
        if (count >= Lanes) Unsafe.WriteUnaligned(ref Unsafe.As<sbyte, byte>(ref destination), bytes);
        else Partial.Store(bytes, ref destination, count);
    }

    /// <summary>Rounds half to even, saturates to 8 bits and writes the first <paramref name="count"/> lanes; NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSaturated(Vector256<float> value, ref byte destination, nint count)
    {
        Vector256<int> rounded = Saturate(value, 0f, 255f);
        ulong bytes = Bytes(rounded);
        if (count >= Lanes) Unsafe.WriteUnaligned(ref destination, bytes);
        else Partial.Store(bytes, ref destination, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Saturate(Vector256<float> value, float min, float max) =>
        Vector256.ConvertToInt32(Vector256.Round(Vector256.Min(Vector256.Max(Vector256.ConditionalSelect(Vector256.Equals(value, value), value, Vector256<float>.Zero), Vector256.Create(min)), Vector256.Create(max))));

    /// <summary>The low byte of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bytes(Vector256<int> value)
    {
        Vector128<short> words = Vector128.Narrow(value.GetLower(), value.GetUpper());
        return Vector128.Narrow(words.AsUInt16() & Vector128.Create((ushort)0xFF), Vector128<ushort>.Zero).AsUInt64().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Words(ref ushort source, nint count)
    {
        Vector128<ushort> words = count >= Lanes ? Vector128.LoadUnsafe(ref source) : Partial.Load<ushort, Vector128<ushort>>(ref source, count);
        return Avx2.ConvertToVector256Int32(words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreWords(Vector256<int> value, ref ushort destination, nint count)
    {
        Vector128<ushort> words = Vector128.Narrow(value.GetLower().AsUInt32(), value.GetUpper().AsUInt32());
        if (count >= Lanes) words.StoreUnsafe(ref destination);
        else Partial.Store(words, ref destination, count);
    }

    /// <summary>The exponent and fraction of binary16 in the place of binary32's, 112 below: a product with 2¹¹² puts them right, subnormal ones too. What came from the largest exponent is no number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FromHalf(Vector256<int> bits)
    {
        Vector256<int> magnitude = (bits & Vector256.Create(0x7FFF)) << 13;
        Vector256<int> special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x7C00 << 13)) & Vector256.Create(0x7F800000);
        Vector256<int> value = (magnitude.AsSingle() * Vector256.Create(5.192296858534828e33f)).AsInt32();
        return (value | special | ((bits & Vector256.Create(0x8000)) << 16)).AsSingle();
    }

    /// <summary>binary16 in the low half of each lane. Normal results round by an integer addition of just under half a unit; subnormal ones by a float addition that leaves the unit in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> ToHalf(Vector256<float> value)
    {
        Vector256<int> bits = value.AsInt32(), magnitude = bits & Vector256.Create(0x7FFFFFFF);
        Vector256<int> normal = (magnitude + Vector256.Create(((15 - 127) << 23) + 0xFFF) + ((magnitude >>> 13) & Vector256.Create(1))) >>> 13;
        Vector256<int> subnormal = (magnitude.AsSingle() + Vector256.Create(0.5f)).AsInt32() - Vector256.Create(126 << 23);
        Vector256<int> half = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(113 << 23)), subnormal, normal);
        Vector256<int> special = Vector256.ConditionalSelect(Vector256.GreaterThan(magnitude, Vector256.Create(0x7F800000)), Vector256.Create(0x7E00), Vector256.Create(0x7C00));
        half = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(143 << 23)), special, half);
        return half | ((bits >>> 16) & Vector256.Create(0x8000));
    }

    /// <summary>bfloat16 in the low half of each lane; a NaN stays one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> ToBFloat16(Vector256<float> value)
    {
        Vector256<int> bits = value.AsInt32(), rounded = (bits + Vector256.Create(0x7FFF) + ((bits >>> 16) & Vector256.Create(1))) >>> 16;
        return Vector256.ConditionalSelect(Vector256.Equals(value, value).AsInt32(), rounded, (bits >>> 16) | Vector256.Create(0x40));
    }
}
