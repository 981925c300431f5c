using System.Runtime.InteropServices;
using Intarsia.ProductSpace.Drawing;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Draws numbers that a format can hold exactly, so that storing them loses nothing.</summary>
public static class ValueDraw
{
    /// <summary>The least and the greatest stored integer of a format.</summary>
    public static (int Min, int Max) Range(NumberFormat format) => format switch
    {
        NumberFormat.Int8 => (-128, 127),
        NumberFormat.UInt8 => (0, 255),
        NumberFormat.Int4 => (-8, 7),
        NumberFormat.UInt4 => (0, 15),
        NumberFormat.Int12 => (-2048, 2047),
        NumberFormat.UInt12 => (0, 4095),
        NumberFormat.Int16 => (-32768, 32767),
        NumberFormat.UInt16 => (0, 65535),
        NumberFormat.Int32 => (int.MinValue, int.MaxValue),
        NumberFormat.ByteCodebook16 => (-128, 127),
        NumberFormat.ShortCodebook256 => (-32512, 32512),
        >= NumberFormat.Planes1 and <= NumberFormat.Planes8 => (0, (2 << (format - NumberFormat.Planes1)) - 1),
        >= NumberFormat.SignPlanes1 and <= NumberFormat.SignPlanes8 => (1 - (2 << (format - NumberFormat.SignPlanes1)), (2 << (format - NumberFormat.SignPlanes1)) - 1),
        _ when Intarsia.Compiler.Specs.NumberFormats.IsBinaryCoded(format) => (0, Intarsia.Compiler.Specs.NumberFormats.Get(format).Max),
        _ when CodeTable.Exists(format) => (CodeTable.Of(format).ToArray().Min(), CodeTable.Of(format).ToArray().Max()),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not an integer."),
    };

    public static bool IsFloat(NumberFormat format) => format is NumberFormat.Float32 or NumberFormat.TensorFloat32 or NumberFormat.Float16 or NumberFormat.BFloat16 || BookSize(format) > 0 && format is not (NumberFormat.ByteCodebook16 or NumberFormat.ShortCodebook256);

    /// <summary>Different numbers in a matrix of a format with a codebook, 0 left aside; 0 for other formats.</summary>
    private static int BookSize(NumberFormat format) => format switch { NumberFormat.ByteCodebook16 or NumberFormat.Codebook16 => 15, NumberFormat.Codebook256 or NumberFormat.ShortCodebook256 => 255, _ => 0 };

    /// <summary>
    /// Fills with values of a format. Integers: one in five is an extreme, and the first two places hold both (−128 and 127 for s8). Floats: magnitudes from 2^−4 to 2^2, one in ten 0.
    /// </summary>
    public static void Fill(Span<double> values, NumberFormat format, SeededRandom random)
    {
        // Coefficients of a basis.
        if (format == NumberFormat.PowerOfTwoBasis) format = NumberFormat.PowerOfTwo4;
        if (BookSize(format) is > 0 and int size)
        {
            double[] book = format == NumberFormat.ShortCodebook256 ? Shorts(random) : [.. Enumerable.Range(0, size).Select(i => !IsFloat(format) ? i < 2 ? i * 255 - 128 : random.Next(-127, 126) : Float(NumberFormat.Float32, random)), 0];
            for (int i = 0; i < values.Length; i++) values[i] = book[random.Next(0, book.Length - 1)];
            return;
        }
        for (int i = 0; i < values.Length; i++) values[i] = IsFloat(format) ? Float(format, random) : Integer(format, random);
        if (IsFloat(format)) return;
        (int min, int max) = Range(format);
        if (values.Length > 0) values[random.Next(0, values.Length - 1)] = max;
        if (values.Length > 1) values[random.Next(0, values.Length - 1)] = min;
    }

    /// <summary>The numbers of a type of five to eight bits, or any of 16 bits of which eight are significant, the extremes first.</summary>
    private static double[] Shorts(SeededRandom random)
    {
        if (random.Chance(0.5)) return [32512, -32512, .. Enumerable.Range(0, 253).Select(_ => (double)random.Next(-255, 255) * (1 << random.Next(0, 6))), 0];
        bool isSigned = random.Chance(0.5);
        int bits = random.Next(5, 8);
        return (random.Chance(0.5) ? NumberType.Flint(bits, isSigned) : random.Chance(0.5) ? NumberType.PowerOfTwo(5, isSigned: true) : NumberType.Float(3, bits - 3 - (isSigned ? 1 : 0), isSigned)).Values.ToArray();
    }

    public static double[] Array(int length, NumberFormat format, SeededRandom random)
    {
        double[] values = new double[length];
        Fill(values, format, random);
        return values;
    }

    /// <summary>Positive scales that differ widely from each other, so that a swapped one is seen.</summary>
    public static double[] Scales(int length, SeededRandom random)
    {
        double[] scales = new double[length];
        for (int i = 0; i < length; i++) scales[i] = (float)(0.001 * Math.Pow(2, 6 * random.NextDouble()));
        return scales;
    }

    /// <summary>The nearest value of a float format.</summary>
    public static double Round(double value, NumberFormat format) => format switch
    {
        NumberFormat.Float16 => (double)(Half)(float)value,
        NumberFormat.BFloat16 => BitConverter.UInt32BitsToSingle(NearestBFloat16((float)value)),
        _ => (float)value,
    };

    private static double Float(NumberFormat format, SeededRandom random)
    {
        if (random.Chance(0.1)) return 0;
        double magnitude = Math.Pow(2, random.Next(-4, 1)) * (1 + random.NextDouble());
        return Round(random.Chance(0.5) ? magnitude : -magnitude, format);
    }

    private static double Integer(NumberFormat format, SeededRandom random)
    {
        (int min, int max) = Range(format);
        if (random.Chance(0.2)) return random.Pick(min, max);
        if (CodeTable.Exists(format)) return CodeTable.Of(format)[random.Next(0, CodeTable.Of(format).Length - 1)];
        // Odd, as sums of signs times powers of two are.
        if (format is >= NumberFormat.SignPlanes1 and <= NumberFormat.SignPlanes8) return min + 2 * random.Next(0, max);
        // Sums are far from the ends of 32 bits.
        return format == NumberFormat.Int32 ? random.Next(-100_000, 100_000) : random.Next(min, max);
    }

    // Round to nearest, ties to even, on the upper half of the bits; finite values only.
    private static uint NearestBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000;
    }
}
