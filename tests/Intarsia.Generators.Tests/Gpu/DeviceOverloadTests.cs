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

    [Fact]
    public void Overload_TwoTargets_IsAsCheckedIn() => Snapshot.Verify("overload_ptx", Emit(Quantised, DeviceTexts.TwoTargets).Source);

    [Fact]
    public void Overload_PtxAndPortable_IsAsCheckedIn() => Snapshot.Verify("overload_portable", Emit(RunTimeSizes, DeviceTexts.Both).Source);

    [Theory]
    [InlineData(Quantised, nameof(DeviceTexts.TwoTargets))]
    [InlineData(RunTimeSizes, nameof(DeviceTexts.PortableOnly))]
    [InlineData(RunTimeSizes, nameof(DeviceTexts.Both))]
    public void Overload_InAUsersProject_CompilesWithoutWarnings(string source, string texts)
    {
        var text = (GpuKernelText)typeof(DeviceTexts).GetProperty(texts)!.GetValue(null)!;
        CSharpCompilation compilation = Compilations.WithAccelerators(source);
        GeneratorHarness.Driver(GeneratorHarness.ScalarOnly).RunGeneratorsAndUpdateCompilation(compilation, out Compilation completed, out _);
        completed = completed.AddSyntaxTrees(CSharpSyntaxTree.ParseText(Emit(source, text).Source, Compilations.ParseOptions, "Overload.g.cs"));
        Assert.Empty(completed.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && diagnostic.Id != "CS1591"));
    }

    [Fact]
    public void Overload_OldestLanguage_Compiles()
    {
        var parse = new CSharpParseOptions(LanguageVersion.CSharp12);
        CSharpCompilation compilation = Compilations.WithAccelerators(Quantised.Replace("namespace App;", "", StringComparison.Ordinal), parse);
        GeneratorHarness.Driver(GeneratorHarness.ScalarOnly, parse).RunGeneratorsAndUpdateCompilation(compilation, out Compilation completed, out _);
        completed = completed.AddSyntaxTrees(CSharpSyntaxTree.ParseText(Emit(Quantised.Replace("namespace App;", "", StringComparison.Ordinal), DeviceTexts.TwoTargets).Source, parse, "Overload.g.cs"));
        Assert.Empty(completed.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }

    [Fact]
    public void Overload_ParameterNamedAsALocal_Compiles()
    {
        string source = RunTimeSizes.Replace("int columns", "int stream, [Operand(Role.Rows)] int alignment", StringComparison.Ordinal).Replace("[Gemm]", "[Gemm(Columns = 5)]", StringComparison.Ordinal)
            .Replace("int stream, ", "", StringComparison.Ordinal).Replace("Span<float> y", "Span<float> stream", StringComparison.Ordinal).Replace("Span<float> stream", "[Operand(Role.Y)] Span<float> stream", StringComparison.Ordinal);
        CSharpCompilation compilation = Compilations.WithAccelerators(source);
        GeneratorHarness.Driver(GeneratorHarness.ScalarOnly).RunGeneratorsAndUpdateCompilation(compilation, out Compilation completed, out _);
        completed = completed.AddSyntaxTrees(CSharpSyntaxTree.ParseText(Emit(source, DeviceTexts.Both).Source, Compilations.ParseOptions, "Overload.g.cs"));
        Assert.Empty(completed.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && diagnostic.Id != "CS1591"));
    }

    [Theory]
    [InlineData("[Gemm]", "M(PackedMatrix w, ReadOnlyTensorSpan<float> x, TensorSpan<float> y)")]
    [InlineData("[BatchReduceGemm(Rows = 8, Depth = 8, Columns = 8)]", "M(ReadOnlySpan<float> a, int strideA, ReadOnlySpan<float> b, int strideB, Span<float> c, int count)")]
    public void Overload_WhereOperandsHaveNoView_IsNone(string attributes, string method)
    {
        KernelModel model = Declarations.Parse(attributes, method);
        Assert.True(model.IsValid);
        Assert.False(DeviceCall.IsSupported(model.Spec!, model.Method!));
        Assert.Null(DeviceEmitter.Emit(model.Spec!, model.Method!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pipeline_Accelerators_FollowTheReferences(bool referenced)
    {
        CSharpCompilation compilation = referenced ? Compilations.WithAccelerators(Quantised) : Compilations.Create(Quantised);
        GeneratorRunResult result = GeneratorHarness.Driver(GeneratorHarness.ScalarOnly).RunGenerators(compilation).GetRunResult().Results.Single();
        IncrementalGeneratorRunStep step = Assert.Single(result.TrackedSteps[TrackingNames.Accelerators]);
        Assert.Equal(referenced, Assert.Single(step.Outputs).Value);
        if (!referenced) Assert.DoesNotContain(result.GeneratedSources, file => file.HintName.Contains("Gpu", StringComparison.Ordinal));
    }

    [Fact]
    public void Pipeline_WithAccelerators_EditElsewhere_EmitsNothingAgain()
    {
        CSharpCompilation compilation = Compilations.WithAccelerators(Quantised);
        GeneratorDriver driver = GeneratorHarness.Driver(GeneratorHarness.ScalarOnly).RunGenerators(compilation);
        Caching.AssertNothingIsEmittedAgain(driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Added;", Compilations.ParseOptions, "Added.cs"))));
    }

    [Fact]
    public void Pipeline_AcceleratorsAdded_LeavesTheKernelForTheCpu()
    {
        CSharpCompilation compilation = Compilations.Create(Quantised);
        GeneratorDriver driver = GeneratorHarness.Driver(GeneratorHarness.ScalarOnly).RunGenerators(compilation).RunGenerators(compilation.AddReferences(Compilations.AcceleratorReferences));
        ImmutableDictionary<string, ImmutableArray<IncrementalGeneratorRunStep>> steps = driver.GetRunResult().Results.Single().TrackedSteps;
        Assert.Equal(IncrementalStepRunReason.Modified, steps[TrackingNames.Accelerators].Single().Outputs.Single().Reason);
        Assert.All(steps[TrackingNames.Kernel].SelectMany(step => step.Outputs), output => Assert.Contains(output.Reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged }));
    }

    private static EmittedKernel Emit(string source, GpuKernelText text)
    {
        KernelModel model = Declarations.ParseFile(source);
        Assert.True(model.IsValid, string.Join("\n", model.Violations));
        Assert.True(DeviceCall.IsSupported(model.Spec!, model.Method!));
        return DeviceEmitter.Emit(model.Spec!, model.Method!, text);
    }
}
