using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Turns the chain of TPPs into one block over a region of accumulators: load from the accumulators at (<c>c0</c>, <c>cj</c>), map and zip in registers, store to the output. It runs
/// while the region is still in the first-level cache, so that contraction blocks stay the same for every chain.
/// </summary>
internal sealed class EpilogueBuilder
{
    private readonly PlanBuilder _plan;
    private readonly int _bits;
    private readonly int _lanes;
    private readonly bool _lanesAreRows;
    private readonly bool _inPlace;
    private readonly string _accumulators;

    public EpilogueBuilder(PlanBuilder plan, TileShape shape, bool lanesAreRows, bool inPlace, string accumulators = "c")
    {
        _plan = plan;
        _bits = shape.Bits;
        _lanes = shape.Lanes;
        _lanesAreRows = lanesAreRows;
        _inPlace = inPlace;
        _accumulators = accumulators;
        DeclareOperands();
    }

    private KernelSpec Spec => _plan.Spec;

    private Index Outer => _lanesAreRows ? _plan.Columns : _plan.Rows;

    private Index Lanes => _lanesAreRows ? _plan.Rows : _plan.Columns;

    /// <summary>The block over outer rows <paramref name="outerBegin"/>… and lanes <paramref name="lanesBegin"/>…; nothing when the accumulators already are the output.</summary>
    public IEnumerable<Statement> Build(Index outerBegin, Index outerCount, Index lanesBegin, Index lanesCount)
    {
        if (_inPlace && Spec.Epilogue.Count == 0 && !ScalesAccumulator) yield break;
        yield return new Let("e0", outerBegin);
        yield return new Let("j0", lanesBegin);
        yield return new Let("en", outerCount);
        yield return new Let("jn", lanesCount);
        yield return new Block(Name(), (Statement[])[new For("e", 0, "en", 1, (Statement[])[new For("j", 0, "jn", _lanes, Chain().ToArray()) { Lanes = true }])]) { VectorBits = _bits };
    }

    private string Name()
    {
        string chain = string.Join("_", Spec.Epilogue.Select(step => step == Tpp.Dequantise ? "dequantise" + DequantiseSuffix() : step == Tpp.Bias && BiasIsInteger ? "biasint" : step.ToString().ToLowerInvariant()));
        string from = _plan.Accumulator == ElementType.S32 ? "s32" : "f32";
        string scaled = !ScalesAccumulator ? "" : Spec.Weights.Scale == Per.Row ? "scaledr_" : "scaledt_";
        return $"epilogue_{(_lanesAreRows ? "rows" : "columns")}_{from}_{scaled}{(chain.Length > 0 ? chain + "_" : "")}{NumberFormats.Name(Spec.Y.Format)}{(_inPlace ? "_inplace" : _accumulators == "c" ? "" : "_" + _accumulators)}";
    }

    private string DequantiseSuffix() =>
        (UsesWeightScale ? Spec.Weights.Scale == Per.Row ? "r" : "t" : "") + (Spec.X.Scale switch { Per.Tensor => "xt", Per.Token => "xk", _ => "" });

    private bool UsesWeightScale => Spec.Weights.Scale is Per.Tensor or Per.Row && Spec.IsIntegerContraction;

    /// <summary>Quantised weights in a span are contracted as they stand; their scales, which do not depend on the depth, come first in the chain. Packed weights are scaled as they are prepared.</summary>
    private bool ScalesAccumulator => Spec.Weights.Storage == WeightStorage.Span && Spec.Weights.Scale != Per.None && !Spec.IsIntegerContraction;

    /// <summary>A bias on the raw integer accumulator is an integer one.</summary>
    private bool BiasIsInteger => Spec.IsIntegerContraction && !Spec.Epilogue.Contains(Tpp.Dequantise);

    private void DeclareOperands()
    {
        int biases = 0, residuals = 0, multipliers = 0;
        if (ScalesAccumulator) DeclareWeightScale();
        foreach (Tpp step in Spec.Epilogue)
        {
            switch (step)
            {
                case Tpp.Dequantise:
                    if (UsesWeightScale) DeclareWeightScale();
                    if (Spec.X.Scale != Per.None) _plan.Operand("xscale", ElementType.F32, Role.XScale, [Spec.X.Scale == Per.Token ? _plan.Columns : 1]);
                    break;
                case Tpp.Bias:
                    _plan.Operand("bias" + biases, BiasIsInteger ? ElementType.S32 : ElementType.F32, Role.Bias, [_plan.Rows], ordinal: biases++);
                    break;
                case Tpp.Residual:
                    _plan.Operand("residual" + residuals, ElementType.F32, Role.Residual, [Outer, Lanes], Lanes, ordinal: residuals++);
                    break;
                case Tpp.Multiply:
                    _plan.Operand("multiplier" + multipliers, ElementType.F32, Role.Multiplier, [Outer, Lanes], Lanes, ordinal: multipliers++);
                    break;
                case Tpp.Requantise:
                    _plan.Operand("yscale", ElementType.F32, Role.YScale, [1]);
                    break;
            }
        }
    }

