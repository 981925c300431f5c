using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// What the operations share that reduce each line of X and then go over it again: X and Y, passes that reduce, and the last pass, which takes each vector through the chain. A line is
/// what lies contiguously, so that lanes run along it; it stays in the first-level cache, or the second, from one pass to the next. Each pass goes over a few short lines before the next one begins:
/// what a pass leaves behind, a sum over lanes and a quotient, takes a hundred clocks that the next line fills.
/// </summary>
internal sealed class LineBlock
{
    /// <summary>Vectors that a pass sums side by side: the latency of an addition over its throughput, on the machines of every tier.</summary>
    private const int Independent = 4;

    /// <summary>Lines that a pass goes over in turn, at most.</summary>
    private const int Group = 4;

    /// <summary>Elements of the lines of a group, so that X and Y stay in the first-level cache. A longer line is alone: it hides its own latencies.</summary>
    private const int GroupElements = 3072;

    /// <summary>Elements of the lines whose last pass goes over them in stripes: they stay in the second-level cache.</summary>
    private const int StripedElements = 32768;

    /// <summary>Elements of a stripe: what every line reads there stays in the first-level cache from one line to the next. A line of up to twice as many is one stripe.</summary>
    private const int Stripe = 512;

    /// <summary>What the passes that reduce cost for an element, in multiply-adds.</summary>
    private const int PassWork = 32;

    /// <summary>What an element costs that goes through a chain, in multiply-adds: it is loaded and stored, and functions take a few dozen instructions a vector.</summary>
    public static int WorkOf(KernelSpec spec) => 16 + 32 * spec.Epilogue.Count(step => step is Tpp.Gelu or Tpp.GeluTanh or Tpp.Silu);

    private readonly PlanBuilder _plan;
    private readonly TileShape _shape;
    private readonly EpilogueSteps _steps;
    private readonly bool _lanesAreRows;
    private readonly HashSet<string> _left = new(StringComparer.Ordinal);
    private static readonly Index[] s_inGroup = [(Index)"e" - "g"];

    public LineBlock(PlanBuilder plan)
    {
        _plan = plan;
        KernelSpec spec = plan.Spec;
        _lanesAreRows = spec.X.Layout == MatrixLayout.TokenMajor;
        _shape = new TileShape(TierTable.Bits(plan.Tier), 1, 1);
        plan.Operand("X", PlanBuilder.ElementOf(spec.X.Format), Role.X, [Outer, Length], spec.X.HasStride ? "ldx" : Length);
        plan.Operand("Y", PlanBuilder.ElementOf(spec.Y.Format), Role.Y, [Outer, Length], spec.Y.HasStride ? "ldy" : Length, BufferRole.Output);
        _steps = new EpilogueSteps(plan, _shape.Lanes, _lanesAreRows);
    }

    /// <summary>Lines.</summary>
    public Index Outer => _lanesAreRows ? _plan.Columns : _plan.Rows;

    /// <summary>Elements of a line.</summary>
    public Index Length => _lanesAreRows ? _plan.Rows : _plan.Columns;

    /// <summary>Lanes of a vector.</summary>
    public int Lanes => _shape.Lanes;

    /// <summary>The tile that the last pass hands to the chain.</summary>
    public string Value => _steps.Value;

    /// <summary>A tile along a line.</summary>
    public string Tile(string name, int width, ElementType element = ElementType.F32) => _plan.Tile($"{name}_1x{width}", element, 1, width);

    /// <summary>A number of the whole line.</summary>
    public string Scalar(string name, ElementType element = ElementType.F32) => Tile(name, 1, element);

    /// <summary>A pass leaves a number of its line behind.</summary>
    public Statement Leave(string scalar) => new Store(Left(scalar), s_inGroup, scalar);

    /// <summary>A later pass takes it up again.</summary>
    public Statement TakeUp(string scalar) => new Load(scalar, Left(scalar), s_inGroup);

    private string Left(string scalar)
    {
        string name = scalar.Substring(0, scalar.LastIndexOf('_')) + "OfLine";
        if (_left.Add(name)) _plan.Scratch(name, ElementType.F32, [Group]);
        return name;
    }

    /// <summary>X at <c>j</c> of the line <c>e</c>.</summary>
    public Load LoadX(string tile, bool tail) => new(tile, "X", new Index[] { "e", "j" }, tail ? Clip.Columns : Clip.None);

    /// <summary>What a pass does with a vector, or several, at <c>j</c>.</summary>
    /// <param name="Width">Elements.</param>
    /// <param name="IsTail">They may reach past the end of the line: loads clip, and what is read there is 0.</param>
    public sealed record Place(int Width, bool IsTail);

