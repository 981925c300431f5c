using System.Globalization;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// SpMM with a pattern that is known at compile time: each element is a multiply-add of its own in straight-line code, with nothing to read but values and X. Lanes are columns. A block holds the accumulators of
/// as many rows as there are registers and walks the depth, so that a vector of X is loaded once for all elements of its column there, as LIBXSMM does for fixed sparse operators (Heinecke et al., SC'16).
/// </summary>
internal sealed class KnownSchedule
{
    /// <summary>Elements up to which a pattern is written out: text, compile time and instruction cache grow with each.</summary>
    public const int MaxCount = 16 * 1024;

    /// <summary>Multiply-adds of a tile method. The JIT stops optimising methods of some thousand; well below, they are all the same.</summary>
    private const int MaxProducts = 640;

    /// <summary>The part of X that is multiplied before the next one: it stays in the first-level cache from block to block.</summary>
    private const int PanelBytes = 32 * 1024;

    private const int MaxPanels = 16;

    private const int MaxVectors = 4;

    /// <summary>Sums that hide the latency of the multiply-add: twice its cycles, for two units.</summary>
    private const int Independent = 10;

    private readonly PlanBuilder _plan;
    private readonly KnownPattern _known;
    private readonly TileShape _shape;
    private readonly int _width;
    private readonly bool _transposed;
    private readonly bool _direct;
    private readonly List<(int First, int Last)> _rows;

    public KnownSchedule(PlanBuilder plan)
    {
        _plan = plan;
        KernelSpec spec = plan.Spec;
        _known = spec.Weights.Pattern.Known!;
        (_shape, _rows) = Tile();
        _transposed = spec.Y.Layout == MatrixLayout.TokenMajor;
        bool floats = spec.X.Format is NumberFormat.Float32 or NumberFormat.TensorFloat32;
        _direct = floats && spec.X.Layout == MatrixLayout.RowMajor && !_transposed && PlanBuilder.ElementOf(spec.Y.Format) == plan.Accumulator;
        int panels = Math.Min(Math.Max(1, PanelBytes / (4 * Math.Max(1, _known.Depth) * _shape.Width)), MaxPanels);
        if (spec.Columns.IsConstant) panels = Math.Min(panels, (spec.Columns.Constant + _shape.Width - 1) / _shape.Width);
        _width = panels * _shape.Width;
    }

    private KernelSpec Spec => _plan.Spec;

    private ElementType PanelElement => Spec.IsIntegerContraction ? ElementType.S32 : ElementType.F32;

    private bool EndsRagged => !Spec.Columns.IsConstant || Spec.Columns.Constant % _shape.Width != 0;

    /// <summary>Whether a kernel is planned this way.</summary>
    public static bool Fits(KernelSpec spec) => spec.Operation == Operation.Spmm && spec.Weights.Pattern.Known is not null && Obstacle(spec) is null;

    /// <summary>Why a kernel whose pattern is known reads it from the packed weights all the same; null where it does not.</summary>
    public static string? Obstacle(KernelSpec spec)
    {
        KnownPattern known = spec.Weights.Pattern.Known!;
        string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
        int longest = Enumerable.Range(0, known.Rows).Select(known.RowLength).DefaultIfEmpty().Max();
        var plan = new PlanBuilder(spec, Tier.Scalar);
        return known.Count > MaxCount ? $"it has {Text(known.Count)} elements, more than {Text(MaxCount)}"
            : longest > MaxProducts / 2 ? $"a row has {Text(longest)} elements, more than {Text(MaxProducts / 2)}"
            : plan.HasScaledGroups ? "the weights have a scale per group"
            : plan.IsWide ? "the integers need 32-bit factors or 64-bit sums"
            : null;
    }

    public KernelPlan Build()
    {
        DeclareOperands();
        bool plainTranspose = _transposed && Spec.Epilogue.Count == 0 && PlanBuilder.ElementOf(Spec.Y.Format) == _plan.Accumulator;
        if (_transposed && !plainTranspose) _plan.Scratch("d", _plan.Accumulator, [_width, _plan.Rows]);
        var epilogue = new EpilogueBuilder(_plan, _shape, _transposed, _direct, _transposed ? "d" : "c");
        _plan.Reason(string.Format(CultureInfo.InvariantCulture, "the pattern of '{0}' ({1} of {2}x{3}) as straight-line code, {4} rows and {5} vectors of {6} bits at a time", _known.File, _known.Count, _known.Rows, _known.Depth, _shape.Height, _shape.Vectors, _shape.Bits));
        _plan.Reason(_direct ? "X and Y as they lie in memory" : "X and the sums in working memory of one panel");

        Statement[] Panel(Index n) => [.. _direct ? Direct(n) : Through(n), .. Finished(Finish(epilogue, plainTranspose, n))];
        Spread body = _plan.Spread("pBegin", "pEnd", Index.CeilDiv(_plan.Columns, _width), 1, (Index)_known.Count * _plan.Columns, overhead: 0, _plan.Panels(_width, Panel));
        return _plan.Build([body], $"known {_shape}");
    }

