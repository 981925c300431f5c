using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// Butterfly factors on a GPU: the columns of a thread block stay in its registers and its shared memory through every stage, so that X is read once and Y written once. Three stages at a time mix eight elements in the
/// registers of a thread, for a few columns that share the numbers of the factors; then they change places in shared memory. Where X or Y has whole columns side by side, and the first or last stages mix neighbours, a phase of
/// its own moves them, so that neighbouring threads reach neighbouring elements.
/// </summary>
internal sealed class ButterflyBlockSchedule
{
    /// <summary>The least stride with which threads reach runs of 32 bytes in a column.</summary>
    private const int LeastStride = 8;

    private readonly PlanBuilder _plan;
    private readonly Device _device;
    private readonly ButterflyShape _shape;
    private readonly bool _aligned;
    private readonly int _length;
    private readonly int _elements;
    private readonly int _stages;
    private readonly EpilogueSteps _steps;

    public ButterflyBlockSchedule(KernelSpec spec, Device device, bool aligned)
    {
        (_device, _aligned) = (device, aligned && device != Device.Portable);
        _plan = new PlanBuilder(spec, null, device.ToString());
        _shape = ButterflyShape.For(spec, device);
        _length = Butterfly.Length(spec.Depth.Constant);
        _elements = Butterfly.Elements(spec.Depth.Constant);
        _stages = Butterfly.Stages(spec.Depth.Constant);
        DeclareOperands();
        _steps = new EpilogueSteps(_plan, YIsTokenMajor ? 1 : _shape.Vector, YIsTokenMajor, YIsTokenMajor ? _shape.Vector : 1);
        if (!_aligned) return;
        _plan.Align("f", 16);
        if (!XIsTokenMajor) _plan.Align("X", 16);
        _plan.Align("Y", 16);
        _plan.AlignOperandsOfOutput(16);
    }

    private KernelSpec Spec => _plan.Spec;

    private ButterflySpec Butterfly => Spec.Butterfly!;

    private int Parts => Butterfly.Parts;

    private bool XIsTokenMajor => Spec.X.Layout == MatrixLayout.TokenMajor;

    private bool YIsTokenMajor => Spec.Y.Layout == MatrixLayout.TokenMajor;

    /// <summary>Groups of columns are neighbours in shared memory, as they are in a matrix of rows.</summary>
    private bool GroupsAreNeighbours => !XIsTokenMajor || !YIsTokenMajor;

    /// <summary>Columns of a block.</summary>
    private int Width => _shape.Groups * _shape.Vector;

    public KernelPlan Build()
    {
        ButterflyGroup[] groups = [.. ButterflyGroup.All(Butterfly, _stages, [.. Cut()])];
        bool movesX = XIsTokenMajor && groups[0].Stride < LeastStride, movesY = YIsTokenMajor && groups[groups.Length - 1].Stride < LeastStride;
        var phases = new List<Statement>();
        if (movesX) phases.Add(Phase("X", XIsTokenMajor, ButterflyShape.Most, MoveX));
        for (int i = 0; i < groups.Length; i++)
        {
            ButterflyGroup group = groups[i];
            bool loads = i == 0 && !movesX, stores = i == groups.Length - 1 && !movesY;
            phases.Add(Phase(FormattableString.Invariant($"stages {group.First} to {group.First + group.Count - 1}"), !GroupsAreNeighbours || loads && XIsTokenMajor || stores && YIsTokenMajor, group.Count, () => Pass(group, loads, stores)));
        }
        if (movesY) phases.Add(Phase("Y", YIsTokenMajor, ButterflyShape.Most, MoveY));

        int stacks = Butterfly.Stacks(Spec.Rows.Constant, Spec.Depth.Constant);
        Index blocks = Index.CeilDiv(_plan.Columns, Width);
        Explain(stacks, groups, movesX, movesY);
        var block = new Block("butterfly", (Statement[])
        [
            new Let("stack", stacks == 1 ? 0 : Index.FloorDiv("part", blocks)),
            new Let("stage", (Index)"stack" * (Butterfly.Blocks * _stages)),
            new Let("n0", (stacks == 1 ? "part" : Index.Mod("part", blocks)) * Width),
            .. phases,
        ])
        { Warps = new WarpGrid(1, _shape.Threads / 32) };
        // Stacks and columns are one extent of the grid, because only the first may be long.
        return _plan.Build([new For("part", 0, blocks * stacks, 1, (Statement[])[block]) { Parallel = true }], _shape.ToString());
    }

