using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <content>What dot products along rows call: bytes and words as 16-bit pairs, the lanes of several accumulators added up together.</content>
public static partial class V256
{
    /// <summary>The sums of the lanes of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        Vector256<float> ab = Avx.UnpackLow(a, b) + Avx.UnpackHigh(a, b), cd = Avx.UnpackLow(c, d) + Avx.UnpackHigh(c, d);
        Vector256<float> quads = Avx.UnpackLow(ab.AsDouble(), cd.AsDouble()).AsSingle() + Avx.UnpackHigh(ab.AsDouble(), cd.AsDouble()).AsSingle();
        return quads.GetLower() + quads.GetUpper();
    }

    /// <summary>The sums of the lanes of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Sums(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        Vector256<int> ab = Avx2.UnpackLow(a, b) + Avx2.UnpackHigh(a, b), cd = Avx2.UnpackLow(c, d) + Avx2.UnpackHigh(c, d);
        Vector256<int> quads = Avx2.UnpackLow(ab.AsInt64(), cd.AsInt64()).AsInt32() + Avx2.UnpackHigh(ab.AsInt64(), cd.AsInt64()).AsInt32();
        return quads.GetLower() + quads.GetUpper();
    }

    /// <summary>Reads the first <paramref name="count"/> of 16 signed bytes as 16-bit integers, two to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadInt16(ref readonly sbyte source, nint count)
    {
        Vector128<sbyte> bytes = count >= 2 * Lanes ? Vector128.LoadUnsafe(ref Unsafe.AsRef(in source)) : Partial.Load<sbyte, Vector128<sbyte>>(ref Unsafe.AsRef(in source), count);
        return Avx2.ConvertToVector256Int16(bytes).AsInt32();
    }

    /// <summary>Reads the first <paramref name="count"/> of 16 unsigned bytes as 16-bit integers, two to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadInt16(ref readonly byte source, nint count)
    {
        Vector128<byte> bytes = count >= 2 * Lanes ? Vector128.LoadUnsafe(ref Unsafe.AsRef(in source)) : Partial.Load<byte, Vector128<byte>>(ref Unsafe.AsRef(in source), count);
        return Avx2.ConvertToVector256Int16(bytes).AsInt32();
    }

    /// <summary>Reads the first <paramref name="count"/> of 32 signed bytes, four to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadFours(ref readonly sbyte source, nint count) => LoadFours(ref Unsafe.As<sbyte, byte>(ref Unsafe.AsRef(in source)), count);

    /// <summary>Reads the first <paramref name="count"/> of 32 unsigned bytes, four to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadFours(ref readonly byte source, nint count) =>
        (count >= 4 * Lanes ? Vector256.LoadUnsafe(in source) : Partial.Load<byte, Vector256<byte>>(ref Unsafe.AsRef(in source), count)).AsInt32();

    /// <summary>Reads the first <paramref name="count"/> of 16 16-bit integers, two to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadInt16(ref readonly short source, nint count) =>
        (count >= 2 * Lanes ? Vector256.LoadUnsafe(in source) : Partial.Load<short, Vector256<short>>(ref Unsafe.AsRef(in source), count)).AsInt32();

    /// <summary>Adds all bits of the products of 8 pairs of 32-bit integers, two to a 64-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> DotLong(Vector256<long> accumulator, Vector256<int> a, Vector256<int> b) =>
        accumulator + Avx2.Multiply(a, b) + Avx2.Multiply((a.AsInt64() >>> 32).AsInt32(), (b.AsInt64() >>> 32).AsInt32());


    /// <summary>The elements that stand so far behind the reference as each lane says.</summary>
    public static Vector256<float> Gather(ref readonly float source, Vector256<int> indices) => Vector256.Create(V128.Gather(in source, indices.GetLower()), V128.Gather(in source, indices.GetUpper()));

    /// <summary>The lanes of a vector that the lowest bits of each lane of another name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Take(Vector256<float> vector, Vector256<int> places) => Avx2.PermuteVar8x32(vector, places);

    /// <summary>The elements that stand so far behind the reference as unsigned numbers in memory say.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> GatherAt(ref readonly float source, ref readonly int places) => Vector256.Create(V128.GatherAt(in source, in places), V128.GatherAt(in source, in Unsafe.Add(ref Unsafe.AsRef(in places), 4)));

    /// <summary>The elements that stand so far behind the reference as unsigned numbers in memory say.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> GatherAt(ref readonly float source, ref readonly ushort places) => Vector256.Create(V128.GatherAt(in source, in places), V128.GatherAt(in source, in Unsafe.Add(ref Unsafe.AsRef(in places), 4)));
}
