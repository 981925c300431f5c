using Intarsia.Compiler.Tiles;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// Shared memory that the program of a thread block asks for, as the plan has it: tiles of a stage of the depth, as many times as there are stages, or the tile of sums on its way to the epilogue, whichever is more, since one follows the
/// other. It reads the program alone and knows no lowering, so that the tests hold one against the other.
/// </summary>
internal static class SharedBudget
{
    /// <summary>Bytes behind each line of the tile of sums.</summary>
    private const int StagingPadding = 32;

    private const int WarpThreads = 32;

    /// <summary>What stages of warp groups begin at multiples of, and two barriers of 8 bytes for each.</summary>
    private const int GroupAlignment = 1024, BarrierBytes = 16;

    /// <summary>Bytes of a block.</summary>
    /// <param name="program">A program of one block, with the warps that it has.</param>
    public static int Bytes(TileProgram program)
    {
        Block block = BlockOf(program);
        WarpGrid warps = block.Warps ?? throw new ArgumentException("The block does not say how many warps it has.", nameof(program));
        if (program.Buffers.Where(buffer => buffer.Role == BufferRole.Scratch).ToArray() is { Length: > 0 } working)
            return working.Sum(buffer => buffer.Shape.Aggregate(4, (product, extent) => product * (int)((Tiles.Index.Const)extent).Value));
        if (Find<Table>(block.Body) is { } tables) return Math.Max((int)((Tiles.Index.Const)block.Body.OfType<For>().Single().Step).Value * 4 * TileOf(program, tables.Tile).Size, Parts(TileOf(program, FirstFill(block.Body)), TileOf(program, block.Body.OfType<Store>().Single().Tile), warps.Columns));
        if (Depth(block.Body) is not { } depth) return warps.Columns == 1 ? 0 : Math.Max(16, Reductions(block.Body) * RoundUp(4 * warps.Columns, 16));
        bool gathers = Gathers(depth).Any();
        Contract contract = depth.Body.OfType<Contract>().First();
        TileDecl sums = TileOf(program, FirstFill(block.Body));
        // Warps that take iterations of their own stage their sums beside each other; dot products of sampled ones never leave registers.
        if (block.Body.Count == 1) return gathers && IsSampled(block) ? 0 : warps.Count * Staging(program, block, depth, sums);
        int staging = Staging(program, block, depth, sums);
        if (depth.Split > 1) return Math.Max(Chunk(program, block, depth), warps.Columns * staging);
        bool isGroups = contract.Via is ContractVia.WarpGroupMma or ContractVia.WarpGroupSparseMma;
        int stage = depth.Body.Sum(statement => Staged(program, depth, contract, statement));
        int bytes = Math.Max(RoundUp(stage, isGroups ? GroupAlignment : LineOfWords(program, depth)) * depth.Stages, staging);
        return isGroups ? bytes + depth.Stages * BarrierBytes : bytes;
    }

    private static Block BlockOf(TileProgram program)
    {
        Statement statement = program.Body.Single();
        while (statement is For { Parallel: true } loop) statement = loop.Body.Single();
        return (Block)statement;
    }

    /// <summary>Partial sums of warps, each in a tile of lines with words behind each; those of binary64 stand behind the tile that they are rounded to.</summary>
    private static int Parts(TileDecl sums, TileDecl result, int parts)
    {
        int staging = result.Shape[0] * (4 * result.Shape[1] + StagingPadding);
        return sums.Element == ElementType.F64 ? staging + parts * sums.Size * 8 : parts * staging;
    }

    /// <summary>The loop that contracts; null where nothing does.</summary>
    private static For? Depth(IEnumerable<Statement> statements) => statements.OfType<For>().Select(loop => loop.Body.OfType<Contract>().Any() ? loop : Depth(loop.Body)).FirstOrDefault(loop => loop is not null);

    /// <summary>The tile that sums begin in; those of parts of a depth are added to one that was made before.</summary>
    private static string FirstFill(IEnumerable<Statement> statements) => statements.Select(statement => statement is Fill fill ? fill.Tile : statement is For loop && Depth([loop]) != loop ? FirstFill(loop.Body) : "").First(tile => tile.Length > 0);

    /// <summary>Gathered anew at every step of the depth, for entries that a loop around it takes.</summary>
    private static bool IsSampled(Block block) => block.Body.OfType<For>().SelectMany(warps => warps.Body).OfType<For>().Any(entries => entries.Body.OfType<For>().Any());

    /// <summary>What fetches rows of a factor; lookups of codes fetch nothing.</summary>
    private static IEnumerable<Gather> Gathers(For depth) => depth.Body.OfType<Gather>().Where(gather => !gather.IsLookup);

    /// <summary>A reduction has words of its own for each warp of a line.</summary>
    private static int Reductions(IEnumerable<Statement> statements) => statements.Sum(statement => statement switch
    {
        Reduce => 1,
        For loop => Reductions(loop.Body),
        If choice => Reductions(choice.Then) + Reductions(choice.Else),
        _ => 0,
    });

