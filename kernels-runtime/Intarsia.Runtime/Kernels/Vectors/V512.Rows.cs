using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <content>What dot products along rows call: bytes and words as 16-bit pairs, the lanes of several accumulators added up together.</content>
public static partial class V512
{
    /// <summary>The sums of the lanes of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector512<float> ab = Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b), cd = Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d);
        Vector512<float> quads = Avx512F.UnpackLow(ab.AsDouble(), cd.AsDouble()).AsSingle() + Avx512F.UnpackHigh(ab.AsDouble(), cd.AsDouble()).AsSingle();
        Vector256<float> halves = quads.GetLower() + quads.GetUpper();
        return halves.GetLower() + halves.GetUpper();
    }

    /// <summary>The sums of the lanes of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Sums(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d)
    {
        Vector512<int> ab = Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b), cd = Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d);
        Vector512<int> quads = Avx512F.UnpackLow(ab.AsInt64(), cd.AsInt64()).AsInt32() + Avx512F.UnpackHigh(ab.AsInt64(), cd.AsInt64()).AsInt32();
        Vector256<int> halves = quads.GetLower() + quads.GetUpper();
        return halves.GetLower() + halves.GetUpper();
    }

    /// <summary>Reads the first <paramref name="count"/> of 32 signed bytes as 16-bit integers, two to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadInt16(ref readonly sbyte source, nint count)
    {
        Vector256<sbyte> bytes = count >= 2 * Lanes ? Vector256.LoadUnsafe(ref Unsafe.AsRef(in source)) : First32(ref Unsafe.As<sbyte, byte>(ref Unsafe.AsRef(in source)), count).AsSByte();
        return Avx512BW.ConvertToVector512Int16(bytes).AsInt32();
    }

    /// <summary>Reads the first <paramref name="count"/> of 32 unsigned bytes as 16-bit integers, two to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadInt16(ref readonly byte source, nint count)
    {
        Vector256<byte> bytes = count >= 2 * Lanes ? Vector256.LoadUnsafe(ref Unsafe.AsRef(in source)) : First32(ref Unsafe.AsRef(in source), count);
        return Avx512BW.ConvertToVector512Int16(bytes).AsInt32();
    }

    /// <summary>Reads the first <paramref name="count"/> of 32 16-bit integers, two to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadInt16(ref readonly short source, nint count) =>
        (count >= 2 * Lanes ? Vector512.LoadUnsafe(in source) : First32(ref Unsafe.AsRef(in source), count)).AsInt32();

    /// <summary>Adds all bits of the products of 16 pairs of 32-bit integers, two to a 64-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> DotLong(Vector512<long> accumulator, Vector512<int> a, Vector512<int> b) =>
        accumulator + Avx512F.Multiply(a, b) + Avx512F.Multiply((a.AsInt64() >>> 32).AsInt32(), (b.AsInt64() >>> 32).AsInt32());


    /// <summary>The elements that stand so far behind the reference as each lane says.</summary>
    public static Vector512<float> Gather(ref readonly float source, Vector512<int> indices) => Vector512.Create(V256.Gather(in source, indices.GetLower()), V256.Gather(in source, indices.GetUpper()));

    /// <summary>The lanes of a vector that the lowest bits of each lane of another name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Take(Vector512<float> vector, Vector512<int> places) => Avx512F.PermuteVar16x32(vector, places);

    /// <summary>The elements that stand so far behind the reference as unsigned numbers in memory say.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> GatherAt(ref readonly float source, ref readonly int places) => Vector512.Create(V256.GatherAt(in source, in places), V256.GatherAt(in source, in Unsafe.Add(ref Unsafe.AsRef(in places), 8)));

    /// <summary>The elements that stand so far behind the reference as unsigned numbers in memory say.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> GatherAt(ref readonly float source, ref readonly ushort places) => Vector512.Create(V256.GatherAt(in source, in places), V256.GatherAt(in source, in Unsafe.Add(ref Unsafe.AsRef(in places), 8)));
}