    /// <summary>
    /// Rows of a block and vectors of a row. An accumulator lives from the first element of its row to the last, so that a block has more rows than there are registers where rows end before others begin; the
    /// fewer blocks there are, the more elements share a vector of X.
    /// </summary>
    private (TileShape Shape, List<(int First, int Last)> Rows) Tile()
    {
        int bits = TierTable.Bits(_plan.Tier), budget = bits == 32 ? 8 : TierTable.Registers(_plan.Tier) - 2;
        int most = Spec.Columns.IsConstant ? Math.Min(MaxVectors, (Spec.Columns.Constant * 32 + bits - 1) / bits) : MaxVectors, least = bits == 32 ? 2 : 1;
        int vectors = least;
        List<(int First, int Last)> rows = CutRows(budget / vectors, vectors);
        int Height() => rows.Select(block => block.Last - block.First).DefaultIfEmpty().Max();
        // Few accumulators wait for each other: more vectors as long as they cost no block.
        while (vectors < most && Height() * vectors < Independent && CutRows(budget / (vectors + 1), vectors + 1) is { } cut && cut.Count <= rows.Count) (vectors, rows) = (vectors + 1, cut);
        return (new TileShape(bits, Height(), vectors), rows);
    }

    /// <summary>As few blocks as there can be, and about as many rows to each.</summary>
    private List<(int First, int Last)> CutRows(int accumulators, int vectors)
    {
        List<(int First, int Last)> greedy = Cut(accumulators, vectors, _known.Rows);
        if (greedy.Count < 2) return greedy;
        List<(int First, int Last)> even = Cut(accumulators, vectors, (_known.Rows + greedy.Count - 1) / greedy.Count);
        return even.Count == greedy.Count ? even : greedy;
    }

    private List<(int First, int Last)> Cut(int accumulators, int vectors, int height)
    {
        var cuts = new List<(int, int)>();
        for (int first = 0, last; first < _known.Rows; first = last)
        {
            last = first + 1;
            while (last < _known.Rows && last - first < height && (_known.RowPointers[last + 1] - _known.RowPointers[first]) * vectors <= MaxProducts && Alive(first, last + 1) <= accumulators) last++;
            cuts.Add((first, last));
        }
        return cuts;
    }

    /// <summary>Accumulators that live at the same time, at most.</summary>
    private int Alive(int first, int last)
    {
        var change = new int[_known.Depth + 1];
        for (int row = first; row < last; row++)
        {
            if (_known.RowLength(row) == 0) continue;
            change[_known.Columns[_known.RowPointers[row]]]++;
            change[_known.Columns[_known.RowPointers[row + 1] - 1] + 1]--;
        }
        int alive = 0, most = 0;
        foreach (int step in change) most = Math.Max(most, alive += step);
        return most;
    }

