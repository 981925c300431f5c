using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Parsing;

/// <summary>Builds the spec from the attributes and the operands that are understood.</summary>
internal static class SpecReader
{
    /// <summary>What only a tile for a CPU has, and only one for a GPU.</summary>
    private static readonly string[] TileExtents = ["Height", "Vectors", "Slices"], BlockExtents = ["Rows", "Columns", "Warps", "Stages"];

    /// <summary>The spec, or null when one of the matrices is missing: X, Y and the weights of a product.</summary>
    public static KernelSpec? Read(IMethodSymbol method, AttributeData kernel, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        Operand? weights = Find(operands, Role.Weights), x = Find(operands, Role.X), y = Find(operands, Role.Y);
        OperationRow operation = Attributes.Operation(kernel);
        if ((operation.IsContraction && weights is null) || x is null || y is null) return null;
        var spec = new KernelSpec
        {
            Operation = operation.Operation,
            Rows = new Extent(Attributes.Int(kernel, "Rows")),
            Depth = new Extent(Attributes.Int(kernel, "Depth")),
            Columns = new Extent(Attributes.Int(kernel, "Columns")),
            Accumulator = Attributes.Enum<Accumulator>(kernel, "Accumulator", Part.Operation, violations),
            X = new ActivationSpec
            {
                Format = FormatOf(x, violations),
                Layout = LayoutOf(x, violations),
                Scale = Find(operands, Role.XScale) is { } scale ? ScalePer(scale, Per.Token, violations) : Per.None,
                HasStride = Find(operands, Role.XStride) is not null,
            },
            Y = new OutputSpec { Format = FormatOf(y, violations), Layout = LayoutOf(y, violations), HasStride = Find(operands, Role.YStride) is not null },
            Epilogue = Attributes.Find(method, Attributes.Epilogue) is { } epilogue ? Attributes.EnumArray<Tpp>(epilogue, Part.Epilogue, violations) : default(EquatableArray<Tpp>),
            Threads = Attributes.Find(method, Attributes.Threads) is { } threads ? Attributes.Int(threads, 0) : null,
            Tiles = Attributes.Tiles(method, forBlocks: false).Select((tile, index) => ReadTile(tile, index, violations)).ToEquatableArray(),
            Blocks = Attributes.Tiles(method, forBlocks: true).Select((tile, index) => ReadBlock(tile, index, violations)).ToEquatableArray(),
            ForeignTileExtents = ForeignExtents(method, forBlocks: false).Concat(ForeignExtents(method, forBlocks: true)).ToEquatableArray(),
        };
        if (operation.Operation == Operation.Softmax) spec = spec with { Softmax = ReadSoftmax(method, kernel, operands, violations) };
        if (operation.Operation is Operation.LayerNorm or Operation.RmsNorm)
            spec = spec with { Norm = new NormSpec(Attributes.Float(kernel, "Epsilon", NormSpec.DefaultEpsilon), Find(operands, Role.Gamma) is not null, operation.Operation == Operation.LayerNorm && Find(operands, Role.Beta) is not null) };
        if (operation.Operation == Operation.Sddmm) spec = ReadSampled(spec, method, kernel, operands, x, y, violations);
        if (operation.Operation == Operation.Butterfly) spec = spec with { Butterfly = new ButterflySpec(Attributes.Int(kernel, "Blocks", absent: 1), Attributes.Bool(kernel, "Decreasing"), Attributes.Bool(kernel, "Complex")) };
        if (operation.Operation == Operation.Rgms) spec = ReadRelational(spec, kernel, operands, x, y, violations);
        if (operation.IsContraction) spec = spec with { Weights = ReadWeights(weights!, operands, violations) };
        if (operation.Operation == Operation.Sddmm) spec = spec with { Weights = spec.Weights with { Layout = LayoutOf(weights!, violations) } };
        return operation.Operation == Operation.BatchReduceGemm ? spec with { Batch = ReadBatch(method.Name, operands, weights!, x, violations) } : spec;
    }

    public static Operand? Find(IEnumerable<Operand> operands, Role role) => operands.FirstOrDefault(operand => operand.Role == role);