    private void DeclareWeightScale()
    {
        Index count = Spec.Weights.Scale == Per.Row ? _plan.Rows : 1;
        if (Spec.Weights.Storage == WeightStorage.Packed) _plan.PackedScales("wscale", count);
        else _plan.Operand("wscale", ElementType.F32, Role.WeightScale, [count]);
    }

    private IEnumerable<Statement> Chain()
    {
        Index outer = (Index)"e0" + "e", lane = (Index)"j0" + "j";
        bool integer = _plan.Accumulator == ElementType.S32;
        string raw = _plan.Tile($"raw_1x{_lanes}", ElementType.S32, 1, _lanes), v = _plan.Tile($"v_1x{_lanes}", ElementType.F32, 1, _lanes);
        string value = integer ? raw : v;
        int biases = 0, residuals = 0, multipliers = 0;
        yield return new Load(value, _accumulators, new[] { (Index)"c0" + "e", (Index)"cj" + "j" }, _inPlace || _accumulators != "c" ? Clip.Columns : Clip.None);
        if (ScalesAccumulator)
            foreach (Statement s in PerRow(v, "wscale", Spec.Weights.Scale == Per.Row, ZipOp.Multiply, outer, lane, ElementType.F32)) yield return s;
        foreach (Tpp step in Spec.Epilogue)
        {
            switch (step)
            {
                case Tpp.Dequantise:
                    if (integer) yield return new Map(v, MapOp.Copy, raw);
                    integer = false;
                    value = v;
                    if (UsesWeightScale)
                        foreach (Statement s in PerRow(v, "wscale", Spec.Weights.Scale == Per.Row, ZipOp.Multiply, outer, lane, ElementType.F32)) yield return s;
                    if (Spec.X.Scale != Per.None)
                        foreach (Statement s in PerToken(v, "xscale", Spec.X.Scale == Per.Token, outer, lane)) yield return s;
                    break;
                case Tpp.Bias:
                    foreach (Statement s in PerRow(value, "bias" + biases++, true, ZipOp.Add, outer, lane, integer ? ElementType.S32 : ElementType.F32)) yield return s;
                    break;
                case Tpp.Residual:
                    foreach (Statement s in PerElement(v, "residual" + residuals++, ZipOp.Add, outer, lane)) yield return s;
                    break;
                case Tpp.Multiply:
                    foreach (Statement s in PerElement(v, "multiplier" + multipliers++, ZipOp.Multiply, outer, lane)) yield return s;
                    break;
                case Tpp.Requantise:
                    string scale = _plan.Tile("yscaleValue_1x1", ElementType.F32, 1, 1);
                    yield return new Load(scale, "yscale", new Index[] { 0 });
                    yield return new Zip(v, ZipOp.Divide, v, scale);
                    string rounded = _plan.Tile($"q_1x{_lanes}", PlanBuilder.ElementOf(Spec.Y.Format), 1, _lanes);
                    yield return new Map(rounded, MapOp.RoundSaturate, v);
                    value = rounded;
                    break;
                default:
                    yield return new Map(value, step switch { Tpp.Relu => MapOp.Relu, Tpp.Gelu => MapOp.Gelu, Tpp.GeluTanh => MapOp.GeluTanh, _ => MapOp.Silu }, value);
                    break;
            }
        }
        yield return new Store(_inPlace ? "c" : "Y", new[] { outer, lane }, value, Clip.Columns);
    }

    /// <summary>value op= operand[row]: a vector where lanes are rows, else a broadcast.</summary>
    private IEnumerable<Statement> PerRow(string value, string buffer, bool perRow, ZipOp op, Index outer, Index lane, ElementType element)
    {
        bool vector = perRow && _lanesAreRows;
        string tile = vector ? _plan.Tile($"{buffer}Value_1x{_lanes}", element, 1, _lanes) : _plan.Tile($"{buffer}Value_1x1", element, 1, 1);
        yield return new Load(tile, buffer, new[] { !perRow ? 0 : _lanesAreRows ? lane : outer }, vector ? Clip.Columns : Clip.None);
        yield return new Zip(value, op, value, tile);
    }

    /// <summary>value *= operand[token]: a vector where lanes are columns, else a broadcast.</summary>
    private IEnumerable<Statement> PerToken(string value, string buffer, bool perToken, Index outer, Index lane)
    {
        bool vector = perToken && !_lanesAreRows;
        string tile = vector ? _plan.Tile($"{buffer}Value_1x{_lanes}", ElementType.F32, 1, _lanes) : _plan.Tile($"{buffer}Value_1x1", ElementType.F32, 1, 1);
        yield return new Load(tile, buffer, new[] { !perToken ? 0 : _lanesAreRows ? outer : lane }, vector ? Clip.Columns : Clip.None);
        yield return new Zip(value, ZipOp.Multiply, value, tile);
    }

    private IEnumerable<Statement> PerElement(string value, string buffer, ZipOp op, Index outer, Index lane)
    {
        string tile = _plan.Tile($"{buffer}Value_1x{_lanes}", ElementType.F32, 1, _lanes);
        yield return new Load(tile, buffer, new[] { outer, lane }, Clip.Columns);
        yield return new Zip(value, op, value, tile);
    }
}
