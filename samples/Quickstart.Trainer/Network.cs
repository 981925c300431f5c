namespace Quickstart.Trainer;

/// <summary>One fully connected layer: weights rows×depth, a bias per row, and what training carries for each.</summary>
public sealed class Layer
{
    /// <summary>A layer with weights drawn uniformly from ±√(6 / depth) (He et al., ICCV 2015) and zero biases.</summary>
    public Layer(int rows, int depth, Random random)
    {
        (Rows, Depth) = (rows, depth);
        Weights = new Parameter(rows * depth);
        Bias = new Parameter(rows);
        double limit = Math.Sqrt(6.0 / depth);
        for (int i = 0; i < Weights.Values.Length; i++) Weights.Values[i] = (float)((2 * random.NextDouble() - 1) * limit);
    }

    /// <summary>Output features.</summary>
    public int Rows { get; }

    /// <summary>Input features.</summary>
    public int Depth { get; }

    /// <summary>rows×depth, row-major.</summary>
    public Parameter Weights { get; }

    /// <summary>One value per row.</summary>
    public Parameter Bias { get; }
}

/// <summary>A multi-layer perceptron with ReLU between the layers and a softmax cross-entropy loss on top, trained on the host in plain code.</summary>
public sealed class Network
{
    private readonly float[][] activations; // features×batch: a row of weights times a batch is a sum of scaled rows, the same on every machine
    private readonly float[][] gradients;
    private readonly int batch;

    /// <summary>Creates a network with the given widths, input first, for batches of one size.</summary>
    public Network(ReadOnlySpan<int> widths, int batch, Random random)
    {
        this.batch = batch;
        Layers = new Layer[widths.Length - 1];
        for (int i = 0; i < Layers.Length; i++) Layers[i] = new Layer(widths[i + 1], widths[i], random);
        activations = Array.ConvertAll(widths.ToArray(), width => new float[width * batch]);
        gradients = Array.ConvertAll(widths.ToArray(), width => new float[width * batch]);
    }

    /// <summary>The layers, input first.</summary>
    public Layer[] Layers { get; }

    /// <summary>Adds the gradients of one batch to the parameters' gradients. <paramref name="order"/> holds <c>batch</c> image numbers.</summary>
    public void AddGradients(float[] images, int[] labels, ReadOnlySpan<int> order)
    {
        Forward(images, order);
        SoftmaxGradient(labels, order);
        for (int i = Layers.Length - 1; i >= 0; i--) Backward(i);
    }

    /// <summary>The class with the largest logit for one image.</summary>
    public int Classify(ReadOnlySpan<float> image)
    {
        float[] x = image.ToArray();
        foreach (Layer layer in Layers)
        {
            float[] y = new float[layer.Rows];
            for (int r = 0; r < layer.Rows; r++)
            {
                y[r] = layer.Bias.Values[r] + Dot(layer.Weights.Values.AsSpan(r * layer.Depth, layer.Depth), x);
                if (layer != Layers[^1]) y[r] = MathF.Max(y[r], 0);
            }
            x = y;
        }
        return Array.IndexOf(x, x.Max());
    }

    private void Forward(float[] images, ReadOnlySpan<int> order)
    {
        for (int b = 0; b < batch; b++)
            for (int k = 0; k < Layers[0].Depth; k++)
                activations[0][k * batch + b] = images[order[b] * Layers[0].Depth + k];
        for (int i = 0; i < Layers.Length; i++)
        {
            Layer layer = Layers[i];
            for (int r = 0; r < layer.Rows; r++)
            {
                Span<float> y = activations[i + 1].AsSpan(r * batch, batch);
                y.Fill(layer.Bias.Values[r]);
                for (int k = 0; k < layer.Depth; k++)
                    PortableMath.AddScaled(layer.Weights.Values[r * layer.Depth + k], activations[i].AsSpan(k * batch, batch), y);
                if (i == Layers.Length - 1) continue;
                for (int b = 0; b < batch; b++) y[b] = MathF.Max(y[b], 0);
            }
        }
    }

    private void SoftmaxGradient(int[] labels, ReadOnlySpan<int> order)
    {
        float[] logits = activations[^1], gradient = gradients[^1];
        int classes = Layers[^1].Rows;
        for (int b = 0; b < batch; b++)
        {
            float maximum = float.NegativeInfinity;
            for (int c = 0; c < classes; c++) maximum = MathF.Max(maximum, logits[c * batch + b]);
            double sum = 0;
            for (int c = 0; c < classes; c++) sum += PortableMath.Exp(logits[c * batch + b] - maximum);
            for (int c = 0; c < classes; c++)
            {
                double probability = PortableMath.Exp(logits[c * batch + b] - maximum) / sum;
                gradient[c * batch + b] = (float)((probability - (labels[order[b]] == c ? 1 : 0)) / batch);
            }
        }
    }

    private void Backward(int i)
    {
        Layer layer = Layers[i];
        float[] x = activations[i], gradientOfX = gradients[i], gradientOfY = gradients[i + 1];
        Array.Clear(gradientOfX);
        for (int r = 0; r < layer.Rows; r++)
        {
            ReadOnlySpan<float> delta = gradientOfY.AsSpan(r * batch, batch);
            foreach (float d in delta) layer.Bias.Gradients[r] += d;
            for (int k = 0; k < layer.Depth; k++)
            {
                layer.Weights.Gradients[r * layer.Depth + k] += Dot(delta, x.AsSpan(k * batch, batch));
                PortableMath.AddScaled(layer.Weights.Values[r * layer.Depth + k], delta, gradientOfX.AsSpan(k * batch, batch));
            }
        }
        if (i == 0) return;
        for (int n = 0; n < gradientOfX.Length; n++)
            if (x[n] <= 0) gradientOfX[n] = 0;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            float product = a[i] * b[i];
            sum += product;
        }
        return sum;
    }
}
