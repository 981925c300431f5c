using System.Text.RegularExpressions;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.ProductSpace.Tests;

/// <summary>What the generated text of the Avx2 tier says of registers.</summary>
public sealed class Avx2TextTests(ITestOutputHelper output)
{
    /// <summary>Vector registers without AVX-512.</summary>
    private const int Registers = 16;

    /// <summary>Blocks that need more, by the pattern of their names, and how many: compilers keep some of their values in memory. None of them is a dense product of matrices.</summary>
    private static readonly (string Names, int Registers, string Reason)[] s_beyond =
    [
        ("^bits", 29, "words of the planes of both operands, and what the adders of all levels keep from turn to turn"),
        ("^few_f32table_basis", 26, "twelve coefficients at a time, and the nine numbers of a basis"),
        ("^few_.*_rowgroups_", 18, "sums of a group beside those of all"),
        ("^stream_[a-z0-9]+_16x1_", 18, "sixteen rows that a pattern has"),
        ("^stream_s64_", 26, "sums of 64 bits, two registers each"),
        ("^(stream_(f32|s16|s32)|dots_[a-z0-9]+_[a-z0-9]+)_1x8_|^gather_b?f16_8_", 17, "eight sums, eight vectors that are loaded, and what multiplies them"),
        ("^layernorm_gamma_.*_requantise_u8_", 17, "four vectors of a chain that ends in bytes, and what each step multiplies and adds"),
    ];

    private static readonly TierText s_text = new("Avx2");

    [Fact]
    public void Methods_OfTheTier_FitItsRegisters()
    {
        Dictionary<string, int> pressure = s_text.Pressure("_v256", 256);
        foreach ((string name, int registers) in pressure.OrderByDescending(entry => entry.Value).Take(60)) output.WriteLine($"{registers} {name}");
        Assert.True(pressure.Count > 1000, $"only {pressure.Count} methods");
        Assert.All(pressure, entry =>
        {
            int most = s_beyond.Where(beyond => Regex.IsMatch(entry.Key, beyond.Names)).Select(beyond => beyond.Registers).DefaultIfEmpty(Registers).Single();
            Assert.True(entry.Value <= most, $"{entry.Key} keeps {entry.Value} vectors, expected at most {most}");
        });
        // An exception that nothing needs any more goes.
        Assert.All(s_beyond, beyond => Assert.Equal(beyond.Registers, pressure.Where(entry => Regex.IsMatch(entry.Key, beyond.Names)).Max(entry => entry.Value)));
        int dense = pressure.Where(entry => entry.Key.StartsWith("contract_", StringComparison.Ordinal)).Max(entry => entry.Value);
        Assert.True(dense is >= 13 and <= Registers, $"dense products keep up to {dense} vectors");
    }
}
