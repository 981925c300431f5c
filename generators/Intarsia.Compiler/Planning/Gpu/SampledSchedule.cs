using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// A sampled product on a GPU: a warp takes 16 entries of a vector group, whose rows of B are the tall side of a tensor-core instruction and whose V rows of A are its 8 columns. Operands that have the
/// depth contiguous are loaded as they lie, which is as fragments; of others each element is a load. Shared memory has no part in it. Sixteen entries are a stride of the canonical values, which are written in place, or to the places that a pattern lists.
/// </summary>
internal sealed class SampledSchedule
{
    private readonly PlanBuilder _plan;
    private readonly Contraction _contraction;
    private readonly SampledShape _shape;
    private readonly int _vector;
    private readonly bool _aligned;

    public SampledSchedule(KernelSpec spec, Device device, bool aligned)
    {
        _plan = new PlanBuilder(spec, null, device.ToString());
        _contraction = Contraction.OfSampled(spec, device);
        _vector = spec.Pattern.VectorLength;
        _shape = SampledShape.For(_contraction, device, _vector);
        _aligned = aligned;
    }

    /// <summary>Whether the entries that are taken together stand beside each other in a result of some pattern, or where a list says.</summary>
    public static bool Serves(PatternSpec pattern) => SampledLine.Together(pattern) % SampledLine.Stride == 0;

    /// <summary>Whether there is a plan for tensor-core devices: the factors are floats or bytes, and sums have 32 bits.</summary>
    public static bool HasText(KernelSpec spec) => spec.Accumulator != Accumulator.Int64 && !IsBeyondBytes(spec.Weights.Format) && !IsBeyondBytes(spec.X.Format);

    private static bool IsBeyondBytes(NumberFormat format) => NumberFormats.Get(format) is { IsInteger: true, Bits: not 8 };

    private KernelSpec Spec => _plan.Spec;

    public KernelPlan Build()
    {
        (bool turnsA, bool turnsB) = Spec.TurnedFactors;
        DeclareFactor("W", Spec.Weights.Format, Role.Weights, _plan.Rows, Spec.Weights.HasStride ? (Index)"ldw" : null, turnsA);
        DeclareFactor("X", Spec.X.Format, Role.X, _plan.Columns, Spec.X.HasStride ? (Index)"ldx" : null, turnsB);
        SampledLine line = SampledLine.Declare(_plan, "p", "end", rowOfGroup: 0, _vector, SampledLine.Stride);
        var steps = new EpilogueSteps(_plan, SampledLine.Stride, lanesAreRows: false, _vector) { Sampled = line };
        string acc = _plan.Tile("dots", _contraction.Sum, SampledLine.Stride, _vector), at = _plan.Tile("at", ElementType.S32, SampledLine.Stride);
        string b = _plan.Tile("b", _contraction.X, SampledLine.Stride, _shape.Depth), a = _plan.Tile("a", _contraction.Weights, _vector, _shape.Depth);
        (IReadOnlyList<Statement> chain, string value) = steps.Build("row", "p");
        Statement[] stride =
        [
            new Fill(acc, 0),
            new Load(at, SampledLine.Columns, new Index[] { "p" }, Clip.Columns) { Until = "end" },
            new For("k", 0, _plan.Depth, _shape.Depth, (Statement[])[
                new Gather(b, "X", at, new Index[] { "k" }) { Clip = Clip.Columns },
                new Load(a, "W", new Index[] { "row", "k" }, Clip.All),
                new Contract(acc, b, a, _contraction.Via) { TransposedB = true },
            ]),
            new Transpose(steps.Start, acc, new[] { 1, 0 }),
            .. line.Find(),
            .. chain,
            line.Write(value, Clip.All, _vector == 1 ? null : (Index)"present"),
        ];
        Explain();
        return _plan.Build([_vector == 1 ? SingleRows(stride) : Vectors(stride)], _shape.ToString());
    }

    /// <summary>A factor as rows along the depth. Of one that lies across it, neighbours of a row are a line apart, whose alignment is no concern.</summary>
    private void DeclareFactor(string name, NumberFormat format, Role role, Index rows, Index? stride, bool turned)
    {
        _plan.Operand(name, PlanBuilder.ElementOf(format), role, [rows, _plan.Depth], turned ? [1, stride ?? rows] : [stride ?? _plan.Depth, 1]);
        if (_aligned && !turned) _plan.Align(name, 16);
    }

    /// <summary>Rows of their own: one to a warp.</summary>
    private For SingleRows(Statement[] stride)
    {
        Index groups = SampledLine.Groups(_plan);
        Statement[] group = [.. Group(), new For("p", SampledLine.Bound((Index)"group" * 2), "end", SampledLine.Stride, stride)];
        var warps = new For("group", "g0", Index.Min((Index)"g0" + _shape.Strides, groups), 1, group) { Parallel = true };
        return new For("g0", 0, groups, _shape.Strides, new Statement[] { new Block("entries", new Statement[] { warps }) { Warps = _shape.Warps } }) { Parallel = true };
    }

    /// <summary>Vector groups are long: the strides of one are dealt to the warps of some blocks.</summary>
    private For Vectors(Statement[] stride)
    {
        int ofBlock = _shape.Strides * SampledLine.Stride, ofAll = ofBlock * _shape.Blocks;
        Statement[] deal = [.. Group(), new For("p", SampledLine.Bound((Index)"group" * 2) + "stride", "end", ofAll, stride)];
        var warps = new For("stride", "first", (Index)"first" + ofBlock, SampledLine.Stride, deal) { Parallel = true };
        // The innermost loop of a grid has no limit that a matrix meets.
        var groups = new For("group", 0, SampledLine.Groups(_plan), 1, new Statement[] { new Block("entries", new Statement[] { warps }) { Warps = _shape.Warps } }) { Parallel = true };
        return new For("first", 0, ofAll, ofBlock, new Statement[] { groups }) { Parallel = true };
    }

    private IEnumerable<Statement> Group()
    {
        yield return new Let("row", (Index)"group" * _vector);
        if (_vector > 1) yield return new Let("present", Index.Min(_vector, _plan.Rows - "row"));
        yield return new Let("end", SampledLine.Bound((Index)"group" * 2 + 1));
    }

    private void Explain()
    {
        _plan.Reason($"{Spec.Y.Pattern} result: {SampledLine.Stride} entries by {_vector} row{(_vector == 1 ? "" : "s")} at a time");
        _plan.Reason(_contraction.Reason);
        _plan.Reason($"thread block {_shape}");
        (bool turnsA, bool turnsB) = Spec.TurnedFactors;
        if (turnsA || turnsB) _plan.Reason($"{(turnsA && turnsB ? "A and B lie" : turnsA ? "A lies" : "B lies")} across the depth: element by element, neighbouring rows in neighbouring lanes");
        if (!turnsA || !turnsB) _plan.Reason(_aligned ? "lines begin and end at multiples of 16 bytes" : "nothing is known of the alignment: element by element");
    }
}
