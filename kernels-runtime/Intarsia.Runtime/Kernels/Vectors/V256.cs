using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>What generated 256-bit kernels call beside the intrinsics themselves: masked tails, conversions and activations. The other widths have the same names.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class V256
{
    /// <summary>Lanes of 32 bits.</summary>
    public const int Lanes = 8;

    /// <summary>All ones in the first <paramref name="count"/> lanes; none for a negative count, all from 8 up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Mask(nint count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)Math.Clamp(count, 0, 8)));

    /// <summary>Reads the lanes of the mask, zero in the others; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<float> Load(ref readonly float source, Vector256<int> mask) => Avx.MaskLoad((float*)Unsafe.AsPointer(ref Unsafe.AsRef(in source)), mask.AsSingle());

    /// <summary>Reads the lanes of the mask, zero in the others; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<int> Load(ref readonly int source, Vector256<int> mask) => Avx2.MaskLoad((int*)Unsafe.AsPointer(ref Unsafe.AsRef(in source)), mask);

    /// <summary>Writes the lanes of the mask; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector256<float> value, ref float destination, Vector256<int> mask) => Avx.MaskStore((float*)Unsafe.AsPointer(ref destination), mask.AsSingle(), value);

    /// <summary>Writes the lanes of the mask; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector256<int> value, ref int destination, Vector256<int> mask) => Avx2.MaskStore((int*)Unsafe.AsPointer(ref destination), mask, value);

    /// <summary>Adds the products of 8 pairs of 16-bit integers, pair by pair, to 32-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot2(Vector256<int> accumulator, Vector256<int> a, Vector256<int> b) =>
        accumulator + Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16());

    /// <summary>Adds the products of 8 fours of bytes, unsigned by signed, to 32-bit lanes (vpdpbusd); exact over the full ranges.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot4(Vector256<int> accumulator, Vector256<int> unsigned, Vector256<int> signed) =>
        AvxVnni.MultiplyWideningAndAdd(accumulator, unsigned.AsByte(), signed.AsSByte());

    /// <summary>accumulator + a·b for 16-bit a in the lower half of its lane (zero above) and sign-extended 16-bit b: the pairwise product costs one instruction, a 32-bit one two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd16(Vector256<int> accumulator, Vector256<int> a, Vector256<int> b) =>
        accumulator + Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16());

    /// <summary>Converts to binary32, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToSingle(Vector256<int> value) => Vector256.ConvertToSingle(value);

    /// <summary>max(x, 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Relu(Vector256<float> x) => Vector256.Max(x, Vector256<float>.Zero);

    /// <summary>max(x, 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Relu(Vector256<int> x) => Vector256.Max(x, Vector256<int>.Zero);

    /// <summary>x·Φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Gelu(Vector256<float> x) => Activations.Gelu<F32x8, Vector256<float>>(x);

    /// <summary>The tanh form of GELU.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> GeluTanh(Vector256<float> x) => Activations.GeluTanh<F32x8, Vector256<float>>(x);

    /// <summary>x·sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Silu(Vector256<float> x) => Activations.Silu<F32x8, Vector256<float>>(x);

    /// <summary>e^x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x) => Activations.ExpUnbounded<F32x8, Vector256<float>>(x);

    /// <summary>The sum of the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> value) => Vector256.Sum(value);

    /// <summary>The largest lane; where one is NaN, NaN or the largest of some others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector256<float> value) => V128.Max(Vector128.MaxNative(value.GetLower(), value.GetUpper()));
}
