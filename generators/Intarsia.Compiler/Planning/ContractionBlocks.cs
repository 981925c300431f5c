using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// The dense contraction blocks, shared by every kernel of an assembly: an outer product of <c>a</c> (broadcast, depth contiguous) and a panel of <c>b</c> (vectors) summed
/// over the depth in registers. Their names say everything that their text depends on.
/// </summary>
/// <param name="plan">The kernel.</param>
/// <param name="shape">The register tile.</param>
/// <param name="clip">The output ends where its rows do.</param>
/// <param name="outer">Extent of the broadcast side. What a constant leaves over the whole tiles is a tile of its own; drivers are given whole tiles and the end.</param>
/// <param name="lanes">Extent of the vector side. A constant says how many vectors a panel can have lanes for, and whether any vector is left with some.</param>
/// <param name="directVectors">The vector side is read where it lies.</param>
/// <param name="fewRows">The broadcast side has few rows: any power of two of them is a tile, so that the vectors are read once for as many as there are, and read ahead, because they come from memory.</param>
internal sealed class ContractionBlocks(PlanBuilder plan, TileShape shape, bool clip, Extent outer = default, Extent lanes = default, bool directVectors = false, bool fewRows = false)
{
    /// <summary>How vectors that are read where they lie end: none is left with some lanes where a constant extent is made of whole ones.</summary>
    public Clip ClipOfVectors { get; } = lanes.IsConstant && lanes.Constant % shape.Lanes == 0 ? Clip.None : Clip.Columns;

    /// <summary>How the accumulators end.</summary>
    public Clip ClipOfAccumulators => clip ? ClipOfVectors : Clip.None;

    /// <summary>Vectors that a panel has lanes for, ascending: any number up to the tile's, or those of a constant extent. Rows that share their places lie in all vectors of a panel, however few they are.</summary>
    private int[] Widths()
    {
        if (plan.PlacesRows > 1) return [shape.Vectors];
        if (!lanes.IsConstant) return [.. Enumerable.Range(1, shape.Vectors)];
        int left = (lanes.Constant % shape.Width + shape.Lanes - 1) / shape.Lanes;
        return [.. new[] { left, lanes.Constant >= shape.Width ? shape.Vectors : 0 }.Where(width => width > 0).Distinct().DefaultIfEmpty(shape.Vectors)];
    }

    /// <summary>Rows that a constant extent of the broadcast side leaves over the whole tiles; null where it is open.</summary>
    private int? Rest => outer.IsConstant && !fewRows ? outer.Constant % shape.Height : null;

    /// <summary>Heights that the rows are made of: the tile's own and what is left, or, for any number of rows, halves of a tall one, and one. No row is computed twice and none past the end.</summary>
    private IEnumerable<int> Heights()
    {
        yield return shape.Height;
        if (Rest is { } rest)
        {
            if (rest > 0) yield return rest;
            yield break;
        }
        for (int height = shape.Height; height >= 6; height /= 2) yield return height / 2;
        if (shape.Height > 1) yield return 1;
    }

    /// <summary>The tile's own, and every power of two below it.</summary>
    private static IEnumerable<int> Halves(int height)
    {
        yield return height;
        for (int below = 8; below >= 1; below /= 2)
            if (below < height) yield return below;
    }

    /// <summary>
    /// The tiles of one panel as one block: rows <c>0 .. m</c> against the <c>n</c> lanes of panel <c>p</c>, steps <c>k0 .. k0 + kn</c>. Every kernel with this tile shares it, so that
    /// a driver is one call a panel.
    /// </summary>
    public Block Panel(string name, Func<int, int, Block> tile)
    {
        var body = new List<Statement>();
        Index begin = 0;
        foreach (int height in fewRows ? Halves(shape.Height) : Heights())
        {
            // The loop over rows is inside the tile: a call for each would be a tenth of a 32³ product.
            Block Rows(int vectors)
            {
                Block one = tile(height, vectors);
                return one with { Body = (Statement[])[new For("i", "begin", "end", height, (Statement[])[new Let("ai", (Index)"a0" + "i"), new Let("ci", (Index)"c0" + "i"), .. one.Body])] };
            }
            int[] widths = Widths();
            Statement choice = Rows(widths[0]);
            for (int i = 1; i < widths.Length; i++)
                choice = new If(new Condition("n", Relation.Greater, widths[i - 1] * shape.Lanes), new[] { Rows(widths[i]) }, new[] { choice });
            string last = "i" + height.ToString(System.Globalization.CultureInfo.InvariantCulture);
            body.Add(new Let(last, begin + Index.FloorDiv("m" - begin, height) * height));
            body.Add(new If(new Condition(last, Relation.Greater, begin), new[] { new Let("begin", begin), new Let("end", last), choice }));
            begin = last;
        }
        string vectorsLeft = lanes.IsConstant ? "v" + string.Join("v", Widths()) : "";
        return new Block($"{name}_{shape.Height}x{shape.Vectors}{(Rest is { } rest ? $"r{rest}" : "")}{vectorsLeft}", body.ToArray()) { VectorBits = shape.Bits };
    }

