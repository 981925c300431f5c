using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on the operations without weights, which go through X line by line as it lies in memory.</summary>
internal static class LineRules
{
    /// <summary>Whether X may have a format. A chain on elements can begin with Dequantise; a reduction takes floats.</summary>
    public static bool Accepts(Operation operation, NumberFormatRow format) => format is { IsInteger: false, HasTable: false } || (operation == Operation.Elementwise && format.Format is NumberFormat.Int8 or NumberFormat.UInt8 or NumberFormat.Int32);

    public static IEnumerable<RuleViolation> XFormatFits(KernelSpec spec) =>
        FormatRules.Fits(spec.X.Format, row => Accepts(spec.Operation, row), $"X of {Attribute(spec)}", Part.XFormat);

    public static IEnumerable<RuleViolation> LayoutsAgree(KernelSpec spec)
    {
        if (spec.X.Layout != spec.Y.Layout)
            yield return DiagnosticTable.LayoutsDiffer.At(Part.YFormat, spec.X.Layout.ToString(), spec.Y.Layout.ToString(), Attribute(spec));
    }

    public static IEnumerable<RuleViolation> HasNoTile(KernelSpec spec)
    {
        for (int i = 0; i < spec.Tiles.Count; i++)
            yield return NoTile(spec, Part.Tile(i));
        for (int i = 0; i < spec.Blocks.Count; i++)
            yield return NoTile(spec, Part.Block(i));
    }

    private static RuleViolation NoTile(KernelSpec spec, Part part) => DiagnosticTable.MisplacedAttribute.At(part, "Tile", Attribute(spec), "there is no contraction to tile", "remove it");

    public static IEnumerable<RuleViolation> ConstantsAreInRange(KernelSpec spec)
    {
        // Written so that NaN is out of range.
        if (spec.Softmax is { } softmax && !(softmax.Scale > 0 && softmax.Scale <= float.MaxValue))
            yield return DiagnosticTable.ConstantOutOfRange.At(Part.Operation, "Scale", FloatText.Of(softmax.Scale), "a positive finite number");
        if (spec.Norm is { } norm && !(norm.Epsilon >= 0 && norm.Epsilon <= float.MaxValue))
            yield return DiagnosticTable.ConstantOutOfRange.At(Part.Operation, "Epsilon", FloatText.Of(norm.Epsilon), "0 or a positive finite number");
    }

    private static string Attribute(KernelSpec spec) => $"[{Operations.Get(spec.Operation).Attribute}]";
}
