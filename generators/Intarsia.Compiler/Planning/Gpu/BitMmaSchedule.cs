using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// Planes times planes on tensor cores (APNN-TC; Feng et al., SC'21, section 4): a thread block computes one tile of Y, in which every pair of planes is an instruction that counts the bits which lines of both have in common, times a power
/// of two. Both factors lie in memory as kernels leave their results, words of 32 depths with their planes beside each other. What codes leave out is affine, as <see cref="BitPlanesSchedule"/> says: one part of it comes with the weights, the
/// other takes the sum of a column of X, which is counted against a line of ones as long as the depth. Where Y is to lie in planes, its codes are packed in the block that made them, and the next layer reads the words as its X.
/// </summary>
internal sealed class BitMmaSchedule
{
    /// <summary>Extents of the tile of a thread block.</summary>
    private const int Extent = 64;

    /// <summary>Planes of both factors up to which a step is as deep as two instructions; beyond, as one.</summary>
    private const int PlanesOfDeepSteps = 8;

    private const int Stages = 3;

    /// <summary>Planes of both factors up to which a warp has registers for 32×32 sums beside the fragments of all planes; beyond, for 32×16.</summary>
    private const int PlanesOfLargeTiles = 4;

    private readonly PlanBuilder _plan;
    private readonly bool _lanesAreRows;
    private readonly bool _writesPlanes;
    private readonly bool _aligned;
    private readonly NumberFormatRow _weights;
    private readonly NumberFormatRow _x;
    private readonly NumberFormatRow _y;

    public BitMmaSchedule(KernelSpec spec, Device device, bool aligned)
    {
        _plan = new PlanBuilder(spec, null, device.ToString());
        _lanesAreRows = spec.Y.Layout != MatrixLayout.RowMajor;
        _writesPlanes = spec.Y.Layout == MatrixLayout.BitPlanes;
        _aligned = aligned;
        _weights = NumberFormats.Get(spec.Weights.Format);
        _x = NumberFormats.Get(spec.X.Format);
        _y = NumberFormats.Get(spec.Y.Format);
    }

    /// <summary>X lies in planes: a thread block cuts no numbers into such.</summary>
    public static bool Fits(KernelSpec spec) => BitPlanesSchedule.Fits(spec) && spec.X.Layout == MatrixLayout.BitPlanes;

    /// <summary>Words of depth that a step has in shared memory.</summary>
    public static int StepWords(int planes) => planes <= PlanesOfDeepSteps ? 16 : 8;

    /// <summary>Warps of a thread block.</summary>
    public static WarpGrid WarpsOf(int planes) => planes <= PlanesOfLargeTiles ? new WarpGrid(2, 2) : new WarpGrid(2, 4);

    private KernelSpec Spec => _plan.Spec;

    private int Step => StepWords(_weights.BitPlanes + _x.BitPlanes);

    private WarpGrid Warps => WarpsOf(_weights.BitPlanes + _x.BitPlanes);

    private Index Words => Index.CeilDiv(_plan.Depth, SplitPlanes.WordBits);

    private bool HasOffsets => _weights.HasSignPlanes || Spec.Weights.Asymmetric;