    /// <summary>
    /// The sums, four bytes each, in the lines of the tile that the epilogue takes. Sums of vectors come in eights, which is what an instruction has, or in fours of two digits; those of 64 bits that no epilogue takes are stored from where
    /// they are. Behind each line stand eight words, so that the rows that neighbouring lanes hold begin in different banks; four where what a lane holds runs down the tile.
    /// </summary>
    private static int Staging(TileProgram program, Block block, For depth, TileDecl sums)
    {
        if (sums.Element == ElementType.S64 && !block.Body.OfType<Map>().Any(map => TileOf(program, map.Tile).Element == ElementType.F32)) return 0;
        int height = sums.Shape[0], width = sums.Shape[1];
        bool isTurned = block.Body.OfType<Transpose>().Any(turn => turn.Source == sums.Name), gathers = Gathers(depth).Any(), isDown;
        if (block.Body.Count == 1)
        {
            // Lanes lie along the columns of X: a lane has every row of the vector, and a 32nd of the columns.
            bool rowsFirst = IsRowsFirst(depth);
            (int rows, int columns) = rowsFirst ? (height, width / WarpThreads) : (width, height / WarpThreads);
            isDown = rowsFirst ? columns == 1 && rows > 1 : rows == 1 && columns > 1;
        }
        else if (gathers)
        {
            int planes = Find<Linear>(block.Body) is { } linear ? linear.MatrixColumns / linear.MatrixRows : 1;
            // The rows of the vector are those of the tile, but where the columns of X take that side from the start.
            bool rowsAreLines = planes > 1 || Find<Linear>(block.Body) is not null || IsRowsFirst(depth);
            int vector = rowsAreLines ? height : width, whole = planes == 2 ? RoundUp(2 * vector, 8) / 2 : RoundUp(vector, 8);
            (height, width) = rowsAreLines ? (whole, width) : (height, whole);
            isDown = isTurned && planes == 2 && whole == 4;
        }
        else
        {
            isDown = isTurned;
        }
        if (isTurned) (height, width) = (width, height);
        return height * (4 * width + (isDown ? StagingPadding / 2 : StagingPadding));
    }

    /// <summary>Whether sums are rows of weights by columns of X.</summary>
    private static bool IsRowsFirst(For depth) => depth.Body.OfType<Contract>().First().B == Gathers(depth).Single().Tile;

    private static T? Find<T>(IEnumerable<Statement> statements)
        where T : Statement => statements.Select(statement => statement as T ?? (statement is For loop ? Find<T>(loop.Body) : null)).FirstOrDefault(found => found is not null);

    /// <summary>Bytes that a statement of the depth puts into a stage.</summary>
    private static int Staged(TileProgram program, For depth, Contract contract, Statement statement)
    {
        Gather? gather = Gathers(depth).SingleOrDefault();
        string? name = statement is Gather { IsLookup: false } gathered ? gathered.Tile : statement is Load load && load.Tile != gather?.Coordinates ? load.Tile : null;
        if (name is null) return 0;
        TileDecl tile = TileOf(program, name);
        // The dense factor of a sparse product, read across its lines, has 16 bytes behind each instead of a swizzle.
        bool isPadded = contract.Via == ContractVia.SparseMma && name == contract.B && !contract.TransposedB && Bits(tile.Element) == 16 && program.Buffers.Single(b => b.Name == ((Load)statement).Buffer).LineAlignment >= 16;
        if (contract.Via is not (ContractVia.Fma or ContractVia.IntegerMultiplyAdd or ContractVia.Dot4 or ContractVia.Dot4Signed)) return tile.Size * Bits(tile.Element) / 8 + (isPadded ? 16 * tile.Shape[0] : 0);
        // Multiply-adds take elements of four bytes, and lines along the depth with a word behind each.
        int step = (int)((Tiles.Index.Const)depth.Step).Value;
        return 4 * tile.Size + 4 * (tile.Size / step);
    }

    /// <summary>Gathered lines of words begin at multiples of their length.</summary>
    private static int LineOfWords(TileProgram program, For depth) =>
        Gathers(depth).SingleOrDefault() is { } gather && TileOf(program, gather.Tile) is { Element: ElementType.F32 } rows ? 4 * rows.Shape[1] : 1;

    /// <summary>The factor that stands in shared memory while the other is streamed, a chunk of the depth at a time, floats in binary32.</summary>
    private static int Chunk(TileProgram program, Block block, For depth)
    {
        For chunks = block.Body.OfType<For>().Single();
        TileDecl tile = depth.Body.OfType<Load>().Select(load => TileOf(program, load.Tile)).Single(t => t.Level == TileLevel.Shared);
        int columns = tile.Size / (int)((Tiles.Index.Const)depth.Step).Value, bytes = tile.Element is ElementType.S8 or ElementType.U8 ? 1 : 4;
        return columns * (int)((Tiles.Index.Const)chunks.Step).Value * bytes;
    }

    private static TileDecl TileOf(TileProgram program, string name) => program.Tiles.Single(tile => tile.Name == name);

    private static int Bits(ElementType element) => element switch
    {
        ElementType.U2 => 2,
        ElementType.S4 or ElementType.U4 => 4,
        ElementType.S8 or ElementType.U8 => 8,
        ElementType.F32 or ElementType.S32 => 32,
        _ => 16,
    };

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
