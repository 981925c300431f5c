using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Gpu;

/// <summary>The names by which the body of an overload knows its operands, extents and strides.</summary>
/// <param name="spec">The kernel, with the strides that tensor spans bring.</param>
/// <param name="method">The signature that the overload has (<see cref="DeviceSignature"/>).</param>
internal sealed class DeviceCall(KernelSpec spec, MethodSpec method)
{
    private const string View = "global::ILGPU.ArrayView";

    public KernelSpec Spec => spec;

    public MethodSpec Method => method;

    /// <summary>The packed operand: the weights, or the result of a sampled product.</summary>
    public ParameterSpec? Packed => method.Parameters.FirstOrDefault(parameter => parameter.Shape == ParameterShape.Packed && parameter.Role != Role.Graph);

    /// <summary>The packed edges of a relational product.</summary>
    public ParameterSpec? Graph => method.Find(Role.Graph);

    /// <summary>The packed operand is the result of a sampled product; else it is the weights.</summary>
    public bool WritesPacked => Packed is { Role: Role.Y };

    /// <summary>The stream parameter.</summary>
    public string Stream => Local("stream");

    /// <summary>The matrices of run-time values among the parameters.</summary>
    public IEnumerable<ParameterSpec> Matrices => method.Parameters.Where(parameter => IsView(parameter) && parameter.Role is Role.Weights or Role.X or Role.Y or Role.Residual or Role.Multiplier);

    /// <summary>The vectors among the parameters.</summary>
    public IEnumerable<ParameterSpec> Vectors => method.Parameters.Where(parameter => IsView(parameter) && !Matrices.Contains(parameter));

    /// <summary>Where the offsets of a batch's terms stand.</summary>
    public static bool IsOffsets(ParameterSpec parameter) => parameter.Role is Role.BatchWeightsOffsets or Role.BatchXOffsets;

    /// <summary>Lists of blocks, and raw addresses, lie on the host.</summary>
    public static bool IsSupported(MethodSpec method) => method.Parameters.All(parameter => parameter.Shape is not (ParameterShape.MemoryList or ParameterShape.Addresses));

    /// <summary>The parameters of the overload, the stream first.</summary>
    public IEnumerable<string> Declarations() =>
        new[] { $"global::ILGPU.Runtime.AcceleratorStream {Stream}" }.Concat(method.Parameters.Select(parameter => $"{TypeOf(parameter)} {parameter.Name}{(parameter.IsOptional ? " = 0" : "")}"));

    /// <summary>A local that does not clash with a parameter of that name.</summary>
    public string Local(string name)
    {
        while (method.Parameters.Any(parameter => parameter.Name == name)) name += "Value";
        return name;
    }

    /// <summary>Rows and columns of an operand as it lies in memory.</summary>
    public (string Rows, string Columns) ShapeOf(Role role)
    {
        string rows = Local("rows"), depth = Local("depth"), columns = Local("columns");
        return role switch
        {
            // A line of numbers for each stage.
            Role.Weights when spec.Butterfly is { } butterfly =>
                (Number(butterfly.Count(spec.Rows.Constant, spec.Depth.Constant) / butterfly.OfStage(spec.Depth.Constant)), Number(butterfly.OfStage(spec.Depth.Constant))),
            Role.Weights => spec.Weights.Layout == MatrixLayout.TokenMajor ? (depth, rows) : (rows, depth),
            Role.X when spec.X.Layout == MatrixLayout.BitPlanes => (columns, NumberFormats.PlaneWords(depth, spec.X.Format)),
            Role.Y when spec.Y.Layout == MatrixLayout.BitPlanes => (columns, NumberFormats.PlaneWords(rows, spec.Y.Format)),
            Role.X when spec.Rgms is not null => (Local(KernelPlan.SourcesSize), depth),
            Role.X when spec.IsContraction => spec.X.Layout == MatrixLayout.TokenMajor ? (columns, depth) : (depth, columns),
            _ => spec.Y.Layout != MatrixLayout.RowMajor ? (columns, rows) : (rows, columns),
        };
    }

    /// <summary>Elements of a vector.</summary>
    public string LengthOf(ParameterSpec vector) => vector.Role switch
    {
        Role.Bias => Local("rows"),
        Role.WeightScale => spec.Weights.Scale == Per.Row ? Local("rows") : "1",
        Role.Gamma or Role.Beta => ShapeOf(Role.Y).Columns,
        Role.XScale => spec.X.Scale == Per.Token ? Local("columns") : "1",
        _ => throw new InvalidOperationException($"Nothing says how long '{vector.Name}' is."),
    };

    /// <summary>The leading dimension of an operand: its argument, or its columns. An argument that may be left out has a local of its own.</summary>
    public string StrideOf(Role role)
    {
        Role? stride = role switch { Role.Weights => Role.WeightsStride, Role.X => Role.XStride, Role.Y => Role.YStride, _ => null };
        if (stride is not { } known || method.Find(known) is not { } argument) return ShapeOf(role).Columns;
        return argument.IsOptional ? Local(argument.Name) : argument.Name;
    }

    /// <summary>An index over extents and leading dimensions, as C#.</summary>
    public string Text(Index index) => IndexText.Print(Rename(index));

    private static string Number(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string TypeOf(ParameterSpec parameter) => parameter.Shape switch
    {
        ParameterShape.Packed => "global::Intarsia.Ilgpu.DeviceMatrix",
        ParameterShape.Scalar => parameter.Type,
        _ when IsOffsets(parameter) => "global::Intarsia.Ilgpu.DeviceOffsets",
        _ => View + parameter.Type.Substring(parameter.Type.IndexOf('<')),
    };

    /// <summary>Elements of four bits in views of bytes.</summary>
    public bool IsNibbles(ParameterSpec parameter) => parameter.Role is Role.X or Role.Weights && parameter.Shape != ParameterShape.Packed && NumberFormats.IsNibble(parameter.Role == Role.X ? spec.X.Format : spec.Weights.Format);

    private static bool IsView(ParameterSpec parameter) => parameter.Shape is ParameterShape.ReadOnlySpan or ParameterShape.Span && !IsOffsets(parameter);

    private Index Rename(Index index) => index switch
    {
        Index.Var { Name: "ldw" } => StrideOf(Role.Weights),
        Index.Var { Name: "ldx" } => StrideOf(Role.X),
        Index.Var { Name: "ldy" } => StrideOf(Role.Y),
        Index.Var v => Local(v.Name),
        Index.Binary b => new Index.Binary(b.Op, Rename(b.Left), Rename(b.Right)),
        _ => index,
    };
}
