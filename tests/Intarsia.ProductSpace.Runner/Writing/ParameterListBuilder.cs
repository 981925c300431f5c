using System.Globalization;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;

namespace Intarsia.ProductSpace.Writing;

/// <summary>The parameters a user would declare for a spec, in the usual order: weights, X, their scales, chain operands, Y, sizes, strides.</summary>
internal sealed class ParameterListBuilder(DrawnKernel kernel)
{
    private readonly KernelSpec _spec = kernel.Spec;
    private readonly SignatureStyle _style = kernel.Style;
    private readonly List<ParameterText> _parameters = [];

    public IReadOnlyList<ParameterText> Build()
    {
        if (!_spec.IsContraction) AddMatrix(Role.X, _spec.X.Format, readOnly: true, LayoutAttributes(_spec.X.Layout));
        else if (_spec.Batch is null) AddContractionOperands();
        else AddBatchOperands(_spec.Batch);
        AddScales();
        if (_spec.Norm is { HasGamma: true }) AddSpan(Role.Gamma, 0, "float", []);
        if (_spec.Norm is { HasBeta: true }) AddSpan(Role.Beta, 0, "float", []);
        AddChainOperands();
        if (_spec.Y.IsPacked) Add(Role.Y, 0, [.. OutputAttributes(), .. LayoutAttributes(_spec.Y.Layout)], "PackedMatrix", "bag.Packed");
        else AddMatrix(Role.Y, _spec.Y.Format, readOnly: false, _spec.Rgms is not null ? UsualTokens(_spec.Y.Layout) : LayoutAttributes(_spec.Y.Layout));
        if (_spec.Epilogue.Contains(Tpp.Requantise)) AddScalar(Role.YScale, "float");
        if (_spec.Softmax is { HasScaleArgument: true } || _spec.Sddmm is { HasScaleArgument: true }) AddScalar(Role.Scale, "float");
        if (_spec.Batch?.HasBeta == true) AddScalar(Role.Beta, "float");
        AddExtents();
        AddStrides();
        return Ordered();
    }

    private void AddContractionOperands()
    {
        if (_spec.Rgms is { } relational) Add(Role.Graph, 0, relational.Edges == NumberFormat.Float32 && _style.NameVariant != 3 ? [] : [$"Format(NumberFormat.{relational.Edges})"], "PackedMatrix", "bag.Graph");
        if (_spec.Weights.Storage == WeightStorage.Packed)
            Add(Role.Weights, 0, PackedAttributes(), "PackedMatrix", "bag.Packed");
        else
            AddMatrix(Role.Weights, _spec.Weights.Format, readOnly: true, LayoutAttributes(_spec.Weights.Layout));
        AddMatrix(Role.X, _spec.X.Format, readOnly: true, _spec.Operation is Operation.Sddmm or Operation.Rgms ? UsualTokens(_spec.X.Layout) : LayoutAttributes(_spec.X.Layout));
    }

    private void AddBatchOperands(BatchSpec batch)
    {
        string a = NumberText.ElementType(_spec.Weights.Format), b = NumberText.ElementType(_spec.X.Format);
        switch (batch.Addressing)
        {
            case BatchAddressing.List:
                Add(Role.Weights, 0, FormatAttributes(_spec.Weights.Format), $"ReadOnlySpan<ReadOnlyMemory<{a}>>", $"bag.List<{a}>(\"{Role.Weights}\")");
                Add(Role.X, 0, FormatAttributes(_spec.X.Format), $"ReadOnlySpan<ReadOnlyMemory<{b}>>", $"bag.List<{b}>(\"{Role.X}\")");
                break;
            case BatchAddressing.Addresses:
                Add(Role.Weights, 0, FormatAttributes(_spec.Weights.Format), $"{a}**", $"bag.Addresses<{a}>(\"{Role.Weights}\")");
                Add(Role.X, 0, FormatAttributes(_spec.X.Format), $"{b}**", $"bag.Addresses<{b}>(\"{Role.X}\")");
                AddScalar(Role.BatchCount, "int");
                break;
            default:
                AddMatrix(Role.Weights, _spec.Weights.Format, readOnly: true, []);
                AddMatrix(Role.X, _spec.X.Format, readOnly: true, []);
                AddTermAddresses(batch.Addressing);
                break;
        }
    }

    private void AddTermAddresses(BatchAddressing addressing)
    {
        if (addressing == BatchAddressing.Stride)
        {
            string type = _style.NameVariant % 2 == 0 ? "int" : "long";
            AddScalar(Role.BatchWeightsStride, type);
            AddScalar(Role.BatchXStride, type);
            AddScalar(Role.BatchCount, "int");
        }
        else
        {
            AddSpan(Role.BatchWeightsOffsets, 0, "long", []);
            AddSpan(Role.BatchXOffsets, 0, "long", []);
        }
    }