    /// <summary>The panel of the plain dense contraction.</summary>
    public Block Panel(string initialise = "k0") => Panel("panel_" + Kind + Suffix(initialise), (height, vectors) => Tile(height, vectors, initialise));

    private string Kind => plan.Via switch { ContractVia.Fma => "f32" + (plan.UsesPlaces ? $"of{plan.Step}x{plan.StoredInStep}" : ""), ContractVia.Dot4 or ContractVia.Dot4Signed => (PlanBuilder.ByteOf(plan.Spec.X.Format) == ElementType.S8 ? "s8s8" : "u8s8") + (plan.UsesPlaces ? $"of{plan.Step}{(plan.PlacesRows > 1 ? $"v{plan.PlacesRows}" : "")}" : ""), ContractVia.Dot2 when plan.IsNative => "s16s16", ContractVia.Dot2BFloat16 => "bf16", ContractVia.IntegerMultiplyAdd => plan.Accumulator == ElementType.S64 ? "s64" : "s32", _ => "s16" };

    private bool LanesAreRows => plan.LanesAreRows;

    private string Suffix(string initialise) =>
        (plan.HasScaledGroups ? LanesAreRows ? "_rowgroups" : "_groups" : plan.ShiftsX && !LanesAreRows ? "_columns" : "")
        + (plan.UsesDot4 && !LanesAreRows ? "_sv" : "")
        + (!directVectors ? "" : ClipOfVectors == Clip.None ? "_whole" : "_direct") + (fewRows ? "_few" : "") + (ClipOfAccumulators == Clip.None ? "" : "_clip") + (initialise == "k0" ? "" : "_" + initialise);

    /// <summary>One tile; it starts from zero where <paramref name="initialise"/> is 0.</summary>
    private Block Tile(int height, int vectors, string initialise)
    {
        Statement[] body = plan.HasScaledGroups ? ScaledGroups(height, vectors) : Plain(height, vectors, initialise);
        string panel = vectors == shape.Vectors ? "" : $"of{shape.Vectors}";
        return new Block($"contract_{Kind}_{height}x{vectors}{panel}{Suffix(initialise)}", body) { VectorBits = shape.Bits, IsNative = plan.IsNative };
    }

    private Statement[] Plain(int height, int vectors, string initialise)
    {
        int width = vectors * shape.Lanes;
        string acc = plan.Tile($"acc_{height}x{width}", plan.Accumulator, height, width);
        return
        [
            new If(new Condition(initialise, Relation.Equal, 0), (Statement[])[new Fill(acc, 0), .. Compensate(acc, height, width, 0)],
                (Statement[])[new Load(acc, "c", new Index[] { "ci", "cj" }, ClipOfAccumulators), .. Regroup(acc, height, vectors)]),
            Steps(acc, height, width, 0, "kn"),
            .. Regroup(acc, height, vectors),
            new Store("c", new Index[] { "ci", "cj" }, acc, ClipOfAccumulators),
        ];
    }

    /// <summary>
    /// Rows 16r + 4q + j of a panel stand in lane 4q + r of vector j where four neighbours share their places, so that one permutation serves four vectors. This brings them in order, and order back into that:
    /// rows and columns of 4×4 change places within each 128 bits of four vectors.
    /// </summary>
    private Statement[] Regroup(string acc, int height, int vectors)
    {
        if (plan.PlacesRows == 1) return [];
        string parts = plan.Tile($"parts_{height}x{vectors}x{shape.Lanes / 4}x4", plan.Accumulator, height, vectors, shape.Lanes / 4, 4);
        return [new Transpose(parts, acc, new[] { 0, 1 }), new Transpose(acc, parts, new[] { 0, 3, 2, 1 })];
    }

    /// <summary>Integers within a group of the depth, float across groups: facc += scale[group] · (float)Σ.</summary>
    private Statement[] ScaledGroups(int height, int vectors)
    {
        int width = vectors * shape.Lanes;
        string sums = plan.Tile($"sum_{height}x{width}", ElementType.S32, height, width);
        string part = plan.Tile($"part_{height}x{width}", ElementType.F32, height, width);
        string acc = plan.Tile($"acc_{height}x{width}", ElementType.F32, height, width);
        string scale = LanesAreRows ? plan.Tile($"scale_1x{width}", ElementType.F32, 1, width) : plan.Tile($"scale_{height}x1", ElementType.F32, height, 1);
        Statement loadScale = LanesAreRows
            ? new Load(scale, "s", new Index[] { "p", "g", 0 })
            : new Load(scale, "s", new Index[] { "ai", "g" });
        return
        [
            new Fill(acc, 0),
            new For("g", 0, "groups", 1, (Statement[])[
                new Fill(sums, 0),
                .. Compensate(sums, height, width, "g"),
                new Let("kb", (Index)"g" * "gk"),
                new Let("ke", Index.Min((Index)"gk", (Index)"kn" - "kb")),
                Steps(sums, height, width, "kb", "ke"),
                loadScale,
                new Map(part, MapOp.Copy, sums),
                new Zip(part, ZipOp.Multiply, part, scale),
                new Zip(acc, ZipOp.Add, acc, part),
            ]),
            new Store("c", new Index[] { "ci", "cj" }, acc, ClipOfAccumulators),
        ];
    }

