using Intarsia;

namespace GraphConvolution;

/// <summary>A graph whose nodes have sparse features and a class each.</summary>
/// <param name="Graph">nodes×nodes: row i has the value of the edge from each neighbour that node i hears; not normalised yet, without self loops.</param>
/// <param name="Features">nodes×inputs.</param>
/// <param name="Labels">The class of each node.</param>
/// <param name="Training">Nodes whose class is known to the training.</param>
/// <param name="Test">Nodes that are to be classified.</param>
internal sealed record Dataset(CsrMatrix Graph, CsrMatrix Features, int[] Labels, int[] Training, int[] Test)
{
    public int Classes => Labels.Max() + 1;

    /// <summary>
    /// Communities of nodes that mostly follow each other. Edges have a direction, so that the graph is not symmetric. A node has three words, of which it shares about half with its community: without the graph, that says little.
    /// </summary>
    public static Dataset Generate(int communities, int size, int seed)
    {
        const int WordsEach = 8;
        var random = new Random(seed);
        int nodes = communities * size, words = communities * WordsEach;
        // Neighbours in the graph are seldom neighbours in memory.
        int[] labels = [.. Enumerable.Range(0, nodes).Select(node => node % communities)];
        random.Shuffle(labels);
        int[][] members = [.. Enumerable.Range(0, communities).Select(c => Enumerable.Range(0, nodes).Where(node => labels[node] == c).ToArray())];

        int Neighbour(int node) => random.NextDouble() < 0.8 ? members[labels[node]][random.Next(size)] : random.Next(nodes);
        int Word(int node) => random.NextDouble() < 0.5 ? labels[node] * WordsEach + random.Next(WordsEach) : random.Next(words);
        CsrMatrix graph = Rows(nodes, nodes, node => Enumerable.Range(0, 2 + random.Next(6)).Select(_ => Neighbour(node)).Where(other => other != node));
        CsrMatrix features = Rows(nodes, words, node => Enumerable.Range(0, 3).Select(_ => Word(node)));
        int[] training = [.. members.SelectMany(all => all.Take(8))];
        return new Dataset(graph, features, labels, training, [.. Enumerable.Range(0, nodes).Except(training)]);
    }

    /// <summary>D⁻¹·(A + I): each node hears the mean of itself and its neighbours. A directed graph stays one.</summary>
    public static CsrMatrix Mean(CsrMatrix graph) => WithSelfLoops(graph, (row, _, degrees) => 1 / degrees[row]);

    /// <summary>D^-1/2·(A + I)·D^-1/2 of Kipf and Welling (ICLR'17), for graphs whose edges go both ways.</summary>
    public static CsrMatrix Symmetric(CsrMatrix graph) => WithSelfLoops(graph, (row, column, degrees) => 1 / Math.Sqrt(degrees[row]) * (1 / Math.Sqrt(degrees[column])));

    /// <summary>Features of each node that sum to one.</summary>
    public static CsrMatrix NormaliseRows(CsrMatrix features)
    {
        float[] values = features.Values is { } given ? [.. given] : [.. Enumerable.Repeat(1f, features.Count)];
        for (int row = 0; row < features.Rows; row++)
        {
            Span<float> entries = values.AsSpan(features.RowPointers[row]..features.RowPointers[row + 1]);
            float sum = 0;
            foreach (float value in entries) sum += value;
            if (sum == 0) continue;
            foreach (ref float value in entries) value /= sum;
        }

        return new CsrMatrix(features.Rows, features.Depth, features.RowPointers, features.ColumnIndices, values);
    }

    private static CsrMatrix WithSelfLoops(CsrMatrix graph, Func<int, int, double[], double> value)
    {
        double[] degrees = [.. Enumerable.Range(0, graph.Rows).Select(row => graph.RowPointers[row + 1] - graph.RowPointers[row] + 1.0)];
        CsrMatrix looped = Rows(graph.Rows, graph.Depth, row => graph.ColumnIndices[graph.RowPointers[row]..graph.RowPointers[row + 1]].Append(row));
        var values = new float[looped.Count];
        for (int row = 0; row < looped.Rows; row++)
            for (int i = looped.RowPointers[row]; i < looped.RowPointers[row + 1]; i++)
                values[i] = (float)value(row, looped.ColumnIndices[i], degrees);
        return new CsrMatrix(looped.Rows, looped.Depth, looped.RowPointers, looped.ColumnIndices, values);
    }

    private static CsrMatrix Rows(int rows, int depth, Func<int, IEnumerable<int>> columnsOf)
    {
        var pointers = new int[rows + 1];
        var columns = new List<int>();
        for (int row = 0; row < rows; row++)
        {
            columns.AddRange(columnsOf(row).Distinct().Order());
            pointers[row + 1] = columns.Count;
        }

        return new CsrMatrix(rows, depth, pointers, [.. columns]);
    }
}