    private void AddScales()
    {
        if (_spec.IsContraction && _spec.Weights.Storage == WeightStorage.Span && _spec.Weights.Scale != Per.None) AddScale(Role.WeightScale, Role.Weights, _spec.Weights.Scale);
        if (_spec.X.Scale != Per.None) AddScale(Role.XScale, Role.X, _spec.X.Scale);
    }

    private void AddScale(Role role, Role scaled, Per per)
    {
        // The name and the type say the same as the attribute: a scalar serves the tensor, a span rows or tokens.
        bool scalar = per == Per.Tensor && _style.NameVariant != 4;
        bool said = !_style.ExplicitRoles && _style.NameVariant % 2 == 1 && (per == Per.Tensor) == scalar;
        string[] attributes = said ? [] : [$"ScaleOf(\"{Name(scaled, 0)}\", Per.{per})"];
        if (scalar) Add(role, 0, attributes, "float", $"bag.Scalar<float>(\"{role}\")");
        else AddSpan(role, 0, "float", attributes);
    }

    private void AddChainOperands()
    {
        string bias = _spec.Y.Format == NumberFormat.Int32 ? "int" : "float";
        var ordinals = new Dictionary<Role, int>();
        foreach (Tpp step in _spec.Epilogue)
        {
            Role? role = step switch { Tpp.Bias => Role.Bias, Tpp.Residual => Role.Residual, Tpp.Multiply => Role.Multiplier, _ => null };
            if (role is not { } needed) continue;
            int ordinal = ordinals.GetValueOrDefault(needed);
            ordinals[needed] = ordinal + 1;
            AddSpan(needed, ordinal, needed == Role.Bias ? bias : "float", []);
        }
    }

    private void AddExtents()
    {
        // Packed weights and tensors carry their extents; saying them twice is an error.
        bool Tensor(TensorOperands operands) => (_style.Tensors & operands) != 0;
        bool packed = _spec.IsContraction && _spec.Weights.Storage == WeightStorage.Packed, output = _spec.Y.IsPacked;
        if (!_spec.Rows.IsConstant && !packed && !output && !Tensor((_spec.IsContraction ? TensorOperands.Weights : TensorOperands.X) | TensorOperands.Y)) AddScalar(Role.Rows, "int");
        if (_spec.IsContraction && !_spec.Depth.IsConstant && !packed && !Tensor(TensorOperands.Weights | TensorOperands.X)) AddScalar(Role.Depth, "int");
        if (!_spec.Columns.IsConstant && !output && _spec.Rgms is null && !Tensor(TensorOperands.X | TensorOperands.Y)) AddScalar(Role.Columns, "int");
    }

    private void AddStrides()
    {
        if (_spec.IsContraction && _spec.Weights.HasStride) AddScalar(Role.WeightsStride, "int");
        if (_spec.X.HasStride) AddScalar(Role.XStride, "int");
        if (_spec.Y.HasStride) AddScalar(Role.YStride, "int");
    }

    private void AddMatrix(Role role, NumberFormat format, bool readOnly, IReadOnlyList<string> attributes)
    {
        bool inPlanes = role switch { Role.X => _spec.X.Layout, Role.Y => _spec.Y.Layout, _ => MatrixLayout.RowMajor } == MatrixLayout.BitPlanes;
        string element = inPlanes ? "uint" : NumberText.ElementType(format);
        TensorOperands operand = role switch { Role.Weights => TensorOperands.Weights, Role.X => TensorOperands.X, _ => TensorOperands.Y };
        string shape = _style.Tensors.HasFlag(operand) ? "TensorSpan" : "Span";
        string type = (readOnly ? "ReadOnly" : "") + shape;
        string key = ParameterNames.Key(role, 0);
        // The element type gives the format; now and then it is declared as well.
        IReadOnlyList<string> all = _style.NameVariant == 3 ? [.. attributes, $"Format(NumberFormat.{format})"] : [.. attributes, .. FormatAttributes(format)];
        Add(role, 0, all, $"{type}<{element}>", $"bag.{type}<{element}>(\"{key}\")");
    }

    private void AddSpan(Role role, int ordinal, string element, IReadOnlyList<string> attributes) =>
        Add(role, ordinal, attributes, $"ReadOnlySpan<{element}>", $"bag.ReadOnlySpan<{element}>(\"{ParameterNames.Key(role, ordinal)}\")");

    private void AddScalar(Role role, string type) => Add(role, 0, [], type, $"bag.Scalar<{type}>(\"{ParameterNames.Key(role, 0)}\")");

    private void Add(Role role, int ordinal, IReadOnlyList<string> attributes, string type, string argument)
    {
        var all = new List<string>(attributes);
        if (_style.ExplicitRoles && role is not (Role.XScale or Role.WeightScale)) all.Insert(0, $"Operand(Role.{role})");
        _parameters.Add(new ParameterText(role, ordinal, all, type, Name(role, ordinal), argument));
    }

