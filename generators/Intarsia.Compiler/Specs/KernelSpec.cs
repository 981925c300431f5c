namespace Intarsia.Compiler.Specs;

/// <summary>What a kernel computes.</summary>
public enum Operation
{
    /// <summary><c>Y = W·X</c>, W dense.</summary>
    Gemm,

    /// <summary><c>Y = W·X</c>, W sparse.</summary>
    Spmm,

    /// <summary><c>C = β·C + Σ A_r·B_r</c>.</summary>
    BatchReduceGemm,

    /// <summary><c>Y = epilogue(X)</c>.</summary>
    Elementwise,

    /// <summary><c>Y = epilogue(softmax(scale·X))</c> along each line as it lies in memory.</summary>
    Softmax,

    /// <summary><c>Y = epilogue((X − mean)/√(variance + epsilon)·gamma + beta)</c> of each line as it lies in memory.</summary>
    LayerNorm,

    /// <summary><c>Y = epilogue(X/√(mean of X² + epsilon)·gamma)</c> of each line as it lies in memory.</summary>
    RmsNorm,

    /// <summary><c>D = epilogue(scale·(A·Bᵀ))</c> where D stores an element: W is A, X is Bᵀ, Y is D.</summary>
    Sddmm,

    /// <summary><c>Y = epilogue(B·X)</c>, B a product of butterfly factors, which stand for W.</summary>
    Butterfly,

    /// <summary><c>Y = epilogue(Σ_r A_r·X·W_r)</c>: W holds the transposes of the W_r beside each other, rows×(relations·depth); X is sources×depth, token-major.</summary>
    Rgms,
}

/// <summary>
/// What the user said about one kernel, and nothing that was decided: immutable, structurally equal, free of symbols, syntax and locations, so that
/// the incremental pipeline can compare two of them. <c>W</c> is rows×depth, <c>X</c> depth×columns, <c>Y</c> rows×columns.
/// An operation that is no contraction has neither weights nor a depth, and its <c>X</c> is rows×columns.
/// </summary>
public sealed record KernelSpec
{
    private readonly WeightSpec? _weights;

    public required Operation Operation { get; init; }
    public Extent Rows { get; init; }
    public Extent Depth { get; init; }
    public Extent Columns { get; init; }

    /// <summary>The left operand of a contraction.</summary>
    /// <exception cref="InvalidOperationException">The spec has none: its operation is no contraction (see <see cref="IsContraction"/>), or nobody set them.</exception>
    public WeightSpec Weights
    {
        get => _weights ?? throw new InvalidOperationException($"This {Operation} has no weights.");
        init => _weights = value;
    }

    public required ActivationSpec X { get; init; }
    public required OutputSpec Y { get; init; }
    public EquatableArray<Tpp> Epilogue { get; init; }
    public Accumulator Accumulator { get; init; }
    public EquatableArray<TileOverride> Tiles { get; init; }
    /// <summary>Threads that a call may use at most; null where nothing is declared. Not part of the name: it changes no result.</summary>
    public int? Threads { get; init; }

    /// <summary>Tiles of thread blocks, for GPUs.</summary>
    public EquatableArray<BlockOverride> Blocks { get; init; }

    /// <summary>Extents given to a tile that a tile of its kind does not have.</summary>
    public EquatableArray<ForeignTileExtent> ForeignTileExtents { get; init; }

    public BatchSpec? Batch { get; init; }

    /// <summary>What a softmax has beside X; null for other operations.</summary>
    public SoftmaxSpec? Softmax { get; init; }

    /// <summary>What a layer norm or an RMS norm has beside X; null for other operations.</summary>
    public NormSpec? Norm { get; init; }

    /// <summary>What a sampled product has beside A, B and D; null for other operations.</summary>
    public SddmmSpec? Sddmm { get; init; }

    /// <summary>The stages of a butterfly product; null for other operations.</summary>
    public ButterflySpec? Butterfly { get; init; }

    /// <summary>The relations of a relational product; null for other operations.</summary>
    public RgmsSpec? Rgms { get; init; }

    /// <summary>The pattern of the packed operand of a contraction: the weights, or the result of a sampled product.</summary>
    public PatternSpec Pattern => Operation == Operation.Sddmm ? Y.Pattern : Weights.Pattern;

    /// <summary>The factors of a sampled product whose rows are not contiguous: A that lies depth×rows, and B that lies depth×columns.</summary>
    public (bool A, bool B) TurnedFactors => Operation == Operation.Sddmm ? (Weights.Layout == MatrixLayout.TokenMajor, X.Layout == MatrixLayout.RowMajor) : (false, false);

    /// <summary>The packed weights are depth×rows: the kernel multiplies by their transpose.</summary>
    public bool IsTransposed => IsContraction && Weights.Pattern.Transposed;

