using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// Dense weights times one to sixteen columns on a GPU: what a language model does for each token it writes. Reading the weights takes the time, so that they are read once, 16 bytes at a
/// time, as they are stored (4-bit ones two to a byte), straight into the threads that need them; X stands in shared memory. The depth is split over the threads of a warp, or of the block,
/// and their sums are added up in a fixed order.
/// </summary>
internal sealed class DecodeSchedule
{
    private readonly PlanBuilder _plan;
    private readonly DecodeShape _shape;
    private readonly bool _lanesAreRows;
    private readonly bool _aligned;

    public DecodeSchedule(KernelSpec spec, Device device, DecodeShape shape, bool aligned)
    {
        _shape = shape;
        _plan = new PlanBuilder(spec, null, device.ToString()) { WeightsAreRaw = shape.Contraction.WeightsAreRaw };
        _lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        _aligned = aligned;
    }

    private KernelSpec Spec => _plan.Spec;

    private Contraction Unit => _shape.Contraction;

    private int Columns => Spec.Columns.Constant;

    private int Height => _lanesAreRows ? Columns : _shape.Rows;

    private int Width => _lanesAreRows ? _shape.Rows : Columns;

    private bool XIsDepthLast => Spec.X.Layout == MatrixLayout.TokenMajor;

    /// <summary>Weights are codes, which a table makes numbers of.</summary>
    private bool HasCodes => Unit.Weights == ElementType.U4;

    private bool HasGroups => Spec.Weights.Scale == Per.Group && !NumberFormats.HasBasis(Spec.Weights.Format);

    /// <summary>Scale groups of a row have a basis each.</summary>
    private bool HasBases => DecodeShape.HasBases(Spec);

    private int BasisEntries => _shape.Basis * _shape.Basis;

    /// <summary>Length of the scale groups that cut the depth; 0 where none does.</summary>
    private int Group => Contraction.Group(Spec);

