using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// A sampled product into large blocks (MegaBlocks; Gale et al., MLSys'23, section 5.1): a dense product of which the stored blocks are computed and nothing else. A thread block computes a tile of one of them; where that stands the pattern
/// says, which names the row of each block beside its column, so that there are as many thread blocks as tiles to compute. From there on it is the tile of a dense product, by warp groups, tensor cores or multiply-adds.
/// </summary>
internal sealed class SampledBlockSchedule
{
    /// <summary>Rows and columns of the smallest tile; blocks are whole tiles.</summary>
    private const int LeastTile = 64;

    private readonly PlanBuilder _plan;
    private readonly Contraction _contraction;
    private readonly BlockShape _shape;
    private readonly PatternSpec _pattern;
    private readonly bool _aligned;

    public SampledBlockSchedule(KernelSpec spec, Device device, bool aligned)
    {
        _plan = new PlanBuilder(spec, null, device.ToString());
        _contraction = Contraction.OfSampled(spec, device);
        _pattern = spec.Pattern;
        _shape = BlockShape.ForResultBlocks(_contraction, device, _pattern.BlockRows, _pattern.BlockColumns);
        _aligned = aligned;
    }

    private KernelSpec Spec => _plan.Spec;

    /// <summary>Whether the blocks of a sampled result are whole tiles; for warp groups, whether those take the factors, too.</summary>
    public static bool Fits(KernelSpec spec, Device device) =>
        device != Device.Portable && spec.Operation == Operation.Sddmm && spec.Pattern is { Kind: Pattern.Bsr, BlockRows: var rows, BlockColumns: var columns } && rows % LeastTile == 0 && columns % LeastTile == 0
        && (device != Device.Sm90A || WarpGroups.ObstacleOfSampled(spec) is null);

    public KernelPlan Build()
    {
        (bool turnsA, bool turnsB) = Spec.TurnedFactors;
        DeclareFactor("W", Spec.Weights.Format, Role.Weights, _plan.Rows, Spec.Weights.HasStride ? (Index)"ldw" : null, turnsA);
        DeclareFactor("X", Spec.X.Format, Role.X, _plan.Columns, Spec.X.HasStride ? (Index)"ldx" : null, turnsB);
        Index row = WithinBlock("r0", _pattern.BlockRows, _shape.Height), column = WithinBlock("c0", _pattern.BlockColumns, _shape.Width);
        SampledLine line = SampledLine.DeclareBlock(_plan, "block", row, column, "left");
        var steps = new EpilogueSteps(_plan, _shape.Width, lanesAreRows: false, _shape.Height) { Sampled = line };
        string acc = steps.Start, a = _plan.FactorTile("a", _contraction.Weights, _shape.Height, _shape.Depth, !turnsA), b = _plan.FactorTile("b", _contraction.X, _shape.Width, _shape.Depth, !turnsB);
        (Index top, Index left) = SampledLine.Origin(_pattern, "block");
        Index down = "top" + row, along = "left" + column;
        (IReadOnlyList<Statement> chain, string value) = steps.Build(down, along);
        bool rowsAreWhole = _plan.Rows is Index.Const { Value: var rows } && rows % _pattern.BlockRows == 0;
        Statement[] body =
        [
            new Let("top", top),
            new Let("left", left),
            new Fill(acc, 0),
            new For("k", 0, _plan.Depth, _shape.Depth, (Statement[])[
                new Load(a, "W", turnsA ? new Index[] { "k", down } : new[] { down, "k" }, Clip.All),
                new Load(b, "X", turnsB ? new Index[] { "k", along } : new[] { along, "k" }, Clip.All),
                new Contract(acc, a, b, _contraction.Via) { TransposedA = turnsA, TransposedB = !turnsB },
            ]) { Stages = _aligned ? _shape.Stages : 1 },
            .. chain,
            new Store(SampledLine.Values, line.At, value, Clip.All) { Until = line.Until, UntilRow = rowsAreWhole ? null : _plan.Rows - "top" },
        ];
        Explain();
        // The innermost loop of a grid has no limit that a matrix meets.
        var blocks = new For("block", 0, Index.FloorDiv(KernelPlan.SlotsSize, _pattern.BlockRows * _pattern.BlockColumns), 1, new Statement[] { new Block("tile", body) { Warps = _shape.Warps } }) { Parallel = true };
        return _plan.Build([OverBlock("r0", _pattern.BlockRows, _shape.Height, OverBlock("c0", _pattern.BlockColumns, _shape.Width, blocks))], _shape.ToString());
    }

    /// <summary>A factor as it lies in memory.</summary>
    private void DeclareFactor(string name, NumberFormat format, Role role, Index extent, Index? stride, bool turned)
    {
        Index[] shape = turned ? [_plan.Depth, extent] : [extent, _plan.Depth];
        _plan.Operand(name, PlanBuilder.ElementOf(format), role, shape, stride ?? shape[1]);
        if (_aligned) _plan.Align(name, 16);
    }

    /// <summary>Where a tile begins in its block.</summary>
    private static Index WithinBlock(string variable, int extent, int tile) => extent == tile ? 0 : variable;

    /// <summary>The tiles of a block, where it is more than one.</summary>
    private static For OverBlock(string variable, int extent, int tile, For tiles) => extent == tile ? tiles : new For(variable, 0, extent, tile, new Statement[] { tiles }) { Parallel = true };

    private void Explain()
    {
        _plan.Reason($"{_pattern} result block by block: a thread block computes a tile of a stored one, of which the pattern says row and column");
        _plan.Reason(_contraction.Reason);
        _plan.Reason($"thread block {_shape}");
        if (_contraction.Via != ContractVia.WarpGroupMma && WarpGroups.ObstacleOfSampled(Spec) is { } obstacle) _plan.Reason(obstacle);
        _plan.Reason(DenseSchedule.CopiesOf(_contraction, _aligned));
    }
}
