using System.Numerics;

namespace Intarsia.PtxEmulator.Operations;

// PTX ISA, sections "Floating-Point Instructions" and "Half Precision Floating-Point Instructions". Functions of binary32 and binary64; those of binary16 and bfloat16 are computed in binary32, which has more than twice
// their precision and two bits, so that the second rounding changes nothing, and the fused one in FusedHalf.

internal interface IFloat1
{
    static abstract T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T>;
}

internal interface IFloat2
{
    static abstract T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T>;
}

internal interface IFloat3
{
    static abstract T Apply<T>(T a, T b, T c) where T : unmanaged, IFloatingPointIeee754<T>;
}

internal struct FloatAdd : IFloat2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => a + b;
}

internal struct FloatSubtract : IFloat2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => a - b;
}

internal struct FloatMultiply : IFloat2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => a * b;
}

internal struct FloatDivide : IFloat2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => a / b;
}

/// <summary>A NaN counts as absent, and −0 is less than +0.</summary>
/// <summary>The second operand with the sign of the first (PTX ISA, copysign).</summary>
internal struct FloatCopySign : IFloat2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => T.CopySign(b, a);
}

internal struct FloatMinimum : IFloat2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => T.MinNumber(a, b);
}

internal struct FloatMaximum : IFloat2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => T.MaxNumber(a, b);
}

internal struct FloatMinimumNaN : IFloat2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => T.Min(a, b);
}

internal struct FloatMaximumNaN : IFloat2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => T.Max(a, b);
}

internal struct FloatMultiplyAdd : IFloat3
{
    public static T Apply<T>(T a, T b, T c) where T : unmanaged, IFloatingPointIeee754<T> => T.FusedMultiplyAdd(a, b, c);
}

internal struct FloatNegate : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => -a;
}

internal struct FloatAbsolute : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => T.Abs(a);
}

internal struct SquareRoot : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => T.Sqrt(a);
}

internal struct Reciprocal : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => T.One / a;
}

internal struct ReciprocalSquareRoot : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(1 / Math.Sqrt(double.CreateTruncating(a)));
}

internal struct Exponential2 : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(Math.Pow(2, double.CreateTruncating(a)));
}

internal struct Logarithm2 : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(Math.Log2(double.CreateTruncating(a)));
}

internal struct Sine : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(Math.Sin(double.CreateTruncating(a)));
}

internal struct Cosine : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(Math.Cos(double.CreateTruncating(a)));
}

internal struct HyperbolicTangent : IFloat1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(Math.Tanh(double.CreateTruncating(a)));
}
