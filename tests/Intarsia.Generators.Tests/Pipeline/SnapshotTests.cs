using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Tests.Pipeline;

/// <summary>The whole output of a readable few, to be read by people: see the files in Snapshots, and <see cref="Snapshot"/> for how to accept new ones.</summary>
public class SnapshotTests
{
    [Theory]
    // The smallest: what every file has, and the plain loops.
    [InlineData("gemm_scalar", "Scalar", """
        [Gemm(Rows = 3, Depth = 5)]
        public static partial void Project(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);
        """)]
    // A linear layer of a network: token-major, with a chain, on the widest tier.
    [InlineData("linear_avx512", "Avx512", """
        [Gemm(Rows = 768, Depth = 768), Epilogue(Tpp.Bias, Tpp.Gelu)]
        public static partial void Linear(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
        """)]
    // Few rows and columns and a long depth: slices of it, which a tree adds.
    [InlineData("slices_avx2", "Avx2", """
        [Gemm(Rows = 16, Depth = 65536, Columns = 16), Epilogue(Tpp.Bias, Tpp.Relu)]
        public static partial void Gate(PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y);
        """)]
    // Quantised and sparse: integer dot products, scales, a decoder.
    [InlineData("quantised_avx2", "Avx2", """
        [Spmm(Rows = 3072, Depth = 768), Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Relu)]
        public static partial void FeedForward([Sparse(Pattern.NM, N = 1, M = 4), Format(NumberFormat.Int4, ScaleGroup = 64)] PackedMatrix weights,
            [Format(NumberFormat.Int8)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, Span<float> y, int tokens);
        """)]
    // Sparse in groups, floats: activations permuted to where the weights stand, sums turned on their way to rows.
    [InlineData("places_avx2", "Avx2", """
        [Spmm(Rows = 768, Depth = 3072), Epilogue(Tpp.Bias)]
        public static partial void Shrink([Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix weights, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y, int tokens);
        """)]
    // Decoding: weights of four bits read as they are stored, a plan of their own for few tokens.
    [InlineData("few_avx512", "Avx512", """
        [Gemm(Rows = 4096, Depth = 4096), Epilogue(Tpp.Dequantise)]
        public static partial void Decode([Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x,
            [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
        """)]
    // A graph: every extent at run time, portable vectors.
    [InlineData("csr_vector128", "Vector128", """
        [Spmm]
        internal static partial void Propagate([Sparse(Pattern.Csr)] PackedMatrix a, [Operand(Role.X)] ReadOnlySpan<float> features, Span<float> y, int columns);
        """)]
    // Compressed columns: few activations that are not zero are looked for at the call, before a driver is chosen.
    [InlineData("columns_avx2", "Avx2", """
        [Spmm(Rows = 1000, Depth = 512)]
        public static partial void Classify([Sparse(Pattern.RelativeCsc), Format(NumberFormat.Codebook16)] PackedMatrix weights, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
        """)]
    // A product on a pattern: rows with rows that it names, the values written in place.
    [InlineData("sddmm_avx2", "Avx2", """
        [Sddmm(Depth = 64, Scale = 0.125f)]
        public static partial void Score([Operand(Role.Weights)] ReadOnlySpan<float> queries, [Operand(Role.X)] ReadOnlySpan<float> keys, [Operand(Role.Y), Sparse(Pattern.VectorRows, V = 8)] PackedMatrix scores);
        """)]
    // The same of signed bytes, four at a time: the rows of B are shifted by 128, and what that adds is taken away in the end.
    [InlineData("sddmm_bytes_avx2", "Avx2", """
        [Sddmm(Depth = 100)]
        public static partial void Score([Operand(Role.Weights)] ReadOnlySpan<sbyte> queries, [Operand(Role.X)] ReadOnlySpan<sbyte> keys, [Operand(Role.Y), Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int32)] PackedMatrix scores);
        """)]
    // A reduction of each line: three passes, side-by-side accumulators, a masked tail.
    [InlineData("softmax_avx2", "Avx2", """
        [Softmax]
        public static partial void Attend([Operand(Role.X)] ReadOnlySpan<float> scores, float scale, Span<float> y, int rows, int columns);
        """)]
    // Butterfly factors: two stages at a time in registers, rows in cache from the first stage to the last.
    [InlineData("butterfly_avx2", "Avx2", """
        [Butterfly(Rows = 20, Depth = 12, Columns = 8), Epilogue(Tpp.Bias)]
        public static partial void Mix(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y);
        """)]
    // Relations: gathered, multiplied and added group by group, and two packed operands.
    [InlineData("rgms_avx2", "Avx2", """
        [Rgms(Rows = 40, Depth = 24, Relations = 3), Epilogue(Tpp.Bias, Tpp.Relu)]
        public static partial void Convolve(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y);
        """)]
    // A pattern that is known at compile time: an instruction for each element.
    [InlineData("known_avx2", "Avx2", """
        [Spmm, Epilogue(Tpp.Bias)]
        public static partial void Fixed([Sparse(Pattern.Csr, File = "layers/first.smtx")] PackedMatrix w, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y, int columns);
        """)]
    // An invalid kernel throws.
    [InlineData("invalid", "Scalar", """
        [Spmm(Rows = 64)]
        public static partial void Prune([Sparse(Pattern.NM, N = 5, M = 4)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);
        """)]
    public void Output_OfKernel_IsAsCheckedIn(string name, string tiers, string kernel)
    {
        string source = $"using Intarsia;\n\nnamespace App;\n\npublic static partial class Layers\n{{\n{kernel}\n}}\n";
        Outcome outcome = GeneratorHarness.Run(source, new TestOptions(("IntarsiaTierList", tiers)), new TestFile("/project/layers/first.smtx", "4, 6, 7\n0 2 2 5 7\n1 4 0 1 5 1 3\n"));
        Assert.Empty(outcome.Compiler);
        IEnumerable<string> files = outcome.Sources.OrderBy(file => file.HintName, StringComparer.Ordinal).Select((GeneratedSourceResult file) => $"// ==== {file.HintName}\n{file.SourceText}");
        Snapshot.Verify(name, string.Join("\n", files));
    }
}
