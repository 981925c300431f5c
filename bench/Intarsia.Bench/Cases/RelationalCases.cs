using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>
/// binary32 layers of relational graph convolutions (R-GCN) on random graphs whose relations and degrees follow power laws. Beside the fused kernel stand our own products with what is gathered in memory – one SpMM for all relations, and one
/// dense product over relations and features –, and peers that multiply the features of every node by the weights of every relation, in one dense product, and then add up along the edges. Speeds count an operation per edge and feature, and those of
/// the dense product of each relation's nodes with edges: a ratio is a ratio of times.
/// </summary>
internal static unsafe class RelationalCases
{
    public delegate void Kernel(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    public delegate void GatherKernel(PackedMatrix weights, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>A layer of so many nodes and edges, with as many features behind it as before.</summary>
    public static BenchCase Layer(int nodes, int edges, int features, KernelInfo info, Kernel kernel, KernelInfo gatherInfo, GatherKernel gather, KernelInfo denseInfo, DenseCases.Kernel dense) =>
        new($"rgms f32 {nodes}x{edges} {info.Relations} relations {features}x{features}", "GFLOP/s", Ceiling.Fma, setup =>
        {
            int relations = info.Relations;
            CsrMatrix graph = Graph(nodes, edges, relations);
            float[] weights = Operands.Floats(relations * features * features, 1), stacked = RelationalGraph.StackWeights(weights, relations, features, features);
            NativeBuffer<float> x = setup.Buffer<float>(Operands.Floats(nodes * features, 2)), y = setup.Buffer<float>(nodes * features);
            PackedMatrix packedGraph = PackedMatrix.Pack(graph, info.Graph!), packed = PackedMatrix.Pack(stacked, features, relations * features, info.Weights!);
            setup.Work = 2.0 * features * (graph.Count + (double)features * RowsWithEdges(graph, relations));
            setup.Clear = () => y.Span.Fill(float.NaN);
            setup.Check = Check(graph, relations, features, weights, x.Span, () => y.Span);

            // Row i·relations + r of this holds the edges of relation r to node i.
            NativeBuffer<float> gathered = setup.Buffer<float>((long)nodes * relations * features);
            PackedMatrix packedRows = PackedMatrix.Pack(RowsOfRelations(graph, relations), gatherInfo.Weights!), packedDense = PackedMatrix.Pack(stacked, features, relations * features, denseInfo.Weights!);
            setup.AddOwn("ours, spmm then gemm", () =>
            {
                gather(packedRows, x.Span, gathered.Span);
                dense(packedDense, gathered.Span, y.Span, nodes);
            });

            // Z (nodes × relations·features) = X·[W_0 | W_1 | …]; then its rows, cut at relations, are what edges add up.
            NativeBuffer<float> beside = setup.Buffer<float>(Beside(weights, relations, features)), z = setup.Buffer<float>((long)nodes * relations * features);
            CsrMatrix interleaved = Interleaved(graph, relations);
            NativeBuffer<int> pointers = setup.Buffer<int>(interleaved.RowPointers), indices = setup.Buffer<int>(interleaved.ColumnIndices);
            NativeBuffer<float> values = setup.Buffer<float>(interleaved.Values!);
            foreach (string library in new[] { "onednn", "openblas" })
            {
                setup.AddPeers(library, "eigen",
                    peer => peer.Gemm(PeerKind.Float32, PeerConstant.Right, packed: library == "onednn", nodes, relations * features, features, x.Pointer, beside.Pointer, z.Pointer),
                    peer => peer.CsrSpmm(nodes, features, (long)nodes * relations, pointers.Pointer, indices.Pointer, values.Pointer, z.Pointer, y.Pointer));
            }
            setup.SetOurs(info, () => kernel(packedGraph, packed, x.Span, y.Span));
        });

    public delegate void ByteKernel(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<byte> x, Span<int> y);

    /// <summary>The same of bytes, edges and weights signed, features not, over the full range of their types: sums of 32 bits, which wrap. No peer has it; our own layer of binary32 on the same graph stands beside it.</summary>
    public static BenchCase Bytes(int nodes, int edges, int features, KernelInfo info, ByteKernel kernel, KernelInfo floatInfo, Kernel floats) =>
        new($"rgms u8s8 {nodes}x{edges} {info.Relations} relations {features}x{features}", "GOP/s", Ceiling.Int8Dot, setup =>
        {
            int relations = info.Relations;
            CsrMatrix drawn = Graph(nodes, edges, relations);
            var graph = new CsrMatrix(drawn.Rows, drawn.Depth, drawn.RowPointers, drawn.ColumnIndices, Array.ConvertAll(Operands.Signed(drawn.Count, 3), value => (float)value));
            sbyte[] weights = Operands.Signed(relations * features * features, 1);
            float[] wide = Array.ConvertAll(weights, value => (float)value), stacked = RelationalGraph.StackWeights(wide, relations, features, features);
            NativeBuffer<byte> x = setup.Buffer<byte>(Operands.Unsigned(nodes * features, 2));
            NativeBuffer<int> y = setup.Buffer<int>(nodes * features);
            NativeBuffer<float> floatX = setup.Buffer<float>(Array.ConvertAll(x.Span.ToArray(), value => (float)value)), floatY = setup.Buffer<float>(nodes * features);
            PackedMatrix packedGraph = PackedMatrix.Pack(graph, info.Graph!), packed = PackedMatrix.Pack(Array.ConvertAll(stacked, value => (sbyte)value), features, relations * features, info.Weights!);
            PackedMatrix floatGraph = PackedMatrix.Pack(graph, floatInfo.Graph!), floatWeights = PackedMatrix.Pack(stacked, features, relations * features, floatInfo.Weights!);
            setup.Work = 2.0 * features * (graph.Count + (double)features * RowsWithEdges(graph, relations));
            setup.Clear = () =>
            {
                y.Span.Fill(int.MinValue);
                floatY.Span.Fill(float.NaN);
            };
            setup.Check = Reference.IntegerCheck(Exact(graph, relations, features, weights, x.Span), features, () => y.Span);
            setup.AddOwn("ours, f32", () => floats(floatGraph, floatWeights, floatX.Span, floatY.Span), Check(graph, relations, features, wide, floatX.Span, () => floatY.Span));
            setup.SetOurs(info, () => kernel(packedGraph, packed, x.Span, y.Span));
        });

    /// <summary>The layer in integers of 32 bits, which wrap.</summary>
    private static int[] Exact(CsrMatrix graph, int relations, int features, ReadOnlySpan<sbyte> weights, ReadOnlySpan<byte> x)
    {
        CsrMatrix rows = RowsOfRelations(graph, relations);
        int[] exact = new int[graph.Rows * features], sum = new int[features];
        for (int row = 0; row < rows.Rows; row++)
        {
            if (rows.RowPointers[row] == rows.RowPointers[row + 1]) continue;
            Array.Clear(sum);
            for (int at = rows.RowPointers[row]; at < rows.RowPointers[row + 1]; at++)
                for (int k = 0; k < features; k++) sum[k] += (int)rows.Values![at] * x[rows.ColumnIndices[at] * features + k];
            for (int k = 0; k < features; k++)
                for (int j = 0; j < features; j++) exact[row / relations * features + j] += sum[k] * weights[(row % relations * features + k) * features + j];
        }
        return exact;
    }

    /// <summary>Relation r has a share of edges that falls with its rank; sources and targets are drawn with chances that fall with the square root of theirs, in orders of their own.</summary>
    private static CsrMatrix Graph(int nodes, int edges, int relations)
    {
        var random = new Random(5);
        int[] relation = new int[edges], source = new int[edges], node = new int[edges], order = [.. Enumerable.Range(0, nodes)];
        random.Shuffle(order);
        double total = Enumerable.Range(1, relations).Sum(rank => 1.0 / rank), edge = 0;
        for (int r = 0, at = 0; r < relations; r++)
        {
            edge += edges / total / (r + 1);
            for (; at < (r == relations - 1 ? edges : Math.Min(edges, (int)edge)); at++) (relation[at], source[at], node[at]) = (r, Ranked(), order[Ranked()]);
        }
        return RelationalGraph.Normalise(RelationalGraph.FromEdges(nodes, nodes, relations, relation, source, node), relations);

        int Ranked()
        {
            double root = random.NextDouble();
            return (int)(root * root * nodes);
        }
    }

    private static int RowsWithEdges(CsrMatrix graph, int relations)
    {
        int sources = graph.Depth / relations, count = 0;
        for (int node = 0; node < graph.Rows; node++)
            for (int at = graph.RowPointers[node], last = -1; at < graph.RowPointers[node + 1]; at++)
                if (graph.ColumnIndices[at] / sources != last) (last, count) = (graph.ColumnIndices[at] / sources, count + 1);
        return count;
    }

    private static CsrMatrix RowsOfRelations(CsrMatrix graph, int relations)
    {
        int sources = graph.Depth / relations;
        var pointers = new int[graph.Rows * relations + 1];
        for (int node = 0; node < graph.Rows; node++)
            for (int at = graph.RowPointers[node]; at < graph.RowPointers[node + 1]; at++) pointers[node * relations + graph.ColumnIndices[at] / sources + 1]++;
        for (int row = 1; row < pointers.Length; row++) pointers[row] += pointers[row - 1];
        return new CsrMatrix(graph.Rows * relations, sources, pointers, [.. graph.ColumnIndices.Select(column => column % sources)], graph.Values);
    }

    private static CsrMatrix Interleaved(CsrMatrix graph, int relations)
    {
        int sources = graph.Depth / relations;
        int[] columns = [.. graph.ColumnIndices.Select(column => column % sources * relations + column / sources)];
        float[] values = [.. graph.Values!];
        for (int node = 0; node < graph.Rows; node++)
            columns.AsSpan(graph.RowPointers[node]..graph.RowPointers[node + 1]).Sort(values.AsSpan(graph.RowPointers[node]..graph.RowPointers[node + 1]));
        return new CsrMatrix(graph.Rows, graph.Depth, graph.RowPointers, columns, values);
    }

    private static float[] Beside(ReadOnlySpan<float> weights, int relations, int features)
    {
        var beside = new float[weights.Length];
        for (int r = 0; r < relations; r++)
            for (int k = 0; k < features; k++) weights.Slice((r * features + k) * features, features).CopyTo(beside.AsSpan((k * relations + r) * features));
        return beside;
    }

    private static Func<string?> Check(CsrMatrix graph, int relations, int features, float[] weights, ReadOnlySpan<float> x, Func<ReadOnlySpan<float>> result)
    {
        CsrMatrix rows = RowsOfRelations(graph, relations);
        double[] exact = new double[graph.Rows * features], magnitude = new double[exact.Length], sum = new double[features], size = new double[features];
        int longest = 0;
        for (int row = 0; row < rows.Rows; row++)
        {
            Array.Clear(sum);
            Array.Clear(size);
            longest = Math.Max(longest, rows.RowPointers[row + 1] - rows.RowPointers[row]);
            for (int at = rows.RowPointers[row]; at < rows.RowPointers[row + 1]; at++)
                for (int k = 0; k < features; k++)
                {
                    double product = (double)rows.Values![at] * x[rows.ColumnIndices[at] * features + k];
                    (sum[k], size[k]) = (sum[k] + product, size[k] + Math.Abs(product));
                }
            for (int k = 0; k < features && size.Any(value => value != 0); k++)
                for (int j = 0; j < features; j++)
                {
                    double weight = weights[(row % relations * features + k) * features + j];
                    exact[row / relations * features + j] += sum[k] * weight;
                    magnitude[row / relations * features + j] += size[k] * Math.Abs(weight);
                }
        }
        // Whoever comes first, edges or features: a rounding for each of both, and of each relation.
        return () => Reference.Compare(exact, magnitude, (longest + features + 1.0) * relations / (1 << 24), features, result());
    }
}