    public KernelPlan Build()
    {
        Binding.Prepared Part(string buffer, PreparedPart part) => new(buffer, PreparedKind.BitRow, 0, _weights.BitPlanes, -_x.Min, part);
        _plan.Prepared(ElementType.S32, Part("W", PreparedPart.Values), 0, _plan.Rows, Words, _weights.BitPlanes);
        if (HasOffsets) _plan.Prepared(ElementType.S32, Part("o", PreparedPart.Offsets), 0, _plan.Rows);
        if (_x.HasSignPlanes) _plan.Prepared(ElementType.S32, Part("r", PreparedPart.Compensation), 0, _plan.Rows);
        Index line = Words * _x.BitPlanes;
        _plan.Operand("X", ElementType.S32, Role.X, [_plan.Columns, Words, _x.BitPlanes], [Spec.X.HasStride ? "ldx" : line, _x.BitPlanes, 1]);
        (Index outer, Index lanes) = _lanesAreRows ? (_plan.Columns, _plan.Rows) : (_plan.Rows, _plan.Columns);
        if (_writesPlanes) DeclarePlanes();
        else _plan.Operand("Y", PlanBuilder.ElementOf(Spec.Y.Format), Role.Y, [outer, lanes], Spec.Y.HasStride ? "ldy" : lanes, BufferRole.Output);
        var steps = new EpilogueSteps(_plan, Extent, _lanesAreRows, Extent);
        if (_aligned && !_writesPlanes)
        {
            _plan.Align("Y", 16);
            _plan.AlignOperandsOfOutput(16);
        }

        string acc = steps.Start;
        var body = new List<Statement> { new Fill(acc, 0) };
        if (HasOffsets) body.Add(new Fill(Total, 0));
        body.Add(new For("k", 0, Words, Step, Products(acc).ToArray()) { Stages = Stages });
        if (HasOffsets) body.AddRange(Offsets(acc));
        if (_x.HasSignPlanes) body.AddRange(PerRow("compensation", "r", load => new Zip(acc, ZipOp.Add, acc, load)));
        (IReadOnlyList<Statement> chain, string value) = steps.Build("o0", "l0");
        body.AddRange(chain);
        if (_writesPlanes) body.AddRange(PackCodes(value));
        else body.Add(new Store("Y", new Index[] { "o0", "l0" }, value, Clip.All));

        Explain();
        var block = new Block("tile", body.ToArray()) { Warps = Warps };
        var across = new For("l0", 0, lanes, Extent, new Statement[] { block }) { Parallel = true };
        return _plan.Build([new For("o0", 0, outer, Extent, new Statement[] { across }) { Parallel = true }], $"{Extent}x{Extent}, {Step * SplitPlanes.WordBits} deep, {Stages} stages, {Warps} warps, {_weights.BitPlanes}x{_x.BitPlanes} planes");
    }

    /// <summary>The sums of the columns of X: along the lanes, or down them.</summary>
    private string Total => _lanesAreRows ? _plan.Tile("total", ElementType.S32, Extent, 1) : _plan.Tile("total", ElementType.S32, 1, Extent);

    private List<Statement> Products(string acc)
    {
        var body = new List<Statement>();
        string[] w = [.. Planes("w", "W", _weights.BitPlanes, _lanesAreRows ? "l0" : "o0", body)], x = [.. Planes("x", "X", _x.BitPlanes, _lanesAreRows ? "o0" : "l0", body)];
        int times = (_weights.HasSignPlanes ? 2 : 1) * (_x.HasSignPlanes ? 2 : 1);
        for (int i = 0; i < w.Length; i++)
            for (int j = 0; j < x.Length; j++)
                body.Add(new Contract(acc, _lanesAreRows ? x[j] : w[i], _lanesAreRows ? w[i] : x[j], ContractVia.BitPlanes) { TransposedB = true, Times = times << (i + j) });
        if (!HasOffsets) return body;
        // A bit for each element that the depth has.
        string place = _plan.Tile("place", ElementType.S32, 1, Step * SplitPlanes.WordBits), left = _plan.Tile("left", ElementType.S32, 1, Step * SplitPlanes.WordBits), ones = _plan.Tile("ones", ElementType.S32, 1, Step);
        body.AddRange([new Iota(place, (Index)"k" * SplitPlanes.WordBits - _plan.Depth, 1), new Map(left, MapOp.Negate, place), new Pack(ones, left)]);
        for (int j = 0; j < x.Length; j++)
            body.Add(new Contract(Total, _lanesAreRows ? x[j] : ones, _lanesAreRows ? ones : x[j], ContractVia.BitPlanes) { TransposedB = true, Times = (_x.HasSignPlanes ? 2 : 1) << j });
        return body;
    }

    /// <summary>The planes of a factor, one tile each.</summary>
    private IEnumerable<string> Planes(string name, string buffer, int planes, Index line, List<Statement> body)
    {
        for (int plane = 0; plane < planes; plane++)
        {
            string words = _plan.SharedTile(FormattableString.Invariant($"{name}{plane}Words"), ElementType.S32, Extent, Step, 1), tile = _plan.Tile(FormattableString.Invariant($"{name}{plane}"), ElementType.S32, Extent, Step);
            body.Add(new Load(words, buffer, new[] { line, "k", plane }, Clip.All));
            body.Add(new Transpose(tile, words, new[] { 0, 1, 2 }));
            yield return tile;
        }
    }

