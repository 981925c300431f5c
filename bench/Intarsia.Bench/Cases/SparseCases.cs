using System.Globalization;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>binary32 SpMM. Speeds count the operations on stored elements, of a dense peer as well: a ratio is a ratio of times.</summary>
internal static unsafe class SparseCases
{
    /// <summary>Unstructured sparsity in compressed rows.</summary>
    public static BenchCase Csr(int rows, int columns, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        RowMajor($"spmm f32 csr {Shape(rows, columns, depth)} {Percent(sparsity)}", rows, columns, depth, () => Vectors(rows, depth, 1, sparsity), info, kernel);

    /// <summary>V×1 vectors of consecutive rows.</summary>
    public static BenchCase VectorRows(int v, int rows, int columns, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        RowMajor($"spmm f32 sr-bcrs V={v} {Shape(rows, columns, depth)} {Percent(sparsity)}", rows, columns, depth, () => Vectors(rows, depth, v, sparsity), info, kernel);

    /// <summary>Square blocks.</summary>
    public static BenchCase Blocks(int size, int rows, int columns, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        RowMajor($"spmm f32 bsr {size}x{size} {Shape(rows, columns, depth)} {Percent(sparsity)}", rows, columns, depth, () => Vectors(rows, depth, size, sparsity, size), info, kernel);

    /// <summary>Square blocks in so large a part of the block rows; the others are empty, and not stored.</summary>
    public static BenchCase DoublyCompressed(int size, double share, int rows, int columns, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        RowMajor($"spmm f32 dbsr {size}x{size} in {Percent(share)} of its rows {Shape(rows, columns, depth)} {Percent(sparsity)}", rows, columns, depth, () =>
        {
            float[] dense = Vectors(rows, depth, size, sparsity, size);
            for (int row = 0; row < rows; row += size)
                if (row / size * share % 1 >= share) dense.AsSpan(row * depth, size * depth).Clear();
            return dense;
        }, info, kernel, besideCsr: true);

    /// <summary>Weights that are packed as their transpose, and read through its index, beside the same in compressed rows.</summary>
    public static BenchCase Transposed(string pattern, int size, int rows, int columns, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        RowMajor($"spmm f32 {pattern} transposed {Shape(rows, columns, depth)} {Percent(sparsity)}", rows, columns, depth, () => Vectors(rows, depth, size, sparsity, size), info, kernel, besideCsr: true, transposed: true);

    /// <summary>A sum of formats: blocks of 4×4 and as many single elements.</summary>
    public static BenchCase BlocksAndRows(int rows, int columns, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        Sum("bsr 4x4 + csr", rows, columns, depth, sparsity, () => Vectors(rows, depth, 4, (1 + sparsity) / 2, 4), (1 + sparsity) / 2, info, kernel);

    /// <summary>A sum of formats: two of each four, and elements that they leave.</summary>
    public static BenchCase TwoOfFourAndRows(int rows, int columns, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        Sum("2:4 + csr", rows, columns, depth, sparsity, () => OfEach(rows, depth, 2, 4, 1), 2 * sparsity, info, kernel);

    /// <summary>Elements of a first format, and single ones where it has none.</summary>
    private static BenchCase Sum(string formats, int rows, int columns, int depth, double sparsity, Func<float[]> first, double singleSparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        RowMajor($"spmm f32 {formats} {Shape(rows, columns, depth)} {Percent(sparsity)}", rows, columns, depth, () =>
        {
            float[] dense = first(), single = Vectors(rows, depth, 1, singleSparsity);
            for (int i = 0; i < dense.Length; i++) dense[i] = dense[i] == 0 ? single[i] : dense[i];
            return dense;
        }, info, kernel, besideCsr: true);

    /// <summary>Rows of as many elements each, which is what ELLPACK stores without padding.</summary>
    public static BenchCase Ell(int rows, int columns, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        RowMajor($"spmm f32 ell {Shape(rows, columns, depth)} {Percent(sparsity)}", rows, columns, depth, () => Rows(rows, depth, _ => 1 - sparsity), info, kernel);

    /// <summary>Rows whose lengths follow a power law, in buckets, with the same in compressed rows beside it.</summary>
    public static BenchCase Hyb(int rows, int columns, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel) =>
        RowMajor($"spmm f32 hyb {Shape(rows, columns, depth)} {Percent(sparsity)}", rows, columns, depth, () => Rows(rows, depth, PowerLaw(rows, 1 - sparsity)), info, kernel, besideCsr: true);

    /// <summary>N of each M, X and Y row-major.</summary>
    public static BenchCase NMRowMajor(int n, int m, int rows, int columns, int depth, KernelInfo info, DenseCases.Kernel kernel) =>
        RowMajor($"spmm f32 {(info.Weights!.V > 0 ? $"{info.Weights.V}:" : "")}{n}:{m} row-major {Shape(rows, columns, depth)}", rows, columns, depth, () => OfEach(rows, depth, n, m, info.Weights.VectorLength), info, kernel);

    /// <summary>N of each M, X and Y token-major.</summary>
    public static BenchCase NMTokenMajor(int n, int m, int tokens, int rows, int depth, KernelInfo info, DenseCases.Kernel kernel) =>
        TokenMajor($"spmm f32 {n}:{m} token-major {Shape(tokens, rows, depth)}", tokens, rows, depth, () => OfEach(rows, depth, n, m, 1), info, kernel);

    /// <summary>Single elements or vectors of consecutive rows, X and Y token-major.</summary>
    public static BenchCase VectorsTokenMajor(int tokens, int rows, int depth, double sparsity, KernelInfo info, DenseCases.Kernel kernel)
    {
        WeightLayout layout = info.Weights!;
        return TokenMajor($"spmm f32 {(layout.Pattern == Pattern.Csr ? "csr" : $"sr-bcrs V={layout.V}")} token-major {Shape(tokens, rows, depth)} {Percent(sparsity)}", tokens, rows, depth, () => Vectors(rows, depth, layout.VectorLength, sparsity), info, kernel);
    }

    private static BenchCase TokenMajor(string name, int tokens, int rows, int depth, Func<float[]> weights, KernelInfo info, DenseCases.Kernel kernel) =>
        new(name, "GFLOP/s", Ceiling.Fma, setup =>
        {
            float[] w = weights();
            PackedMatrix packed = PackedMatrix.Pack(w, rows, depth, info.Weights!);
            CsrMatrix csr = CsrMatrix.FromDense(w, rows, depth);
            NativeBuffer<int> pointers = setup.Buffer<int>(csr.RowPointers), indices = setup.Buffer<int>(csr.ColumnIndices);
            NativeBuffer<float> values = setup.Buffer<float>(csr.Values!);
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(tokens * depth, 2));
            NativeBuffer<float> transposed = setup.Buffer<float>(Reference.Transpose<float>(w, rows, depth));
            NativeBuffer<float> y = setup.Buffer<float>(tokens * rows);
            Expect(setup, w, tokens, rows, depth, x, transposed, y);
            setup.AddPeer("eigen", "csr", peer => peer.CsrSpmm(rows, tokens, depth, pointers.Pointer, indices.Pointer, values.Pointer, x.Pointer, y.Pointer, tokenMajor: true));
            setup.AddPeer("onednn", "dense packed", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: true, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.AddPeer("libxsmm", "dense packed", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: true, tokens, rows, depth, x.Pointer, transposed.Pointer, y.Pointer));
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, tokens));
        });

    /// <summary>A pattern known at compile time, X and Y row-major. The peer that knows it, too, has the values in its code; ours come at run time.</summary>
    public static BenchCase Known(int columns, KernelInfo info, DenseCases.Kernel kernel)
    {
        CsrMatrix pattern = info.Pattern!;
        (int rows, int depth) = (pattern.Rows, pattern.Depth);
        string sparsity = Percent(1 - pattern.Count / ((double)rows * depth));
        return new($"spmm f32 known pattern {Shape(rows, columns, depth)} {sparsity}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            var dense = new float[rows * depth];
            pattern.ToDense(dense);
            float[] drawn = Operands.Floats(rows * depth, 1);
            for (int i = 0; i < dense.Length; i++) dense[i] *= drawn[i];
            NativeBuffer<float> w = setup.Buffer<float>(dense);
            CsrMatrix csr = pattern.WithValues(w.Span);
            PackedMatrix packed = PackedMatrix.Pack(csr, info.Weights!);
            NativeBuffer<int> pointers = setup.Buffer<int>(csr.RowPointers), indices = setup.Buffer<int>(csr.ColumnIndices);
            NativeBuffer<float> values = setup.Buffer<float>(csr.Values!);
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(depth * columns, 2));
            NativeBuffer<float> y = setup.Buffer<float>(rows * columns);
            Expect(setup, w.Span, rows, columns, depth, w, x, y);
            setup.AddPeer("libxsmm", "fsspmdm", peer => peer.FixedSpmm(rows, columns, depth, w.Pointer, x.Pointer, y.Pointer));
            setup.AddPeer("eigen", "csr", peer => peer.CsrSpmm(rows, columns, depth, pointers.Pointer, indices.Pointer, values.Pointer, x.Pointer, y.Pointer));
            setup.AddOwn("ours, any CSR pattern", () => Kernels.KnownPatternKernels.Csr(packed, x.Span, y.Span, columns));
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, columns));
        });
    }

    /// <summary>A graph in windows of rows, as many nodes and edges as Cora has; the same in compressed rows beside it.</summary>
    public static BenchCase Graph(int columns, int edgesEach, KernelInfo info, DenseCases.Kernel kernel)
    {
        const int Nodes = 2708;
        return new($"spmm f32 row windows {Shape(Nodes, columns, Nodes)}, {edgesEach} edges to a node", "GFLOP/s", Ceiling.Fma, setup =>
        {
            var random = new Random(5);
            var dense = new float[Nodes * Nodes];
            float[] values = Operands.Floats(Nodes * edgesEach, 1);
            for (int i = 0; i < values.Length; i++) dense[i / edgesEach * Nodes + random.Next(Nodes)] = values[i];
            NativeBuffer<float> w = setup.Buffer<float>(dense);
            CsrMatrix csr = CsrMatrix.FromDense(w.Span, Nodes, Nodes);
            PackedMatrix packed = PackedMatrix.Pack(csr, info.Weights!), rows = PackedMatrix.Pack(csr, Kernels.GraphKernels.CsrKernel.Weights!);
            NativeBuffer<int> pointers = setup.Buffer<int>(csr.RowPointers), indices = setup.Buffer<int>(csr.ColumnIndices);
            NativeBuffer<float> stored = setup.Buffer<float>(csr.Values!), x = setup.Buffer<float>(Operands.Floats(Nodes * columns, 2)), y = setup.Buffer<float>(Nodes * columns);
            Expect(setup, w.Span, Nodes, columns, Nodes, w, x, y);
            setup.AddPeer("eigen", "csr", peer => peer.CsrSpmm(Nodes, columns, Nodes, pointers.Pointer, indices.Pointer, stored.Pointer, x.Pointer, y.Pointer));
            setup.AddOwn("ours, CSR", () => Kernels.GraphKernels.Csr(rows, x.Span, y.Span, columns));
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, columns));
        });
    }

