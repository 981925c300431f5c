using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Binary-coded weights times any activations, by tables (LUT-GEMM; Park et al., ICLR'24): the sixteen signed sums of each four activations are made once for a column and serve all rows, four signs of a plane name one of them, and α is
/// multiplied with what a scale group adds up to. No weight is ever made a number. Lanes are rows.
/// </summary>
internal sealed class PlanesSchedule
{
    /// <summary>Columns whose tables are made at once: more would not stay in the second-level cache.</summary>
    private const int ColumnsAtOnce = 16;

    /// <summary>Activations of a table: their signs are one code.</summary>
    private const int CodeBits = 4;

    /// <summary>Codes of a 32-bit lane, and the depth that they stand for.</summary>
    private const int Codes = 8, WordDepth = Codes * CodeBits;

    /// <summary>Panels between two runs of the epilogue.</summary>
    private const int PanelsAtOnce = 4;

    private readonly PlanBuilder _plan;
    private readonly TileShape _shape;
    private readonly bool _turned;
    private readonly bool _inPlace;
    private readonly bool _native;
    private readonly int _planes;

    public PlanesSchedule(PlanBuilder plan)
    {
        _plan = plan;
        // The tile of machine code fills its registers; a user's runs as managed code.
        _native = plan.IsNative && Spec.Tiles.All(tile => tile.Tier != plan.Tier);
        _shape = _native ? new TileShape(512, 1, 4) : TierTable.Override(Shape(plan.Tier), Spec, plan.Tier);
        _turned = Spec.Y.Layout != MatrixLayout.TokenMajor;
        _inPlace = !_turned && PlanBuilder.ElementOf(Spec.Y.Format) == plan.Accumulator;
        _planes = Math.Max(1, NumberFormats.Get(Spec.Weights.Format).Planes);
    }

    /// <summary>Whether the weights are planes of signs.</summary>
    public static bool Fits(KernelSpec spec) => spec.IsContraction && NumberFormats.IsBinaryCoded(spec.Weights.Format);

    /// <summary>
    /// Whether a few columns of other weights take fewer instructions so: those of one bit, −1 or 1, are one plane. Beside the products of their bytes a table is half of the instructions, beside those of floats a third; for two
    /// bits it is as many. Narrower vectors hold no table of 32-bit sums.
    /// </summary>
    public static bool ServesFew(KernelSpec spec, Tier tier) =>
        spec.Operation == Operation.Gemm && spec.Weights is { Format: NumberFormat.Binary, Storage: WeightStorage.Packed } && spec.Y.Layout == MatrixLayout.TokenMajor && spec.Accumulator != Intarsia.Accumulator.Int64
        && !(spec.Columns.IsConstant && spec.Columns.Constant > FewColumnsSchedule.MaxColumns) && spec.Tiles.All(tile => tile.Tier != tier)
        && (spec.IsIntegerContraction ? TierTable.Bits(tier) == 512 && PlanBuilder.HasDot4(spec) : TierTable.Bits(tier) >= 256 && !NumberFormats.IsInteger(spec.X.Format));

    /// <summary>Whether machine code has a form for a kernel: sums of four bytes are two digits, which dot products of bytes add up.</summary>
    public static bool HasNative(KernelSpec spec) => Fits(spec) && spec.X.Format is NumberFormat.Int8 or NumberFormat.UInt8;

    private KernelSpec Spec => _plan.Spec;

    /// <summary>Sums are scaled: floats over whatever shares a scale, integers of a plane.</summary>
    private bool IsScaled => Sum == ElementType.F32 || _plan.HasScaledGroups;

    /// <summary>Rows of a panel.</summary>
    private int Width => _shape.Width;

    /// <summary>Scales of a group: α, and the offset.</summary>
    private int ScalesOfGroup => _planes + (Spec.Weights.Asymmetric ? 1 : 0);

    private bool IsGrouped => Spec.Weights.Scale == Per.Group;

    private Index GroupDepth => IsGrouped ? Spec.Weights.ScaleGroup : Index.Max(_plan.Depth, 1);

    /// <summary>Scale groups of a row; none where there is no depth.</summary>
    private Index Groups => IsGrouped ? Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup) : Index.Min(_plan.Depth, 1);

    /// <summary>Words of a plane in one group.</summary>
    private Index WordsOfGroup => Index.CeilDiv(IsGrouped ? Index.Min(Spec.Weights.ScaleGroup, _plan.Depth) : _plan.Depth, WordDepth);

    /// <summary>What is summed: integers exactly, floats in binary32.</summary>
    private ElementType Sum => Spec.IsIntegerContraction ? ElementType.S32 : ElementType.F32;

    /// <summary>Entries of the tables: the sums, or their lower digits.</summary>
    private ElementType Table => _native ? ElementType.U8 : Sum;

    /// <summary>Accumulators of a plane and of all of them, the codes, a shifted code and the sums it names.</summary>
    private static TileShape Shape(Tier tier) => TierTable.Bits(tier) switch
    {
        512 => new TileShape(512, 2, 4),
        256 => new TileShape(256, 2, 2),
        32 => new TileShape(32, 1, 1),
        _ => new TileShape(128, 2, 2),
    };

    public KernelPlan Build()
    {
        DeclareOperands();
        var epilogue = new EpilogueBuilder(_plan, _shape, lanesAreRows: !_turned, _inPlace, _turned ? "d" : "c");
        if (_native) _plan.Reason("sums of four bytes are two digits: a permutation of bytes looks four of them up, and a dot product adds those up");
        _plan.Reason($"{_planes} planes of signs: four of them name one of the sixteen sums of four activations, which are made once for {ColumnsAtOnce} columns at a time; at most {_shape.Height} columns to a pass");

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
            .. Tables(),
            new For("p0", "pBegin", "pEnd", PanelsAtOnce, panels),
        ];
        Index work = _plan.Rows * _plan.Depth * (_plan.Columns + PlanBuilder.PassOfWeights);
        Statement[] body = [.. IsScaled ? [new Let("groups", Groups)] : Array.Empty<Statement>(), new Let("words", WordsOfGroup), new For("cb", 0, _plan.Columns, ColumnsAtOnce, columns)];
        Spread spread = _plan.Spread("pBegin", "pEnd", Index.CeilDiv(_plan.Rows, Width), 1, work, PlanBuilder.StreamOverhead, body);
        return _plan.Build([spread], $"{_shape}, {_planes} planes by tables");
    }

    private void DeclareOperands()
    {
        Index panels = Index.CeilDiv(_plan.Rows, Width), runs = Groups * WordsOfGroup * Codes;
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.PlanePanel, Width, Codes, IsGrouped ? Spec.Weights.ScaleGroup : 0, part);
        _plan.Prepared(ElementType.U4, Part("w", PreparedPart.Values), 3, panels, Groups * _planes * WordsOfGroup, Width, Codes / 2, 2);
        if (IsScaled) _plan.Prepared(ElementType.F32, Part("s", PreparedPart.Scales), 1, panels, Groups * ScalesOfGroup, Width);

        Index[] x = Spec.X.Layout == MatrixLayout.TokenMajor ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, x, Spec.X.HasStride ? "ldx" : x[1]);
        _plan.Scratch("a", _native ? ElementType.S16 : Sum, [ColumnsAtOnce, _plan.Depth]);
        _plan.Scratch("t", Table, [ColumnsAtOnce, runs, 1 << CodeBits], fixedInner: 1);
        if (_native) _plan.Scratch("h", ElementType.S8, [ColumnsAtOnce, runs, 1 << CodeBits], fixedInner: 1);
        if (Spec.Weights.Asymmetric) _plan.Scratch("z", ElementType.F32, [ColumnsAtOnce, Groups]);

        Index[] y = _turned ? [_plan.Rows, _plan.Columns] : [_plan.Columns, _plan.Rows];
        _plan.Operand(_inPlace ? "c" : "Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, y, Spec.Y.HasStride ? "ldy" : y[1], _inPlace ? BufferRole.InOut : BufferRole.Output);
        if (!_inPlace) _plan.Scratch("c", _plan.Accumulator, [ColumnsAtOnce, PanelsAtOnce * Width]);
        if (_turned) _plan.Scratch("d", _plan.Accumulator, [PanelsAtOnce * Width, ColumnsAtOnce]);
    }

    /// <summary>The columns of X, one after the other, and the sums that codes name; offsets multiply those of whole groups.</summary>
    private IEnumerable<Statement> Tables()
    {
        yield return Spec.X.Layout == MatrixLayout.TokenMajor
            ? new Relayout("a", new Index[] { 0, 0 }, "X", new Index[] { "cb", 0 }, "cn", _plan.Depth)
            : new Relayout("a", new Index[] { 0, 0 }, "X", new Index[] { 0, "cb" }, _plan.Depth, "cn") { Transposed = true };
        yield return new SignedSums("t", "a", "cn", _plan.Depth, GroupDepth, (Index)"words" * Codes, CodeBits) { High = _native ? "h" : null };
        if (Spec.Weights.Asymmetric) yield return new SumRuns("z", "a", "cn", _plan.Depth, GroupDepth, 1);
    }

    /// <summary>The chain of TPPs; what has rows along its lines takes the sums turned.</summary>
    private IEnumerable<Statement> Finish(EpilogueBuilder epilogue) => !_turned
        ? epilogue.Build(outerBegin: "cb", outerCount: "cn", lanesBegin: "n0", lanesCount: "n")
        : [new Relayout("d", new Index[] { 0, 0 }, "c", new Index[] { 0, 0 }, "cn", "n") { Transposed = true, PaddedColumns = ColumnsAtOnce }, new Let("dj", 0), .. epilogue.Build(outerBegin: "n0", outerCount: "n", lanesBegin: "cb", lanesCount: "cn")];

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
        string name = $"planes{Text(_planes)}{(Spec.Weights.Asymmetric ? "z" : "")}_{(_native ? "bytes" : Sum == ElementType.F32 ? "f32" : "s32")}_{Text(height)}x{Text(_shape.Vectors)}{(IsScaled ? "" : "_raw")}{(_inPlace ? "_clip" : "")}";
        return new Block(name, new Statement[] { new For("i", "begin", "end", height, Tile(height)) }) { VectorBits = _shape.Bits, IsNative = _native };
    }

    private Statement[] Tile(int height)
    {
        string size = $"{Text(height)}x{Text(Width)}", acc = _plan.Tile($"acc_{size}", _plan.Accumulator, height, Width);
        var store = new Store("c", new[] { (Index)"c0" + "i", "cp" }, acc, _inPlace ? Clip.Columns : Clip.None);
        if (!IsScaled) return [new Fill(acc, 0), Words(acc, height, 0, 0), store];

        string sums = _plan.Tile($"sum_{size}", Sum, height, Width), part = _plan.Tile($"part_{size}", ElementType.F32, height, Width), scale = _plan.Tile($"scale_1x{Text(Width)}", ElementType.F32, 1, Width);
        return
        [
            new Fill(acc, 0),
            new For("g", 0, "groups", 1, (Statement[])[
                new For("plane", 0, _planes, 1, (Statement[])[
                    new Fill(sums, 0),
                    new Let("wb", ((Index)"g" * _planes + "plane") * "words"),
                    new Let("tb", (Index)"g" * "words"),
                    Words(sums, height, "wb", "tb"),
                    new Load(scale, "s", new Index[] { "p", (Index)"g" * ScalesOfGroup + "plane", 0 }),
                    .. Sum == ElementType.F32 ? [new Zip(part, ZipOp.Multiply, sums, scale)] : (Statement[])[new Map(part, MapOp.Copy, sums), new Zip(part, ZipOp.Multiply, part, scale)],
                    new Zip(acc, ZipOp.Add, acc, part),
                ]),
                .. Spec.Weights.Asymmetric ? Offsets(acc, height) : [],
            ]),
            store,
        ];
    }

    /// <summary>The words of one plane in a group, and the tables that their codes are looked up in.</summary>
    private For Words(string sums, int height, Index firstWord, Index firstTable)
    {
        string codes = _plan.Tile($"q_{Text(Width)}x{Text(Codes)}", ElementType.U4, Width, Codes), packed = _plan.Tile($"w_{Text(Width)}x{Text(Codes / 2)}x2", ElementType.U4, Width, Codes / 2, 2);
        string Tables(string name, ElementType element) => _plan.Tile($"{name}_{Text(height)}x{Text(Codes)}x{Text(1 << CodeBits)}", element, height, Codes, 1 << CodeBits);
        string table = Tables("t", Table);
        var place = new Index[] { "i", (firstTable + "k") * Codes, 0 };
        Statement[] upper = [];
        if (_native)
        {
            string high = Tables("h", ElementType.S8);
            upper = [new Load(high, "h", place), new Contract(sums, high, codes, ContractVia.Table) { TransposedB = true, Times = 1 << SignedSums.LowBits }];
        }
        return new For("k", 0, "words", 1, (Statement[])[
            new Load(packed, "w", new Index[] { "p", firstWord + "k", 0, 0, 0 }) { ReadAhead = _native },
            new Transpose(codes, packed, new[] { 0, 2, 1 }),
            new Load(table, "t", place),
            new Contract(sums, table, codes, ContractVia.Table) { TransposedB = true },
            .. upper,
        ]);
    }

    /// <summary>acc += offset · Σx, group by group.</summary>
    private Statement[] Offsets(string acc, int height)
    {
        string shift = _plan.Tile($"shift_{Text(height)}x{Text(Width)}", ElementType.F32, height, Width), offset = _plan.Tile($"offset_1x{Text(Width)}", ElementType.F32, 1, Width), total = _plan.Tile($"total_{Text(height)}x1", ElementType.F32, height, 1);
        return
        [
            new Load(total, "z", new Index[] { "i", "g" }),
            new Load(offset, "s", new Index[] { "p", (Index)"g" * ScalesOfGroup + _planes, 0 }),
            new Zip(shift, ZipOp.Multiply, offset, total),
            new Zip(acc, ZipOp.Add, acc, shift),
        ];
    }

    private static string Text(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
