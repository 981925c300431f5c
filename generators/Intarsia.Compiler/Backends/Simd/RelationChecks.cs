using System.Globalization;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>What the entry of a relational product says of its two packed operands, on a CPU and on accelerators: both have as many columns for each relation, features of X in the weights and nodes of X in the graph.</summary>
internal static class RelationChecks
{
    /// <summary>The lines behind the extents: the nodes of X, and the checks.</summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="weights">The name of the weights.</param>
    /// <param name="graph">The name of the edges.</param>
    /// <param name="local">The local of an extent.</param>
    public static IEnumerable<string> Lines(KernelSpec spec, string weights, string graph, Func<string, string> local)
    {
        string relations = spec.Rgms!.Relations.ToString(CultureInfo.InvariantCulture);
        yield return $"nint {local(KernelPlan.SourcesSize)} = {graph}.Depth / {relations};";
        yield return $"Guard.Relations(nameof({weights}), {weights}.Depth, {relations}, {local("depth")});";
        yield return $"Guard.Relations(nameof({graph}), {graph}.Depth, {relations}, {local(KernelPlan.SourcesSize)});";
        if (spec.Columns.IsConstant) yield return $"Guard.Same(nameof({graph}), {graph}.Rows, \"rows\", {local("columns")});";
    }

    /// <summary>The features of X: as many columns of the weights as one relation has.</summary>
    public static string Depth(KernelSpec spec, string weights) => $"{weights}.Depth{(spec.Rgms is { Relations: > 1 and var relations } ? $" / {relations.ToString(CultureInfo.InvariantCulture)}" : "")}";
}
