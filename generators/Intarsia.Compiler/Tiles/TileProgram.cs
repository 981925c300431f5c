namespace Intarsia.Compiler.Tiles;

/// <summary>
/// What was decided about one kernel on one target: the virtual tensor ISA of the TPP paper (Georganas et al., SC'21) in one form. Programs work on named
/// tiles; every backend lowers this form and nothing else, and the interpreter executes it as an oracle. See docs/tile-program.md.
/// </summary>
/// <param name="Name">The name, for headers and reports.</param>
/// <param name="Target">The tier or device it was planned for.</param>
/// <param name="Sizes">Run-time extents, bound at the call.</param>
/// <param name="Buffers">Everything in memory.</param>
/// <param name="Tiles">Every tile, in order of first use.</param>
/// <param name="Body">The statements.</param>
/// <param name="Reasons">Why the planner chose as it did, one line each; printed at the head of the generated file.</param>
public sealed record TileProgram(
    string Name,
    string Target,
    EquatableArray<string> Sizes,
    EquatableArray<BufferDecl> Buffers,
    EquatableArray<TileDecl> Tiles,
    EquatableArray<Statement> Body,
    EquatableArray<string> Reasons)
{
    /// <summary>The program in readable text.</summary>
    public override string ToString() => TilePrinter.Print(this);
}

/// <summary>The type of the elements of a buffer or tile.</summary>
public enum ElementType
{
    F64, F32, F16, BF16,
    S64, S32, S16, U16, S8, U8,

    /// <summary>Signed 4-bit, two to a byte, the even element in the low nibble.</summary>
    S4,

    /// <summary>Unsigned 4-bit code, two to a byte.</summary>
    U4,

    /// <summary>Unsigned 2-bit code, four to a byte, lowest bits first.</summary>
    U2,

    /// <summary>One bit, least significant first.</summary>
    Bit,
}

/// <summary>What a buffer is to the program.</summary>
public enum BufferRole
{
    Input,
    Output,
    InOut,

    /// <summary>Working memory of whoever runs a rectangle of a spread, or of the program where nothing is spread.</summary>
    Scratch,

    /// <summary>Working memory of the whole call: what one spread leaves there is at hand in the next.</summary>
    Common,
}

/// <summary>A rank-n array in memory. <paramref name="Shape"/> gives the extents, outermost first; the elements lie dense in row-major order unless <paramref name="Strides"/> says otherwise.</summary>
public sealed record BufferDecl(string Name, ElementType Element, EquatableArray<Index> Shape, BufferRole Role, EquatableArray<Index> Strides = default)
{
    /// <summary>Elements the scratch grows by past its end so that whole vectors can be loaded; 0 for operands.</summary>
    public int Padding { get; init; }

    /// <summary>Bytes that the address of every line is a multiple of, by the caller's promise or the packer's work; 0 for no more than its elements need.</summary>
    public int LineAlignment { get; init; }

    /// <summary>The low byte of every element of 16 bits is zero, by the packer's work: a backend need not read it.</summary>
    public bool LowBytesAreZero { get; init; }

    /// <summary>Trailing extents that are the same for every kernel that shares a block (a panel's width, a vector's length): a backend may fold them into the block's code.</summary>
    public int FixedInner { get; init; }

    /// <summary>The most that the outermost extent can be, over the sizes of the call, where the shape reads it from another buffer; null where it says it itself.</summary>
    public Index? MostOuter { get; init; }
}

/// <summary>The level a tile lives on.</summary>
public enum TileLevel
{
    Register,
    Scratch,

    /// <summary>Shared memory of a thread block on a GPU. Like a register tile it does not survive the block.</summary>
    Shared,
}

/// <summary>A named tile of constant shape.</summary>
public sealed record TileDecl(string Name, ElementType Element, EquatableArray<int> Shape, TileLevel Level = TileLevel.Register)
{
    public int Size => Shape.Aggregate(1, (product, extent) => product * extent);
}

/// <summary>An integer expression over constants, loop variables and run-time sizes.</summary>
public abstract record Index
{
    private Index() { }

    public sealed record Const(long Value) : Index;

    /// <summary>A loop variable or a run-time size.</summary>
    public sealed record Var(string Name) : Index;

    public sealed record Binary(IndexOp Op, Index Left, Index Right) : Index;

    /// <summary>One element of an integer buffer: a gathered index or a row pointer.</summary>
    public sealed record Read(string Buffer, EquatableArray<Index> At) : Index;

    /// <summary>One element of an integer tile made earlier in the program.</summary>
    public sealed record FromTile(string Tile, EquatableArray<Index> At) : Index;

    public static implicit operator Index(long value) => new Const(value);

    public static implicit operator Index(int value) => new Const(value);

    public static implicit operator Index(string name) => new Var(name);

