using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>One lane of binary32: the scalar tier.</summary>
/// <param name="Value">The number.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct F32x1(float Value) : IVector<F32x1>
{
    /// <inheritdoc/>
    public static F32x1 Create(float value) => new(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 MultiplyAdd(F32x1 a, F32x1 b, F32x1 c) => new(a.Value * b.Value + c.Value);

    /// <inheritdoc/>
    public static F32x1 operator +(F32x1 a, F32x1 b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    public static F32x1 operator -(F32x1 a, F32x1 b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    public static F32x1 operator *(F32x1 a, F32x1 b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    public static F32x1 operator /(F32x1 a, F32x1 b) => new(a.Value / b.Value);

    /// <inheritdoc/>
    public static F32x1 Abs(F32x1 x) => new(MathF.Abs(x.Value));

    /// <inheritdoc/>
    public static F32x1 Max(F32x1 a, F32x1 b) => new(MathF.Max(a.Value, b.Value));

    /// <inheritdoc/>
    public static F32x1 Min(F32x1 a, F32x1 b) => new(MathF.Min(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 AtLeast(F32x1 x, F32x1 bound) => new(float.MaxNative(bound.Value, x.Value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 AtMost(F32x1 x, F32x1 bound) => new(float.MinNative(bound.Value, x.Value));

    /// <inheritdoc/>
    public static F32x1 CopySign(F32x1 x, F32x1 sign) => new(MathF.CopySign(x.Value, sign.Value));

    /// <inheritdoc/>
    public static F32x1 Round(F32x1 x) => new(MathF.Round(x.Value));

    /// <inheritdoc/>
    public static F32x1 Scale(F32x1 x, F32x1 n) => new(x.Value * BitConverter.Int32BitsToSingle(((int)n.Value + 127) << 23));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 ScaleAnywhere(F32x1 x, F32x1 n) => SelectLess(n, Create(-125f), Create(0f), Scale(x + x, n - Create(1f)));

    /// <inheritdoc/>
    public static F32x1 SelectLess(F32x1 a, F32x1 b, F32x1 yes, F32x1 no) => a.Value < b.Value ? yes : no;
}
