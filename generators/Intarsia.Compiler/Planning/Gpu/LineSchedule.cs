using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// The operations without weights on a GPU: each line of X, as it lies in memory, belongs to a warp or to a thread block. A line that fits the registers of its threads is read once; a longer one is read again in
/// each pass, from a cache if it can be. Reductions combine what a thread holds, then lanes, then warps, always in the same order.
/// </summary>
internal sealed class LineSchedule
{
    private readonly PlanBuilder _plan;
    private readonly Device _device;
    private readonly bool _lanesAreRows;
    private readonly bool _aligned;
    private readonly int _vector;
    private readonly EpilogueSteps _steps;
    private readonly LineRecipe _recipe;

    public LineSchedule(KernelSpec spec, Device device, bool aligned)
    {
        (_device, _aligned) = (device, aligned && device != Device.Portable);
        _plan = new PlanBuilder(spec, null, device.ToString());
        _lanesAreRows = spec.X.Layout == MatrixLayout.TokenMajor;
        _vector = LineShape.VectorOf(spec, _aligned);
        _plan.Operand("X", PlanBuilder.ElementOf(spec.X.Format), Role.X, [Outer, Length], spec.X.HasStride ? "ldx" : Length);
        _plan.Operand("Y", PlanBuilder.ElementOf(spec.Y.Format), Role.Y, [Outer, Length], spec.Y.HasStride ? "ldy" : Length, BufferRole.Output);
        _steps = new EpilogueSteps(_plan, 1, _lanesAreRows);
        _recipe = LineRecipe.Of(_plan, Length);
        if (!_aligned) return;
        _plan.Align("X", 16);
        _plan.Align("Y", 16);
        _plan.AlignOperandsOfOutput(16);
        _plan.AlignVectorsOfOutput(Length, 16);
    }

    /// <summary>Lines.</summary>
    private Index Outer => _lanesAreRows ? _plan.Columns : _plan.Rows;

    /// <summary>Elements of a line.</summary>
    private Index Length => _lanesAreRows ? _plan.Rows : _plan.Columns;

    /// <summary>Whether it plans the operation.</summary>
    public static bool Fits(KernelSpec spec) => !spec.IsContraction;

    /// <summary>Whether devices read the elements of X.</summary>
    public static bool Reads(KernelSpec spec) => PlanBuilder.ElementOf(spec.X.Format) is ElementType.F32 or ElementType.F16 or ElementType.BF16 or ElementType.S32 or ElementType.S8 or ElementType.U8;

    public KernelPlan Build()
    {
        _plan.Reason($"lines of {(_lanesAreRows ? "rows" : "columns")}, as X lies");
        return _recipe.IsElementwise ? Elementwise() : Reduced();
    }

    /// <summary>Parts of lines side by side, numbered line by line: one extent of the grid, because only the first may be long.</summary>
    private KernelPlan Elementwise()
    {
        LineShape shape = LineShape.OnePass(_device, _vector);
        LineTiles tiles = Tiles(shape, "l0");
        Index parts = Index.CeilDiv(Length, shape.Width);
        Statement[] part = [tiles.LoadX(), .. tiles.Finish()];
        var block = new Block("parts", (Statement[])
        [
            new Let("l0", Index.Mod("part", parts) * shape.Width),
            .. Lines(shape, Index.FloorDiv("part", parts) * shape.Lines, part),
        ])
        { Warps = shape.Warps };
        _plan.Reason($"one pass; {Of(shape)}");
        Explain();
        return _plan.Build([new For("part", 0, parts * Index.CeilDiv(Outer, shape.Lines), 1, new Statement[] { block }) { Parallel = true }], shape.ToString());
    }

