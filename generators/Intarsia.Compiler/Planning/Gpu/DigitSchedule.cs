using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// SpMM of V×1 or V:N:M weights of 16, 12, 8 or 4 bits with an X of 16, 8 or 4, on tensor cores that multiply bytes: both sides are digits of eight bits, every plane of one is multiplied with every plane of the other, and the sums are put
/// together at the end, in a fixed order (Li et al., Magicube, SC'22). Hopper has no data path for 4-bit integers: they become bytes on their way into registers.
/// </summary>
internal sealed class DigitSchedule
{
    /// <summary>Entries of a stride: the depth of one instruction.</summary>
    private const int Stride = 32;

    /// <summary>Bytes of a gathered line that a warp takes.</summary>
    private const int BytesOfWarp = 64;

    /// <summary>Entries whose products of two digits 32 bits hold: 2³¹ / 255², in whole strides and a power of two.</summary>
    private const int SafeEntries = 32768;

    private readonly PlanBuilder _plan;
    private readonly DigitLayout _layout;
    private readonly int _vector;
    private readonly bool _aligned;
    private readonly bool _lanesAreRows;
    private readonly WarpGrid _warps;
    private readonly int _width;

    public DigitSchedule(KernelSpec spec, Device device, bool aligned)
    {
        _plan = new PlanBuilder(spec, null, device.ToString());
        _vector = spec.Weights.Pattern.VectorLength;
        _layout = DigitLayout.Of(spec.Weights.Format, _vector);
        _aligned = aligned;
        _lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;
        int bits = NumberFormats.Get(spec.X.Format).Bits, columnsOfWarp = 8 * BytesOfWarp / bits;
        // A lane copies a chunk of the weights: long lists of lines need the lanes of two warps.
        bool isNarrow = spec.Columns.IsConstant && spec.Columns.Constant <= columnsOfWarp && _layout.Tiles.All(tile => tile.Lines <= 16);
        _warps = new WarpGrid(1, isNarrow ? 1 : 2);
        _width = _warps.Count * columnsOfWarp;
    }

    /// <summary>Whether this schedule serves a spec that breaks no rule: vectors that share the rows of X they gather, rows that lie contiguous, and one sum over the depth.</summary>
    public static bool Fits(KernelSpec spec) => spec.IsIntegerContraction && spec.Operation == Operation.Spmm && Obstacle(spec) is null;

    /// <summary>What keeps a contraction of integers from this schedule, and what would help; null where nothing does.</summary>
    public static (string Found, string WayOut)? Obstacle(KernelSpec spec)
    {
        WeightSpec weights = spec.Weights;
        if (spec.IsTransposed && weights.Pattern.VectorLength < 2) return ($"only those of vectors, and the columns of these weights, {weights.Pattern with { Transposed = false }}, which are transposed, share no rows", "use Pattern.Bsr with blocks of an even number of columns, best a multiple of 8");
        if (weights.Pattern.VectorLength < 2) return ($"only those of vectors, and these weights are {weights.Pattern}", "give the rows of a pattern V of 2, 4, 8 or 16, as Pattern.VectorRows does");
        if (spec.X.Layout == MatrixLayout.TokenMajor) return ("X is token-major, and vectors share whole rows of it", "use a row-major X");
        if (weights.Asymmetric) return ("the weights have zero points", "quantise them without");
        if (weights.Scale == Per.Group && spec.Epilogue.Contains(Tpp.Dequantise)) return ("the weights have a scale per group, and digits are summed over the whole depth", "use Per.Row");
        return null;
    }

    private KernelSpec Spec => _plan.Spec;

    private ElementType Sum => _plan.Accumulator;

    private Index Segments => Index.CeilDiv(_plan.Rows, _vector);

    /// <summary>Signed halves of bytes are multiplied by sixteen, the upper half where it stands: two masks and a shift for eight of them, no signs to extend. Their sums are divided again, exactly.</summary>
    private bool IsTimesSixteen => Spec.X.Format == NumberFormat.Int4;

    /// <summary>Sums of 64 bits, or sixteenfold ones, over so many entries that those of 32 have to be added up on the way.</summary>
    private bool IsLong => (Sum == ElementType.S64 || IsTimesSixteen) && !(Spec.Depth.IsConstant && Spec.Depth.Constant <= SafeEntries);

