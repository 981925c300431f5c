namespace Quickstart;

/// <summary>One row of a table: a chain of layers, and how its result is judged.</summary>
/// <param name="Name">Pattern and number format.</param>
/// <param name="Layers">The layers, first to last; each reads what the one before it wrote.</param>
/// <param name="Logits">What the last layer writes.</param>
internal sealed record Variant(string Name, BoundLayer[] Layers, float[] Logits)
{
    /// <summary>Bytes of all packed weights, with indices and scales.</summary>
    public long WeightBytes => Layers.Sum(layer => layer.Packed.SizeInBytes);

    /// <summary>One pass over all items.</summary>
    public void Run()
    {
        foreach (BoundLayer layer in Layers) layer.Run();
    }

    /// <summary>Compares what each layer has written with the reference executor: null, or the first difference.</summary>
    public string? FirstMismatch()
    {
        foreach (BoundLayer layer in Layers)
            if (layer.FirstMismatch() is { } mismatch) return mismatch;
        return null;
    }
}

/// <summary>A way to compute the same without Intarsia, on the dense float weights.</summary>
/// <param name="Name">How.</param>
/// <param name="Run">One pass over all items.</param>
/// <param name="WeightBytes">Bytes of the weights.</param>
/// <param name="Logits">What the last layer writes.</param>
internal sealed record Baseline(string Name, Action Run, long WeightBytes, float[] Logits);
