using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The vector conversions of every width against the scalar ones of .NET: every 16-bit pattern, and binary32 around every rounding boundary.</summary>
public sealed class ConversionTests
{
    private delegate void Widen<T>(ref T source, nint count, Span<float> lanes);

    private delegate void Narrow<T>(ReadOnlySpan<float> lanes, ref T destination, nint count);

    [Fact]
    public void LoadSingle_OfEveryHalf_IsExact() => Each<Half>(
        (ref Half source, nint count, Span<float> lanes) => V128.LoadSingle(ref source, count).CopyTo(lanes),
        (ref Half source, nint count, Span<float> lanes) => V256.LoadSingle(ref source, count).CopyTo(lanes),
        (ref Half source, nint count, Span<float> lanes) => V512.LoadSingle(ref source, count).CopyTo(lanes),
        Patterns<Half>(), value => (float)value);

    [Fact]
    public void LoadSingle_OfEveryBFloat16_IsExact() => Each<BFloat16>(
        (ref BFloat16 source, nint count, Span<float> lanes) => V128.LoadSingle(ref source, count).CopyTo(lanes),
        (ref BFloat16 source, nint count, Span<float> lanes) => V256.LoadSingle(ref source, count).CopyTo(lanes),
        (ref BFloat16 source, nint count, Span<float> lanes) => V512.LoadSingle(ref source, count).CopyTo(lanes),
        Patterns<BFloat16>(), value => (float)value);

