using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Collects the declarations of a program while a schedule writes its statements. Buffers that blocks share between kernels have fixed names:
/// <c>a</c> the broadcast side, <c>b</c> the vector side, <c>c</c> the accumulators.
/// </summary>
internal sealed class PlanBuilder(KernelSpec spec, Tier? tier, string target)
{
    /// <summary>A plan for one tier of a CPU.</summary>
    public PlanBuilder(KernelSpec spec, Tier tier)
        : this(spec, tier, tier.ToString())
    {
    }

    /// <summary>A panel of the vector side streams from the third-level cache for each rectangle: half as long as its products with the rows of one tile take. In hundredths.</summary>
    public const int StreamOverhead = 50;

    /// <summary>The rows of a tile, the broadcast side, are a fraction of a panel.</summary>
    public const int RowOverhead = 10;

    /// <summary>Rows or panels that are packed as well.</summary>
    public const int PackOverhead = 100;

    /// <summary>A pass over the weights takes about as long as their product with so many columns: with few columns they come from memory.</summary>
    public const int PassOfWeights = 4;

    /// <summary>Values of a row in a step of N:M weights with places.</summary>
    public const int Stored = 4;

    private readonly List<BufferDecl> _buffers = [];
    private readonly List<TileDecl> _tiles = [];
    private readonly List<Binding> _bindings = [];
    private readonly List<string> _reasons = [];

    public KernelSpec Spec { get; } = spec;

    /// <summary>The tier of a CPU that the plan is for.</summary>
    public Tier Tier => tier ?? throw new InvalidOperationException($"The plan for {target} is not one for a CPU.");

    /// <summary>Packed quantised weights are contracted as the integers they are, with floats; their scales come afterwards.</summary>
    public bool WeightsAreRaw { get; init; }

    public Index Rows => Extent(Spec.Rows, "rows");

    public Index Depth => Extent(Spec.Depth, "depth");

    public Index Columns => Extent(Spec.Columns, "columns");

    /// <summary>
    /// Whether a kernel has a form of its own on tiers with AVX-VNNI or Arm's Dp: four u8×s8 products to a lane need weights that stay within eight bits once their zero points are gone,
    /// and sums of the weights, which packed ones can bring along.
    /// </summary>
    public static bool HasDot4(KernelSpec spec) =>
        spec.IsIntegerContraction && spec.Operation is not (Operation.BatchReduceGemm or Operation.Rgms) && TilePlanner.RunsDense(spec) && spec.Weights.Storage == WeightStorage.Packed && !spec.Weights.Asymmetric
        && (spec.Weights.Scale != Per.Group || spec.Weights.ScaleGroup % 4 == 0)
        && MultipliesBytes(spec);

    /// <summary>Whether a kernel that reads its weights as a stream multiplies four entries at a time on those tiers (<see cref="StreamSchedule"/>).</summary>
    public static bool HasDotStream(KernelSpec spec) => IsStream(spec) && DotStreamObstacle(spec) is null;

    /// <summary>Why a sparse product of integers multiplies its entries one at a time, whatever the tier; null where it does not have to.</summary>
    public static string? DotStreamObstacle(KernelSpec spec) =>
        !NumberFormats.FitsByte(spec.Weights.Format) ? $"a signed byte does not hold every {NumberFormats.Name(spec.Weights.Format)} weight"
        : spec.Weights.Asymmetric ? "weights less their zero points need nine bits"
        : !TakesBytes(spec.X.Format) ? "X is not of bytes"
        : spec.Accumulator == WideSum ? "sums have 64 bits"
        : spec.Weights.Scale == Per.Group ? "a scale group has few entries in a row"
        : null;