    private void DeclareOperands()
    {
        _plan.Prepared(_plan.Compute(isWeights: true), new Binding.Prepared("values", PreparedKind.Stored, 0, 1, 0, PreparedPart.Values), 1, _known.Count, 1);

        bool token = Spec.X.Layout == MatrixLayout.TokenMajor;
        Index[] x = token ? [_plan.Columns, _plan.Depth] : [_plan.Depth, _plan.Columns];
        _plan.Operand(_direct ? "x" : "X", PlanBuilder.ElementOf(Spec.X.Format), Role.X, x, Spec.X.HasStride ? "ldx" : x[1]);
        Index[] y = _transposed ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        _plan.Operand(_direct ? "c" : "Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, y, Spec.Y.HasStride ? "ldy" : y[1], _direct ? BufferRole.InOut : BufferRole.Output);
        if (!_direct || EndsRagged)
        {
            int width = _direct ? _shape.Width : _width;
            _plan.Scratch(_direct ? "lastX" : "x", PanelElement, [_plan.Depth, width]);
            _plan.Scratch(_direct ? "lastC" : "c", _plan.Accumulator, [_plan.Rows, width]);
        }
    }

    /// <summary>Whole vectors where they lie; the columns that are left over through working memory.</summary>
    private IEnumerable<Statement> Direct(Index n)
    {
        Index vectors = Index.FloorDiv(n, _shape.Width), rest = n - vectors * _shape.Width;
        yield return Part("whole vectors", "n0", "n0", vectors, Blocks([]));
        if (rest is Index.Const { Value: 0 }) yield break;
        yield return new Let("last", (Index)"n0" + vectors * _shape.Width);
        yield return new Let("rest", rest);
        Phase partial = Part("the columns of a last, partial vector", 0, 0, 1,
        [
            new Relayout("lastX", new Index[] { 0, 0 }, "x", new Index[] { 0, "last" }, _plan.Depth, "rest") { PaddedColumns = _shape.Width },
            .. Blocks([new BufferArgument("x", "lastX"), new BufferArgument("c", "lastC")]),
            new Relayout("c", new Index[] { 0, "last" }, "lastC", new Index[] { 0, 0 }, _plan.Rows, "rest"),
        ]);
        yield return rest is Index.Const ? partial : new If(new Condition("rest", Relation.Greater, 0), new Statement[] { partial });
    }

    /// <summary>Statements with where a turn begins in X and in the sums, and how many turns there are. In C#, a name of one scope is not taken again by one around it.</summary>
    private static Phase Part(string name, Index x, Index c, Index turns, IEnumerable<Statement> body) =>
        new(name, (Statement[])[new Let("xj", x), new Let("cj", c), new Let("turns", turns), .. body]);

    /// <summary>X by way of working memory in whole vectors, and the sums, too.</summary>
    private IEnumerable<Statement> Through(Index n)
    {
        yield return _plan.PackColumns("x", n, _width);
        yield return Part("whole vectors", 0, 0, Index.CeilDiv(n, _shape.Width), Blocks([]));
    }

    private IEnumerable<Block> Blocks(BufferArgument[] arguments)
    {
        string kind = Spec.IsIntegerContraction ? "s16" : "f32";
        for (int i = 0; i < _rows.Count; i++)
            yield return new Block(string.Format(CultureInfo.InvariantCulture, "known_{0}_{1}_{2}x{3}_{4}", kind, _known.Fingerprint, _shape.Height, _shape.Vectors, i), Body(_rows[i].First, _rows[i].Last)) { VectorBits = _shape.Bits, Arguments = arguments };
    }

    /// <summary>The rows of one block against all turns of the panel, depth by depth.</summary>
    private Statement[] Body(int first, int last)
    {
        string Row(int row) => _plan.Tile(string.Format(CultureInfo.InvariantCulture, "row{0}_1x{1}", row - first, _shape.Width), _plan.Accumulator, 1, _shape.Width);
        string a = _plan.Tile("a_1x1", _plan.Compute(isWeights: true), 1, 1), b = _plan.Tile($"b_1x{_shape.Width}", PanelElement, 1, _shape.Width);
        var body = new List<Statement> { new Let("xt", (Index)"xj" + (Index)"turn" * _shape.Width), new Let("ct", (Index)"cj" + (Index)"turn" * _shape.Width) };
        void Begin(int row) => body.Add(new Fill(Row(row), 0));
        void End(int row) => body.Add(new Store("c", new Index[] { row, "ct" }, Row(row)));
        int[] next = [.. Enumerable.Range(first, last - first).Select(row => _known.RowPointers[row])];
        foreach (int k in Enumerable.Range(_known.RowPointers[first], _known.RowPointers[last] - _known.RowPointers[first]).Select(at => _known.Columns[at]).Distinct().OrderBy(k => k))
        {
            body.Add(new Load(b, "x", new Index[] { k, "xt" }));
            for (int row = first; row < last; row++)
            {
                ref int at = ref next[row - first];
                if (at == _known.RowPointers[row + 1] || _known.Columns[at] != k) continue;
                if (at == _known.RowPointers[row]) Begin(row);
                body.Add(new Load(a, "values", new Index[] { at++, 0 }));
                body.Add(new Contract(Row(row), a, b, Spec.IsIntegerContraction ? ContractVia.IntegerMultiplyAdd : ContractVia.Fma));
                if (at == _known.RowPointers[row + 1]) End(row);
            }
        }
        foreach (int row in Enumerable.Range(first, last - first).Where(row => _known.RowLength(row) == 0))
        {
            Begin(row);
            End(row);
        }
        return [new For("turn", 0, "turns", 1, body.ToArray())];
    }

    /// <summary>Nothing where there is nothing but names.</summary>
    private static Statement[] Finished(IEnumerable<Statement> steps)
    {
        Statement[] all = [.. steps];
        return all.All(step => step is Let) ? [] : [new Phase("finish", all)];
    }

    private IEnumerable<Statement> Finish(EpilogueBuilder epilogue, bool plainTranspose, Index n)
    {
        if (plainTranspose)
        {
            yield return new Relayout("Y", new Index[] { "n0", 0 }, "c", new Index[] { 0, 0 }, _plan.Rows, n) { Transposed = true };
            yield break;
        }
        if (_transposed)
        {
            yield return new Relayout("d", new Index[] { 0, 0 }, "c", new Index[] { 0, 0 }, _plan.Rows, n) { Transposed = true };
            yield return new Let("dj", 0);
        }
        yield return new Let("c0", 0);
        yield return new Let("cj", _direct ? "n0" : 0);
        // The accumulators of a panel begin at (0, cj): c is the output itself or scratch of one panel.
        foreach (Statement s in _transposed ? epilogue.Build("n0", n, 0, _plan.Rows) : epilogue.Build(0, _plan.Rows, "n0", n)) yield return s;
    }
}
