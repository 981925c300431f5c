namespace CompressedVision;

/// <summary>Channels of a picture: <c>values[channel][row][column]</c>.</summary>
internal sealed record FeatureMap(float[] Values, int Channels, int Height, int Width)
{
    public int Pixels => Height * Width;

    /// <summary>The share of values that are not zero.</summary>
    public double Density => Values.Count(value => value != 0) / (double)Math.Max(1, Values.Length);

    /// <summary>
    /// What a square window sees at each of its places, one column for each: (channels · size · size) × places, row-major. A window of one pixel without border sees the map itself.
    /// </summary>
    public FeatureMap Patches(int size, int stride, int border)
    {
        if (size == 1 && stride == 1 && border == 0) return this;
        int height = (Height + 2 * border - size) / stride + 1, width = (Width + 2 * border - size) / stride + 1;
        var patches = new float[Channels * size * size * height * width];
        int at = 0;
        for (int channel = 0; channel < Channels; channel++)
            for (int dy = 0; dy < size; dy++)
                for (int dx = 0; dx < size; dx++)
                    for (int y = 0; y < height; y++)
                        for (int x = 0; x < width; x++, at++)
                        {
                            int row = y * stride + dy - border, column = x * stride + dx - border;
                            if ((uint)row < (uint)Height && (uint)column < (uint)Width) patches[at] = Values[(channel * Height + row) * Width + column];
                        }

        return new FeatureMap(patches, Channels * size * size, height, width);
    }

    /// <summary>The maximum of windows of 3×3, two pixels apart; those at the edge may hang over it, as Caffe has them.</summary>
    public FeatureMap MaxPool()
    {
        int height = (Height - 2) / 2 + 1, width = (Width - 2) / 2 + 1;
        var pooled = new float[Channels * height * width];
        for (int i = 0; i < pooled.Length; i++)
        {
            int channel = i / (height * width), top = i / width % height * 2, left = i % width * 2;
            float most = float.NegativeInfinity;
            for (int y = top; y < Math.Min(top + 3, Height); y++)
                for (int x = left; x < Math.Min(left + 3, Width); x++)
                    most = Math.Max(most, Values[(channel * Height + y) * Width + x]);
            pooled[i] = most;
        }

        return new FeatureMap(pooled, Channels, height, width);
    }

    /// <summary>The channels of this map, then those of another.</summary>
    public FeatureMap Concat(FeatureMap other) => new([.. Values, .. other.Values], Channels + other.Channels, Height, Width);

    /// <summary>The mean of each channel, and of these the softmax.</summary>
    public float[] Classify()
    {
        double[] means = [.. Enumerable.Range(0, Channels).Select(channel => Values.AsSpan(channel * Pixels, Pixels).ToArray().Average(value => (double)value))];
        double most = means.Max(), sum = means.Sum(mean => Math.Exp(mean - most));
        return [.. means.Select(mean => (float)(Math.Exp(mean - most) / sum))];
    }
}