    /// <summary>Integers in a sparse pattern whose general plan is a <see cref="StreamSchedule"/>; a constant few columns of compressed ones are walked by themselves.</summary>
    private static bool IsStream(KernelSpec spec) =>
        spec.Operation == Operation.Spmm && spec.IsIntegerContraction && spec.Weights.Storage == WeightStorage.Packed && !TilePlanner.RunsDense(spec) && !NumberFormats.IsBinaryCoded(spec.Weights.Format) && !KnownSchedule.Fits(spec)
        && !(spec.Weights.Pattern.AsRead.Kind == Pattern.RelativeCsc && spec.Columns is { IsConstant: true, Constant: <= ColumnSchedule.MaxColumns });

    /// <summary>
    /// Whether a sampled product multiplies bytes four at a time on those tiers. 4-bit factors become bytes on the way. Unsigned bytes by unsigned ones have no instruction, and would need a shift of one side; Arm's takes
    /// signed ones alone.
    /// </summary>
    public static bool HasSampledDots(KernelSpec spec, bool signedDots = false)
    {
        if (spec.Operation != Operation.Sddmm || spec.Accumulator == WideSum || !spec.IsIntegerContraction) return false;
        ElementType a = ElementOf(spec.Weights.Format), b = ElementOf(spec.X.Format);
        static bool IsByte(ElementType element) => element is ElementType.S8 or ElementType.U8 or ElementType.S4 or ElementType.U4;
        return IsByte(a) && IsByte(b) && (a == ElementType.U8, b == ElementType.U8) switch
        {
            (true, true) => false,
            (false, false) => true,
            _ => !signedDots,
        };
    }

    /// <summary>Whether any tier has dot products of four bytes for a kernel.</summary>
    public static bool HasDots(KernelSpec spec, bool signedDots = false) => HasDot4(spec) || HasDotStream(spec) || HasSampledDots(spec, signedDots);

    /// <summary>Weights that a signed byte holds, X of bytes, and sums of 32 bits.</summary>
    private static bool MultipliesBytes(KernelSpec spec) =>
        NumberFormats.FitsByte(spec.Weights.Format) && TakesBytes(spec.X.Format) && spec.Accumulator != WideSum;

    /// <summary>Whether X is of bytes once it is where dot products read it: those of four bits become signed ones on the way there.</summary>
    public static bool TakesBytes(NumberFormat x) => x is NumberFormat.Int8 or NumberFormat.UInt8 or NumberFormat.Int4 or NumberFormat.UInt4;

    /// <summary>An element of X of bytes there, before any shift.</summary>
    public static ElementType ByteOf(NumberFormat x) => x == NumberFormat.UInt8 ? ElementType.U8 : ElementType.S8;

    private const Accumulator WideSum = Intarsia.Accumulator.Int64;

    /// <summary>Integers beyond 16 signed bits, among them sums over edges, or sums of 64: one product of 32-bit lanes at a time, where pairs of 16-bit ones would not do.</summary>
    public bool IsWide => IsWideIn(Spec);

    private static bool IsWideIn(KernelSpec spec) => spec.IsIntegerContraction && (spec.Accumulator == WideSum || spec.Rgms is not null || !NumberFormats.FitsInt16(spec.Weights.Format) || !NumberFormats.FitsInt16(spec.X.Format));

    private bool IsDotTier => tier is Tier.Avx512Native or Tier.Avx512Vnni or Tier.Avx2Vnni or Tier.AdvSimdDp;

    /// <summary>The contraction runs on dot products of four bytes.</summary>
    public bool UsesDot4 => UsesPlacedDots || (HasDot4(Spec) && IsDotTier);

    /// <summary>The dot products of a sampled product are of four bytes.</summary>
    public bool UsesSampledDots => IsDotTier && tier != Tier.Avx512Native && HasSampledDots(Spec, SignedDots);

    /// <summary>Entries of a stream are multiplied four at a time.</summary>
    public bool UsesDotStream => IsDotTier && !UsesPlaces && HasDotStream(Spec);

    /// <summary>Whether a kernel has a form as machine code: one that gains from an instruction without an intrinsic.</summary>
    public static bool HasNative(KernelSpec spec) => PlanesSchedule.HasNative(spec) || HasDot4(spec) || HasDotStream(spec) || HasBFloat16Dots(spec) || HasWordDots(spec) || PlacesStep(spec) > 0;

