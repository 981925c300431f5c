using System.Globalization;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <content>
/// Split-K. The first spread goes over slices of the depth: the same blocks as ever leave the sums of each slice in working memory that the call has in common. The second goes over the lines of the output: it adds the slices
/// pairwise, neighbours first, then pairs of neighbours and so on, and runs the epilogue on what the first slice holds then.
/// </content>
internal sealed partial class PanelSchedule
{
    private bool IsSliced => _slices.Count > 1;

    /// <summary>Lanes of the output in whole panels.</summary>
    private Index PaddedLanes => Index.CeilDiv(Lanes, _shape.Width) * _shape.Width;

    private IEnumerable<Statement> Slices(EpilogueBuilder epilogue, Side broadcast, Side vectors, bool broadcastReady, bool panelsReady, int outerBlock, Index panels, Index work)
    {
        int count = _slices.Count;
        _plan.Reason($"the depth is cut into {count.ToString(CultureInfo.InvariantCulture)} slices that threads sum apart, whatever their number; a tree adds the slices");
        DepthSlice slice = DepthSlices.Part(_plan, "kFirst", "kLast");
        Statement[] products =
        [
            .. broadcastReady ? Array.Empty<Statement>() : [broadcast.RelayoutBroadcast(0, Outer, slice)],
            Panels(0, panels, [.. panelsReady ? [] : PackPanel(vectors, slice), Blocks(0, Outer, outerBlock, Passes(p: panelsReady ? "panel" : 0))]),
        ];
        Index first = (Index)"slice" * _slices.Steps;
        yield return _plan.Spread("sBegin", "sEnd", count, 1, work, 0, new For("slice", "sBegin", "sEnd", 1, (Statement[])[
            new Let("kFirst", _plan.Steps is Index.Const ? first : Index.Min(first, _plan.Steps)),
            new Let("kLast", Index.Min((Index)"kFirst" + _slices.Steps, _plan.Steps)),
            new Let("u0", (Index)"slice" * Outer),
            new Let("un", Outer),
            new Let("zn", PaddedLanes),
            Lines("zero", v => [new Fill(v("sum"), 0), new Store("c", new Index[] { (Index)"u0" + "e", "j" }, v("sum"))]),
            // A slice of a depth that is known at the call only may have nothing.
            .. _plan.Steps is Index.Const ? products : [new If(new Condition("kFirst", Relation.Less, "kLast"), products)],
        ]));

        Index adds = count * Outer * PaddedLanes;
        yield return _plan.Spread("eBegin", "eEnd", Outer, 1, adds, 0, [
            new Let("un", (Index)"eEnd" - "eBegin"),
            new Let("zn", PaddedLanes),
            .. Tree(count),
            new Let("c0", "eBegin"),
            new Let("cj", 0),
            .. epilogue.Build("eBegin", "un", 0, Lanes),
        ]);
    }

    /// <summary>The passes of one panel over a slice. Sums begin at 0 in memory; the pass that begins at step 0 starts by itself, at what shifted activations make of it.</summary>
    private Statement[] Passes(Index p) =>
    [
        new Let("p", p),
        new Let("a0", "t0"),
        new Let("c0", (Index)"u0" + "t0"),
        new Let("cj", "n0"),
        new Let("m", "tn"),
        new For("k0", "kFirst", "kLast", _depthBlock, (Statement[])[new Let("kn", Index.Min(_depthBlock, (Index)"kLast" - "k0")), .. Panel(TileBlocks())]),
    ];

    /// <summary>Adds slices 1, 3, 5 … to 0, 2, 4 …, then 2, 6 … to 0, 4 … and so on, until slice 0 holds the sum of all.</summary>
    private IEnumerable<Statement> Tree(int count)
    {
        for (int apart = 1; apart < count; apart *= 2)
        {
            yield return new For("slice", 0, count - apart, 2 * apart, (Statement[])[
                new Let("u0", (Index)"slice" * Outer + "eBegin"),
                new Let("v0", ((Index)"slice" + apart) * Outer + "eBegin"),
                Lines("add", v => [
                    new Load(v("sum"), "c", new Index[] { (Index)"u0" + "e", "j" }),
                    new Load(v("other"), "c", new Index[] { (Index)"v0" + "e", "j" }),
                    new Zip(v("sum"), ZipOp.Add, v("sum"), v("other")),
                    new Store("c", new Index[] { (Index)"u0" + "e", "j" }, v("sum")),
                ]),
            ]);
        }
    }

    /// <summary>A block over <c>un</c> lines of sums of <c>zn</c> lanes each.</summary>
    private Block Lines(string name, Func<Func<string, string>, Statement[]> body)
    {
        string Line(string tile) => _plan.Tile($"{tile}_1x{_shape.Lanes.ToString(CultureInfo.InvariantCulture)}", _plan.Accumulator, 1, _shape.Lanes);
        return new Block($"{name}_slice_{_plan.Accumulator.ToString().ToLowerInvariant()}", (Statement[])[new For("e", 0, "un", 1, (Statement[])[new For("j", 0, "zn", _shape.Lanes, body(Line))])]) { VectorBits = _shape.Bits };
    }
}
