using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>Raw registers of 32 (or 128) lanes, <c>[register * lanes + lane]</c>, seen as elements.</summary>
internal sealed class WarpRegisters(int registers, int bits, int lanes = 32)
{
    public uint[] Raw { get; } = new uint[registers * lanes];

    public int PerLane => registers * 32 / bits;

    /// <summary>The bits of element i of a lane, element 0 in the lowest bits of register 0.</summary>
    public uint this[int lane, int i]
    {
        get => Raw[i * bits / 32 * lanes + lane] >> (i * bits % 32) & (uint)((1L << bits) - 1);
        set
        {
            uint mask = (uint)((1L << bits) - 1);
            int shift = i * bits % 32;
            ref uint word = ref Raw[i * bits / 32 * lanes + lane];
            word = word & ~(mask << shift) | (value & mask) << shift;
        }
    }

    /// <summary>Puts a matrix of raw bits where <paramref name="position"/> says.</summary>
    public WarpRegisters Scatter(uint[,] matrix, Func<int, int, (int Row, int Column)> position)
    {
        for (int lane = 0; lane < lanes; lane++)
            for (int i = 0; i < PerLane; i++)
            {
                (int row, int column) = position(lane, i);
                this[lane, i] = matrix[row, column];
            }
        return this;
    }

    /// <summary>Collects a matrix of raw bits; every element must be somewhere.</summary>
    public uint[,] Gather(int rows, int columns, Func<int, int, (int Row, int Column)> position)
    {
        var matrix = new uint[rows, columns];
        var seen = new HashSet<(int, int)>();
        for (int lane = 0; lane < lanes; lane++)
            for (int i = 0; i < PerLane; i++)
            {
                (int row, int column) = position(lane, i);
                Assert.True(seen.Add((row, column)));
                matrix[row, column] = this[lane, i];
            }
        Assert.Equal(rows * columns, seen.Count);
        return matrix;
    }
}

/// <summary>Numbers to the bits of an element type and back, written without the emulator's conversions.</summary>
internal static class ElementBits
{
    public static uint Encode(double value, MmaElement element) => element switch
    {
        MmaElement.F16 => BitConverter.HalfToUInt16Bits((Half)value),
        MmaElement.BF16 => BitConverter.SingleToUInt32Bits((float)value) >> 16,
        MmaElement.TF32 or MmaElement.F32 => BitConverter.SingleToUInt32Bits((float)value),
        _ => (uint)(int)value & (uint)((1L << element.Bits()) - 1),
    };

    public static double Decode(uint bits, MmaElement element) => element switch
    {
        MmaElement.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        MmaElement.BF16 => BitConverter.UInt32BitsToSingle(bits << 16),
        MmaElement.TF32 => BitConverter.UInt32BitsToSingle(bits >> 13 << 13),
        MmaElement.F32 => BitConverter.UInt32BitsToSingle(bits),
        MmaElement.S8 => (sbyte)bits,
        MmaElement.S4 => bits >= 8 ? (int)bits - 16 : (int)bits,
        MmaElement.S32 => (int)bits,
        _ => bits,
    };

    /// <summary>Bits of a random element. Floats are multiples of 2^−6 below 16, so that every sum of the tests is exact in binary64 in any order; integers cover their range.</summary>
    public static uint Random(Random random, MmaElement element) => element.IsFloat() ? Encode(random.Next(-1023, 1024) / 64.0 / (element == MmaElement.BF16 ? 8 : 1), element) : (uint)random.NextInt64(1L << element.Bits());

    public static uint[,] RandomMatrix(Random random, int rows, int columns, MmaElement element)
    {
        var matrix = new uint[rows, columns];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) matrix[r, c] = Random(random, element);
        return matrix;
    }

    /// <summary>Nearest binary16 or binary32, ties to even, by counting quanta.</summary>
    public static uint Round(double value, MmaElement element)
    {
        (int digits, int minimum) = element == MmaElement.F16 ? (10, -14) : (23, -126);
        int exponent = value == 0 ? minimum : Math.Max(Math.ILogB(value), minimum);
        double quantum = Math.ScaleB(1, exponent - digits);
        return Encode(Math.Round(value / quantum, MidpointRounding.ToEven) * quantum, element);
    }
}
