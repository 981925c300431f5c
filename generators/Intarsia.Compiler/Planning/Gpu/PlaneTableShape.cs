using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>How a thread block shares out binary-coded weights: lanes are rows, warps take pieces of the depth in turn, and the tables of a chunk of pieces stand in shared memory for all of them.</summary>
/// <param name="Columns">Columns of a block: a power of two, those that the kernel has not are zeros.</param>
/// <param name="Warps">Warps along the rows, 32 of them each, and along the depth.</param>
/// <param name="Words">Words of 32 signs of a piece: as many share a look at their α.</param>
/// <param name="Pieces">Pieces whose tables stand in shared memory at a time.</param>
internal sealed record PlaneTableShape(int Columns, WarpGrid Warps, int Words, int Pieces)
{
    /// <summary>Signs of a word.</summary>
    public const int WordDepth = 32;

    /// <summary>Signs of a code, which names one of so many sums.</summary>
    public const int CodeBits = 4, Entries = 1 << CodeBits;

    /// <summary>Codes of a word.</summary>
    public const int Codes = WordDepth / CodeBits;

    /// <summary>Columns that are read the weights for at once: 32 KiB of tables are then of four words.</summary>
    private const int MaxColumns = 16;

    /// <summary>Columns of a block where nobody knows how many there are.</summary>
    private const int UsualColumns = 8;

    private const int MaxWords = 4;

    private const int TableBytes = 32 * 1024;

    /// <summary>Rows from which on two warps share the tables of a block: twice as many blocks as processors are left.</summary>
    private const int ManyRows = 8192;

    /// <summary>Rows of a block.</summary>
    public int Rows => 32 * Warps.Rows;

    /// <summary>Depth of a piece.</summary>
    public int Depth => Words * WordDepth;

    public static PlaneTableShape For(KernelSpec spec)
    {
        int columns = 1;
        while (columns < Math.Min(MaxColumns, spec.Columns.IsConstant ? spec.Columns.Constant : UsualColumns)) columns *= 2;
        int words = WordsOf(spec), warps = columns > 4 ? 4 : 8, down = spec.Rows.IsConstant && spec.Rows.Constant >= ManyRows ? 2 : 1, across = warps / down;
        int fitting = TableBytes / (Codes * Entries * sizeof(float) * columns), each = Math.Min(BestWords(words), Math.Max(1, fitting / across));
        int pieces = Math.Max(1, fitting / (across * each));
        if (spec.Depth.IsConstant)
        {
            int all = Math.Max(1, (spec.Depth.Constant + WordDepth * each - 1) / (WordDepth * each));
            while (across > 1 && across / 2 >= all) across /= 2;
            pieces = Math.Max(1, Math.Min(pieces, (all + across - 1) / across));
        }
        return new PlaneTableShape(columns, new WarpGrid(down, across), each, pieces * across);
    }

    /// <summary>Words of a plane in a scale group, or in so much of the depth as is taken for one.</summary>
    private static int WordsOf(KernelSpec spec)
    {
        int group = spec.Weights.Scale == Per.Group ? spec.Weights.ScaleGroup : int.MaxValue, depth = spec.Depth.IsConstant ? spec.Depth.Constant : MaxWords * WordDepth;
        int length = spec.Weights.Scale == Per.Group && !spec.Depth.IsConstant ? group : Math.Min(group, depth);
        return Math.Max(1, (length + WordDepth - 1) / WordDepth);
    }

    /// <summary>What cuts a group into pieces with the fewest words too many, and then into the fewest: a piece costs about half a word.</summary>
    private static int BestWords(int words) => Enumerable.Range(1, MaxWords).OrderBy(each => (words + each - 1) / each * (2 * each + 1)).First();

    public override string ToString() => $"{Rows} rows, {Columns} columns, {Pieces} pieces of {Depth} deep, {Warps} warps";
}
