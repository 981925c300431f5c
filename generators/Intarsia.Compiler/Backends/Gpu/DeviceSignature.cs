using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Backends.Gpu;

/// <summary>
/// The signature of a kernel's overload for accelerators: the method's own, with views in place of tensor spans. A view has no shape: extents that only a tensor gave become arguments, and so do the leading
/// dimensions of tensors, which may be left out where rows follow each other without a gap.
/// </summary>
internal static class DeviceSignature
{
    private static readonly (Role Owner, Role Stride, string Name)[] Strides = [(Role.Weights, Role.WeightsStride, "ldw"), (Role.X, Role.XStride, "ldx"), (Role.Y, Role.YStride, "ldy")];

    /// <summary>The parameters without the stream. Other methods than those with tensor spans come back as they are.</summary>
    public static MethodSpec Of(KernelSpec spec, MethodSpec method)
    {
        if (!method.Parameters.Any(IsTensor)) return method;
        List<ParameterSpec> parameters = [.. method.Parameters.Select(parameter => parameter with { Shape = WithoutShape(parameter.Shape) })];
        // Packed weights know their rows and depth, a packed result its rows and columns, and edges the nodes that they lead to.
        bool isPacked = method.Parameters.Any(parameter => parameter.Shape == ParameterShape.Packed), isResult = method.Find(Role.Y) is { Shape: ParameterShape.Packed };
        Extent("rows", spec.Rows, Role.Rows, isKnown: isPacked);
        if (spec.IsContraction) Extent("depth", spec.Depth, Role.Depth, isKnown: isPacked && !isResult);
        Extent("columns", spec.Columns, Role.Columns, isKnown: isResult || method.Find(Role.Graph) is not null);
        foreach ((Role owner, Role stride, string name) in Strides)
            if (method.Find(owner) is { } operand && IsTensor(operand)) Add(name, stride, isOptional: true);
        return method with { Parameters = parameters.ToEquatableArray() };

        void Extent(string name, Extent extent, Role role, bool isKnown)
        {
            if (!extent.IsConstant && !isKnown && method.Find(role) is null) Add(name, role, isOptional: false);
        }

        void Add(string name, Role role, bool isOptional)
        {
            while (parameters.Any(parameter => parameter.Name == name)) name += "Value";
            parameters.Add(new ParameterSpec(name, "int", ParameterShape.Scalar, "int", role) { IsOptional = isOptional });
        }
    }

    /// <summary>The operand that a leading dimension belongs to.</summary>
    public static Role OwnerOf(Role stride) => Strides.Single(row => row.Stride == stride).Owner;

    private static bool IsTensor(ParameterSpec parameter) => WithoutShape(parameter.Shape) != parameter.Shape;

    private static ParameterShape WithoutShape(ParameterShape shape) => shape switch
    {
        ParameterShape.ReadOnlyTensorSpan => ParameterShape.ReadOnlySpan,
        ParameterShape.TensorSpan => ParameterShape.Span,
        _ => shape,
    };
}