    /// <summary>
    /// Depth in which a row of N:M weights stores four, if activations can be brought to where the weights are: a permutation of bytes takes them from at most 64, and pays for itself from 16 on, or from 8 where
    /// rows share it. 0 for a kernel that has no such form: the lanes must be rows, the weights packed integers without zero points or scale groups.
    /// </summary>
    public static int PlacesStep(KernelSpec spec)
    {
        if (spec.Operation != Operation.Spmm) return 0;
        PatternSpec pattern = spec.Weights.Pattern.AsRead;
        bool fits = pattern.Kind == Pattern.NM && spec.IsIntegerContraction && MultipliesBytes(spec) && spec.Y.Layout == MatrixLayout.TokenMajor && !spec.Weights.Asymmetric && spec.Weights.Scale != Per.Group;
        if (!fits || pattern.N < 1 || Stored % pattern.N != 0) return 0;
        int step = Stored / pattern.N * pattern.M;
        return step is 16 or 32 or 64 || (step == 8 && SharesPlaces(spec)) ? step : 0;
    }

    /// <summary>Whether vectors of accumulators share the places of their weights: lane by lane, they hold neighbouring rows of V:N:M weights.</summary>
    public static bool SharesPlaces(KernelSpec spec) =>
        spec.Weights.Pattern.AsRead is { Kind: Pattern.NM, V: > 0 } pattern && pattern.V % TierTable.PlacedShared.Vectors == 0
        && spec.Tiles.All(tile => tile.Tier != Tier.Avx512Native || tile.Vectors is 0 || tile.Vectors == TierTable.PlacedShared.Vectors);

    /// <summary>Rows that share a vector of places: 1 where none do.</summary>
    public int PlacesRows => UsesPlacedDots && SharesPlaces(Spec) ? TierTable.PlacedShared.Vectors : 1;

    /// <summary>
    /// Values that a row of N:M weights stores in a vector of binary32 activations, if a permutation of them can take those that it multiplies; 0 for a kernel that has no such form. As many as there are in every vector, no more: a value
    /// that is none would be multiplied by an activation that the row does not meet. Fours of them have their places in one lane, and more than twelve are more code than gain. A user's tile is one of streams.
    /// </summary>
    public static int PlacedFloats(KernelSpec spec, Tier tier)
    {
        PatternSpec pattern = spec.Weights.Pattern.AsRead;
        int lanes = TierTable.Bits(tier) / 32;
        bool fits = spec.Operation == Operation.Spmm && !spec.IsIntegerContraction && pattern is { Kind: Pattern.NM, VectorLength: 1 } && TierTable.Bits(tier) >= 256 && spec.Tiles.All(tile => tile.Tier != tier);
        if (!fits || pattern.N < 1 || pattern.M < 1 || lanes % pattern.M != 0) return 0;
        // Row-major operands are turned on the way in and out: an eighth of the products and fewer do not pay for both.
        if (spec.X.Layout == MatrixLayout.RowMajor && spec.Y.Layout == MatrixLayout.RowMajor && 8 * pattern.N <= pattern.M) return 0;
        return lanes / pattern.M * pattern.N is int stored and (1 or 2 or Stored or 2 * Stored or 3 * Stored) ? stored : 0;
    }

    /// <summary>The same for this plan.</summary>
    private int FloatsOfVector => tier is { } known ? PlacedFloats(Spec, known) : 0;

    /// <summary>Values of a row in a step of weights with places.</summary>
    public int StoredInStep => Math.Max(Stored, FloatsOfVector);

    /// <summary>Of how much of the depth each value has its place: a step, or a vector of activations.</summary>
    public int PlacesGroup => UsesPlacedDots ? Step : TierTable.Bits(Tier) / 32;

