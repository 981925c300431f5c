using Intarsia.Compiler;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;

namespace Intarsia.ProductSpace.Writing;

/// <summary>A declaration with one mistake in it.</summary>
/// <param name="Kernel">The draw it was made from.</param>
/// <param name="Mistake">What is wrong.</param>
/// <param name="Source">The whole file.</param>
public sealed record BrokenDeclaration(DrawnKernel Kernel, string Mistake, string Source);

/// <summary>Puts one mistake into a valid declaration: in what it says (the spec), or in how it says it (its parameters and text).</summary>
public static class DeclarationBreaker
{
    private static readonly (string Name, Func<KernelSpec, KernelSpec?> Break)[] ContractionMistakes =
    [
        ("N of N:M greater than M", spec => OnPattern(spec, Pattern.NM, p => p with { N = p.M + 1 })),
        ("N of N:M is 0", spec => OnPattern(spec, Pattern.NM, p => p with { N = 0 })),
        ("M of N:M is 5", spec => OnPattern(spec, Pattern.NM, p => p with { N = 1, M = 5 })),
        ("V is 3", spec => OnPattern(spec, Pattern.VectorRows, p => p with { V = 3 })),
        ("a block without columns", spec => OnPattern(spec, Pattern.Bsr, p => p with { BlockColumns = 0 })),
        ("rows without places", spec => OnPattern(spec, Pattern.Ell, p => p with { Width = 0 })),
        ("a bucket that is too wide", spec => OnPattern(spec, Pattern.Hyb, p => p with { BucketExponent = 17 })),
        ("more lanes than there may be", spec => OnPattern(spec, Pattern.RelativeCsc, p => p with { Lanes = 1025 })),
        ("banks that no power of two are", spec => OnPattern(spec, Pattern.GatherScatter, p => p with { Banks = 12 })),
        ("a share of the banks that does not divide them", spec => OnPattern(spec, Pattern.GatherScatter, p => p with { PerRow = 3 })),
        ("a format behind one that takes everything", spec => OnPattern(spec, Pattern.Composite, p => p with { Parts = EquatableArray.Of(new PatternSpec(Pattern.Csr), p.Parts[0]) })),
        ("a sum without formats", spec => OnPattern(spec, Pattern.Composite, p => p with { Parts = default })),
        ("a share of percents beyond 100", spec => OnPattern(spec, Pattern.Composite, p => p with { Parts = EquatableArray.Of(p.Parts[0] with { Fill = 101 }, p.Parts[1]) })),
        ("scales of rows that are the depth", spec => spec.IsTransposed && NumberFormats.IsInteger(spec.Weights.Format) ? spec with { Weights = spec.Weights with { Scale = Per.Row, ScaleGroup = 0 } } : null),
        ("V on a pattern that has none", spec => OnPattern(spec, Pattern.Csr, p => p with { V = 4 })),
        ("sparse weights in [Gemm]", spec => spec.Operation == Operation.Spmm ? spec with { Operation = Operation.Gemm } : null),
        ("dense weights in [Spmm]", spec => spec.Operation == Operation.Gemm ? spec with { Operation = Operation.Spmm } : null),
        ("activations in twelve bits", spec => spec.Batch is null ? spec with { X = spec.X with { Format = NumberFormat.Int12 } } : null),
        ("float weights times integer activations", spec => spec.IsIntegerContraction && spec.Batch is null ? spec with { Weights = spec.Weights with { Format = NumberFormat.Float32, Scale = Per.None, ScaleGroup = 0, Asymmetric = false } } : null),
        ("scale on float weights", spec => spec.Weights.Storage == WeightStorage.Packed && !NumberFormats.IsInteger(spec.Weights.Format) ? spec with { Weights = spec.Weights with { Scale = Per.Row } } : null),
        ("scale per token on weights", spec => spec.Weights is { Storage: WeightStorage.Packed, Scale: Per.Row } ? spec with { Weights = spec.Weights with { Scale = Per.Token } } : null),
        ("weight-only without a scale", spec => IsWeightOnly(spec) && !spec.Weights.Asymmetric ? spec with { Weights = spec.Weights with { Scale = Per.None, ScaleGroup = 0 } } : null),
        ("scale group of 7", spec => spec.Weights.Scale == Per.Group && !spec.Depth.IsConstant ? spec with { Weights = spec.Weights with { ScaleGroup = 7 } } : null),
        ("zero points without scales", spec => spec.IsIntegerContraction && spec.Weights is { Storage: WeightStorage.Packed, Scale: Per.None } ? spec with { Weights = spec.Weights with { Asymmetric = true } } : null),
        ("group scales on a raw sum", spec => spec.Y.Format is NumberFormat.Int32 or NumberFormat.Int64 && spec.Weights.Storage == WeightStorage.Packed ? spec with { Weights = spec.Weights with { Scale = Per.Group, ScaleGroup = 32 } } : null),
        ("accumulator that overflows", spec => spec is { IsIntegerContraction: true, Accumulator: Accumulator.Default, Depth.IsConstant: true, Rgms: null } && spec.Weights.Scale != Per.Group ? spec with { Depth = new Extent(100_000_000) } : null),
        ("raw result narrower than its sum", spec => spec.Y.Format == NumberFormat.Int32 ? spec with { Accumulator = Accumulator.Int64, Epilogue = default } : null),
        ("raw result wider than its sum", spec => spec.Y.Format == NumberFormat.Int32 && spec.Batch is null && spec.IsContraction && !spec.Epilogue.Contains(Tpp.Bias) && spec.Accumulator != Accumulator.Int64 ? spec with { Y = spec.Y with { Format = NumberFormat.Int64 } } : null),
        ("integer accumulator on floats", spec => spec.IsIntegerContraction || spec.Butterfly is not null ? null : spec with { Accumulator = Accumulator.Int32Wrap }),
        ("token-major block of a batch", spec => spec.Batch is null ? null : spec with { Y = spec.Y with { Layout = MatrixLayout.TokenMajor } }),
        ("beta on integers", spec => spec is { IsIntegerContraction: true, Batch: { } batch } ? spec with { Batch = batch with { HasBeta = true } } : null),
        ("half output of a batch", spec => spec.Batch is not null && !spec.IsIntegerContraction ? spec with { Y = spec.Y with { Format = NumberFormat.Float16 } } : null),
    ];

