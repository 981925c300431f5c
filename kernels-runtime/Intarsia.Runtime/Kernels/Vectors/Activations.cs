using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>
/// The activation functions of epilogue chains, written once over <see cref="IVector{TSelf}"/>. Absolute error of the probability (the factor of x) is below 1.2e-7
/// for every function; NaN gives NaN.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Activations
{
    /// <summary>max(x, 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Relu<T>(T x)
        where T : struct, IVector<T> => T.Max(x, T.Create(0f));

    /// <summary>x·Φ(x), Φ the standard normal distribution function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gelu<T>(T x)
        where T : struct, IVector<T>
    {
        T half = T.Create(0.5f) * x;
        return T.MultiplyAdd(half, Erf(x * T.Create(0.70710678f)), half);
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
        T p = T.Create(1.9875691500e-4f);
        p = T.MultiplyAdd(p, r, T.Create(1.3981999507e-3f));
        p = T.MultiplyAdd(p, r, T.Create(8.3334519073e-3f));
        p = T.MultiplyAdd(p, r, T.Create(4.1665795894e-2f));
        p = T.MultiplyAdd(p, r, T.Create(1.6666665459e-1f));
        p = T.MultiplyAdd(p, r, T.Create(5.0000001201e-1f));
        return T.MultiplyAdd(p, r * r, r) + T.Create(1f);
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

    /// <summary>The error function: a polynomial in x² up to 1, 1 − exp(polynomial in |x|) from there to 4, where it is 1 to binary32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x)
        where T : struct, IVector<T>
    {
        T t = T.AtMost(T.Abs(x), T.Create(4f));

        T s = T.MultiplyAdd(t * T.Create(2f), t, T.Create(-1f));
        T near = T.Create(-7.55237952e-08f);
        near = T.MultiplyAdd(near, s, T.Create(1.23163959e-06f));
        near = T.MultiplyAdd(near, s, T.Create(-1.75369142e-05f));
        near = T.MultiplyAdd(near, s, T.Create(0.000217511991f));
        near = T.MultiplyAdd(near, s, T.Create(-0.00228548561f));
        near = T.MultiplyAdd(near, s, T.Create(0.0198524977f));
        near = T.MultiplyAdd(near, s, T.Create(-0.140536089f));
        near = T.MultiplyAdd(near, s, T.Create(0.965468739f)) * t;

        T u = (t - T.Create(2.5f)) * T.Create(1f / 1.5f);
        T log = T.Create(2.211287e-06f);
        log = T.MultiplyAdd(log, u, T.Create(2.5428875e-06f));
        log = T.MultiplyAdd(log, u, T.Create(-4.68955813e-05f));
        log = T.MultiplyAdd(log, u, T.Create(0.000221681939f));
        log = T.MultiplyAdd(log, u, T.Create(-0.000876732226f));
        log = T.MultiplyAdd(log, u, T.Create(0.00319476389f));
        log = T.MultiplyAdd(log, u, T.Create(-0.0109628526f));
        log = T.MultiplyAdd(log, u, T.Create(0.036646303f));
        log = T.MultiplyAdd(log, u, T.Create(2.12376091f));
        log = T.MultiplyAdd(log, u, T.Create(8.02902111f));
        log = T.MultiplyAdd(log, u, T.Create(7.80681527f));
        T far = T.Create(1f) - Exp(T.Create(0f) - log);

        return T.CopySign(T.SelectLess(t, T.Create(1f), near, far), x) + (x - x);
    }
}