    public KernelPlan Build()
    {
        DeclareOperands();
        (int height, int lanes) = _lanesAreRows ? (_width, _vector) : (_vector, _width);
        var steps = new EpilogueSteps(_plan, lanes, _lanesAreRows, height);
        if (_aligned) _plan.AlignOperandsOfOutput(16);
        (Index outer, Index lane) = _lanesAreRows ? ((Index)"c0", (Index)"row") : ("row", "c0");
        (IReadOnlyList<Statement> chain, string value) = steps.Build(outer, lane);

        string total = _plan.Tile("total", Sum, _vector, _width);
        Explain();
        Statement[] body =
        [
            new Let("row", At("groups", "s") * _vector), new Let("begin", At("starts", "s")), new Let("end", At("starts", (Index)"s" + 1)),
            new Fill(total, 0),
            .. IsLong
                ? [new For("part", "begin", "end", SafeEntries, (Statement[])[.. Sums("part", Index.Min((Index)"part" + SafeEntries, "end")), .. Combine(total)])]
                : (Statement[])[.. Sums("begin", "end"), .. Combine(total)],
            _lanesAreRows ? new Transpose(steps.Start, total, new[] { 1, 0 }) : new Map(steps.Start, MapOp.Copy, total),
            .. chain,
            new Store("Y", new[] { outer, lane }, value, Clip.All),
        ];
        var rows = new For("s", 0, Segments, 1, new Statement[] { new Block("segments", body) { Warps = _warps } }) { Parallel = true };
        return _plan.Build([new For("c0", 0, _plan.Columns, _width, new Statement[] { rows }) { Parallel = true }], Shape);
    }

    private string Shape => $"1 segment by {_width} columns, {Stride} entries deep, {(_aligned ? 3 : 1)} stage{(_aligned ? "s" : "")}, {_warps} warps";

    private static Index At(string buffer, Index index) => new Index.Read(buffer, new[] { index });

    /// <summary>The sums of every pair of planes, in 32 bits, over some of the entries.</summary>
    private IEnumerable<Statement> Sums(Index begin, Index end)
    {
        string[] digits = [.. Digits().Select(digit => digit.Tile)];
        foreach (DigitTile tile in _layout.Tiles)
            for (int q = 0; q < digits.Length; q++) yield return new Fill(_plan.Tile(SumName(tile, q), ElementType.S32, tile.Lines, _width), 0);
        var step = new List<Statement>
        {
            new Load(_plan.Tile("at", ElementType.S32, Stride), "indices", new Index[] { "p" }),
            new Gather("b", "X", "at", new Index[] { "c0" }) { Clip = Clip.Columns },
        };
        step.AddRange(Digits().SelectMany(digit => digit.Make));
        foreach (DigitTile tile in _layout.Tiles)
        {
            step.Add(new Load(_plan.Tile(tile.Name + "Tile", tile.Element, tile.Lines, Stride), tile.Name, new[] { Index.FloorDiv("p", Stride), 0, 0 }));
            for (int q = 0; q < digits.Length; q++) step.Add(new Contract(SumName(tile, q), tile.Name + "Tile", digits[q], ContractVia.Mma));
        }
        yield return new For("p", begin, end, Stride, step.ToArray()) { Stages = _aligned ? 3 : 1 };
    }

    private static string SumName(DigitTile tile, int digit) => $"{tile.Name}Sum{digit.ToString(System.Globalization.CultureInfo.InvariantCulture)}";

    /// <summary>The digits of X, the least first, and what makes them of the gathered rows.</summary>
    private (string Tile, Statement[] Make)[] Digits()
    {
        NumberFormatRow x = NumberFormats.Get(Spec.X.Format);
        ElementType top = x.Min < 0 ? ElementType.S8 : ElementType.U8;
        if (x.Bits == 8) return [("b", [])];
        if (x.Bits == 4)
        {
            string bytes = _plan.Tile("x0", top, Stride, _width);
            return [(bytes, IsTimesSixteen ? [new Fill(Four, 4), new Zip(bytes, ZipOp.ShiftLeft, "b", Four)] : [new Map(bytes, MapOp.Copy, "b")])];
        }
        string low = _plan.Tile("x0", ElementType.U8, Stride, _width), high = _plan.Tile("x1", top, Stride, _width), eight = _plan.Tile("eight", ElementType.S32, 1, 1);
        string shifted = _plan.Tile("shifted", PlanBuilder.ElementOf(Spec.X.Format), Stride, _width);
        return [(low, [new Map(low, MapOp.Copy, "b")]), (high, [new Fill(eight, 8), new Zip(shifted, ZipOp.ShiftRight, "b", eight), new Map(high, MapOp.Copy, shifted)])];
    }

