using System.Text;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;

namespace Intarsia.ProductSpace.Writing;

/// <summary>
/// Writes the C# that a user would write to declare a drawn kernel, one class per kernel, and beside the method a small adaptor that calls it with the operands of a bag.
/// </summary>
public static class DeclarationWriter
{
    public const string Namespace = "ProductSpace.Generated";
    public const string Method = "Run";
    public const string Adaptor = "Invoke";
    public const string Info = "Info";

    /// <summary>Directives that every file needs.</summary>
    public const string Header = """
        using System;
        using System.Numerics.Tensors;
        using Intarsia;
        using Intarsia.ProductSpace.Operands;

        namespace ProductSpace.Generated;

        """;

    /// <summary>Full name of the type that holds the adaptor, as reflection spells it.</summary>
    public static string AdaptorType(DrawnKernel kernel) =>
        Namespace + "." + string.Join('+', Enumerable.Range(0, kernel.Style.Nesting.Length).Select(level => TypeName(kernel, level)));

    /// <summary>A whole file for one kernel.</summary>
    public static string WriteFile(DrawnKernel kernel) => Header + Write(kernel, new ParameterListBuilder(kernel).Build(), kernel.Spec.Epilogue.ToArray());

    /// <summary>The parameters of the declaration, for callers that change them before they write it.</summary>
    public static IReadOnlyList<ParameterText> Parameters(DrawnKernel kernel) => new ParameterListBuilder(kernel).Build();

    /// <summary>Writes the class of a kernel with the parameters given.</summary>
    public static string Write(DrawnKernel kernel, IReadOnlyList<ParameterText> parameters, IReadOnlyList<Tpp> epilogue, bool withAdaptor = true)
    {
        KernelSpec spec = kernel.Spec;
        bool isUnsafe = spec.Batch?.Addressing == BatchAddressing.Addresses;
        var text = new StringBuilder();
        int levels = kernel.Style.Nesting.Length;
        for (int level = 0; level < levels; level++)
        {
            Line(level, "public " + PartialType(kernel.Style.Nesting[level]) + " " + TypeName(kernel, level));
            Line(level, "{");
        }
        Line(levels, $"[{OperationAttribute(spec)}]");
        if (epilogue.Count > 0) Line(levels, $"[Epilogue({string.Join(", ", epilogue.Select(step => "Tpp." + step))})]");
        foreach (TileOverride tile in spec.Tiles) Line(levels, $"[{TileAttribute(tile)}]");
        Line(levels, $"{Accessibility(kernel.Style)}static {(isUnsafe ? "unsafe " : "")}partial void {Method}({string.Join(", ", parameters)});");
        if (withAdaptor)
        {
            Line(levels, $"internal static {(isUnsafe ? "unsafe " : "")}void {Adaptor}(OperandBag bag) => {Method}({string.Join(", ", parameters.Select(p => p.Argument))});");
            Line(levels, $"internal static KernelInfo {Info} => {Method}Kernel;");
        }
        for (int level = levels - 1; level >= 0; level--) Line(level, "}");
        return text.ToString();

        void Line(int level, string line) => text.Append(' ', 4 * level).Append(line).Append('\n');
    }

    private static string TypeName(DrawnKernel kernel, int level) => level == 0 ? kernel.TypeName : "Inner";

    // "partial" stands directly before the keyword of the type.
    private static string PartialType(string keyword)
    {
        int space = keyword.LastIndexOf(' ');
        return keyword[..(space + 1)] + "partial " + keyword[(space + 1)..];
    }

    private static string Accessibility(SignatureStyle style)
    {
        // Only an open class can have protected members.
        bool open = style.Nesting[^1] is "class" or "record";
        string accessibility = style.Accessibility == "protected internal" && !open ? "internal" : style.Accessibility;
        return accessibility.Length == 0 ? "" : accessibility + " ";
    }

    private static string OperationAttribute(KernelSpec spec)
    {
        var arguments = new List<string>();
        if (spec.Rows.Constant != 0) arguments.Add(FormattableString.Invariant($"Rows = {spec.Rows.Constant}"));
        if (spec.Depth.Constant != 0) arguments.Add(FormattableString.Invariant($"Depth = {spec.Depth.Constant}"));
        if (spec.Columns.Constant != 0) arguments.Add(FormattableString.Invariant($"Columns = {spec.Columns.Constant}"));
        if (spec.Accumulator != Intarsia.Accumulator.Default) arguments.Add($"Accumulator = Accumulator.{spec.Accumulator}");
        if (spec.Softmax is { Scale: not 1 } softmax) arguments.Add(FormattableString.Invariant($"Scale = {softmax.Scale:R}f"));
        if (spec.Sddmm is { Scale: not 1 } sampled) arguments.Add(FormattableString.Invariant($"Scale = {sampled.Scale:R}f"));
        if (spec.Sddmm is { IsMasked: true }) arguments.Add("Masked = true");
        if (spec.Norm is { Epsilon: not NormSpec.DefaultEpsilon } norm) arguments.Add(FormattableString.Invariant($"Epsilon = {norm.Epsilon:R}f"));
        if (spec.Rgms is { } relational) arguments.Add(FormattableString.Invariant($"Relations = {relational.Relations}"));
        if (spec.Butterfly is { } butterfly)
        {
            if (butterfly.Blocks != 1) arguments.Add(FormattableString.Invariant($"Blocks = {butterfly.Blocks}"));
            if (butterfly.Decreasing) arguments.Add("Decreasing = true");
            if (butterfly.Complex) arguments.Add("Complex = true");
        }
        string name = Operations.Get(spec.Operation).Attribute;
        return arguments.Count == 0 ? name : $"{name}({string.Join(", ", arguments)})";
    }

    private static string TileAttribute(TileOverride tile)
    {
        string extents = string.Concat(
            tile.Height == 0 ? "" : $", Height = {tile.Height}",
            tile.Vectors == 0 ? "" : $", Vectors = {tile.Vectors}",
            tile.Depth == 0 ? "" : $", Depth = {tile.Depth}",
            tile.Slices == 0 ? "" : $", Slices = {tile.Slices}");
        return $"Tile(Tier.{tile.Tier}{extents})";
    }
}
