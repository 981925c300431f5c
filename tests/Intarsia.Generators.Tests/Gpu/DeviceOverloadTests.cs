using System.Collections.Immutable;
using Intarsia.Compiler;
using Intarsia.Compiler.Backends.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Generators.Parsing;
using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Intarsia.Generators.Tests.Gpu;

/// <summary>The overload of a kernel for accelerators, around texts that are given.</summary>
[Trait("Category", "Gpu")]
public class DeviceOverloadTests
{
    private const string Quantised = """
        using Intarsia;

        namespace App;

        public static partial class Layers
        {
            [Gemm(Rows = 768, Depth = 512), Epilogue(Tpp.Dequantise, Tpp.Bias)]
            public static partial void Linear([Format(NumberFormat.Int8, Scale = Per.Row)] PackedMatrix weights, [Format(NumberFormat.Int8), Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, float xScale,
                ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
        }
        """;

    private const string RunTimeSizes = """
        using Intarsia;

        internal static partial class Layers
        {
            [Gemm]
            internal static partial void Project(PackedMatrix w, ReadOnlySpan<BFloat16> x, int ldx, Span<float> y, int columns);
        }
        """;

    private const string Tensors = """
        using System.Numerics.Tensors;
        using Intarsia;

        namespace App;

        public static partial class Layers
        {
            /// <summary>X and Y carry the columns, and strides.</summary>
            [Gemm, Epilogue(Tpp.Bias)]
            public static partial void Project(PackedMatrix w, ReadOnlyTensorSpan<BFloat16> x, ReadOnlySpan<float> bias, TensorSpan<float> y);
        }
        """;

    [Fact]
    public void Overload_TwoTargets_IsAsCheckedIn() => Snapshot.Verify("overload_ptx", Emit(Quantised, DeviceTexts.TwoTargets).Source);

    [Fact]
    public void Overload_PtxAndPortable_IsAsCheckedIn() => Snapshot.Verify("overload_portable", Emit(RunTimeSizes, DeviceTexts.Both).Source);

    [Fact]
    public void Overload_TensorSpans_IsAsCheckedIn() => Snapshot.Verify("overload_tensors", Emit(Tensors, DeviceTexts.Both).Source);

    [Theory]
    [InlineData(Tensors, nameof(DeviceTexts.Both))]
    [InlineData(Quantised, nameof(DeviceTexts.TwoTargets))]
    [InlineData(RunTimeSizes, nameof(DeviceTexts.PortableOnly))]
    [InlineData(RunTimeSizes, nameof(DeviceTexts.Both))]
    public void Overload_InAUsersProject_CompilesWithoutWarnings(string source, string texts)
    {
        var text = (GpuKernelText)typeof(DeviceTexts).GetProperty(texts)!.GetValue(null)!;
        Assert.Empty(Diagnostics(source, text, Compilations.ParseOptions));
    }