    /// <summary>The contraction takes what N:M weights multiply from each step of X.</summary>
    public bool UsesPlaces => UsesPlacedDots || UsesPlacedFloats;

    /// <summary>The same with multiply-adds of binary32.</summary>
    public bool UsesPlacedFloats => FloatsOfVector > 0;

    /// <summary>The same with dot products of bytes.</summary>
    private bool UsesPlacedDots => tier == Tier.Avx512Native && PlacesStep(Spec) > 0;

    /// <summary>Lanes of the accumulators are rows, as neighbours in memory are where Y is token-major; where they are not, sums are turned on their way to Y.</summary>
    public bool LanesAreRows => TurnsSums || Spec.Y.Layout == MatrixLayout.TokenMajor;

    /// <summary>Lanes are rows although Y is row-major: weights with places have theirs along rows.</summary>
    public bool TurnsSums => UsesPlaces && Spec.Y.Layout == MatrixLayout.RowMajor;

    /// <summary>Whether both sides of a dense product are bfloat16, so that pairs of them can be multiplied as they are.</summary>
    public static bool HasBFloat16Dots(KernelSpec spec) =>
        spec.Operation == Operation.Gemm && TilePlanner.RunsDense(spec) && spec.Weights.Format == NumberFormat.BFloat16 && spec.X.Format == NumberFormat.BFloat16;

    /// <summary>Whether a dense product is one of 16-bit integers, which are multiplied in pairs on every tier; machine code adds them up in the same instruction.</summary>
    public static bool HasWordDots(KernelSpec spec) =>
        spec.IsIntegerContraction && spec.Operation is Operation.Gemm or Operation.Spmm && TilePlanner.RunsDense(spec) && !HasDot4(spec) && !IsWideIn(spec)
        && !PlanesSchedule.Fits(spec) && !BitPlanesSchedule.Fits(spec) && !KnownSchedule.Fits(spec);

    /// <summary>The contraction runs on dot products of two bfloat16 numbers.</summary>
    public bool UsesBFloat16Dots => IsNative && HasBFloat16Dots(Spec);

    /// <summary>The contraction is machine code.</summary>
    public bool IsNative => tier == Tier.Avx512Native && HasNative(Spec);

    /// <summary>Arm multiplies signed by signed bytes, x86 unsigned by signed.</summary>
    public bool SignedDots => tier == Tier.AdvSimdDp;

    /// <summary>Activations of the other signedness are shifted by 128; the accumulators start at ∓128·Σw instead of 0.</summary>
    public bool ShiftsX => (UsesDot4 || UsesDotStream) && ByteOf(Spec.X.Format) == (SignedDots ? ElementType.U8 : ElementType.S8);

    /// <summary>Depth elements that one step of the contraction takes: 4 or 2 for dot products, as many as hold four stored ones for N:M weights with places, else 1.</summary>
    public int Step => UsesPlacedDots ? PlacesStep(Spec) : UsesPlaces ? StoredInStep / FloatsOfVector * PlacesGroup : UsesDot4 ? 4 : (Spec.IsIntegerContraction && !IsWide) || UsesBFloat16Dots ? 2 : 1;

    /// <summary>Steps over the whole depth.</summary>
    public Index Steps => Index.CeilDiv(Depth, Step);

    /// <summary>Elements of one side that the contraction computes on.</summary>
    public ElementType Compute(bool isWeights) => UsesDot4 ? isWeights || SignedDots ? ElementType.S8 : ElementType.U8 : IsWide ? ElementType.S32 : Spec.IsIntegerContraction ? ElementType.S16 : UsesBFloat16Dots ? ElementType.BF16 : ElementType.F32;

    /// <summary>Accumulators are integers, unless scales per group bring them to float.</summary>
    public ElementType Accumulator => !Spec.StartsAsInteger || HasScaledGroups ? ElementType.F32 : Spec.Accumulator == WideSum ? ElementType.S64 : ElementType.S32;

