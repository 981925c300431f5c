using System.Numerics;
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

    /// <summary>Elements as they are.</summary>
    private readonly struct Same<T> : IConvert<T, T>
    {
        public static T Convert(T value) => value;

        public static void ConvertRow(ReadOnlySpan<T> source, Span<T> destination) => source.CopyTo(destination);
    }

    /// <summary>Integers as numbers of a type that has all of them.</summary>
    private readonly struct Widened<TSource, TDestination> : IConvert<TSource, TDestination>
        where TSource : unmanaged, INumberBase<TSource>
        where TDestination : unmanaged, INumberBase<TDestination>
    {
        public static TDestination Convert(TSource value) => TDestination.CreateTruncating(value);

        public static void ConvertRow(ReadOnlySpan<TSource> source, Span<TDestination> destination) => TensorPrimitives.ConvertTruncating(source, destination);
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

    private readonly struct Shifted : IConvert<sbyte, byte>
    {
        public static byte Convert(sbyte value) => (byte)(value ^ 0x80);

        public static void ConvertRow(ReadOnlySpan<sbyte> source, Span<byte> destination) => TensorPrimitives.Xor(MemoryMarshal.Cast<sbyte, byte>(source), (byte)0x80, destination);
    }
}
