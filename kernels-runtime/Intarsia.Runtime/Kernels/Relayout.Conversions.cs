using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

public static partial class Relayout
{
    private interface IConvert<TSource, TDestination>
    {
        static abstract TDestination Convert(TSource value);

        /// <summary>Converts a contiguous row; the destination is at least as long.</summary>
        static abstract void ConvertRow(ReadOnlySpan<TSource> source, Span<TDestination> destination);
    }

    private readonly struct SingleToSingle : IConvert<float, float>
    {
        public static float Convert(float value) => value;

        public static void ConvertRow(ReadOnlySpan<float> source, Span<float> destination) => source.CopyTo(destination);
    }

    private readonly struct HalfToSingle : IConvert<Half, float>
    {
        public static float Convert(Half value) => (float)value;

        public static void ConvertRow(ReadOnlySpan<Half> source, Span<float> destination) => TensorPrimitives.ConvertToSingle(source, destination);
    }

    private readonly struct BFloat16ToSingle : IConvert<BFloat16, float>
    {
        public static float Convert(BFloat16 value) => (float)value;

        public static void ConvertRow(ReadOnlySpan<BFloat16> source, Span<float> destination)
        {
            // A bfloat16 is the upper half of a binary32.
            Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination)[..source.Length];
            TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<BFloat16, ushort>(source), bits);
            TensorPrimitives.ShiftLeft<uint>(bits, 16, bits);
        }
    }

    private readonly struct SByteToSingle : IConvert<sbyte, float>
    {
        public static float Convert(sbyte value) => value;

        public static void ConvertRow(ReadOnlySpan<sbyte> source, Span<float> destination) => TensorPrimitives.ConvertTruncating(source, destination);
    }

    private readonly struct SByteToInt16 : IConvert<sbyte, short>
    {
        public static short Convert(sbyte value) => value;

        public static void ConvertRow(ReadOnlySpan<sbyte> source, Span<short> destination) => TensorPrimitives.ConvertTruncating(source, destination);
    }

    private readonly struct ByteToInt16 : IConvert<byte, short>
    {
        public static short Convert(byte value) => value;

        public static void ConvertRow(ReadOnlySpan<byte> source, Span<short> destination) => TensorPrimitives.ConvertTruncating(source, destination);
    }

    private readonly struct SByteToInt32 : IConvert<sbyte, int>
    {
        public static int Convert(sbyte value) => value;

        public static void ConvertRow(ReadOnlySpan<sbyte> source, Span<int> destination) => TensorPrimitives.ConvertTruncating(source, destination);
    }

    private readonly struct ByteToInt32 : IConvert<byte, int>
    {
        public static int Convert(byte value) => value;

        public static void ConvertRow(ReadOnlySpan<byte> source, Span<int> destination) => TensorPrimitives.ConvertTruncating(source, destination);
    }

    private readonly struct Int16ToInt16 : IConvert<short, short>
    {
        public static short Convert(short value) => value;

        public static void ConvertRow(ReadOnlySpan<short> source, Span<short> destination) => source.CopyTo(destination);
    }

    private readonly struct Int16ToInt32 : IConvert<short, int>
    {
        public static int Convert(short value) => value;

        public static void ConvertRow(ReadOnlySpan<short> source, Span<int> destination) => TensorPrimitives.ConvertTruncating(source, destination);
    }

    private readonly struct UInt16ToInt32 : IConvert<ushort, int>
    {
        public static int Convert(ushort value) => value;

        public static void ConvertRow(ReadOnlySpan<ushort> source, Span<int> destination) => TensorPrimitives.ConvertTruncating(source, destination);
    }

    private readonly struct Int64ToInt64 : IConvert<long, long>
    {
        public static long Convert(long value) => value;

        public static void ConvertRow(ReadOnlySpan<long> source, Span<long> destination) => source.CopyTo(destination);
    }

    private readonly struct BFloat16ToBFloat16 : IConvert<BFloat16, BFloat16>
    {
        public static BFloat16 Convert(BFloat16 value) => value;

        public static void ConvertRow(ReadOnlySpan<BFloat16> source, Span<BFloat16> destination) => source.CopyTo(destination);
    }

    private readonly struct ByteToByte : IConvert<byte, byte>
    {
        public static byte Convert(byte value) => value;

        public static void ConvertRow(ReadOnlySpan<byte> source, Span<byte> destination) => source.CopyTo(destination);
    }

    private readonly struct Shifted : IConvert<sbyte, byte>
    {
        public static byte Convert(sbyte value) => (byte)(value ^ 0x80);

        public static void ConvertRow(ReadOnlySpan<sbyte> source, Span<byte> destination) => TensorPrimitives.Xor(MemoryMarshal.Cast<sbyte, byte>(source), (byte)0x80, destination);
    }
}
