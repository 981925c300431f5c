using System.Globalization;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// The chain of TPPs on one tile of values, at one place of the output: a vector on a CPU, the tile of a thread block on a GPU. Whatever made the values (a contraction, a norm, a load of X),
/// the steps are these.
/// </summary>
internal sealed class EpilogueSteps
{
    private readonly PlanBuilder _plan;
    private readonly int _height;
    private readonly int _lanes;
    private readonly bool _lanesAreRows;

    public EpilogueSteps(PlanBuilder plan, int lanes, bool lanesAreRows, int height = 1)
        : this(lanes, plan, lanesAreRows, height) => DeclareOperands();

    private EpilogueSteps(int lanes, PlanBuilder plan, bool lanesAreRows, int height)
    {
        _plan = plan;
        _height = height;
        _lanes = lanes;
        _lanesAreRows = lanesAreRows;
    }

    /// <summary>The entries of a sampled product that stand along the lanes; null where lanes are columns or rows.</summary>
    public SampledLine? Sampled { get; init; }

    /// <summary>The same chain, with the same operands, on tiles of another width.</summary>
    public EpilogueSteps OfWidth(int lanes) => new(lanes, _plan, _lanesAreRows, _height) { Sampled = Sampled };

    private KernelSpec Spec => _plan.Spec;

    /// <summary>Extent of the output's lines: tokens, or rows.</summary>
    public Index Outer => _lanesAreRows ? _plan.Columns : _plan.Rows;

    /// <summary>Extent along a line: rows, or columns.</summary>
    public Index Lanes => _lanesAreRows ? _plan.Rows : _plan.Columns;

    /// <summary>The tile that holds a value before the chain, an integer or a float.</summary>
    public string Start => _plan.Accumulator == ElementType.F32 ? Value : Raw;

    /// <summary>The tile of floats.</summary>
    public string Value => _plan.Tile($"v_{Shape}", ElementType.F32, _height, _lanes);

    /// <summary>Quantised weights in a span are contracted as they stand; their scales, which do not depend on the depth, come first in the chain. Packed weights are scaled as they are prepared.</summary>
    public bool ScalesAccumulator => Spec.IsContraction && (Spec.Weights.Storage == WeightStorage.Span || _plan.WeightsAreRaw) && Spec.Weights.Scale is (Per.Tensor or Per.Row) && !Spec.IsIntegerContraction;

    /// <summary>The chain as a part of a block's name: everything that its text depends on beside the lanes.</summary>
    public string Name
    {
        get
        {
            string chain = string.Concat(Spec.Epilogue.Select(step => (step == Tpp.Dequantise ? "dequantise" + DequantiseSuffix() : step == Tpp.Bias && BiasIsInteger ? "biasint" : step.ToString().ToLowerInvariant()) + "_"));
            string scaled = !ScalesAccumulator ? "" : Spec.Weights.Scale == Per.Row ? "scaledr_" : "scaledt_";
            return scaled + chain + FactorName() + NumberFormats.Name(Spec.Y.Format);
        }
    }

    /// <summary>The statements of the chain on <see cref="Start"/>, and the tile that holds what comes out.</summary>
    public (IReadOnlyList<Statement> Statements, string Result) Build(Index outer, Index lane)
    {
        var statements = new List<Statement>();
        bool integer = _plan.Accumulator != ElementType.F32;
        string v = Value, value = Start;
        int biases = 0, residuals = 0, multipliers = 0;
        if (ScalesAccumulator) statements.AddRange(PerRow(v, "wscale", Spec.Weights.Scale == Per.Row, ZipOp.Multiply, outer, lane, ElementType.F32));
        if (!integer) statements.AddRange(Factors(v));
        foreach (Tpp step in Spec.Epilogue)
        {
            switch (step)
            {
                case Tpp.Dequantise:
                    if (integer) statements.Add(new Map(v, MapOp.Copy, Raw));
                    integer = false;
                    value = v;
                    if (UsesWeightScale) statements.AddRange(PerRow(v, "wscale", Spec.Weights.Scale == Per.Row, ZipOp.Multiply, outer, lane, ElementType.F32));
                    if (Spec.X.Scale != Per.None) statements.AddRange(PerToken(v, "xscale", Spec.X.Scale == Per.Token, outer, lane));
                    statements.AddRange(Factors(v));
                    break;
                case Tpp.Bias:
                    statements.AddRange(PerRow(value, "bias" + biases++, true, ZipOp.Add, outer, lane, integer ? ElementType.S32 : ElementType.F32));
                    break;
                case Tpp.Residual:
                    statements.AddRange(PerElement(v, "residual" + residuals++, ZipOp.Add, outer, lane));
                    break;
                case Tpp.Multiply:
                    statements.AddRange(PerElement(v, "multiplier" + multipliers++, ZipOp.Multiply, outer, lane));
                    break;
                case Tpp.Requantise:
                    string scale = _plan.Tile("yscaleValue_1x1", ElementType.F32, 1, 1);
                    statements.Add(new Load(scale, "yscale", new Index[] { 0 }));
                    statements.Add(new Zip(v, ZipOp.Divide, v, scale));
                    // What lies in planes are codes: those of signs are half of what a number is above the least.
                    if (NumberFormats.Get(Spec.Y.Format) is { HasSignPlanes: true } signs) statements.AddRange([new Map(v, MapOp.Offset, v, signs.Max), new Map(v, MapOp.Scale, v, 0.5)]);
                    value = _plan.Tile($"q_{Shape}", NumberFormats.IsBitPlanes(Spec.Y.Format) ? ElementType.U8 : PlanBuilder.ElementOf(Spec.Y.Format), _height, _lanes);
                    statements.Add(new Map(value, MapOp.RoundSaturate, v));
                    break;
                default:
                    statements.Add(new Map(value, step switch { Tpp.Relu => MapOp.Relu, Tpp.Gelu => MapOp.Gelu, Tpp.GeluTanh => MapOp.GeluTanh, _ => MapOp.Silu }, value));
                    break;
            }
        }
        return (statements, value);
    }

