using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

// The same function on each format: binary32 with and without flushing, binary64, and the 16-bit formats alone and in pairs.

internal struct Single1<TFunction> : IMap<float, float> where TFunction : struct, IFloat1
{
    public static float Apply(float a) => TFunction.Apply(a);
}

internal struct Single2<TFunction> : IMap<float, float, float> where TFunction : struct, IFloat2
{
    public static float Apply(float a, float b) => TFunction.Apply(a, b);
}

internal struct Single3<TFunction> : IMap<float, float, float, float> where TFunction : struct, IFloat3
{
    public static float Apply(float a, float b, float c) => TFunction.Apply(a, b, c);
}

internal struct Flushed1<TFunction> : IMap<float, float> where TFunction : struct, IFloat1
{
    public static float Apply(float a) => Flush.ToZero(TFunction.Apply(Flush.ToZero(a)));
}

internal struct Flushed2<TFunction> : IMap<float, float, float> where TFunction : struct, IFloat2
{
    public static float Apply(float a, float b) => Flush.ToZero(TFunction.Apply(Flush.ToZero(a), Flush.ToZero(b)));
}

internal struct Flushed3<TFunction> : IMap<float, float, float, float> where TFunction : struct, IFloat3
{
    public static float Apply(float a, float b, float c) => Flush.ToZero(TFunction.Apply(Flush.ToZero(a), Flush.ToZero(b), Flush.ToZero(c)));
}

internal struct Double1<TFunction> : IMap<double, double> where TFunction : struct, IFloat1
{
    public static double Apply(double a) => TFunction.Apply(a);
}

internal struct Double2<TFunction> : IMap<double, double, double> where TFunction : struct, IFloat2
{
    public static double Apply(double a, double b) => TFunction.Apply(a, b);
}

internal struct Double3<TFunction> : IMap<double, double, double, double> where TFunction : struct, IFloat3
{
    public static double Apply(double a, double b, double c) => TFunction.Apply(a, b, c);
}

internal struct Half1<TFormat, TFunction> : IMap<uint, uint> where TFormat : struct, IHalfFormat where TFunction : struct, IFloat1
{
    public static uint Apply(uint a) => TFormat.Store(TFunction.Apply(TFormat.Load(a & 0xFFFF)));
}

internal struct Half2<TFormat, TFunction> : IMap<uint, uint, uint> where TFormat : struct, IHalfFormat where TFunction : struct, IFloat2
{
    public static uint Apply(uint a, uint b) => TFormat.Store(TFunction.Apply(TFormat.Load(a & 0xFFFF), TFormat.Load(b & 0xFFFF)));
}

internal struct FusedHalf<TFormat> : IMap<uint, uint, uint, uint> where TFormat : struct, IHalfFormat
{
    public static uint Apply(uint a, uint b, uint c) => TFormat.Store(Rounding.MultiplyAddToOdd(TFormat.Load(a & 0xFFFF), TFormat.Load(b & 0xFFFF), TFormat.Load(c & 0xFFFF)));
}

internal struct Pair1<TFunction> : IMap<uint, uint> where TFunction : struct, IMap<uint, uint>
{
    public static uint Apply(uint a) => TFunction.Apply(a & 0xFFFF) | TFunction.Apply(a >> 16) << 16;
}

internal struct Pair2<TFunction> : IMap<uint, uint, uint> where TFunction : struct, IMap<uint, uint, uint>
{
    public static uint Apply(uint a, uint b) => TFunction.Apply(a & 0xFFFF, b & 0xFFFF) | TFunction.Apply(a >> 16, b >> 16) << 16;
}

internal struct Pair3<TFunction> : IMap<uint, uint, uint, uint> where TFunction : struct, IMap<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => TFunction.Apply(a & 0xFFFF, b & 0xFFFF, c & 0xFFFF) | TFunction.Apply(a >> 16, b >> 16, c >> 16) << 16;
}

internal static class Flush
{
    public static float ToZero(float value) => float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;
}

/// <summary>Clamps a result to [0, 1], NaN to 0 (<c>.sat</c>).</summary>
internal struct ClampToOne : IMap<float, float>
{
    public static float Apply(float a) => a > 0 ? MathF.Min(a, 1) : 0;
}

/// <summary>One operation after the other, for modifiers that change a result.</summary>
internal sealed class Sequence(Operation first, Operation second) : Operation
{
    public override Step Execute(Warp warp, uint mask)
    {
        first.Execute(warp, mask);
        return second.Execute(warp, mask);
    }
}
