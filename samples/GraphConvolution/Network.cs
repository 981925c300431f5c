using Intarsia;

namespace GraphConvolution;

/// <summary>
/// Two graph convolutions (Kipf, Welling: "Semi-Supervised Classification with Graph Convolutional Networks", ICLR'17): scores = Â·relu(Â·X·W1)·W2. Every product with Â, X or their transposes is a kernel.
/// </summary>
/// <param name="graph">Â, nodes×nodes, normalised, with self loops.</param>
/// <param name="features">X, nodes×inputs.</param>
/// <param name="w1">inputs×hidden, row-major.</param>
/// <param name="w2">hidden×classes, row-major.</param>
/// <param name="hidden">Features of a node between the convolutions.</param>
/// <param name="classes">Scores of a node.</param>
internal sealed class Network(CsrMatrix graph, CsrMatrix features, float[] w1, float[] w2, int hidden, int classes)
{
    private readonly PackedMatrix _graph = PackedMatrix.Pack(graph, GraphKernels.AggregateKernel.Weights!);
    private readonly PackedMatrix _features = PackedMatrix.Pack(features, GraphKernels.EmbedKernel.Weights!);
    private readonly float[] _embedded = new float[graph.Rows * hidden], _hidden = new float[graph.Rows * hidden], _scores = new float[graph.Rows * classes], _result = new float[graph.Rows * classes];

    private int Nodes => graph.Rows;

    /// <summary>Scores of every node, nodes×classes; valid until the next call.</summary>
    public float[] Forward()
    {
        GraphKernels.Embed(_features, w1, _embedded, hidden);
        GraphKernels.AggregateRelu(_graph, _embedded, _hidden, hidden);
        GraphKernels.Multiply(_hidden, w2, _scores, Nodes, hidden, classes);
        GraphKernels.Aggregate(_graph, _scores, _result, classes);
        return _result;
    }

    /// <summary>The part of some nodes that the greatest score classifies rightly, 0 to 1.</summary>
    public double Accuracy(int[] nodes, int[] labels)
    {
        float[] scores = Forward();
        return nodes.Count(node => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores.AsSpan(node * classes, classes)) == labels[node]) / (double)nodes.Length;
    }

    /// <summary>Gradient descent on the mean cross-entropy of some nodes. The way back goes along the edges in the other direction: through the transposes of Â and X, packed once.</summary>
    public void Train(int[] nodes, int[] labels, int steps, float rate)
    {
        PackedMatrix back = _graph.Transpose(), featuresBack = _features.Transpose();
        float[] toResult = new float[_result.Length], toScores = new float[_scores.Length], toHidden = new float[_hidden.Length], toEmbedded = new float[_embedded.Length], toW1 = new float[w1.Length], w2Back = new float[w2.Length];
        for (int step = 0; step < steps; step++)
        {
            Forward();
            CrossEntropyGradient(nodes, labels, toResult);
            GraphKernels.Aggregate(back, toResult, toScores, classes);
            for (int h = 0; h < hidden; h++)
                for (int c = 0; c < classes; c++)
                    w2Back[c * hidden + h] = w2[h * classes + c];
            GraphKernels.Multiply(toScores, w2Back, toHidden, Nodes, classes, hidden);
            for (int i = 0; i < toHidden.Length; i++)
                toHidden[i] = _hidden[i] > 0 ? toHidden[i] : 0;
            GraphKernels.Aggregate(back, toHidden, toEmbedded, hidden);
            GraphKernels.Embed(featuresBack, toEmbedded, toW1, hidden);

            for (int i = 0; i < w1.Length; i++)
                w1[i] -= rate * toW1[i];
            // Hᵀ·G of two thin matrices.
            for (int node = 0; node < Nodes; node++)
                for (int h = 0; h < hidden; h++)
                    for (int c = 0; c < classes; c++)
                        w2[h * classes + c] -= rate * _hidden[node * hidden + h] * toScores[node * classes + c];
        }
    }

    /// <summary>(softmax − label) / nodes where a class is known, 0 elsewhere.</summary>
    private void CrossEntropyGradient(int[] nodes, int[] labels, float[] gradient)
    {
        Array.Clear(gradient);
        foreach (int node in nodes)
        {
            Span<float> line = gradient.AsSpan(node * classes, classes);
            System.Numerics.Tensors.TensorPrimitives.SoftMax(_result.AsSpan(node * classes, classes), line);
            line[labels[node]] -= 1;
            foreach (ref float value in line) value /= nodes.Length;
        }
    }
}
