using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// SpMM with large blocks on the tensor cores of warp groups (MegaBlocks; Gale et al., MLSys'23, section 5.1): a dense product whose depth is the stored blocks of a block row, one after the other. A thread block computes a tile of Y that lies in one block row;
/// each step copies a piece of a block, and the piece of X at the depth that the block's column gives. Where Y is token-major, X is the first factor, as in dense products. Blocks of the transpose of a matrix are read as that stores them, through the
/// index of its columns, where tensor cores can turn them: they are a factor with the depth across its lines.
/// </summary>
internal sealed class BlockSparseSchedule
{
    /// <summary>Rows of the smallest tile of a warp group; blocks are whole tiles.</summary>
    private const int LeastRows = 64;

    private readonly PlanBuilder _plan;
    private readonly Contraction _contraction;
    private readonly BlockShape _shape;
    private readonly PatternSpec _pattern;
    private readonly bool _lanesAreRows;

    /// <summary>The blocks are stored with their columns for rows.</summary>
    private readonly bool _turns;

    /// <param name="spec">The kernel, with the pattern that it reads.</param>
    /// <param name="isTransposed">The pattern is that of the transpose of what is stored.</param>
    public BlockSparseSchedule(KernelSpec spec, bool isTransposed)
    {
        _contraction = Contraction.Of(spec, Device.Sm90A);
        _plan = new PlanBuilder(spec, null, Device.Sm90A.ToString()) { WeightsAreRaw = _contraction.WeightsAreRaw };
        _pattern = spec.Weights.Pattern;
        _lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        _shape = ShapeOf(spec, _contraction, _pattern);
        // Warp groups transpose 16 bits alone.
        _turns = isTransposed && _contraction.XBytes == 2;
    }

    private KernelSpec Spec => _plan.Spec;

    private Index Row => _lanesAreRows ? "l0" : "o0";

    private Index Column => _lanesAreRows ? "o0" : "l0";

    private bool XIsDepthLast => Spec.X.Layout == MatrixLayout.TokenMajor;

    /// <summary>Whether blocks are whole tiles of 64 rows and whole lines of 64 or 128 bytes, tensor cores take the formats, and no scale group ends along the depth.</summary>
    public static bool Fits(KernelSpec spec, Device device)
    {
        if (device != Device.Sm90A || spec.Operation != Operation.Spmm || spec.Weights.Pattern.AsRead is not { Kind: Pattern.Bsr } pattern) return false;
        if (pattern.BlockRows % LeastRows != 0 || spec.Weights.Scale == Per.Group || WarpGroups.Obstacle(spec) is not null) return false;
        Contraction contraction = Contraction.Of(spec, device);
        return contraction.IsMma && StepOf(contraction, pattern) > 0;
    }