    /// <summary>An integer contraction that is scaled group by group, or plane by plane.</summary>
    public bool HasScaledGroups => Spec.IsIntegerContraction && (Spec.Weights.Scale == Per.Group || NumberFormats.IsBinaryCoded(Spec.Weights.Format));

    public ContractVia Via => UsesDot4 ? SignedDots ? ContractVia.Dot4Signed : ContractVia.Dot4 : IsWide ? ContractVia.IntegerMultiplyAdd : Spec.IsIntegerContraction ? ContractVia.Dot2 : UsesBFloat16Dots ? ContractVia.Dot2BFloat16 : ContractVia.Fma;

    public static ElementType ElementOf(NumberFormat format) => format switch
    {
        NumberFormat.Float32 or NumberFormat.TensorFloat32 => ElementType.F32,
        NumberFormat.Float16 => ElementType.F16,
        NumberFormat.BFloat16 => ElementType.BF16,
        NumberFormat.Int8 => ElementType.S8,
        NumberFormat.UInt8 => ElementType.U8,
        NumberFormat.Int4 => ElementType.S4,
        NumberFormat.Int32 => ElementType.S32,
        NumberFormat.Int16 => ElementType.S16,
        NumberFormat.UInt16 => ElementType.U16,
        NumberFormat.UInt4 => ElementType.U4,
        NumberFormat.Int64 => ElementType.S64,
        _ when NumberFormats.Get(format) is { BitPlanes: > 0 } planes => planes.Min >= 0 ? ElementType.U8 : planes.Bits < 8 ? ElementType.S8 : ElementType.S16,
        _ => throw new InvalidOperationException($"Number format {format} has no element type."),
    };

    public void Reason(string reason) => _reasons.Add(reason);

    public BufferDecl Operand(string name, ElementType element, Role role, Index[] shape, Index[] strides, BufferRole use = BufferRole.Input)
    {
        _bindings.Add(new Binding.Operand(name, role));
        return Add(new BufferDecl(name, element, shape, use, strides));
    }

    public BufferDecl Operand(string name, ElementType element, Role role, Index[] shape, Index? rowStride = null, BufferRole use = BufferRole.Input, int ordinal = 0)
    {
        var buffer = new BufferDecl(name, element, shape, use, Strides(rowStride));
        _bindings.Add(new Binding.Operand(name, role, ordinal));
        return Add(buffer);
    }

    public BufferDecl Prepared(ElementType element, Binding.Prepared binding, int fixedInner, params Index[] shape)
    {
        _bindings.Add(binding);
        return Add(new BufferDecl(binding.Buffer, element, shape, BufferRole.Input) { FixedInner = fixedInner });
    }

    /// <summary>Declares the bases of weights, each in one piece: one or more of a row, or one of all rows, which then all find the same.</summary>
    public BufferDecl Bases(Binding.Prepared binding, Index groups, int entries)
    {
        _bindings.Add(binding);
        return Add(new BufferDecl(binding.Buffer, ElementType.F32, new[] { Rows, groups * entries }, BufferRole.Input, Spec.Weights.Scale == Per.Tensor ? new EquatableArray<Index>([0, 1]) : default));
    }

    public BufferDecl PackedScales(string name, Index count)
    {
        _bindings.Add(new Binding.PackedScales(name));
        return Add(new BufferDecl(name, ElementType.F32, new[] { count }, BufferRole.Input));
    }

    /// <summary>One of the arrays that say where the packed result stores elements.</summary>
    public BufferDecl PackedPattern(string name, PatternPart part, params Index[] shape)
    {
        _bindings.Add(new Binding.PackedPattern(name, part));
        return Add(new BufferDecl(name, ElementType.S32, shape, BufferRole.Input));
    }

    /// <summary>The values of the packed result, all dimensions behind the first of them the same for every kernel that shares a block. Padding among them is left as it is.</summary>
    public BufferDecl PackedValues(string name, ElementType element, params Index[] shape)
    {
        _bindings.Add(new Binding.PackedValues(name));
        return Add(new BufferDecl(name, element, shape, BufferRole.InOut) { FixedInner = shape.Length - 1 });
    }

