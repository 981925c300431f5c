using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Intarsia.Kernels;

/// <content>Loads and stores with a change of number format. A count below the number of lanes is the end of a line: nothing behind it is touched.</content>
public static partial class V128
{
    /// <summary>Reads the first <paramref name="count"/> lanes as binary16; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadSingle(ref readonly Half source, nint count) => FromHalf(Words(ref Unsafe.As<Half, ushort>(ref Unsafe.AsRef(in source)), count));

    /// <summary>Reads the first <paramref name="count"/> lanes as bfloat16; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadSingle(ref readonly BFloat16 source, nint count) => (Words(ref Unsafe.As<BFloat16, ushort>(ref Unsafe.AsRef(in source)), count) << 16).AsSingle();

    /// <summary>Reads the first <paramref name="count"/> lanes as signed bytes; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadInt32(ref readonly sbyte source, nint count)
    {
        uint bytes = count >= Lanes ? Unsafe.ReadUnaligned<uint>(in Unsafe.As<sbyte, byte>(ref Unsafe.AsRef(in source))) : Partial.Load<sbyte, uint>(ref Unsafe.AsRef(in source), count);
        return Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(bytes).AsSByte()));
    }

    /// <summary>Reads the first <paramref name="count"/> lanes as unsigned bytes; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadInt32(ref readonly byte source, nint count)
    {
        uint bytes = count >= Lanes ? Unsafe.ReadUnaligned<uint>(in source) : Partial.Load<byte, uint>(ref Unsafe.AsRef(in source), count);
        return Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(bytes).AsByte())).AsInt32();
    }

    /// <summary>Reads the first <paramref name="count"/> lanes as signed 16-bit integers; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadInt32(ref readonly short source, nint count)
    {
        ulong words = count >= Lanes ? Unsafe.ReadUnaligned<ulong>(in Unsafe.As<short, byte>(ref Unsafe.AsRef(in source))) : Partial.Load<short, ulong>(ref Unsafe.AsRef(in source), count);
        return Vector128.WidenLower(Vector128.CreateScalarUnsafe(words).AsInt16());
    }

    /// <summary>Reads the first <paramref name="count"/> lanes as unsigned 16-bit integers; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadInt32(ref readonly ushort source, nint count) => Words(ref Unsafe.AsRef(in source), count);

    /// <summary>Writes the first <paramref name="count"/> lanes as binary16, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Vector128<float> value, ref Half destination, nint count) => StoreWords(ToHalf(value), ref Unsafe.As<Half, ushort>(ref destination), count);

    /// <summary>Writes the first <paramref name="count"/> lanes as bfloat16, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Vector128<float> value, ref BFloat16 destination, nint count) => StoreWords(ToBFloat16(value), ref Unsafe.As<BFloat16, ushort>(ref destination), count);

    /// <summary>Rounds half to even, saturates to 8 bits and writes the first <paramref name="count"/> lanes; NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSaturated(Vector128<float> value, ref sbyte destination, nint count)
    {
        Vector128<int> rounded = Saturate(value, -128f, 127f);
        uint bytes = Bytes(rounded);
        if (count >= Lanes) Unsafe.WriteUnaligned(ref Unsafe.As<sbyte, byte>(ref destination), bytes);
        else Partial.Store(bytes, ref destination, count);
    }

    /// <summary>Rounds half to even, saturates to 8 bits and writes the first <paramref name="count"/> lanes; NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSaturated(Vector128<float> value, ref byte destination, nint count)
    {
        Vector128<int> rounded = Saturate(value, 0f, 255f);
        uint bytes = Bytes(rounded);
        if (count >= Lanes) Unsafe.WriteUnaligned(ref destination, bytes);
        else Partial.Store(bytes, ref destination, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Saturate(Vector128<float> value, float min, float max) =>
        Vector128.ConvertToInt32(Vector128.Round(Vector128.Min(Vector128.Max(Vector128.ConditionalSelect(Vector128.Equals(value, value), value, Vector128<float>.Zero), Vector128.Create(min)), Vector128.Create(max))));

    /// <summary>The low byte of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bytes(Vector128<int> value)
    {
        Vector128<ushort> words = Vector128.Narrow(value, value).AsUInt16() & Vector128.Create((ushort)0xFF);
        return Vector128.Narrow(words, words).AsUInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Words(ref ushort source, nint count)
    {
        ulong words = count >= Lanes ? Unsafe.ReadUnaligned<ulong>(in Unsafe.As<ushort, byte>(ref source)) : Partial.Load<ushort, ulong>(ref source, count);
        return Vector128.WidenLower(Vector128.CreateScalarUnsafe(words).AsUInt16()).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreWords(Vector128<int> value, ref ushort destination, nint count)
    {
        ulong words = Vector128.Narrow(value.AsUInt32(), value.AsUInt32()).AsUInt64().ToScalar();
        if (count >= Lanes) Unsafe.WriteUnaligned(ref Unsafe.As<ushort, byte>(ref destination), words);
        else Partial.Store(words, ref destination, count);
    }

    /// <summary>The exponent and fraction of binary16 in the place of binary32's, 112 below: a product with 2¹¹² puts them right, subnormal ones too. What came from the largest exponent is no number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FromHalf(Vector128<int> bits)
    {
        Vector128<int> magnitude = (bits & Vector128.Create(0x7FFF)) << 13;
        Vector128<int> special = Vector128.GreaterThanOrEqual(magnitude, Vector128.Create(0x7C00 << 13)) & Vector128.Create(0x7F800000);
        Vector128<int> value = (magnitude.AsSingle() * Vector128.Create(5.192296858534828e33f)).AsInt32();
        return (value | special | ((bits & Vector128.Create(0x8000)) << 16)).AsSingle();
    }

    /// <summary>binary16 in the low half of each lane. Normal results round by an integer addition of just under half a unit; subnormal ones by a float addition that leaves the unit in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ToHalf(Vector128<float> value)
    {
        Vector128<int> bits = value.AsInt32(), magnitude = bits & Vector128.Create(0x7FFFFFFF);
        Vector128<int> normal = (magnitude + Vector128.Create(((15 - 127) << 23) + 0xFFF) + ((magnitude >>> 13) & Vector128.Create(1))) >>> 13;
        Vector128<int> subnormal = (magnitude.AsSingle() + Vector128.Create(0.5f)).AsInt32() - Vector128.Create(126 << 23);
        Vector128<int> half = Vector128.ConditionalSelect(Vector128.LessThan(magnitude, Vector128.Create(113 << 23)), subnormal, normal);
        Vector128<int> special = Vector128.ConditionalSelect(Vector128.GreaterThan(magnitude, Vector128.Create(0x7F800000)), Vector128.Create(0x7E00), Vector128.Create(0x7C00));
        half = Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(magnitude, Vector128.Create(143 << 23)), special, half);
        return half | ((bits >>> 16) & Vector128.Create(0x8000));
    }

    /// <summary>bfloat16 in the low half of each lane; a NaN stays one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ToBFloat16(Vector128<float> value)
    {
        Vector128<int> bits = value.AsInt32(), rounded = (bits + Vector128.Create(0x7FFF) + ((bits >>> 16) & Vector128.Create(1))) >>> 16;
        return Vector128.ConditionalSelect(Vector128.Equals(value, value).AsInt32(), rounded, (bits >>> 16) | Vector128.Create(0x40));
    }
}