    /// <summary>Any matrix, X and Y row-major.</summary>
    public static BenchCase RowMajor(string name, int rows, int columns, int depth, Func<float[]> weights, KernelInfo info, DenseCases.Kernel kernel, bool besideCsr = false, bool transposed = false) =>
        new(name, "GFLOP/s", Ceiling.Fma, setup =>
        {
            NativeBuffer<float> w = setup.Buffer<float>(weights());
            CsrMatrix csr = CsrMatrix.FromDense(w.Span, rows, depth);
            PackedMatrix packed = transposed ? PackedMatrix.Pack(Reference.Transpose<float>(w.Span, rows, depth), depth, rows, info.Weights!) : PackedMatrix.Pack(w.Span, rows, depth, info.Weights!);
            NativeBuffer<int> pointers = setup.Buffer<int>(csr.RowPointers), indices = setup.Buffer<int>(csr.ColumnIndices);
            NativeBuffer<float> values = setup.Buffer<float>(csr.Values!);
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(depth * columns, 2));
            NativeBuffer<float> y = setup.Buffer<float>(rows * columns);
            Expect(setup, w.Span, rows, columns, depth, w, x, y);
            setup.AddPeer("eigen", "csr", peer => peer.CsrSpmm(rows, columns, depth, pointers.Pointer, indices.Pointer, values.Pointer, x.Pointer, y.Pointer));
            setup.AddPeer("onednn", "csr", peer => peer.CsrSpmm(rows, columns, depth, pointers.Pointer, indices.Pointer, values.Pointer, x.Pointer, y.Pointer), optional: true);
            setup.AddPeer("libxsmm", "spmdm", peer => peer.Spmdm(rows, columns, depth, w.Pointer, x.Pointer, y.Pointer));
            setup.AddPeer("onednn", "dense packed", peer => peer.Gemm(PeerKind.Float32, PeerConstant.Left, packed: true, rows, columns, depth, w.Pointer, x.Pointer, y.Pointer));
            if (besideCsr)
            {
                PackedMatrix packedRows = PackedMatrix.Pack(csr, Kernels.SparseKernels.CsrKernel.Weights!);
                setup.AddOwn("ours, csr", () => Kernels.SparseKernels.Csr(packedRows, x.Span, y.Span, columns));
            }
            setup.SetOurs(info, () => kernel(packed, x.Span, y.Span, columns));
        });

    private static void Expect(CaseSetup setup, ReadOnlySpan<float> weights, int m, int n, int k, NativeBuffer<float> a, NativeBuffer<float> b, NativeBuffer<float> c)
    {
        long stored = weights.Length - weights.Count(0f);
        long tokens = c.Length / (weights.Length / k);
        setup.Work = 2.0 * stored * tokens; // each stored element meets every token
        setup.Bytes = sizeof(float) * (stored + (double)k * tokens + c.Length); // the values; places take as much again at most
        setup.Clear = () => c.Span.Fill(float.NaN);
        setup.Check = Reference.FloatCheck(m, n, k, a.Span, b.Span, () => c.Span);
    }

    /// <summary>A dense matrix of which vectors, or blocks of so many columns, are left out by chance.</summary>
    public static float[] Vectors(int rows, int depth, int v, double sparsity, int width = 1)
    {
        float[] dense = Operands.Floats(rows * depth, 1);
        var random = new Random(3);
        for (int row = 0; row < rows; row += v)
        {
            for (int k = 0; k < depth; k += width)
            {
                if (random.NextDouble() >= sparsity) continue;
                for (int r = row; r < Math.Min(row + v, rows); r++) dense.AsSpan(r * depth + k, Math.Min(width, depth - k)).Clear();
            }
        }
        return dense;
    }

    /// <summary>A dense matrix of which each row keeps its share of elements, by chance.</summary>
    private static float[] Rows(int rows, int depth, Func<int, double> share)
    {
        float[] dense = Operands.Floats(rows * depth, 1);
        var random = new Random(3);
        int[] columns = [.. Enumerable.Range(0, depth)];
        for (int row = 0; row < rows; row++)
        {
            random.Shuffle(columns);
            foreach (int k in columns.AsSpan((int)Math.Round(share(row) * depth))) dense[row * depth + k] = 0;
        }
        return dense;
    }

    /// <summary>Shares of rows that fall with the square root of their rank, of a given mean; no row keeps more than all. Ranks are in an order of chance.</summary>
    private static Func<int, double> PowerLaw(int rows, double mean)
    {
        int[] ranks = [.. Enumerable.Range(1, rows)];
        new Random(4).Shuffle(ranks);
        double low = 0, high = Math.Sqrt(rows);
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            if (ranks.Average(rank => Share(middle, rank)) < mean) low = middle;
            else high = middle;
        }
        return row => Share(low, ranks[row]);

        static double Share(double scale, int rank) => Math.Min(1, scale / Math.Sqrt(rank));
    }

    public static float[] OfEach(int rows, int depth, int n, int m, int v)
    {
        float[] dense = Operands.Floats(rows * depth, 1);
        Pruner.NM(dense, rows, depth, n, m, v);
        return dense;
    }

    private static string Shape(int m, int n, int k) => $"{m}x{n}x{k}";

    public static string Percent(double sparsity) => sparsity.ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
}