    [Theory]
    [InlineData("[Gemm(Rows = 64, Depth = 128), Epilogue(Tpp.Bias, Tpp.Gelu)]", "Linear(PackedMatrix w, ReadOnlySpan<Half> x, ReadOnlySpan<float> bias, Span<float> y, int tokens)")]
    [InlineData("[Gemm, Epilogue(Tpp.Dequantise)]", "Int8([Format(NumberFormat.Int8, ScaleGroup = 64)] PackedMatrix w, [Format(NumberFormat.Int8)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, Span<float> y, int tokens)")]
    [InlineData("[Spmm]", "TwoOfFour([Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Float16)] PackedMatrix w, ReadOnlySpan<Half> x, Span<float> y, int tokens)")]
    [InlineData("[BatchReduceGemm(Rows = 64), Epilogue(Tpp.Bias)]", "Strided(ReadOnlySpan<Half> a, long strideA, ReadOnlySpan<Half> b, int strideB, ReadOnlySpan<float> bias, Span<float> c, float beta, int count, int depth, int columns, int lda)")]
    [InlineData("[BatchReduceGemm(Rows = 8, Depth = 8, Columns = 8)]", "AtOffsets(ReadOnlySpan<sbyte> a, ReadOnlySpan<long> aOffsets, ReadOnlySpan<sbyte> b, ReadOnlySpan<long> bOffsets, Span<int> c)")]
    [InlineData("[BatchReduceGemm]", "Renamed([Operand(Role.Weights)] ReadOnlySpan<float> count, [Operand(Role.BatchWeightsStride)] int aLength, [Operand(Role.X)] ReadOnlySpan<float> stream, [Operand(Role.BatchXStride)] int bNeeds, Span<float> y, [Operand(Role.Beta)] float accumulate, [Operand(Role.BatchCount)] int depth, [Operand(Role.Depth)] int rows, [Operand(Role.Rows)] int columns, [Operand(Role.Columns)] int strideA)")]
    [InlineData("[Gemm]", "Spans(ReadOnlySpan<BFloat16> w, ReadOnlySpan<BFloat16> x, Span<BFloat16> y, int rows, int depth, int columns, int ldw, int ldx, int ldy)")]
    [InlineData("[Gemm]", "Tensors(ReadOnlyTensorSpan<Half> w, ReadOnlyTensorSpan<Half> x, TensorSpan<float> y)")]
    [InlineData("[Gemm]", "Given(ReadOnlySpan<float> w, int ldw, ReadOnlySpan<float> x, TensorSpan<float> y, int depth)")]
    [InlineData("[Gemm]", "Renamed([Operand(Role.Weights)] ReadOnlyTensorSpan<Half> ldx, [Operand(Role.X)] ReadOnlyTensorSpan<Half> ldxValue, [Operand(Role.Y)] TensorSpan<float> columns)")]
    [InlineData("[Spmm(Rows = 48), Epilogue(Tpp.Relu)]", "Sparse([Sparse(Pattern.NM, N = 2, M = 4), Format(NumberFormat.Float16)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlyTensorSpan<Half> x, [Layout(MatrixLayout.TokenMajor)] TensorSpan<float> y)")]
    [InlineData("[BatchReduceGemm(Rows = 64)]", "Blocks(ReadOnlySpan<Half> a, int strideA, ReadOnlySpan<Half> b, int strideB, TensorSpan<float> c, int count, int depth)")]
    [InlineData("[Softmax(Scale = 0.125f), Epilogue(Tpp.Residual)]", "Scores([Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<Half> x, ReadOnlySpan<float> residual, [Layout(MatrixLayout.TokenMajor)] Span<Half> y, int rows, int columns)")]
    [InlineData("[Rgms(Relations = 3, Columns = 50), Epilogue(Tpp.Bias)]", "Relations(PackedMatrix graph, PackedMatrix weights, ReadOnlySpan<float> x, int ldx, ReadOnlySpan<float> bias, Span<float> y)")]
    [InlineData("[Rgms(Relations = 1)]", "Renamed([Operand(Role.Graph)] PackedMatrix weights, [Operand(Role.Weights)] PackedMatrix graph, [Operand(Role.X)] ReadOnlyTensorSpan<Half> sources, [Operand(Role.Y)] TensorSpan<float> depth)")]
    [InlineData("[Softmax(Scale = 0.125f)]", "Tensors(ReadOnlyTensorSpan<Half> x, TensorSpan<float> y)")]
    [InlineData("[Softmax]", "Renamed([Operand(Role.X), Layout(MatrixLayout.TokenMajor)] ReadOnlyTensorSpan<float> rows, [Operand(Role.Scale)] float ldx, [Operand(Role.Y), Layout(MatrixLayout.TokenMajor)] TensorSpan<BFloat16> columns)")]
    [InlineData("[LayerNorm(Columns = 768)]", "Norm(ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<Half> y, int rows, int ldx)")]
    [InlineData("[Elementwise, Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Gelu)]", "Chain([Format(NumberFormat.Int32)] ReadOnlySpan<int> x, float xScale, ReadOnlySpan<float> bias, Span<float> y, int rows, int columns)")]
    public void Overload_OfTheGenerator_CompilesWithoutWarnings(string attributes, string method)
    {
        string source = $"using System.Numerics.Tensors;\nusing Intarsia;\npublic static partial class Layers\n{{\n    {attributes} public static partial void {method};\n}}\n";
        Outcome outcome = GeneratorHarness.Run(Compilations.WithAccelerators(source), GeneratorHarness.ScalarOnly);
        Assert.Contains(outcome.Sources, file => file.HintName.EndsWith(".Gpu.g.cs", StringComparison.Ordinal));
        Assert.Empty(outcome.Compiler);
        Assert.Empty(outcome.Intarsia.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));
    }

    [Fact]
    public void Overload_OldestLanguage_Compiles()
    {
        Assert.Empty(Diagnostics(Quantised, DeviceTexts.TwoTargets, new CSharpParseOptions(LanguageVersion.CSharp13)));
    }

    [Fact]
    public void Overload_ParametersNamedAsItsLocals_Compiles()
    {
        string source = RunTimeSizes.Replace("Span<float> y, int columns", "[Operand(Role.Y)] Span<float> stream, [Operand(Role.Columns)] int alignment", StringComparison.Ordinal);
        Assert.Empty(Diagnostics(source, DeviceTexts.Both, Compilations.ParseOptions));
    }

    [Theory]
    [InlineData("[BatchReduceGemm(Rows = 8, Depth = 8, Columns = 8)]", "M(ReadOnlySpan<ReadOnlyMemory<float>> a, ReadOnlySpan<ReadOnlyMemory<float>> b, Span<float> c)")]
    public void Overload_WhereOperandsHaveNoView_IsNone(string attributes, string method)
    {
        KernelModel model = Declarations.Parse(attributes, method);
        Assert.True(model.IsValid);
        Assert.False(DeviceCall.IsSupported(model.Method!));
        Assert.Null(DeviceEmitter.Emit(model.Spec!, model.Method!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pipeline_Overload_IsThereWhereIlgpuIs(bool referenced)
    {
        CSharpCompilation compilation = referenced ? Compilations.WithAccelerators(Quantised) : Compilations.Create(Quantised);
        GeneratorRunResult result = GeneratorHarness.Driver(GeneratorHarness.ScalarOnly).RunGenerators(compilation).GetRunResult().Results.Single();
        Assert.Equal(referenced, result.GeneratedSources.Any(file => file.HintName == "App.Layers.Linear.Gpu.g.cs"));
    }

    [Fact]
    public void Pipeline_WithAccelerators_EditElsewhere_EmitsNothingAgain()
    {
        CSharpCompilation compilation = Compilations.WithAccelerators(Quantised);
        GeneratorDriver driver = GeneratorHarness.Driver(GeneratorHarness.ScalarOnly).RunGenerators(compilation);
        Assert.Contains(TrackingNames.Overload, driver.GetRunResult().Results.Single().TrackedSteps.Keys);
        Caching.AssertNothingIsEmittedAgain(driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Added;", Compilations.ParseOptions, "Added.cs"))));
    }

    [Fact]
    public void Pipeline_AcceleratorsAdded_LeavesTheKernelForTheCpu()
    {
        CSharpCompilation compilation = Compilations.Create(Quantised);
        GeneratorDriver driver = GeneratorHarness.Driver(GeneratorHarness.ScalarOnly).RunGenerators(compilation).RunGenerators(compilation.AddReferences(Compilations.AcceleratorReferences));
        ImmutableDictionary<string, ImmutableArray<IncrementalGeneratorRunStep>> steps = driver.GetRunResult().Results.Single().TrackedSteps;
        Assert.Contains(steps[TrackingNames.Overload].SelectMany(step => step.Outputs), output => output.Reason == IncrementalStepRunReason.New);
        Assert.All(steps[TrackingNames.Kernel].SelectMany(step => step.Outputs), output => Assert.Contains(output.Reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged }));
    }

    /// <summary>What the compiler says of a project that has the kernel and an overload around these texts.</summary>
    private static IEnumerable<Diagnostic> Diagnostics(string source, GpuKernelText text, CSharpParseOptions parse)
    {
        GeneratorHarness.Driver(GeneratorHarness.ScalarOnly, parse).RunGeneratorsAndUpdateCompilation(Compilations.Create([source], parse), out Compilation completed, out _);
        completed = completed.AddReferences(Compilations.AcceleratorReferences).AddSyntaxTrees(CSharpSyntaxTree.ParseText(Emit(source, text).Source, parse, "Overload.g.cs"));
        return completed.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && diagnostic.Id != "CS1591");
    }

    private static EmittedKernel Emit(string source, GpuKernelText text)
    {
        KernelModel model = Declarations.ParseFile(source);
        Assert.True(model.IsValid, string.Join("\n", model.Violations));
        Assert.True(DeviceCall.IsSupported(model.Method!));
        return DeviceEmitter.Emit(model.Spec!, model.Method!, text);
    }
}
