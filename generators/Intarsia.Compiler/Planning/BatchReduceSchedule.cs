using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Batch-reduce GEMM. Lanes are columns and <c>C</c> is accumulated in place. Blocks of binary32 are read where they lie, with the whole batch summed in registers; others are
/// re-laid out term by term. Term r begins <c>r·strideA</c> or <c>aOffsets[r]</c> elements into the operand; a list or raw addresses reach the driver one term at a time.
/// </summary>
internal sealed class BatchReduceSchedule
{
    private readonly PlanBuilder _plan;
    private readonly TileShape _shape;
    private readonly bool _direct;

    public BatchReduceSchedule(PlanBuilder plan)
    {
        _plan = plan;
        KernelSpec spec = plan.Spec;
        _shape = TierTable.Override(TierTable.Dense(plan.Tier, scaledGroups: false, spec.Columns, spec.Rows).Within(spec.Columns).Evenly(spec.Rows), spec, plan.Tier);
        _direct = spec.Weights.Format is (NumberFormat.Float32 or NumberFormat.TensorFloat32) && spec.X.Format is (NumberFormat.Float32 or NumberFormat.TensorFloat32);
    }

    private KernelSpec Spec => _plan.Spec;

    private BatchSpec Batch => Spec.Batch!;

    /// <summary>Sizes that only this operation has. <c>accumulate</c>: C holds a value to add to; <c>scale</c>: it is multiplied by β first; <c>finish</c>: the last term is among these.</summary>
    public static string[] Sizes(BatchSpec batch) =>
        batch.Addressing == BatchAddressing.Stride
            ? ["count", "accumulate", "scale", "finish", "aLength", "bLength", "strideA", "strideB"]
            : ["count", "accumulate", "scale", "finish", "aLength", "bLength"];

    public KernelPlan Build()
    {
        DeclareOperands();
        var epilogue = new EpilogueBuilder(_plan, _shape, lanesAreRows: false, inPlace: true);
        _plan.Reason("lanes are columns; C accumulates in place");
        _plan.Reason($"register tile {_shape}: {_shape.Height * _shape.Vectors} accumulators of {TierTable.Registers(_plan.Tier)} registers");
        _plan.Reason(_direct ? "blocks are read where they lie, the batch is summed in registers" : "each term is converted into working memory first");

        Statement body = _plan.Spread("mBegin", "mEnd", _plan.Rows, _shape.Height, _plan.Rows * _plan.Depth * (_plan.Columns + PlanBuilder.PassOfWeights) * "count", PlanBuilder.RowOverhead + (_direct ? 0 : PlanBuilder.PackOverhead),
            new Spread("pBegin", "pEnd", Index.CeilDiv(_plan.Columns, _shape.Width), 1, (Statement[])[
                new Let("m", (Index)"mEnd" - "mBegin"),
                new Let("jBegin", (Index)"pBegin" * _shape.Width),
                new Let("jEnd", Index.Min((Index)"pEnd" * _shape.Width, _plan.Columns)),
                new Phase("initialise", Initialise().ToArray()),
                Panels(_direct ? Direct() : Converted()),
                .. epilogue.Build("mBegin", "m", "jBegin", (Index)"jEnd" - "jBegin").ToArray() is { Length: > 0 } chain
                    ? [new If(new Condition("finish", Relation.Equal, 1), (Statement[])[new Let("c0", "mBegin"), new Let("cj", "jBegin"), .. chain])]
                    : Array.Empty<Statement>(),
            ])
            { Overhead = PlanBuilder.StreamOverhead + (_direct ? 0 : PlanBuilder.PackOverhead) });
        return _plan.Build([body], _shape.ToString());
    }

