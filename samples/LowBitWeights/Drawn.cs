namespace LowBitWeights;

/// <summary>
/// Words and a network for where KWT-1 is not at hand. A word is a curve of each coefficient; its clips differ in speed, loudness and noise.
/// The encoder is drawn at random, and only its head is trained: enough to see what a format costs, not how well a network can be.
/// </summary>
internal static class Drawn
{
    private static readonly TransformerShape s_shape = new(Layers: 2, Width: 64, Hidden: 256, Coefficients: 40, Frames: 30, Classes: 12);

    /// <summary>Clips of the twelve words, as many of each.</summary>
    /// <param name="ofEach">Clips of each word.</param>
    /// <param name="seed">Which clips; the words are always the same.</param>
    public static Words Clips(int ofEach, int seed)
    {
        Random words = new(1), clips = new(seed);
        (double Turns, double Phase)[][] curves = [.. Enumerable.Range(0, s_shape.Classes).Select(_ =>
            Enumerable.Range(0, s_shape.Coefficients).Select(_ => (2 * words.NextDouble(), 2 * Math.PI * words.NextDouble())).ToArray())];
        int[] labels = [.. Enumerable.Range(0, ofEach * s_shape.Classes).Select(clip => clip % s_shape.Classes)];
        return new Words([.. labels.Select(Clip)], labels, s_shape.Classes);

        float[] Clip(int word)
        {
            double speed = 0.9 + 0.2 * clips.NextDouble(), start = 0.1 * clips.NextDouble(), loudness = 0.7 + 0.6 * clips.NextDouble();
            const double Noise = 0.7;
            return [.. Enumerable.Range(0, s_shape.Frames * s_shape.Coefficients).Select(i =>
            {
                (int frame, int coefficient) = Math.DivRem(i, s_shape.Coefficients);
                (double turns, double phase) = curves[word][coefficient];
                return (float)(loudness * Math.Sin(2 * Math.PI * turns * (start + speed * frame / s_shape.Frames) + phase) + Noise * Normal(clips));
            })];
        }
    }

    /// <summary>Draws an encoder, and trains a head for these words.</summary>
    public static Transformer Network(Words words)
    {
        var random = new Random(2);
        Dictionary<string, float[]> tensors = [];
        var untrained = new Transformer(s_shape, attentionScale: 1 / MathF.Sqrt(s_shape.Width), Draw);
        // Layers go on standing for the same tensors: only the head is another.
        tensors["head.weight"] = TrainHead(untrained.Encode(words.Batch(0, words.Count), words.Count, new KernelLayers(WeightFormat.Baseline)), words.Labels);
        return new Transformer(s_shape, 1 / MathF.Sqrt(s_shape.Width), name => tensors.GetValueOrDefault(name));

        float[]? Draw(string name)
        {
            int width = s_shape.Width;
            (int length, double spread, double mean) = name.Split('.') switch
            {
                ["cls_token"] => (width, 1, 0),
                ["position"] => (s_shape.Tokens * width, 0.5, 0),
                ["embed", "weight"] => (width * s_shape.Coefficients, 1 / Math.Sqrt(s_shape.Coefficients), 0),
                ["head", "weight"] => (s_shape.Classes * width, 0, 0),
                [.., "norm1" or "norm2", "weight"] => (width, 0, 1),
                [.., "norm1" or "norm2", "bias"] => (width, 0, 0),
                [.., "bias"] => (0, 0, 0),
                [.., "ffn1", _] => (s_shape.Hidden * width, 1 / Math.Sqrt(width), 0),
                [.., "ffn2", _] => (width * s_shape.Hidden, 1 / Math.Sqrt(s_shape.Hidden), 0),
                _ => (width * width, 1.5 / Math.Sqrt(width), 0.0),
            };
            return length == 0 ? null : tensors[name] = [.. Enumerable.Range(0, length).Select(_ => (float)(mean + spread * Normal(random)))];
        }
    }

    /// <summary>classes×width: softmax regression on class tokens (clips×width), by gradient descent.</summary>
    private static float[] TrainHead(float[] classTokens, int[] labels)
    {
        const int Steps = 200;
        const float Rate = 0.5f;
        int width = s_shape.Width, classes = s_shape.Classes;
        float[] head = new float[classes * width], gradient = new float[head.Length];
        var shares = new double[classes];
        for (int step = 0; step < Steps; step++)
        {
            Array.Clear(gradient);
            for (int clip = 0; clip < labels.Length; clip++)
            {
                ReadOnlySpan<float> token = classTokens.AsSpan(clip * width, width);
                for (int i = 0; i < classes; i++) shares[i] = Math.Exp(Dot(head.AsSpan(i * width, width), token));
                double sum = shares.Sum();
                for (int i = 0; i < classes; i++)
                {
                    var error = (float)(shares[i] / sum - (i == labels[clip] ? 1 : 0));
                    for (int k = 0; k < width; k++) gradient[i * width + k] += error * token[k];
                }
            }
            for (int i = 0; i < head.Length; i++) head[i] -= Rate * gradient[i] / labels.Length;
        }
        return head;
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }

    /// <summary>One draw from the standard normal distribution (Box and Muller).</summary>
    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
