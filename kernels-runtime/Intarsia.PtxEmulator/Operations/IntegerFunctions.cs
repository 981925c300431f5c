using System.Numerics;

namespace Intarsia.PtxEmulator.Operations;

// PTX ISA, sections "Integer Arithmetic Instructions" and "Logic and Shift Instructions".

internal struct Add : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(a + b);
}

internal struct AddSaturated : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => T.CreateSaturating(long.CreateChecked(a) + long.CreateChecked(b));
}

internal struct Subtract : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(a - b);
}

internal struct SubtractSaturated : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => T.CreateSaturating(long.CreateChecked(a) - long.CreateChecked(b));
}

internal struct MultiplyLow : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(a * b);
}

internal struct MultiplyHigh : IInteger2
{
    public static unsafe T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        => T.CreateTruncating(Int128.CreateChecked(a) * Int128.CreateChecked(b) >> (sizeof(T) * 8));
}

internal struct MultiplyAddLow : IInteger3
{
    public static T Apply<T>(T a, T b, T c) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(a * b + c);
}

internal struct MultiplyAddHigh : IInteger3
{
    public static T Apply<T>(T a, T b, T c) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(MultiplyHigh.Apply(a, b) + c);
}

internal struct Divide : IInteger2
{
    // The result of a division by zero is unspecified; devices give all ones. The smallest value divided by −1 wraps.
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        => b == T.Zero ? ~T.Zero : T.IsNegative(b) && b == ~T.Zero ? unchecked(T.Zero - a) : a / b;
}

internal struct Remainder : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        => b == T.Zero ? a : T.IsNegative(b) && b == ~T.Zero ? T.Zero : a % b;
}

internal struct Minimum : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a < b ? a : b;
}

internal struct Maximum : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a > b ? a : b;
}

internal struct And : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a & b;
}

internal struct Or : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a | b;
}

internal struct Xor : IInteger2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a ^ b;
}

internal struct Not : IInteger1
{
    public static T Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => ~a;
}

internal struct Negate : IInteger1
{
    public static T Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(T.Zero - a);
}

internal struct Absolute : IInteger1
{
    public static T Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => T.IsNegative(a) ? unchecked(T.Zero - a) : a;
}

internal struct AbsoluteDifference : IInteger3
{
    public static T Apply<T>(T a, T b, T c) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(c + (a < b ? b - a : a - b));
}

internal struct Copy : IInteger1
{
    public static T Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a;
}

internal struct MultiplyWide<TFrom, TTo> : IMap<TFrom, TFrom, TTo> where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo>
{
    public static TTo Apply(TFrom a, TFrom b) => unchecked(TTo.CreateTruncating(a) * TTo.CreateTruncating(b));
}

internal struct MultiplyAddWide<TFrom, TTo> : IMap<TFrom, TFrom, TTo, TTo> where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo>
{
    public static TTo Apply(TFrom a, TFrom b, TTo c) => unchecked(TTo.CreateTruncating(a) * TTo.CreateTruncating(b) + c);
}

/// <summary>Products of 16-bit values that lie in 32-bit rows.</summary>
internal struct MultiplyWide16<T, TTo> : IMap<uint, uint, TTo> where T : unmanaged, IBinaryInteger<T> where TTo : unmanaged, IBinaryInteger<TTo>
{
    public static TTo Apply(uint a, uint b) => unchecked(TTo.CreateTruncating(T.CreateTruncating(a)) * TTo.CreateTruncating(T.CreateTruncating(b)));
}

internal struct MultiplyAddWide16<T, TTo> : IMap<uint, uint, TTo, TTo> where T : unmanaged, IBinaryInteger<T> where TTo : unmanaged, IBinaryInteger<TTo>
{
    public static TTo Apply(uint a, uint b, TTo c) => unchecked(TTo.CreateTruncating(T.CreateTruncating(a)) * TTo.CreateTruncating(T.CreateTruncating(b)) + c);
}
