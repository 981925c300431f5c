using Intarsia.Compiler;
using Intarsia.Compiler.Backends.Gpu;
using Intarsia.Compiler.Backends.Ilgpu;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Tiles;
using Intarsia.Generators.Parsing;
using Intarsia.Generators.Tests.Harness;

namespace Intarsia.Generators.Tests.Gpu;

/// <summary>The text of kernels for any accelerator. What they compute is tested where they are run, in Intarsia.Gpu.Tests.</summary>
[Trait("Category", "Gpu")]
public class PortableTextTests
{
    private const string Linear = "M(PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<Half> x, ReadOnlySpan<float> bias, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens)";

    [Fact]
    public void Portable_DenseLayer_IsAsCheckedIn() => Snapshot.Verify("portable_linear", Lower("[Gemm(Rows = 768), Epilogue(Tpp.Bias, Tpp.Relu)]", Linear)!.Source);

    [Fact]
    public void Portable_VectorRows_IsAsCheckedIn() => Snapshot.Verify("portable_vectors", Lower("[Spmm(Rows = 768), Epilogue(Tpp.Dequantise, Tpp.Relu)]",
        "M([Sparse(Pattern.VectorRows, V = 4), Format(NumberFormat.Int8, ScaleGroup = 64)] PackedMatrix w, [Format(NumberFormat.Int8)] ReadOnlySpan<sbyte> x, Span<float> y, int tokens)")!.Source);

    [Fact]
    public void Portable_IntegersOfFourBits_IsAsCheckedIn() => Snapshot.Verify("portable_integers", Lower("[Spmm(Rows = 64, Accumulator = Accumulator.Int64)]",
        "M([Sparse(Pattern.VectorRows, V = 2), Format(NumberFormat.Int16, Scale = Per.None)] PackedMatrix w, [Format(NumberFormat.Int4)] ReadOnlySpan<byte> x, Span<long> y, int tokens)")!.Source);

    [Fact]
    public void Portable_Relations_IsAsCheckedIn() => Snapshot.Verify("portable_relations", Lower("[Rgms(Rows = 40, Relations = 3), Epilogue(Tpp.Bias, Tpp.Relu)]",
        "M([Format(NumberFormat.Float16)] PackedMatrix graph, [Format(NumberFormat.Int8, Scale = Per.Row)] PackedMatrix weights, ReadOnlySpan<Half> x, ReadOnlySpan<float> bias, Span<float> y)")!.Source);

    /// <summary>Without digits there is no PTX: the overload launches the portable form on whatever accelerator it meets.</summary>
    [Fact]
    public void Overload_OfIntegersWithoutDigits_LaunchesNothingElse()
    {
        KernelModel model = Declarations.Parse("[Gemm(Rows = 64)]", "M([Format(NumberFormat.Int12, Scale = Per.None)] PackedMatrix w, ReadOnlySpan<sbyte> x, Span<int> y, int tokens)");
        Assert.True(model.IsValid, string.Join("\n", model.Violations));
        string file = DeviceEmitter.Emit(model.Spec!, model.Method!)!.Source;
        Assert.DoesNotContain("GpuTarget", file, StringComparison.Ordinal);
        Assert.DoesNotContain("DeviceGuard.NoTarget", file, StringComparison.Ordinal);
        Assert.Contains("Fallback.On(stream)(stream, ", file, StringComparison.Ordinal);
        Assert.Contains("// Portable: groups of 128 threads, on every accelerator\n//   integer multiply-adds: what every accelerator has\n", file, StringComparison.Ordinal);
    }

    [Fact]
    public void Portable_Launch_SaysWhatTheKernelTakes()
    {
        PortableKernelText text = Lower("[Gemm(Rows = 768), Epilogue(Tpp.Bias, Tpp.Relu)]", Linear)!;
        Assert.Equal(["W", "X", "Y", "bias0"], text.Parameters.OfType<GpuParameter.Bound>().Select(bound => bound.Binding.Buffer));
        Assert.Equal(["depth", "columns"], text.Parameters.OfType<GpuParameter.Size>().Select(size => size.Value.ToString()));
        Assert.Equal((128, "12", "(columns + 63)/64", "1"), (text.Threads, text.GridX.ToString(), text.GridY.ToString(), text.GridZ.ToString()));
    }

    /// <summary>A launch takes 14 arguments: W, X, Y and biases, and the three sizes, on their own or as one.</summary>
    [Theory]
    [InlineData(8, 14)]
    [InlineData(9, 13)]
    [InlineData(10, 14)]
    [InlineData(11, 0)]
    public void Portable_MoreParametersThanALaunchTakes_HasItsNumbersTogether(int biases, int parameters)
    {
        string steps = string.Concat(Enumerable.Repeat(", Tpp.Bias", biases)), arguments = string.Concat(Enumerable.Range(0, biases).Select(i => $"ReadOnlySpan<float> bias{i}, "));
        PortableKernelText? text = Lower($"[Gemm, Epilogue(Tpp.Relu{steps})]", Linear.Replace("ReadOnlySpan<float> bias, ", arguments, StringComparison.Ordinal));
        Assert.Equal(parameters, text?.Parameters.Count ?? 0);
        if (biases > 8 && text is not null) Assert.Equal(["rows", "depth", "columns"], text.Parameters.OfType<GpuParameter.Scalars>().Single().Members.Cast<GpuParameter.Size>().Select(size => size.Value.ToString()));
    }

    [Fact]
    public void Portable_ManyParameters_IsAsCheckedIn() => Snapshot.Verify("portable_scalars", Lower("[Spmm, Epilogue(Tpp.Dequantise, Tpp.Bias, Tpp.Gelu, Tpp.Residual)]",
        "M([Sparse(Pattern.VectorRows, V = 4), Format(NumberFormat.Int8, ScaleGroup = 64)] PackedMatrix w, [Format(NumberFormat.Int8)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, " +
        "ReadOnlySpan<float> bias, ReadOnlySpan<float> residual, Span<float> y, int columns, int ldx, int ldy)")!.Source);

    private static PortableKernelText? Lower(string attributes, string method)
    {
        KernelModel model = Declarations.Parse(attributes, method);
        Assert.True(model.IsValid, string.Join("\n", model.Violations));
        KernelPlan plan = DevicePlanner.Plan(model.Spec!, Device.Portable, aligned: false);
        return PortableBackend.Lower(plan, new HashSet<string>());
    }
}
