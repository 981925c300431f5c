using Intarsia.Compiler.Specs;
using Intarsia.Generators.Parsing;
using Intarsia.Generators.Tests.Harness;

namespace Intarsia.Generators.Tests.Parsing;

/// <summary>What a declaration says, told by the derived name of its spec.</summary>
public class KernelParserTests
{
    [Theory]
    [InlineData("[Gemm]", "F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens)", "gemm_dense_f32-f32-f32_rN_dN_cN")]
    [InlineData("[Gemm(Rows = 3, Depth = 5, Columns = 7)]", "F(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c)", "gemm_dense_f32span-f32-f32_r3_d5_c7")]
    [InlineData("[Gemm]", "F(ReadOnlySpan<Half> weights, ReadOnlySpan<BFloat16> activations, Span<Half> output, int rows, int depth, int columns)", "gemm_dense_f16span-bf16-f16_rN_dN_cN")]
    [InlineData("[Gemm]", "F(Span<float> W, Span<float> Input, Span<float> Y, int Rows, int Depth, int Tokens)", "gemm_dense_f32span-f32-f32_rN_dN_cN")]
    [InlineData("[Gemm(Columns = 1)]", "F([Format(NumberFormat.Int8)] PackedMatrix w, ReadOnlySpan<sbyte> x, Span<int> y)", "gemm_dense_s8r-s8-s32_rN_dN_c1")]
    [InlineData("[Gemm(Columns = 1)] [Epilogue(Tpp.Dequantise)]", "F([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, ReadOnlySpan<sbyte> x, Span<float> y)", "gemm_dense_s8-s8-f32_rN_dN_c1__dequantise")]
    [InlineData("[Gemm(Columns = 1)]", "F([Format(NumberFormat.Int4, ScaleGroup = 32, Asymmetric = true)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y)", "gemm_dense_s4g32z-f16-f32_rN_dN_c1")]
    [InlineData("[Gemm(Columns = 1)]", "F([Format(NumberFormat.Int8, Scale = Per.Tensor)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y)", "gemm_dense_s8t-f32-f32_rN_dN_c1")]
    [InlineData("[Spmm(Rows = 64, Depth = 64, Columns = 1)]", "F([Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y)", "spmm_nm2of4_f32-f32-f32_r64_d64_c1")]
    [InlineData("[Spmm(Columns = 1)]", "F([Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.BFloat16)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y)", "spmm_srbcrs8_bf16-f32-f32_rN_dN_c1")]
    [InlineData("[Spmm(Columns = 1)]", "F([Sparse(Pattern.Csr)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y)", "spmm_csr_f32-f32-f32_rN_dN_c1")]
    // Scales: by a scalar, by a span, by an attribute.
    [InlineData("[Gemm(Columns = 1)] [Epilogue(Tpp.Dequantise)]", "F([Format(NumberFormat.Int8)] PackedMatrix w, ReadOnlySpan<byte> x, float xScale, Span<float> y)", "gemm_dense_s8r-u8t-f32_rN_dN_c1__dequantise")]
    [InlineData("[Gemm] [Epilogue(Tpp.Dequantise)]", "F([Format(NumberFormat.Int8)] PackedMatrix w, ReadOnlySpan<byte> x, ReadOnlySpan<float> xScale, Span<float> y, int tokens)", "gemm_dense_s8r-u8k-f32_rN_dN_cN__dequantise")]
    [InlineData("[Gemm] [Epilogue(Tpp.Dequantise)]", "F([Format(NumberFormat.Int8)] PackedMatrix w, ReadOnlySpan<byte> x, [ScaleOf(\"x\", Per.Tensor)] ReadOnlySpan<float> s, Span<float> y, int tokens)", "gemm_dense_s8r-u8t-f32_rN_dN_cN__dequantise")]
    [InlineData("[Gemm(Rows = 1, Depth = 1, Columns = 1)] [Epilogue(Tpp.Dequantise)]", "F(ReadOnlySpan<sbyte> w, ReadOnlySpan<float> wScale, ReadOnlySpan<byte> x, Span<float> y)", "gemm_dense_s8rspan-u8-f32_r1_d1_c1__dequantise")]
    [InlineData("[Gemm(Rows = 1, Depth = 1, Columns = 1)] [Epilogue(Tpp.Dequantise)]", "F(ReadOnlySpan<sbyte> w, float weightScale, ReadOnlySpan<byte> x, Span<float> y)", "gemm_dense_s8tspan-u8-f32_r1_d1_c1__dequantise")]
    [InlineData("[Gemm(Rows = 1, Depth = 1, Columns = 1)] [Epilogue(Tpp.Dequantise)]", "F(ReadOnlySpan<sbyte> w, [ScaleOf(\"w\", Per.Row)] ReadOnlySpan<float> s, ReadOnlySpan<byte> x, Span<float> y)", "gemm_dense_s8rspan-u8-f32_r1_d1_c1__dequantise")]
    // Chains, layouts, leading dimensions, roles by attribute.
    [InlineData("[Gemm] [Epilogue(Tpp.Bias, Tpp.Gelu, Tpp.Residual, Tpp.Multiply, Tpp.Residual)]", "F(PackedMatrix w, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, ReadOnlySpan<float> residual, ReadOnlySpan<float> residual2, ReadOnlySpan<float> gate, Span<float> y, int tokens)", "gemm_dense_f32-f32-f32_rN_dN_cN__bias-gelu-residual-multiply-residual")]
    [InlineData("[Gemm] [Epilogue(Tpp.Requantise)]", "F(PackedMatrix w, ReadOnlySpan<float> x, Span<byte> y, float yScale, int tokens)", "gemm_dense_f32-f32-u8_rN_dN_cN__requantise")]
    [InlineData("[Gemm] [Epilogue(Tpp.Bias, Tpp.Relu)]", "F([Format(NumberFormat.Int8)] PackedMatrix w, ReadOnlySpan<sbyte> x, ReadOnlySpan<int> bias, Span<int> y, int tokens)", "gemm_dense_s8r-s8-s32_rN_dN_cN__bias-relu")]
    [InlineData("[Gemm]", "F(PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens, int ldx, int ldy)", "gemm_dense_f32-f32-f32_rN_dN_cN_tt_ldxy")]
    [InlineData("[Gemm]", "F(ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc, int rows, int depth, int columns)", "gemm_dense_f32span-f32-f32_rN_dN_cN_ldwxy")]
    [InlineData("[Sddmm]", "F(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b, [Sparse(Pattern.Csr)] PackedMatrix d, int depth)", "sddmm_csr_f16span-f16-f32_rN_dN_cN_tr")]
    [InlineData("[Sddmm]", "F([Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<Half> a, [Layout(MatrixLayout.RowMajor)] ReadOnlySpan<Half> b, [Sparse(Pattern.Csr)] PackedMatrix d, int depth, int lda)", "sddmm_csr_f16span-f16-f32_rN_dN_cN_trr_ldw")]
    [InlineData("[Gemm]", "F([Operand(Role.X)] ReadOnlySpan<float> p, [Operand(Role.Weights)] PackedMatrix q, [Operand(Role.Y)] Span<float> r, [Operand(Role.Columns)] int n)", "gemm_dense_f32-f32-f32_rN_dN_cN")]
    [InlineData("[Gemm(Accumulator = Accumulator.Int32Wrap, Depth = 1000000)]", "F([Format(NumberFormat.Int8)] PackedMatrix w, ReadOnlySpan<sbyte> x, Span<int> y, int tokens)", "gemm_dense_s8r-s8-s32_rN_d1000000_cN_wrap")]
    // Tensor spans carry the extents.
    [InlineData("[Gemm]", "F(ReadOnlyTensorSpan<float> w, ReadOnlyTensorSpan<float> x, TensorSpan<float> y)", "gemm_dense_f32span-f32-f32_rN_dN_cN")]
    [InlineData("[Gemm]", "F(PackedMatrix w, ReadOnlySpan<float> x, TensorSpan<float> y)", "gemm_dense_f32-f32-f32_rN_dN_cN")]
    // Planes of bits.
    [InlineData("[Gemm] [Epilogue(Tpp.Dequantise, Tpp.Requantise)]", "F([Format(NumberFormat.Planes2)] PackedMatrix w, [Format(NumberFormat.SignPlanes8), Layout(MatrixLayout.BitPlanes)] ReadOnlySpan<uint> x, [Format(NumberFormat.Planes1), Layout(MatrixLayout.BitPlanes)] Span<uint> y, float yScale, int tokens, int ldx)", "gemm_dense_planes2r-signs8-planes1_rN_dN_cN_pp_ldx__dequantise-requantise")]
    // Batches.
    [InlineData("[BatchReduceGemm]", "F(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int rows, int depth, int columns, long strideA, int strideB, int count, float beta)", "brgemm_dense_f32span-f32-f32_rN_dN_cN_brstridebeta")]
    [InlineData("[BatchReduceGemm(Rows = 1, Depth = 2, Columns = 3)]", "F(ReadOnlySpan<sbyte> a, ReadOnlySpan<byte> b, ReadOnlySpan<long> aOffsets, ReadOnlySpan<long> bOffsets, Span<int> c)", "brgemm_dense_s8span-u8-s32_r1_d2_c3_broffsets")]
    [InlineData("[BatchReduceGemm(Rows = 1, Depth = 2, Columns = 3)]", "F(ReadOnlySpan<ReadOnlyMemory<Half>> a, ReadOnlySpan<ReadOnlyMemory<float>> b, Span<float> c)", "brgemm_dense_f16span-f32-f32_r1_d2_c3_brlist")]
    public void Parse_Declaration_GivesSpec(string attributes, string method, string expected)
    {
        KernelModel model = Declarations.Parse(attributes, method);
        Assert.Empty(model.Violations);
        Assert.Equal(expected, model.Spec!.ToString());
        Assert.True(model.IsValid);
    }

