using Intarsia.ProductSpace.Running;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.ProductSpace.Tests;

/// <summary>
/// The whole pipe over the product space: draws are declared, generated, compiled once and run in a process per tier setting. Seed, count, shard and a results file are read from
/// the environment; see docs/testing.md.
/// </summary>
public sealed class ProductSpaceTests(ITestOutputHelper output)
{
    [Fact]
    public void Kernels_DrawnOverTheWholeSpace_EqualBothOraclesOnEveryTier()
    {
        using var log = new StringWriter();
        IReadOnlyList<BatchResult> results = new SpaceRun(SpaceOptions.FromEnvironment(), log).RunAll();
        output.WriteLine(log.ToString());
        Assert.NotEmpty(results);
        Assert.All(results, result => Assert.True(result.Passed, log.ToString()));
    }
}
