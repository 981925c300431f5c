using System.Numerics;

namespace Intarsia.PtxEmulator.Operations;

// Shifts take a 32-bit amount, which is clamped to the width (PTX ISA, "shl", "shr").

internal struct ShiftLeft<T> : IMap<T, uint, T> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe T Apply(T a, uint b) => b >= sizeof(T) * 8 ? T.Zero : a << (int)b;
}

internal struct ShiftRight<T> : IMap<T, uint, T> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe T Apply(T a, uint b) => a >> (int)Math.Min(b, (uint)(sizeof(T) * 8 - 1)) >> (b >= sizeof(T) * 8 ? 1 : 0);
}

internal struct ShiftLeft16 : IMap<uint, uint, uint>
{
    public static uint Apply(uint a, uint b) => b >= 16 ? 0u : (ushort)(a << (int)b);
}

internal struct ShiftRight16<T> : IMap<uint, uint, uint> where T : unmanaged, IBinaryInteger<T>
{
    public static uint Apply(uint a, uint b) => ushort.CreateTruncating(ShiftRight<int>.Apply(int.CreateTruncating(T.CreateTruncating(a)), b));
}

/// <summary>shf: the words a (low) and b (high), shifted as one.</summary>
internal struct FunnelLeftWrap : IMap<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => (uint)(((ulong)b << 32 | a) << (int)(c & 31) >> 32);
}

internal struct FunnelLeftClamp : IMap<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => c >= 32 ? a : FunnelLeftWrap.Apply(a, b, c);
}

internal struct FunnelRightWrap : IMap<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => (uint)(((ulong)b << 32 | a) >> (int)(c & 31));
}

internal struct FunnelRightClamp : IMap<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => c >= 32 ? b : FunnelRightWrap.Apply(a, b, c);
}

internal struct PopulationCount32 : IMap<uint, uint>
{
    public static uint Apply(uint a) => (uint)BitOperations.PopCount(a);
}

internal struct PopulationCount64 : IMap<ulong, uint>
{
    public static uint Apply(ulong a) => (uint)BitOperations.PopCount(a);
}

internal struct LeadingZeros32 : IMap<uint, uint>
{
    public static uint Apply(uint a) => (uint)BitOperations.LeadingZeroCount(a);
}

internal struct LeadingZeros64 : IMap<ulong, uint>
{
    public static uint Apply(ulong a) => (uint)BitOperations.LeadingZeroCount(a);
}

internal struct Reverse32 : IMap<uint, uint>
{
    public static uint Apply(uint a)
    {
        a = (a >> 1 & 0x55555555) | (a & 0x55555555) << 1;
        a = (a >> 2 & 0x33333333) | (a & 0x33333333) << 2;
        a = (a >> 4 & 0x0F0F0F0F) | (a & 0x0F0F0F0F) << 4;
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(a);
    }
}

internal struct Reverse64 : IMap<ulong, ulong>
{
    public static ulong Apply(ulong a) => (ulong)Reverse32.Apply((uint)a) << 32 | Reverse32.Apply((uint)(a >> 32));
}

/// <summary>bfind: position of the highest bit that differs from the sign, or all ones.</summary>
internal struct FindBit<TSigned> : IMap<uint, uint> where TSigned : struct
{
    public static uint Apply(uint a)
    {
        if (typeof(TSigned) == typeof(int) && (int)a < 0) a = ~a;
        return a == 0 ? uint.MaxValue : 31 - (uint)BitOperations.LeadingZeroCount(a);
    }
}

/// <summary>bfe: a field of a, extended by its top bit where the type is signed (PTX ISA, "bfe").</summary>
internal struct ExtractUnsigned : IMap<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c)
    {
        int position = (int)(b & 255);
        int length = (int)(c & 255);
        uint shifted = position > 31 ? 0 : a >> position;
        return length == 0 ? 0 : length > 31 ? shifted : shifted & (1u << length) - 1;
    }
}

internal struct ExtractSigned : IMap<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c)
    {
        int position = (int)(b & 255);
        int length = (int)(c & 255);
        if (length == 0) return 0;
        uint sign = a >> Math.Min(position + length - 1, 31) & 1;
        uint result = 0;
        for (int i = 0; i < 32; i++) result |= (i < length && position + i <= 31 ? a >> position + i & 1 : sign) << i;
        return result;
    }
}

/// <summary>prmt in its default mode: each nibble of c picks a byte of the eight in b:a, or its sign (PTX ISA, "prmt").</summary>
internal struct Permute : IMap<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c)
    {
        ulong bytes = (ulong)b << 32 | a;
        uint result = 0;
        for (int i = 0; i < 4; i++)
        {
            uint selector = c >> 4 * i;
            uint value = (uint)(bytes >> (int)(selector & 7) * 8) & 0xFF;
            if ((selector & 8) != 0) value = (value & 0x80) != 0 ? 0xFFu : 0;
            result |= value << 8 * i;
        }
        return result;
    }
}

/// <summary>dp4a: c plus the products of the four bytes (PTX ISA, "dp4a"); the types say how the bytes are extended.</summary>
internal struct Dot4<TA, TB> : IMap<uint, uint, uint, uint> where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB>
{
    public static uint Apply(uint a, uint b, uint c)
    {
        int sum = (int)c;
        for (int i = 0; i < 32; i += 8) sum = unchecked(sum + int.CreateTruncating(TA.CreateTruncating(a >> i)) * int.CreateTruncating(TB.CreateTruncating(b >> i)));
        return (uint)sum;
    }
}

/// <summary>dp2a: c plus the products of the two halves of a and two bytes of b, shifted by the caller.</summary>
internal struct Dot2<TA, TB> : IMap<uint, uint, uint, uint> where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB>
{
    public static uint Apply(uint a, uint b, uint c)
        => unchecked((uint)((int)c + int.CreateTruncating(TA.CreateTruncating(a)) * int.CreateTruncating(TB.CreateTruncating(b))
            + int.CreateTruncating(TA.CreateTruncating(a >> 16)) * int.CreateTruncating(TB.CreateTruncating(b >> 8))));
}

internal struct Dot2High<TA, TB> : IMap<uint, uint, uint, uint> where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB>
{
    public static uint Apply(uint a, uint b, uint c) => Dot2<TA, TB>.Apply(a, b >> 16, c);
}
