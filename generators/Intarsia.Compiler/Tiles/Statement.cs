namespace Intarsia.Compiler.Tiles;

/// <summary>One statement of a <see cref="TileProgram"/>. Tiles are named by their declaration; a shape of 1 broadcasts, as in the TPP paper.</summary>
public abstract record Statement
{
    private Statement() { }

    /// <summary><c>for (variable = begin; variable &lt; end; variable += step)</c>.</summary>
    public sealed record For(string Variable, Index Begin, Index End, Index Step, EquatableArray<Statement> Body) : Statement
    {
        /// <summary>Iterations to unroll; a hint.</summary>
        public int Unroll { get; init; } = 1;

        /// <summary>The loop steps over lanes: only its last iteration may be partial, so a backend peels it. A hint.</summary>
        public bool Lanes { get; init; }

        /// <summary>With <see cref="Lanes"/>: less than a step is left, so that the partial iteration is the only one. A hint.</summary>
        public bool Tail { get; init; }

        /// <summary>Iterations do not depend on each other: a GPU spreads them over its grid.</summary>
        public bool Parallel { get; init; }

        /// <summary>Iterations whose loads may be on their way at once; 1 where each waits for its own. A hint.</summary>
        public int Stages { get; init; } = 1;

        /// <summary>
        /// Threads that the iterations are dealt to in turn, each with accumulators of its own, which are added up in a fixed order at the end (split-K); 1 for none. The body adds to accumulators,
        /// and nothing else of it outlives an iteration. In a nest of such loops the inner one deals to neighbouring threads.
        /// </summary>
        public int Split { get; init; } = 1;
    }

    /// <summary>Names an index for the statements that follow in the same list: a value computed once, and a parameter of the blocks that use it.</summary>
    public sealed record Let(string Variable, Index Value) : Statement;

    /// <summary>
    /// Visits the non-zeros of a pattern between two positions: binds <paramref name="Position"/> to each stored position and <paramref name="Coordinate"/> to the dense
    /// coordinate that stands there.
    /// </summary>
    public sealed record ForNonZero(string Position, string Coordinate, NonZeros Source, EquatableArray<Statement> Body) : Statement
    {
        public int Unroll { get; init; } = 1;
    }

    public sealed record If(Condition Condition, EquatableArray<Statement> Then, EquatableArray<Statement> Else = default) : Statement;

    /// <summary>The unit a backend outlines: a tile method on a CPU, a thread block on a GPU. Its name is a comment.</summary>
    public sealed record Block(string Name, EquatableArray<Statement> Body) : Statement
    {
        /// <summary>Bits of the vectors it was tiled for on a CPU; 0 where that means nothing.</summary>
        public int VectorBits { get; init; }

        /// <summary>Buffers that stand for others while the block runs: one block serves an operand where it lies and the working memory it is packed into.</summary>
        public EquatableArray<BufferArgument> Arguments { get; init; }

        /// <summary>The block is to be machine code, because it uses instructions that the language of the backend has no names for.</summary>
        public bool IsNative { get; init; }

        /// <summary>How the warps of a thread block divide the accumulators on a GPU; null elsewhere.</summary>
        public WarpGrid? Warps { get; init; }
    }

    /// <summary>A barrier: everything inside is complete before what follows begins (producer, barrier, consumer).</summary>
    public sealed record Phase(string Name, EquatableArray<Statement> Body) : Statement;

    /// <summary>
    /// Divides 0 .. <paramref name="Extent"/> into parts that begin at multiples of <paramref name="Grain"/> and runs the body for each of them, in any order and at the same time, with <paramref name="First"/> and
    /// <paramref name="Last"/> where the part begins and ends. Nothing may show how many there were: one part is the whole, and every number comes out the same. One spread inside another divides into rectangles, and
    /// what stands between the two runs for each. Working memory belongs to whoever runs a rectangle, and holds nothing when one begins.
    /// </summary>
    public sealed record Spread(string First, string Last, Index Extent, int Grain, EquatableArray<Statement> Body) : Statement
    {
        /// <summary>
        /// What a grain costs in each rectangle that meets it, beside its products there: it is packed again, or comes from a cache further away. In hundredths of its products with one grain of the other spread.
        /// A hint on where to cut.
        /// </summary>
        public int Overhead { get; init; }

