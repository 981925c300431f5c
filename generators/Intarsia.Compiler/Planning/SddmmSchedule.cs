using System.Globalization;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// A sampled product: for each vector group of the result, the dot products of its rows of A with the rows of B that its entries name. Lanes run along the depth, which both operands have contiguous, or are given in working memory;
/// the lanes of several accumulators are added up together. The sums of a run of entries stay in working memory until the chain takes them to the values of the result. A new pattern needs to
/// say where its entries stand, and nothing here.
/// </summary>
internal sealed class SddmmSchedule(PlanBuilder plan)
{
    /// <summary>Entries whose sums wait for the chain: with 16 rows, half of a first-level cache.</summary>
    private const int Run = 256;

    /// <summary>Turning the whole of B, in hundredths of the products of one group: an estimate, that of eight groups, and not measured. It decides how many threads are worth it, and no number of the result.</summary>
    private const int TurnOverhead = 800;

    private readonly int _vector = plan.Spec.Pattern.VectorLength;
    private readonly (int Rows, int Entries) _tile = TierTable.Sampled(plan.Tier, plan.Spec.Pattern.VectorLength);
    private readonly int _bits = TierTable.Bits(plan.Tier);

    /// <summary>The same of the dot products.</summary>
    private readonly int _dotBits = plan.UsesSampledDots ? TierTable.DotBits(plan.Tier) : TierTable.Bits(plan.Tier);

    private KernelSpec Spec => plan.Spec;

    private bool Integers => Spec.IsIntegerContraction;

    private int Lanes => _bits / 32;

    /// <summary>Elements of the depth in one vector of dot products: bytes in fours, 16-bit integers in pairs, or what fills a lane.</summary>
    private int Step => _dotBits / 32 * (plan.UsesSampledDots ? 4 : Factor(A) == ElementType.S16 ? 2 : 1);

    /// <summary>Rows of A that are brought into the order of the depth together: neighbours in memory, which share its cache lines.</summary>
    private int Panel => 16 / _vector * _vector;

    private bool TurnsA => Spec.TurnedFactors.A;

    private bool TurnsB => Spec.TurnedFactors.B;

    /// <summary>Whether A is read from working memory: it lies across the depth, or two elements to a byte.</summary>
    private bool StagesA => TurnsA || IsNibble(A);

    private bool StagesB => TurnsB || IsNibble(B);

    private ElementType A => PlanBuilder.ElementOf(Spec.Weights.Format);

    private ElementType B => PlanBuilder.ElementOf(Spec.X.Format);

    /// <summary>Entries whose sums wait together: no more than stand beside each other in a block.</summary>
    private bool HasBlocks => Spec.Pattern.Kind == Pattern.Bsr;

    /// <summary>What the products take of a factor.</summary>
    private ElementType Factor(ElementType element) =>
        !Integers ? ElementType.F32 : plan.IsWide ? ElementType.S32 : !plan.UsesSampledDots ? ElementType.S16 : element == ElementType.U8 ? ElementType.U8 : ElementType.S8;

    private ContractVia Via => !plan.UsesSampledDots ? plan.Via : (A, B) is (ElementType.U8, _) or (_, ElementType.U8) ? ContractVia.Dot4 : ContractVia.Dot4Signed;

    private static bool IsNibble(ElementType element) => element is ElementType.S4 or ElementType.U4;

