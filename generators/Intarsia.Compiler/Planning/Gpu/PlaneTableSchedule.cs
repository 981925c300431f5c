using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// Binary-coded weights times any activations on a GPU, by tables (LUT-GEMM; Park et al., ICLR'24): a thread block makes the sixteen signed sums of each four activations in shared memory, for a chunk of the depth, four signs of a
/// plane name one of them, and α is multiplied with what a piece of a scale group adds up to. No weight is ever made a number. Offsets are one plane more, whose signs are all +. The depth is split over the warps of a block, and
/// their sums are added up in a fixed order.
/// </summary>
/// <remarks>The paper's kernel has tables of eight activations, 256 sums, of which lanes read different banks at random; those of sixteen lie in sixteen banks, or with two columns beside each other in all 32, so that no read conflicts.</remarks>
internal sealed class PlaneTableSchedule
{
    private readonly PlanBuilder _plan;
    private readonly PlaneTableShape _shape;
    private readonly bool _lanesAreRows;
    private readonly bool _aligned;
    private readonly int _planes;

    public PlaneTableSchedule(KernelSpec spec, Device device, bool aligned)
    {
        _plan = new PlanBuilder(spec, null, device.ToString());
        _shape = PlaneTableShape.For(spec);
        _lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        _aligned = aligned;
        _planes = NumberFormats.Get(spec.Weights.Format).Planes;
    }

    private KernelSpec Spec => _plan.Spec;

    private bool IsGrouped => Spec.Weights.Scale == Per.Group;