        /// <summary>On the outer spread: about how much there is to do, in multiply-adds; one thread runs alone where that is little. A hint.</summary>
        public Index Work { get; init; } = 0;

        /// <summary>On the outer spread: threads that it may use at most, 1 for none but the one that runs the program; 0 for any number. A hint.</summary>
        public int Most { get; init; }
    }

    /// <summary>One launch of several sub-programs over the same buffers, each with its own tiles (hyb). They touch disjoint outputs or accumulate in the order given.</summary>
    public sealed record Parts(EquatableArray<TileProgram> Programs) : Statement;

    /// <summary>Sets every element.</summary>
    public sealed record Fill(string Tile, double Value) : Statement;

    /// <summary>Reads the tile's shape from the buffer; <paramref name="At"/> is the coordinate of its first element, one index per buffer dimension. The tile covers the last dimensions of the buffer, <see cref="Transposed"/> swaps the last two. Elements are converted to the tile's type.</summary>
    public sealed record Load(string Tile, string Buffer, EquatableArray<Index> At, Clip Clip = Clip.None) : Statement
    {
        public bool Transposed { get; init; }

        /// <summary>It comes from memory, in a loop whose arithmetic takes longer than that: worth asking for ahead, because no other load of it is on its way meanwhile. A hint.</summary>
        public bool ReadAhead { get; init; }

        /// <summary>With <see cref="Tiles.Clip.Columns"/>: the coordinate along the last dimension at which the tile ends, where that may come before the buffer does; null for the buffer's own end.</summary>
        public Index? Until { get; init; }
    }

    /// <summary>Reads rows (slices along the buffer's first dimension) at the coordinates that an integer tile holds; a negative coordinate reads as zero. <paramref name="At"/> gives the remaining dimensions.</summary>
    public sealed record Gather(string Tile, string Buffer, string Coordinates, EquatableArray<Index> At) : Statement
    {
        /// <summary>Where the slices may reach past the end of the buffer. A coordinate may not.</summary>
        public Clip Clip { get; init; }

        /// <summary>Every coordinate is one of the buffer: none is negative, so that nobody has to ask.</summary>
        public bool IsPresent { get; init; }

        /// <summary>Coordinates of each line of them that are taken, the first ones, whatever the others are; slices of the others are zeros. Null for all.</summary>
        public Index? Count { get; init; }

        /// <summary>The coordinates are codes, and the buffer is the table of what they stand for.</summary>
        public bool IsLookup => At.Count == 0 && IsPresent;
    }

    /// <summary>Each element is <paramref name="Start"/> plus its coordinate along an axis: the raw material of masks (a ragged tail, a causal mask), one-hot rows and token numbers.</summary>
    public sealed record Iota(string Tile, Index Start, int Axis) : Statement;

    /// <summary>tile = condition &gt; 0 ? left : right, element by element, extents of 1 broadcast (the ternary TPP).</summary>
    public sealed record Select(string Tile, string Condition, string Left, string Right) : Statement;

    /// <summary>
    /// LUT-GEMM's tables: for each run of <paramref name="Bits"/> elements of <paramref name="Source"/> a row of 2^bits sums, element t added where bit t of the column is set and subtracted where not.
    /// </summary>
    public sealed record Table(string Tile, string Source, int Bits) : Statement;

    /// <summary>Inclusive (or exclusive) scan with a reduction along an axis: row pointers from counts, running sums.</summary>
    public sealed record Scan(string Tile, string Source, ReduceOp Op, int Axis, bool Exclusive) : Statement;

    /// <summary>Flat element i of the tile is flat element <c>Order[i]</c> of the source; −1 gives zero (butterfly strides, FFT bit reversal, byte shuffles).</summary>
    public sealed record Permute(string Tile, string Source, EquatableArray<int> Order) : Statement;

    /// <summary>Dimension d of the tile is dimension <c>Axes[d]</c> of the source. The tile may merge or split neighbouring dimensions of what comes out: the order of the elements is what counts.</summary>
    public sealed record Transpose(string Tile, string Source, EquatableArray<int> Axes) : Statement;

    /// <summary>
    /// N:M decompression along the last dimension: of every <paramref name="Group"/> elements of the tile, all are zero but as many as <paramref name="Values"/> has for them, at the places that stand
    /// in <paramref name="Places"/> beside the values; where a dimension of the places is 1, all along it share them. Places ascend within a group.
    /// </summary>
    public sealed record Expand(string Tile, string Values, string Places, int Group) : Statement;

