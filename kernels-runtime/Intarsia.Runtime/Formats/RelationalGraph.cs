namespace Intarsia;

/// <summary>
/// Makes the operands of relational products (<c>[Rgms]</c>): the edges of every relation beside each other, as a matrix of nodes×(relations·sources) whose column r·sources + j is source j in relation r, and the weights of every relation beside
/// each other. Both are plain matrices, which <see cref="PackedMatrix"/> packs.
/// </summary>
public static class RelationalGraph
{
    /// <summary>Collects a list of edges, in any order. Edges of one relation from one node to one other are added up, in the order of the list.</summary>
    /// <param name="nodes">Nodes that edges lead to: lines of Y.</param>
    /// <param name="sources">Nodes that they come from: lines of X.</param>
    /// <param name="relations">Relations, at least 1.</param>
    /// <param name="relation">The relation of each edge, 0 to relations − 1.</param>
    /// <param name="source">The node that each comes from, 0 to sources − 1.</param>
    /// <param name="node">The node that each leads to, 0 to nodes − 1.</param>
    /// <param name="values">The value of each edge; empty for ones.</param>
    /// <returns>The matrix to pack with the layout <c>KernelInfo.Graph</c>.</returns>
    /// <exception cref="ArgumentException">The spans differ in length, or there would be more columns than a matrix may have.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An extent is negative, or there is no relation.</exception>
    /// <exception cref="IntarsiaFormatException">An edge has a relation or a node that there is not.</exception>
    public static CsrMatrix FromEdges(int nodes, int sources, int relations, ReadOnlySpan<int> relation, ReadOnlySpan<int> source, ReadOnlySpan<int> node, ReadOnlySpan<float> values = default)
    {
        int depth = Columns(nodes, sources, relations);
        if (source.Length != relation.Length || node.Length != relation.Length || (!values.IsEmpty && values.Length != relation.Length))
            throw new ArgumentException($"There are {relation.Length} relations, {source.Length} sources, {node.Length} nodes and {values.Length} values of edges; expected as many of each, or no values.", nameof(relation));
        var columns = new int[relation.Length];
        for (int edge = 0; edge < columns.Length; edge++)
        {
            Extents.RequireIndex(relation[edge], relations, "relation of edge", edge);
            Extents.RequireIndex(source[edge], sources, "source of edge", edge);
            Extents.RequireIndex(node[edge], nodes, "node of edge", edge);
            columns[edge] = relation[edge] * sources + source[edge];
        }
        return CsrMatrix.FromCoordinates(nodes, depth, node, columns, values);
    }

    /// <summary>Puts the matrices of the relations beside each other; a pattern without values stands for ones.</summary>
    /// <param name="relations">The A_r, nodes×sources each; at least one.</param>
    /// <returns>The matrix to pack with the layout <c>KernelInfo.Graph</c>.</returns>
    /// <exception cref="ArgumentException">There is none, their extents differ, or there would be more columns than a matrix may have.</exception>
    public static CsrMatrix FromRelations(params IReadOnlyList<CsrMatrix> relations)
    {
        ArgumentNullException.ThrowIfNull(relations);
        if (relations.Count == 0) throw new ArgumentException("There is no relation.", nameof(relations));
        (int nodes, int sources) = (relations[0].Rows, relations[0].Depth);
        for (int r = 1; r < relations.Count; r++)
            if (relations[r].Rows != nodes || relations[r].Depth != sources) throw new ArgumentException($"Relation {r} is {relations[r].Rows}×{relations[r].Depth}; expected {nodes}×{sources}, as the first.", nameof(relations));
        int depth = Columns(nodes, sources, relations.Count), next = 0;
        int count = checked(relations.Sum(matrix => matrix.Count));
        int[] pointers = new int[nodes + 1], columns = new int[count];
        var values = new float[count];
        for (int node = 0; node < nodes; node++)
        {
            for (int r = 0; r < relations.Count; r++)
                for (int at = relations[r].RowPointers[node]; at < relations[r].RowPointers[node + 1]; at++)
                    (columns[next], values[next++]) = (r * sources + relations[r].ColumnIndices[at], relations[r].Values is { } numbers ? numbers[at] : 1);
            pointers[node + 1] = next;
        }
        return new CsrMatrix(nodes, depth, pointers, columns, values);
    }

    /// <summary>The same graph with every edge divided by the number of edges that its node has of its relation, which is how R-GCN normalises (Schlichtkrull et al., ESWC'18, section 2.1): mean values instead of sums, where the values are ones.</summary>
    /// <param name="graph">Relations beside each other.</param>
    /// <param name="relations">How many.</param>
    /// <exception cref="ArgumentException">The columns are not as many for each relation.</exception>
    public static CsrMatrix Normalise(CsrMatrix graph, int relations)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(relations, 1);
        if (graph.Depth % relations != 0) throw new ArgumentException($"The graph has {graph.Depth} columns, which {relations} relations do not share evenly.", nameof(graph));
        int sources = graph.Depth / relations;
        var values = new float[graph.Count];
        for (int node = 0; node < graph.Rows; node++)
        {
            for (int begin = graph.RowPointers[node], end; begin < graph.RowPointers[node + 1]; begin = end)
            {
                int relation = graph.ColumnIndices[begin] / sources;
                for (end = begin; end < graph.RowPointers[node + 1] && graph.ColumnIndices[end] / sources == relation;) end++;
                for (int at = begin; at < end; at++) values[at] = (graph.Values is { } old ? old[at] : 1) / (end - begin);
            }
        }
        return new CsrMatrix(graph.Rows, graph.Depth, graph.RowPointers, graph.ColumnIndices, values);
    }

    /// <summary>Brings the weights of the relations into the order of a kernel's W: row-major rows×(relations·depth), the transposes of the W_r beside each other.</summary>
    /// <param name="weights">The W_r one after the other, <c>[relations][depth][rows]</c>, as R-GCN has them: features of X down, features of Y across.</param>
    /// <param name="relations">Relations, at least 1.</param>
    /// <param name="depth">Features of X.</param>
    /// <param name="rows">Features of Y.</param>
    /// <returns>The matrix to pack with the layout <c>KernelInfo.Weights</c>: rows rows of relations·depth.</returns>
    /// <exception cref="ArgumentException">The length is not relations·depth·rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An extent is negative, or there is no relation.</exception>
    public static float[] StackWeights(ReadOnlySpan<float> weights, int relations, int depth, int rows)
    {
        long columns = Columns(rows, depth, relations);
        if (weights.Length != columns * rows) throw new ArgumentException($"There are {weights.Length} weights; expected {columns * rows}, {depth}×{rows} for each of {relations} relations.", nameof(weights));
        var stacked = new float[weights.Length];
        for (int column = 0; column < columns; column++)
            for (int row = 0; row < rows; row++) stacked[row * columns + column] = weights[column * rows + row];
        return stacked;
    }

    /// <summary>Columns of relations that lie beside each other.</summary>
    private static int Columns(int rows, int each, int relations)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(each);
        ArgumentOutOfRangeException.ThrowIfLessThan(relations, 1);
        long columns = (long)each * relations;
        return columns <= int.MaxValue ? (int)columns : throw new ArgumentException($"{relations} relations of {each} columns have {columns}; a matrix has at most {int.MaxValue}.", nameof(relations));
    }
}
