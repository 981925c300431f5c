using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on products of butterfly factors: extents that give the stages, and factors that are a plain span of floats.</summary>
internal static class ButterflyRules
{
    /// <summary>Rows of X that a butterfly product may have.</summary>
    public const int MostDepth = 65536;

    /// <summary>Blocks that it may have.</summary>
    public const int MostBlocks = 64;

    /// <summary>Whether factors, or the X that they multiply, may have a format.</summary>
    public static bool Accepts(NumberFormatRow format) => format.Format is NumberFormat.Float32 or NumberFormat.Float16 or NumberFormat.BFloat16;

    /// <summary>The stages are written out, so that their number is known at compile time.</summary>
    public static IEnumerable<RuleViolation> ProductIsPossible(KernelSpec spec)
    {
        if (spec.Butterfly is not { } butterfly) yield break;
        if (!spec.Depth.IsConstant || !spec.Rows.IsConstant)
            yield return DiagnosticTable.ImpossibleButterfly.At(Part.Operation, $"no constant {(spec.Depth.IsConstant ? "Rows" : spec.Rows.IsConstant ? "Depth" : "Rows and Depth")}", "both in the attribute, because they give the stages", "Rows = 512, Depth = 512");
        else if (spec.Depth.Constant > MostDepth || spec.Depth.Constant < 2 * butterfly.Parts)
            yield return DiagnosticTable.ImpossibleButterfly.At(Part.Operation, $"a depth of {spec.Depth}", $"{KernelRules.Text(2 * butterfly.Parts)} to 65536, two elements or more", $"Depth = {(spec.Depth.Constant > MostDepth ? "65536" : KernelRules.Text(2 * butterfly.Parts))}");
        else if (butterfly.Complex && (spec.Depth.Constant % 2 != 0 || spec.Rows.Constant % 2 != 0))
            yield return DiagnosticTable.ImpossibleButterfly.At(Part.Operation, $"{spec.Rows} rows and a depth of {spec.Depth}, of complex elements", "even numbers, two rows for each element", $"Rows = {KernelRules.Text((spec.Rows.Constant + 1L) / 2 * 2)}, Depth = {KernelRules.Text((spec.Depth.Constant + 1L) / 2 * 2)}");
        else if (butterfly.Blocks is < 1 or > MostBlocks)
            yield return DiagnosticTable.ImpossibleButterfly.At(Part.Operation, $"{KernelRules.Text(butterfly.Blocks)} blocks", "1 to 64", $"Blocks = {(butterfly.Blocks < 1 ? "1" : "64")}");
        else if (butterfly.Count(spec.Rows.Constant, spec.Depth.Constant) is > int.MaxValue and var count)
            yield return DiagnosticTable.ImpossibleButterfly.At(Part.Operation, $"{KernelRules.Text(count)} numbers in its factors", "as many as a span holds, 2147483647", "fewer Rows or Blocks");
    }

    public static IEnumerable<RuleViolation> FactorsArePlain(KernelSpec spec)
    {
        if (spec.Butterfly is null) yield break;
        if (spec.Weights.Storage == WeightStorage.Packed)
            yield return DiagnosticTable.ButterflyFactors.At(Part.WeightFormat, "are a PackedMatrix");
        else if (spec.Weights.HasStride)
            yield return DiagnosticTable.ButterflyFactors.At(Part.WeightFormat, "have a leading dimension");
    }

    public static IEnumerable<RuleViolation> HasNoTile(KernelSpec spec)
    {
        if (spec.Butterfly is null) yield break;
        for (int i = 0; i < spec.Tiles.Count; i++) yield return NoTile(Part.Tile(i));
        for (int i = 0; i < spec.Blocks.Count; i++) yield return NoTile(Part.Block(i));
    }

    private static RuleViolation NoTile(Part part) => DiagnosticTable.MisplacedAttribute.At(part, "Tile", "[Butterfly]", "its stages are grouped by the registers of a tier", "remove it");
}
