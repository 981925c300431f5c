using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>What generated scalar kernels call: the names of the vector tiers on one lane.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class V1
{
    /// <summary>Lanes of 32 bits.</summary>
    public const int Lanes = 1;

    /// <summary>Whether the lane is inside: −1 or 0.</summary>
    public static int Mask(nint count) => count > 0 ? -1 : 0;

    /// <summary>Reads the lane, or zero where the mask is 0; memory behind a masked lane is not touched.</summary>
    public static float Load(ref readonly float source, int mask) => mask != 0 ? source : 0f;

    /// <summary>Reads the lane, or zero where the mask is 0; memory behind a masked lane is not touched.</summary>
    public static int Load(ref readonly int source, int mask) => mask != 0 ? source : 0;

    /// <summary>Writes the lane unless the mask is 0.</summary>
    public static void Store(float value, ref float destination, int mask)
    {
        if (mask != 0) destination = value;
    }

    /// <summary>Writes the lane unless the mask is 0.</summary>
    public static void Store(int value, ref int destination, int mask)
    {
        if (mask != 0) destination = value;
    }

    /// <summary>Adds the products of one pair of 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Dot2(int accumulator, int a, int b) => unchecked(accumulator + (short)a * (short)b + (a >> 16) * (b >> 16));

    /// <summary>accumulator + a·b for 16-bit a in the lower half of its lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MultiplyAdd16(int accumulator, int a, int b) => unchecked(accumulator + (short)a * b);

    /// <summary>accumulator + a·b, wrapping at 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MultiplyAdd32(int accumulator, int a, int b) => unchecked(accumulator + a * b);

    /// <summary>accumulator + a·b with all bits of the product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long MultiplyAdd64(long accumulator, int a, int b) => unchecked(accumulator + (long)a * b);

    /// <summary>Reads the lane, or zero where the mask is 0; memory behind a masked lane is not touched.</summary>
    public static long Load(ref readonly long source, int mask) => mask != 0 ? source : 0;

    /// <summary>Writes the lane unless the mask is 0.</summary>
    public static void Store(long value, ref long destination, int mask)
    {
        if (mask != 0) destination = value;
    }

    /// <summary>Converts to binary32, rounding to nearest even.</summary>
    public static float ToSingle(int value) => value;

    /// <summary>Converts to binary32 by way of binary64, rounding to nearest even.</summary>
    public static float ToSingle(long value) => (float)(double)value;

    /// <summary>max(x, 0).</summary>
    public static float Relu(float x) => MathF.Max(x, 0f);

    /// <summary>max(x, 0).</summary>
    public static int Relu(int x) => Math.Max(x, 0);

    /// <summary>x·Φ(x).</summary>
    public static float Gelu(float x) => Activations.Gelu<F32x1, float>(x);

    /// <summary>The tanh form of GELU.</summary>
    public static float GeluTanh(float x) => Activations.GeluTanh<F32x1, float>(x);

    /// <summary>x·sigmoid(x).</summary>
    public static float Silu(float x) => Activations.Silu<F32x1, float>(x);

    /// <summary>e^x.</summary>
    public static float Exp(float x) => Activations.ExpUnbounded<F32x1, float>(x);

    /// <summary>Reads the lane as binary16, or zero where the count is 0.</summary>
    public static float LoadSingle(ref readonly Half source, nint count) => count > 0 ? (float)source : 0f;

    /// <summary>Reads the lane as bfloat16, or zero where the count is 0.</summary>
    public static float LoadSingle(ref readonly BFloat16 source, nint count) => count > 0 ? (float)source : 0f;

    /// <summary>Reads the lane as a signed byte, or zero where the count is 0.</summary>
    public static int LoadInt32(ref readonly sbyte source, nint count) => count > 0 ? source : 0;

    /// <summary>Reads the lane as an unsigned byte, or zero where the count is 0.</summary>
    public static int LoadInt32(ref readonly byte source, nint count) => count > 0 ? source : 0;

    /// <summary>Reads the lane as a signed 16-bit integer, or zero where the count is 0.</summary>
    public static int LoadInt32(ref readonly short source, nint count) => count > 0 ? source : 0;

    /// <summary>Reads the lane as an unsigned 16-bit integer, or zero where the count is 0.</summary>
    public static int LoadInt32(ref readonly ushort source, nint count) => count > 0 ? source : 0;

    /// <summary>Writes the lane as binary16, rounding to nearest even.</summary>
    public static void StoreHalf(float value, ref Half destination, nint count)
    {
        if (count > 0) destination = (Half)value;
    }

    /// <summary>Writes the lane as bfloat16, rounding to nearest even.</summary>
    public static void StoreBFloat16(float value, ref BFloat16 destination, nint count)
    {
        if (count > 0) destination = (BFloat16)value;
    }

    /// <summary>Rounds half to even, saturates to 8 bits and writes the lane; NaN becomes 0.</summary>
    public static void StoreSaturated(float value, ref sbyte destination, nint count)
    {
        if (count > 0) destination = float.IsNaN(value) ? (sbyte)0 : (sbyte)Math.Clamp(MathF.Round(value), -128f, 127f);
    }

    /// <summary>Rounds half to even, saturates to 8 bits and writes the lane; NaN becomes 0.</summary>
    public static void StoreSaturated(float value, ref byte destination, nint count)
    {
        if (count > 0) destination = float.IsNaN(value) ? (byte)0 : (byte)Math.Clamp(MathF.Round(value), 0f, 255f);
    }

    /// <summary>The entry of a table of 16 that the low four bits of a number name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LookUp(ref float table, int codes) => Unsafe.Add(ref table, codes & 15);

    /// <inheritdoc cref="LookUp(ref float, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LookUp(ref int table, int codes) => Unsafe.Add(ref table, codes & 15);
}