    /// <summary>acc += β_w·ΣX.</summary>
    private IEnumerable<Statement> Offsets(string acc)
    {
        string shift = _plan.Tile("shift", ElementType.S32, Extent, Extent);
        return [.. PerRow("offset", "o", offset => new Zip(shift, ZipOp.Multiply, offset, Total)), new Zip(acc, ZipOp.Add, acc, shift)];
    }

    private IEnumerable<Statement> PerRow(string name, string buffer, Func<string, Statement> use)
    {
        string tile = _lanesAreRows ? _plan.Tile(name, ElementType.S32, 1, Extent) : _plan.Tile(name, ElementType.S32, Extent, 1);
        return [new Load(tile, buffer, new Index[] { _lanesAreRows ? "l0" : "o0" }, _lanesAreRows ? Clip.Columns : Clip.Rows) { Transposed = !_lanesAreRows }, use(tile)];
    }

    private void DeclarePlanes()
    {
        Index words = Index.CeilDiv(_plan.Rows, SplitPlanes.WordBits), line = words * _y.BitPlanes;
        _plan.Operand("Y", ElementType.S32, Role.Y, [_plan.Columns, words, _y.BitPlanes], [Spec.Y.HasStride ? "ldy" : line, _y.BitPlanes, 1], BufferRole.Output);
    }

    /// <summary>The codes as planes: a code beyond the largest is taken as that one, rows that Y has not have code 0, and bit p of 32 neighbouring rows of a token is a word.</summary>
    private IEnumerable<Statement> PackCodes(string codes)
    {
        const int Words = Extent / SplitPlanes.WordBits;
        string largest = _plan.Tile("largest", ElementType.U8, 1, 1), row = _plan.Tile("row", ElementType.S32, 1, Extent), left = _plan.Tile("rowsLeft", ElementType.S32, 1, Extent), none = _plan.Tile("none", ElementType.U8, 1, 1);
        yield return new Fill(largest, (1 << _y.BitPlanes) - 1);
        yield return new Zip(codes, ZipOp.Min, codes, largest);
        yield return new Iota(row, (Index)"l0" - _plan.Rows, 1);
        yield return new Map(left, MapOp.Negate, row);
        yield return new Fill(none, 0);
        yield return new Select(codes, left, codes, none);
        for (int plane = 0; plane < _y.BitPlanes; plane++)
        {
            string number = plane.ToString(System.Globalization.CultureInfo.InvariantCulture);
            string bit = _plan.Tile("bit" + number, ElementType.U8, 1, 1), bits = _plan.Tile("bits" + number, ElementType.U8, Extent, Extent), packed = _plan.Tile("packed" + number, ElementType.S32, Extent, Words), words = _plan.Tile("words" + number, ElementType.S32, Extent, Words, 1);
            yield return new Fill(bit, 1 << plane);
            yield return new Zip(bits, ZipOp.BitAnd, codes, bit);
            yield return new Pack(packed, bits);
            yield return new Transpose(words, packed, new[] { 0, 1 });
            yield return new Store("Y", new[] { "o0", Index.FloorDiv("l0", SplitPlanes.WordBits), plane }, words, Clip.All);
        }
    }

    private void Explain()
    {
        _plan.Reason($"tensor cores on bits: {_weights.BitPlanes} planes of weights times {_x.BitPlanes} of X are {_weights.BitPlanes * _x.BitPlanes} instructions for each of their tiles, exact in 32 bits");
        _plan.Reason(_writesPlanes ? "tokens by rows: a warp holds 32 rows of a token, whose codes it packs into a word for each plane" : _lanesAreRows ? "tokens by rows: Y is token-major" : "rows by columns: Y is row-major");
        if (HasOffsets) _plan.Reason("a weight of code 0 is not 0: sums of columns of X are counted against ones");
        _plan.Reason("planes that lie beside each other are copied word by word, and lie apart in shared memory");
    }
}