    private string Four => _plan.Tile("four", ElementType.S32, 1, 1);

    /// <summary>Adds the sums of all pairs of planes, each at its place, to the total.</summary>
    private IEnumerable<Statement> Combine(string total)
    {
        int digits = Digits().Length;
        string part = _plan.Tile("digits", Sum, _vector, _width);
        if (IsTimesSixteen) yield return new Fill(Four, 4);
        foreach (DigitTile tile in _layout.Tiles)
        {
            for (int q = 0; q < digits; q++)
            {
                if (IsTimesSixteen) yield return new Zip(SumName(tile, q), ZipOp.ShiftRight, SumName(tile, q), Four);
                yield return new Linear(part, tile.Weigh(_vector, q), _vector, tile.Lines, SumName(tile, q));
                yield return new Zip(total, ZipOp.Add, total, part);
            }
        }
    }

    private void DeclareOperands()
    {
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.DigitStream, _layout.Order, Stride, 0, part);
        Index entries = At("starts", Segments), strides = Index.FloorDiv(entries, Stride);
        _plan.Prepared(ElementType.S32, Part("groups", PreparedPart.SegmentGroups), 0, Segments);
        _plan.Prepared(ElementType.S32, Part("starts", PreparedPart.SegmentStarts), 0, Segments + 1);
        _plan.Prepared(ElementType.S32, Part("indices", PreparedPart.Indices), 0, entries);
        foreach (DigitTile tile in _layout.Tiles)
        {
            _plan.Prepared(tile.Element, Part(tile.Name, tile.Part), 2, strides, tile.Lines, Stride);
            _plan.Align(tile.Name, 16);
        }

        ElementType x = PlanBuilder.ElementOf(Spec.X.Format);
        Index line = Spec.X.HasStride ? "ldx" : _plan.Columns;
        _plan.Operand("X", x, Role.X, [_plan.Depth, _plan.Columns], line);
        if (_aligned) _plan.Align("X", 16);
        _plan.SharedTile("b", x, Stride, _width);
        Index[] shape = _lanesAreRows ? [_plan.Columns, _plan.Rows] : [_plan.Rows, _plan.Columns];
        _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, shape, Spec.Y.HasStride ? "ldy" : shape[1], BufferRole.Output);
        if (_aligned) _plan.Align("Y", 16);
    }

    private void Explain()
    {
        int digits = Digits().Length;
        _plan.Reason($"{Spec.Weights.Pattern} weights as a stream of {_vector}x1 vectors, longest segments first");
        _plan.Reason($"tensor cores on bytes: {_layout.Planes} digit plane{(_layout.Planes == 1 ? "" : "s")} of the weights, {digits} of X{(NumberFormats.IsNibble(Spec.X.Format) ? ", whose halves of bytes become bytes in registers" : "")}");
        _plan.Reason($"a stride of vectors takes {_layout.Instructions} instruction{(_layout.Instructions == 1 ? "" : "s")} for 16 columns and a digit of X with its lines on the 8 columns of an instruction, {_layout.InstructionsByRows} on its 16 rows: the former");
        if (_layout.Tiles.Count > 1) _plan.Reason("the low plane is unsigned, the top one signed: an instruction for each");
        if (IsTimesSixteen) _plan.Reason("bytes of X are sixteenfold: two masks and a shift for eight, and their sums are divided again");
        if (Sum == ElementType.S64 || IsLong) _plan.Reason(IsLong ? $"sums of digits in 32 bits are added to the total every {SafeEntries} entries" : "the depth leaves room for the sums of digits in 32 bits; they are put together in 64");
        _plan.Reason($"thread block {Shape}");
        _plan.Reason(_aligned ? "lines begin and end at multiples of 16 bytes" : "nothing is known of the alignment: element by element");
    }
}
