using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>
/// The activation functions of epilogue chains, written once over <see cref="IVector{TSelf}"/>. Absolute error of the probability (the factor of x), rounding of the result included, is below 1.5e-7
/// for every function; NaN gives NaN.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Activations
{
    /// <summary>max(x, 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Relu<T>(T x)
        where T : struct, IVector<T> => T.Max(x, T.Create(0f));

    /// <summary>
    /// x·Φ(x), Φ the standard normal distribution function, as h + |h|·erf(|x|/√2) with h = x/2. Of what is missing to 1, the fourth root is taken: 1 − (1 − erf)^¼ is as smooth as a normal density of
    /// four times the variance, and a polynomial of degree 8 in |h| where erf takes one of twice the degree, or a division. It passes 1 where erf is 1 to binary32, and goes up from there: one clamp is enough.
    /// Squaring 1 − e by e·(2 − e) keeps the small end exact, where 1 − e would round.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gelu<T>(T x)
        where T : struct, IVector<T>
    {
        T half = x * T.Create(0.5f);
        T t = T.Abs(half);
        T e = T.Create(1.04834221e-03f);
        e = T.MultiplyAdd(e, t, T.Create(-8.98251683e-03f));
        e = T.MultiplyAdd(e, t, T.Create(2.36441996e-02f));
        e = T.MultiplyAdd(e, t, T.Create(9.99749522e-04f));
        e = T.MultiplyAdd(e, t, T.Create(-7.19653592e-02f));
        e = T.MultiplyAdd(e, t, T.Create(-4.43392806e-02f));
        e = T.MultiplyAdd(e, t, T.Create(2.38803178e-01f));
        e = T.MultiplyAdd(e, t, T.Create(3.98939192e-01f));
        e = T.MultiplyAdd(e, t, T.Create(2.07522763e-08f));
        e = T.AtMost(e, T.Create(1f));
        e *= T.Create(2f) - e;
        e *= T.Create(2f) - e;
        return T.MultiplyAdd(t, e, half);
    }

    /// <summary>x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) as x·sigmoid of twice the argument: one exponential, no cancellation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T GeluTanh<T>(T x)
        where T : struct, IVector<T>
    {
        T cubic = T.MultiplyAdd(x * x, T.Create(2f * 0.7978845608f * 0.044715f), T.Create(2f * 0.7978845608f));
        return x * Sigmoid(x * cubic);
    }

    /// <summary>x·sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Silu<T>(T x)
        where T : struct, IVector<T> => x * Sigmoid(x);

    /// <summary>1/(1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x)
        where T : struct, IVector<T> => T.Create(1f) / (T.Create(1f) + Exp(T.Create(0f) - x));

    /// <summary>e^x, clamped to the normal range: below e^−87 it is e^−87, above e^88 it is e^88.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : struct, IVector<T>
    {
        x = T.AtLeast(T.AtMost(x, T.Create(88f)), T.Create(-87f));
        T n = T.Round(x * T.Create(1.44269504f));
        return T.Scale(ExpOfRest(x, n), n);
    }

    /// <summary>e^(x − n·ln 2) for the integer n next to x/ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpOfRest<T>(T x, T n)
        where T : struct, IVector<T>
    {
        // Cody and Waite: ln 2 in two parts, the first exact in n·c.
        T r = T.MultiplyAdd(n, T.Create(-0.693359375f), x);
        r = T.MultiplyAdd(n, T.Create(2.12194440e-4f), r);
        // Least squares of the relative error over Chebyshev points, e^0 = 1 exactly: below 1.8e-7 with every rounding.
        T p = T.Create(0.00826153066f);
        p = T.MultiplyAdd(p, r, T.Create(0.0418987311f));
        p = T.MultiplyAdd(p, r, T.Create(0.166681141f));
        p = T.MultiplyAdd(p, r, T.Create(0.499991417f));
        p = T.MultiplyAdd(p, r, T.Create(0.999999523f));
        return T.MultiplyAdd(p, r, T.Create(1f));
    }

    /// <summary>e^x over the whole range: infinite from 88.73 up; below −86.6, where e^x falls under 2^−124, 0 or, where the machine scales by itself, nearly e^x. Its relative error is below 2.5e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpUnbounded<T>(T x)
        where T : struct, IVector<T>
    {
        x = T.AtLeast(T.AtMost(x, T.Create(88.8f)), T.Create(-104f));
        T n = T.Round(x * T.Create(1.44269504f));
        return T.ScaleAnywhere(ExpOfRest(x, n), n);
    }
}