    private KernelPlan Reduced()
    {
        LineShape passes = LineShape.Passes(_device, _vector);
        LineShape? held = _device != Device.Portable && Length is Index.Const { Value: <= int.MaxValue and var n } ? LineShape.Held((int)n, _vector) : null;
        LineShape[] atCall = _device != Device.Portable && Length is not Index.Const ? LineShape.HeldAtCall(_vector) : [];
        LineShape shape = held ?? passes;
        Statement[] line = held is null ? InPasses(passes) : InRegisters(held);
        foreach (LineShape choice in atCall.Reverse()) line = [new If(new Condition(Length, Relation.LessOrEqual, choice.Width), InRegisters(choice), line)];

        if (held is not null) _plan.Reason($"a line is read once and stays in registers: {_recipe.Reason}");
        else _plan.Reason($"{_recipe.Steps.OfType<LineStep.Total>().Count() + 1} passes over a line: {_recipe.Reason}, then the result");
        if (atCall.Length > 0) _plan.Reason($"but lines of up to {string.Join(" or ", atCall.Select(choice => choice.Width))} elements, which is known at the call, are read once and stay in registers");
        _plan.Reason(Of(shape));
        Explain();
        // A loop over the grid names the line; in a block of several lines each has a warp.
        if (shape.Lines == 1) return _plan.Build([new For("e", 0, Outer, 1, new Statement[] { new Block("line", line) { Warps = shape.Warps } }) { Parallel = true }], shape.ToString());
        var block = new Block("lines", Lines(shape, "e0", line)) { Warps = shape.Warps };
        return _plan.Build([new For("e0", 0, Outer, shape.Lines, new Statement[] { block }) { Parallel = true }], shape.ToString());
    }

    /// <summary>The line is read once.</summary>
    private Statement[] InRegisters(LineShape shape)
    {
        LineTiles tiles = Tiles(shape, 0);
        var body = new List<Statement>(Setup(tiles)) { tiles.LoadX() };
        if (Masks(tiles)) body.AddRange(tiles.Inside());
        foreach (LineStep step in _recipe.Steps)
        {
            if (step is LineStep.Change change) body.AddRange(change.Of(tiles));
            if (step is not LineStep.Total total) continue;
            (Statement[] statements, string terms) = tiles.Terms(total);
            body.AddRange([.. statements, new Reduce(tiles.Scalar(total.Name), total.Op, terms, 1), .. total.Finish(tiles)]);
        }
        body.AddRange(tiles.Finish());
        return [.. body];
    }

    /// <summary>The line is read in every pass: one for each reduction, and the last.</summary>
    private Statement[] InPasses(LineShape shape)
    {
        LineTiles tiles = Tiles(shape, "j"), last = Tiles(shape, "o");
        var body = new List<Statement>(Setup(tiles));
        var before = new List<LineStep.Change>();
        foreach (LineStep step in _recipe.Steps)
        {
            if (step is LineStep.Change change) before.Add(change);
            if (step is not LineStep.Total total) continue;
            string part = tiles.Tile(total.Name + "Part");
            (Statement[] statements, string terms) = tiles.Terms(total);
            Statement[] pass = [tiles.LoadX(), .. before.SelectMany(earlier => earlier.Of(tiles)), .. tiles.Masks(total) ? tiles.Inside() : [], .. statements, new Zip(part, total.Combine, part, terms)];
            body.AddRange([new Fill(part, total.Neutral), new For("j", 0, Length, shape.Width, pass), new Reduce(tiles.Scalar(total.Name), total.Op, part, 1), .. total.Finish(tiles)]);
        }
        body.Add(new For("o", 0, Length, shape.Width, (Statement[])[last.LoadX(), .. before.SelectMany(change => change.Of(last)), .. last.Finish()]));
        return [.. body];
    }

    private IEnumerable<Statement> Setup(LineTiles tiles) => [.. _recipe.Setup(tiles), .. Masks(tiles) ? [tiles.PrepareMasks()] : Array.Empty<Statement>()];

    private bool Masks(LineTiles tiles) => _recipe.Steps.OfType<LineStep.Total>().Any(tiles.Masks);

    private LineTiles Tiles(LineShape shape, Index at) => new(_plan, _steps.OfWidth(shape.Width), shape.Width, Length, at);

    /// <summary>Lines side by side from <paramref name="first"/> on.</summary>
    private Statement[] Lines(LineShape shape, Index first, Statement[] line) => shape.Lines == 1
        ? [new Let("e", first), .. line]
        : [new For("e", first, Index.Min(first + shape.Lines, Outer), 1, line) { Parallel = true }];

    private string Of(LineShape shape) => $"thread block: {shape}";

    private void Explain()
    {
        if (_device != Device.Portable) _plan.Reason(_aligned ? "lines begin and end at multiples of 16 bytes: loads of 16 bytes" : "nothing is known of the alignment: element by element");
    }
}
