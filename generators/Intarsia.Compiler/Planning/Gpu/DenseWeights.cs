using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// The weights of a dense product on a GPU: as they lie in a span; packed and prepared row by row; or, where they are integers of up to 4 bits for tensor cores, as nibbles in the order of fragments, which stay nibbles until
/// right before the instruction.
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
    public bool AreNibbles => contraction.Via == ContractVia.Mma && Weights is { Storage: WeightStorage.Packed, Asymmetric: false } && NumberFormats.FitsNibble(Weights.Format) && NibbleFragments.Fits(contraction.Weights, depth);

    /// <summary>Elements in 16 bytes.</summary>
    private int Interleave => contraction.Weights switch
    {
        ElementType.F32 or ElementType.S32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.S16 => 8,
        _ => 16,
    };

    private int[] NibbleShape => NibbleFragments.Shape(contraction.Weights, panel, depth);

    public void Declare()
    {
        if (Weights.Storage == WeightStorage.Span)
        {
            plan.Operand("W", PlanBuilder.ElementOf(Weights.Format), Role.Weights, [plan.Rows, plan.Depth], Weights.HasStride ? "ldw" : plan.Depth);
            if (aligned) plan.Align("W", 16);
            return;
        }
        if (AreNibbles) plan.Prepared(ElementType.S4, Prepared("W", PreparedPart.Values), 0, [Index.CeilDiv(plan.Rows, panel), Index.CeilDiv(plan.Depth, depth), .. NibbleShape.Select(extent => (Index)extent)]);
        else plan.Prepared(contraction.Weights, Prepared("W", PreparedPart.Values), 0, plan.Rows, Index.RoundUp(plan.Depth, Interleave));
        plan.Align("W", 16);
    }

    /// <summary>Declares the scales of groups, <c>[group][row]</c>.</summary>
    public void DeclareGroupScales() => plan.Prepared(ElementType.F32, Prepared("S", PreparedPart.GroupScales), 0, Index.CeilDiv(plan.Depth, Weights.ScaleGroup), plan.Rows);

    /// <summary>Declares the factor: in shared memory, or, where nibbles stand there, what they are unpacked to.</summary>
    public string Tile(string name) => AreNibbles ? plan.Tile(name, contraction.Weights, panel, depth) : plan.SharedTile(name, contraction.Weights, panel, depth);

    /// <summary>Loads a step of nibbles and brings it into the order of the weights.</summary>
    public IEnumerable<Statement> LoadNibbles(string tile, Index row)
    {
        string nibbles = plan.SharedTile("nibbles", ElementType.S4, NibbleShape);
        Index[] piece = [Index.FloorDiv(row, panel), Index.FloorDiv("k", depth), .. NibbleShape.Select(_ => (Index)0)];
        return [new Load(nibbles, "W", piece), new Transpose(tile, nibbles, NibbleFragments.Axes(contraction.Weights))];
    }

    private Binding.Prepared Prepared(string buffer, PreparedPart part) => AreNibbles
        ? new Binding.Prepared(buffer, PreparedKind.NibbleFragment, panel, NibbleFragments.Run(contraction.Weights), depth, part)
        : new Binding.Prepared(buffer, PreparedKind.Row, 0, Interleave, 0, part);
}
