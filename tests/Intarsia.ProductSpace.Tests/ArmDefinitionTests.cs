using System.Reflection;
using Intarsia.Arm;
using Intarsia.ProductSpace.Arm;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Running;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.ProductSpace.Tests;

/// <summary>The AdvSimd tier, executed: its generated C#, on Arm's instructions by their definitions. See docs/testing.md.</summary>
public sealed class ArmDefinitionTests(ArmKernels kernels, ITestOutputHelper output) : IClassFixture<ArmKernels>
{
    private const int Share = 6;

    [Fact]
    public void Kernels_OfEveryOperation_EqualBothOraclesWithAndWithoutDotProducts()
    {
        // Every operation and pattern with some of its pairs of formats; the runner takes as many more as are asked for.
        int[] draws = [.. SpecGenerator.Round.Index().GroupBy(entry => (entry.Item.Operation, entry.Item.Pattern), entry => entry.Index)
            .SelectMany(cells => cells.Where((_, number) => number % Math.Max(1, cells.Count() / Share) == 0)).Order()];
        using var log = new StringWriter();
        var options = new SpaceOptions { Count = SpecGenerator.Round.Count, Batch = SpecGenerator.Round.Count, Only = SpecGenerator.Only(draws), Settings = ["arm", "arm-nodp"], Threads = [1, 3] };
        IReadOnlyList<BatchResult> results = new SpaceRun(options, log).RunAll();
        output.WriteLine(log.ToString());
        BatchResult result = Assert.Single(results);
        Assert.Equal([Tier.AdvSimdDp, Tier.AdvSimd], result.Settings.Select(setting => setting.Setting.Expected));
        Assert.True(result.Passed, log.ToString());
    }

    [Fact]
    public void Kernels_WithAMistakeInADefinition_AreFoundWrong()
    {
        Assert.All(ArmMutation.All, mutation =>
        {
            (int draws, string[] faults) = kernels.Run(mutation);
            output.WriteLine($"{mutation}: {faults.Length} of {draws} draws");
            Assert.True(draws >= 2, $"{mutation}: {draws} draws");
            if (mutation.Right == mutation.Wrong) Assert.Empty(faults);
            else Assert.True(faults.Length > 0, $"{mutation}: not found in {draws} draws");
        });
    }

    [Fact]
    public void Definitions_EachHaveAMistakeThatIsFound() => Assert.Empty(
        typeof(Instructions).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(method => method.Name).Except(ArmMutation.All.Select(mutation => mutation.Name)));

    [Theory]
    [InlineData("AdvSimd.cs", "VectorTableLookup", "VectorTableLookup")]
    [InlineData("V128.cs", "Vector128.MaxNative", "Vector128.ReciprocalEstimate")]
    public void Machine_WithoutADefinition_DoesNotCompile(string file, string name, string missing)
    {
        string folder = Directory.CreateTempSubdirectory("intarsia-arm-").FullName;
        try
        {
            var refused = Assert.Throws<InvalidOperationException>(() => ArmMachine.Write(folder, (path, text) => path != file ? text : text.Replace(name, file == "AdvSimd.cs" ? "Another" : missing, StringComparison.Ordinal)));
            Assert.Contains(missing.Split('.')[^1], refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
