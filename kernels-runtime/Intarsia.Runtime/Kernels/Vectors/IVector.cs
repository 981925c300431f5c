using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// What an activation function needs of a vector of binary32 lanes. One type per width implements it, so that each function is written once and the JIT specialises it per width. Vectors go in and out as they
/// are, and constants as numbers: a constant that is made a vector where it is used is taken out of the loop around it; one that has gone through a structure is loaded in each turn.
/// </summary>
/// <typeparam name="TVector">The vector.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IVector<TVector>
    where TVector : struct
{
    /// <summary>a + b.</summary>
    static abstract TVector Add(float a, TVector b);

    /// <summary>a − b.</summary>
    static abstract TVector Subtract(float a, TVector b);

    /// <summary>a·b.</summary>
    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a·b for a constant b.</summary>
    static abstract TVector Multiply(TVector a, float b);

    /// <summary>a/b.</summary>
    static abstract TVector Divide(float a, TVector b);

    /// <summary>a·b + c, fused where the machine does.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>a·b + c for a constant c.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, float c);

    /// <summary>a·b + c for a constant b.</summary>
    static abstract TVector MultiplyAdd(TVector a, float b, TVector c);

    /// <summary>a·b + c for constants a and c: the first step of a polynomial.</summary>
    static abstract TVector MultiplyAdd(float a, TVector b, float c);

    /// <summary>|x|.</summary>
    static abstract TVector Abs(TVector x);

    /// <summary><paramref name="x"/>, or <paramref name="bound"/> where that is larger; NaN stays.</summary>
    static abstract TVector AtLeast(TVector x, float bound);

    /// <summary><paramref name="x"/>, or <paramref name="bound"/> where that is smaller; NaN stays.</summary>
    static abstract TVector AtMost(TVector x, float bound);

    /// <summary>Rounds to an integer, half to even.</summary>
    static abstract TVector Round(TVector x);

    /// <summary>x·2ⁿ for integral n in −126…127.</summary>
    static abstract TVector Scale(TVector x, TVector n);

    /// <summary>x·2ⁿ for x in ½ … 2 and integral n in −150 … 128: infinite past the end of binary32, and 0 or what is left of it below the normal range.</summary>
    static abstract TVector ScaleAnywhere(TVector x, TVector n);
}
