using System.Diagnostics;
using CompressedVision;
using Intarsia;

// SqueezeNet from a Deep-Compression file of 0.7 MB: decoded, packed, and run with one sparse kernel. Without the file, a small network is drawn instead.
if (args is not ([] or [_]))
{
    Console.Error.WriteLine("Usage: CompressedVision [FOLDER]   (the folder with compressed_SqueezeNet.net, synset.txt and image-*.u8)");
    return 2;
}

string? folder = args.Length == 1 ? args[0] : FindData();
string file = Path.Combine(folder ?? "", "compressed_SqueezeNet.net");
bool isReal = folder is not null && File.Exists(file);
if (!isReal)
{
    if (args.Length == 1)
    {
        Console.Error.WriteLine($"There is no '{file}'.");
        return 2;
    }
    Console.WriteLine("The compressed SqueezeNet is not here (docs/data.md says where it is looked for). A small network is drawn at random instead: its classes mean nothing, but its kernels are checked all the same.");
}

Architecture architecture = isReal ? Architecture.SqueezeNet : Architecture.Small;
var random = new Random(1);
IReadOnlyList<DeepCompressionLayer> layers = isReal ? DeepCompressionFile.Read(file, architecture.Shapes()) : Network.Draw(architecture, random);
(string Name, FeatureMap Image)[] images = isReal
    ? [.. Directory.GetFiles(folder!, "image-*.u8").Order(StringComparer.Ordinal).Select(path => (Path.GetFileNameWithoutExtension(path), Pictures.Load(path)))]
    : [.. Enumerable.Range(0, 3).Select(i => ($"drawn-{i}", Pictures.Draw(i, 39)))];
string[] classes = isReal ? [.. File.ReadAllLines(Path.Combine(folder!, "synset.txt")).Select(line => line[(line.IndexOf(' ') + 1)..].Split(',')[0])] : [.. Enumerable.Range(0, architecture.Classes).Select(i => $"class {i}")];

var network = new Network(architecture, layers);
long weights = layers.Sum(layer => (long)layer.Shape.Rows * layer.Shape.Depth), nonZeros = layers.Sum(layer => (long)layer.NonZeros);
Console.WriteLine(FormattableString.Invariant($"{layers.Count} layers, {weights:N0} weights, {nonZeros:N0} not zero ({100.0 * nonZeros / weights:F1} %); packed {network.Layers.Sum(layer => layer.Weights.SizeInBytes):N0} bytes, as binary32 {4 * weights:N0}"));

// The reference takes its time: layers beyond this many products are not compared.
const long MostChecked = 20_000_000;
int compared = 0;
string? difference = null;
foreach ((string name, FeatureMap image) in images)
{
    network.Run(image);
    var watch = Stopwatch.StartNew();
    float[] probabilities = network.Run(image);
    double milliseconds = watch.Elapsed.TotalMilliseconds;
    int best = Array.IndexOf(probabilities, probabilities.Max());
    Console.WriteLine(FormattableString.Invariant($"{name,-16} {classes[best],-20} {probabilities[best]:F2}   {milliseconds:F1} ms"));
    if (name != images[0].Name) continue;
    network.Run(image, (layer, input, result) =>
    {
        FeatureMap patches = layer.Patches(input);
        if (layer.DenseProducts(patches) > MostChecked) return;
        compared++;
        if (layer.Difference(patches, result.Values) is { } found) difference ??= $"{layer.Layer.Shape.Name}: {found}";
    });
}

Console.WriteLine();
Console.WriteLine(VisionKernels.ConvolveKernel);
Console.WriteLine(difference ?? $"{compared} layers agree with the reference executor.");
return difference is null ? 0 : 1;

// INTARSIA_DATA, or ../shared/data beside the repository.
static string? FindData()
{
    if (Environment.GetEnvironmentVariable("INTARSIA_DATA") is { Length: > 0 } configured) return Path.Combine(configured, "squeezenet");
    for (DirectoryInfo? above = new(AppContext.BaseDirectory); above is not null; above = above.Parent)
        if (File.Exists(Path.Combine(above.FullName, "Intarsia.slnx")))
            return Path.Combine(above.FullName, "..", "shared", "data", "squeezenet");
    return null;
}
