using System.Globalization;
using Intarsia.Bench.Kernels;
using Intarsia.Bench.Measuring;

namespace Intarsia.Bench.Cases;

/// <summary>
/// Really pruned matrices in compressed rows, where <c>INTARSIA_DATA</c> names the folder that has them (docs/data.md): the patterns of the Deep Learning Matrix Collection, whose values are drawn, and four layers of a hand-landmark network.
/// One kernel, whose extents come with the call, runs them all.
/// </summary>
internal static class MatrixCases
{
    /// <summary>Of these, each entry is a vector of four and of eight rows as well, as in Magicube (SC'22, section 5.1).</summary>
    private static readonly string[] Vectors = ["self_attention_multihead_attention_q_fully_connected", "ffn_conv2_fully_connected"];

    private static readonly string[] Layers = ["m22_192x672", "m23_1152x192", "m25_192x1152", "m34_63x1152"];

    /// <summary>A case for each matrix; none where there is no folder.</summary>
    public static IEnumerable<BenchCase> All(int columns) => Environment.GetEnvironmentVariable("INTARSIA_DATA") is not { Length: > 0 } folder ? [] : [.. Dlmc(Path.Combine(folder, "dlmc"), columns), .. HandLandmark(Path.Combine(folder, "pruned-weights", "hand_landmark.safetensors"), columns)];

    private static IEnumerable<BenchCase> Dlmc(string folder, int columns)
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (string path in Directory.GetFiles(folder, "*.smtx.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string[] parts = Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar);
            CsrMatrix pattern = SmtxReader.Read(path);
            string name = $"dlmc {parts[0]} {parts[1].Replace('_', ' ')} {Path.GetFileName(path).Split('.')[0].Replace("body_decoder_layer_0_", "", StringComparison.Ordinal)}";
            foreach (int vector in parts[1] == "magnitude_pruning" && Vectors.Any(end => name.EndsWith(end, StringComparison.Ordinal)) ? (int[])[1, 4, 8] : [1])
            {
                CsrMatrix vectors = pattern.ExpandVectorRows(vector);
                yield return Of(name, new CsrMatrix(vectors.Rows, vectors.Depth, vectors.RowPointers, vectors.ColumnIndices, Operands.Floats(vectors.Count, 1)), columns, vector);
            }
        }
    }

    private static IEnumerable<BenchCase> HandLandmark(string path, int columns)
    {
        if (!File.Exists(path)) yield break;
        using var file = SafetensorsFile.Open(path);
        foreach (string name in Layers)
        {
            int[] shape = [.. name.Split('_')[1].Split('x').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
            yield return Of($"hand-landmark {name}", new CsrMatrix(shape[0], shape[1], file[$"{name}.indptr"].GetInt32s(), file[$"{name}.indices"].GetInt32s(), file[$"{name}.values"].GetFloats()), columns);
        }
    }

    private static BenchCase Of(string name, CsrMatrix matrix, int columns, int vector = 1)
    {
        string sparsity = (1 - matrix.Count / ((double)matrix.Rows * matrix.Depth)).ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
        var dense = new Lazy<float[]>(() =>
        {
            var values = new float[matrix.Rows * matrix.Depth];
            matrix.ToDense(values);
            return values;
        });
        (string pattern, KernelInfo info, DenseCases.Kernel kernel) = vector switch
        {
            4 => ("sr-bcrs V=4", MatrixKernels.Vectors4Kernel, MatrixKernels.Vectors4),
            8 => ("sr-bcrs V=8", MatrixKernels.Vectors8Kernel, (DenseCases.Kernel)MatrixKernels.Vectors8),
            _ => ("csr", MatrixKernels.CsrKernel, MatrixKernels.Csr),
        };
        return SparseCases.RowMajor($"spmm f32 {pattern} {name} {matrix.Rows}x{columns}x{matrix.Depth} {sparsity}", matrix.Rows, columns, matrix.Depth, () => dense.Value, info, kernel);
    }
}
