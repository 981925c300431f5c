using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>What generated 512-bit kernels call beside the intrinsics themselves: masked tails, conversions and activations. The other widths have the same names.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class V512
{
    /// <summary>Lanes of 32 bits.</summary>
    public const int Lanes = 16;

    /// <summary>All ones in the first <paramref name="count"/> lanes; none for a negative count, all from 16 up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Mask(nint count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)Math.Clamp(count, 0, 16)));

    /// <summary>Reads the lanes of the mask, zero in the others; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(ref readonly float source, Vector512<int> mask) => Avx512F.MaskLoad((float*)Unsafe.AsPointer(ref Unsafe.AsRef(in source)), mask.AsSingle(), Vector512<float>.Zero);

    /// <summary>Reads the lanes of the mask, zero in the others; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<int> Load(ref readonly int source, Vector512<int> mask) => Avx512F.MaskLoad((int*)Unsafe.AsPointer(ref Unsafe.AsRef(in source)), mask, Vector512<int>.Zero);

    /// <summary>Writes the lanes of the mask; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector512<float> value, ref float destination, Vector512<int> mask) => Avx512F.MaskStore((float*)Unsafe.AsPointer(ref destination), mask.AsSingle(), value);

    /// <summary>Writes the lanes of the mask; memory behind a masked lane is not touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector512<int> value, ref int destination, Vector512<int> mask) => Avx512F.MaskStore((int*)Unsafe.AsPointer(ref destination), mask, value);

    /// <summary>Adds the products of 16 pairs of 16-bit integers, pair by pair, to 32-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Dot2(Vector512<int> accumulator, Vector512<int> a, Vector512<int> b) =>
        accumulator + Avx512BW.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16());

    /// <summary>accumulator + a·b for 16-bit a in the lower half of its lane (zero above) and sign-extended 16-bit b: the pairwise product costs one instruction, a 32-bit one two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAdd16(Vector512<int> accumulator, Vector512<int> a, Vector512<int> b) =>
        accumulator + Avx512BW.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16());

    /// <summary>Converts to binary32, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToSingle(Vector512<int> value) => Vector512.ConvertToSingle(value);

    /// <summary>max(x, 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Relu(Vector512<float> x) => Vector512.Max(x, Vector512<float>.Zero);

    /// <summary>max(x, 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Relu(Vector512<int> x) => Vector512.Max(x, Vector512<int>.Zero);

    /// <summary>x·Φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Gelu(Vector512<float> x) => Activations.Gelu<F32x16, Vector512<float>>(x);

    /// <summary>The tanh form of GELU.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> GeluTanh(Vector512<float> x) => Activations.GeluTanh<F32x16, Vector512<float>>(x);

    /// <summary>x·sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Silu(Vector512<float> x) => Activations.Silu<F32x16, Vector512<float>>(x);

    /// <summary>e^x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x) => Activations.ExpUnbounded<F32x16, Vector512<float>>(x);

    /// <summary>The sum of the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> value) => Vector512.Sum(value);

    /// <summary>The largest lane; where one is NaN, NaN or the largest of some others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> value) => V256.Max(Vector256.MaxNative(value.GetLower(), value.GetUpper()));
}