    /// <summary>True for the operations that multiply weights with X.</summary>
    public bool IsContraction => Operations.Get(Operation).IsContraction;

    /// <summary>True where the contraction runs on integers: both operands are integers, so the accumulator is one.</summary>
    public bool IsIntegerContraction => IsContraction && NumberFormats.IsInteger(Weights.Format) && NumberFormats.IsInteger(X.Format);

    /// <summary>True where the chain starts from a 32-bit integer.</summary>
    public bool StartsAsInteger => IsIntegerContraction || (Operation == Operation.Elementwise && NumberFormats.IsInteger(X.Format));

    /// <summary>The derived, readable name; see <see cref="KernelName"/>.</summary>
    public override string ToString() => KernelName.Of(this);
}

/// <summary>One extent: a compile-time constant, or (0) an argument of the call.</summary>
public readonly record struct Extent(int Constant)
{
    public bool IsConstant => Constant > 0;

    public override string ToString() => IsConstant ? Constant.ToString(System.Globalization.CultureInfo.InvariantCulture) : "N";
}

/// <summary>How the left operand reaches the kernel.</summary>
public enum WeightStorage
{
    /// <summary>A <c>PackedMatrix</c>: canonical layout, prepared once for the kernel.</summary>
    Packed,

    /// <summary>A span in row-major order (that of a sampled product in either), new at every call. Dense only.</summary>
    Span,
}

/// <summary>The left operand.</summary>
public sealed record WeightSpec
{
    public PatternSpec Pattern { get; init; } = PatternSpec.Dense;
    public required NumberFormat Format { get; init; }
    public WeightStorage Storage { get; init; }

    /// <summary>What shares a scale; None for floats and for integer weights used raw.</summary>
    public Per Scale { get; init; }

    /// <summary>Length of a scale group in dense depth; 0 unless <see cref="Scale"/> is <see cref="Per.Group"/>.</summary>
    public int ScaleGroup { get; init; }

    /// <summary>Each scale has a zero point.</summary>
    public bool Asymmetric { get; init; }

    /// <summary>How A of a sampled product lies: row-major is rows×depth, token-major depth×rows. Row-major for every other operation.</summary>
    public MatrixLayout Layout { get; init; }

    /// <summary>A span has a leading-dimension argument.</summary>
    public bool HasStride { get; init; }
}

/// <summary>The right operand.</summary>
public sealed record ActivationSpec
{
    public required NumberFormat Format { get; init; }
    public MatrixLayout Layout { get; init; }

    /// <summary>None, Tensor or Token.</summary>
    public Per Scale { get; init; }

    public bool HasStride { get; init; }
}

/// <summary>The result.</summary>
public sealed record OutputSpec
{
    public required NumberFormat Format { get; init; }
    public MatrixLayout Layout { get; init; }
    public bool HasStride { get; init; }

    /// <summary>Where the result of a sampled product stores elements, in a <c>PackedMatrix</c>; dense for every other operation.</summary>
    public PatternSpec Pattern { get; init; } = PatternSpec.Dense;

    /// <summary>What shares a scale of a packed 8-bit result: Tensor, which the kernel sets to the scale of Y, or None.</summary>
    public Per Scale { get; init; }

    /// <summary>The result is a <c>PackedMatrix</c>.</summary>
    public bool IsPacked => Pattern.Kind != Intarsia.Pattern.Dense;
}

/// <summary>A sparsity pattern with its parameters; those that the kind does not have are 0.</summary>
public sealed record PatternSpec(Pattern Kind, int N = 0, int M = 0, int V = 0)
{
    public static PatternSpec Dense { get; } = new(Pattern.Dense);

    /// <summary>The file that the declaration takes the places of the elements from; null where they come with the packed matrix.</summary>
    public string? File { get; init; }

    /// <summary>What that file says; null without a file, and where it has not been read.</summary>
    public KnownPattern? Known { get; init; }

    /// <summary>Rows that share one column pattern: V for vector rows and for V:N:M, else 1.</summary>
    public int VectorLength => Transposed ? AsRead.VectorLength : Kind switch { Pattern.VectorRows => V, Pattern.NM => Math.Max(V, 1), Pattern.Bsr => RowsTogether(BlockRows), Pattern.Composite when Parts.Count > 0 => Parts.Min(part => part.VectorLength), _ => 1 };

    /// <summary>Values do not lie row by row (or strip by strip) in the order of the columns: whoever writes them is told the place of each. The runtime's topologies say the same.</summary>
    public bool ListsPlaces => Kind switch { Pattern.Csr or Pattern.Ell or Pattern.VectorRows or Pattern.Bsr => false, Pattern.NM => V > 1, _ => true };

    /// <summary>Rows of a window, whose columns are condensed; 0 for other patterns. The runtime's layout says the same.</summary>
    public int WindowRows => Kind == Pattern.RowWindows ? 16 : 0;