    private void DeclareOperands()
    {
        int stacks = Butterfly.Stacks(Spec.Rows.Constant, Spec.Depth.Constant), ofStage = Butterfly.OfStage(Spec.Depth.Constant);
        _plan.Operand("f", PlanBuilder.ElementOf(Spec.Weights.Format), Role.Weights, [stacks * Butterfly.Blocks * _stages, ofStage], ofStage);
        Index line = Spec.X.HasStride ? "ldx" : XIsTokenMajor ? _plan.Depth : _plan.Columns;
        _plan.Operand("X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, [_plan.Depth, _plan.Columns], XIsTokenMajor ? [1, line] : [line, 1]);
        Index[] y = YIsTokenMajor ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, y, Spec.Y.HasStride ? "ldy" : y[1], BufferRole.Output);
        _plan.Scratch("c", ElementType.F32, [Parts, _shape.Groups * _elements, _shape.Vector], fixedInner: 2);
    }

    /// <summary>Whole threes first: what is left over is between elements that are far from each other, where neighbouring threads are in neighbouring banks.</summary>
    private IEnumerable<(int Low, int Count)> Cut()
    {
        for (int low = 0; low < _stages; low += ButterflyShape.Most) yield return (low, Math.Min(ButterflyShape.Most, _stages - low));
    }

    /// <summary>
    /// A phase whose tasks are threads': task <c>i</c> of the columns <c>g</c>, with neighbouring threads along the tasks or along the columns. A block that reaches past the last column leaves its tasks out.
    /// </summary>
    private Phase Phase(string name, bool alongTasks, int stages, Func<IEnumerable<Statement>> body)
    {
        int tasks = _elements >> Math.Min(stages, _stages), groups = _shape.Groups;
        Index task = alongTasks ? Index.Mod("u", tasks) : Index.FloorDiv("u", groups), group = alongTasks ? Index.FloorDiv("u", tasks) : Index.Mod("u", groups);
        if (groups == 1) (task, group) = ("u", 0);
        if (tasks == 1) (task, group) = (0, "u");
        bool isWhole = _plan.Columns is Index.Const { Value: var columns } && columns % Width == 0;
        Statement[] inner = [.. body()];
        if (!isWhole) inner = [new If(new Condition("column", Relation.Less, _plan.Columns), inner)];
        Statement[] all = [new Let("i", task), new Let("g", group), new Let("column", (Index)"n0" + (Index)"g" * _shape.Vector), .. inner];
        return new Phase(name, (Statement[])[new For("u", 0, groups * tasks, 1, all) { Parallel = true }]);
    }

    /// <summary>Where an element of a group of columns stands in shared memory.</summary>
    private Index Place(Index element) => GroupsAreNeighbours ? element * _shape.Groups + "g" : (Index)"g" * _elements + element;

    private int Step(int elements) => GroupsAreNeighbours ? elements * _shape.Groups : elements;

    /// <summary>A group of stages: elements come from shared memory, or from X, and go there, or to Y.</summary>
    private IEnumerable<Statement> Pass(ButterflyGroup group, bool loads, bool stores)
    {
        Index within = group.Stride > 1 ? Index.Mod("i", group.Stride) : 0, run = Index.FloorDiv("i", group.Stride);
        yield return new Let("first", run * group.Together + within);
        yield return new Let("number", (run * (group.Together / 2) + within) * (4 * Parts));
        yield return new Let("at", Place("first"));
        string[][] x = group.Tiles(_plan, "x", _shape.Vector);
        for (int j = 0; j < group.Elements; j++)
            for (int part = 0; part < Parts; part++)
                yield return loads ? LoadX(x[j][part], Row(j * group.Stride, part)) : new Load(x[j][part], "c", At(j * group.Stride, part));
        (Statement[] mix, string[][] results) = group.Mix(_plan, _shape.Vector, shares: true);
        foreach (Statement statement in mix) yield return statement;
        for (int j = 0; j < group.Elements; j++)
            for (int part = 0; part < Parts; part++)
                foreach (Statement statement in stores ? StoreY(results[j][part], Row(j * group.Stride, part)) : [new Store("c", At(j * group.Stride, part), results[j][part])]) yield return statement;
    }

