using System.Text.RegularExpressions;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.ProductSpace.Tests;

/// <summary>What the generated text of the AdvSimd tier says of the instructions that it becomes: registers, tiles, and which product multiplies.</summary>
public sealed class ArmTextTests(ITestOutputHelper output)
{
    /// <summary>Vector registers of Arm64, but one for what an expression spreads over a vector.</summary>
    private const int Registers = 31;

    /// <summary>Sixteen rows of a pattern that has them, times sums of 64 bits, of which a register holds two: the pattern's, not a choice of the plan.</summary>
    private const string Beyond = "stream_s64_16x1_arm128";

    private static readonly TierText s_text = new("AdvSimd");

    [Fact]
    public void Methods_OfTheTier_FitItsRegisters()
    {
        Dictionary<string, int> pressure = s_text.Pressure("_arm128", 128);
        foreach ((string name, int registers) in pressure.OrderByDescending(entry => entry.Value).Take(20)) output.WriteLine($"{registers} {name}");
        Assert.True(pressure.Count > 300, $"only {pressure.Count} methods");
        Assert.All(pressure.Where(entry => entry.Key != Beyond), entry => Assert.True(entry.Value <= Registers, $"{entry.Key} keeps {entry.Value} vectors"));
        Assert.True(pressure.Values.Max() >= 28, "no method fills the registers");
    }

    [Theory]
    [InlineData("contract_f32_8x3_arm128", "Vector128.MultiplyAddEstimate", 24, 3)]
    [InlineData("contract_s8s8_8x3_arm128", "V128.Dot4Signed", 24, 3)]
    [InlineData("contract_s16_8x3_arm128", "V128.Dot2", 24, 3)]
    public void Tile_EightByThree_MultipliesWhatItLoadsOnce(string name, string product, int products, int loads)
    {
        MethodDeclarationSyntax method = s_text.Methods.Single(method => method.Identifier.Text == name);
        // The step that is repeated: the innermost loop with the most products, of which it has those of a whole number of steps.
        string step = method.DescendantNodes().OfType<ForStatementSyntax>().Where(loop => !loop.Statement.DescendantNodes().OfType<ForStatementSyntax>().Any())
            .Select(loop => loop.ToString()).MaxBy(text => Regex.Count(text, Regex.Escape(product)))!;
        int steps = Regex.Count(step, Regex.Escape(product)) / products;
        Assert.True(steps > 0, step);
        Assert.Equal(steps * products, Regex.Count(step, Regex.Escape(product) + @"\("));
        Assert.Equal(steps * loads, Regex.Count(step, @"LoadUnsafe\("));
        Assert.Equal(steps * products / loads, Regex.Count(step, @"Vector128\.Create\("));
        Assert.InRange(RegisterPressure.Of(method, 128), products + loads + 1, Registers);
    }

    [Fact]
    public void Plans_WithDotProducts_AreOfKernelsThatUseThem()
    {
        Dictionary<string, string> files = s_text.Generated.ToDictionary(tree => Path.GetFileName(tree.FilePath), tree => tree.ToString());
        int narrow = 0;
        foreach (DrawnKernel draw in s_text.Draws.Where(draw => draw.Spec.IsIntegerContraction))
        {
            Assert.False(Uses(draw.Spec, Tier.AdvSimd), $"{draw}: four bytes at a time without dot products");
            bool uses = Uses(draw.Spec, Tier.AdvSimdDp), dispatches = files.Single(file => file.Key.Contains(draw.TypeName, StringComparison.Ordinal)).Value.Contains("CpuTier.AdvSimdDp", StringComparison.Ordinal);
            Assert.True(uses == dispatches, $"{draw}: its form with dot products {(uses ? "is never called" : "has none")}");
            narrow += uses ? 1 : 0;
        }
        Assert.True(narrow > 20, $"only {narrow} kernels with dot products");

        static bool Uses(KernelSpec spec, Tier tier) => TilePlanner.Plans(spec, tier).Any(choice => choice.Plan.Program.ToString().Contains("via dot4signed", StringComparison.Ordinal));
    }
}
