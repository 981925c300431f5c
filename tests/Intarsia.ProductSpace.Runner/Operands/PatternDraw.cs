using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Draws which weights a pattern stores.</summary>
internal static class PatternDraw
{
    /// <returns>rows×depth: true where a weight is stored; null where all are.</returns>
    public static bool[]? Draw(PatternSpec pattern, int rows, int depth, SeededRandom random) => pattern.Kind switch
    {
        Pattern.NM => NM(pattern, rows, depth, random),
        Pattern.VectorRows => Vectors(pattern.V, rows, depth, random),
        Pattern.Bsr => Blocks(pattern, rows, depth, random),
        Pattern.Ell => Narrow(Vectors(1, rows, depth, random), pattern.Width, rows, depth),
        Pattern.GatherScatter => Banked(Vectors(1, rows, depth, random), pattern, rows, depth),
        Pattern.Csr when pattern.Known is { } known => Places(known),
        Pattern.Composite => Mixed(rows, depth, random),
        Pattern.Csr or Pattern.Hyb or Pattern.RowWindows or Pattern.RelativeCsc => Vectors(1, rows, depth, random),
        _ => null,
    };

    /// <summary>Draws a pattern that is known at compile time.</summary>
    public static KnownPattern Known(string file, int rows, int depth, SeededRandom random)
    {
        bool[] stored = Vectors(1, rows, depth, random);
        int[][] columns = [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, depth).Where(k => stored[row * depth + k]).ToArray())];
        int[] pointers = [0, .. columns.Select((_, row) => columns.Take(row + 1).Sum(line => line.Length))];
        return new KnownPattern(file, rows, depth, pointers, columns.SelectMany(line => line).ToArray());
    }

    private static bool[] Places(KnownPattern known)
    {
        bool[] stored = new bool[known.Rows * known.Depth];
        for (int row = 0; row < known.Rows; row++)
            for (int at = known.RowPointers[row]; at < known.RowPointers[row + 1]; at++) stored[row * known.Depth + known.Columns[at]] = true;
        return stored;
    }

    private static bool[] NM(PatternSpec pattern, int rows, int depth, SeededRandom random)
    {
        bool[] stored = new bool[rows * depth];
        int[] order = Enumerable.Range(0, pattern.M).ToArray();
        for (int first = 0; first < rows; first += pattern.VectorLength)
            for (int start = 0; start < depth; start += pattern.M)
            {
                // Most groups are full; "at most N" allows fewer.
                int take = random.Chance(0.8) ? pattern.N : random.Next(0, pattern.N);
                random.Shuffle(order);
                foreach (int within in order.Take(take))
                    for (int row = first; start + within < depth && row < Math.Min(rows, first + pattern.VectorLength); row++) stored[row * depth + start + within] = true;
            }
        return stored;
    }

    private static bool[] Blocks(PatternSpec pattern, int rows, int depth, SeededRandom random)
    {
        int across = (depth + pattern.BlockColumns - 1) / pattern.BlockColumns, down = (rows + pattern.BlockRows - 1) / pattern.BlockRows;
        bool[] blocks = Vectors(1, down, across, random), stored = new bool[rows * depth];
        for (int row = 0; row < rows; row++)
            for (int k = 0; k < depth; k++) stored[row * depth + k] = blocks[row / pattern.BlockRows * across + k / pattern.BlockColumns];
        return stored;
    }

    /// <summary>Single elements, and blocks of 16×8 that are full or nearly.</summary>
    private static bool[] Mixed(int rows, int depth, SeededRandom random)
    {
        bool[] stored = Vectors(1, rows, depth, random), blocks = Blocks(new PatternSpec(Pattern.Bsr) { BlockRows = 16, BlockColumns = 8 }, rows, depth, random);
        for (int i = 0; i < stored.Length; i++) stored[i] |= blocks[i] && random.Chance(0.9);
        return stored;
    }

    /// <summary>Rows of at most so many elements: from one place on, which differs from row to row, the others go.</summary>
    private static bool[] Narrow(bool[] stored, int width, int rows, int depth)
    {
        for (int row = 0; row < rows; row++)
        {
            int kept = 0;
            for (int i = 0; i < depth; i++)
            {
                ref bool element = ref stored[row * depth + (i + 7 * row) % depth];
                element &= kept < width;
                if (element) kept++;
            }
        }
        return stored;
    }

    /// <summary>Bundles of neighbours with so many elements in each bank, and k times as many in each row, at most.</summary>
    private static bool[] Banked(bool[] stored, PatternSpec pattern, int rows, int depth)
    {
        int[] kept = new int[pattern.Banks];
        for (int row = 0; row < rows; row++)
        {
            int ofRow = 0;
            if (row % (pattern.Banks / pattern.PerRow) == 0) Array.Clear(kept);
            for (int i = 0; i < depth; i++)
            {
                int column = (i + 7 * row) % depth;
                ref bool element = ref stored[row * depth + column];
                element &= ofRow < pattern.Groups * pattern.PerRow && kept[column % pattern.Banks] < pattern.Groups;
                if (!element) continue;
                ofRow++;
                kept[column % pattern.Banks]++;
            }
        }
        return stored;
    }

    // Each group of V rows has a density of its own; some groups are empty, some full.
    private static bool[] Vectors(int v, int rows, int depth, SeededRandom random)
    {
        bool[] stored = new bool[rows * depth];
        double typical = random.Pick(0.05, 0.1, 0.3, 0.5);
        for (int first = 0; first < rows; first += v)
        {
            double density = random.Next(0, 9) switch { 0 => 0, 1 => 1, _ => typical };
            for (int k = 0; k < depth; k++)
            {
                if (!random.Chance(density)) continue;
                for (int row = first; row < Math.Min(rows, first + v); row++) stored[row * depth + k] = true;
            }
        }
        return stored;
    }
}