    public static Index operator +(Index left, Index right) => (left, right) switch
    {
        (Const a, Const b) => a.Value + b.Value,
        (Const { Value: 0 }, _) => right,
        (_, Const { Value: 0 }) => left,
        _ => new Binary(IndexOp.Add, left, right),
    };

    public static Index operator -(Index left, Index right) => (left, right) switch
    {
        (Const a, Const b) => a.Value - b.Value,
        (_, Const { Value: 0 }) => left,
        _ => new Binary(IndexOp.Subtract, left, right),
    };

    public static Index operator *(Index left, Index right) => (left, right) switch
    {
        (Const a, Const b) => a.Value * b.Value,
        (Const { Value: 0 }, _) or (_, Const { Value: 0 }) => 0,
        (Const { Value: 1 }, _) => right,
        (_, Const { Value: 1 }) => left,
        _ => new Binary(IndexOp.Multiply, left, right),
    };

    public static Index FloorDiv(Index left, Index right) => (left, right) switch
    {
        (Const a, Const b) => a.Value / b.Value,
        (_, Const { Value: 1 }) => left,
        _ => new Binary(IndexOp.FloorDivide, left, right),
    };

    public static Index CeilDiv(Index left, Index right) => FloorDiv(left + (right - 1), right);

    public static Index Mod(Index left, Index right) => (left, right) is (Const a, Const b) ? a.Value % b.Value : new Binary(IndexOp.Modulo, left, right);

    public static Index Min(Index left, Index right) => (left, right) is (Const a, Const b) ? Math.Min(a.Value, b.Value) : new Binary(IndexOp.Min, left, right);

    public static Index Max(Index left, Index right) => (left, right) is (Const a, Const b) ? Math.Max(a.Value, b.Value) : new Binary(IndexOp.Max, left, right);

    /// <summary><paramref name="value"/> rounded up to a multiple of <paramref name="multiple"/>.</summary>
    public static Index RoundUp(Index value, int multiple) => CeilDiv(value, multiple) * multiple;

    public sealed override string ToString() => TilePrinter.Print(this);
}

/// <summary>Operators of <see cref="Index.Binary"/>. Division and modulo are of non-negative numbers.</summary>
public enum IndexOp { Add, Subtract, Multiply, FloorDivide, Modulo, Min, Max }

/// <summary>A comparison of two indices.</summary>
public sealed record Condition(Index Left, Relation Relation, Index Right);

/// <summary>Relations of <see cref="Condition"/>.</summary>
public enum Relation { Less, LessOrEqual, Equal, NotEqual, GreaterOrEqual, Greater }

/// <summary>
/// The tile dimensions that may reach past the end of the buffer: such elements read as zero and are not written. In every other dimension the planner has proved
/// that the tile lies inside; the interpreter checks it.
/// </summary>
[Flags]
public enum Clip
{
    /// <summary>The whole tile lies inside.</summary>
    None = 0,

    /// <summary>The tile's last dimension (lanes) may reach past the end.</summary>
    Columns = 1,

    /// <summary>The tile's other dimensions may reach past the end.</summary>
    Rows = 2,

    /// <summary>Any dimension may.</summary>
    All = Rows | Columns,
}

/// <summary>The unit that a <see cref="Statement.Contract"/> runs on.</summary>
public enum ContractVia
{
    /// <summary>Fused multiply-add in binary32 (or binary64).</summary>
    Fma,

    /// <summary>Products of four u8×s8 pairs summed into 32 bits, exact over the full ranges (vpdpbusd).</summary>
    Dot4,

    /// <summary>Products of four s8×s8 pairs summed into 32 bits (sdot).</summary>
    Dot4Signed,

    /// <summary>Products of four u8×s8 pairs by way of saturating 16-bit pairs (vpmaddubsw): exact only when |s8| ≤ 64.</summary>
    Dot4Narrow,

    /// <summary>Products of two s16 pairs summed into 32 bits (vpmaddwd).</summary>
    Dot2,

    /// <summary>Products of two bfloat16 pairs summed into binary32; a unit may read subnormal elements, and write subnormal sums, as zero (vdpbf16ps).</summary>
    Dot2BFloat16,

    /// <summary>Plain integer multiply-add.</summary>
    IntegerMultiplyAdd,

    /// <summary>AND and population count of bit planes.</summary>
    BitPlanes,

    /// <summary>Sums looked up in a <see cref="Statement.Table"/> made earlier.</summary>
    Table,

    /// <summary>Tensor-core matrix multiply-accumulate.</summary>
    Mma,

    /// <summary>The same by groups of four warps, which read both factors from shared memory and go on while the tensor cores work.</summary>
    WarpGroupMma,

    /// <summary>Tensor-core multiply-accumulate with a 2:4 sparse operand.</summary>
    SparseMma,

    /// <summary>The same by groups of four warps, as <see cref="WarpGroupMma"/>.</summary>
    WarpGroupSparseMma,
}