    [Fact]
    public void Parse_RawAddressesInUnsafeSignature_GivesAddresses()
    {
        KernelModel model = Declarations.Parse("[BatchReduceGemm(Rows = 1, Depth = 2, Columns = 3)]", "F(float** a, float** b, Span<float> c, int count)", "public static unsafe");
        Assert.Empty(model.Violations);
        Assert.Equal("brgemm_dense_f32span-f32-f32_r1_d2_c3_braddresses", model.Spec!.ToString());
        Assert.True(model.Method!.IsUnsafe);
        Assert.Equal(["float**", "float**", "global::System.Span<float>", "int"], model.Method.Parameters.Select(parameter => parameter.Type));
    }

    [Fact]
    public void Parse_TileOverrides_AreInTheSpec()
    {
        KernelModel model = Declarations.Parse("[Tile(Tier.Avx2, Height = 4, Vectors = 3)] [Gemm] [Tile(Tier.Avx512, Depth = 256, Slices = 8)]", "F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens)");
        Assert.Equal([new TileOverride(Tier.Avx2, 4, 3, 0), new TileOverride(Tier.Avx512, 0, 0, 256, 8)], model.Spec!.Tiles);
    }

    [Theory]
    [InlineData("F(ReadOnlySpan<float> y, ReadOnlySpan<float> x, PackedMatrix w, int tokens)", "TPP0006")]
    [InlineData("F(float[] w, ReadOnlySpan<float> x, Span<float> y, int tokens)", "TPP0006")]
    [InlineData("F([Format(NumberFormat.Planes2)] PackedMatrix w, [Format(NumberFormat.Planes2), Layout(MatrixLayout.BitPlanes)] ReadOnlyTensorSpan<uint> x, Span<int> y)", "TPP0006")]
    [InlineData("F([Format(NumberFormat.Planes2)] PackedMatrix w, [Format(NumberFormat.Planes2), Layout(MatrixLayout.BitPlanes)] ReadOnlySpan<byte> x, Span<int> y, int tokens)", "TPP0309")]
    [InlineData("F([Format(NumberFormat.Planes2)] PackedMatrix w, [Format(NumberFormat.Planes2)] ReadOnlySpan<uint> x, Span<int> y, int tokens)", "TPP0309")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<uint> x, Span<float> y, int tokens)", "TPP0309")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<double> x, Span<float> y, int tokens)", "TPP0006")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, long tokens)", "TPP0006")]
    [InlineData("F(in PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens)", "TPP0006")]
    [InlineData("F(PackedMatrix w, scoped ReadOnlySpan<float> x, Span<float> y, int tokens)", "TPP0006")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<ReadOnlyMemory<float>> x, Span<float> y, int tokens)", "TPP0006")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> result, int tokens)", "TPP0007")]
    [InlineData("F(PackedMatrix w, Span<float> y, int tokens)", "TPP0008")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, ReadOnlySpan<float> x2, Span<float> y, int tokens)", "TPP0009")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens, float wScale)", "TPP0009")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens, float beta)", "TPP0009")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens, float yScale)", "TPP0009")]
    [InlineData("F(PackedMatrix w, ReadOnlyTensorSpan<float> x, Span<float> y, int tokens)", "TPP0012")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens, int depth)", "TPP0012")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, TensorSpan<float> y, int ldy)", "TPP0016")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, [Operand(Role.Y), ScaleOf(\"x\", Per.Tensor)] Span<float> y, int tokens)", "TPP0010")]
    [InlineData("F([Format(NumberFormat.Int8, Scale = (Per)9)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens)", "TPP0022")]
    [InlineData("F([Format((NumberFormat)(-1))] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens)", "TPP0022")]
    [InlineData("F([Sparse((Pattern)12)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens)", "TPP0022")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, [Format(NumberFormat.Float32, ScaleGroup = 8)] Span<float> y, int tokens)", "TPP0020")]
    [InlineData("F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, [Layout(MatrixLayout.RowMajor)] int tokens)", "TPP0020")]
    [InlineData("F([Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y, int rows, int depth, int columns)", "TPP0020")]
    public void Parse_WrongOperand_Breaks(string method, string expected)
    {
        KernelModel model = Declarations.Parse("[Gemm]", method);
        Assert.Equal([expected], model.Violations.Select(violation => violation.Id));
        Assert.False(model.IsValid);
        Assert.NotNull(model.Half);
    }

    [Theory]
    [InlineData("[Gemm] [Epilogue(Tpp.Bias, Tpp.Bias)]", "F(PackedMatrix w, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y, int tokens)", "TPP0008")]
    [InlineData("[Gemm] [Epilogue(Tpp.Residual)]", "F(PackedMatrix w, ReadOnlySpan<float> x, ReadOnlySpan<float> residual, ReadOnlySpan<float> residual2, Span<float> y, int tokens)", "TPP0009")]
    [InlineData("[Gemm] [Epilogue(Tpp.Bias)]", "F(PackedMatrix w, ReadOnlySpan<float> x, ReadOnlySpan<int> bias, Span<float> y, int tokens)", "TPP0006")]
    [InlineData("[Gemm] [Epilogue(Tpp.Bias)]", "F([Format(NumberFormat.Int8)] PackedMatrix w, ReadOnlySpan<sbyte> x, ReadOnlySpan<float> bias, Span<int> y, int tokens)", "TPP0006")]
    [InlineData("[Gemm] [Epilogue(Tpp.Requantise)]", "F(PackedMatrix w, ReadOnlySpan<float> x, Span<sbyte> y, int tokens)", "TPP0008")]
    [InlineData("[Gemm] [Epilogue(Tpp.Dequantise)]", "F([Format(NumberFormat.Int8)] PackedMatrix w, ReadOnlySpan<sbyte> x, [ScaleOf(\"x\", Per.Token)] float xScale, Span<float> y, int tokens)", "TPP0006")]
    [InlineData("[Gemm(Rows = 1, Depth = 1)] [Epilogue(Tpp.Dequantise)]", "F([Format(NumberFormat.Int8, Scale = Per.Row)] ReadOnlySpan<sbyte> w, ReadOnlySpan<sbyte> x, Span<float> y, int tokens)", "TPP0008")]
    [InlineData("[Gemm(Rows = 1, Depth = 1)] [Epilogue(Tpp.Dequantise)]", "F([Format(NumberFormat.Int8, Scale = Per.Row)] ReadOnlySpan<sbyte> w, float wScale, ReadOnlySpan<sbyte> x, Span<float> y, int tokens)", "TPP0010")]
    [InlineData("[BatchReduceGemm(Rows = 1, Depth = 1, Columns = 1)]", "F(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c)", "TPP0062")]
    [InlineData("[BatchReduceGemm(Rows = 1, Depth = 1, Columns = 1)]", "F(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<long> aOffsets, ReadOnlySpan<long> bOffsets, int strideA, Span<float> c)", "TPP0062")]
    [InlineData("[BatchReduceGemm(Rows = 1, Depth = 1, Columns = 1)]", "F(ReadOnlySpan<ReadOnlyMemory<float>> a, ReadOnlySpan<float> b, Span<float> c)", "TPP0062")]
    [InlineData("[BatchReduceGemm(Rows = 1, Depth = 1, Columns = 1)]", "F(ReadOnlySpan<ReadOnlyMemory<float>> a, ReadOnlySpan<ReadOnlyMemory<float>> b, Span<float> c, int count)", "TPP0009")]
    [InlineData("[BatchReduceGemm(Rows = 1, Depth = 1, Columns = 1)]", "F(ReadOnlyTensorSpan<float> a, ReadOnlySpan<float> b, Span<float> c, int strideA, int strideB, int count)", "TPP0061")]
    [InlineData("[Elementwise] [Epilogue(Tpp.Bias)]", "F(ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y, int rows, int columns)", "")]
    [InlineData("[Elementwise]", "F(ReadOnlyTensorSpan<Half> x, Span<float> y, int rows)", "TPP0012")]
    [InlineData("[Elementwise]", "F(ReadOnlyTensorSpan<Half> x, Span<float> y)", "")]
    [InlineData("[Elementwise(Rows = 3)]", "F(ReadOnlySpan<float> x, Span<float> y)", "TPP0011")]
    [InlineData("[Elementwise]", "F(ReadOnlySpan<float> x, Span<float> y, int rows, int tokens, int depth)", "TPP0009")]
    [InlineData("[Elementwise]", "F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int rows, int columns)", "TPP0009")]
    [InlineData("[Elementwise]", "F(ReadOnlySpan<float> x, Span<float> y, int rows, int columns, int count)", "TPP0009")]
    [InlineData("[Elementwise]", "F(Span<float> y, int rows, int columns)", "TPP0008")]
    [InlineData("[Elementwise] [Tile(Tier.Avx2, Height = 2)]", "F(ReadOnlySpan<float> x, Span<float> y, int rows, int columns)", "TPP0020")]
    [InlineData("[Elementwise] [Epilogue(Tpp.Bias)]", "F(ReadOnlySpan<sbyte> x, ReadOnlySpan<float> bias, Span<int> y, int rows, int columns)", "TPP0006")]
    [InlineData("[Softmax(Scale = 0.5f)]", "F(ReadOnlySpan<float> x, Span<Half> y, int rows, int columns)", "")]
    [InlineData("[Softmax]", "F(ReadOnlySpan<float> x, float scale, Span<Half> y, int rows, int columns)", "")]
    [InlineData("[Softmax(Scale = 0.5f)]", "F(ReadOnlySpan<float> x, float scale, Span<float> y, int rows, int columns)", "TPP0010")]
    [InlineData("[Softmax]", "F(ReadOnlySpan<float> x, double scale, Span<float> y, int rows, int columns)", "TPP0006")]
    [InlineData("[Softmax]", "F(ReadOnlySpan<float> x, float beta, Span<float> y, int rows, int columns)", "TPP0009")]
    [InlineData("[Elementwise]", "F(ReadOnlySpan<float> x, float scale, Span<float> y, int rows, int columns)", "TPP0009")]
    [InlineData("[Gemm]", "F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns, float scale)", "TPP0009")]
    [InlineData("[Softmax, Elementwise]", "F(ReadOnlySpan<float> x, Span<float> y, int rows, int columns)", "TPP0010")]
    [InlineData("[LayerNorm]", "F(ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<float> y, int rows, int columns)", "")]
    [InlineData("[LayerNorm(Epsilon = 1e-6f)]", "F(ReadOnlySpan<Half> x, Span<float> y, int rows, int columns)", "")]
    [InlineData("[LayerNorm]", "F(ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, float beta, Span<float> y, int rows, int columns)", "TPP0006")]
    [InlineData("[BatchReduceGemm(Rows = 1, Depth = 1, Columns = 1)]", "F(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> beta, Span<float> c, int strideA, int strideB, int count)", "TPP0006")]
    [InlineData("[RmsNorm]", "F(ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<float> y, int rows, int columns)", "TPP0009")]
    [InlineData("[RmsNorm]", "F(ReadOnlySpan<float> x, ReadOnlySpan<Half> gamma, Span<float> y, int rows, int columns)", "TPP0006")]
    [InlineData("[Softmax]", "F(ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, Span<float> y, int rows, int columns)", "TPP0009")]
    public void Parse_WrongDeclaration_Breaks(string attributes, string method, string expected)
    {
        KernelModel model = Declarations.Parse(attributes, method);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), model.Violations.Select(violation => violation.Id));
    }

    [Fact]
    public void Parse_UnknownType_IsLeftToTheCompiler()
    {
        var compilation = Compilations.Create("using Intarsia; static partial class C { [Gemm] static partial void F(Missing w, ReadOnlySpan<float> x, Span<float> y); }");
        Assert.Empty(Declarations.ParseAll(compilation));
        Assert.Empty(GeneratorHarness.Analyze(compilation));
    }
}