    /// <summary>Working memory of the whole call, which one spread fills for the next.</summary>
    public BufferDecl Common(string name, ElementType element, Index[] shape) => Add(new BufferDecl(name, element, shape, BufferRole.Common));

    public BufferDecl Scratch(string name, ElementType element, Index[] shape, int fixedInner = 0) => Add(new BufferDecl(name, element, shape, BufferRole.Scratch) { FixedInner = fixedInner });

    /// <summary>Declares a tile in the shared memory of a thread block.</summary>
    public string SharedTile(string name, ElementType element, params int[] shape)
    {
        _tiles.Add(new TileDecl(name, element, shape, TileLevel.Shared));
        return name;
    }

    /// <summary>Declares the tile of one factor there, which lies as the operand does: with the depth along its lines, or across them.</summary>
    public string FactorTile(string name, ElementType element, int extent, int depth, bool depthLast) => depthLast ? SharedTile(name, element, extent, depth) : SharedTile(name, element, depth, extent);

    /// <summary>Declares the table of weights that are codes, of sixteen numbers that the elements hold exactly.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="element">Signed bytes, binary16 or bfloat16.</param>
    /// <param name="part">Its binding, from the part that the elements make it.</param>
    public void CodeTable(string name, ElementType element, Func<string, PreparedPart, Binding.Prepared> part)
    {
        Prepared(element, part(name, element switch { ElementType.S8 => PreparedPart.Table, ElementType.F16 => PreparedPart.HalfTable, _ => PreparedPart.BFloat16Table }), 0, 16);
        Align(name, 16);
        // Three significant bits stand in the upper byte of binary16.
        if (element == ElementType.F16 && !NumberFormats.HasOwnIntegers(Spec.Weights.Format)) _buffers[_buffers.Count - 1] = _buffers[_buffers.Count - 1] with { LowBytesAreZero = true };
    }

    /// <summary>Lines of a buffer begin at multiples of <paramref name="bytes"/>.</summary>
    public void Align(string buffer, int bytes)
    {
        int at = _buffers.FindIndex(b => b.Name == buffer);
        _buffers[at] = _buffers[at] with { LineAlignment = bytes };
    }

    /// <summary>The outermost extent of a buffer, which another buffer says, is no more than that.</summary>
    public void Bound(string buffer, Index most)
    {
        int at = _buffers.FindIndex(b => b.Name == buffer);
        _buffers[at] = _buffers[at] with { MostOuter = most };
    }

    /// <summary>The same for every operand of the output's shape.</summary>
    public void AlignOperandsOfOutput(int bytes)
    {
        foreach (Binding.Operand binding in _bindings.OfType<Binding.Operand>().Where(b => b.Role is Role.Residual or Role.Multiplier)) Align(binding.Buffer, bytes);
    }

    /// <summary>The same for every vector that is read along the lines of the output: one element for each of theirs.</summary>
    public void AlignVectorsOfOutput(Index length, int bytes)
    {
        foreach (BufferDecl buffer in _buffers.Where(b => b.Role == BufferRole.Input && b.Shape.Count == 1 && b.Shape[0].Equals(length) && !b.Shape[0].Equals((Index)1)).ToArray()) Align(buffer.Name, bytes);
    }

    /// <summary>Declares a tile once; blocks that use the same name agree on its shape.</summary>
    public string Tile(string name, ElementType element, params int[] shape)
    {
        var tile = new TileDecl(name, element, shape);
        if (!_tiles.Contains(tile)) _tiles.Add(tile);
        return name;
    }

    /// <summary>The outer spread of a program, which knows what there is to do.</summary>
    public Spread Spread(string first, string last, Index extent, int grain, Index work, int overhead, params Statement[] body) =>
        new(first, last, extent, grain, body) { Overhead = overhead, Work = work, Most = Spec.Threads ?? 0 };

