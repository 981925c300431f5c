using Intarsia;
using LowBitWeights;

// KWT-1, a keyword spotter, with the 72 matrices of its encoder in many formats: what each costs, and what accuracy is left. Without the model, a small one is drawn.
bool brief = args.Contains("--brief");
string[] folders = [.. args.Where(arg => arg != "--brief")];
if (folders.Length > 1 || folders.Any(folder => folder.StartsWith('-')))
{
    Console.Error.WriteLine("Usage: LowBitWeights [--brief] [FOLDER]   (the folder with kwt1.safetensors and clips.safetensors)");
    return 2;
}

string? folder = folders.Length == 1 ? folders[0] : FindData();
string modelPath = Path.Combine(folder ?? "", "kwt1.safetensors"), clipsPath = Path.Combine(folder ?? "", "clips.safetensors");
bool isReal = folder is not null && File.Exists(modelPath) && File.Exists(clipsPath);
if (!isReal && folders.Length == 1)
{
    Console.Error.WriteLine($"There is no '{(File.Exists(modelPath) ? clipsPath : modelPath)}'.");
    return 2;
}

(Transformer model, Words words) = isReal ? Load() : Draw();
LinearLayer[] encoder = [.. model.EncoderLayers];
Console.WriteLine(FormattableString.Invariant($"{words.Count} clips of {model.Shape.Tokens} tokens; {encoder.Length} matrices of the encoder with {encoder.Sum(layer => layer.Weights.Length):N0} weights; embedding, head, attention and norms stay f32."));
Console.WriteLine($"The baseline is {WeightFormat.Baseline.Name}, dense, in generated kernels. Times are those of one thread, the best of a few turns at this moment; with {Float32.LinearKernel.Tier} and {Int8.LinearKernel.Tier}.");
Console.WriteLine();

var experiment = new Experiment(model, words);
IReadOnlyList<Resources> rows = experiment.Run(new Clock(brief));
Report.Numbers(rows, words.Count);
Console.WriteLine("Resource efficiency: accuracy kept by the share of the resource that is spent; above 1 is better than the baseline.");
Console.WriteLine();
Report.Efficiency(rows);
if (rows[0].Joules is null) Console.WriteLine("Energy is left out: this machine has no counter that may be read (powercap).");
Console.WriteLine(experiment.Difference ?? $"{experiment.Compared} products agree with the reference executor.");
return experiment.Difference is null ? 0 : 1;

(Transformer, Words) Load()
{
    using SafetensorsFile modelFile = SafetensorsFile.Open(modelPath), clipFile = SafetensorsFile.Open(clipsPath);
    return (Transformer.LoadKwt1(modelFile), Words.Load(clipFile, new CepstralFrontend(modelFile)));
}

(Transformer, Words) Draw()
{
    Console.WriteLine("KWT-1 is not here (docs/data.md says where it is looked for). A small network is drawn instead, its head trained on drawn words; the clips below are others.");
    return (Drawn.Network(Drawn.Clips(ofEach: 20, seed: 3)), Drawn.Clips(ofEach: 8, seed: 4));
}

// INTARSIA_DATA, or ../shared/data beside the repository.
static string? FindData()
{
    if (Environment.GetEnvironmentVariable("INTARSIA_DATA") is { Length: > 0 } configured) return Path.Combine(configured, "kwt1");
    for (DirectoryInfo? above = new(AppContext.BaseDirectory); above is not null; above = above.Parent)
        if (File.Exists(Path.Combine(above.FullName, "Intarsia.slnx")))
            return Path.Combine(above.FullName, "..", "shared", "data", "kwt1");
    return null;
}
