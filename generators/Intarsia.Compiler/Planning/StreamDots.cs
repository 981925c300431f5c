using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// The blocks of a sparse stream whose entries are bytes and are multiplied four at a time (Li et al., Magicube, SC'22, sections 4.2 and 4.3, where tensor cores take the place of the dot products): the four rows of X that entries name are interleaved in
/// registers, byte by byte, for all rows of the vector group at once, and each of those adds a dot product of four bytes to each lane. A segment is padded to whole fours with zeros at a row of X that it names.
/// </summary>
/// <param name="plan">The kernel.</param>
/// <param name="shape">The register tile (<see cref="TierTable.DotStream"/>).</param>
/// <param name="vector">Rows of a vector group, a multiple of the tile's.</param>
internal sealed class StreamDots(PlanBuilder plan, TileShape shape, int vector)
{
    /// <summary>Entries of a dot product.</summary>
    public const int Entries = 4;

    /// <summary>X as dot products take it: of the signedness that weights do not have, or of the same.</summary>
    public ElementType PanelElement => plan.SignedDots ? ElementType.S8 : ElementType.U8;

    /// <summary>How columns of a panel change places, so that what unpacking makes of them is in order.</summary>
    public int Regroup => shape.Bits / 128;

    /// <summary>Declares what the blocks read, from how many entries and segments there are.</summary>
    public void Declare(Func<string, PreparedPart, Binding.Prepared> part, Index entries, Index segments)
    {
        Index fours = Index.FloorDiv(entries, Entries);
        plan.Prepared(ElementType.S32, part("indices", PreparedPart.Indices), 1, fours, Entries);
        plan.Prepared(ElementType.S8, part("values", PreparedPart.Values), 2, fours, vector, Entries);
        if (plan.ShiftsX) plan.Prepared(ElementType.S32, part("z", PreparedPart.Compensation), 2, segments, vector, 1);
    }

    /// <summary>The segments <c>s0</c> to <c>s1</c> of tile <c>tile</c> of the depth against so many vectors of columns.</summary>
    /// <param name="vectors">Vectors of accumulators, a multiple of four.</param>
    /// <param name="clip">How the accumulators end.</param>
    public Block Tile(int vectors, Clip clip)
    {
        int height = shape.Height, width = vectors * shape.Lanes;
        bool isWhole = height == vector;
        string acc = plan.Tile($"acc_{height}x{width}", ElementType.S32, height, width);
        Index first = At("groups", "t") * vector, lane = isWhole ? 0 : "h";
        Index[] c = ["row", "cj"];
        Statement[] rows =
        [
            new If(new Condition("tile", Relation.Equal, 0), (Statement[])[new Fill(acc, 0), .. Compensate(acc, lane)], new Statement[] { new Load(acc, "c", c, clip) }),
            Fours(acc, width, lane),
            new Store("c", c, acc, clip),
        ];
        Statement[] segment =
        [
            new Let(isWhole ? "row" : "first", first),
            new Let("f0", Index.FloorDiv(At("starts", "t"), Entries)),
            new Let("f1", Index.FloorDiv(At("starts", (Index)"t" + 1), Entries)),
            .. isWhole ? rows : [new For("h", 0, vector, height, (Statement[])[new Let("row", (Index)"first" + "h"), .. rows])],
        ];
        string kind = PlanBuilder.ByteOf(plan.Spec.X.Format) == ElementType.S8 ? "s8s8" : "u8s8";
        return new Block($"stream_{kind}_{height}{(isWhole ? "" : $"of{vector}")}x{vectors}{(clip == Clip.None ? "" : "_clip")}", (Statement[])[new For("t", "s0", "s1", 1, segment)]) { VectorBits = shape.Bits, IsNative = plan.IsNative };
    }

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    /// <summary>What shifting X adds to the sums of a vector group is taken away ahead of them, once for the whole depth.</summary>
    private Statement[] Compensate(string acc, Index lane)
    {
        if (!plan.ShiftsX) return [];
        string z = plan.Tile($"start_{shape.Height}x1", ElementType.S32, shape.Height, 1);
        return [new Load(z, "z", new[] { "t", lane, 0 }), new Zip(acc, plan.SignedDots ? ZipOp.Subtract : ZipOp.Add, acc, z)];
    }

    private For Fours(string acc, int width, Index lane)
    {
        // Columns 16·n·f + 4·(n·q + l) + i of a panel stand at byte 4·(4·l + q) + i of row f of vectors, and come to lane 4·l + i of vector q.
        int fours = width / shape.Lanes / TierTable.VectorsOfFours, n = Regroup;
        string at = plan.Tile($"i_{Entries}", ElementType.S32, Entries);
        string rows = plan.Tile($"rows_{Entries}x{width}", PanelElement, Entries, width), runs = plan.Tile($"runs_{Entries}x{fours}x{n}x4x4", PanelElement, Entries, fours, n, 4, 4);
        string a = plan.Tile($"a_{shape.Height}x{Entries}", ElementType.S8, shape.Height, Entries), b = plan.Tile($"b_{width}x{Entries}", PanelElement, width, Entries);
        return new For("f", "f0", "f1", 1, new Statement[]
        {
            new Load(at, "indices", new Index[] { "f", 0 }),
            new Gather(rows, "x", at, new Index[] { "xj" }) { IsPresent = true },
            new Transpose(runs, rows, new[] { 0, 1 }),
            new Transpose(b, runs, new[] { 1, 3, 2, 4, 0 }),
            new Load(a, "values", new[] { "f", lane, 0 }),
            new Contract(acc, a, b, plan.SignedDots ? ContractVia.Dot4Signed : ContractVia.Dot4) { TransposedB = true },
        });
    }
}