    /// <summary>Adds −128·Σw to fresh accumulators where the activations were shifted up by 128, and takes it away where they were shifted down.</summary>
    private Statement[] Compensate(string acc, int height, int width, Index group)
    {
        if (!plan.ShiftsX) return [];
        string z = LanesAreRows ? plan.Tile($"start_1x{width}", ElementType.S32, 1, width) : plan.Tile($"start_{height}x1", ElementType.S32, height, 1);
        return [LanesAreRows ? new Load(z, "z", new Index[] { "p", group, 0 }) : new Load(z, "z", new Index[] { "ai", group }), new Zip(acc, plan.SignedDots ? ZipOp.Subtract : ZipOp.Add, acc, z)];
    }

    /// <summary>Weights that stand at their places in a step: zeros lie between them.</summary>
    private For PlacedSteps(string acc, string a, string b, int height, int width, Index k, Index count)
    {
        int shared = plan.PlacesRows, rows = width / shared;
        string values = plan.Tile($"v_{shared}x{rows}x{PlanBuilder.Stored}", ElementType.S8, shared, rows, PlanBuilder.Stored), places = plan.Tile($"q_{rows}x{PlanBuilder.Stored}", ElementType.U8, 1, rows, PlanBuilder.Stored);
        return new For("k", 0, count, 1, new Statement[]
        {
            new Load(values, "b", new Index[] { "p", k, 0, 0, 0 }),
            new Load(places, "q", new Index[] { "p", k, 0, 0, 0 }),
            new Expand(b, values, places, plan.Step),
            new Load(a, "a", new Index[] { "ai", k * plan.Step }),
            new Contract(acc, a, b, plan.Via) { TransposedB = true },
        });
    }

    /// <summary>The same of binary32 in vectors: four values of each row at a time, whose places are in one lane.</summary>
    private For PlacedVectors(string acc, string a, string b, int height, int width, Index k, Index count)
    {
        int fours = plan.StoredInStep / PlanBuilder.Stored;
        string values = plan.Tile($"v_{width}x{PlanBuilder.Stored}", ElementType.F32, width, PlanBuilder.Stored), places = plan.Tile($"q_{width}x{PlanBuilder.Stored}", ElementType.U8, width, PlanBuilder.Stored);
        Index four = fours == 1 ? k : k * fours + "four";
        Statement[] products =
        [
            new Load(values, "b", new Index[] { "p", four * PlanBuilder.Stored, 0 }) { Transposed = true },
            new Load(places, "q", new Index[] { "p", four, 0, 0 }),
            new Expand(b, values, places, plan.PlacesGroup),
            new Contract(acc, a, b, plan.Via) { TransposedB = true },
        ];
        return new For("k", 0, count, 1, (Statement[])[new Load(a, "a", new Index[] { "ai", k * plan.Step }), .. fours == 1 ? products : [new For("four", 0, fours, 1, products)]]);
    }

    private For Steps(string acc, int height, int width, Index from, Index count)
    {
        int step = plan.Step;
        string a = plan.Tile($"a_{height}x{step}", plan.Compute(isWeights: !LanesAreRows), height, step);
        string b = directVectors ? plan.Tile($"b_1x{width}", ElementType.F32, 1, width) : plan.Tile($"b_{width}x{step}", plan.Compute(isWeights: LanesAreRows), width, step);
        Index k = (Index)"k0" + from + "k";
        if (plan.UsesPlacedFloats) return PlacedVectors(acc, a, b, height, width, k, count);
        if (plan.UsesPlaces) return PlacedSteps(acc, a, b, height, width, k, count);
        return new For("k", 0, count, 1, new Statement[]
        {
            directVectors ? new Load(b, "b", new Index[] { k, "bj" }, ClipOfVectors) : new Load(b, "b", new Index[] { "p", k, 0, 0 }) { ReadAhead = fewRows && height >= FewColumnsSchedule.ProductsWorthReadingAhead },
            new Load(a, "a", new Index[] { "ai", k * step }),
            new Contract(acc, a, b, plan.Via) { TransposedB = !directVectors },
        });
    }
}
