using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Contraction on tensor cores: ldmatrix reads fragments from swizzled tiles, mma.sync multiplies them. Factors whose depth is not contiguous are transposed on the way: 16-bit ones by
/// ldmatrix, 8-bit ones by ldmatrix on pairs of bytes and a permutation of bytes that gives each pair's halves to neighbouring tiles (Magicube's online transpose, SC'22, section 4.2).
/// </summary>
internal class MmaContraction(BlockContext context, Statement.Contract contract) : ContractionLowering(context, contract)
{
    private FactorFragments _a = null!;
    private FactorFragments _b = null!;

    public override bool Widens => false;

    protected MmaRow Mma { get; } = MmaTable.Find(context.Tile(contract.A).Element, context.Tile(contract.B).Element, context.Tile(contract.Accumulator).Element, contract.Via == ContractVia.SparseMma);

    /// <summary>The factor that stands in shared memory as nibbles, if one does.</summary>
    public NibbleOperand? Nibbles { get; init; }

    private int WarpHeight => Height / Context.Warps.Rows;

    private int WarpWidth => Width / Context.Warps.Columns;

    protected int TilesDown => WarpHeight / 16;

    private int TilesAcross => WarpWidth / 8;

    private bool DepthLastA => _a.DepthLast || !_a.IsByte;

    private bool DepthLastB => _b.DepthLast || !_b.IsByte;

    public override SharedTile TileOf(Statement.Load load, bool isFirst, bool depthLast)
    {
        TileDecl tile = Context.Tile(load.Tile);
        int bytes = Elements.Bytes(tile.Element), extent = isFirst ? Height : Width, depth = tile.Shape[0] * tile.Shape[1] / extent;
        return depthLast ? new SharedTile(extent, depth * bytes, Swizzle.Consecutive) : new SharedTile(depth, extent * bytes, bytes == 1 ? Swizzle.Pairs : Swizzle.Consecutive);
    }

    public override void Prepare(OperandCopy first, int firstOffset, OperandCopy second, int secondOffset)
    {
        Value warpRow = W.Divide(Context.Warp, Context.Warps.Columns), warpColumn = W.Modulo(Context.Warp, Context.Warps.Columns);
        int bytesA = Elements.Bytes(Mma.A), bytesB = Elements.Bytes(Mma.B);
        W.Comment($"fragments: each warp holds {WarpHeight}x{WarpWidth} accumulators");
        _a = Nibbles?.Factor == Contract.A ? Unpacked(isFirst: true) : new Fragments(Context, first.Tile, first.LeavesDepthLast, bytesA, isFirst: true);
        _b = Nibbles?.Factor == Contract.B ? Unpacked(isFirst: false) : new Fragments(Context, second.Tile, second.LeavesDepthLast, bytesB, isFirst: false, Mma.IsSparse);
        _a.Prepare(firstOffset, W.Multiply(warpRow, WarpHeight));
        _b.Prepare(secondOffset, W.Multiply(warpColumn, WarpWidth));
    }

    private NibbleFactorFragments Unpacked(bool isFirst)
    {
        TileDecl factor = Context.Tile(Nibbles!.Factor);
        return new NibbleFactorFragments(Context, factor.Element, factor.Shape[1], isFirst, Nibbles.TimesSixteen, Nibbles.Lookup is { } lookup ? new TableDecoder(Context, lookup) : null);
    }

    public override Element[] NewTile(ElementType element)
    {
        RegisterKind kind = element == ElementType.F32 ? RegisterKind.F32 : RegisterKind.B32;
        Value group = W.ShiftRight(Context.Lane, 2), quad = W.And(Context.Lane, 3);
        Value row0 = W.Multiply(W.Divide(Context.Warp, Context.Warps.Columns), WarpHeight), column0 = W.Multiply(W.Modulo(Context.Warp, Context.Warps.Columns), WarpWidth);
        // Rows g and g + 8 of a tile, columns 2t and 2t + 1 (PTX ISA, fragments of m16n8k16); where bytes were transposed, neighbours stand in neighbouring tiles.
        Value rowBase = W.Add(row0, DepthLastA ? group : W.ShiftLeft(group, 1)), columnBase = W.Add(column0, DepthLastB ? W.ShiftLeft(quad, 1) : W.ShiftLeft(quad, 2));
        var elements = new Element[TilesDown * TilesAcross * 4];
        for (int i = 0, at = 0; i < TilesDown; i++)
        {
            for (int j = 0; j < TilesAcross; j++)
            {
                for (int r = 0; r < 4; r++)
                {
                    int half = r >> 1, pair = r & 1;
                    int row = DepthLastA ? 16 * i + 8 * half : 16 * i + half;
                    int column = DepthLastB ? 8 * j + pair : 16 * (j / 2) + (j & 1) + 2 * pair;
                    Register register = W.New(kind);
                    W.Emit(kind == RegisterKind.F32 ? "mov.f32" : "mov.u32", register, kind == RegisterKind.F32 ? "0f00000000" : "0");
                    elements[at++] = new Element(register, rowBase, row, columnBase, column);
                }
            }
        }
        return elements;
    }

    public override void ContractStage(Value stage, Element[] accumulators)
    {
        int steps = Context.Tile(Contract.A).Shape.Aggregate(1, (p, e) => p * e) / Height / Mma.Depth;
        _a.Select(stage);
        _b.Select(stage);
        for (int step = 0; step < steps; step++)
        {
            W.Comment($"depth {step * Mma.Depth} of the stage: {TilesDown}x{TilesAcross} tiles");
            BeginStep(step);
            Register[][] a = _a.Load(step, TilesDown), b = _b.Load(step, TilesAcross);
            for (int i = 0; i < TilesDown; i++)
            {
                for (int j = 0; j < TilesAcross; j++)
                {
                    string sum = WarpBuilder.Vector(accumulators.Skip(4 * (i * TilesAcross + j)).Take(4).Select(e => e.Register));
                    Multiply(step, i, sum, WarpBuilder.Vector(a[i]), WarpBuilder.Vector(b[j]));
                }
            }
        }
    }

    /// <summary>Loads what a depth step needs beside its fragments.</summary>
    protected virtual void BeginStep(int step)
    {
    }

    /// <summary>Writes the instruction for one tile of accumulators, <paramref name="row"/> tiles down.</summary>
    protected virtual void Multiply(int step, int row, string sum, string a, string b) => W.Emit(Mma.Opcode, sum, a, b, sum);
}

/// <summary>A factor of 4-bit weights.</summary>
/// <param name="Factor">Its tile.</param>
/// <param name="Load">The load of the nibbles.</param>
/// <param name="TimesSixteen">It is unpacked to sixteen times what it is.</param>
/// <param name="Lookup">What makes numbers of them where they are codes; null where they are integers.</param>
internal sealed record NibbleOperand(string Factor, Statement.Load Load, bool TimesSixteen, Statement.Gather? Lookup);