    /// <summary>What a sampled product multiplies its sums by: its scale, then the values that the result holds.</summary>
    private IEnumerable<Statement> Factors(string value)
    {
        if (Spec.Sddmm is not { } sampled) yield break;
        if (sampled.HasScaleArgument)
        {
            string scale = _plan.Tile("scaleValue_1x1", ElementType.F32, 1, 1);
            yield return new Load(scale, "scale", new Index[] { 0 });
            yield return new Zip(value, ZipOp.Multiply, value, scale);
        }
        else if (!sampled.Scale.Equals(1f))
        {
            yield return new Map(value, MapOp.Scale, value, sampled.Scale);
        }
        if (!sampled.IsMasked) yield break;
        string held = _plan.Tile($"held_{Shape}", ElementType.F32, _height, _lanes);
        yield return Sampled!.Read(held);
        yield return new Zip(value, ZipOp.Multiply, value, held);
    }

    private string FactorName() => Spec.Sddmm is not { } sampled ? ""
        : (sampled.HasScaleArgument ? "scaled_" : sampled.Scale.Equals(1f) ? "" : "scale" + FloatText.Identifier(sampled.Scale) + "_") + (sampled.IsMasked ? "masked_" : "");

    private string Raw => _plan.Tile($"raw_{Shape}", _plan.Accumulator, _height, _lanes);

    private string Line => string.Format(CultureInfo.InvariantCulture, "1x{0}", _lanes);

    private string Shape => string.Format(CultureInfo.InvariantCulture, "{0}x{1}", _height, _lanes);

    private string DequantiseSuffix() =>
        (UsesWeightScale ? Spec.Weights.Scale == Per.Row ? "r" : "t" : "") + (Spec.X.Scale switch { Per.Tensor => "xt", Per.Token => "xk", _ => "" });

    private bool UsesWeightScale => Spec.IsIntegerContraction && !NumberFormats.IsBinaryCoded(Spec.Weights.Format) && Spec.Weights.Scale is Per.Tensor or Per.Row;

    /// <summary>A bias on the raw integer accumulator is an integer one.</summary>
    private bool BiasIsInteger => Spec.StartsAsInteger && !Spec.Epilogue.Contains(Tpp.Dequantise);

    private void DeclareOperands()
    {
        int biases = 0, residuals = 0, multipliers = 0;
        if (ScalesAccumulator) DeclareWeightScale();
        if (Spec.Sddmm is { HasScaleArgument: true }) _plan.Operand("scale", ElementType.F32, Role.Scale, [1]);
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

    /// <summary>value op= operand[row]: a vector where lanes are rows, else a broadcast.</summary>
    private IEnumerable<Statement> PerRow(string value, string buffer, bool perRow, ZipOp op, Index outer, Index lane, ElementType element)
    {
        string tile = LoadVector(buffer, element, perRow, alongLanes: _lanesAreRows, outer, lane, out Statement load);
        yield return load;
        yield return new Zip(value, op, value, tile);
    }

    /// <summary>value *= operand[token]: a vector where lanes are columns, else a broadcast.</summary>
    private IEnumerable<Statement> PerToken(string value, string buffer, bool perToken, Index outer, Index lane)
    {
        if (perToken && Sampled is { Entry: { } entry } line)
        {
            string columns = _plan.Tile($"column_{Line}", ElementType.S32, 1, _lanes), scales = _plan.Tile($"{buffer}Value_{Line}", ElementType.F32, 1, _lanes);
            yield return new Load(columns, SampledLine.Columns, new[] { entry }, Clip.Columns) { Until = line.EntryEnd };
            yield return new Gather(scales, buffer, columns, default);
            yield return new Zip(value, ZipOp.Multiply, value, scales);
            yield break;
        }
        string tile = LoadVector(buffer, ElementType.F32, perToken, alongLanes: !_lanesAreRows, outer, lane, out Statement load);
        yield return load;
        yield return new Zip(value, ZipOp.Multiply, value, tile);
    }

    private IEnumerable<Statement> PerElement(string value, string buffer, ZipOp op, Index outer, Index lane)
    {
        string tile = _plan.Tile($"{buffer}Value_{Shape}", ElementType.F32, _height, _lanes);
        yield return new Load(tile, buffer, new[] { outer, lane }, _height > 1 ? Clip.All : Clip.Columns);
        yield return new Zip(value, op, value, tile);
    }

    /// <summary>One value for all, a row of values along the lanes, or a column of them along the outer rows.</summary>
    private string LoadVector(string buffer, ElementType element, bool isVector, bool alongLanes, Index outer, Index lane, out Statement load)
    {
        (int height, int lanes) = !isVector ? (1, 1) : alongLanes ? (1, _lanes) : (_height, 1);
        string tile = _plan.Tile(string.Format(CultureInfo.InvariantCulture, "{0}Value_{1}x{2}", buffer, height, lanes), element, height, lanes);
        load = new Load(tile, buffer, new[] { !isVector ? 0 : alongLanes ? lane : outer }, lanes > 1 ? Clip.Columns : height > 1 ? Clip.Rows : Clip.None) { Transposed = height > 1 };
        return tile;
    }
}