    private static readonly (string Name, Func<KernelSpec, KernelSpec?> Break)[] SampledMistakes =
    [
        ("a dense result", spec => spec with { Y = spec.Y with { Pattern = PatternSpec.Dense } }),
        ("an A in planes", spec => spec with { Weights = spec.Weights with { Layout = MatrixLayout.BitPlanes } }),
        ("a token-major result", spec => spec with { Y = spec.Y with { Layout = MatrixLayout.TokenMajor } }),
        ("a dense multiplier", spec => spec.Y.Format == NumberFormat.Int32 ? null : Chain(spec, [.. spec.Epilogue.Where(step => step == Tpp.Dequantise), Tpp.Multiply, .. spec.Epilogue.Where(step => step != Tpp.Dequantise)])),
        ("a scale on a raw sum", spec => spec.Y.Format == NumberFormat.Int32 ? spec with { Sddmm = new SddmmSpec(0.5f) } : null),
        ("a mask of bytes", spec => spec.Y.Format == NumberFormat.Int8 ? spec with { Sddmm = spec.Sddmm! with { IsMasked = true } } : null),
        ("a factor that is negative", spec => spec.Sddmm!.HasScaleArgument ? null : spec with { Sddmm = spec.Sddmm with { Scale = -2 } }),
        ("a result that is transposed", spec => spec with { Y = spec.Y with { Pattern = spec.Y.Pattern with { Transposed = true } } }),
        ("scales of rows on a result", spec => spec.Y.Format == NumberFormat.Int8 ? spec with { Y = spec.Y with { Scale = Per.Row } } : null),
        ("unsigned bytes that are packed", spec => spec.Y.Format == NumberFormat.Int8 ? spec with { Y = spec.Y with { Format = NumberFormat.UInt8, Scale = Per.None } } : null),
        ("a factor in twelve bits", spec => spec.IsIntegerContraction ? spec with { Weights = spec.Weights with { Format = NumberFormat.Int12 } } : null),
        ("a sum of 64 bits that is packed", spec => spec.Y.Format == NumberFormat.Int32 ? spec with { Accumulator = Accumulator.Int64, Epilogue = default, Y = spec.Y with { Format = NumberFormat.Int64 } } : null),
        ("a packed A", spec => spec with { Weights = spec.Weights with { Storage = WeightStorage.Packed, Scale = Per.None } }),
    ];

