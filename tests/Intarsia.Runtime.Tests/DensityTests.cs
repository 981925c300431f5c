using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>How many activations are not zero, against a count one by one.</summary>
public class DensityTests
{
    [Fact]
    public void IsAtMost_Floats_CountsWhatIsNotZero() => Check([0f, -0f, 1f, float.NaN, float.Epsilon, float.NegativeInfinity], value => value != 0);

    [Fact]
    public void IsAtMost_Halves_CountsWhatIsNotZero() => Check([(Half)0f, (Half)(-0f), (Half)1f, Half.NaN, Half.Epsilon], value => value != (Half)0);

    [Fact]
    public void IsAtMost_BFloat16_CountsWhatIsNotZero() => Check([(BFloat16)0f, (BFloat16)(-0f), (BFloat16)(-2f), BFloat16.NaN], value => (float)value != 0);

    [Fact]
    public void IsAtMost_Bytes_CountsWhatIsNotZero() => Check<byte>([0, 0, 1, 0x80, 0xFF], value => value != 0);

    private static void Check<T>(T[] alphabet, Func<T, bool> isNonZero)
        where T : unmanaged
    {
        var random = new Random(1);
        for (int run = 0; run < 300; run++)
        {
            // Behind each line lies what must not be counted.
            int lines = random.Next(1, 4), length = random.Next(1, 200), stride = length + random.Next(0, 5);
            double zeros = random.NextDouble();
            T[] x = [.. Enumerable.Range(0, lines * stride).Select(i => i % stride < length && random.NextDouble() < zeros ? alphabet[random.Next(2)] : alphabet[^1])];
            int count = Enumerable.Range(0, lines * stride).Count(i => i % stride < length && isNonZero(x[i])), elements = lines * length;
            foreach (int hundredths in new[] { 1, 25, 60, 99, 100 })
                Assert.Equal(100 * count <= hundredths * elements, Density.IsAtMost(ref x[0], lines, length, stride, hundredths));
        }
    }
}
