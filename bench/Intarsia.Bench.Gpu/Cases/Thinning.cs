using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Cases;

/// <summary>Makes the weights, or the sampled result, of a case sparse as its pattern has it: of random magnitudes the smallest vectors, blocks or members of groups are pruned.</summary>
internal static class Thinning
{
    /// <param name="spec">The kernel.</param>
    /// <param name="operands">Its operands, of which all weights are drawn.</param>
    /// <param name="sparsity">The share that becomes zero; groups round it to whole ones.</param>
    /// <param name="isGraph">Elements lie as the edges of a graph do.</param>
    public static void Apply(KernelSpec spec, ReferenceOperands operands, double sparsity, bool isGraph)
    {
        bool[] kept = Draw(spec.Pattern, operands.Rows, spec.Y.IsPacked ? operands.Columns : operands.Depth, sparsity, isGraph);
        if (spec.Y.IsPacked)
        {
            kept.CopyTo(operands.Sampled, 0);
            return;
        }
        double[] weights = operands.Weights;
        // What is kept is stored, so that the share is met.
        for (int i = 0; i < weights.Length; i++) weights[i] = !kept[i] ? 0 : weights[i] == 0 ? 1 : weights[i];
    }

    /// <returns>rows×across: true where there is an element.</returns>
    private static bool[] Draw(PatternSpec pattern, int rows, int across, double sparsity, bool isGraph)
    {
        if (pattern.Transposed) return PackedLayouts.Turned(Draw(pattern with { Transposed = false }, across, rows, sparsity, isGraph), across, rows);
        var random = new Random(7);
        if (isGraph) return Graph(rows, across, 1 - sparsity, random);
        float[] magnitudes = [.. Enumerable.Range(0, rows * across).Select(_ => 1 + random.NextSingle())];
        if (pattern.Kind == Pattern.GatherScatter) Pruner.GatherScatter(magnitudes, rows, across, pattern.Banks, pattern.PerRow, (int)Math.Round((1 - sparsity) * across / pattern.PerRow));
        else if (pattern.Kind == Pattern.Bsr) Pruner.Blocks(magnitudes, rows, across, pattern.BlockRows, pattern.BlockColumns, sparsity);
        else Pruner.VectorRows(magnitudes, rows, across, pattern.VectorLength, sparsity);
        return Array.ConvertAll(magnitudes, magnitude => magnitude != 0);
    }

    /// <summary>An adjacency as graphs have it: few nodes with many neighbours and many with few (degrees fall with the root of the rank), half of them near the node, as communities are, half anywhere.</summary>
    private static bool[] Graph(int rows, int across, double share, Random random)
    {
        const int Near = 64;
        bool[] edges = new bool[rows * across];
        long left = (long)Math.Round(share * rows * across);
        int[] order = [.. Enumerable.Range(0, rows)];
        random.Shuffle(order);
        double total = order.Select((_, rank) => 1 / Math.Sqrt(1 + rank)).Sum(), all = left;
        for (int rank = 0; rank < rows; rank++)
        {
            int row = order[rank], home = (int)((long)row * across / rows);
            // What rounding left comes to the last.
            long degree = rank == rows - 1 ? left : (long)Math.Round(all / total / Math.Sqrt(1 + rank));
            degree = Math.Min(Math.Min(degree, left), across / 2);
            left -= degree;
            while (degree > 0)
            {
                int column = random.Next(2) == 0 && degree > 1 ? Math.Clamp(home + random.Next(-Near, Near + 1), 0, across - 1) : random.Next(across);
                if (edges[row * across + column]) continue;
                edges[row * across + column] = true;
                degree--;
            }
        }
        return edges;
    }
}