    private static WeightSpec ReadWeights(Operand weights, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        NumberFormat format = FormatOf(weights, violations);
        bool packed = weights.Shape == ParameterShape.Packed;
        AttributeData? attribute = Attributes.Find(weights.Symbol, Attributes.Format);
        int group = attribute is null ? 0 : Attributes.Int(attribute, "ScaleGroup");
        Per? declared = attribute is not null && Attributes.Has(attribute, "Scale") ? Attributes.Enum<Per>(attribute, "Scale", Part.WeightFormat, violations) : group != 0 ? Per.Group : null;
        Per? argument = !packed && Find(operands, Role.WeightScale) is { } scale ? ScalePer(scale, declared ?? Per.Row, violations) : null;
        if (declared is { } a && argument is { } b && a != b)
            violations.Add(DiagnosticTable.ConflictingAttributes.At(Part.WeightFormat, weights.Name, $"Scale = Per.{a} and an argument with a scale per {b.ToString().ToLowerInvariant()}"));
        return new WeightSpec
        {
            Pattern = ReadPattern(weights, violations),
            Format = format,
            Storage = packed ? WeightStorage.Packed : WeightStorage.Span,
            Scale = declared ?? argument ?? (packed && NumberFormats.IsInteger(format) ? Per.Row : Per.None),
            ScaleGroup = group,
            Asymmetric = attribute is not null && Attributes.Bool(attribute, "Asymmetric"),
            HasStride = Find(operands, Role.WeightsStride) is not null,
        };
    }

    /// <summary>One [Sparse] is a format, several are a sum of formats in their order, none is dense.</summary>
    private static PatternSpec ReadPattern(Operand weights, List<RuleViolation> violations)
    {
        PatternSpec[] formats = [.. Attributes.All(weights.Symbol, Attributes.Sparse).Select(sparse => ReadFormat(sparse, violations))];
        return formats.Length switch
        {
            0 => PatternSpec.Dense,
            1 => formats[0],
            // The transpose is that of the whole.
            _ => new PatternSpec(Pattern.Composite) { Parts = formats.Select(format => format with { Transposed = false }).ToEquatableArray(), Transposed = formats.Any(format => format.Transposed) },
        };
    }

    private static PatternSpec ReadFormat(AttributeData sparse, List<RuleViolation> violations)
    {
        Pattern kind = Attributes.Enum<Pattern>(sparse, 0, Part.Pattern, violations);
        int v = Attributes.Int(sparse, "V");
        // N:M with vectors of one row is N:M.
        return new PatternSpec(kind, Attributes.Int(sparse, "N"), Attributes.Int(sparse, "M"), kind == Pattern.NM && v == 1 ? 0 : v)
        {
            File = Attributes.String(sparse, "File"),
            BlockRows = Attributes.Int(sparse, "BlockRows"),
            BlockColumns = Attributes.Int(sparse, "BlockColumns"),
            DoublyCompressed = Attributes.Bool(sparse, "DoublyCompressed"),
            Width = Attributes.Int(sparse, "Width"),
            Partitions = Attributes.Int(sparse, "Partitions", absent: kind == Pattern.Hyb ? 1 : 0),
            BucketExponent = Attributes.Int(sparse, "BucketExponent", absent: kind == Pattern.Hyb ? 5 : 0),
            Lanes = Attributes.Int(sparse, "Lanes", absent: kind == Pattern.RelativeCsc ? 1 : 0),
            Banks = Attributes.Int(sparse, "Banks"),
            PerRow = Attributes.Int(sparse, "PerRow", absent: kind == Pattern.GatherScatter ? 1 : 0),
            Groups = Attributes.Int(sparse, "Groups"),
            Scatter = Attributes.Bool(sparse, "Scatter"),
            Fill = Attributes.Int(sparse, "Fill"),
            Transposed = Attributes.Bool(sparse, "Transposed"),
        };
    }

