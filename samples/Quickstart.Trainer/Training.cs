namespace Quickstart.Trainer;

/// <summary>Trains one network: fixed seed, fixed number of epochs, learning rate falling linearly to zero in each run.</summary>
public sealed class Training
{
    /// <summary>Epochs of a dense network.</summary>
    public const int DenseEpochs = 30;

    /// <summary>Epochs that a pruned network is trained on.</summary>
    public const int SparseEpochs = 20;

    private const int Seed = 1797, Batch = 32;
    private const float Rate = 2e-3f, Decay = 0.05f;
    private readonly Digits digits;
    private readonly float[] images;
    private readonly Random random = new(Seed);

    /// <summary>Creates the network of the sample, 64 → 128 → 128 → 10.</summary>
    public Training(Digits digits)
    {
        this.digits = digits;
        images = digits.Inputs();
        Network = new Network([Digits.PixelCount, 128, 128, 10], Batch, random);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Trains on for a number of epochs. Images are drawn without repetition; the last, short batch of an epoch is left out.</summary>
    public void Run(int epochs)
    {
        int[] order = [.. Enumerable.Range(0, digits.Count)];
        int batches = digits.Count / Batch, steps = epochs * batches, step = 0;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            random.Shuffle(order);
            for (int b = 0; b < batches; b++, step++)
            {
                Network.AddGradients(images, digits.Labels, order.AsSpan(b * Batch, Batch));
                float rate = Rate * (steps - step) / steps;
                foreach (Layer layer in Network.Layers)
                {
                    layer.Weights.Step(rate, Decay);
                    layer.Bias.Step(rate, 0);
                }
            }
        }
    }

    /// <summary>The share of images whose largest logit is their label's.</summary>
    public double Accuracy(Digits of)
    {
        int right = 0;
        float[] inputs = of.Inputs();
        for (int n = 0; n < of.Count; n++)
            if (Network.Classify(inputs.AsSpan(n * Digits.PixelCount, Digits.PixelCount)) == of.Labels[n]) right++;
        return (double)right / of.Count;
    }
}
