using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// One operand of a dense contraction, on its way to the buffers that the blocks read: <c>a</c> (broadcast side: one row per output row or token, depth contiguous) or
/// <c>b</c> (vector side: panels). Packed weights come prepared; anything else is used where it lies, if it lies right, or re-laid out at run time.
/// </summary>
internal sealed class Side(PlanBuilder plan, bool isWeights)
{
    private bool Packed => isWeights && plan.Spec.Weights.Storage == WeightStorage.Packed;

    private string RawName => isWeights ? "W" : "X";

    private Index Outer => isWeights ? plan.Rows : plan.Columns;

    /// <summary>The depth is the contiguous dimension of the operand as it lies in memory.</summary>
    private bool DepthLast => isWeights || plan.Spec.X.Layout == MatrixLayout.TokenMajor;

    private ElementType RawElement => PlanBuilder.ElementOf(isWeights ? plan.Spec.Weights.Format : plan.Spec.X.Format);

    private ElementType Compute => plan.Compute(isWeights);

    private int Offset => isWeights ? 0 : plan.ShiftOfX;

    private Index PaddedDepth => plan.Steps * plan.Step;

    /// <summary>Declares <c>a</c>. Returns false when it is scratch that <see cref="RelayoutBroadcast"/> must fill.</summary>
    public bool DeclareBroadcast(Index scratchRows)
    {
        if (Packed)
        {
            plan.Prepared(Compute, new Binding.Prepared("a", PreparedKind.Row, 0, plan.Step, 0, PreparedPart.Values), 0, plan.Rows, PaddedDepth);
            return true;
        }
        if (DepthLast && RawElement == Compute && (plan.Step == 1 || plan.Spec.Depth.IsConstant && plan.Spec.Depth.Constant % plan.Step == 0))
        {
            DeclareRaw("a");
            return true;
        }
        DeclareRaw(RawName);
        plan.Scratch("a", Compute, [scratchRows, PaddedDepth]);
        return false;
    }

    /// <summary>Declares <c>b</c>. Returns false when it is one panel of scratch that <see cref="RelayoutPanel"/> must fill.</summary>
    public bool DeclarePanels(int width)
    {
        if (Packed && plan.UsesPlacedFloats)
        {
            // Values stand in vectors, one for each of a step; the places of four of them in a lane.
            Binding.Prepared Part(string name, PreparedPart part) => new(name, PreparedKind.PlacedVector, width, plan.PlacesGroup, plan.StoredInStep, part);
            Index panels = Index.CeilDiv(plan.Rows, width);
            plan.Prepared(Compute, Part("b", PreparedPart.Values), 1, panels, plan.Steps * plan.StoredInStep, width);
            plan.Prepared(ElementType.U8, Part("q", PreparedPart.Indices), 2, panels, plan.Steps * (plan.StoredInStep / PlanBuilder.Stored), width, PlanBuilder.Stored);
            return true;
        }
        if (Packed && plan.UsesPlaces)
        {
            Index[] Shape(int vectors) => [Index.CeilDiv(plan.Rows, width), plan.Steps, vectors, width / plan.PlacesRows, PlanBuilder.Stored];
            Binding.Prepared Part(string name, PreparedPart part) => new(name, PreparedKind.PlacedPanel, width, plan.Step, plan.PlacesRows, part);
            plan.Prepared(Compute, Part("b", PreparedPart.Values), 3, Shape(plan.PlacesRows));
            plan.Prepared(ElementType.U8, Part("q", PreparedPart.Indices), 3, Shape(1));
            return true;
        }
        if (Packed)
        {
            plan.Prepared(Compute, new Binding.Prepared("b", PreparedKind.Panel, width, plan.Step, 0, PreparedPart.Values), 2, Index.CeilDiv(plan.Rows, width), plan.Steps, width, plan.Step);
            return true;
        }
        DeclareRaw(RawName);
        plan.Scratch("b", Compute, [1, plan.Steps, width, plan.Step], fixedInner: 2);
        return false;
    }

    /// <summary>Declares <c>b</c> as depth×lanes: the operand itself, or, where that is decided at the call, scratch of one panel that it may be packed into.</summary>
    public void DeclareDirect(bool mayPack, int width)
    {
        DeclareRaw(mayPack ? RawName : "b");
        if (mayPack) plan.Scratch("b", Compute, [plan.Depth, width]);
    }

    /// <summary>Fills the scratch of <see cref="DeclareDirect"/>, or a slice of its depth.</summary>
    public Statement RelayoutRows(Index begin, Index count, int width, DepthSlice? slice = null)
    {
        DepthSlice part = slice ?? Whole;
        return new Statement.Relayout("b", new[] { part.First, 0 }, RawName, new[] { part.Begin, begin }, part.Depth, count) { PaddedColumns = width };
    }

    /// <summary>Fills <c>a</c> with the rows from <paramref name="begin"/> on, or with a slice of their depth, at its place.</summary>
    public Statement RelayoutBroadcast(Index begin, Index count, DepthSlice? slice = null)
    {
        DepthSlice part = slice ?? Whole;
        return DepthLast
            ? new Statement.Relayout("a", new[] { 0, part.Begin }, RawName, new[] { begin, part.Begin }, count, part.Depth) { PaddedColumns = part.Padded, Offset = Offset }
            : new Statement.Relayout("a", new[] { 0, part.Begin }, RawName, new[] { part.Begin, begin }, part.Depth, count) { Transposed = true, PaddedColumns = part.Padded, Offset = Offset };
    }

    /// <summary>Fills <c>b</c> with the panel that begins at lane <paramref name="begin"/>, or with a slice of its depth, at its place.</summary>
    public Statement RelayoutPanel(Index begin, Index count, int width, DepthSlice? slice = null)
    {
        DepthSlice part = slice ?? Whole;
        return DepthLast
            ? new Statement.Relayout("b", new[] { 0, part.First, 0, 0 }, RawName, new[] { begin, part.Begin }, count, part.Depth) { Transposed = true, Interleave = plan.Step, PaddedColumns = width, Offset = Offset }
            : new Statement.Relayout("b", new[] { 0, part.First, 0, 0 }, RawName, new[] { part.Begin, begin }, part.Depth, count) { Interleave = plan.Step, PaddedColumns = width, Offset = Offset };
    }

    private DepthSlice Whole => new(0, 0, plan.Depth, PaddedDepth);

    private void DeclareRaw(string name)
    {
        bool hasStride = isWeights ? plan.Spec.Weights.HasStride : plan.Spec.X.HasStride;
        Index[] shape = DepthLast ? [Outer, plan.Depth] : [plan.Depth, Outer];
        plan.Operand(name, RawElement, isWeights ? Role.Weights : Role.X, shape, hasStride ? (isWeights ? "ldw" : "ldx") : shape[1]);
    }
}
