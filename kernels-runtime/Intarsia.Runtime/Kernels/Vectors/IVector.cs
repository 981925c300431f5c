using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// What an activation function needs of a vector of binary32 lanes. One struct per width implements it, so that each function is written once and the JIT
/// specialises it per width.
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IVector<TSelf>
    where TSelf : struct, IVector<TSelf>
{
    /// <summary>All lanes set to <paramref name="value"/>.</summary>
    static abstract TSelf Create(float value);

    /// <summary>a·b + c, fused where the machine does.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>Lane-wise sum.</summary>
    static abstract TSelf operator +(TSelf a, TSelf b);

    /// <summary>Lane-wise difference.</summary>
    static abstract TSelf operator -(TSelf a, TSelf b);

    /// <summary>Lane-wise product.</summary>
    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>Lane-wise quotient.</summary>
    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>|x|.</summary>
    static abstract TSelf Abs(TSelf x);

    /// <summary>The larger lane; NaN where either is.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller lane; NaN where either is.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary><paramref name="x"/>, or <paramref name="bound"/> where that is larger; NaN stays. One instruction, where <see cref="Max"/>, which looks at both sides, takes several.</summary>
    static abstract TSelf AtLeast(TSelf x, TSelf bound);

    /// <summary><paramref name="x"/>, or <paramref name="bound"/> where that is smaller; NaN stays.</summary>
    static abstract TSelf AtMost(TSelf x, TSelf bound);

    /// <summary>The magnitude of <paramref name="x"/> with the sign of <paramref name="sign"/>.</summary>
    static abstract TSelf CopySign(TSelf x, TSelf sign);

    /// <summary>Rounds to an integer, half to even.</summary>
    static abstract TSelf Round(TSelf x);

    /// <summary>x·2ⁿ for integral n in −126…127.</summary>
    static abstract TSelf Scale(TSelf x, TSelf n);

    /// <summary>x·2ⁿ for x in ½ … 2 and integral n in −150 … 128: infinite past the end of binary32, and 0 or what is left of it below the normal range.</summary>
    static abstract TSelf ScaleAnywhere(TSelf x, TSelf n);

    /// <summary><paramref name="yes"/> where a &lt; b, else <paramref name="no"/>.</summary>
    static abstract TSelf SelectLess(TSelf a, TSelf b, TSelf yes, TSelf no);
}