    /// <summary>Loops over the panels <c>pBegin</c> to <c>pEnd</c> of so many columns each, binding <c>n0</c> to the first column; the last panel has what is left.</summary>
    /// <param name="width">Columns of a whole panel.</param>
    /// <param name="inner">The statements of a panel, from its number of columns.</param>
    public Statement[] Panels(int width, Func<Index, Statement[]> inner)
    {
        Index full = Index.FloorDiv(Columns, width), rest = Columns - full * width;
        var body = new List<Statement>();
        if (full is not Index.Const { Value: 0 })
            body.Add(new For("panel", "pBegin", Index.Min("pEnd", full), 1, (Statement[])[new Let("n0", (Index)"panel" * width), .. inner(width)]));
        if (rest is Index.Const { Value: 0 }) return [.. body];
        Statement[] last = [new Let("n0", full * width), .. rest is Index.Const ? Array.Empty<Statement>() : [new Let("n", rest)], .. inner(rest is Index.Const ? rest : "n")];
        body.Add(new If(new Condition("pEnd", Relation.Greater, full), last));
        return [.. body];
    }

    /// <summary>What is added to X where it is shifted, which <see cref="ShiftsX"/> says.</summary>
    public int ShiftOfX => ShiftsX ? SignedDots ? -128 : 128 : 0;

    /// <summary>Copies the columns from <c>n0</c> of X into working memory, depth by depth, and fills up with zeros to a width.</summary>
    public Relayout PackColumns(string destination, Index columns, int width) => Spec.X.Layout == MatrixLayout.TokenMajor
        ? new Relayout(destination, new Index[] { 0, 0 }, "X", new Index[] { "n0", 0 }, columns, Depth) { Transposed = true, PaddedColumns = width }
        : new Relayout(destination, new Index[] { 0, 0 }, "X", new Index[] { 0, "n0" }, Depth, columns) { PaddedColumns = width };

    public KernelPlan Build(IEnumerable<Statement> body, string tile)
    {
        Index[] extents = Spec.IsContraction ? [Rows, Depth, Columns] : [Rows, Columns];
        string[] sizes = extents.OfType<Index.Var>().Select(v => v.Name)
            .Concat(Spec.IsContraction && Spec.Weights.HasStride ? ["ldw"] : []).Concat(Spec.X.HasStride ? ["ldx"] : []).Concat(Spec.Y.HasStride ? ["ldy"] : [])
            .Concat(_bindings.Any(b => b is Binding.Prepared { Kind: PreparedKind.Stream or PreparedKind.Column or PreparedKind.Group }) ? [KernelPlan.PartsSize, KernelPlan.StoredSize] : [])
            .Concat(Spec.Rgms is not null ? [KernelPlan.SourcesSize] : [])
            .Concat(Spec.Operation is Operation.Sddmm or Operation.Rgms && tier is not null ? [KernelPlan.StoredSize] : [])
            .Concat(_bindings.Any(b => b is Binding.PackedPattern { Part: PatternPart.BlockRows or PatternPart.Places }) ? [KernelPlan.SlotsSize] : [])
            .Concat(Spec.Batch is not { } batch ? [] : tier is null ? Gpu.BatchTerms.Sizes(batch) : BatchReduceSchedule.Sizes(batch))
            .ToArray();
        var program = new TileProgram(KernelName.Of(Spec), target, sizes, _buffers.ToArray(), _tiles.ToArray(), body.ToArray(), _reasons.ToArray());
        return new KernelPlan(program, _bindings.ToArray(), tile);
    }

    private static EquatableArray<Index> Strides(Index? rowStride) => rowStride is { } stride ? new EquatableArray<Index>([stride, 1]) : default;

    private static Index Extent(Extent extent, string name) => extent.IsConstant ? extent.Constant : name;

    private BufferDecl Add(BufferDecl buffer)
    {
        _buffers.Add(buffer);
        return buffer;
    }
}