    /// <summary>
    /// Makes neighbouring elements of coefficients and a basis, which each row has its own (SmartDeal's W = Ce·B): with n² rows of <paramref name="Basis"/>, whose columns are the rows of the tile,
    /// tile[r, n·g + j] is the sum over i, ascending and in the tile's element, of coefficients[r, n·g + i] · basis[n·i + j, r].
    /// </summary>
    public sealed record Rebuild(string Tile, string Coefficients, string Basis) : Statement;

    /// <summary>Packs comparisons with zero into bits (ballot): bit i is set when element i of the source is &gt; 0.</summary>
    public sealed record Pack(string Tile, string Source) : Statement;

    /// <summary>
    /// Copies a block of a buffer into another with a change of layout and format: element (r, c) of the block at <paramref name="SourceAt"/> goes to
    /// (c, r) when <see cref="Transposed"/>, and <see cref="Interleave"/> consecutive rows of the result are stored element by element beside each other; the rest of the destination block is zero.
    /// </summary>
    public sealed record Relayout(string Destination, EquatableArray<Index> DestinationAt, string Source, EquatableArray<Index> SourceAt, Index Rows, Index Columns) : Statement
    {
        public bool Transposed { get; init; }

        /// <summary>1, 2 or 4: depth elements stored beside each other for an integer dot product.</summary>
        public int Interleave { get; init; } = 1;

        /// <summary>Added to every source element: 128 turns s8 into u8.</summary>
        public int Offset { get; init; }

        /// <summary>
        /// 1, or n: of each 16·n columns of the result, 4·n runs of four, run q·n + l stands at place 4·l + q. Unpacking four such rows of bytes within each 128 bits of a vector of 16·n bytes leaves vectors of neighbouring columns.
        /// </summary>
        public int Regroup { get; init; } = 1;

        /// <summary>Where a column of the result stands.</summary>
        public long PlaceOf(long column)
        {
            long runs = column / 4 % (4 * Regroup);
            return column - column % (16 * Regroup) + (runs % Regroup * 4 + runs / Regroup) * 4 + column % 4;
        }

        /// <summary>Columns of the destination block, zero-filled past the source's; 0 means as many as the source block has.</summary>
        public Index PaddedColumns { get; init; } = 0;
    }

    /// <summary>
    /// Sums of runs of a row of integers or floats; of integers into floats they are of 32 bits, wrap, and are rounded once: destination[r, g] is <paramref name="Factor"/> times the sum of the source's elements g·length … (g + 1)·length − 1 of row r, as far as there are columns.
    /// A product with codes that are offset takes it away again.
    /// </summary>
    public sealed record SumRuns(string Destination, string Source, Index Rows, Index Columns, Index Length, int Factor) : Statement;

    /// <summary>
    /// Which of the <paramref name="Count"/> elements of a line of the source that begins at <paramref name="At"/> are not zero: destination[0] is how many, and behind it their numbers stand, ascending. Products with zeros are then left out (EIE).
    /// </summary>
    public sealed record ListNonZeros(string Destination, string Source, EquatableArray<Index> At, Index Count) : Statement;

    /// <summary>
    /// The tables of a buffer, as <see cref="Table"/> makes those of a tile: lines of the source are cut into groups of <paramref name="Length"/> elements, as far as there are columns, and each group into
    /// <paramref name="Runs"/> runs of <paramref name="Bits"/>; what lies behind the end of a group counts as 0. destination[r, group·runs + run, code] is the sum of the run's elements, element t added where bit t of the
    /// code is set and subtracted where not. Made once, they serve every row of weights.
    /// </summary>
    public sealed record SignedSums(string Destination, string Source, Index Rows, Index Columns, Index Length, Index Runs, int Bits) : Statement
    {
        /// <summary>Where the upper bits of integer sums go: all but the lowest <see cref="LowBits"/>, which are what the destination then holds, from 0 up. Null for sums in one piece.</summary>
        public string? High { get; init; }

        /// <summary>Bits of the lower part of a sum in two.</summary>
        public const int LowBits = 7;
    }

