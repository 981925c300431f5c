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
            yield return Of($"dlmc {parts[0]} {parts[1].Replace('_', ' ')} {Path.GetFileName(path).Split('.')[0].Replace("body_decoder_layer_0_", "", StringComparison.Ordinal)}", new CsrMatrix(pattern.Rows, pattern.Depth, pattern.RowPointers, pattern.ColumnIndices, Operands.Floats(pattern.Count, 1)), columns);
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

    private static BenchCase Of(string name, CsrMatrix matrix, int columns)
    {
        string sparsity = (1 - matrix.Count / ((double)matrix.Rows * matrix.Depth)).ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
        var dense = new Lazy<float[]>(() =>
        {
            var values = new float[matrix.Rows * matrix.Depth];
            matrix.ToDense(values);
            return values;
        });
        return SparseCases.RowMajor($"spmm f32 csr {name} {matrix.Rows}x{columns}x{matrix.Depth} {sparsity}", matrix.Rows, columns, matrix.Depth, () => dense.Value, MatrixKernels.CsrKernel, MatrixKernels.Csr);
    }
}