    public KernelPlan Build()
    {
        DeclareFactors();
        SampledLine line = SampledLine.Declare(plan, "p", "end", rowOfGroup: "i", height: 1, Lanes);
        plan.Scratch("d", plan.Accumulator, [_vector, Run], fixedInner: 1);
        var steps = new EpilogueSteps(plan, Lanes, lanesAreRows: false) { Sampled = line };
        string tile = string.Format(CultureInfo.InvariantCulture, "{0}x{1} dot products, vectors of {2} bits", _tile.Rows, _tile.Entries, _dotBits);
        plan.Reason($"{Spec.Y.Pattern} result: {tile} along the depth");
        plan.Reason($"sums of {Run} entries at a time, then the chain");

        Statement[] run =
        [
            new Let("n", Index.Min(Run, (Index)(HasBlocks ? "blockEnd" : "e1") - "e0")),
            new Let("end", (Index)"e0" + "n"),
            Dots(),
            Finish(steps, line),
        ];
        Statement[] group =
        [
            new Let("row", (Index)"group" * _vector),
            new Let("line", StagesA ? (Index)"row" - "first" : "row"),
            new Let("present", _vector == 1 ? 1 : Index.Min(_vector, plan.Rows - "row")),
            new Let("e1", SampledLine.Bound((Index)"group" * 2 + 1)),
            HasBlocks
                ? new For("block", SampledLine.Bound((Index)"group" * 2), "e1", Spec.Pattern.BlockColumns, (Statement[])[new Let("blockEnd", Index.Min((Index)"block" + Spec.Pattern.BlockColumns, "e1")), new For("e0", "block", "blockEnd", Run, run)])
                : new For("e0", SampledLine.Bound((Index)"group" * 2), "e1", Run, run),
        ];
        return plan.Build([Cut(group)], tile);
    }

    /// <summary>Factors that lie across the depth are brought into its order in working memory: the dot products are the same for every order. So are those that lie two to a byte, as elements.</summary>
    private void DeclareFactors()
    {
        if (StagesA)
        {
            Declare("A", A, Role.Weights, plan.Rows, TurnsA, Spec.Weights.HasStride ? "ldw" : null);
            plan.Scratch("W", Staged(A), [Panel, plan.Depth]);
            plan.Reason(TurnsA ? $"A is token-major: {Panel} rows of it at a time are brought into the order of the depth" : $"A has two elements to a byte: {Panel} rows of it at a time are unpacked");
        }
        else
        {
            Declare("W", A, Role.Weights, plan.Rows, turned: false, Spec.Weights.HasStride ? "ldw" : null);
        }
        if (StagesB)
        {
            Declare("B", B, Role.X, plan.Columns, TurnsB, Spec.X.HasStride ? "ldx" : null);
            plan.Scratch("X", Staged(B), [plan.Columns, plan.Depth]);
            plan.Reason(TurnsB ? "B is row-major: every thread brings it into the order of the depth first" : "B has two elements to a byte: every thread unpacks it first");
        }
        else
        {
            Declare("X", B, Role.X, plan.Columns, turned: false, Spec.X.HasStride ? "ldx" : null);
        }
    }

    private void Declare(string name, ElementType element, Role role, Index extent, bool turned, string? stride)
    {
        Index[] shape = turned ? [plan.Depth, extent] : [extent, plan.Depth];
        plan.Operand(name, element, role, shape, stride is null ? shape[1] : stride);
    }

    /// <summary>Brings rows of a factor into working memory.</summary>
    private Relayout Stage(string to, string from, bool turned, Index first, Index rows) => turned
        ? new Relayout(to, new Index[] { 0, 0 }, from, new Index[] { 0, first }, plan.Depth, rows) { Transposed = true }
        : new Relayout(to, new Index[] { 0, 0 }, from, new Index[] { first, 0 }, rows, plan.Depth);

    /// <summary>The groups, cut among threads. Where they all need their own copy of B, none makes more than one; where rows of A are brought there together, they stay together.</summary>
    private Spread Cut(Statement[] group)
    {
        int grain = StagesA ? Panel / _vector : 1;
        Statement[] groups = !StagesA ? [new For("group", "gBegin", "gEnd", 1, group)] :
        [
            new For("panel", "gBegin", "gEnd", grain, (Statement[])
            [
                new Let("first", (Index)"panel" * _vector),
                Stage("W", "A", TurnsA, "first", Index.Min(Panel, plan.Rows - "first")),
                new For("group", "panel", Index.Min((Index)"panel" + grain, "gEnd"), 1, group),
            ]),
        ];
        Statement[] body = [new Let("kn", plan.Depth), .. groups];
        if (StagesB) body = [new Spread("bBegin", "bEnd", 1, 1, (Statement[])[Stage("X", "B", TurnsB, 0, plan.Columns), .. body]) { Overhead = TurnOverhead }];
        return plan.Spread("gBegin", "gEnd", SampledLine.Groups(plan), grain, (Index)KernelPlan.StoredSize * plan.Depth, overhead: StagesA ? PlanBuilder.RowOverhead : 0, body);
    }