    /// <summary>Rows of a block of BSR; 0 for other patterns.</summary>
    public int BlockRows { get; init; }

    /// <summary>Columns of a block of BSR; 0 for other patterns.</summary>
    public int BlockColumns { get; init; }

    /// <summary>Of BSR, only block rows that hold blocks are stored.</summary>
    public bool DoublyCompressed { get; init; }

    /// <summary>Places of a row of ELL; 0 for other patterns.</summary>
    public int Width { get; init; }

    /// <summary>Partitions of the columns of hyb; 0 for other patterns.</summary>
    public int Partitions { get; init; }

    /// <summary>The exponent of the widest bucket of hyb; 0 for other patterns.</summary>
    public int BucketExponent { get; init; }

    /// <summary>Lanes of compressed sparse columns; 0 for other patterns.</summary>
    public int Lanes { get; init; }

    /// <summary>Banks of gather-scatter groups (B); 0 for other patterns.</summary>
    public int Banks { get; init; }

    /// <summary>Elements of a row in a gather-scatter group (k); 0 for other patterns.</summary>
    public int PerRow { get; init; }

    /// <summary>Gather-scatter groups that a bundle of rows may have; 0 where there is no padding, and for other patterns.</summary>
    public int Groups { get; init; }

    /// <summary>The rows of a gather-scatter bundle need not be neighbours.</summary>
    public bool Scatter { get; init; }

    /// <summary>Of blocks and vectors in a sum of formats: the percentage from which one is taken; else 0.</summary>
    public int Fill { get; init; }

    /// <summary>The kernel multiplies by the transpose of the packed matrix, which is depth×rows; the other members are those of the matrix as it is packed.</summary>
    public bool Transposed { get; init; }

    /// <summary>
    /// What the kernel meets, rows×depth: the pattern itself, or that of its transpose: blocks of c×b, windows of rows that were columns, and for all others rows of single elements. The runtime's layouts say the same.
    /// </summary>
    public PatternSpec AsRead => !Transposed ? this : Kind switch
    {
        Pattern.Bsr => new PatternSpec(Pattern.Bsr) { BlockRows = BlockColumns, BlockColumns = BlockRows },
        Pattern.Dense or Pattern.RowWindows => new PatternSpec(Kind),
        _ => new PatternSpec(Pattern.Csr),
    };

    /// <summary>The formats of a sum, in the order in which they take elements; none for other patterns.</summary>
    public EquatableArray<PatternSpec> Parts { get; init; }

    /// <summary>What rules on single formats look at: the parts of a sum, else the pattern itself.</summary>
    public IEnumerable<PatternSpec> Formats => Kind == Pattern.Composite ? Parts : [this];

    public override string ToString() => $"{FormatText}{(Fill > 0 ? $"f{Fill}" : "")}{(Transposed ? "t" : "")}";

    private string FormatText => Kind switch
    {
        Pattern.Dense => "dense",
        Pattern.NM => $"nm{N}of{M}{(V > 0 ? $"v{V}" : "")}",
        Pattern.VectorRows => $"srbcrs{V}",
        Pattern.Csr => "csr",
        Pattern.Bsr => $"{(DoublyCompressed ? "d" : "")}bsr{BlockRows}x{BlockColumns}",
        Pattern.Ell => $"ell{Width}",
        Pattern.Hyb => $"hyb{Partitions}k{BucketExponent}",
        Pattern.RowWindows => "win16x8",
        Pattern.GatherScatter => $"gs{Banks}k{PerRow}{(Groups != 0 ? $"q{Groups}" : "")}{(Scatter ? "s" : "")}",
        Pattern.Composite => string.Join("+", Parts),
        Pattern.RelativeCsc => $"rcsc{Lanes}",
        _ => Kind.ToString().ToLowerInvariant(),
    };

    /// <summary>The greatest power of two up to 16 that divides the rows of a block: a block is cut into strips of so many rows, which registers hold. The runtime's layouts say the same.</summary>
    private static int RowsTogether(int blockRows) => blockRows > 0 ? Math.Min(blockRows & -blockRows, 16) : 1;
}

/// <summary>A user's tile for one tier; extents at 0 stay the planner's.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="Height">Rows of accumulators.</param>
/// <param name="Vectors">Vectors of a row.</param>
/// <param name="Depth">Depth of a cache block, in elements.</param>
/// <param name="Slices">Slices of the depth that threads sum apart, 1 for none.</param>
public sealed record TileOverride(Tier Tier, int Height, int Vectors, int Depth, int Slices = 0);

