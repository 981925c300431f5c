namespace Intarsia;

/// <summary>What must hold of the index data of row windows, so that a matrix has one file and kernels stay within bounds.</summary>
internal static class WindowCheck
{
    /// <summary>Pointers begin at 0 and do not fall.</summary>
    public static void Pointers(ReadOnlySpan<int> pointers, string name)
    {
        if (pointers[0] != 0)
            throw new IntarsiaFormatException($"{name} 0", $"{pointers[0]}", "0");
        for (int i = 1; i < pointers.Length; i++)
            if (pointers[i] < pointers[i - 1])
                throw new IntarsiaFormatException($"{name} {i}", $"{pointers[i]}", $"at least {pointers[i - 1]}, the one before it");
    }

    /// <summary>The columns of a window ascend, are padded in its last block only, and have an entry each; places ascend within a block and lie in its rows and columns.</summary>
    public static void Window(int window, int rows, int depth, int[] blockPointers, int[] entryPointers, int[] blockColumns, byte[] places)
    {
        const int Width = WindowTopology.BlockColumns;
        int first = blockPointers[window], last = blockPointers[window + 1];
        ReadOnlySpan<int> columns = blockColumns.AsSpan(first * Width, (last - first) * Width);
        int count = columns.IndexOf(WindowTopology.Padding);
        count = count < 0 ? columns.Length : count;
        if (columns.Length - count >= Width)
            throw new IntarsiaFormatException($"columns of window {window}", $"{count}", $"more than {columns.Length - Width}, because it has {last - first} blocks");
        Extents.CheckAscending(columns[..count], depth, $"window {window}");
        int stray = columns[count..].IndexOfAnyExcept(WindowTopology.Padding);
        if (stray >= 0)
            throw new IntarsiaFormatException($"padding index {count + stray} of window {window}", $"{columns[count + stray]}", $"{WindowTopology.Padding}");

        for (int block = first; block < last; block++)
        {
            int used = Math.Min(Width, count - (block - first) * Width), seen = 0, before = -1;
            for (int entry = entryPointers[block]; entry < entryPointers[block + 1]; entry++)
            {
                int place = places[entry];
                if (place <= before || place >= rows * Width || place % Width >= used)
                    throw new IntarsiaFormatException($"place of entry {entry} (window {window}, block {block})", $"{place}", $"more than {before}, in {rows} rows and {used} columns of a block of {Width}");
                before = place;
                seen |= 1 << place % Width;
            }

            if (seen != (1 << used) - 1)
                throw new IntarsiaFormatException($"column {System.Numerics.BitOperations.TrailingZeroCount(~seen)} of block {block} (window {window})", "no entry", "an entry in each column that is named");
        }
    }
}