    /// <summary>The dot products of a run, without a mask: what lies past its end takes the first row of B, and nothing reads its sums.</summary>
    private Block Dots()
    {
        string index = plan.Tile($"entry_{_tile.Entries}", ElementType.S32, _tile.Entries);
        Statement[] rows = _tile.Rows == 1
            ? [new Let("i", 0), .. Tile(1, index)]
            :
            [
                new Let("whole", Index.FloorDiv("present", _tile.Rows) * _tile.Rows),
                new For("i", 0, "whole", _tile.Rows, Tile(_tile.Rows, index)),
                new For("u", "whole", "present", 1, (Statement[])[new Let("i", "u"), .. Tile(1, index)]),
            ];
        Statement[] body = [new For("e", 0, "n", _tile.Entries, (Statement[])[new Load(index, SampledLine.Columns, new[] { (Index)"e0" + "e" }, Clip.Columns) { Until = "end" }, .. rows])];
        string kind = plan.UsesSampledDots ? "_fours" : Sum == ElementType.S64 ? "_long" : plan.IsWide ? "_wide" : "";
        string name = string.Format(CultureInfo.InvariantCulture, "dots_{0}_{1}_{2}x{3}{4}", Short(StagesA ? Staged(A) : A), Short(StagesB ? Staged(B) : B), _tile.Rows, _tile.Entries, kind);
        return new Block(name, body) { VectorBits = _dotBits };
    }

    private Statement[] Tile(int height, string index)
    {
        string acc = plan.Tile($"dot_{height}x{_tile.Entries}", Sum, height, _tile.Entries);
        string w = plan.Tile($"w_{height}x{Step}", Factor(A), height, Step), x = plan.Tile($"x_{_tile.Entries}x{Step}", Factor(B), _tile.Entries, Step);
        return
        [
            new Fill(acc, 0),
            new For("k", 0, "kn", Step, new Statement[]
            {
                new Load(w, "W", new[] { (Index)"line" + "i", "k" }, Clip.Columns),
                new Gather(x, "X", index, new Index[] { "k" }) { Clip = Clip.Columns },
                new Contract(acc, w, x, Via) { TransposedB = true },
            })
            { Lanes = true },
            new Store("d", new Index[] { "i", "e" }, acc),
        ];
    }

    /// <summary>The chain on the sums of a run, and the values of the result.</summary>
    private Block Finish(EpilogueSteps steps, SampledLine line)
    {
        (IReadOnlyList<Statement> chain, string result) = steps.Build((Index)"row" + "i", "p");
        Statement[] vector =
        [
            new Let("p", (Index)"e0" + "e"),
            new Load(steps.Start, "d", new Index[] { "i", "e" }, Clip.Columns) { Until = "n" },
            .. line.Find(),
            .. chain,
            line.Write(result, Clip.Columns),
        ];
        string name = $"sampled_{SampledLine.Name(Spec.Pattern)}_{steps.Name}{(Sum == ElementType.S64 ? "_long" : "")}";
        return new Block(name, (Statement[])[new For("i", 0, "present", 1, (Statement[])[new For("e", 0, "n", Lanes, vector) { Lanes = true }])]) { VectorBits = _bits };
    }

    /// <summary>What a factor is in working memory: floats are widened on the way, bytes stay as they are, and all else is what the products take.</summary>
    private ElementType Staged(ElementType element) => element is ElementType.S8 or ElementType.U8 ? element : Factor(element);

    private ElementType Sum => plan.Accumulator;

    /// <summary>CPUs read all bits of a TensorFloat-32, so that it shares the methods of binary32, as a float does that has been brought into order.</summary>
    private static string Short(ElementType element) => element.ToString().ToLowerInvariant();
}
