using System.Numerics;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

// A function that exists for every integer type. Registers of 8 and 16 bits lie in 32-bit rows with zeros above, so those types go through Narrow*.

internal interface IInteger1
{
    static abstract T Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

internal interface IInteger2
{
    static abstract T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

internal interface IInteger3
{
    static abstract T Apply<T>(T a, T b, T c) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

internal struct Whole1<T, TFunction> : IMap<T, T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TFunction : struct, IInteger1
{
    public static T Apply(T a) => TFunction.Apply(a);
}

internal struct Whole2<T, TFunction> : IMap<T, T, T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TFunction : struct, IInteger2
{
    public static T Apply(T a, T b) => TFunction.Apply(a, b);
}

internal struct Whole3<T, TFunction> : IMap<T, T, T, T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TFunction : struct, IInteger3
{
    public static T Apply(T a, T b, T c) => TFunction.Apply(a, b, c);
}

internal struct Narrow1<T, TFunction> : IMap<uint, uint> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TFunction : struct, IInteger1
{
    public static uint Apply(uint a) => ushort.CreateTruncating(TFunction.Apply(T.CreateTruncating(a)));
}

internal struct Narrow2<T, TFunction> : IMap<uint, uint, uint> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TFunction : struct, IInteger2
{
    public static uint Apply(uint a, uint b) => ushort.CreateTruncating(TFunction.Apply(T.CreateTruncating(a), T.CreateTruncating(b)));
}

internal struct Narrow3<T, TFunction> : IMap<uint, uint, uint, uint> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TFunction : struct, IInteger3
{
    public static uint Apply(uint a, uint b, uint c) => ushort.CreateTruncating(TFunction.Apply(T.CreateTruncating(a), T.CreateTruncating(b), T.CreateTruncating(c)));
}

/// <summary>Makes the operation of a function for an integer type; null where the type is none.</summary>
internal static class IntegerForms
{
    public static Operation? Make1<TFunction>(string type, int d, int a) where TFunction : struct, IInteger1 => type switch
    {
        "u16" or "b16" => new Map<uint, uint, Narrow1<ushort, TFunction>>(d, a),
        "s16" => new Map<uint, uint, Narrow1<short, TFunction>>(d, a),
        "u32" or "b32" => new Map<uint, uint, Whole1<uint, TFunction>>(d, a),
        "s32" => new Map<int, int, Whole1<int, TFunction>>(d, a),
        "u64" or "b64" => new Map<ulong, ulong, Whole1<ulong, TFunction>>(d, a),
        "s64" => new Map<long, long, Whole1<long, TFunction>>(d, a),
        _ => null,
    };

    public static Operation? Make2<TFunction>(string type, int d, int a, int b) where TFunction : struct, IInteger2 => type switch
    {
        "u16" or "b16" => new Map<uint, uint, uint, Narrow2<ushort, TFunction>>(d, a, b),
        "s16" => new Map<uint, uint, uint, Narrow2<short, TFunction>>(d, a, b),
        "u32" or "b32" => new Map<uint, uint, uint, Whole2<uint, TFunction>>(d, a, b),
        "s32" => new Map<int, int, int, Whole2<int, TFunction>>(d, a, b),
        "u64" or "b64" => new Map<ulong, ulong, ulong, Whole2<ulong, TFunction>>(d, a, b),
        "s64" => new Map<long, long, long, Whole2<long, TFunction>>(d, a, b),
        _ => null,
    };

    public static Operation? Make3<TFunction>(string type, int d, int a, int b, int c) where TFunction : struct, IInteger3 => type switch
    {
        "u16" or "b16" => new Map<uint, uint, uint, uint, Narrow3<ushort, TFunction>>(d, a, b, c),
        "s16" => new Map<uint, uint, uint, uint, Narrow3<short, TFunction>>(d, a, b, c),
        "u32" or "b32" => new Map<uint, uint, uint, uint, Whole3<uint, TFunction>>(d, a, b, c),
        "s32" => new Map<int, int, int, int, Whole3<int, TFunction>>(d, a, b, c),
        "u64" or "b64" => new Map<ulong, ulong, ulong, ulong, Whole3<ulong, TFunction>>(d, a, b, c),
        "s64" => new Map<long, long, long, long, Whole3<long, TFunction>>(d, a, b, c),
        _ => null,
    };
}