    private string Name(Role role, int ordinal) => _style.ExplicitRoles
        ? "p" + ((int)role).ToString(CultureInfo.InvariantCulture) + (ordinal == 0 ? "" : "_" + ordinal.ToString(CultureInfo.InvariantCulture))
        : ParameterNames.Of(role, ordinal, _style.NameVariant);

    /// <summary>What a declaration must say where the element type means another format.</summary>
    // Where the element type says another format, or none.
    private static IReadOnlyList<string> FormatAttributes(NumberFormat format) => format is NumberFormat.TensorFloat32 or NumberFormat.Int4 or NumberFormat.UInt4 or NumberFormat.Int12 or (>= NumberFormat.Planes1 and <= NumberFormat.SignPlanes8) ? [$"Format(NumberFormat.{format})"] : [];

    // B of a sampled product lies as tokens do, and so do the nodes of a relational one, without being told.
    private IReadOnlyList<string> UsualTokens(MatrixLayout layout) => layout == MatrixLayout.TokenMajor && _style.NameVariant != 2 ? [] : [$"Layout(MatrixLayout.{layout})"];

    private static IReadOnlyList<string> LayoutAttributes(MatrixLayout layout) => layout == MatrixLayout.RowMajor ? [] : [$"Layout(MatrixLayout.{layout})"];

    private IReadOnlyList<string> PackedAttributes()
    {
        var attributes = new List<string>();
        WeightSpec weights = _spec.Weights;
        if (weights.Pattern.Kind != Pattern.Dense) attributes.AddRange(SparseAttributes(weights.Pattern));

        string scale = NumberFormats.IsInteger(weights.Format) || weights.Scale != Per.None ? ScaleArgument(weights) : "";
        string asymmetric = weights.Asymmetric ? ", Asymmetric = true" : "";
        attributes.Add($"Format(NumberFormat.{weights.Format}{scale}{asymmetric})");
        return attributes;
    }

    // What stands without a format is binary32.
    private IReadOnlyList<string> OutputAttributes()
    {
        string scale = _spec.Y.Scale == Per.None ? "" : $", Scale = Per.{_spec.Y.Scale}";
        return _spec.Y.Format == NumberFormat.Float32 && _style.NameVariant != 3 ? [.. SparseAttributes(_spec.Y.Pattern)] : [.. SparseAttributes(_spec.Y.Pattern), $"Format(NumberFormat.{_spec.Y.Format}{scale})"];
    }

    private static IEnumerable<string> SparseAttributes(PatternSpec pattern) => pattern.Kind == Pattern.Composite && pattern.Parts.Count > 0
        ? pattern.Parts.Select((part, index) => SparseAttribute(index == 0 ? part with { Transposed = pattern.Transposed } : part))
        : [SparseAttribute(pattern)];

    private static string SparseAttribute(PatternSpec pattern) => $"Sparse(Pattern.{pattern.Kind}{Named("N", pattern.N)}{Named("M", pattern.M)}{Named("V", pattern.V)}{Named("BlockRows", pattern.BlockRows)}{Named("BlockColumns", pattern.BlockColumns)}{(pattern.DoublyCompressed ? ", DoublyCompressed = true" : "")}{Named("Width", pattern.Width)}{Named("Partitions", pattern.Partitions)}{(pattern.Kind == Pattern.Hyb ? $", BucketExponent = {pattern.BucketExponent}" : "")}{Named("Lanes", pattern.Lanes)}{Named("Banks", pattern.Banks)}{(pattern.PerRow == 1 ? "" : Named("PerRow", pattern.PerRow))}{Named("Groups", pattern.Groups)}{(pattern.Scatter ? ", Scatter = true" : "")}{Named("Fill", pattern.Fill)}{(pattern.Transposed ? ", Transposed = true" : "")}{(pattern.File is null ? "" : $", File = \"{pattern.File}\"")})";

    private static string Named(string name, int value) => value == 0 ? "" : FormattableString.Invariant($", {name} = {value}");

    // A group needs its length only; rows are the default of integers. The explicit forms mean the same.
    private string ScaleArgument(WeightSpec weights) => weights.Scale switch
    {
        Per.Group when _style.NameVariant % 2 == 0 => $", ScaleGroup = {weights.ScaleGroup}",
        Per.Group => $", Scale = Per.Group, ScaleGroup = {weights.ScaleGroup}",
        Per.Row when _style.NameVariant % 2 == 0 && NumberFormats.IsInteger(weights.Format) => "",
        _ => $", Scale = Per.{weights.Scale}",
    };

    /// <summary>The style's order; operands of one role stay in the order of the steps they serve.</summary>
    private IReadOnlyList<ParameterText> Ordered()
    {
        if (_style.OrderSeed == 0) return _parameters;
        List<ParameterText> shuffled = [.. _parameters];
        new SeededRandom(_style.OrderSeed).Shuffle(shuffled);
        var next = _parameters.GroupBy(p => p.Role).ToDictionary(g => g.Key, g => new Queue<ParameterText>(g));
        return shuffled.Select(p => next[p.Role].Dequeue()).ToArray();
    }
}
