using System.Diagnostics;
using System.Globalization;
using GraphConvolution;
using Intarsia;

// A graph convolutional network, its graph packed in windows of 16 rows: on a generated directed graph, where it is trained, and with trained weights on Cora, where the data is at hand.
const int Hidden = 16;
bool good = Generated();
string? file = FindCora();
if (file is not null) good &= Cora(file);
return good ? 0 : 1;

bool Generated()
{
    Dataset data = Dataset.Generate(communities: 4, size: 100, seed: 7);
    CsrMatrix graph = Dataset.Mean(data.Graph), features = Dataset.NormaliseRows(data.Features);
    Describe("Generated directed graph", graph);
    var random = new Random(1);
    float[] Draw(int rows, int columns) => [.. Enumerable.Range(0, rows * columns).Select(_ => (float)((random.NextDouble() * 2 - 1) * Math.Sqrt(6.0 / (rows + columns))))];
    float[] w1 = Draw(features.Depth, Hidden), w2 = Draw(Hidden, data.Classes);
    var network = new Network(graph, features, w1, w2, Hidden, data.Classes);
    double before = network.Accuracy(data.Test, data.Labels);
    var watch = Stopwatch.StartNew();
    const int Steps = 300;
    network.Train(data.Training, data.Labels, Steps, rate: 2);
    watch.Stop();
    double after = network.Accuracy(data.Test, data.Labels);
    Print($"  trained on {data.Training.Length} nodes, {Steps} steps of {watch.Elapsed.TotalMilliseconds / Steps:F2} ms: {before:P1} of the other {data.Test.Length} are right before, {after:P1} after");
    return after > 0.8;
}

bool Cora(string path)
{
    using var cora = SafetensorsFile.Open(path);
    int[] shape = cora["feat_shape"].GetInt32s(), labels = cora["labels"].GetInt32s(), pointers = cora["indptr"].GetInt32s();
    CsrMatrix graph = Dataset.Symmetric(new CsrMatrix(pointers.Length - 1, pointers.Length - 1, pointers, cora["indices"].GetInt32s()));
    CsrMatrix features = Dataset.NormaliseRows(new CsrMatrix(shape[0], shape[1], cora["feat_indptr"].GetInt32s(), cora["feat_indices"].GetInt32s(), cora["feat_data"].GetFloats()));
    Describe("Cora", graph);
    var network = new Network(graph, features, cora["gcn.w1"].GetFloats(), cora["gcn.w2"].GetFloats(), Hidden, labels.Max() + 1);
    int[] test = cora["test"].GetInt32s();
    network.Forward(); // prepares the kernels' own forms of the matrices
    var watch = Stopwatch.StartNew();
    double accuracy = network.Accuracy(test, labels);
    watch.Stop();
    Print($"  accuracy {accuracy:P1} on {test.Length} test nodes, {watch.Elapsed.TotalMilliseconds:F2} ms for all nodes");
    return accuracy > 0.81;
}

void Describe(string name, CsrMatrix graph)
{
    RowWindows blocks = RowWindows.Count(graph);
    Print($"{name}: {graph.Rows:N0} nodes, {graph.Count:N0} edges with self loops; 16x8 blocks {blocks.OnGrid:N0} on a grid, {blocks.Condensed:N0} in windows ({blocks.Reduction:P1} fewer)");
    // What translating a graph costs, which is done once for any number of products (TC-GNN, USENIX ATC'23, section 4); the first time the code itself is compiled.
    const int Times = 5;
    double[] times = new double[Times];
    PackedMatrix.Pack(graph, GraphKernels.AggregateKernel.Weights!);
    for (int i = 0; i < Times; i++)
    {
        var watch = Stopwatch.StartNew();
        PackedMatrix.Pack(graph, GraphKernels.AggregateKernel.Weights!);
        times[i] = watch.Elapsed.TotalMilliseconds;
    }
    double time = times.Order().ElementAt(Times / 2);
    Print($"  translated into windows in {time:F2} ms, {graph.Count / time / 1000:F1} million edges a second");
}

void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

// The folder that INTARSIA_DATA names, else ../shared/data beside the repository.
string? FindCora()
{
    string? folder = Environment.GetEnvironmentVariable("INTARSIA_DATA");
    for (DirectoryInfo? above = new(AppContext.BaseDirectory); string.IsNullOrEmpty(folder) && above is not null; above = above.Parent)
        if (File.Exists(Path.Combine(above.FullName, "Intarsia.slnx")))
            folder = Path.Combine(above.FullName, "..", "shared", "data");
    string path = Path.GetFullPath(Path.Combine(folder ?? ".", "graphs", "cora.safetensors"));
    if (File.Exists(path)) return path;
    Console.WriteLine($"Cora: left out, because there is no '{path}'; point INTARSIA_DATA at the folder of real data (docs/data.md).");
    return null;
}