/// <summary>A user's tile of a thread block for one architecture; extents at 0 stay the planner's.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Rows">Rows of Y.</param>
/// <param name="Columns">Columns of Y.</param>
/// <param name="Depth">Depth of one stage, in elements.</param>
/// <param name="Warps">Warps that contract.</param>
/// <param name="Stages">Steps of the depth in shared memory.</param>
public sealed record BlockOverride(GpuArchitecture Architecture, int Rows = 0, int Columns = 0, int Depth = 0, int Warps = 0, int Stages = 0);

/// <summary>An extent of a tile for a CPU that was given to one for a GPU, or the other way about.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsBlock">It was given to a tile of a thread block.</param>
/// <param name="Index">Which of the tiles of that kind.</param>
public sealed record ForeignTileExtent(string Name, bool IsBlock, int Index);

/// <summary>How the terms of a batch-reduce GEMM are reached.</summary>
public enum BatchAddressing
{
    /// <summary>Term r stands r strides behind the first.</summary>
    Stride,

    /// <summary>Element offsets, validated at the call.</summary>
    Offsets,

    /// <summary>A span of <c>ReadOnlyMemory</c>.</summary>
    List,

    /// <summary>Raw addresses in an unsafe signature.</summary>
    Addresses,
}

/// <summary>The batch of a batch-reduce GEMM.</summary>
public sealed record BatchSpec(BatchAddressing Addressing, bool HasBeta);

/// <summary>A softmax.</summary>
/// <param name="Scale">What its argument is multiplied by; 1 where <paramref name="HasScaleArgument"/>.</param>
/// <param name="HasScaleArgument">The factor is an argument of the call.</param>
public sealed record SoftmaxSpec(float Scale = 1, bool HasScaleArgument = false);

/// <summary>A norm of each line.</summary>
/// <param name="Epsilon">What is added to the variance, or the mean square.</param>
/// <param name="HasGamma">The result is multiplied by a vector.</param>
/// <param name="HasBeta">A vector is added to it; a layer norm only.</param>
public sealed record NormSpec(float Epsilon = NormSpec.DefaultEpsilon, bool HasGamma = false, bool HasBeta = false)
{
    /// <summary>The epsilon of an attribute that says none.</summary>
    public const float DefaultEpsilon = 1e-5f;
}

/// <summary>A sampled product.</summary>
/// <param name="Scale">What the dot products are multiplied by; 1 where <paramref name="HasScaleArgument"/>.</param>
/// <param name="HasScaleArgument">The factor is an argument of the call.</param>
/// <param name="IsMasked">They are multiplied by the old values of the result, too.</param>
public sealed record SddmmSpec(float Scale = 1, bool HasScaleArgument = false, bool IsMasked = false)
{
    /// <summary>The dot products are multiplied by something.</summary>
    public bool Multiplies => HasScaleArgument || IsMasked || !Scale.Equals(1f);
}

/// <summary>A product of butterfly factors.</summary>
/// <param name="Blocks">Products of log2(n) stages one after the other, with strides that rise and fall in turn.</param>
/// <param name="Decreasing">Those of the first block fall.</param>
/// <param name="Complex">Elements are complex numbers: two rows each, the real part and the imaginary one.</param>
public sealed record ButterflySpec(int Blocks = 1, bool Decreasing = false, bool Complex = false)
{
    /// <summary>Rows of an element: 2 where it is complex, else 1.</summary>
    public int Parts => Complex ? 2 : 1;

    /// <summary>Stages of a block, log2(n), for a number of rows of X.</summary>
    public int Stages(int depth)
    {
        int stages = 0;
        while ((long)Parts << stages < depth) stages++;
        return stages;
    }

    /// <summary>Elements that a stage mixes: n, the power of two from those of X up.</summary>
    public int Elements(int depth) => 1 << Stages(depth);

    /// <summary>Rows that a stage mixes: those of n elements.</summary>
    public int Length(int depth) => Parts << Stages(depth);

    /// <summary>Products beside each other: as many as it takes to fill the rows of Y.</summary>
    public int Stacks(int rows, int depth) => (int)((rows + (long)Length(depth) - 1) / Length(depth));

    /// <summary>Whether the strides of a block fall.</summary>
    public bool Falls(int block) => Decreasing != (block % 2 == 1);

    /// <summary>Numbers of a stage: <c>[n/2][2][2]</c>, or twice as many where they are complex.</summary>
    public int OfStage(int depth) => 2 * Length(depth);

    /// <summary>Numbers of all factors: <c>[stacks][blocks][log2 n][n/2][2][2]</c>, or twice as many where they are complex.</summary>
    public long Count(int rows, int depth) => (long)Stacks(rows, depth) * Blocks * Stages(depth) * OfStage(depth);
}

/// <summary>A relational gather, product and scatter.</summary>
/// <param name="Relations">Relations: matrices that lie beside each other in the graph and in the weights.</param>
/// <param name="Edges">The format of the values of the edges.</param>
public sealed record RgmsSpec(int Relations, NumberFormat Edges = NumberFormat.Float32);
