namespace Intarsia;

/// <summary>Checks of sizes and indices that packers and loaders share.</summary>
internal static class Extents
{
    /// <summary>⌈a / b⌉ without overflow, for a ≥ 0 and b ≥ 1.</summary>
    public static int CeilingDivide(int a, int b) => (int)(((long)a + b - 1) / b);

    /// <summary>Rejects negative extents, a product that no array can hold, and a length other than the product.</summary>
    public static void RequireDense(int length, int rows, int depth, string parameter)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        long expected = (long)rows * depth;
        if (length != expected)
            throw new ArgumentException($"A dense {rows}×{depth} matrix has {expected} elements, but {length} were given.", parameter);
    }

    /// <summary>Rejects a count that no array can hold.</summary>
    public static int RequireArrayLength(Int128 count, string field) =>
        count >= 0 && count <= Array.MaxLength ? (int)count : throw new IntarsiaFormatException(field, $"{count}", $"0 to {Array.MaxLength}, what one array can hold");

    /// <summary>Rejects a number that names nothing of so many.</summary>
    public static void RequireIndex(int value, int count, string what, int at)
    {
        if ((uint)value >= (uint)count) throw new IntarsiaFormatException($"{what} {at}", $"{value}", count == 0 ? "none, because there is none" : $"0 to {count - 1}");
    }

    /// <summary>Rejects column indices that are out of range or not strictly ascending.</summary>
    public static void CheckAscending(ReadOnlySpan<int> columns, int depth, string where)
    {
        int previous = -1;
        for (int i = 0; i < columns.Length; i++)
        {
            if (columns[i] <= previous || columns[i] >= depth)
                throw new IntarsiaFormatException($"column index {i} of {where}", $"{columns[i]}", $"more than the one before it ({previous}) and less than the depth, {depth}");
            previous = columns[i];
        }
    }
}
