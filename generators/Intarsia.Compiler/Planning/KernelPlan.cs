using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning;

/// <summary>A tile program and where each of its buffers comes from at a call.</summary>
/// <param name="Program">The program.</param>
/// <param name="Bindings">One for every buffer that is not scratch.</param>
/// <param name="Tile">The register tile in words, for names and reports.</param>
public sealed record KernelPlan(TileProgram Program, EquatableArray<Binding> Bindings, string Tile)
{
    /// <summary>The size that counts the stored elements of sparse weights, or of a sampled result; it serves estimates alone.</summary>
    public const string StoredSize = "stored";

    /// <summary>The size that counts the places in the storage of a sampled result, padding among them.</summary>
    public const string SlotsSize = "slots";

    /// <summary>The size that counts the nodes that a relational product gathers from: lines of X.</summary>
    public const string SourcesSize = "sources";

    /// <summary>The size that counts the parts which the rows of sparse weights are cut into.</summary>
    public const string PartsSize = "parts";

    /// <summary>The spreads of the program in their order, each before the one inside it.</summary>
    public IReadOnlyList<Statement.Spread> Spreads { get; } = [.. SpreadsOf(Program.Body)];

    /// <summary>The spreads that follow each other, one or two in each, the outer one first: all of one is complete when the next begins.</summary>
    public IReadOnlyList<IReadOnlyList<Statement.Spread>> Stages { get; } = [.. StagesOf([.. SpreadsOf(Program.Body)])];

    private static IEnumerable<IReadOnlyList<Statement.Spread>> StagesOf(Statement.Spread[] spreads)
    {
        for (int at = 0, count; at < spreads.Length; at += count)
        {
            count = 1 + SpreadsOf(spreads[at].Body).Count();
            yield return [.. spreads.Skip(at).Take(count)];
        }
    }

    private static IEnumerable<Statement.Spread> SpreadsOf(IEnumerable<Statement> statements) => statements.SelectMany(statement => statement switch
    {
        Statement.Spread s => new[] { s }.Concat(SpreadsOf(s.Body)),
        Statement.For s => SpreadsOf(s.Body),
        Statement.Phase s => SpreadsOf(s.Body),
        Statement.If s => SpreadsOf(s.Then).Concat(SpreadsOf(s.Else)),
        _ => [],
    });
}

/// <summary>What a buffer of a tile program is bound to.</summary>
public abstract record Binding(string Buffer)
{
    /// <summary>The <paramref name="Ordinal"/>-th argument that plays a role, as the caller passes it.</summary>
    public sealed record Operand(string Buffer, Role Role, int Ordinal = 0) : Binding(Buffer);

    /// <summary>One array of the prepared form of the packed weights.</summary>
    public sealed record Prepared(string Buffer, PreparedKind Kind, int Width, int Interleave, int DepthTile, PreparedPart Part) : Binding(Buffer)
    {
        /// <summary>The order is that of the transpose of the packed matrix.</summary>
        public bool Transposed { get; init; }

        /// <summary>It is one of the graph, the other packed operand of a relational product, not of the weights.</summary>
        public bool OfGraph { get; init; }
    }

    /// <summary>The scales of packed weights as they are stored: one, or one per row.</summary>
    public sealed record PackedScales(string Buffer) : Binding(Buffer);

    /// <summary>Where the packed result of a sampled product stores elements.</summary>
    public sealed record PackedPattern(string Buffer, PatternPart Part) : Binding(Buffer);

    /// <summary>The values of the packed result as they are stored.</summary>
    public sealed record PackedValues(string Buffer) : Binding(Buffer);
}

/// <summary>The arrays that say where a packed matrix stores elements, whatever its pattern.</summary>
public enum PatternPart
{
    /// <summary>Begin and end of each vector group's entries, and behind the last the number of entries with padding.</summary>
    Bounds,

    /// <summary>The column of each entry; −1 for padding.</summary>
    Columns,

    /// <summary>The block row of each stored block, of patterns of blocks.</summary>
    BlockRows,

    /// <summary>The slot of each element, of patterns whose values lie in an order of their own: those of all entries for the first row of each vector group, then for the second, and so on; −1 for rows that the last group has not.</summary>
    Places,
}

/// <summary>The orders that packed weights can be prepared in.</summary>
public enum PreparedKind
{
    /// <summary><c>PanelWeights</c>: lanes are rows.</summary>
    Panel,

    /// <summary><c>RowWeights</c>: lanes are columns.</summary>
    Row,

    /// <summary><c>StreamWeights</c>: sparse, lanes are columns. The interleave is the entries that are multiplied at a time, the width is the number of tiles of the depth where the depth tile is 0, or 0 for one.</summary>
    Stream,

    /// <summary><c>NibbleWeights</c>: 4-bit integers, or codes of four bits and their table, two to a byte.</summary>
    Nibble,

