using System.Numerics.Tensors;

namespace Intarsia.Ilgpu.Tests;

/// <summary>Kernels of the generator, with their overloads for accelerators.</summary>
internal static partial class GeneratedKernels
{
    [Gemm(Rows = 40, Depth = 80), Epilogue(Tpp.Bias, Tpp.Relu)]
    internal static partial void Integers([Format(NumberFormat.Int8)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, ReadOnlySpan<int> bias, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

    [Gemm]
    internal static partial void Halves(ReadOnlySpan<Half> w, ReadOnlySpan<Half> x, int ldx, Span<float> y, int rows, int depth, int columns);

    [BatchReduceGemm, Epilogue(Tpp.Bias)]
    internal static partial void Blocks(ReadOnlySpan<Half> a, int strideA, ReadOnlySpan<Half> b, int strideB, ReadOnlySpan<float> bias, Span<float> c, float beta, int count, int rows, int depth, int columns);

    [BatchReduceGemm(Rows = 40, Depth = 48)]
    internal static partial void ByteBlocks(ReadOnlySpan<sbyte> a, ReadOnlySpan<long> aOffsets, ReadOnlySpan<byte> b, ReadOnlySpan<long> bOffsets, Span<int> c, int columns);

    [Gemm(Rows = 33, Depth = 20), Epilogue(Tpp.Bias)]
    internal static partial void Singles(PackedMatrix w, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y, int columns);

    [Gemm, Epilogue(Tpp.Bias)]
    internal static partial void Tensors(ReadOnlyTensorSpan<Half> w, ReadOnlyTensorSpan<Half> x, ReadOnlySpan<float> bias, TensorSpan<float> y);

    [Gemm(Depth = 48)]
    internal static partial void PackedByTensor(PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlyTensorSpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y);

    /// <summary>Its portable form has more parameters than a launch takes.</summary>
    [Spmm, Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Relu, Tpp.Residual)]
    internal static partial void ManyParameters(
        [Sparse(Pattern.VectorRows, V = 4), Format(NumberFormat.Int8, ScaleGroup = 64)] PackedMatrix w, [Format(NumberFormat.Int8)] ReadOnlySpan<sbyte> x, int ldx,
        [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, ReadOnlySpan<float> bias, ReadOnlySpan<float> residual, Span<float> y, int ldy, int columns);

    [Sddmm(Scale = 0.5f)]
    internal static partial void SampledScores(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b, [Sparse(Pattern.VectorRows, V = 8)] PackedMatrix d, int depth);

    [Sddmm(Depth = 40, Masked = true), Epilogue(Tpp.Dequantise, Tpp.Bias)]
    internal static partial void Edges(ReadOnlySpan<byte> a, ReadOnlySpan<sbyte> b, [ScaleOf(nameof(b), Per.Token)] ReadOnlySpan<float> bScale, ReadOnlySpan<float> bias, [Sparse(Pattern.Csr)] PackedMatrix d);

    [Sddmm(Depth = 32), Epilogue(Tpp.Requantise)]
    internal static partial void Bytes(ReadOnlySpan<float> a, ReadOnlySpan<float> b, [Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Int8, Scale = Per.Tensor)] PackedMatrix d, float yScale);

    [Sddmm]
    internal static partial void TensorScores(ReadOnlyTensorSpan<Half> a, ReadOnlyTensorSpan<Half> b, [Sparse(Pattern.Csr)] PackedMatrix d);

    /// <summary>The values of its windows have an order of their own.</summary>
    [Sddmm(Masked = true)]
    internal static partial void WindowScores(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b, [Sparse(Pattern.RowWindows)] PackedMatrix d, int depth);

    [Spmm]
    internal static partial void Collect([Sparse(Pattern.VectorRows, V = 8)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Sddmm]
    internal static partial void BlockScores(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b, [Sparse(Pattern.Bsr, BlockRows = 8, BlockColumns = 16, DoublyCompressed = true)] PackedMatrix d, int depth);

    [Spmm]
    internal static partial void CollectTransposed([Sparse(Pattern.Bsr, BlockRows = 8, BlockColumns = 16, DoublyCompressed = true, Transposed = true)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Spmm(Rows = 48), Epilogue(Tpp.Relu)]
    internal static partial void TwoOfFour([Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Float16)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<Half> x, Span<float> y, int tokens);

    /// <summary>Hidden gradients by hidden activations, both with the depth, the tokens, across their lines.</summary>
    [Sddmm]
    internal static partial void BlockGradients([Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<Half> a, [Layout(MatrixLayout.RowMajor)] ReadOnlySpan<Half> b, int ldb, [Sparse(Pattern.Bsr, BlockRows = 16, BlockColumns = 32)] PackedMatrix d, int depth);

    /// <summary>Its blocks are tiles of a dense product: on capability 9.0 those of warp groups.</summary>
    [Sddmm, Epilogue(Tpp.Bias)]
    internal static partial void LargeScores(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b, int ldb, ReadOnlySpan<float> bias, [Sparse(Pattern.Bsr, BlockRows = 64, BlockColumns = 128, DoublyCompressed = true)] PackedMatrix d, int depth);

    /// <summary>On capability 9.0 its blocks are factors of warp groups.</summary>
    [Spmm, Epilogue(Tpp.Bias)]
    internal static partial void LargeBlocks([Sparse(Pattern.Bsr, BlockRows = 64, BlockColumns = 128), Format(NumberFormat.Float16)] PackedMatrix w, ReadOnlySpan<Half> x, int ldx, ReadOnlySpan<float> bias, Span<float> y, int columns);

    [Softmax]
    internal static partial void Scores(ReadOnlySpan<Half> x, int ldx, float scale, Span<float> y, int rows, int columns);

    [LayerNorm(Columns = 768)]
    internal static partial void Norm(ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<Half> y, int rows);

    [Elementwise, Epilogue(Tpp.Bias, Tpp.Relu)]
    internal static partial void Rectify([Format(NumberFormat.Int8), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, ReadOnlySpan<int> bias, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int rows, int columns);

    [Butterfly(Rows = 150, Depth = 60, Blocks = 2), Epilogue(Tpp.Bias, Tpp.Relu)]
    internal static partial void Factors(ReadOnlySpan<float> factors, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<Half> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int ldy, int tokens);

    [Butterfly(Rows = 512, Depth = 512, Complex = true, Decreasing = true)]
    internal static partial void Transform(ReadOnlySpan<float> factors, ReadOnlySpan<float> x, Span<float> y, int columns);

    [Rgms(Rows = 48, Depth = 24, Relations = 3), Epilogue(Tpp.Bias, Tpp.Relu)]
    internal static partial void RelationalLayer(PackedMatrix graph, [Format(NumberFormat.Float16)] PackedMatrix weights, ReadOnlySpan<Half> x, ReadOnlySpan<float> bias, Span<float> y);

    [Rgms(Relations = 3)]
    internal static partial void RelationalBytes([Format(NumberFormat.Int8)] PackedMatrix graph, [Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix weights, ReadOnlySpan<byte> x, Span<int> y, int ldy);

    [Spmm(Rows = 44)]
    internal static partial void Digits([Sparse(Pattern.VectorRows, V = 4), Format(NumberFormat.Int12, Scale = Per.None)] PackedMatrix w, [Format(NumberFormat.Int4)] ReadOnlySpan<byte> x, Span<int> y, int columns);

    [Spmm(Rows = 44, Depth = 70, Columns = 3)]
    internal static partial void Groups([Sparse(Pattern.GatherScatter, Banks = 16, PerRow = 4, Groups = 9, Scatter = true), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, ReadOnlySpan<sbyte> x, Span<int> y);

    /// <summary>Codes on tensor cores.</summary>
    [Gemm(Rows = 44)]
    internal static partial void Codes([Format(NumberFormat.Flint4, Scale = Per.Row)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y, int columns);

    /// <summary>Planes of signs, looked up: NVIDIA's devices alone have it.</summary>
    [Gemm(Rows = 44), Epilogue(Tpp.Bias)]
    internal static partial void Planes([Format(NumberFormat.BinaryCoded3, ScaleGroup = 32, Asymmetric = true)] PackedMatrix w, ReadOnlySpan<Half> x, ReadOnlySpan<float> bias, Span<float> y, int columns);

    /// <summary>Codes of a table of the matrix's own, streamed.</summary>
    [Gemm(Rows = 44, Columns = 3)]
    internal static partial void StreamedCodes([Format(NumberFormat.ByteCodebook16, Scale = Per.None)] PackedMatrix w, ReadOnlySpan<sbyte> x, Span<int> y);

    /// <summary>Coefficients of bases, rebuilt in registers where the device has PTX.</summary>
    [Gemm(Rows = 44, Columns = 3)]
    internal static partial void Rebuilt([Format(NumberFormat.PowerOfTwoBasis, ScaleGroup = 24)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y);

    /// <summary>Integers beyond bytes that are not in vectors: every device has the portable form.</summary>
    [Gemm(Rows = 21, Accumulator = Accumulator.Int64)]
    internal static partial void WideIntegers([Format(NumberFormat.UInt16, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<short> x, [Layout(MatrixLayout.TokenMajor)] Span<long> y, int tokens);

    [Spmm, Epilogue(Tpp.Dequantise, Tpp.Bias)]
    internal static partial void SparseIntegers([Sparse(Pattern.Csr), Format(NumberFormat.Int12, Scale = Per.Row)] PackedMatrix w, [Format(NumberFormat.UInt4)] ReadOnlySpan<byte> x, int ldx, ReadOnlySpan<float> bias, Span<float> y, int columns);
}
