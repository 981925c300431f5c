using Intarsia.Compiler.Specs;

namespace Intarsia.Generators.Parsing;

/// <summary>What is known of one role: the names that infer it, and the parameter types that can play it.</summary>
/// <param name="Role">The role.</param>
/// <param name="Description">The role in a message: "Parameter 'w' is …".</param>
/// <param name="Names">Parameter names, lower case, that mean this role.</param>
/// <param name="Example">A parameter that plays it.</param>
/// <param name="Expected">The types that can play it, for messages.</param>
/// <param name="Accepts">Whether a shape and element type can.</param>
internal sealed record RoleRow(Role Role, string Description, string[] Names, string Example, string Expected, Func<ParameterShape, string, bool> Accepts);

/// <summary>The table of roles. Names follow the documentation of <see cref="OperandAttribute"/>.</summary>
internal static class RoleTable
{
    /// <summary>The elements of what lies in planes of bits.</summary>
    internal const string Words = "uint";

    private const string AnyMatrix = "a ReadOnlySpan or ReadOnlyTensorSpan of float, Half, BFloat16, short, ushort, sbyte or byte";

    private static readonly RoleRow[] Rows =
    [
        new(Role.Weights, "the weights", ["w", "weights", "a", "factors"], "PackedMatrix weights", "a PackedMatrix, " + AnyMatrix + "; in a batch-reduce GEMM also a span of ReadOnlyMemory, or T**",
            (shape, element) => shape == ParameterShape.Packed || (IsBlocks(shape) && IsNumber(element))),
        new(Role.X, "X", ["x", "input", "activations", "b"], "ReadOnlySpan<float> x", AnyMatrix + "; in a batch-reduce GEMM also a span of ReadOnlyMemory, or T**",
            (shape, element) => IsBlocks(shape) && IsNumber(element)),
        new(Role.Y, "Y", ["y", "output", "c", "d"], "Span<float> y", "a Span or TensorSpan of float, Half, BFloat16, long, int, sbyte or byte; in a sampled product a PackedMatrix",
            (shape, element) => shape == ParameterShape.Packed || (shape is ParameterShape.Span or ParameterShape.TensorSpan && IsNumber(element))),
        new(Role.Bias, "a bias", ["bias"], "ReadOnlySpan<float> bias", "a ReadOnlySpan<float>, or a ReadOnlySpan<int> on a raw integer sum",
            (shape, element) => IsSpan(shape) && element is "float" or "int"),
        new(Role.Residual, "a residual", ["residual"], "ReadOnlySpan<float> residual", "a ReadOnlySpan<float>", (shape, element) => IsSpan(shape) && element == "float"),
        new(Role.Multiplier, "a multiplier", ["multiplier", "gate"], "ReadOnlySpan<float> gate", "a ReadOnlySpan<float>", (shape, element) => IsSpan(shape) && element == "float"),
        new(Role.WeightScale, "the scale of the weights", ["wscale", "weightscale"], "ReadOnlySpan<float> wScale", "a ReadOnlySpan<float>, or a float for the whole tensor", IsScale),
        new(Role.XScale, "the scale of the activations", ["xscale"], "ReadOnlySpan<float> xScale", "a ReadOnlySpan<float>, or a float for the whole tensor", IsScale),
        new(Role.YScale, "the scale of Y", ["yscale"], "float yScale", "a float", (shape, element) => shape == ParameterShape.Scalar && element == "float"),
        new(Role.Rows, "the number of rows", ["rows"], "int rows", "an int", IsInt),
        new(Role.Depth, "the depth", ["depth"], "int depth", "an int", IsInt),
        new(Role.Columns, "the number of columns", ["columns", "tokens"], "int columns", "an int", IsInt),
        new(Role.WeightsStride, "the leading dimension of the weights", ["ldw", "lda"], "int ldw", "an int", IsInt),
        new(Role.XStride, "the leading dimension of X", ["ldx", "ldb"], "int ldx", "an int", IsInt),
        new(Role.YStride, "the leading dimension of Y", ["ldy", "ldc"], "int ldy", "an int", IsInt),
        new(Role.BatchCount, "the number of batch terms", ["count"], "int count", "an int", IsInt),
        new(Role.BatchWeightsStride, "the stride between A blocks", ["stridea"], "int strideA", "an int or long", IsIntOrLong),
        new(Role.BatchXStride, "the stride between B blocks", ["strideb"], "int strideB", "an int or long", IsIntOrLong),
        new(Role.BatchWeightsOffsets, "the offsets of the A blocks", ["aoffsets"], "ReadOnlySpan<long> aOffsets", "a ReadOnlySpan<long>", (shape, element) => IsSpan(shape) && element == "long"),
        new(Role.BatchXOffsets, "the offsets of the B blocks", ["boffsets"], "ReadOnlySpan<long> bOffsets", "a ReadOnlySpan<long>", (shape, element) => IsSpan(shape) && element == "long"),
        new(Role.Scale, "the scale of the argument", ["scale"], "float scale", "a float", (shape, element) => shape == ParameterShape.Scalar && element == "float"),
        new(Role.Gamma, "gamma", ["gamma"], "ReadOnlySpan<float> gamma", "a ReadOnlySpan<float>", (shape, element) => IsSpan(shape) && element == "float"),
        new(Role.Graph, "the graph", ["graph", "adjacency"], "PackedMatrix graph", "a PackedMatrix", (shape, _) => shape == ParameterShape.Packed),
        new(Role.Beta, "beta", ["beta"], "float beta", "a float, or the ReadOnlySpan<float> of a layer norm", IsScale),
    ];

    private static readonly Dictionary<Role, RoleRow> ByRole = Rows.ToDictionary(row => row.Role);

    private static readonly Dictionary<string, Role> ByName =
        Rows.SelectMany(row => row.Names.Select(name => (name, row.Role))).ToDictionary(pair => pair.name, pair => pair.Role, StringComparer.OrdinalIgnoreCase);

    /// <summary>Names for the message about a parameter that plays no known part.</summary>
    public const string CommonNames = "w or factors, x, y, bias, residual, gate, wScale, xScale, yScale, rows, depth, columns or tokens, ldw, ldx, ldy";

    public static RoleRow Get(Role role) => ByRole[role];

    /// <summary>The role that a parameter's name means, or null. Digits behind the name tell several operands of one kind apart.</summary>
    public static Role? FromName(string name) => ByName.TryGetValue(name.TrimEnd("0123456789".ToCharArray()), out Role role) ? role : null;

    private static bool IsSpan(ParameterShape shape) => shape is ParameterShape.ReadOnlySpan or ParameterShape.Span;

    private static bool IsBlocks(ParameterShape shape) => shape is not (ParameterShape.Packed or ParameterShape.Scalar);

    private static bool IsNumber(string element) => element == Words || NumberFormats.All.Any(row => row.ElementType == element);

    private static bool IsScale(ParameterShape shape, string element) => element == "float" && (IsSpan(shape) || shape == ParameterShape.Scalar);

    private static bool IsInt(ParameterShape shape, string element) => shape == ParameterShape.Scalar && element == "int";

    private static bool IsIntOrLong(ParameterShape shape, string element) => shape == ParameterShape.Scalar && element is "int" or "long";
}