    /// <summary>The declared format, or the one that the element type means. Packed weights say nothing by their type: binary32.</summary>
    private static NumberFormat FormatOf(Operand operand, List<RuleViolation> violations)
    {
        Part part = Part.Parameter(operand.Name);
        string element = operand.Spec.ElementType;
        // An attribute that cannot be read is reported where the layout is.
        MatrixLayout layout = LayoutOf(operand, []);
        if (operand.IsTensor && layout == MatrixLayout.BitPlanes)
            violations.Add(DiagnosticTable.UnsupportedParameter.At(part, operand.Name, operand.Symbol.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat), $"{RoleTable.Get(operand.Role).Description} in planes of bits, of which words are no elements", "a span of uint"));
        if (Attributes.Find(operand.Symbol, Attributes.Format) is null && element == RoleTable.Words && layout != MatrixLayout.BitPlanes)
            violations.Add(DiagnosticTable.FormatMismatch.At(part, operand.Name, NumberFormat.Float32.ToString(), "float", element));
        if (Attributes.Find(operand.Symbol, Attributes.Format) is not { } attribute)
            return NumberFormats.All.FirstOrDefault(row => row.ElementType == element)?.Format ?? NumberFormat.Float32;
        NumberFormat format = Attributes.Enum<NumberFormat>(attribute, 0, part, violations);
        string expected = NumberFormats.ElementTypeOf(format, NumberFormats.IsBitPlanes(format) ? layout : MatrixLayout.RowMajor);
        if (operand.Shape != ParameterShape.Packed && expected != element)
            violations.Add(DiagnosticTable.FormatMismatch.At(part, operand.Name, format.ToString(), Short(expected), Short(element)));
        else if (operand.IsTensor && NumberFormats.IsNibble(format))
            violations.Add(DiagnosticTable.UnsupportedParameter.At(part, operand.Name, operand.Symbol.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat), $"{RoleTable.Get(operand.Role).Description} in four bits, two to an element", "a span of bytes"));
        return format;
    }

    private static MatrixLayout LayoutOf(Operand operand, List<RuleViolation> violations) =>
        Attributes.Find(operand.Symbol, Attributes.Layout) is { } layout ? Attributes.Enum<MatrixLayout>(layout, 0, Part.Parameter(operand.Name), violations) : MatrixLayout.RowMajor;

    /// <summary>What shares a scale argument: a scalar serves the tensor, a span what its attribute says.</summary>
    private static Per ScalePer(Operand scale, Per fallback, List<RuleViolation> violations)
    {
        Part part = Part.Parameter(scale.Name);
        bool scalar = scale.Shape == ParameterShape.Scalar;
        if (Attributes.Find(scale.Symbol, Attributes.ScaleOf) is not { } attribute) return scalar ? Per.Tensor : fallback;
        Per per = Attributes.Enum<Per>(attribute, 1, part, violations);
        if (scalar && per != Per.Tensor)
            violations.Add(DiagnosticTable.UnsupportedParameter.At(part, scale.Name, "float", $"a scale per {per.ToString().ToLowerInvariant()}", "a ReadOnlySpan<float>"));
        return per;
    }

    private static TileOverride ReadTile(AttributeData tile, int index, List<RuleViolation> violations) =>
        new(Attributes.Enum<Tier>(tile, 0, Part.Tile(index), violations), Attributes.Int(tile, "Height"), Attributes.Int(tile, "Vectors"), Attributes.Int(tile, "Depth"), Attributes.Int(tile, "Slices"));

    private static BlockOverride ReadBlock(AttributeData tile, int index, List<RuleViolation> violations) =>
        new(Attributes.Enum<GpuArchitecture>(tile, 0, Part.Block(index), violations), Attributes.Int(tile, "Rows"), Attributes.Int(tile, "Columns"), Attributes.Int(tile, "Depth"), Attributes.Int(tile, "Warps"), Attributes.Int(tile, "Stages"));

    private static IEnumerable<ForeignTileExtent> ForeignExtents(IMethodSymbol method, bool forBlocks) =>
        Attributes.Tiles(method, forBlocks).SelectMany((tile, index) => (forBlocks ? TileExtents : BlockExtents).Where(name => Attributes.Has(tile, name)).Select(name => new ForeignTileExtent(name, forBlocks, index)));

    private static SoftmaxSpec ReadSoftmax(IMethodSymbol method, AttributeData kernel, IReadOnlyList<Operand> operands, List<RuleViolation> violations) =>
        ReadScale(method, kernel, operands, violations) is { } scale ? new SoftmaxSpec(scale) : new SoftmaxSpec(HasScaleArgument: true);

    /// <summary>The factor that the attribute gives; null where it is an argument.</summary>
    private static float? ReadScale(IMethodSymbol method, AttributeData kernel, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        if (Find(operands, Role.Scale) is not { } argument) return Attributes.Float(kernel, "Scale", absent: 1);
        if (Attributes.Has(kernel, "Scale"))
            violations.Add(DiagnosticTable.ConflictingAttributes.At(Part.Operation, method.Name, $"a Scale on [{Attributes.Operation(kernel).Attribute}] and a parameter '{argument.Name}'"));
        return null;
    }

    /// <summary>B is columns×depth, which is X as tokens, unless its layout is given; the result has the pattern.</summary>
    private static KernelSpec ReadSampled(KernelSpec spec, IMethodSymbol method, AttributeData kernel, IReadOnlyList<Operand> operands, Operand x, Operand y, List<RuleViolation> violations)
    {
        float? scale = ReadScale(method, kernel, operands, violations);
        bool asymmetric = Attributes.Find(y.Symbol, Attributes.Format) is { } format && Attributes.Bool(format, "Asymmetric");
        if (asymmetric) violations.Add(DiagnosticTable.Asymmetric.At(Part.Parameter(y.Name), "quantisation ahead of the call", "a result is scaled by one number", ""));
        return spec with
        {
            X = Attributes.Find(x.Symbol, Attributes.Layout) is null ? spec.X with { Layout = MatrixLayout.TokenMajor } : spec.X,
            Y = spec.Y with { Pattern = ReadPattern(y, violations), Scale = ReadPackedScale(y, violations) },
            Sddmm = new SddmmSpec(scale ?? 1, scale is null, Attributes.Bool(kernel, "Masked")),
        };
    }

    /// <summary>X and Y have a line for each node, whether or not a layout says so. The values of the edges have a format of their own.</summary>
    private static KernelSpec ReadRelational(KernelSpec spec, AttributeData kernel, IReadOnlyList<Operand> operands, Operand x, Operand y, List<RuleViolation> violations)
    {
        bool Says(Operand operand) => Attributes.Find(operand.Symbol, Attributes.Layout) is not null;
        NumberFormat edges = Find(operands, Role.Graph) is { } graph ? FormatOf(graph, violations) : NumberFormat.Float32;
        return spec with
        {
            X = Says(x) ? spec.X : spec.X with { Layout = MatrixLayout.TokenMajor },
            Y = Says(y) ? spec.Y : spec.Y with { Layout = MatrixLayout.TokenMajor },
            Rgms = new RgmsSpec(Attributes.Int(kernel, "Relations"), edges),
        };
    }

    private static Per ReadPackedScale(Operand y, List<RuleViolation> violations)
    {
        if (Attributes.Find(y.Symbol, Attributes.Format) is not { } attribute) return Per.None;
        if (Attributes.Int(attribute, "ScaleGroup") != 0) return Per.Group;
        return Attributes.Has(attribute, "Scale") ? Attributes.Enum<Per>(attribute, "Scale", Part.YFormat, violations) : Per.None;
    }

    private static BatchSpec ReadBatch(string name, IReadOnlyList<Operand> operands, Operand weights, Operand x, List<RuleViolation> violations)
    {
        bool Has(Role role) => Find(operands, role) is not null;
        var found = new List<BatchAddressing>();
        if (Has(Role.BatchWeightsStride) || Has(Role.BatchXStride)) found.Add(BatchAddressing.Stride);
        if (Has(Role.BatchWeightsOffsets) || Has(Role.BatchXOffsets)) found.Add(BatchAddressing.Offsets);
        if (weights.Shape == ParameterShape.MemoryList || x.Shape == ParameterShape.MemoryList) found.Add(BatchAddressing.List);
        if (weights.Shape == ParameterShape.Addresses || x.Shape == ParameterShape.Addresses) found.Add(BatchAddressing.Addresses);
        BatchAddressing addressing = found.FirstOrDefault();
        bool complete = found.Count == 1 && addressing switch
        {
            BatchAddressing.Stride => Has(Role.BatchWeightsStride) && Has(Role.BatchXStride) && Has(Role.BatchCount),
            BatchAddressing.Offsets => Has(Role.BatchWeightsOffsets) && Has(Role.BatchXOffsets),
            BatchAddressing.List => weights.Shape == x.Shape,
            _ => weights.Shape == x.Shape && Has(Role.BatchCount),
        };
        if (!complete)
        {
            string text = found.Count switch { 0 => "nothing", 1 => $"an incomplete {addressing} addressing", _ => "a mixture of " + string.Join(" and ", found) };
            violations.Add(DiagnosticTable.BatchAddressing.At(Part.Method, name, text));
        }
        return new BatchSpec(addressing, Has(Role.Beta));
    }

    private static string Short(string type) => type.Substring(type.LastIndexOf('.') + 1);
}