    /// <summary>
    /// A pass that reduces: <paramref name="total"/> = the reduction over the line of the terms that <paramref name="terms"/> makes. Several vectors are combined side by side, then single ones,
    /// then the lanes that are left.
    /// </summary>
    /// <param name="total">The scalar that comes out.</param>
    /// <param name="terms">The statements that make the terms of a place, and their tile. At the tail the lanes past the end must come out neutral.</param>
    /// <param name="combine">How two terms combine.</param>
    /// <param name="reduce">The same over the lanes.</param>
    /// <param name="neutral">The value that changes nothing.</param>
    /// <param name="vectors">Vectors side by side: 1 where the terms take long to make.</param>
    public IEnumerable<Statement> Reduce(string total, Func<Place, (Statement[] Statements, string Tile)> terms, ZipOp combine, ReduceOp reduce, double neutral, int vectors = Independent)
    {
        string name = total.Substring(0, total.LastIndexOf('_')) + "Part";
        Statement[] Combine(Place place)
        {
            string part = Tile(name, place.Width);
            (Statement[] statements, string tile) = terms(place);
            return [.. statements, new Zip(part, combine, part, tile)];
        }
        int width = vectors * Lanes;
        string single = Tile(name, Lanes);
        if (vectors > 1)
        {
            yield return new Fill(Tile(name, width), neutral);
            yield return new For("j", 0, "wide", width, Combine(new Place(width, false)));
        }
        yield return new Fill(single, neutral);
        yield return new For("j", vectors > 1 ? "wide" : 0, "whole", Lanes, Combine(new Place(Lanes, false)));
        if (Lanes > 1) yield return new For("j", "whole", "jn", Lanes, Combine(new Place(Lanes, true))) { Lanes = true, Tail = true };
        if (vectors > 1) yield return new Reduce(total, reduce, Tile(name, width), 1);
        yield return new Reduce(total, reduce, single, 1, Accumulate: vectors > 1);
    }

    /// <summary>Once, before the first line: which lanes of the tail lie inside the line, and what the others are to hold.</summary>
    public Statement[] PrepareTail(double outside)
    {
        if (Lanes == 1) return [];
        string index = Tile("index", Lanes, ElementType.S32), end = Scalar("end", ElementType.S32);
        return
        [
            new Iota(index, "whole", 1),
            new Iota(end, "jn", 1),
            new Zip(Inside, ZipOp.Subtract, end, index),
            new Fill(Outside, outside),
        ];
    }

    /// <summary>Puts what <see cref="PrepareTail"/> says into the lanes past the end of the line.</summary>
    public Statement[] MaskTail(string tile, Place place) => place.IsTail ? [new Select(tile, Inside, tile, Outside)] : [];

    private string Inside => Tile("inside", Lanes, ElementType.S32);

    private string Outside => Scalar("outside");

    /// <summary>The plan: for each group of lines the passes, then the last one, in which <paramref name="last"/> makes <see cref="Value"/> at <c>o</c> of the line.</summary>
    /// <param name="name">What the text of the block depends on beside the layout, the format of X and the chain.</param>
    /// <param name="setup">Once, before the first line.</param>
    /// <param name="passes">The passes that reduce, each over a line <c>e</c>.</param>
    /// <param name="start">What the last pass does once for a line.</param>
    /// <param name="last">The value of the last pass; its loads clip.</param>
    /// <param name="shares">The last pass reads vectors that all lines share. A long line, its result and they are more than the first-level cache holds: a few lines go through it together, stripe by stripe.</param>
    public KernelPlan Build(string name, Statement[] setup, IEnumerable<Statement[]> passes, Statement[] start, Statement[] last, bool shares = false)
    {
        (IReadOnlyList<Statement> chain, string result) = _steps.Build("e", "o");
        Statement Lines(string first, Statement[] pass) => new For("e", first, first + "End", 1, pass);
        Statement End(string first, string count, string end) => new Let(first + "End", Index.Min((Index)first + count, end));
        Statement LastPass(Index from, Index to) =>
            Lines("g", [.. start, new For("o", from, to, Lanes, (Statement[])[.. last, .. chain, new Store("Y", new Index[] { "e", "o" }, result, Clip.Columns)]) { Lanes = true }]);
        Statement[] lets = [new Let("group", GroupOf("jn"))], group = [End("g", "group", "eEnd"), .. passes.Select(pass => Lines("g", pass)), LastPass(0, "jn")];
        if (shares)
        {
            Index length = Index.Max(1, "jn");
            lets =
            [
                .. lets,
                new Let("striped", Index.Max("group", Index.Min(Group, Index.FloorDiv(StripedElements, length)))),
                new Let("stripe", Index.Max(Stripe, Index.Min(1, Index.FloorDiv(2 * Stripe, length)) * (2 * Stripe))),
            ];
            group =
            [
                End("g", "striped", "eEnd"),
                new For("h", "g", "gEnd", "group", (Statement[])[End("h", "group", "gEnd"), .. passes.Select(pass => Lines("h", pass))]),
                new For("s", 0, "jn", "stripe", (Statement[])[End("s", "stripe", "jn"), LastPass("s", "sEnd")]),
            ];
        }
        string block = $"{name}_{(_lanesAreRows ? "rows" : "columns")}_{NumberFormats.Name(_plan.Spec.X.Format)}_{_steps.Name}";
        return _plan.Build(
            [
                _plan.Spread("eBegin", "eEnd", Outer, 1, Outer * Length * (PassWork + WorkOf(_plan.Spec)), overhead: 0,
                    new Let("jn", Length),
                    new Block(block, (Statement[])
                    [
                        new Let("wide", Whole(Independent * Lanes)), new Let("whole", Whole(Lanes)), .. lets,
                        .. setup,
                        new For("g", "eBegin", "eEnd", shares ? "striped" : "group", group),
                    ]) { VectorBits = _shape.Bits }),
            ],
            _shape.ToString());
    }

    /// <summary>Lines of a group.</summary>
    public static Index GroupOf(Index length) => Index.Max(1, Index.Min(Group, Index.FloorDiv(GroupElements, Index.Max(1, length))));

    private static Index Whole(int width) => Index.FloorDiv("jn", width) * width;
}