    public KernelPlan Build()
    {
        DeclareBlocks();
        Index[] x = XIsDepthLast ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, x, Spec.X.HasStride ? "ldx" : x[1]);
        Index outer = _lanesAreRows ? _plan.Columns : _plan.Rows, lanes = _lanesAreRows ? _plan.Rows : _plan.Columns;
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, [outer, lanes], Spec.Y.HasStride ? "ldy" : lanes, BufferRole.Output);
        var steps = new EpilogueSteps(_plan, _shape.Width, _lanesAreRows, _shape.Height);
        _plan.Align("X", 16);
        _plan.Align("Y", 16);
        _plan.AlignOperandsOfOutput(16);

        int rows = _lanesAreRows ? _shape.Width : _shape.Height, columns = _lanesAreRows ? _shape.Height : _shape.Width;
        string w = _plan.FactorTile("w", _contraction.Weights, rows, _shape.Depth, !_turns);
        string b = _plan.FactorTile("x", _contraction.X, columns, _shape.Depth, XIsDepthLast);
        // Entries of a block row are the columns of its blocks, whole ones: a step lies in one block.
        int c = _pattern.BlockColumns;
        Index block = Index.FloorDiv("p", c), within = Index.Mod("p", c), k = At("places", block) * c + within, blockRow = Index.FloorDiv(Row, _pattern.BlockRows);
        string acc = steps.Start;
        var loads = new Statement[]
        {
            new Load(w, "W", _turns ? new[] { At("blocks", block), within, Index.Mod(Row, _pattern.BlockRows) } : new[] { block, Index.Mod(Row, _pattern.BlockRows), within }),
            new Load(b, "X", XIsDepthLast ? new[] { Column, k } : new[] { k, Column }, Clip.All),
        };
        Contract contract = _lanesAreRows ? new Contract(acc, b, w, _contraction.Via) { TransposedA = !XIsDepthLast, TransposedB = !_turns } : new Contract(acc, w, b, _contraction.Via) { TransposedA = _turns, TransposedB = XIsDepthLast };
        (IReadOnlyList<Statement> chain, string value) = steps.Build("o0", "l0");
        Statement[] body =
        [
            new Fill(acc, 0),
            new For("p", At("starts", blockRow) * c, At("starts", blockRow + 1) * c, _shape.Depth, (Statement[])[.. loads, contract]) { Stages = _shape.Stages },
            .. chain,
            new Store("Y", new Index[] { "o0", "l0" }, value, Clip.All),
        ];
        Explain();
        var tile = new Block("tile", body) { Warps = _shape.Warps };
        var inner = new For("l0", 0, lanes, _shape.Width, new Statement[] { tile }) { Parallel = true };
        return _plan.Build([new For("o0", 0, outer, _shape.Height, new Statement[] { inner }) { Parallel = true }], _shape.ToString());
    }

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    /// <summary>Depth of a step: 128 bytes, or 64 where a block is no whole number of those; 0 where it is of neither.</summary>
    private static int StepOf(Contraction contraction, PatternSpec pattern)
    {
        int line = 128 / contraction.XBytes;
        return pattern.BlockColumns % line == 0 ? line : pattern.BlockColumns % (line / 2) == 0 ? line / 2 : 0;
    }

    private static BlockShape ShapeOf(KernelSpec spec, Contraction contraction, PatternSpec pattern)
    {
        bool lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        (Extent outer, Extent lanes) = lanesAreRows ? (spec.Columns, spec.Rows) : (spec.Rows, spec.Columns);
        return BlockShape.ForBlocks(contraction, TileChoice.OfBlocks(outer, lanes, pattern.BlockRows, lanesAreRows), StepOf(contraction, pattern));
    }

    private void DeclareBlocks()
    {
        (int b, int c) = (_pattern.BlockRows, _pattern.BlockColumns);
        Binding.Prepared Part(string buffer, PreparedPart part) => _turns ? new(buffer, PreparedKind.TransposedBlock, c, b, 0, part) : new(buffer, PreparedKind.Block, b, c, 0, part);
        Index blockRows = Index.CeilDiv(_plan.Rows, b), blocks = At("starts", blockRows);
        _plan.Prepared(ElementType.S32, Part("starts", PreparedPart.SegmentStarts), 0, blockRows + 1);
        _plan.Prepared(ElementType.S32, Part("places", PreparedPart.Indices), 0, blocks);
        if (_turns) _plan.Prepared(ElementType.S32, Part("blocks", PreparedPart.Blocks), 0, blocks);
        _plan.Prepared(_contraction.Weights, Part("W", PreparedPart.Values), 2, blocks, _turns ? c : b, _turns ? b : c);
        _plan.Align("W", 16);
        // The host encodes a map of W from sizes alone. No step reads past the last block; an array ends before 2³¹ elements, whatever rows and depth are.
        _plan.Bound("W", Index.Min(blockRows * Index.CeilDiv(_plan.Depth, c), int.MaxValue / b));
    }

    private void Explain()
    {
        _plan.Reason($"{_pattern} weights block by block: the depth of a tile is the stored blocks of its block row");
        if (_turns) _plan.Reason("blocks lie as they are stored, their columns along the depth: tensor cores turn them");
        _plan.Reason(_contraction.Reason);
        _plan.Reason(_lanesAreRows ? "tokens by rows: Y is token-major" : "rows by columns: Y is row-major");
        _plan.Reason($"thread block {_shape}");
        _plan.Reason("one more warp group copies: bulk tensor copies of a piece of a block and of X at the depth that the block's column gives, swizzled, zeros past every border");
    }
}
