using ILGPU.Runtime;

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

    /// <summary>One pass over all items on an accelerator, or, with a clock, many; then compares what each layer has written there with the reference executor.</summary>
    /// <returns>The best time of a pass, launches included, and null or the first difference.</returns>
    public (TimeSpan? Time, string? Mismatch) RunOn(Accelerator accelerator, Clock? clock)
    {
        using var device = new DeviceArrays(accelerator);
        Action[] launches = Array.ConvertAll(Layers, layer => layer.On(device));
        TimeSpan? time = clock?.Best(Pass);
        if (clock is null) Pass();
        foreach (BoundLayer layer in Layers) layer.Download(device);
        return (time, FirstMismatch());

        void Pass()
        {
            foreach (Action launch in launches) launch();
            accelerator.Synchronize();
        }
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
