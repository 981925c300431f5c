using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Tests.Harness;

/// <summary>Assertions on the incremental pipeline.</summary>
internal static class Caching
{
    private static readonly IncrementalStepRunReason[] Idle = [IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged];

    /// <summary>Runs again on an equal compilation: every named step and every output must be as before.</summary>
    public static void AssertSecondRunIsCached(GeneratorDriver driver, Compilation compilation) => AssertNothingIsEmittedAgain(driver.RunGenerators(compilation.Clone()));

    public static void AssertNothingIsEmittedAgain(GeneratorDriver driver)
    {
        GeneratorRunResult result = driver.GetRunResult().Results.Single();
        Assert.Null(result.Exception);
        foreach ((string name, IncrementalStepRunReason reason) in Reasons(result))
            Assert.True(Idle.Contains(reason), $"Step {name} ran again: {reason}.");
    }

    /// <summary>Why each named step and each output ran.</summary>
    public static IEnumerable<(string Name, IncrementalStepRunReason Reason)> Reasons(GeneratorRunResult result)
    {
        ImmutableDictionary<string, ImmutableArray<IncrementalGeneratorRunStep>> steps = result.TrackedSteps;
        IEnumerable<(string, IncrementalStepRunReason)> named = TrackingNames.All.Where(steps.ContainsKey).SelectMany(name => steps[name].SelectMany(step => step.Outputs).Select(output => (name, output.Reason)));
        IEnumerable<(string, IncrementalStepRunReason)> outputs = result.TrackedOutputSteps.SelectMany(pair => pair.Value.SelectMany(step => step.Outputs).Select(output => (pair.Key, output.Reason)));
        return named.Concat(outputs);
    }
}
