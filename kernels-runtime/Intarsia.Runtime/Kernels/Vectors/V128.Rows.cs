using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <content>What dot products along rows call: bytes and words as 16-bit pairs, the lanes of several accumulators added up together.</content>
public static partial class V128
{
    /// <summary>The sums of the lanes of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) =>
        Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));

    /// <summary>The sums of the lanes of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Sums(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d) =>
        Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));

    /// <summary>Reads the first <paramref name="count"/> of 8 signed bytes as 16-bit integers, two to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadInt16(ref readonly sbyte source, nint count)
    {
        ulong bytes = count >= 2 * Lanes ? Unsafe.ReadUnaligned<ulong>(in Unsafe.As<sbyte, byte>(ref Unsafe.AsRef(in source))) : Partial.Load<sbyte, ulong>(ref Unsafe.AsRef(in source), count);
        return Vector128.WidenLower(Vector128.CreateScalarUnsafe(bytes).AsSByte()).AsInt32();
    }

    /// <summary>Reads the first <paramref name="count"/> of 8 unsigned bytes as 16-bit integers, two to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadInt16(ref readonly byte source, nint count)
    {
        ulong bytes = count >= 2 * Lanes ? Unsafe.ReadUnaligned<ulong>(in source) : Partial.Load<byte, ulong>(ref Unsafe.AsRef(in source), count);
        return Vector128.WidenLower(Vector128.CreateScalarUnsafe(bytes).AsByte()).AsInt32();
    }

    /// <summary>Reads the first <paramref name="count"/> of 16 signed bytes, four to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadFours(ref readonly sbyte source, nint count) => LoadFours(ref Unsafe.As<sbyte, byte>(ref Unsafe.AsRef(in source)), count);

    /// <summary>Reads the first <paramref name="count"/> of 16 unsigned bytes, four to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadFours(ref readonly byte source, nint count) =>
        (count >= 4 * Lanes ? Vector128.LoadUnsafe(in source) : Partial.Load<byte, Vector128<byte>>(ref Unsafe.AsRef(in source), count)).AsInt32();

    /// <summary>Reads the first <paramref name="count"/> of 8 16-bit integers, two to a lane; zero in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadInt16(ref readonly short source, nint count) =>
        (count >= 2 * Lanes ? Vector128.LoadUnsafe(in source) : Partial.Load<short, Vector128<short>>(ref Unsafe.AsRef(in source), count)).AsInt32();

    /// <summary>Adds all bits of the products of 4 pairs of 32-bit integers, two to a 64-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> DotLong(Vector128<long> accumulator, Vector128<int> a, Vector128<int> b)
    {
        if (AdvSimd.IsSupported) return AdvSimd.MultiplyWideningUpperAndAdd(AdvSimd.MultiplyWideningLowerAndAdd(accumulator, a.GetLower(), b.GetLower()), a, b);
        if (Sse41.IsSupported) return accumulator + Sse41.Multiply(a, b) + Sse41.Multiply((a.AsInt64() >>> 32).AsInt32(), (b.AsInt64() >>> 32).AsInt32());
        return accumulator + Vector128.WidenLower(a) * Vector128.WidenLower(b) + Vector128.WidenUpper(a) * Vector128.WidenUpper(b);
    }


    /// <summary>The elements that stand so far behind the reference as each lane says.</summary>
    public static Vector128<float> Gather(ref readonly float source, Vector128<int> indices)
    {
        ref float first = ref Unsafe.AsRef(in source);
        return Vector128.Create(Unsafe.Add(ref first, indices[0]), Unsafe.Add(ref first, indices[1]), Unsafe.Add(ref first, indices[2]), Unsafe.Add(ref first, indices[3]));
    }

    /// <summary>
    /// The elements that stand so far behind the reference as four unsigned numbers in memory say: four loads that find their addresses in two registers. Hardware has an instruction for that, which takes half as long again (Zen 5).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> GatherAt(ref readonly float source, ref readonly int places)
    {
        ref float first = ref Unsafe.AsRef(in source);
        ref ulong pairs = ref Unsafe.As<int, ulong>(ref Unsafe.AsRef(in places));
        ulong low = pairs, high = Unsafe.Add(ref pairs, 1);
        return Vector128.Create(Unsafe.Add(ref first, (nint)(uint)low), Unsafe.Add(ref first, (nint)(low >> 32)), Unsafe.Add(ref first, (nint)(uint)high), Unsafe.Add(ref first, (nint)(high >> 32)));
    }

    /// <summary>The same of numbers of 16 bits, whose addresses come with one load.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> GatherAt(ref readonly float source, ref readonly ushort places)
    {
        ref float first = ref Unsafe.AsRef(in source);
        ulong four = Unsafe.As<ushort, ulong>(ref Unsafe.AsRef(in places));
        return Vector128.Create(Unsafe.Add(ref first, (ushort)four), Unsafe.Add(ref first, (ushort)(four >> 16)), Unsafe.Add(ref first, (ushort)(four >> 32)), Unsafe.Add(ref first, (nint)(four >> 48)));
    }
}
