using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>
/// The activation functions of epilogue chains, written once over <see cref="IVector{TVector}"/>. Absolute error of the probability (the factor of x), rounding of the result included, is below 1.5e-7
/// for every function; NaN gives NaN.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Activations
{
    /// <summary>
    /// x·Φ(x), Φ the standard normal distribution function, as h + |h|·erf(|x|/√2) with h = x/2. Of what is missing to 1, the fourth root is taken: 1 − (1 − erf)^¼ is as smooth as a normal density of
    /// four times the variance, and a polynomial of degree 8 in |h| where erf takes one of twice the degree, or a division. It passes 1 where erf is 1 to binary32, and goes up from there: one clamp is enough.
    /// Squaring 1 − e by e·(2 − e) keeps the small end exact, where 1 − e would round.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gelu<TVector, T>(T x)
        where TVector : struct, IVector<T>
        where T : struct
    {
        T half = TVector.Multiply(x, 0.5f);
        T t = TVector.Abs(half);
        T e = TVector.MultiplyAdd(1.04834221e-03f, t, -8.98251683e-03f);
        e = TVector.MultiplyAdd(e, t, 2.36441996e-02f);
        e = TVector.MultiplyAdd(e, t, 9.99749522e-04f);
        e = TVector.MultiplyAdd(e, t, -7.19653592e-02f);
        e = TVector.MultiplyAdd(e, t, -4.43392806e-02f);
        e = TVector.MultiplyAdd(e, t, 2.38803178e-01f);
        e = TVector.MultiplyAdd(e, t, 3.98939192e-01f);
        e = TVector.MultiplyAdd(e, t, 2.07522763e-08f);
        e = TVector.AtMost(e, 1f);
        e = TVector.Multiply(e, TVector.Subtract(2f, e));
        e = TVector.Multiply(e, TVector.Subtract(2f, e));
        return TVector.MultiplyAdd(t, e, half);
    }

    /// <summary>x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) as x·sigmoid of twice the argument: one exponential, no cancellation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T GeluTanh<TVector, T>(T x)
        where TVector : struct, IVector<T>
        where T : struct
    {
        T cubic = TVector.MultiplyAdd(2f * 0.7978845608f * 0.044715f, TVector.Multiply(x, x), 2f * 0.7978845608f);
        return TVector.Multiply(x, Sigmoid<TVector, T>(TVector.Multiply(x, cubic)));
    }

    /// <summary>x·sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Silu<TVector, T>(T x)
        where TVector : struct, IVector<T>
        where T : struct => TVector.Multiply(x, Sigmoid<TVector, T>(x));

    /// <summary>1/(1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<TVector, T>(T x)
        where TVector : struct, IVector<T>
        where T : struct => TVector.Divide(1f, TVector.Add(1f, Exp<TVector, T>(TVector.Subtract(0f, x))));

    /// <summary>e^x, clamped to the normal range: below e^−87 it is e^−87, above e^88 it is e^88.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<TVector, T>(T x)
        where TVector : struct, IVector<T>
        where T : struct
    {
        x = TVector.AtLeast(TVector.AtMost(x, 88f), -87f);
        T n = TVector.Round(TVector.Multiply(x, 1.44269504f));
        return TVector.Scale(ExpOfRest<TVector, T>(x, n), n);
    }

    /// <summary>e^(x − n·ln 2) for the integer n next to x/ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpOfRest<TVector, T>(T x, T n)
        where TVector : struct, IVector<T>
        where T : struct
    {
        // Cody and Waite: ln 2 in two parts, the first exact in n·c.
        T r = TVector.MultiplyAdd(n, -0.693359375f, x);
        r = TVector.MultiplyAdd(n, 2.12194440e-4f, r);
        // Least squares of the relative error over Chebyshev points, e^0 = 1 exactly: below 1.8e-7 with every rounding.
        T p = TVector.MultiplyAdd(0.00826153066f, r, 0.0418987311f);
        p = TVector.MultiplyAdd(p, r, 0.166681141f);
        p = TVector.MultiplyAdd(p, r, 0.499991417f);
        p = TVector.MultiplyAdd(p, r, 0.999999523f);
        return TVector.MultiplyAdd(p, r, 1f);
    }

    /// <summary>e^x over the whole range: infinite from 88.73 up; below −86.6, where e^x falls under 2^−124, 0 or, where the machine scales by itself, nearly e^x. Its relative error is below 2.5e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpUnbounded<TVector, T>(T x)
        where TVector : struct, IVector<T>
        where T : struct
    {
        x = TVector.AtLeast(TVector.AtMost(x, 88.8f), -104f);
        T n = TVector.Round(TVector.Multiply(x, 1.44269504f));
        return TVector.ScaleAnywhere(ExpOfRest<TVector, T>(x, n), n);
    }
}
