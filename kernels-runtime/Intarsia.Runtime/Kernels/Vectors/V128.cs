using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>What generated 128-bit kernels call beside the intrinsics themselves: masked tails, conversions and activations. The other widths have the same names.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class V128
{
    /// <summary>Lanes of 32 bits.</summary>
    public const int Lanes = 4;

    /// <summary>All ones in the first <paramref name="count"/> lanes; none for a negative count, all from 4 up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Mask(nint count) => Vector128.LessThan(Vector128<int>.Indices, Vector128.Create((int)Math.Clamp(count, 0, 4)));

    /// <summary>Reads the lanes of the mask, zero in the others; memory behind a masked lane is not touched.</summary>
    public static Vector128<float> Load(ref readonly float source, Vector128<int> mask)
    {
        Vector128<float> value = default;
        for (int lane = 0; lane < 4; lane++)
            if (mask[lane] != 0) value = value.WithElement(lane, Unsafe.Add(ref Unsafe.AsRef(in source), lane));
        return value;
    }

    /// <summary>Reads the lanes of the mask, zero in the others; memory behind a masked lane is not touched.</summary>
    public static Vector128<int> Load(ref readonly int source, Vector128<int> mask) => Load(in Unsafe.As<int, float>(ref Unsafe.AsRef(in source)), mask).AsInt32();

    /// <summary>Writes the lanes of the mask; memory behind a masked lane is not touched.</summary>
    public static void Store(Vector128<float> value, ref float destination, Vector128<int> mask)
    {
        for (int lane = 0; lane < 4; lane++)
            if (mask[lane] != 0) Unsafe.Add(ref destination, lane) = value[lane];
    }

    /// <summary>Writes the lanes of the mask; memory behind a masked lane is not touched.</summary>
    public static void Store(Vector128<int> value, ref int destination, Vector128<int> mask) => Store(value.AsSingle(), ref Unsafe.As<int, float>(ref destination), mask);

    /// <summary>Adds the products of 4 pairs of 16-bit integers, pair by pair, to 32-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Dot2(Vector128<int> accumulator, Vector128<int> a, Vector128<int> b) =>
        Sse2.IsSupported
            ? accumulator + Sse2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16())
            : accumulator + ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);

    /// <summary>Adds the products of 4 fours of signed bytes to 32-bit lanes (sdot).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Dot4Signed(Vector128<int> accumulator, Vector128<int> a, Vector128<int> b) =>
        Dp.DotProduct(accumulator, a.AsSByte(), b.AsSByte());

    /// <summary>accumulator + a·b for 16-bit a in the lower half of its lane (zero above) and sign-extended 16-bit b: the pairwise product costs one instruction, a 32-bit one two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd16(Vector128<int> accumulator, Vector128<int> a, Vector128<int> b) =>
        Sse2.IsSupported ? accumulator + Sse2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()) : accumulator + ((a << 16) >> 16) * b;

    /// <summary>Converts to binary32, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToSingle(Vector128<int> value) => Vector128.ConvertToSingle(value);

    /// <summary>max(x, 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Relu(Vector128<float> x) => Vector128.Max(x, Vector128<float>.Zero);

    /// <summary>max(x, 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Relu(Vector128<int> x) => Vector128.Max(x, Vector128<int>.Zero);

    /// <summary>x·Φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Gelu(Vector128<float> x) => Activations.Gelu<F32x4, Vector128<float>>(x);

    /// <summary>The tanh form of GELU.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> GeluTanh(Vector128<float> x) => Activations.GeluTanh<F32x4, Vector128<float>>(x);

    /// <summary>x·sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Silu(Vector128<float> x) => Activations.Silu<F32x4, Vector128<float>>(x);

    /// <summary>e^x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Exp(Vector128<float> x) => Activations.ExpUnbounded<F32x4, Vector128<float>>(x);

    /// <summary>The sum of the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> value) => Vector128.Sum(value);

    /// <summary>The largest lane; where one is NaN, NaN or the largest of some others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector128<float> value)
    {
        value = Vector128.MaxNative(value, Vector128.Shuffle(value, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(value, Vector128.Shuffle(value, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}