    private static readonly (string Name, Func<KernelSpec, KernelSpec?> Break)[] ButterflyMistakes =
    [
        ("stages that nobody counted", spec => spec with { Depth = default }),
        ("more elements than there may be", spec => spec with { Depth = new Extent(65538) }),
        ("no block of stages", spec => spec with { Butterfly = spec.Butterfly! with { Blocks = 0 } }),
        ("half of a complex number", spec => spec.Butterfly!.Complex ? spec with { Rows = new Extent(spec.Rows.Constant + 1) } : null),
        ("packed factors", spec => spec with { Weights = spec.Weights with { Storage = WeightStorage.Packed } }),
        ("factors with a leading dimension", spec => spec with { Weights = spec.Weights with { HasStride = true } }),
        ("factors of bytes", spec => spec with { Weights = spec.Weights with { Format = NumberFormat.Int8 } }),
    ];

    private static readonly (string Name, Func<KernelSpec, KernelSpec?> Break)[] RelationalMistakes =
    [
        ("no relation", spec => spec with { Rgms = spec.Rgms! with { Relations = 0 } }),
        ("more relations than there may be", spec => spec with { Rgms = spec.Rgms! with { Relations = 65537 } }),
        ("more columns than a matrix has", spec => spec with { Depth = new Extent(1 << 30), Rgms = spec.Rgms! with { Relations = 3 } }),
        ("nodes in columns", spec => spec with { X = spec.X with { Layout = MatrixLayout.RowMajor } }),
        ("results in columns", spec => spec with { Y = spec.Y with { Layout = MatrixLayout.RowMajor } }),
        ("edges of another kind", spec => spec with { Rgms = spec.Rgms! with { Edges = spec.IsIntegerContraction ? NumberFormat.Float32 : NumberFormat.Int8 } }),
        ("weights in a span", spec => NumberFormats.IsInteger(spec.Weights.Format) ? null : spec with { Weights = spec.Weights with { Storage = WeightStorage.Span } }),
        ("scales of groups", spec => spec.Weights.Scale != Per.None && spec.Epilogue.Contains(Tpp.Dequantise) ? spec with { Weights = spec.Weights with { Scale = Per.Group, ScaleGroup = 32 } } : null),
        ("a scale for each node", spec => spec.X.Scale == Per.Tensor ? spec with { X = spec.X with { Scale = Per.Token } } : null),
    ];

    private static readonly (string Name, Func<KernelSpec, KernelSpec?> Break)[] LineMistakes =
    [
        ("a scale that is negative", spec => spec.Softmax is { HasScaleArgument: false } softmax ? spec with { Softmax = softmax with { Scale = -2 } } : null),
        ("an epsilon that is negative", spec => spec.Norm is { } norm ? spec with { Norm = norm with { Epsilon = -1 } } : null),
        ("integers in a softmax", spec => spec.Operation == Operation.Softmax ? spec with { X = spec.X with { Format = NumberFormat.Int8 } } : null),
        ("layouts that differ", spec => spec with { Y = spec.Y with { Layout = 1 - spec.Y.Layout } }),
    ];