    /// <summary>Elements of X that are side by side, as many threads as there are.</summary>
    private IEnumerable<Statement> MoveX() => Moved((tile, row, at) => [LoadX(tile, row), new Store("c", at, tile)]);

    /// <summary>The same with those of Y.</summary>
    private IEnumerable<Statement> MoveY() => Moved((tile, row, at) => [new Load(tile, "c", at), .. StoreY(tile, row)]);

    /// <summary>What a task moves: elements as far from each other as there are tasks.</summary>
    private IEnumerable<Statement> Moved(Func<string, Index, Index[], Statement[]> move)
    {
        int each = 1 << Math.Min(ButterflyShape.Most, _stages), stride = _elements / each;
        string[][] x = new ButterflyGroup(0, 0, Math.Min(ButterflyShape.Most, _stages), false).Tiles(_plan, "x", _shape.Vector);
        yield return new Let("first", "i");
        yield return new Let("at", Place("first"));
        for (int j = 0; j < each; j++)
            for (int part = 0; part < Parts; part++)
                foreach (Statement statement in move(x[j][part], Row(j * stride, part), At(j * stride, part))) yield return statement;
    }

    private Index Row(int element, int part) => (Index)"first" * Parts + (element * Parts + part);

    private Index[] At(int element, int part) => [part, (Index)"at" + Step(element), 0];

    private Load LoadX(string tile, Index row) => new(tile, "X", new[] { row, "column" }, Spec.Depth.Constant == _length ? Clip.Columns : Clip.All);

    /// <summary>One row of a stack through the chain. The last stack may have fewer of them.</summary>
    private Statement[] StoreY(string tile, Index row)
    {
        Index of = (Index)"stack" * _length + row, outer = YIsTokenMajor ? "column" : of, lane = YIsTokenMajor ? of : "column";
        (IReadOnlyList<Statement> chain, string result) = _steps.Build(outer, lane);
        Statement start = YIsTokenMajor && _shape.Vector > 1 ? new Transpose(_steps.Start, tile, new[] { 1, 0 }) : new Map(_steps.Start, MapOp.Copy, tile);
        Statement[] store = [start, .. chain, new Store("Y", new[] { outer, lane }, result, Clip.All)];
        return Spec.Rows.Constant % _length == 0 ? store : [new If(new Condition(of, Relation.Less, Spec.Rows.Constant), store)];
    }

    private void Explain(int stacks, ButterflyGroup[] groups, bool movesX, bool movesY)
    {
        _plan.Reason(FormattableString.Invariant($"{_stages} stages on {_length} rows{(Butterfly.Complex ? ", two of each complex element" : "")}{(Butterfly.Blocks > 1 ? FormattableString.Invariant($", {Butterfly.Blocks} times with strides that rise and fall in turn") : "")}{(stacks > 1 ? FormattableString.Invariant($", in {stacks} stacks") : "")}"));
        _plan.Reason(FormattableString.Invariant($"thread block: {_shape}; they stay in shared memory through every stage, {groups.Max(group => group.Count)} stages at a time go through registers"));
        if (movesX || movesY) _plan.Reason($"{(movesX && movesY ? "X and Y have" : movesX ? "X has" : "Y has")} columns side by side, of which the stages beside mix neighbours: a phase moves them");
        if (_device != Device.Portable) _plan.Reason(_aligned ? "lines begin and end at multiples of 16 bytes" : "nothing is known of the alignment: element by element");
    }
}
