namespace CompressedVision;

/// <summary>Pictures as the network takes them.</summary>
internal static class Pictures
{
    private const int Size = 227;

    // Blue, green and red, the order in which the network was trained.
    private static readonly float[] Means = [104, 117, 123];

    /// <summary>Reads 227×227 pixels of three bytes, red, green, blue.</summary>
    public static FeatureMap Load(string path)
    {
        byte[] pixels = File.ReadAllBytes(path);
        if (pixels.Length != 3 * Size * Size) throw new InvalidDataException($"'{path}' has {pixels.Length} bytes; a picture of {Size}×{Size} pixels has {3 * Size * Size}.");
        var values = new float[pixels.Length];
        for (int i = 0; i < values.Length; i++) values[i] = pixels[3 * (i % (Size * Size)) + 2 - i / (Size * Size)] - Means[i / (Size * Size)];
        return new FeatureMap(values, 3, Size, Size);
    }

    /// <summary>Circles around a place that the number gives.</summary>
    public static FeatureMap Draw(int number, int size)
    {
        var values = new float[3 * size * size];
        for (int i = 0; i < values.Length; i++)
        {
            int y = i / size % size - 7 * number % size, x = i % size - 11 * number % size;
            values[i] = MathF.Sin((1 + i / (size * size)) * MathF.Sqrt(x * x + y * y) * 0.5f);
        }

        return new FeatureMap(values, 3, size, size);
    }
}
