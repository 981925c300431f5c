using Intarsia.Compiler.Backends.Ilgpu;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests.Portable;

/// <summary>The functions that portable kernels call, each on its own: over every 16-bit float, and across the range of the others.</summary>
[Trait("Category", "Gpu")]
public class KernelFunctionTests
{
    private static readonly Type Functions = Load();
    private static readonly Func<ushort, float> FromHalf = Of<Func<ushort, float>>("FromHalf"), FromBFloat16 = Of<Func<ushort, float>>("FromBFloat16");
    private static readonly Func<float, ushort> ToHalf = Of<Func<float, ushort>>("ToHalf"), ToBFloat16 = Of<Func<float, ushort>>("ToBFloat16");

    [Fact]
    public void FromHalf_EveryNumber_IsExact()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
            Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)bits), FromHalf((ushort)bits));
    }

    [Fact]
    public void FromBFloat16_EveryNumber_IsExact()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++) Assert.Equal(BitConverter.Int32BitsToSingle(bits << 16), FromBFloat16((ushort)bits));
    }

    [Fact]
    public void ToHalf_NumbersTiesAndTheirNeighbours_RoundToEven()
    {
        foreach (float value in AroundTies(bits => (float)BitConverter.UInt16BitsToHalf(bits), 0x7c00))
            Assert.Equal(BitConverter.HalfToUInt16Bits((Half)value), ToHalf(value));
    }

    [Fact]
    public void ToBFloat16_NumbersTiesAndTheirNeighbours_RoundToEven()
    {
        foreach (float value in AroundTies(bits => BitConverter.Int32BitsToSingle(bits << 16), 0x7f80))
            Assert.Equal(((BFloat16)value).Bits, ToBFloat16(value));
    }

    [Fact]
    public void To16Bits_NaN_IsKept()
    {
        foreach (uint bits in new[] { 0x7fc00000u, 0x7f800001u, 0xffffffffu })
        {
            float nan = BitConverter.UInt32BitsToSingle(bits);
            Assert.True(float.IsNaN(FromHalf(ToHalf(nan))) && float.IsNaN(FromBFloat16(ToBFloat16(nan))));
        }
    }

    [Theory]
    [InlineData(0.5f, 0)]
    [InlineData(1.5f, 2)]
    [InlineData(-0.5f, 0)]
    [InlineData(-1.5f, -2)]
    [InlineData(-2.5f, -2)]
    [InlineData(126.500008f, 127)]
    [InlineData(127.5f, 127)]
    [InlineData(-128.5f, -128)]
    [InlineData(float.PositiveInfinity, 127)]
    [InlineData(float.NegativeInfinity, -128)]
    [InlineData(float.NaN, 0)]
    public void RoundSaturate_TiesAndEnds(float x, int expected) => Assert.Equal(expected, Of<Func<float, int, int, int>>("RoundSaturate")(x, -128, 127));

    [Theory]
    [InlineData(Tpp.Silu)]
    [InlineData(Tpp.Gelu)]
    [InlineData(Tpp.GeluTanh)]
    public void Activation_AcrossItsRange_StaysWithinTheBound(Tpp step)
    {
        var function = Of<Func<float, float>>(step.ToString());
        float[] x = [.. Enumerable.Range(-100_000, 200_001).Select(i => i * 5e-4f), .. Enumerable.Range(-126, 250).Select(i => MathF.ScaleB(1.4142135f, i) * (i % 2 == 0 ? 1 : -1))];
        float[] y = [.. x.Select(function)];
        var spec = new KernelSpec { Operation = Operation.Elementwise, X = new ActivationSpec { Format = NumberFormat.Float32 }, Y = new OutputSpec { Format = NumberFormat.Float32 }, Epilogue = new[] { step } };
        Assert.Null(SpecReference.Execute(spec, new ReferenceOperands { Rows = 1, Columns = x.Length, X = [.. x.Select(value => (double)value)] }).FirstMismatch<float>(y));
        Assert.True(float.IsNaN(function(float.NaN)));
    }

    /// <summary>Every finite number, the middle to the next, and what lies on both sides of that.</summary>
    private static IEnumerable<float> AroundTies(Func<ushort, float> decode, int end)
    {
        for (int bits = 0; bits < end; bits++)
        {
            float value = decode((ushort)bits), tie = bits + 1 < end ? value + (decode((ushort)(bits + 1)) - value) / 2 : value + (value - decode((ushort)(bits - 1))) / 2;
            foreach (float near in new[] { value, MathF.BitDecrement(tie), tie, MathF.BitIncrement(tie) })
            {
                yield return near;
                yield return -near;
            }
        }
        yield return float.PositiveInfinity;
        yield return float.NegativeInfinity;
        yield return float.MaxValue;
    }

    private static T Of<T>(string name)
        where T : Delegate => Functions.GetMethod(name)!.CreateDelegate<T>();

    private static Type Load()
    {
        var functions = new KernelFunctions();
        foreach (string name in new[] { "Silu", "Gelu", "GeluTanh", "RoundSaturate", "FromHalf", "ToHalf", "FromBFloat16", "ToBFloat16" }) functions.Call(name);
        string text = string.Join("\n", functions.Texts).Replace("private static", "public static", StringComparison.Ordinal);
        return PortableLibrary.Compile([("Functions", $"public static class Functions\n{{\n{text}\n}}\n")]).GetType("Functions")!;
    }
}
