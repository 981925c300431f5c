using Intarsia;

namespace LowBitWeights;

/// <summary>Runs a network on its words in every format, checks each product, and measures.</summary>
internal sealed class Experiment
{
    private readonly Transformer _model;
    private readonly Words _words;
    private readonly Call[] _clip, _token;
    private readonly EnergyCounter? _energy = EnergyCounter.Find();

    public Experiment(Transformer model, Words words)
    {
        (_model, _words) = (model, words);
        var recorder = new Recorder();
        model.Logits(words.Features[0], 1, recorder);
        _clip = [.. recorder.Calls];
        _token = [.. _clip.Select(call => new Call(call.Layer, [.. call.X.Values[..call.Layer.Depth]], 1))];
    }

    /// <summary>How many products were compared with the reference executor.</summary>
    public int Compared { get; private set; }

    /// <summary>The first difference from the reference executor; null where all agreed.</summary>
    public string? Difference { get; private set; }

    /// <summary>One row for each format, the baseline first, and one for the baseline's weights in plain code.</summary>
    public IReadOnlyList<Resources> Run(Clock clock)
    {
        ILayers[] ways = [.. WeightFormat.All.Select(format => new KernelLayers(format)), new PlainLayers()];
        string[] names = [.. WeightFormat.All.Select(format => format.Name), $"{WeightFormat.Baseline.Name}, plain code"];
        int[] right = [.. ways.Select(way => _words.CountRight(_words.Logits(_model, way)))];
        foreach (ILayers way in ways)
            if (way is KernelLayers kernels) Compare(kernels);

        using KernelThreads.Scope one = KernelThreads.Use(1);
        TimeSpan[] inference = clock.Best([.. ways.Select(way => (Action)(() => _model.Logits(_words.Features[0], 1, way)))]);
        TimeSpan[] matrices = clock.Best([.. ways.Select(way => (Action)(() => Multiply(way, _clip)))]), oneToken = clock.Best([.. ways.Select(way => (Action)(() => Multiply(way, _token)))]);
        double?[] joules = [.. ways.Select((way, i) => Energy(way, clock.Calls(inference[i])))];
        return [.. ways.Select((way, i) =>
        {
            // Plain code reads the weights that the baseline's kernels read.
            StoredLayer[] stored = [.. _clip.Select(call => (way as KernelLayers ?? (KernelLayers)ways[0]).Stored(call.Layer))];
            return new Resources(
                names[i], right[i], stored.Sum(layer => layer.Weights.SizeInBytes), stored.Sum(layer => layer.Kernel.Info.Bytes(layer.Weights, _model.Shape.Tokens)),
                stored.Sum(layer => Resources.Count(layer.Weights, layer.Kernel.Info, _model.Shape.Tokens)), inference[i], matrices[i], oneToken[i], joules[i]);
        })];
    }

    /// <summary>Joules of a clip, the mean of many.</summary>
    private double? Energy(ILayers way, int calls) => _energy?.Measure(() =>
    {
        for (int call = 0; call < calls; call++) _model.Logits(_words.Features[0], 1, way);
    }) / calls;

    private static void Multiply(ILayers way, Call[] calls)
    {
        foreach (Call call in calls) way.Linear(call.Layer, call.X, call.Y);
    }

    /// <summary>Each matrix on the activations that really reach it in the baseline, and on one token of them: few columns have kernels of their own.</summary>
    private void Compare(KernelLayers layers)
    {
        foreach (Call call in (Call[])[.. _clip, .. _token])
        {
            Array.Fill(call.Y, float.NaN);
            layers.Linear(call.Layer, call.X, call.Y);
            Difference ??= layers.Stored(call.Layer).FirstMismatch(call.X, call.Y);
            Compared++;
        }
    }

    /// <summary>One product of an inference.</summary>
    private sealed class Call(LinearLayer layer, float[] x, int tokens)
    {
        public LinearLayer Layer => layer;

        public Activations X { get; } = new(x, tokens);

        public float[] Y { get; } = new float[layer.Rows * tokens];
    }

    /// <summary>Keeps what reaches the matrices of the encoder.</summary>
    private sealed class Recorder() : KernelLayers(WeightFormat.Baseline)
    {
        public List<Call> Calls { get; } = [];

        public override void Linear(LinearLayer layer, Activations x, Span<float> y)
        {
            if (layer.IsEncoder) Calls.Add(new Call(layer, x.Values.ToArray(), x.Tokens));
            base.Linear(layer, x, y);
        }
    }
}
