using System.Collections;
using System.Reflection;
using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Tests.Pipeline;

/// <summary>Values that the pipeline caches hold nothing of Roslyn: a symbol would keep a whole compilation alive and never compare equal.</summary>
public class ModelTests
{
    [Fact]
    public void Steps_Named_HoldNothingOfRoslyn()
    {
        GeneratorDriver driver = GeneratorHarness.Driver(new TestOptions()).RunGenerators(Compilations.WithAccelerators(KernelSources.Two));
        GeneratorRunResult result = driver.GetRunResult().Results.Single();
        object[] values = TrackingNames.All.SelectMany(name => result.TrackedSteps[name]).SelectMany(step => step.Outputs).Select(output => output.Value).ToArray();
        Assert.NotEmpty(values);
        int visited = values.Sum(value => Visit(value, [], value.GetType().Name));
        // Far more objects than steps: the walk went into the models.
        Assert.InRange(visited, 50, int.MaxValue);
    }

    [Fact]
    public void Walk_OfASymbol_Fails()
    {
        object symbol = Compilations.Create("class C;").Assembly;
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Visit(new { Hidden = new[] { symbol } }, [], "root"));
    }

    private static int Visit(object? value, HashSet<object> seen, string path)
    {
        if (value is null || !seen.Add(value)) return 0;
        Type type = value.GetType();
        bool isRoslyn = (type.Namespace ?? "").StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal);
        Assert.False(isRoslyn, $"{path} is a {type}.");
        if (type.IsPrimitive || type.IsEnum || value is string) return 1;
        if (value is IEnumerable items) return 1 + items.Cast<object?>().Sum(item => Visit(item, seen, path + "[]"));
        int count = 1;
        for (Type? part = type; part is not null; part = part.BaseType)
            foreach (FieldInfo field in part.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                count += Visit(field.GetValue(value), seen, path + "." + field.Name);
        return count;
    }
}