    [Fact]
    public void LoadInt32_OfEveryByte_KeepsTheNumber()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        Each<byte>(
            (ref byte source, nint count, Span<float> lanes) => Vector128.ConvertToSingle(V128.LoadInt32(ref source, count)).CopyTo(lanes),
            (ref byte source, nint count, Span<float> lanes) => Vector256.ConvertToSingle(V256.LoadInt32(ref source, count)).CopyTo(lanes),
            (ref byte source, nint count, Span<float> lanes) => Vector512.ConvertToSingle(V512.LoadInt32(ref source, count)).CopyTo(lanes),
            bytes, value => value);
        Each<sbyte>(
            (ref sbyte source, nint count, Span<float> lanes) => Vector128.ConvertToSingle(V128.LoadInt32(ref source, count)).CopyTo(lanes),
            (ref sbyte source, nint count, Span<float> lanes) => Vector256.ConvertToSingle(V256.LoadInt32(ref source, count)).CopyTo(lanes),
            (ref sbyte source, nint count, Span<float> lanes) => Vector512.ConvertToSingle(V512.LoadInt32(ref source, count)).CopyTo(lanes),
            Array.ConvertAll(bytes, value => (sbyte)value), value => value);
    }

    /// <summary>Of every byte, or word, of a vector and of its first ones: what is loaded, lane by lane, and nothing behind the count.</summary>
    [Fact]
    public void LoadInt16AndFours_OfEveryCount_KeepNumbersAndZeroTheRest()
    {
        byte[] bytes = [.. Enumerable.Range(0, 64).Select(i => (byte)(i * 37 + 129))];
        sbyte[] signed = Array.ConvertAll(bytes, value => (sbyte)value);
        short[] words = [.. Enumerable.Range(0, 64).Select(i => (short)(i * 5003 - 32768))];
        for (int count = 0; count <= 32; count++)
        {
            // Everything ends with the count, so that a read behind it would be one behind the array.
            byte[] b = bytes[..Math.Max(count, 1)];
            sbyte[] s = signed[..b.Length];
            short[] w = words[..b.Length];
            Words(8, V128.LoadInt16(ref b[0], count).AsInt16(), b);
            Words(8, V128.LoadInt16(ref s[0], count).AsInt16(), s);
            Words(8, V128.LoadInt16(ref w[0], count).AsInt16(), w);
            Fours(16, V128.LoadFours(ref b[0], count).AsByte(), V128.LoadFours(ref s[0], count).AsSByte());
            if (Vector256.IsHardwareAccelerated)
            {
                Words(16, V256.LoadInt16(ref b[0], count).AsInt16(), b);
                Words(16, V256.LoadInt16(ref s[0], count).AsInt16(), s);
                Words(16, V256.LoadInt16(ref w[0], count).AsInt16(), w);
                Fours(32, V256.LoadFours(ref b[0], count).AsByte(), V256.LoadFours(ref s[0], count).AsSByte());
            }
            if (Vector512.IsHardwareAccelerated)
            {
                Words(32, V512.LoadInt16(ref b[0], count).AsInt16(), b);
                Words(32, V512.LoadInt16(ref s[0], count).AsInt16(), s);
                Words(32, V512.LoadInt16(ref w[0], count).AsInt16(), w);
            }

            void Words<TVector, T>(int lanes, TVector vector, T[] source)
                where TVector : struct
                where T : struct, IConvertible
            {
                short[] actual = MemoryMarshal.Cast<TVector, short>(new ReadOnlySpan<TVector>(in vector)).ToArray();
                Assert.Equal(Enumerable.Range(0, lanes).Select(i => i < count ? Convert.ToInt16(source[i], CultureInfo.InvariantCulture) : (short)0), actual);
            }

            void Fours<TBytes, TSigned>(int lanes, TBytes unsigned, TSigned withSign)
                where TBytes : struct
                where TSigned : struct
            {
                Assert.Equal(Enumerable.Range(0, lanes).Select(i => i < count ? bytes[i] : (byte)0), MemoryMarshal.Cast<TBytes, byte>(new ReadOnlySpan<TBytes>(in unsigned)).ToArray());
                Assert.Equal(Enumerable.Range(0, lanes).Select(i => i < count ? signed[i] : (sbyte)0), MemoryMarshal.Cast<TSigned, sbyte>(new ReadOnlySpan<TSigned>(in withSign)).ToArray());
            }
        }
    }

    [Fact]
    public void StoreHalf_AroundEveryBoundary_RoundsToNearestEven() => Each<Half>(
        (ReadOnlySpan<float> lanes, ref Half destination, nint count) => V128.StoreHalf(Vector128.Create(lanes), ref destination, count),
        (ReadOnlySpan<float> lanes, ref Half destination, nint count) => V256.StoreHalf(Vector256.Create(lanes), ref destination, count),
        (ReadOnlySpan<float> lanes, ref Half destination, nint count) => V512.StoreHalf(Vector512.Create(lanes), ref destination, count),
        Boundaries(Patterns<Half>().Select(value => (float)value)), value => (Half)value, Half.IsNaN);

    [Fact]
    public void StoreBFloat16_AroundEveryBoundary_RoundsToNearestEven() => Each<BFloat16>(
        (ReadOnlySpan<float> lanes, ref BFloat16 destination, nint count) => V128.StoreBFloat16(Vector128.Create(lanes), ref destination, count),
        (ReadOnlySpan<float> lanes, ref BFloat16 destination, nint count) => V256.StoreBFloat16(Vector256.Create(lanes), ref destination, count),
        (ReadOnlySpan<float> lanes, ref BFloat16 destination, nint count) => V512.StoreBFloat16(Vector512.Create(lanes), ref destination, count),
        Boundaries(Patterns<BFloat16>().Select(value => (float)value)), value => (BFloat16)value, value => float.IsNaN((float)value));

    [Fact]
    public void StoreSaturated_AroundEveryBoundary_RoundsHalfToEvenAndSaturates()
    {
        float[] values = Boundaries(Enumerable.Range(-700, 1400).Select(i => i / 2f).Append(float.NaN).Append(float.PositiveInfinity).Append(float.NegativeInfinity).Append(1e20f));
        Each<sbyte>(
            (ReadOnlySpan<float> lanes, ref sbyte destination, nint count) => V128.StoreSaturated(Vector128.Create(lanes), ref destination, count),
            (ReadOnlySpan<float> lanes, ref sbyte destination, nint count) => V256.StoreSaturated(Vector256.Create(lanes), ref destination, count),
            (ReadOnlySpan<float> lanes, ref sbyte destination, nint count) => V512.StoreSaturated(Vector512.Create(lanes), ref destination, count),
            values, value => float.IsNaN(value) ? (sbyte)0 : (sbyte)Math.Clamp(MathF.Round(value), -128, 127), _ => false);
        Each<byte>(
            (ReadOnlySpan<float> lanes, ref byte destination, nint count) => V128.StoreSaturated(Vector128.Create(lanes), ref destination, count),
            (ReadOnlySpan<float> lanes, ref byte destination, nint count) => V256.StoreSaturated(Vector256.Create(lanes), ref destination, count),
            (ReadOnlySpan<float> lanes, ref byte destination, nint count) => V512.StoreSaturated(Vector512.Create(lanes), ref destination, count),
            values, value => float.IsNaN(value) ? (byte)0 : (byte)Math.Clamp(MathF.Round(value), 0, 255), _ => false);
    }

    private static void Each<T>(Widen<T> v128, Widen<T> v256, Widen<T> v512, T[] values, Func<T, float> expected)
        where T : unmanaged
    {
        foreach ((Widen<T> widen, int lanes) in Supported(v128, v256, v512))
        {
            float[] actual = new float[lanes];
            for (int begin = 0; begin < values.Length; begin += lanes)
            {
                // Whole vectors, and the ends of lines.
                int count = Math.Min(begin % 3 == 0 ? lanes : begin % lanes + 1, values.Length - begin);
                T[] source = values[begin..(begin + count)];
                widen(ref source[0], count, actual);
                for (int lane = 0; lane < lanes; lane++)
                    Assert.Equal(lane < count ? expected(source[lane]) : 0f, actual[lane]);
            }
        }
    }

    private static void Each<T>(Narrow<T> v128, Narrow<T> v256, Narrow<T> v512, float[] values, Func<float, T> expected, Func<T, bool> isNaN)
        where T : unmanaged
    {
        foreach ((Narrow<T> narrow, int lanes) in Supported(v128, v256, v512))
        {
            float[] source = new float[lanes];
            for (int begin = 0; begin < values.Length; begin += lanes)
            {
                int there = Math.Min(lanes, values.Length - begin), count = begin / lanes % 3 != 0 ? there : Math.Max(1, there / 2);
                values.AsSpan(begin, there).CopyTo(source);
                var actual = new T[lanes];
                narrow(source, ref actual[0], count);
                for (int lane = 0; lane < lanes; lane++)
                {
                    T wanted = lane < count ? expected(source[lane]) : default;
                    bool same = isNaN(wanted) ? isNaN(actual[lane]) : BytesOf(wanted).SequenceEqual(BytesOf(actual[lane]));
                    Assert.True(same, $"{source[lane]:R} became {actual[lane]}, expected {wanted} (width {lanes})");
                }
            }
        }
    }

    private static IEnumerable<(T Convert, int Lanes)> Supported<T>(T v128, T v256, T v512)
    {
        yield return (v128, 4);
        if (Vector256.IsHardwareAccelerated) yield return (v256, 8);
        if (Vector512.IsHardwareAccelerated) yield return (v512, 16);
    }

    private static byte[] BytesOf<T>(T value)
        where T : unmanaged
    {
        byte[] bytes = new byte[Unsafe.SizeOf<T>()];
        Unsafe.WriteUnaligned(ref bytes[0], value);
        return bytes;
    }

    private static T[] Patterns<T>()
        where T : unmanaged => [.. Enumerable.Range(0, 1 << 16).Select(bits => Unsafe.BitCast<ushort, T>((ushort)bits))];

    /// <summary>The values, the middles between neighbours, and what stands beside both.</summary>
    private static float[] Boundaries(IEnumerable<float> values)
    {
        float[] all = [.. values];
        return [.. all.Zip(all.Skip(1), (a, b) => a + (b - a) / 2).Concat(all).SelectMany(value => new[] { MathF.BitDecrement(value), value, MathF.BitIncrement(value) })];
    }
}