    /// <summary>
    /// The planes of bits of a buffer of integers: destination[r, w·planes + p] is a word whose bit i is bit p of the code of element 32·w + i of row r; behind the last of the columns bits are 0. The code of an element is itself or, where
    /// the planes are signs, half of what it is above −(2^planes − 1): bit p is set where the sign in plane p is +1.
    /// </summary>
    public sealed record SplitPlanes(string Destination, string Source, Index Rows, Index Columns, int Planes, bool AreSigns) : Statement
    {
        /// <summary>Bits of a word.</summary>
        public const int WordBits = 32;

        /// <summary>Where the first word goes, one index for each dimension of the destination; null for its first element.</summary>
        public EquatableArray<Index>? DestinationAt { get; init; }

        /// <summary>A code beyond the largest of so many planes is taken as that one; the source is one of unsigned bytes. Else there are none.</summary>
        public bool Saturates { get; init; }
    }

    /// <summary>
    /// Sums of numbers that lie in planes of bits, as <see cref="SplitPlanes"/> leaves them: destination[r, 0] is the sum of the first <paramref name="Columns"/> numbers of row <paramref name="SourceRow"/> + r of the source. Bits behind them are not looked at.
    /// </summary>
    public sealed record SumPlanes(string Destination, string Source, Index SourceRow, Index Rows, Index Columns, int Planes, bool AreSigns) : Statement;

    /// <summary>tile = matrix · source (rows × k times k × columns), the matrix a small constant: Winograd transforms. <see cref="Right"/> multiplies by the transpose on the right instead.</summary>
    public sealed record Linear(string Tile, EquatableArray<double> Matrix, int MatrixRows, int MatrixColumns, string Source) : Statement
    {
        public bool Right { get; init; }
    }

    /// <summary>acc += a · b over the shapes acc [r,c], a [r,k], b [k,c] (or b [c,k] when <see cref="TransposedB"/>).</summary>
    public sealed record Contract(string Accumulator, string A, string B, ContractVia Via) : Statement
    {
        public bool TransposedA { get; init; }

        public bool TransposedB { get; init; }

        /// <summary>For <see cref="ContractVia.Dot4Narrow"/> in a chunk of the depth that is unrolled: pairs of products whose sum 16 bits hold; 0 where those of the whole chunk are proved to fit. A hint.</summary>
        public int Pairs { get; init; }

        /// <summary>For <see cref="ContractVia.Table"/> of integers: what each entry counts, more than once where the tables hold the upper bits of sums. For <see cref="ContractVia.BitPlanes"/> what each bit does: a power of two.</summary>
        public int Times { get; init; } = 1;

        /// <summary>
        /// For <see cref="ContractVia.Dot4"/> of fields of bytes, which a <see cref="Transpose"/> unpacked: each may be multiplied where it stands in its byte, a power of two times its value, because the sums of one field
        /// are proved to fit their lanes even so. A hint.
        /// </summary>
        public bool FieldsInPlace { get; init; }
    }

    /// <summary>tile = op(source), element by element; <paramref name="Argument"/> serves the operations that take a constant.</summary>
    public sealed record Map(string Tile, MapOp Op, string Source, double Argument = 0) : Statement;

    /// <summary>tile = left op right, element by element, extents of 1 broadcast.</summary>
    public sealed record Zip(string Tile, ZipOp Op, string Left, string Right) : Statement;

    /// <summary>Reduces along an axis, which becomes 1; the tile's old value is combined when <paramref name="Accumulate"/>.</summary>
    public sealed record Reduce(string Tile, ReduceOp Op, string Source, int Axis, bool Accumulate = false) : Statement;

    /// <summary>Loop-carried tiles of the enclosing loop, initialised before it (online softmax): a declaration for backends that must keep them in registers. The interpreter checks that they are live.</summary>
    public sealed record Carry(EquatableArray<string> Tiles) : Statement;

    /// <summary>Counter-based uniform numbers in [0,1): element i is a pure function of seed and counter + i (splitmix64).</summary>
    public sealed record Random(string Tile, Index Seed, Index Counter) : Statement;

    /// <summary>Writes a tile, converting to the buffer's element type (exact or rounding to nearest even).</summary>
    public sealed record Store(string Buffer, EquatableArray<Index> At, string Tile, Clip Clip = Clip.None) : Statement
    {
        public bool Transposed { get; init; }

        /// <summary>As in <see cref="Load.Until"/>.</summary>
        public Index? Until { get; init; }

        /// <summary>With <see cref="Tiles.Clip.Rows"/>: the same along the dimension before the last.</summary>
        public Index? UntilRow { get; init; }

