using Intarsia;
using Quickstart;
using Quickstart.Trainer;

// Trains the digit networks of samples/Quickstart and writes their weights; with --check, compares the bytes with the file that is there instead.
// A sparse network starts from the dense one: prune by magnitude into its pattern, then train on with the zeros held.
bool check = args.Contains("--check");
string folder = args.FirstOrDefault(argument => !argument.StartsWith('-')) ?? Path.Combine("samples", "Quickstart", "data");
(Digits training, Digits heldOut) = Digits.Load(folder);

var tensors = new List<(string, int[], float[])>();
Train("dense", prune: null);
Train("nm2of4", (values, rows, depth) => Pruner.NM(values, rows, depth, n: 2, m: 4));
Train("nm1of4", (values, rows, depth) => Pruner.NM(values, rows, depth, n: 1, m: 4));
Train("vectors4", (values, rows, depth) => Pruner.VectorRows(values, rows, depth, v: 4, sparsity: 0.75));

string path = Path.Combine(folder, "digits.safetensors");
byte[] file = SafetensorsWriter.Write(tensors);
if (check)
{
    bool same = File.Exists(path) && file.AsSpan().SequenceEqual(File.ReadAllBytes(path));
    Console.WriteLine(same ? $"{path} holds exactly these {file.Length} bytes." : $"{path} differs from what training writes.");
    return same ? 0 : 1;
}
File.WriteAllBytes(path, file);
Console.WriteLine($"{path}: {file.Length} bytes.");
return 0;

void Train(string name, Action<float[], int, int>? prune)
{
    var trainer = new Training(training);
    trainer.Run(Training.DenseEpochs);
    if (prune is not null)
    {
        foreach (Layer layer in trainer.Network.Layers)
        {
            prune(layer.Weights.Values, layer.Rows, layer.Depth);
            layer.Weights.KeepZeros();
        }
        trainer.Run(Training.SparseEpochs);
    }
    for (int i = 0; i < trainer.Network.Layers.Length; i++)
    {
        Layer layer = trainer.Network.Layers[i];
        tensors.Add(($"{name}.{i}.weight", [layer.Rows, layer.Depth], layer.Weights.Values));
        tensors.Add(($"{name}.{i}.bias", [layer.Rows], layer.Bias.Values));
    }
    Console.WriteLine($"{name,-10} {trainer.Accuracy(training):P2} of {training.Count} training digits, {trainer.Accuracy(heldOut):P2} of {heldOut.Count} held-out digits");
}
