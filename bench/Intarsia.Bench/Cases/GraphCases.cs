using Intarsia.Bench.Kernels;
using Intarsia.Bench.Measuring;

namespace Intarsia.Bench.Cases;

/// <summary>A real graph whose degrees follow a power law, where <c>INTARSIA_DATA</c> names the folder that has it (docs/data.md): the sum over the neighbours of each node of BlogCatalog, in compressed rows, hyb(c, k) and row windows.</summary>
internal static unsafe class GraphCases
{
    /// <summary>A case for each pattern; none where there is no folder.</summary>
    public static IEnumerable<BenchCase> All(int columns) => Environment.GetEnvironmentVariable("INTARSIA_DATA") is { Length: > 0 } folder && Path.Combine(folder, "graphs", "blogcatalog.safetensors") is var path && File.Exists(path)
        ? [
            Of("csr", path, columns, MatrixKernels.CsrKernel, MatrixKernels.Csr),
            Of("hyb(2,7)", path, columns, GraphKernels.AnyHybKernel, GraphKernels.AnyHyb),
            Of("row windows", path, columns, GraphKernels.AnyWindowsKernel, GraphKernels.AnyWindows),
        ]
        : [];

    private static BenchCase Of(string pattern, string path, int columns, KernelInfo info, DenseCases.Kernel kernel) =>
        new($"spmm f32 {pattern} blogcatalog, {columns} columns", "GFLOP/s", Ceiling.Fma, setup =>
        {
            CsrMatrix graph = Load(path);
            PackedMatrix packed = PackedMatrix.Pack(graph, info.Weights!);
            NativeBuffer<int> pointers = setup.Buffer<int>(graph.RowPointers), indices = setup.Buffer<int>(graph.ColumnIndices);
            NativeBuffer<float> values = setup.Buffer<float>(graph.Values!), x = setup.Buffer<float>(Operands.Floats(graph.Depth * columns, 2)), y = setup.Buffer<float>(graph.Rows * columns);
            setup.Work = 2.0 * graph.Count * columns;
            setup.Bytes = sizeof(float) * (graph.Count + (double)(graph.Depth + graph.Rows) * columns);
            setup.Clear = () => y.Span.Fill(float.NaN);
            setup.Check = Check(graph, columns, x.Span, () => y.Span);
            setup.AddPeer("eigen", "csr", peer => peer.CsrSpmm(graph.Rows, columns, graph.Depth, pointers.Pointer, indices.Pointer, values.Pointer, x.Pointer, y.Pointer));
            if (info.Weights!.Pattern != Pattern.Csr)
            {
                PackedMatrix rows = PackedMatrix.Pack(graph, MatrixKernels.CsrKernel.Weights!);
                setup.AddOwn("ours, csr", () => MatrixKernels.Csr(rows, x.Span, y.Span, columns));
            }
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, columns));
        });

    private static CsrMatrix Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        int[] pointers = file["indptr"].GetInt32s(), indices = file["indices"].GetInt32s();
        return new CsrMatrix(pointers.Length - 1, pointers.Length - 1, pointers, indices, Operands.Floats(indices.Length, 1));
    }

    private static Func<string?> Check(CsrMatrix graph, int columns, ReadOnlySpan<float> x, Func<ReadOnlySpan<float>> result)
    {
        double[] exact = new double[graph.Rows * columns], magnitude = new double[exact.Length];
        int longest = 0;
        for (int row = 0; row < graph.Rows; row++)
        {
            longest = Math.Max(longest, graph.RowPointers[row + 1] - graph.RowPointers[row]);
            for (int at = graph.RowPointers[row]; at < graph.RowPointers[row + 1]; at++)
                for (int column = 0; column < columns; column++)
                {
                    double product = (double)graph.Values![at] * x[graph.ColumnIndices[at] * columns + column];
                    exact[row * columns + column] += product;
                    magnitude[row * columns + column] += Math.Abs(product);
                }
        }
        return () => Reference.Compare(exact, magnitude, (longest + 1.0) / (1 << 24), columns, result());
    }
}
