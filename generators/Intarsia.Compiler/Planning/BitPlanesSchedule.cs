using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Planes times planes (APNN-TC; Feng et al., SC'21, section 3): with codes w and x of weights and activations, Σ w·x = Σ_ij 2^(i+j) · |w_i ∧ x_j|, the bits that planes have in common. What codes leave out is affine: where planes
/// are signs, a number is twice its code and an integer β; where there are zero points, β less those. So Σ W·X = a·b·Σ w·x + β_x·a·Σ w + β_w·Σ X, of which the second comes with the weights and the third takes the sum of a column.
/// Lanes are rows. X is cut into planes as it comes, or lies in planes already: what a kernel left that quantised its Y and packed that, a region at a time.
/// </summary>
internal sealed class BitPlanesSchedule
{
    /// <summary>Columns that are cut into planes at once.</summary>
    private const int ColumnsAtOnce = 16;

    /// <summary>Panels between two runs of the epilogue, at least.</summary>
    private const int LeastPanelsAtOnce = 4;

    /// <summary>Pairs of words that a turn of the innermost loop intersects, at most: more would be longer code, and hardly fewer instructions.</summary>
    private const int PairsOfTurn = 64;

    private readonly PlanBuilder _plan;
    private readonly TileShape _shape;
    private readonly bool _turned;
    private readonly bool _inPlace;
    private readonly bool _readsPlanes;
    private readonly bool _writesPlanes;
    private readonly NumberFormatRow _weights;
    private readonly NumberFormatRow _x;

    public BitPlanesSchedule(PlanBuilder plan)
    {
        _plan = plan;
        _weights = NumberFormats.Get(Spec.Weights.Format);
        _x = NumberFormats.Get(Spec.X.Format);
        _shape = Shape(plan);
        _readsPlanes = Spec.X.Layout == MatrixLayout.BitPlanes;
        _writesPlanes = Spec.Y.Layout == MatrixLayout.BitPlanes;
        _turned = Spec.Y.Layout == MatrixLayout.RowMajor;
        _inPlace = !_turned && !_writesPlanes && PlanBuilder.ElementOf(Spec.Y.Format) == plan.Accumulator;
    }

    /// <summary>Whether planes are multiplied as planes: dense weights, sums of 32 bits, and no scales within a row. All others are multiplied as the integers that they are.</summary>
    public static bool Fits(KernelSpec spec) =>
        spec.Operation == Operation.Gemm && NumberFormats.IsBitPlanes(spec.Weights.Format) && NumberFormats.IsBitPlanes(spec.X.Format) && spec.Weights is { Storage: WeightStorage.Packed, Scale: not Per.Group }
        && spec.Accumulator != Intarsia.Accumulator.Int64;

    private KernelSpec Spec => _plan.Spec;

    /// <summary>Rows of a panel.</summary>
    private int Width => _shape.Width;

    /// <summary>Panels that end where a word of a packed Y does: no two threads write to one.</summary>
    private int Grain
    {
        get
        {
            int panels = 1;
            while (_writesPlanes && panels * Width % SplitPlanes.WordBits != 0) panels++;
            return panels;
        }
    }

    private int PanelsAtOnce => (LeastPanelsAtOnce + Grain - 1) / Grain * Grain;

    private Index Words => Index.CeilDiv(_plan.Depth, SplitPlanes.WordBits);

    /// <summary>The depth, or the one zero whose sum is 0 where there is none.</summary>
    private Index SomeDepth => Index.Max(_plan.Depth, 1);

    /// <summary>What a bit of the lowest planes counts: a sign is twice its bit, less one.</summary>
    private int LeastTimes => (_weights.HasSignPlanes ? 2 : 1) * (_x.HasSignPlanes ? 2 : 1);

    /// <summary>A weight of code 0 is not 0.</summary>
    private bool HasOffsets => _weights.HasSignPlanes || Spec.Weights.Asymmetric;

    /// <summary>An activation of code 0 is not 0.</summary>
    private bool HasCompensation => _x.HasSignPlanes;

    /// <summary>One column at a time: a panel's planes stay in the first-level cache for the next. Two vectors of rows share what is spread of a column, unless planes are so many that their products fill a turn alone.</summary>
    private static TileShape Shape(PlanBuilder plan)
    {
        int bits = TierTable.Bits(plan.Tier), pairs = NumberFormats.Get(plan.Spec.Weights.Format).BitPlanes * NumberFormats.Get(plan.Spec.X.Format).BitPlanes;
        TileShape shape = TierTable.Override(new TileShape(bits, 1, bits == 512 && pairs <= 4 ? 2 : 1), plan.Spec, plan.Tier);
        // Longer code than this takes the compiler longer than it can gain.
        while (shape.Height > 1 && pairs * shape.Height * shape.Vectors > 2 * PairsOfTurn) shape = shape with { Height = shape.Height - 1 };
        while (shape.Vectors > 1 && pairs * shape.Vectors > 2 * PairsOfTurn) shape = shape with { Vectors = shape.Vectors - 1 };
        return shape;
    }

    public KernelPlan Build()
    {
        DeclareOperands();
        var epilogue = new EpilogueBuilder(_plan, _shape, lanesAreRows: !_turned, _inPlace, _turned ? "d" : "c", _writesPlanes ? "codes" : "Y");
        _plan.Reason($"{_weights.BitPlanes} planes of {Kind(_weights)} times {_x.BitPlanes} of {Kind(_x)}: bits in common are counted, {_weights.BitPlanes * _x.BitPlanes} words for each of the weights' {SplitPlanes.WordBits} depths");

        Statement[] panels =
        [
            new Let("pn", Index.Min((Index)"p0" + PanelsAtOnce, "pEnd")),
            new Let("n0", (Index)"p0" * Width),
            new Let("n", Index.Min((Index)"pn" * Width, _plan.Rows) - "n0"),
            new Let("cj", _inPlace ? "n0" : 0),
            new For("p", "p0", "pn", 1, (Statement[])[new Let("cp", (Index)"cj" + ((Index)"p" - "p0") * Width), .. Passes()]),
            .. Finish(epilogue),
        ];
        Statement[] columns =
        [
            new Let("cn", Index.Min(ColumnsAtOnce, _plan.Columns - "cb")),
            new Let("c0", _inPlace ? "cb" : 0),
            .. Split(),
            new For("p0", "pBegin", "pEnd", PanelsAtOnce, panels),
        ];
        Index work = _plan.Rows * _plan.Depth * (_plan.Columns + PlanBuilder.PassOfWeights);
        Spread spread = _plan.Spread("pBegin", "pEnd", Index.CeilDiv(_plan.Rows, Width), Grain, work, PlanBuilder.StreamOverhead, new Let("words", Words), new For("cb", 0, _plan.Columns, ColumnsAtOnce, columns));
        return _plan.Build([spread], $"{_shape}, {_weights.BitPlanes}x{_x.BitPlanes} planes");
    }

    private static string Kind(NumberFormatRow row) => row.HasSignPlanes ? "signs" : "bits";

    private void DeclareOperands()
    {
        Index panels = Index.CeilDiv(_plan.Rows, Width);
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.BitPanel, Width, _weights.BitPlanes, -_x.Min, part);
        _plan.Prepared(ElementType.S32, Part("w", PreparedPart.Values), 2, panels, Words, _weights.BitPlanes, Width);
        if (HasOffsets) _plan.Prepared(ElementType.S32, Part("o", PreparedPart.Offsets), 1, panels, Width);
        if (HasCompensation) _plan.Prepared(ElementType.S32, Part("r", PreparedPart.Compensation), 1, panels, Width);

        DeclareX();
        if (HasOffsets) _plan.Scratch("z", ElementType.S32, [ColumnsAtOnce, 1]);

        NumberFormatRow result = NumberFormats.Get(Spec.Y.Format);
        Index[] y = _writesPlanes ? [_plan.Columns, Index.CeilDiv(_plan.Rows, SplitPlanes.WordBits) * result.BitPlanes] : _turned ? [_plan.Rows, _plan.Columns] : [_plan.Columns, _plan.Rows];
        if (_writesPlanes) _plan.Scratch("codes", ElementType.U8, [ColumnsAtOnce, PanelsAtOnce * Width]);
        _plan.Operand(_inPlace ? "c" : "Y", _writesPlanes ? ElementType.S32 : PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, y, Spec.Y.HasStride ? "ldy" : y[1], _inPlace ? BufferRole.InOut : BufferRole.Output);
        if (!_inPlace) _plan.Scratch("c", _plan.Accumulator, [ColumnsAtOnce, PanelsAtOnce * Width]);
        if (_turned) _plan.Scratch("d", _plan.Accumulator, [PanelsAtOnce * Width, ColumnsAtOnce]);
    }

    private void DeclareX()
    {
        Index words = Words * _x.BitPlanes;
        if (_readsPlanes)
        {
            _plan.Operand("t", ElementType.S32, Role.X, [_plan.Columns, words], Spec.X.HasStride ? "ldx" : words);
            return;
        }
        Index[] x = Spec.X.Layout == MatrixLayout.TokenMajor ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, x, Spec.X.HasStride ? "ldx" : x[1]);
        _plan.Scratch("a", ElementType.S16, [ColumnsAtOnce, SomeDepth]);
        _plan.Scratch("t", ElementType.S32, [ColumnsAtOnce, words]);
    }

    /// <summary>The columns of X one after the other, their planes and, where a weight of code 0 is not 0, their sums.</summary>
    private IEnumerable<Statement> Split()
    {
        if (_readsPlanes)
        {
            if (HasOffsets) yield return new SumPlanes("z", "t", "cb", "cn", _plan.Depth, _x.BitPlanes, _x.HasSignPlanes);
            yield break;
        }
        yield return Spec.X.Layout == MatrixLayout.TokenMajor
            ? new Relayout("a", new Index[] { 0, 0 }, "X", new Index[] { "cb", 0 }, "cn", _plan.Depth) { PaddedColumns = SomeDepth }
            : new Relayout("a", new Index[] { 0, 0 }, "X", new Index[] { 0, "cb" }, _plan.Depth, "cn") { Transposed = true, PaddedColumns = SomeDepth };
        yield return new SplitPlanes("t", "a", "cn", _plan.Depth, _x.BitPlanes, _x.HasSignPlanes);
        if (HasOffsets) yield return new SumRuns("z", "a", "cn", SomeDepth, SomeDepth, 1);
    }

    /// <summary>What makes the result of the accumulators, which lie as the columns do; where Y has rows for lines they are turned first.</summary>
    private Statement[] Finish(EpilogueBuilder epilogue) => _writesPlanes
        ? [.. epilogue.Build(outerBegin: "cb", outerCount: "cn", lanesBegin: "n0", lanesCount: "n"), Pack()]
        : !_turned
        ? [.. epilogue.Build(outerBegin: "cb", outerCount: "cn", lanesBegin: "n0", lanesCount: "n")]
        : [new Relayout("d", new Index[] { 0, 0 }, "c", new Index[] { 0, 0 }, "cn", "n") { Transposed = true, PaddedColumns = ColumnsAtOnce }, new Let("dj", 0), .. epilogue.Build(outerBegin: "n0", outerCount: "n", lanesBegin: "cb", lanesCount: "cn")];

    /// <summary>What the epilogue left as codes goes to Y in planes: those of a region lie in the first-level cache, and nothing but words leaves it.</summary>
    private SplitPlanes Pack()
    {
        int planes = NumberFormats.Get(Spec.Y.Format).BitPlanes;
        return new SplitPlanes("Y", "codes", "cn", "n", planes, AreSigns: false) { DestinationAt = new[] { "cb", Index.FloorDiv("n0", SplitPlanes.WordBits) * planes }, Saturates = true };
    }

    /// <summary>The columns in passes of the tallest tile, then of halves of it.</summary>
    private IEnumerable<Statement> Passes()
    {
        Index begin = 0;
        for (int height = _shape.Height; height >= 1; height /= 2)
        {
            string last = "i" + Text(height);
            yield return new Let(last, begin + Index.FloorDiv("cn" - begin, height) * height);
            yield return new If(new Condition(last, Relation.Greater, begin), new Statement[] { new Let("begin", begin), new Let("end", last), Pass(height) });
            begin = last;
        }
    }

    private Block Pass(int height)
    {
        string parts = $"{(HasOffsets ? "o" : "")}{(HasCompensation ? "k" : "")}";
        string name = $"bits{Text(_weights.BitPlanes)}x{Text(_x.BitPlanes)}_times{Text(LeastTimes)}{parts}_{Text(height)}x{Text(_shape.Vectors)}{(_readsPlanes ? "_packed" : "")}{(_inPlace ? "_clip" : "")}";
        return new Block(name, new Statement[] { new For("i", "begin", "end", height, Tile(height)) }) { VectorBits = _shape.Bits };
    }

    private Statement[] Tile(int height)
    {
        string acc = _plan.Tile($"acc_{Text(height)}x{Text(Width)}", ElementType.S32, height, Width);
        var pairs = new List<Statement>();
        for (int j = 0; j < _x.BitPlanes; j++) pairs.Add(new Load(Activations(j), "t", new Index[] { _readsPlanes ? (Index)"cb" + "i" : "i", (Index)"k" * _x.BitPlanes + j }));
        for (int i = 0; i < _weights.BitPlanes; i++)
        {
            string weights = _plan.Tile($"w{Text(i)}_1x{Text(Width)}", ElementType.S32, 1, Width);
            pairs.Add(new Load(weights, "w", new Index[] { "p", "k", i, 0 }));
            for (int j = 0; j < _x.BitPlanes; j++) pairs.Add(new Contract(acc, Activations(j), weights, ContractVia.BitPlanes) { Times = LeastTimes << (i + j) });
        }
        return
        [
            new Fill(acc, 0),
            new For("k", 0, "words", 1, pairs.ToArray()) { Unroll = Math.Max(1, Math.Min(16, PairsOfTurn / (_weights.BitPlanes * _x.BitPlanes * height * _shape.Vectors))) },
            .. HasCompensation ? Compensation(acc) : [],
            .. HasOffsets ? Offsets(acc, height) : [],
            new Store("c", new[] { (Index)"c0" + "i", "cp" }, acc, _inPlace ? Clip.Columns : Clip.None),
        ];

        string Activations(int j) => _plan.Tile($"x{Text(j)}_{Text(height)}x1", ElementType.S32, height, 1);
    }

    /// <summary>acc += β_x·a·Σw, which came with the weights.</summary>
    private Statement[] Compensation(string acc)
    {
        string sums = _plan.Tile($"ofRows_1x{Text(Width)}", ElementType.S32, 1, Width);
        return [new Load(sums, "r", new Index[] { "p", 0 }), new Zip(acc, ZipOp.Add, acc, sums)];
    }

    /// <summary>acc += β_w·ΣX.</summary>
    private Statement[] Offsets(string acc, int height)
    {
        string shift = _plan.Tile($"shift_{Text(height)}x{Text(Width)}", ElementType.S32, height, Width), offset = _plan.Tile($"offset_1x{Text(Width)}", ElementType.S32, 1, Width), total = _plan.Tile($"total_{Text(height)}x1", ElementType.S32, height, 1);
        return
        [
            new Load(total, "z", new Index[] { "i", 0 }),
            new Load(offset, "o", new Index[] { "p", 0 }),
            new Zip(shift, ZipOp.Multiply, offset, total),
            new Zip(acc, ZipOp.Add, acc, shift),
        ];
    }

    private static string Text(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
