using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Sparse columns times a column or a few (EIE, ISCA'16): one column of X after the other, its activations that are not zero are listed, and only the columns of the weights that they meet are walked, entry by entry, each of which adds to the
/// accumulator of its row. The work is as much as the weights that meet something, where a walk along rows has as much as there are weights.
/// </summary>
internal sealed class ColumnSchedule
{
    /// <summary>
    /// Columns up to which a kernel of run-time columns takes this schedule. Each costs a walk of its own, where lanes along the columns read the weights once for all.
    /// </summary>
    public const int MaxColumns = 2;

    /// <summary>
    /// Activations that are not zero, in hundredths, up to which a kernel takes this schedule; 0 for any. An entry of a compressed column takes several times as long as one of a row whose lanes gather (<see cref="GroupSchedule"/>), so that
    /// a walk gains only where few meet something (<c>-- peers --filter "relative csc"</c>, which has cases on both sides). Integers have no such rows.
    /// </summary>
    public static int MaxDensity(KernelSpec spec) => spec.IsIntegerContraction ? 0 : 25;

    /// <summary>A gap that is no entry.</summary>
    private const int Skip = 255;

    private readonly PlanBuilder _plan;
    private readonly bool _tokens;
    private readonly bool _inPlace;

    public ColumnSchedule(PlanBuilder plan)
    {
        _plan = plan;
        _tokens = Spec.Y.Layout == MatrixLayout.TokenMajor;
        _inPlace = PlanBuilder.ElementOf(Spec.Y.Format) == plan.Accumulator;
    }

    private KernelSpec Spec => _plan.Spec;

    private ElementType Activation => Spec.IsIntegerContraction ? ElementType.S32 : ElementType.F32;

    /// <summary>Entries are codes of a codebook of floats, which is looked up as they are multiplied.</summary>
    private bool HasCodes => CodebookLength(Spec.Weights.Format) > 0;

    private string Accumulators => _inPlace ? "c" : "d";

    /// <summary>
    /// Whether a kernel for CPUs skips the activations that are zero. Its weights must be numbers whose product with zero is zero: integers, and codebooks, whose entries are finite. Others could hold an infinity. Scales of groups would have to be
    /// applied entry by entry.
    /// </summary>
    public static bool SkipsZeros(KernelSpec spec) =>
        spec is { Operation: Operation.Spmm, Weights.Pattern.Kind: Pattern.RelativeCsc }
        && (NumberFormats.IsInteger(spec.Weights.Format) || CodebookLength(spec.Weights.Format) > 0)
        && !(spec.IsIntegerContraction && spec.Weights.Scale == Per.Group)
        && !(spec.Columns.IsConstant && spec.Columns.Constant > MaxColumns);

    /// <summary>Whether a kernel has this schedule on a tier.</summary>
    public static bool Serves(KernelSpec spec, Tier tier) => SkipsZeros(spec) && spec.Tiles.All(tile => tile.Tier != tier);

    public KernelPlan Build()
    {
        Declare();
        var shape = new TileShape(TierTable.Bits(_plan.Tier), 1, 1);
        var epilogue = new EpilogueBuilder(_plan, shape, lanesAreRows: _tokens, _inPlace, Accumulators);
        _plan.Reason($"up to {MaxColumns} columns: activations that are not zero are listed, and only their columns of the weights are walked, an entry at a time");
        _plan.Reason("accumulators in memory, one for each row; gaps of a byte say which");
        if (HasCodes) _plan.Reason("weights are codes, looked up in the codebook as they are multiplied");

        Statement[] body =
        [
            new For("n0", 0, _plan.Columns, 1, (Statement[])[
                Spec.X.Layout == MatrixLayout.TokenMajor
                    ? new Relayout("x", new Index[] { 0, 0 }, "X", new Index[] { "n0", 0 }, 1, _plan.Depth)
                    : new Relayout("x", new Index[] { 0, 0 }, "X", new Index[] { 0, "n0" }, _plan.Depth, 1) { Transposed = true },
                new ListNonZeros("active", "x", new Index[] { 0, 0 }, _plan.Depth),
                new Let("columnsOfPart", _plan.Depth),
                Columns(),
            ]),
            new Let("r0", At("cuts", "qBegin")),
            new Let("rn", At("cuts", "qEnd") - "r0"),
            new Let("c0", _tokens ? 0 : "r0"),
            new Let(_inPlace ? "cj" : "dj", _tokens ? "r0" : 0),
            .. _tokens ? epilogue.Build(0, _plan.Columns, "r0", "rn") : epilogue.Build("r0", "rn", 0, _plan.Columns),
        ];
        Spread spread = _plan.Spread("qBegin", "qEnd", KernelPlan.PartsSize, 1, (Index)KernelPlan.StoredSize * (_plan.Columns + PlanBuilder.PassOfWeights), overhead: 0, body);
        return _plan.Build([spread], "column by column, entries of columns that meet a non-zero activation");
    }

    /// <summary>Entries of the codebook of a format of floats; 0 for other formats.</summary>
    private static int CodebookLength(NumberFormat format) => format switch { NumberFormat.Codebook16 => 16, NumberFormat.Codebook256 => 256, _ => 0 };

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    private void Declare()
    {
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.Column, 0, 1, 0, part);
        Index columns = (Index)KernelPlan.PartsSize * _plan.Depth, entries = At("starts", columns);
        _plan.Prepared(ElementType.S32, Part("cuts", PreparedPart.PartGroups), 0, (Index)KernelPlan.PartsSize + 1);
        _plan.Prepared(ElementType.S32, Part("starts", PreparedPart.ColumnStarts), 0, columns + 1);
        _plan.Prepared(ElementType.U8, Part("gaps", PreparedPart.Gaps), 0, entries);
        _plan.Prepared(HasCodes ? ElementType.U8 : _plan.Compute(isWeights: true), Part("values", PreparedPart.Values), 0, entries);
        if (HasCodes) _plan.Prepared(ElementType.F32, Part("table", PreparedPart.SingleTable), 0, CodebookLength(Spec.Weights.Format));

        Index[] x = Spec.X.Layout == MatrixLayout.TokenMajor ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, x, Spec.X.HasStride ? "ldx" : x[1]);
        _plan.Scratch("x", Activation, [1, _plan.Depth]);
        _plan.Scratch("active", ElementType.S32, [_plan.Depth + 1]);

        Index[] y = _tokens ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        _plan.Operand(_inPlace ? "c" : "Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, y, Spec.Y.HasStride ? "ldy" : y[1], _inPlace ? BufferRole.InOut : BufferRole.Output);
        if (!_inPlace) _plan.Scratch("d", _plan.Accumulator, y);
    }

    /// <summary>All parts of a rectangle for one column of X.</summary>
    private Block Columns()
    {
        string kind = _plan.Accumulator == ElementType.S64 ? "s64" : _plan.IsWide ? "s32" : Spec.IsIntegerContraction ? "s16" : HasCodes ? "codes" : "f32";
        string acc = _plan.Tile("acc_1x1", _plan.Accumulator, 1, 1), x = _plan.Tile("a_1x1", Activation, 1, 1), w = _plan.Tile("w_1x1", HasCodes ? ElementType.F32 : _plan.Compute(isWeights: true), 1, 1);
        Index[] Row(Index row) => _tokens ? ["n0", row] : [row, "n0"];
        Index column = (Index)"part" * "columnsOfPart" + "k";
        Statement[] entry =
        [
            new Load(acc, Accumulators, Row((Index)"first" + "local")),
            HasCodes ? new Load(w, "table", new[] { At("values", "at") }) : new Load(w, "values", new Index[] { "at" }),
            new Contract(acc, w, x, Spec.IsIntegerContraction ? ContractVia.IntegerMultiplyAdd : ContractVia.Fma),
            new Store(Accumulators, Row((Index)"first" + "local"), acc),
        ];
        return new Block($"columns_{kind}{(_tokens ? "_tokens" : "")}{(_inPlace ? "" : "_d")}", (Statement[])[
            new For("part", "qBegin", "qEnd", 1, (Statement[])[
                new Let("first", At("cuts", "part")),
                new For("row", "first", At("cuts", (Index)"part" + 1), 1, (Statement[])[new Fill(acc, 0), new Store(Accumulators, Row("row"), acc)]),
                new ForNonZero("i", "k", new NonZeros.Operand("active", 1, At("active", 0) + 1), (Statement[])[
                    new Load(x, "x", new Index[] { 0, "k" }),
                    new ForNonZero("at", "local", new NonZeros.RelativeOperand("gaps", At("starts", column), At("starts", column + 1)) { Skip = Skip }, entry),
                ]),
            ]),
        ])
        { VectorBits = 32 };
    }
}