    private Index Groups => IsGrouped ? Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup) : 1;

    /// <summary>Words of a plane in a group, as they are prepared.</summary>
    private Index WordsOfGroup => Index.CeilDiv(IsGrouped ? Index.Min(Spec.Weights.ScaleGroup, _plan.Depth) : _plan.Depth, PlaneTableShape.WordDepth);

    /// <summary>Pieces of a group; those of a depth shorter than one are empty behind it.</summary>
    private Index PiecesOfGroup => Index.CeilDiv(IsGrouped && !Spec.Depth.IsConstant ? Index.CeilDiv(Spec.Weights.ScaleGroup, PlaneTableShape.WordDepth) : WordsOfGroup, _shape.Words);

    /// <summary>Scales of a group: α, and the offset.</summary>
    private int ScalesOfGroup => _planes + (Spec.Weights.Asymmetric ? 1 : 0);

    /// <summary>What is summed: integers exactly, floats in binary32.</summary>
    private ElementType Sum => Spec.IsIntegerContraction ? ElementType.S32 : ElementType.F32;

    /// <summary>Sums of integers are integers, however long a scale group is: its pieces, each times α, are added up in binary64, which rounds nothing of a plane, and rounded once.</summary>
    private bool IsExact => Sum == ElementType.S32;

    public KernelPlan Build()
    {
        DeclareOperands();
        (int height, int width) = _lanesAreRows ? (_shape.Columns, _shape.Rows) : (_shape.Rows, _shape.Columns);
        var steps = new EpilogueSteps(_plan, width, _lanesAreRows, height);
        if (_aligned)
        {
            _plan.Align("Y", 16);
            _plan.AlignOperandsOfOutput(16);
        }
        string acc = IsExact || _lanesAreRows ? _plan.Tile("acc", IsExact ? ElementType.F64 : ElementType.F32, _shape.Rows, _shape.Columns) : steps.Start;
        Index pieces = Groups * PiecesOfGroup;
        Statement[] piece =
        [
            new Let("g", IsGrouped ? Index.FloorDiv("p", PiecesOfGroup) : 0),
            new Let("first", IsGrouped ? Index.Mod("p", PiecesOfGroup) * _shape.Words : (Index)"p" * _shape.Words),
            .. Tables(),
            new For("plane", 0, _planes, 1, (Statement[])[.. Codes(), .. AddPlane(acc, "plane")]),
            .. Spec.Weights.Asymmetric ? [new Fill(CodesTile, PlaneTableShape.Entries - 1), .. AddPlane(acc, _planes)] : Array.Empty<Statement>(),
        ];
        var split = new For("p", "s", Index.Min((Index)"s" + _shape.Pieces, pieces), 1, piece) { Split = _shape.Warps.Columns };
        var body = new List<Statement> { new Let("words", WordsOfGroup), new Fill(acc, 0), new For("s", 0, pieces, _shape.Pieces, new Statement[] { split }) };
        if (IsExact)
        {
            string rounded = _lanesAreRows ? _plan.Tile("rounded", ElementType.F32, _shape.Rows, _shape.Columns) : steps.Start;
            body.Add(new Map(rounded, MapOp.Copy, acc));
            acc = rounded;
        }
        if (_lanesAreRows) body.Add(new Transpose(steps.Start, acc, new[] { 1, 0 }));
        (Index outer, Index lane) = _lanesAreRows ? ((Index)"c0", (Index)"r0") : ("r0", "c0");
        (IReadOnlyList<Statement> chain, string value) = steps.Build(outer, lane);
        body.AddRange(chain);
        body.Add(new Store("Y", new[] { outer, lane }, value, Clip.All));

        Explain();
        var block = new Block("planes", body.ToArray()) { Warps = _shape.Warps };
        var rows = new For("r0", 0, _plan.Rows, _shape.Rows, new Statement[] { block }) { Parallel = true };
        return _plan.Build([new For("c0", 0, _plan.Columns, _shape.Columns, new Statement[] { rows }) { Parallel = true }], _shape.ToString());
    }

    private string CodesTile => _plan.Tile("codes", ElementType.U4, _shape.Rows, _shape.Words * PlaneTableShape.Codes);

    private void DeclareOperands()
    {
        Index panels = Index.CeilDiv(_plan.Rows, _shape.Rows);
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.PlanePanel, _shape.Rows, PlaneTableShape.Codes, IsGrouped ? Spec.Weights.ScaleGroup : 0, part);
        _plan.Prepared(ElementType.U4, Part("W", PreparedPart.Values), 3, panels, Groups * _planes * WordsOfGroup, _shape.Rows, PlaneTableShape.Codes / 2, 2);
        _plan.Prepared(ElementType.F32, Part("S", PreparedPart.Scales), 1, panels, Groups * ScalesOfGroup, _shape.Rows);
        // Columns by depth, whatever the layout.
        bool token = Spec.X.Layout == MatrixLayout.TokenMajor;
        Index line = Spec.X.HasStride ? "ldx" : token ? _plan.Depth : _plan.Columns;
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, [_plan.Columns, _plan.Depth], token ? [line, 1] : [1, line]);
        Index[] y = _lanesAreRows ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, y, Spec.Y.HasStride ? "ldy" : y[1], BufferRole.Output);
    }

    /// <summary>The activations of a piece, which ends where its group does, and their sums.</summary>
    private IEnumerable<Statement> Tables()
    {
        Index begin = (Index)"g" * (IsGrouped ? Spec.Weights.ScaleGroup : 0);
        string x = _plan.Tile("x", Sum, _shape.Depth, _shape.Columns), table = _plan.SharedTile("t", Sum, _shape.Words * PlaneTableShape.Codes, PlaneTableShape.Entries, _shape.Columns);
        yield return new Load(x, "X", new[] { "c0", begin + (Index)"first" * PlaneTableShape.WordDepth }, Clip.All) { Transposed = true, Until = IsGrouped ? Index.Min(begin + Spec.Weights.ScaleGroup, _plan.Depth) : _plan.Depth };
        yield return new Table(table, x, PlaneTableShape.CodeBits);
    }

    private IEnumerable<Statement> Codes()
    {
        string packed = _plan.Tile("signs", ElementType.U4, _shape.Words, _shape.Rows, PlaneTableShape.Codes / 2, 2);
        // Words behind the last of a plane are those of the next one: no activation stands there.
        yield return new Load(packed, "W", new[] { Index.FloorDiv("r0", _shape.Rows), ((Index)"g" * _planes + "plane") * "words" + "first", 0, 0, 0 }, Clip.Rows);
        yield return new Transpose(CodesTile, packed, new[] { 1, 0, 3, 2 });
    }

    /// <summary>What the codes name, times its scale.</summary>
    private IEnumerable<Statement> AddPlane(string acc, Index plane)
    {
        string sum = _plan.Tile("sum", Sum, _shape.Rows, _shape.Columns), part = _plan.Tile("part", IsExact ? ElementType.F64 : ElementType.F32, _shape.Rows, _shape.Columns), scale = _plan.Tile("scale", ElementType.F32, _shape.Rows, 1);
        yield return new Fill(sum, 0);
        yield return new Contract(sum, CodesTile, "t", ContractVia.Table);
        yield return new Load(scale, "S", new[] { Index.FloorDiv("r0", _shape.Rows), (Index)"g" * ScalesOfGroup + plane, 0 }) { Transposed = true };
        if (IsExact) yield return new Map(part, MapOp.Copy, sum);
        yield return new Zip(part, ZipOp.Multiply, IsExact ? part : sum, scale);
        yield return new Zip(acc, ZipOp.Add, acc, part);
    }

    private void Explain()
    {
        _plan.Reason($"{_planes} planes of signs: four of them name one of the sixteen sums of four activations, which stand in shared memory for {_shape.Pieces * _shape.Depth} of the depth at a time; no weight is made a number");
        _plan.Reason(_shape.Columns == 1 ? "sixteen sums are in sixteen banks: no two lanes wait for each other" : "sums of two columns stand beside each other, sixteen pairs in 32 banks: no two lanes wait for each other");
        if (IsExact) _plan.Reason("sums of a scale group are integers: what its pieces add up to, times α, is summed in binary64 and rounded once");
        _plan.Reason($"thread block of {_shape}");
        _plan.Reason("no text for sm_90a: the text for sm_80 looks up there, too");
    }
}