    private static readonly (string Name, Func<KernelSpec, KernelSpec?> Break)[] SpecMistakes =
    [
        ("dequantise on floats", spec => spec.StartsAsInteger ? null : Chain(spec, [Tpp.Dequantise, .. spec.Epilogue])),
        ("dequantise twice", spec => spec.Epilogue.Contains(Tpp.Dequantise) ? Chain(spec, [Tpp.Dequantise, .. spec.Epilogue]) : null),
        ("dequantise behind a float step", spec => spec.Epilogue.Contains(Tpp.Dequantise) ? Chain(spec, [Tpp.Gelu, .. spec.Epilogue]) : null),
        ("float step on a raw sum", spec => spec.Y.Format == NumberFormat.Int32 ? Chain(spec, [Tpp.Silu, .. spec.Epilogue]) : null),
        ("requantise before the last step", spec => spec.Epilogue.Contains(Tpp.Requantise) ? Chain(spec, [.. spec.Epilogue, Tpp.Relu]) : null),
        ("requantise to a wide output", spec => spec.Y.Format == NumberFormat.Float32 ? Chain(spec, [.. spec.Epilogue, Tpp.Requantise]) : null),
        ("bytes without requantise", spec => spec.Epilogue.Contains(Tpp.Requantise) ? Chain(spec, [.. spec.Epilogue.Where(step => step != Tpp.Requantise)]) : null),
        ("integer output of a float sum", spec => spec is { StartsAsInteger: false, Y.Format: NumberFormat.Float32 } && !spec.Epilogue.Contains(Tpp.Bias) ? spec with { Y = spec.Y with { Format = NumberFormat.Int32 } } : null),
        ("negative extent", spec => spec.Columns.IsConstant ? spec with { Columns = new Extent(-3) } : null),
        ("tile too high", spec => spec with { Tiles = EquatableArray.Of(new TileOverride(Tier.Avx2, 99, 1, 0)) }),
        ("tile depth that cuts groups", spec => spec with { Tiles = EquatableArray.Of(new TileOverride(Tier.Avx512, 2, 2, 33)) }),
        ("depth in too many slices", spec => spec with { Tiles = EquatableArray.Of(new TileOverride(Tier.Avx512, 0, 0, 0, 65)) }),
        ("tile given twice", spec => spec with { Tiles = EquatableArray.Of(new TileOverride(Tier.Avx512, 2, 2, 0), new TileOverride(Tier.Avx512, 4, 2, 0)) }),
        .. ContractionMistakes.Select(mistake => (mistake.Name, (Func<KernelSpec, KernelSpec?>)(spec => spec.IsContraction ? mistake.Break(spec) : null))),
        .. SampledMistakes.Select(mistake => (mistake.Name, (Func<KernelSpec, KernelSpec?>)(spec => spec.Operation == Operation.Sddmm ? mistake.Break(spec) : null))),
        .. ButterflyMistakes.Select(mistake => (mistake.Name, (Func<KernelSpec, KernelSpec?>)(spec => spec.Butterfly is not null ? mistake.Break(spec) : null))),
        .. RelationalMistakes.Select(mistake => (mistake.Name, (Func<KernelSpec, KernelSpec?>)(spec => spec.Rgms is not null ? mistake.Break(spec) : null))),
        .. LineMistakes.Select(mistake => (mistake.Name, (Func<KernelSpec, KernelSpec?>)(spec => spec.IsContraction ? null : mistake.Break(spec)))),
    ];

