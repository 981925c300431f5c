using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// The weights of a dense product on a GPU: as they lie in a span; packed and prepared row by row; or, where they are integers of up to 4 bits for tensor cores, or codes of a table, as nibbles in the order of fragments, which
/// stay nibbles until right before the instruction.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="contraction">The unit that contracts.</param>
/// <param name="panel">Rows that a thread block reads.</param>
/// <param name="depth">Depth of a step.</param>
/// <param name="aligned">Lines of a span begin and end at multiples of 16 bytes.</param>
internal sealed class DenseWeights(PlanBuilder plan, Contraction contraction, int panel, int depth, bool aligned)
{
    private WeightSpec Weights => plan.Spec.Weights;

    /// <summary>They stand in memory as nibbles. A zero point would need a fifth bit.</summary>
    public bool AreNibbles => contraction.Via == ContractVia.Mma && Weights is { Storage: WeightStorage.Packed, Asymmetric: false } && (NumberFormats.FitsNibble(Weights.Format) || AreCodes) && NibbleFragments.Fits(contraction.Weights, depth);

    /// <summary>What a sparse pattern leaves out has code 0, which is 0 there.</summary>
    private bool AreCodes => NumberFormats.HasNibbleCodes(Weights.Format);

    /// <summary>How they come to the instruction, for the head of the generated file; null where nothing is to be said.</summary>
    public string? Reason => AreNibbles && AreCodes ? $"weights stay codes of four bits in memory and in shared memory: lanes load 16 bytes in the order of their fragments and look them up right before the instruction, in a table of {(contraction.Weights == ElementType.S8 ? "bytes" : "16-bit floats")} in registers (prmt)"
        : AreNibbles ? "weights stay nibbles in memory and in shared memory: lanes load 16 bytes in the order of their fragments and unpack them right before the instruction"
        : Decoded(plan.Spec, contraction);

    /// <summary>Why codes of four bits are numbers when the device reads them, for the head of the generated file; null where they are codes, or where there are none.</summary>
    public static string? Decoded(KernelSpec spec, Contraction contraction) => BasisObstacle(spec) is { } basis ? $"coefficients are made weights before the call: {basis}"
        : CodeObstacle(spec.Weights, contraction) is { } obstacle ? $"codes of the weights are looked up before the call: {obstacle}"
        : null;

    private static string? BasisObstacle(KernelSpec spec) => !NumberFormats.HasBasis(spec.Weights.Format) ? null
        : !spec.Columns.IsConstant || spec.Columns.Constant > DecodeShape.MaxColumns ? $"more than {DecodeShape.MaxColumns} columns are multiplied in tiles, whose weights stand in shared memory as elements of four bytes, once for all threads"
        : !DecodeShape.Rebuilds(spec) ? $"a scale group of {spec.Weights.ScaleGroup} ends within the {DecodeShape.RebuiltStep(spec.Weights.Format)} of the depth that a thread takes at a time"
        : "multiply-adds of tiles take elements of four bytes";

    /// <summary>Why codes of four bits are no codes any more when the device reads them; null where they are, or where there are none.</summary>
    private static string? CodeObstacle(WeightSpec weights, Contraction contraction) => weights.Format == NumberFormat.Codebook16 ? "a table of binary32 numbers would be four of bytes"
        : !NumberFormats.HasNibbleCodes(weights.Format) ? null
        : contraction.Via == ContractVia.WarpGroupMma ? "warp groups take weights from shared memory alone"
        : !contraction.IsMma ? "multiply-adds of tiles take elements of four bytes"
        : "a scale group ends within a step";

    /// <summary>Elements in 16 bytes.</summary>
    private int Interleave => contraction.Weights switch
    {
        ElementType.F32 or ElementType.S32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.S16 => 8,
        _ => 16,
    };

    private int[] NibbleShape => NibbleFragments.Shape(contraction.Weights, panel, depth, AreCodes);

    private ElementType Nibble => AreCodes ? ElementType.U4 : ElementType.S4;

    public void Declare()
    {
        if (Weights.Storage == WeightStorage.Span)
        {
            plan.Operand("W", PlanBuilder.ElementOf(Weights.Format), Role.Weights, [plan.Rows, plan.Depth], Weights.HasStride ? "ldw" : plan.Depth);
            if (aligned) plan.Align("W", 16);
            return;
        }
        if (AreNibbles) plan.Prepared(Nibble, Prepared("W", PreparedPart.Values), 0, [Index.CeilDiv(plan.Rows, panel), Index.CeilDiv(plan.Depth, depth), .. NibbleShape.Select(extent => (Index)extent)]);
        else plan.Prepared(contraction.Weights, Prepared("W", PreparedPart.Values), 0, plan.Rows, Index.RoundUp(plan.Depth, Interleave));
        plan.Align("W", 16);
        if (AreNibbles && AreCodes) plan.CodeTable("T", contraction.Weights, Prepared);
    }

    /// <summary>Declares the scales of groups, <c>[group][row]</c>.</summary>
    public void DeclareGroupScales() => plan.Prepared(ElementType.F32, Prepared("S", PreparedPart.GroupScales), 0, Index.CeilDiv(plan.Depth, Weights.ScaleGroup), plan.Rows);

    /// <summary>Declares the factor: in shared memory, or, where nibbles stand there, what they are unpacked to.</summary>
    public string Tile(string name) => AreNibbles ? plan.Tile(name, contraction.Weights, panel, depth) : plan.SharedTile(name, contraction.Weights, panel, depth);

    /// <summary>Loads a step of nibbles and brings it into the order of the weights.</summary>
    public IEnumerable<Statement> LoadNibbles(string tile, Index row)
    {
        string nibbles = plan.SharedTile("nibbles", Nibble, NibbleShape);
        Index[] piece = [Index.FloorDiv(row, panel), Index.FloorDiv("k", depth), .. NibbleShape.Select(_ => (Index)0)];
        string ordered = AreCodes ? plan.Tile("codes", Nibble, panel, depth) : tile;
        Statement[] unpack = [new Load(nibbles, "W", piece), new Transpose(ordered, nibbles, NibbleFragments.Axes(contraction.Weights, AreCodes))];
        return AreCodes ? [.. unpack, new Gather(tile, "T", ordered, Array.Empty<Index>()) { IsPresent = true }] : unpack;
    }

    private Binding.Prepared Prepared(string buffer, PreparedPart part) => AreNibbles
        ? new Binding.Prepared(buffer, PreparedKind.NibbleFragment, panel, NibbleFragments.Run(contraction.Weights), depth, part)
        : new Binding.Prepared(buffer, PreparedKind.Row, 0, Interleave, 0, part);
}
