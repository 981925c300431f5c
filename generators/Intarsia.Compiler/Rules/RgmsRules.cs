using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on relational products: packed operands with a part for each relation, nodes that lie line by line, and formats whose products are plain.</summary>
internal static class RgmsRules
{
    /// <summary>Relations that a product may have.</summary>
    public const int MostRelations = 65536;

    /// <summary>Whether the weights may have a format: the panels of a dense product hold it, relation beside relation, whatever depth one has.</summary>
    public static bool AcceptsAsWeights(NumberFormatRow format) => IsPlainFloat(format) || format.Format == NumberFormat.Int8;

    /// <summary>Whether X may have a format.</summary>
    public static bool AcceptsAsX(NumberFormatRow format) => IsPlainFloat(format) || format.Format is NumberFormat.Int8 or NumberFormat.UInt8;

    public static IEnumerable<RuleViolation> ProductIsPossible(KernelSpec spec)
    {
        if (spec.Rgms is not { } relational) yield break;
        if (relational.Relations is < 1 or > MostRelations)
            yield return DiagnosticTable.ImpossibleRelations.At(Part.Operation, relational.Relations == 0 ? "no relations" : $"{KernelRules.Text(relational.Relations)} relations", "Relations of 1 to 65536", $"Relations = {(relational.Relations < 1 ? "1" : "65536")}");
        else if ((long)relational.Relations * spec.Depth.Constant is > int.MaxValue and var depth)
            yield return DiagnosticTable.ImpossibleRelations.At(Part.Operation, $"{KernelRules.Text(depth)} columns of weights", "as many as a PackedMatrix may have, 2147483647", "fewer Relations, or a smaller Depth");
    }

    public static IEnumerable<RuleViolation> OperandsArePacked(KernelSpec spec)
    {
        if (spec.Rgms is not null && spec.Weights.Storage != WeightStorage.Packed)
            yield return DiagnosticTable.RelationalOperand.At(Part.WeightFormat, "The weights", "are a span", "a PackedMatrix (RelationalGraph.StackWeights brings the matrices of the relations beside each other)");
    }

    /// <summary>What an edge gathers is a line of X, and what it adds to is a line of Y.</summary>
    public static IEnumerable<RuleViolation> LinesAreNodes(KernelSpec spec)
    {
        if (spec.Rgms is null) yield break;
        if (spec.X.Layout == MatrixLayout.RowMajor) yield return DiagnosticTable.RelationalOperand.At(Part.XFormat, "X", "is row-major", "MatrixLayout.TokenMajor, a line for each node");
        if (spec.Y.Layout == MatrixLayout.RowMajor) yield return DiagnosticTable.RelationalOperand.At(Part.YFormat, "Y", "is row-major", "MatrixLayout.TokenMajor, a line for each node");
    }

    /// <summary>The sum over edges is multiplied by the weights as it is: integers with integers, floats with floats.</summary>
    public static IEnumerable<RuleViolation> EdgesGoWithWeights(KernelSpec spec)
    {
        if (spec.Rgms is not { } relational || !FormatRules.PairFits(spec)) yield break;
        bool integer = spec.IsIntegerContraction;
        if (integer ? relational.Edges != NumberFormat.Int8 : !IsPlainFloat(NumberFormats.Get(relational.Edges)))
            yield return DiagnosticTable.RelationalOperand.At(Part.EdgeFormat, "The edges", $"are {relational.Edges} where X is {spec.X.Format}", integer ? "Int8" : "Float32, Float16 or BFloat16");
    }

    /// <summary>Columns of W in one scale group belong to one relation, and nodes of X are not those of Y.</summary>
    public static IEnumerable<RuleViolation> ScalesBelongToFeatures(KernelSpec spec)
    {
        if (spec.Rgms is null) yield break;
        if (spec.Weights.Scale == Per.Group) yield return DiagnosticTable.RelationalOperand.At(Part.WeightFormat, "The weights", "have a scale per group", "Per.Row or Per.Tensor");
        if (spec.X.Scale == Per.Token) yield return DiagnosticTable.RelationalOperand.At(Part.XFormat, "X", "has a scale per node, of which an edge adds up several", "Per.Tensor");
        if (spec.Weights.Asymmetric) yield return DiagnosticTable.RelationalOperand.At(Part.WeightFormat, "The weights", "have zero points", "symmetric weights");
    }

    public static IEnumerable<RuleViolation> SumIsNarrow(KernelSpec spec)
    {
        if (spec.Rgms is not null && spec.Accumulator == Accumulator.Int64) yield return DiagnosticTable.RelationalOperand.At(Part.Operation, "The accumulator", "has 64 bits", "Accumulator.Default or Accumulator.Int32Wrap");
    }

    public static IEnumerable<RuleViolation> HasNoTile(KernelSpec spec)
    {
        if (spec.Rgms is null) yield break;
        for (int i = 0; i < spec.Tiles.Count; i++) yield return NoTile(Part.Tile(i));
        for (int i = 0; i < spec.Blocks.Count; i++) yield return NoTile(Part.Block(i));
    }

    private static bool IsPlainFloat(NumberFormatRow format) => format.Format is NumberFormat.Float32 or NumberFormat.Float16 or NumberFormat.BFloat16;

    private static RuleViolation NoTile(Part part) => DiagnosticTable.MisplacedAttribute.At(part, "Tile", "[Rgms]", "its groups of rows are cut by the tile of a tier", "remove it");
}
