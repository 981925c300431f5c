namespace Intarsia.PtxEmulator.Operations;

// Conversions that kernels execute in their loops; all others go through Conversion.

internal struct SignedToSingle : IMap<int, float>
{
    public static float Apply(int a) => a;
}

internal struct UnsignedToSingle : IMap<uint, float>
{
    public static float Apply(uint a) => a;
}

internal struct SingleToSignedNearest : IMap<float, int>
{
    public static int Apply(float a) => SingleToSignedZero.Apply(MathF.Round(a, MidpointRounding.ToEven));
}

internal struct SingleToSignedZero : IMap<float, int>
{
    // C# saturates, and gives 0 for NaN, as PTX does.
    public static int Apply(float a) => (int)a;
}

internal struct ZeroExtend : IMap<uint, ulong>
{
    public static ulong Apply(uint a) => a;
}

internal struct SignExtend : IMap<int, long>
{
    public static long Apply(int a) => a;
}

internal struct LowWord : IMap<ulong, uint>
{
    public static uint Apply(ulong a) => (uint)a;
}

internal struct HalfToSingle<TFormat> : IMap<uint, float> where TFormat : struct, IHalfFormat
{
    public static float Apply(uint a) => TFormat.Load(a & 0xFFFF);
}

internal struct SingleToHalf<TFormat> : IMap<float, uint> where TFormat : struct, IHalfFormat
{
    public static uint Apply(float a) => TFormat.Store(a);
}

/// <summary>The first operand goes to the upper half (PTX ISA, "cvt").</summary>
internal struct SinglesToPair<TFormat> : IMap<float, float, uint> where TFormat : struct, IHalfFormat
{
    public static uint Apply(float a, float b) => TFormat.Store(a) << 16 | TFormat.Store(b);
}

internal struct SinglesToPairRelu<TFormat> : IMap<float, float, uint> where TFormat : struct, IHalfFormat
{
    public static uint Apply(float a, float b) => SinglesToPair<TFormat>.Apply(Relu(a), Relu(b));

    private static float Relu(float value) => float.IsNaN(value) || value > 0 ? value : 0;
}

/// <summary>Ties away from zero at the thirteenth bit; the low bits become zero.</summary>
internal struct SingleToTf32Away : IMap<float, uint>
{
    public static uint Apply(float a)
    {
        uint bits = BitConverter.SingleToUInt32Bits(a);
        return float.IsNaN(a) ? 0x7FFFFFFF & ~0x1FFFu : float.IsInfinity(a) ? bits : (bits + 0x1000) & ~0x1FFFu;
    }
}

internal struct SingleToTf32Even : IMap<float, uint>
{
    public static uint Apply(float a)
    {
        uint bits = BitConverter.SingleToUInt32Bits(a);
        return float.IsNaN(a) ? 0x7FFFFFFF & ~0x1FFFu : float.IsInfinity(a) ? bits : (bits + 0xFFF + (bits >> 13 & 1)) & ~0x1FFFu;
    }
}

/// <summary>cvt.pack: two integers saturated to 8 bits in the low half, what was there in c moves up.</summary>
internal struct PackSigned8 : IMap<int, int, uint, uint>
{
    public static uint Apply(int a, int b, uint c) => (uint)(byte)Math.Clamp(a, -128, 127) << 8 | (byte)Math.Clamp(b, -128, 127) | c << 16;
}

internal struct PackUnsigned8 : IMap<int, int, uint, uint>
{
    public static uint Apply(int a, int b, uint c) => (uint)(byte)Math.Clamp(a, 0, 255) << 8 | (byte)Math.Clamp(b, 0, 255) | c << 16;
}

internal struct PackSigned16 : IMap<int, int, uint>
{
    public static uint Apply(int a, int b) => (uint)(ushort)Math.Clamp(a, short.MinValue, short.MaxValue) << 16 | (ushort)Math.Clamp(b, short.MinValue, short.MaxValue);
}

internal struct PackUnsigned16 : IMap<int, int, uint>
{
    public static uint Apply(int a, int b) => (uint)Math.Clamp(a, 0, ushort.MaxValue) << 16 | (uint)Math.Clamp(b, 0, ushort.MaxValue);
}
