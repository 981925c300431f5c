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
    public void Portable_Launch_SaysWhatTheKernelTakes()
    {
        PortableKernelText text = Lower("[Gemm(Rows = 768), Epilogue(Tpp.Bias, Tpp.Relu)]", Linear)!;
        Assert.Equal(["W", "X", "Y", "bias0"], text.Parameters.OfType<GpuParameter.Bound>().Select(bound => bound.Binding.Buffer));
        Assert.Equal(["depth", "columns"], text.Parameters.OfType<GpuParameter.Size>().Select(size => size.Value.ToString()));
        Assert.Equal((128, "12", "(columns + 63)/64", "1"), (text.Threads, text.GridX.ToString(), text.GridY.ToString(), text.GridZ.ToString()));
    }

    [Fact]
    public void Portable_MoreParametersThanALaunchTakes_IsNone()
    {
        string steps = string.Concat(Enumerable.Repeat(", Tpp.Bias", 9)), biases = string.Concat(Enumerable.Range(0, 9).Select(i => $"ReadOnlySpan<float> bias{i}, "));
        Assert.NotNull(Lower($"[Gemm, Epilogue(Tpp.Relu{steps[..^10]})]", Linear.Replace("ReadOnlySpan<float> bias, ", biases[..biases.IndexOf("ReadOnlySpan<float> bias8", StringComparison.Ordinal)], StringComparison.Ordinal)));
        Assert.Null(Lower($"[Gemm, Epilogue(Tpp.Relu{steps})]", Linear.Replace("ReadOnlySpan<float> bias, ", biases, StringComparison.Ordinal)));
    }

    private static PortableKernelText? Lower(string attributes, string method)
    {
        KernelModel model = Declarations.Parse(attributes, method);
        Assert.True(model.IsValid, string.Join("\n", model.Violations));
        KernelPlan plan = DevicePlanner.Plan(model.Spec!, Device.Portable, aligned: false);
        return PortableBackend.Lower(plan, new HashSet<string>());
    }
}
