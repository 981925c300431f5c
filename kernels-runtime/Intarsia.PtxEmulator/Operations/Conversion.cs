namespace Intarsia.PtxEmulator.Operations;

/// <summary>What <c>cvt</c> knows of a type.</summary>
internal readonly record struct NumberType(string Name, bool IsFloat, bool IsSigned, int Bits)
{
    public static NumberType? Find(string name) => name switch
    {
        "u8" => new(name, false, false, 8),
        "s8" => new(name, false, true, 8),
        "u16" => new(name, false, false, 16),
        "s16" => new(name, false, true, 16),
        "u32" => new(name, false, false, 32),
        "s32" => new(name, false, true, 32),
        "u64" => new(name, false, false, 64),
        "s64" => new(name, false, true, 64),
        "f16" => new(name, true, true, 16),
        "bf16" => new(name, true, true, 16),
        "f32" => new(name, true, true, 32),
        "f64" => new(name, true, true, 64),
        _ => null,
    };

    public long Minimum => IsSigned ? -1L << Bits - 1 : 0;

    public ulong Maximum => ulong.MaxValue >> 64 - Bits + (IsSigned ? 1 : 0);
}

/// <summary>Builds the function of any scalar <c>cvt</c>, from raw bits to raw bits (PTX ISA, "cvt").</summary>
internal static class Conversion
{
    /// <param name="to">Type of the result.</param>
    /// <param name="from">Type of the source.</param>
    /// <param name="rounding">Modifier such as <c>rn</c> or <c>rzi</c>, or null.</param>
    /// <param name="saturate">Whether <c>.sat</c> stands there.</param>
    /// <param name="flush">Whether <c>.ftz</c> stands there.</param>
    /// <param name="registerBits">Width of the destination register: narrower results are extended to it.</param>
    /// <returns>Null where PTX has no such conversion or the emulator lacks its rounding.</returns>
    public static Func<ulong, ulong>? Make(NumberType to, NumberType from, string? rounding, bool saturate, bool flush, int registerBits)
    {
        if (!from.IsFloat && !to.IsFloat)
        {
            if (rounding is not null) return null;
            return bits => Extend(FromInteger(ReadInteger(bits, from), to, saturate), to, registerBits);
        }
        if (from.IsFloat && !to.IsFloat)
        {
            if (Round(rounding) is not { } round) return null;
            return bits => Extend(FromFloat(round(ReadFloat(bits, from, flush)), to), to, registerBits);
        }
        if (!from.IsFloat) return rounding == "rn" ? bits => WriteFloat(ToDouble(ReadInteger(bits, from), to), to, saturate, flush) : null;
        if (to.Bits == from.Bits && to.Name == from.Name)
        {
            if (rounding is null) return bits => WriteFloat(ReadFloat(bits, from, flush), to, saturate, flush);
            return Round(rounding) is { } toIntegral ? bits => WriteFloat(toIntegral(ReadFloat(bits, from, flush)), to, saturate, flush) : null;
        }
        bool narrows = to.Bits < from.Bits || (to.Bits == from.Bits && to.Name != from.Name);
        if (rounding != (narrows ? "rn" : null)) return null;
        return bits => WriteFloat(ReadFloat(bits, from, flush), to, saturate, flush);
    }

    private static Int128 ReadInteger(ulong bits, NumberType type)
    {
        int unused = 64 - type.Bits;
        return type.IsSigned ? (long)(bits << unused) >> unused : bits << unused >> unused;
    }

    private static double ReadFloat(ulong bits, NumberType type, bool flush) => type.Name switch
    {
        "f16" => Binary16.Load((uint)bits),
        "bf16" => BrainFloat16.Load((uint)bits),
        "f32" => flush ? Flush.ToZero(BitConverter.UInt32BitsToSingle((uint)bits)) : BitConverter.UInt32BitsToSingle((uint)bits),
        _ => BitConverter.UInt64BitsToDouble(bits),
    };

    private static ulong WriteFloat(double value, NumberType type, bool saturate, bool flush)
    {
        if (saturate) value = value > 0 ? Math.Min(value, 1) : 0;
        switch (type.Name)
        {
            case "f16":
                return Binary16.Store(value);
            case "bf16":
                return BrainFloat16.Store(value);
            case "f32":
                float single = double.IsNaN(value) ? BitConverter.UInt32BitsToSingle(0x7FFFFFFF) : (float)value;
                return BitConverter.SingleToUInt32Bits(flush ? Flush.ToZero(single) : single);
            default:
                return BitConverter.DoubleToUInt64Bits(value);
        }
    }

    /// <summary>An integer for a destination: rounded to odd at 53 bits, so that the rounding to the destination is the only one that counts.</summary>
    private static double ToDouble(Int128 value, NumberType to)
    {
        if (to.Bits == 64) return (double)value;
        Int128 magnitude = Int128.Abs(value);
        int excess = 0;
        while (magnitude >> excess >= (Int128)1 << 53) excess++;
        Int128 kept = magnitude >> excess;
        if (excess > 0 && kept << excess != magnitude) kept |= 1;
        double result = Math.ScaleB((double)(long)kept, excess);
        return value < 0 ? -result : result;
    }

    private static ulong FromInteger(Int128 value, NumberType to, bool saturate)
    {
        if (saturate) value = Int128.Clamp(value, to.Minimum, to.Maximum);
        return ulong.CreateTruncating(value);
    }

    /// <summary>Out of range saturates, with or without <c>.sat</c>; NaN becomes 0.</summary>
    private static ulong FromFloat(double value, NumberType to)
    {
        if (double.IsNaN(value)) return 0;
        if (value <= to.Minimum) return (ulong)to.Minimum;
        if (value >= to.Maximum) return to.Maximum;
        return to.IsSigned ? (ulong)(long)value : (ulong)value;
    }

    private static ulong Extend(ulong bits, NumberType type, int registerBits)
    {
        int unused = 64 - type.Bits;
        ulong value = type.IsSigned ? (ulong)((long)(bits << unused) >> unused) : bits << unused >> unused;
        return registerBits switch { 64 => value, 32 => (uint)value, _ => (ushort)value };
    }

    private static Func<double, double>? Round(string? rounding) => rounding switch
    {
        "rni" => value => Math.Round(value, MidpointRounding.ToEven),
        "rzi" => Math.Truncate,
        "rmi" => Math.Floor,
        "rpi" => Math.Ceiling,
        _ => null,
    };
}