    private static readonly (string Name, Func<DrawnKernel, List<ParameterText>, bool> Break)[] ParameterMistakes =
    [
        ("a span of packed values", (kernel, parameters) => kernel.Spec.Y.IsPacked && Retype(parameters, Role.Y, "Span<float>")),
        ("no Y", (_, parameters) => parameters.RemoveAll(p => p.Role == Role.Y) > 0),
        ("no X", (_, parameters) => parameters.RemoveAll(p => p.Role == Role.X) > 0),
        ("no graph", (_, parameters) => parameters.RemoveAll(p => p.Role == Role.Graph) > 0),
        ("a graph where there is none", (kernel, parameters) => kernel.Spec.Rgms is null && Add(parameters, "PackedMatrix graph")),
        ("a graph in a span", (_, parameters) => Retype(parameters, Role.Graph, "ReadOnlySpan<float>")),
        ("no weights", (_, parameters) => parameters.RemoveAll(p => p.Role == Role.Weights) > 0),
        ("weights where there are none", (kernel, parameters) => !kernel.Spec.IsContraction && Add(parameters, "PackedMatrix w")),
        ("a depth where there is none", (kernel, parameters) => !kernel.Spec.IsContraction && Add(parameters, "int depth")),
        ("no bias", (_, parameters) => parameters.RemoveAll(p => p.Role == Role.Bias) > 0),
        ("no residual", (_, parameters) => parameters.RemoveAll(p => p.Role == Role.Residual) > 0),
        ("a scale where there is none", (kernel, parameters) => kernel.Spec.Operation is not (Operation.Softmax or Operation.Sddmm) && Add(parameters, "float scale")),
        ("a gamma where there is none", (kernel, parameters) => kernel.Spec.Norm is null && Add(parameters, "ReadOnlySpan<float> gamma")),
        ("a beta where there is none", (kernel, parameters) => kernel.Spec.Operation is not (Operation.LayerNorm or Operation.BatchReduceGemm) && Add(parameters, "float beta")),
        ("a number for a vector", (_, parameters) => Retype(parameters, Role.Gamma, "float")),
        ("no scale of Y", (_, parameters) => parameters.RemoveAll(p => p.Role == Role.YScale) > 0),
        ("no extent", (_, parameters) => parameters.RemoveAll(p => p.Role is Role.Rows or Role.Depth or Role.Columns) > 0),
        ("half of a batch's addresses", (_, parameters) => parameters.RemoveAll(p => p.Role is Role.BatchWeightsStride or Role.BatchWeightsOffsets) > 0),
        ("an operand that nothing uses", (kernel, parameters) => !kernel.Spec.Epilogue.Contains(Tpp.Multiply) && Add(parameters, "ReadOnlySpan<float> gate")),
        ("a parameter without a part", (_, parameters) => Add(parameters, "int whatever")),
        ("X twice", (_, parameters) => Add(parameters, "[Operand(Role.X)] ReadOnlySpan<float> again")),
        ("an extent given twice", (kernel, parameters) => kernel.Spec.Rows.IsConstant && Add(parameters, "int rows")),
        ("a scale of nothing", (_, parameters) => Add(parameters, "[ScaleOf(\"nobody\", Per.Tensor)] float lonely")),
        ("X as an array", (_, parameters) => Retype(parameters, Role.X, "float[]")),
        ("X by reference", (_, parameters) => Retype(parameters, Role.X, "ref float")),
        ("Y that cannot be written", (_, parameters) => Retype(parameters, Role.Y, "ReadOnlySpan<float>")),
        ("weights of doubles", (_, parameters) => Retype(parameters, Role.Weights, "ReadOnlySpan<double>")),
        ("bias of doubles", (_, parameters) => Retype(parameters, Role.Bias, "ReadOnlySpan<double>")),
        ("an extent of the wrong type", (_, parameters) => Retype(parameters, Role.Columns, "long")),
        ("a layout on a number", (_, parameters) => Attribute(parameters, Role.Columns, "Layout(MatrixLayout.TokenMajor)")),
        ("a format that its type denies", (_, parameters) => Attribute(parameters, Role.Y, "Format(NumberFormat.Int4)")),
    ];

