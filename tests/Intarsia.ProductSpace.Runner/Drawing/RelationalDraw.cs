using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws relational products: packed weights and edges, and a line for each node.</summary>
internal static class RelationalDraw
{
    public static KernelSpec Draw(Cell cell, SeededRandom random)
    {
        bool dequantise = cell.IsInteger && random.Chance(0.6), quantised = NumberFormats.IsInteger(cell.Weights!.Value);
        (Tpp[] chain, NumberFormat output) = ChainDraw.Draw(cell.IsInteger && !dequantise, dequantise, batch: false, random);
        return new KernelSpec
        {
            Operation = Operation.Rgms,
            Rgms = new RgmsSpec(random.Pick(1, 1, 2, 3, 4, 7), cell.IsInteger ? NumberFormat.Int8 : random.Pick(NumberFormat.Float32, NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16)),
            Weights = new WeightSpec { Format = cell.Weights.Value, Scale = !quantised ? Per.None : cell.IsInteger ? random.Pick(Per.None, Per.Tensor, Per.Row) : random.Pick(Per.Tensor, Per.Row) },
            X = new ActivationSpec { Format = cell.X, Layout = MatrixLayout.TokenMajor, Scale = dequantise ? random.Pick(Per.None, Per.Tensor) : Per.None },
            Y = new OutputSpec { Format = output, Layout = MatrixLayout.TokenMajor },
            Epilogue = chain,
            Accumulator = cell.IsInteger && random.Chance(0.2) ? Accumulator.Int32Wrap : Accumulator.Default,
        };
    }

    /// <summary>Nodes to gather from: fewer or more than those of Y, or none.</summary>
    public static CallSizes Fit(CallSizes sizes, SeededRandom random) => sizes with { Sources = random.Pick(0, 1, random.Next(2, 20), random.Next(2, 20), random.Next(20, 70)) };

    /// <summary>The edges: relations of very different sizes, some of them empty, and nodes that no edge of any leads to.</summary>
    public static bool[] Edges(int nodes, int relations, int sources, SeededRandom random)
    {
        bool[] edges = new bool[nodes * relations * sources];
        double[] densities = [.. Enumerable.Range(0, relations).Select(_ => random.Pick(0, 0.02, 0.05, 0.3, 1))];
        for (int node = 0; node < nodes; node++)
        {
            if (random.Chance(0.15)) continue;
            for (int r = 0; r < relations; r++)
                for (int source = 0; source < sources; source++) edges[(node * relations + r) * sources + source] = random.Chance(densities[r]);
        }
        return edges;
    }
}
