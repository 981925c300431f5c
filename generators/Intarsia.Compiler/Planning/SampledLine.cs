using System.Globalization;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Neighbouring entries of one row of the packed result of a sampled product, in the order of its values: entry p of row v of its vector group stands at p, or where vectors are longer than 1 in strides
/// (SR-BCRS), at <c>[p / 16][v][p % 16]</c>. In blocks of B×C that is <c>[p / C][row % B][p % C]</c>, whatever strips of V rows a block row is cut into. In patterns that have an order of their own a list says where each element stands, and
/// a line of them is written place by place.
/// </summary>
/// <param name="At">Where the values of the line begin.</param>
/// <param name="Until">Where they end, along the last dimension of the values; null for that dimension's own end.</param>
/// <param name="Entry">The first entry; null where the entries are neighbouring columns, which nobody has to look up.</param>
/// <param name="EntryEnd">The end of the entries.</param>
internal sealed record SampledLine(EquatableArray<Index> At, Index? Until, Index? Entry, Index? EntryEnd)
{
    /// <summary>The list of places, a row of it for each row of a vector group.</summary>
    private const string Places = "places";

    /// <summary>The tile of those of one line; null where values lie in the order of the entries.</summary>
    private string? PlaceTile { get; init; }

    /// <summary>The values of the result.</summary>
    public const string Values = "values";

    /// <summary>The column of each entry.</summary>
    public const string Columns = "entries";

    private const string Bounds = "bounds";

    private const string BlockRows = "blockRows";

    /// <summary>Entries of a stride, which is that of the canonical layout, and that are taken together.</summary>
    public const int Stride = 16;

    /// <summary>Entries that a row has beside each other wherever it has any: a line crosses none of their ends. 0 where all of a row do.</summary>
    public static int Together(PatternSpec pattern) => pattern.Kind == Pattern.Bsr ? pattern.BlockColumns : pattern.VectorLength > 1 ? Stride : 0;

    /// <summary>Where a line is that begins with an entry, for names: what generated methods depend on.</summary>
    public static string Name(PatternSpec pattern)
    {
        string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        return pattern.ListsPlaces ? "placed" : pattern.Kind == Pattern.Bsr ? $"b{Text(pattern.BlockRows)}x{Text(pattern.BlockColumns)}" : pattern.VectorLength > 1 ? "v" + Text(pattern.VectorLength) : "rows";
    }

    /// <summary>Number of vector groups.</summary>
    public static Index Groups(PlanBuilder plan) => Index.CeilDiv(plan.Rows, plan.Spec.Pattern.VectorLength);

    /// <summary>One element of the bounds: begin of group g at 2g, end at 2g + 1.</summary>
    public static Index Bound(Index at) => new Index.Read(Bounds, new[] { at });

    /// <summary>Declares pattern and values of a result in blocks, for programs that take a stored block after the other.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="block">The block.</param>
    /// <param name="row">Where the lines begin in it.</param>
    /// <param name="column">The same along them.</param>
    /// <param name="left">The column of the matrix that the block begins at.</param>
    public static SampledLine DeclareBlock(PlanBuilder plan, Index block, Index row, Index column, Index left)
    {
        (int height, int width) = (plan.Spec.Pattern.BlockRows, plan.Spec.Pattern.BlockColumns);
        Index blocks = Index.FloorDiv(KernelPlan.SlotsSize, height * width);
        plan.PackedPattern(BlockRows, PatternPart.BlockRows, blocks);
        plan.PackedPattern(Columns, PatternPart.Columns, blocks * width);
        plan.PackedValues(Values, PlanBuilder.ElementOf(plan.Spec.Y.Format), blocks, height, width);
        // The values are an array of their own, and lines of large blocks are whole pieces of 16 bytes.
        plan.Align(Values, 16);
        bool areWhole = plan.Columns is Index.Const { Value: var columns } && columns % width == 0;
        return new SampledLine(new[] { block, row, column }, areWhole ? null : plan.Columns - left, null, null);
    }

    /// <summary>The row of the matrix that a stored block begins at, and the column.</summary>
    public static (Index Top, Index Left) Origin(PatternSpec pattern, Index block) => (new Index.Read(BlockRows, new[] { block }) * pattern.BlockRows, new Index.Read(Columns, new[] { block * pattern.BlockColumns }));

    /// <summary>Declares pattern and values; the line begins at an entry and ends before another, in a row of its group, which begins at <c>row</c>.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="entryEnd">Where the entries end.</param>
    /// <param name="rowOfGroup">The row of the group, or the first of several.</param>
    /// <param name="height">Rows that are taken together.</param>
    /// <param name="lanes">Entries that are.</param>
    public static SampledLine Declare(PlanBuilder plan, Index entry, Index entryEnd, Index rowOfGroup, int height, int lanes)
    {
        PatternSpec pattern = plan.Spec.Pattern;
        int together = Together(pattern), ofBlock = pattern.Kind == Pattern.Bsr ? pattern.BlockRows : pattern.VectorLength;
        Index groups = Groups(plan), stored = Bound(groups * 2);
        plan.PackedPattern(Bounds, PatternPart.Bounds, groups * 2 + 1);
        plan.PackedPattern(Columns, PatternPart.Columns, stored);
        ElementType element = PlanBuilder.ElementOf(plan.Spec.Y.Format);
        if (pattern.ListsPlaces)
        {
            plan.PackedPattern(Places, PatternPart.Places, pattern.VectorLength, stored);
            plan.PackedValues(Values, element, KernelPlan.SlotsSize);
            return new SampledLine(new[] { rowOfGroup, entry }, entryEnd, entry, entryEnd) { PlaceTile = plan.Tile(string.Format(CultureInfo.InvariantCulture, "place_{0}x{1}", height, lanes), ElementType.S32, height, lanes) };
        }
        if (together == 0)
        {
            plan.PackedValues(Values, element, stored);
            return new SampledLine(new[] { entry }, entryEnd, entry, entryEnd);
        }
        plan.PackedValues(Values, element, Index.FloorDiv(stored, together), ofBlock, together);
        Index stride = Index.FloorDiv(entry, together), row = ofBlock == pattern.VectorLength ? rowOfGroup : Index.Mod("row", ofBlock) + rowOfGroup;
        return new SampledLine(new[] { stride, row, Index.Mod(entry, together) }, entryEnd - stride * together, entry, entryEnd);
    }

    /// <summary>What comes before the values of the line are read or written.</summary>
    public IEnumerable<Statement> Find()
    {
        if (PlaceTile is { } place) yield return new Statement.Load(place, Places, At, Clip.Columns) { Until = Until };
    }

    /// <summary>Reads the values that the line holds.</summary>
    public Statement Read(string tile) => PlaceTile is { } place
        ? new Statement.Gather(tile, Values, place, default) { Count = Left }
        : new Statement.Load(tile, Values, At, Clip.Columns) { Until = Until };

    /// <summary>Writes them.</summary>
    /// <param name="tile">The values.</param>
    /// <param name="clip">Where the tile may reach past them.</param>
    /// <param name="rows">Rows of the group that the matrix has, where several are taken together; null where none could be missing.</param>
    public Statement Write(string tile, Clip clip, Index? rows = null) => PlaceTile is { } place
        ? new Statement.Scatter(Values, place, default, tile) { Count = Left, Lines = rows }
        : new Statement.Store(Values, At, tile, clip) { Until = Until, UntilRow = rows is null ? null : At[At.Count - 2] is Index.Const { Value: 0 } ? rows : At[At.Count - 2] + rows };

    /// <summary>Entries from the first of the line to the last.</summary>
    private Index Left => EntryEnd! - Entry!;
}