        /// <summary>Rows from the first of the tile to <see cref="UntilRow"/>.</summary>
        public Index? RowsLeft => UntilRow is { } end ? At[At.Count - 2] is Index.Const { Value: 0 } ? end : end - At[At.Count - 2] : null;
    }

    /// <summary>
    /// Writes slices of a tile to the rows of a buffer that an integer tile names, the inverse of <see cref="Gather"/>, converting as <see cref="Store"/> does. A negative coordinate is skipped; no row is named twice. <paramref name="At"/> gives the remaining dimensions.
    /// </summary>
    public sealed record Scatter(string Buffer, string Coordinates, EquatableArray<Index> At, string Tile) : Statement
    {
        /// <summary>As in <see cref="Gather.Count"/>.</summary>
        public Index? Count { get; init; }

        /// <summary>Lines of coordinates that are taken, the first ones; null for all.</summary>
        public Index? Lines { get; init; }
    }

    /// <summary>Adds the rows of a tile to the rows of a buffer named by an integer tile, in order: deterministic. A negative coordinate is skipped.</summary>
    public sealed record ScatterAdd(string Buffer, string Coordinates, EquatableArray<Index> At, string Tile) : Statement
    {
        /// <summary>Where the slices may reach past the end of the buffer. A coordinate may not.</summary>
        public Clip Clip { get; init; }
    }
}

/// <summary>Warps of a thread block: <paramref name="Rows"/> along the first dimension of the accumulators, <paramref name="Columns"/> along the second.</summary>
public sealed record WarpGrid(int Rows, int Columns)
{
    public int Count => Rows * Columns;

    public int Threads => 32 * Count;

    public override string ToString() => $"{Rows}x{Columns}";
}

/// <summary>Inside a block, <paramref name="Formal"/> names the buffer <paramref name="Actual"/>, of the same rank and element.</summary>
public sealed record BufferArgument(string Formal, string Actual);

/// <summary>Where a <see cref="Statement.ForNonZero"/> takes its coordinates from.</summary>
public abstract record NonZeros
{
    private NonZeros() { }

    /// <summary>Known at compile time.</summary>
    public sealed record Static(EquatableArray<int> Coordinates) : NonZeros;

    /// <summary>Positions from <paramref name="Begin"/> to <paramref name="End"/> of an operand's index buffer.</summary>
    public sealed record Operand(string Indices, Index Begin, Index End) : NonZeros;

    /// <summary>Relative indices (EIE): each stored value is the gap of zeros before the non-zero; coordinates are running sums of gap + 1, from −1.</summary>
    public sealed record RelativeOperand(string Gaps, Index Begin, Index End) : NonZeros
    {
        /// <summary>A gap that stands for as many zeros and no non-zero behind them; 0 for none.</summary>
        public int Skip { get; init; }
    }

    /// <summary>Made earlier in the program: the elements of a tile that are not zero (SPRINT's threshold, a router, non-zero activations).</summary>
    public sealed record Made(string Tile) : NonZeros;
}

/// <summary>Unary operations.</summary>
public enum MapOp
{
    /// <summary>Copy, converting to the tile's element type (float to integer truncates; see <see cref="RoundSaturate"/>).</summary>
    Copy,
    Negate, Abs, Square, Sqrt, Reciprocal, ReciprocalSqrt, Exp, Log, Tanh, Sigmoid, Relu, Gelu, GeluTanh, Silu,

    /// <summary>x · argument.</summary>
    Scale,

    /// <summary>x + argument.</summary>
    Offset,

    /// <summary>1 where x &gt; argument, else 0.</summary>
    GreaterThan,

    /// <summary>Rounds half to even and saturates to the tile's integer type; NaN becomes 0.</summary>
    RoundSaturate,
}

/// <summary>Binary operations.</summary>
public enum ZipOp
{
    Add, Subtract, Multiply, Divide, Max, Min, BitAnd, BitXor, ShiftLeft, ShiftRight,

    /// <summary>1 where left &gt; right, else 0.</summary>
    GreaterThan,

    /// <summary>1 where left = right, else 0.</summary>
    Equal,
}

/// <summary>Reductions.</summary>
public enum ReduceOp
{
    Sum, Max, Min, AbsMax, Product, PopCount,

    /// <summary>The coordinate along the axis of the first largest element (a router); the tile is an integer.</summary>
    ArgMax,
}