    /// <summary><c>NibbleFragmentWeights</c>: the same as tensor cores take them. The width is the panel's height, the interleave the run of a lane, the depth tile a step.</summary>
    NibbleFragment,

    /// <summary><c>FieldPanelWeights</c>: panels of integers of less than eight bits, several to a byte. The interleave is how many, the depth tile what the depth is padded to.</summary>
    FieldPanel,

    /// <summary><c>PlanePanelWeights</c>: panels of binary-coded weights, plane after plane. The interleave is the codes of a word, the depth tile a scale group.</summary>
    PlanePanel,

    /// <summary><c>BasisPanelWeights</c>: panels of coefficients of four bits, and bases. The depth tile is a chunk.</summary>
    BasisPanel,
    /// <summary><c>BitPanelWeights</c>: panels of planes of bits. The interleave is the number of planes, the depth tile what the activation of code 0 is below 0.</summary>
    BitPanel,

    /// <summary><c>BitRowWeights</c>: rows of planes of bits. The interleave is the number of planes, the depth tile what the activation of code 0 is below 0.</summary>
    BitRow,

    /// <summary><c>SparseMmaWeights</c>: two of four, as tensor cores take them.</summary>
    SparseMma,

    /// <summary><c>PlacedPanelWeights</c>: N:M, lanes are rows, values with their places within a step.</summary>
    PlacedPanel,

    /// <summary><c>PlacedVectorWeights</c>: N:M, lanes are rows, vectors of values with their places among the lanes of a vector of activations. The interleave is the number of those lanes, the depth tile the values of a row in a step.</summary>
    PlacedVector,

    /// <summary><c>VectorStreamWeights</c>: sparse, in strides of entries for a GPU. The stride is the interleave, a scale group the depth tile, the width the rows that become a vector group, or 0 for those of the pattern.</summary>
    VectorStream,

    /// <summary><c>DigitStreamWeights</c>: the same with values as digits of eight bits. The order of the digits is the width.</summary>
    DigitStream,

    /// <summary><c>ColumnWeights</c>: sparse, column after column, each entry with the gap of rows before it.</summary>
    Column,

    /// <summary><c>GroupWeights</c>: sparse, lanes are entries. The width is the number of lanes, the interleave the rows that share them, the depth tile the bytes of an index.</summary>
    Group,

    /// <summary><c>BankedGroupWeights</c>: sparse, lanes of a warp are elements of a group. The width is the number of banks that its columns lie in, the interleave the rows that share the lanes.</summary>
    BankedGroup,

    /// <summary><c>BlockWeights</c>: large blocks, each in one piece. The width is the rows of a block, the interleave its columns.</summary>
    Block,

    /// <summary><c>TransposedBlockWeights</c>: large blocks of a matrix that is multiplied by its transpose, as they are stored, and where the columns find them. Width and interleave are those of the blocks as they are stored.</summary>
    TransposedBlock,

    /// <summary><c>StoredWeights</c>: the stored values one after the other, as the packed matrix has them.</summary>
    Stored,

    /// <summary><c>RelationWeights</c>: edges, relation after relation within blocks of nodes. The width is the number of relations, the depth tile the nodes of a block.</summary>
    Relation,
}

/// <summary>The arrays of a prepared order.</summary>
public enum PreparedPart
{
    Values,
    Scales,
    Indices,
    SegmentGroups,
    SegmentStarts,
    TileStarts,
    Compensation,

    /// <summary>What the sum of a column's activations is multiplied by, for each row of a panel.</summary>
    Offsets,

    /// <summary>Where the parts of a stream begin, in vector groups.</summary>
    PartGroups,

    /// <summary>Scales per group with the groups outermost: <c>[group][row]</c>.</summary>
    GroupScales,

    /// <summary>Places of the values of 2:4 weights, in the order in which the lanes of a warp load them.</summary>
    Metadata,
    /// <summary>Where a scale group of a vector stream ends.</summary>
    GroupEnds,

    /// <summary>Where the columns of each part begin.</summary>
    ColumnStarts,

    /// <summary>Indices of 16 bits.</summary>
    ShortIndices,

    /// <summary>Zeros before each entry of a column.</summary>
    Gaps,

    /// <summary>What the codes of the values stand for, signed bytes.</summary>
    Table,

    /// <summary>The same less the least integer of the format: unsigned bytes.</summary>
    UnsignedTable,

    /// <summary>What the codes of the values stand for as binary32 numbers, without scales.</summary>
    SingleTable,

    /// <summary>The same as binary16 numbers.</summary>
    HalfTable,

    /// <summary>The same as bfloat16 numbers.</summary>
    BFloat16Table,

    /// <summary>Bases that make weights of coefficients.</summary>
    Basis,

    /// <summary>The numbers of blocks among the stored ones.</summary>
    Blocks,

    /// <summary>Unsigned low digits, where they lie apart.</summary>
    LowDigits,

    /// <summary>Top digits, or all of them where they are stacked.</summary>
    TopDigits,
}