    public KernelPlan Build()
    {
        DeclareWeights();
        Index[] shape = XIsDepthLast ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, shape, Spec.X.HasStride ? "ldx" : shape[1]);
        Index outer = _lanesAreRows ? _plan.Columns : _plan.Rows, lanes = _lanesAreRows ? _plan.Rows : _plan.Columns;
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, [outer, lanes], Spec.Y.HasStride ? "ldy" : lanes, BufferRole.Output);
        if (_shape.Basis > 0) _plan.Bases(Prepared("S", PreparedPart.Basis), HasBases ? Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup) : 1, BasisEntries);
        if (HasGroups) _plan.Prepared(ElementType.F32, Prepared("S", PreparedPart.GroupScales), 0, Index.CeilDiv(_plan.Depth, Spec.Weights.ScaleGroup), _plan.Rows);
        var steps = new EpilogueSteps(_plan, Width, _lanesAreRows, Height);
        if (_aligned)
        {
            _plan.Align("X", 16);
            _plan.Align("Y", 16);
            _plan.AlignOperandsOfOutput(16);
        }

        ElementType weights = Unit.Via switch { ContractVia.Fma => ElementType.F32, ContractVia.IntegerMultiplyAdd => ElementType.S16, _ => ElementType.S8 };
        _plan.Tile("a", weights, _shape.Rows, _shape.Step);
        _plan.SharedTile("b", Unit.X, XIsDepthLast ? [Columns, _shape.Step] : [_shape.Step, Columns]);
        string acc = steps.Start, total = HasGroups && Group == 0 ? Sum : acc;
        var body = new List<Statement> { new Fill(total, 0) };
        if (_shape.Basis > 0 && !HasBases) body.Add(LoadBasis(0));
        body.Add(new For("k0", 0, _plan.Depth, _shape.Chunk, new[] { SplitDepth(total) }));
        if (total != acc) body.AddRange([LoadScale(0, out string scale), new Map(acc, MapOp.Copy, total), new Zip(acc, ZipOp.Multiply, acc, scale)]);
        (IReadOnlyList<Statement> chain, string value) = steps.Build(_lanesAreRows ? 0 : "r0", _lanesAreRows ? "r0" : 0);
        body.AddRange(chain);
        body.Add(new Store("Y", _lanesAreRows ? new Index[] { 0, "r0" } : new Index[] { "r0", 0 }, value, Clip.All));

        Explain();
        var block = new Block("rows", body.ToArray()) { Warps = _shape.Warps };
        return _plan.Build([new For("r0", 0, _plan.Rows, _shape.Rows, new Statement[] { block }) { Parallel = true }], _shape.ToString());
    }

    /// <summary>Where columns are many, scaling each weight costs no more than scaling each sum, and takes no second set of sums.</summary>
    private bool ScalesWeights => Group > 0 && !Spec.IsIntegerContraction && Columns > 8;

    /// <summary>The loop over a chunk of the depth, shared out among the threads.</summary>
    private Statement SplitDepth(string acc)
    {
        Index end = Index.Min((Index)"k0" + _shape.Chunk, _plan.Depth);
        int threads = _shape.Threads, team = _shape.Team;
        if (Group == 0 || ScalesWeights) return new For("k", "k0", end, _shape.Step, Dot(acc).ToArray()) { Split = threads, Unroll = _shape.Unroll };
        if (team == 1)
        {
            Statement[] step = [new Fill(Sum, 0), .. Dot(Sum), .. AddGroup(acc, Index.FloorDiv("k", Group))];
            return new For("k", "k0", end, _shape.Step, step) { Split = threads, Unroll = _shape.Unroll };
        }
        // The sum of a group of integers is an integer: the lanes that share the group add theirs up first.
        Statement sum = new For("k", "g", Index.Min((Index)"g" + Group, _plan.Depth), _shape.Step, Dot(Sum).ToArray()) { Split = team };
        return new For("g", "k0", end, Group, (Statement[])[new Fill(Sum, 0), sum, .. AddGroup(acc, Index.FloorDiv("g", Group))]) { Split = threads / team, Unroll = _shape.Unroll };
    }

    private string Sum => _plan.Tile("sum", Unit.Sum, Height, Width);

    private IEnumerable<Statement> Dot(string sum)
    {
        string weights = HasCodes ? _plan.Tile("codes", ElementType.U4, _shape.Rows, _shape.Step) : "a";
        yield return new Load(weights, "W", new Index[] { "r0", "k" }, Clip.All);
        string numbers = _shape.Basis > 0 ? _plan.Tile("ce", ElementType.F32, _shape.Rows, _shape.Step) : "a";
        if (HasCodes) yield return new Gather(numbers, "T", weights, Array.Empty<Index>()) { IsPresent = true };
        if (HasBases && _shape.Basis > 0) yield return LoadBasis(Index.FloorDiv("k", Spec.Weights.ScaleGroup) * BasisEntries);
        if (_shape.Basis > 0) yield return new Rebuild("a", numbers, BasisTile);
        if (ScalesWeights)
        {
            string scale = _plan.Tile("scale", ElementType.F32, _shape.Rows, 1);
            yield return new Load(scale, "S", new[] { Index.FloorDiv("k", Group), "r0" }, Clip.Rows) { Transposed = true };
            yield return new Zip("a", ZipOp.Multiply, "a", scale);
        }
        yield return new Load("b", "X", XIsDepthLast ? new Index[] { 0, "k" } : new Index[] { "k", 0 }, Clip.All);
        yield return _lanesAreRows
            ? new Contract(sum, "b", "a", Unit.Via) { TransposedA = !XIsDepthLast, TransposedB = true }
            : new Contract(sum, "a", "b", Unit.Via) { TransposedB = XIsDepthLast };
    }

    /// <summary>Adds the sum of a scale group, scaled.</summary>
    private IEnumerable<Statement> AddGroup(string acc, Index group)
    {
        string scaled = _plan.Tile("scaled", ElementType.F32, Height, Width);
        yield return LoadScale(group, out string scale);
        yield return new Map(scaled, MapOp.Copy, Sum);
        yield return new Zip(scaled, ZipOp.Multiply, scaled, scale);
        yield return new Zip(acc, ZipOp.Add, acc, scaled);
    }

    private string BasisTile => _plan.Tile("basis", ElementType.F32, BasisEntries, _shape.Rows);

    private Load LoadBasis(Index first) => new(BasisTile, "S", new[] { "r0", first }, Clip.Columns) { Transposed = true };

    private Load LoadScale(Index group, out string scale)
    {
        scale = _lanesAreRows ? _plan.Tile("scale", ElementType.F32, 1, Width) : _plan.Tile("scale", ElementType.F32, Height, 1);
        return new Load(scale, "S", new[] { group, "r0" }, _lanesAreRows ? Clip.Columns : Clip.Rows) { Transposed = !_lanesAreRows };
    }

    private void DeclareWeights()
    {
        if (Spec.Weights.Storage == WeightStorage.Packed)
            _plan.Prepared(Unit.Weights, Prepared("W", PreparedPart.Values), 0, _plan.Rows, Index.RoundUp(_plan.Depth, Interleave));
        else
            _plan.Operand("W", Unit.Weights, Role.Weights, [_plan.Rows, _plan.Depth], Spec.Weights.HasStride ? "ldw" : _plan.Depth);
        // Three words of eight codes are loaded one by one.
        _plan.Align("W", _shape.Basis > 0 ? 4 : 16);
        // Binary16 holds every number of a table of integers.
        if (HasCodes) _plan.CodeTable("T", Unit.Via == ContractVia.Fma ? ElementType.F16 : ElementType.S8, Prepared);
    }

    private Binding.Prepared Prepared(string buffer, PreparedPart part) =>
        new(buffer, Unit.Weights is ElementType.S4 or ElementType.U4 ? PreparedKind.Nibble : PreparedKind.Row, 0, Interleave, 0, part);

    /// <summary>Elements in 16 bytes, or those of a step that is none of 16.</summary>
    private int Interleave => _shape.Basis > 0 ? _shape.Step : Unit.Weights switch { ElementType.S4 or ElementType.U4 => 32, ElementType.S8 => 16, ElementType.F32 => 4, _ => 8 };

    private void Explain()
    {
        _plan.Reason(Unit.Reason);
        if (_shape.Basis > 0) _plan.Reason($"weights stay coefficients of four bits and bases in memory: each thread looks {_shape.Step} of a row up at a time, in a table in registers (prmt), and makes weights of them there, {_shape.Basis} of {_shape.Basis} times their basis");
        else if (HasCodes) _plan.Reason("weights stay codes of four bits in memory: each thread looks up what it multiplies, in a table in registers (prmt)");
        else if (DenseWeights.Decoded(Spec, Unit) is { } decoded) _plan.Reason(decoded);
        _plan.Reason(FormattableString.Invariant($"{Columns} column{(Columns == 1 ? "" : "s")}: reading the weights takes the time; each is read once, {_shape.Unroll * _shape.WarpRows} loads of a thread on their way at once"));
        _plan.Reason($"thread block of {_shape}");
    }
}