    private void DeclareOperands()
    {
        Index ldw = Spec.Weights.HasStride ? "ldw" : _plan.Depth, ldx = Spec.X.HasStride ? "ldx" : _plan.Columns;

        // Three dimensions over one run of elements: where the term begins, and the matrix that begins there.
        _plan.Operand(_direct ? "a" : "W", PlanBuilder.ElementOf(Spec.Weights.Format), Role.Weights, ["aLength", _plan.Rows, _plan.Depth], [1, ldw, 1]);
        _plan.Operand(_direct ? "b" : "X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, ["bLength", _plan.Depth, _plan.Columns], [1, ldx, 1]);
        _plan.Operand("c", _plan.Accumulator, Role.Y, [_plan.Rows, _plan.Columns], Spec.Y.HasStride ? "ldy" : _plan.Columns, BufferRole.InOut);
        if (Batch.Addressing == BatchAddressing.Offsets)
        {
            _plan.Operand("aOffsets", ElementType.S64, Role.BatchWeightsOffsets, ["count"]);
            _plan.Operand("bOffsets", ElementType.S64, Role.BatchXOffsets, ["count"]);
        }
        if (Batch.HasBeta) _plan.Operand("beta", ElementType.F32, Role.Beta, [1]);
        if (_direct) return;
        _plan.Scratch("a", _plan.Compute(isWeights: true), [_plan.Rows, _plan.Steps * _plan.Step]);
        _plan.Scratch("b", _plan.Compute(isWeights: false), [1, _plan.Steps, _shape.Width, _plan.Step], fixedInner: 2);
    }

    private Index Begin(string side) => Batch.Addressing switch
    {
        BatchAddressing.Stride => (Index)"r" * ("stride" + side),
        BatchAddressing.Offsets => new Index.Read(side.ToLowerInvariant() + "Offsets", new Index[] { "r" }),
        _ => 0,
    };

    /// <summary>β·C, and zeros where there is no term to write them.</summary>
    private IEnumerable<Statement> Initialise()
    {
        int lanes = _shape.Lanes;
        string v = _plan.Tile($"{(_plan.Accumulator == ElementType.S32 ? "raw" : "v")}_1x{lanes}", _plan.Accumulator, 1, lanes);
        Index[] at = ["e", "j"];
        Statement Pass(string name, params Statement[] body) =>
            new Block(name, (Statement[])[new For("e", "mBegin", "mEnd", 1, (Statement[])[new For("j", "jBegin", "jEnd", lanes, body) { Lanes = true }])]) { VectorBits = _shape.Bits };
        if (Batch.HasBeta)
        {
            string beta = _plan.Tile("betaValue_1x1", ElementType.F32, 1, 1);
            yield return new If(new Condition("scale", Relation.Equal, 1), new[]
            {
                Pass("scale_f32", new Load(beta, "beta", new Index[] { 0 }), new Load(v, "c", at, Clip.Columns), new Zip(v, ZipOp.Multiply, v, beta), new Store("c", at, v, Clip.Columns)),
            });
        }
        yield return new If(new Condition((Index)"count" + "accumulate", Relation.Equal, 0), new[]
        {
            Pass(_plan.Accumulator == ElementType.S32 ? "zero_s32" : "zero_f32", new Fill(v, 0), new Store("c", at, v, Clip.Columns)),
        });
    }

    /// <summary>Loops over panels of columns, binding <c>n0</c> and <c>n</c>.</summary>
    private For Panels(Statement[] inner) =>
        new("n0", "jBegin", "jEnd", _shape.Width, (Statement[])[new Let("n", Index.Min(_shape.Width, (Index)"jEnd" - "n0")), .. inner]);

    private Statement[] Direct()
    {
        var blocks = new ContractionBlocks(_plan, _shape, clip: true, Spec.Rows, Spec.Columns);
        return [new Let("kn", _plan.Depth), new Let("a0", "mBegin"), new Let("c0", "mBegin"), new Let("cj", "n0"), blocks.Panel($"panel_reduce_{Addressing}_f32{Ends(blocks)}", (height, vectors) => Reduce(blocks, height, vectors))];
    }

    private string Addressing => Batch.Addressing switch { BatchAddressing.Offsets => "offsets", BatchAddressing.Stride => "stride", _ => "single" };

    private static string Ends(ContractionBlocks blocks) => blocks.ClipOfAccumulators == Clip.None ? "_whole" : "";

    private Block Reduce(ContractionBlocks blocks, int height, int vectors)
    {
        int width = vectors * _shape.Lanes;
        string acc = _plan.Tile($"acc_{height}x{width}", ElementType.F32, height, width);
        string a = _plan.Tile($"a_{height}x1", ElementType.F32, height, 1), b = _plan.Tile($"b_1x{width}", ElementType.F32, 1, width);
        Statement[] body =
        [
            new If(new Condition("accumulate", Relation.Equal, 0), new Statement[] { new Fill(acc, 0) }, new Statement[] { new Load(acc, "c", new Index[] { "ci", "cj" }, blocks.ClipOfAccumulators) }),
            new For("r", 0, "count", 1, (Statement[])[
                new Let("ao", Begin("A")),
                new Let("bo", Begin("B")),
                new For("k", 0, "kn", 1, (Statement[])[
                    new Load(b, "b", new Index[] { "bo", "k", "cj" }, blocks.ClipOfVectors),
                    new Load(a, "a", new Index[] { "ao", "ai", "k" }),
                    new Contract(acc, a, b, ContractVia.Fma),
                ]),
            ]),
            new Store("c", new Index[] { "ci", "cj" }, acc, blocks.ClipOfAccumulators),
        ];
        return new Block($"reduce_{Addressing}_f32_{height}x{vectors}{Ends(blocks)}", body) { VectorBits = _shape.Bits };
    }

    private Statement[] Converted()
    {
        var blocks = new ContractionBlocks(_plan, _shape, clip: true, Spec.Rows, Spec.Columns);
        var relayoutA = new Relayout("a", new Index[] { 0, 0 }, "W", new Index[] { "ao", "mBegin", 0 }, "m", _plan.Depth) { PaddedColumns = _plan.Steps * _plan.Step };
        var relayoutB = new Relayout("b", new Index[] { 0, 0, 0, 0 }, "X", new Index[] { "bo", 0, "n0" }, _plan.Depth, "n") { Interleave = _plan.Step, PaddedColumns = _shape.Width };
        return
        [
            new For("r", 0, "count", 1, (Statement[])[
                new Let("ao", Begin("A")),
                new Let("bo", Begin("B")),
                relayoutA,
                relayoutB,
                new Let("p", 0),
                new Let("a0", 0),
                new Let("c0", "mBegin"),
                new Let("cj", "n0"),

                new Let("first", (Index)"r" + "accumulate"),
                new Let("k0", 0),
                new Let("kn", _plan.Steps),
                blocks.Panel(initialise: "first"),
            ]),
        ];
    }
}