    private static readonly (string Name, Func<string, string> Break)[] TextMistakes =
    [
        ("an instance method", text => text.Contains("static partial class", StringComparison.Ordinal) ? text : text.Replace("static partial void", "partial void")),
        ("a result", text => text.Replace(" partial void Run(", " partial int Run(")),
        ("a generic method", text => text.Replace(" Run(", " Run<T>(")),
        ("two operations", text => text.Replace("[Gemm", "[Spmm, Gemm")),
        ("an overload", text => text.Replace("{\n    [", "{\n    [Gemm] internal static partial void Run(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns, float beta);\n    [")),
        ("a member with the companion's name", text => text.Replace("{\n    [", "{\n    internal const int RunKernel = 1;\n    [")),
    ];

    /// <summary>Names of every mistake there is.</summary>
    public static IReadOnlyList<string> Mistakes { get; } = [.. SpecMistakes.Select(m => m.Name), .. ParameterMistakes.Select(m => m.Name), .. TextMistakes.Select(m => m.Name)];

    /// <summary>Breaks a declaration in the way of a number; null where that mistake cannot be made in it.</summary>
    public static BrokenDeclaration? Break(DrawnKernel kernel, int mistake)
    {
        // Addresses need unsafe code, and C# itself speaks up where a part of the signature is missing.
        if (kernel.Spec.Batch?.Addressing == BatchAddressing.Addresses) return null;
        if (mistake < SpecMistakes.Length)
        {
            KernelSpec? spec = SpecMistakes[mistake].Break(kernel.Spec);
            return spec is null ? null : Result(kernel with { Spec = spec }, DeclarationWriter.Parameters(kernel with { Spec = spec }), text => text);
        }
        int number = mistake - SpecMistakes.Length;
        if (number < ParameterMistakes.Length)
        {
            List<ParameterText> parameters = [.. DeclarationWriter.Parameters(kernel)];
            return ParameterMistakes[number].Break(kernel, parameters) ? Result(kernel, parameters, text => text) : null;
        }
        return Result(kernel, DeclarationWriter.Parameters(kernel), TextMistakes[number - ParameterMistakes.Length].Break);

        BrokenDeclaration? Result(DrawnKernel broken, IReadOnlyList<ParameterText> parameters, Func<string, string> edit)
        {
            string text = DeclarationWriter.Write(broken, parameters, broken.Spec.Epilogue.ToArray(), withAdaptor: false);
            string edited = edit(text);
            bool changed = mistake < SpecMistakes.Length + ParameterMistakes.Length || edited != text;
            return changed ? new BrokenDeclaration(broken, Mistakes[mistake], DeclarationWriter.Header + edited) : null;
        }
    }

    private static KernelSpec? OnPattern(KernelSpec spec, Pattern kind, Func<PatternSpec, PatternSpec> change) =>
        spec.Pattern.Kind == kind && spec.Y.IsPacked ? spec with { Y = spec.Y with { Pattern = change(spec.Y.Pattern) } } : spec.Weights.Pattern.Kind == kind ? spec with { Weights = spec.Weights with { Pattern = change(spec.Weights.Pattern) } } : null;

    private static KernelSpec Chain(KernelSpec spec, Tpp[] steps) => spec with { Epilogue = steps };

    private static bool IsWeightOnly(KernelSpec spec) => NumberFormats.IsInteger(spec.Weights.Format) && !NumberFormats.IsInteger(spec.X.Format);

    private static bool Add(List<ParameterText> parameters, string text)
    {
        int space = text.LastIndexOf(' ');
        parameters.Add(new ParameterText(Role.Y, 9, [], text[..space], text[(space + 1)..], ""));
        return true;
    }

    private static bool Retype(List<ParameterText> parameters, Role role, string type)
    {
        int index = parameters.FindIndex(p => p.Role == role);
        if (index >= 0) parameters[index] = parameters[index] with { Type = type };
        return index >= 0;
    }

    private static bool Attribute(List<ParameterText> parameters, Role role, string attribute)
    {
        int index = parameters.FindIndex(p => p.Role == role);
        if (index < 0 || parameters[index].Attributes.Any(a => a.StartsWith(attribute[..6], StringComparison.Ordinal))) return false;
        parameters[index] = parameters[index] with { Attributes = [.. parameters[index].Attributes, attribute] };
        return true;
    }
}
