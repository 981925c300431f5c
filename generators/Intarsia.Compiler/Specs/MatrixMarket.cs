namespace Intarsia.Compiler.Specs;

/// <summary>Reads the pattern of a matrix in Matrix Market's coordinate format: 1-based positions in any order, each once; of a symmetric matrix those of one triangle.</summary>
internal static class MatrixMarket
{
    private static readonly string[] Fields = ["pattern", "real", "integer", "double", "complex"];

    private static readonly string[] Symmetries = ["general", "symmetric", "skew-symmetric", "hermitian"];

    /// <summary>Rows are counted by the line of sizes alone: memory for their pointers is taken on its word.</summary>
    private const int MaxRows = 1 << 24;

    /// <exception cref="PatternFaultException">The content is not valid.</exception>
    public static KnownPattern Read(string name, string[] lines)
    {
        string[] banner = Parts(lines[0]);
        bool known = banner.Length == 5 && banner[0] == "%%MatrixMarket" && Is(banner[1], "matrix") && Is(banner[2], "coordinate") && Fields.Any(field => Is(banner[3], field)) && Symmetries.Any(symmetry => Is(banner[4], symmetry));
        if (!known) throw new PatternFaultException("the first line", $"'{PatternFile.Short(lines[0].Trim())}'", "'%%MatrixMarket matrix coordinate', a field and a symmetry");
        bool mirrored = !Is(banner[4], "general");

        int at = 1;
        string[] size = NextLine(lines, ref at) ?? throw new PatternFaultException("the line of sizes", "missing", "rows, columns and entries");
        if (size.Length != 3) throw new PatternFaultException("the line of sizes", PatternFile.Text(size.Length) + " numbers", "3");
        int[] sizes = [.. size.Select(part => PatternFile.Number(part, "the line of sizes"))];
        (int rows, int depth, int count) = (sizes[0], sizes[1], sizes[2]);
        if (rows > MaxRows) throw new PatternFaultException("the number of rows", PatternFile.Text(rows), $"at most {PatternFile.Text(MaxRows)}");
        if (mirrored && rows != depth) throw new PatternFaultException("the shape of a symmetric matrix", $"{PatternFile.Text(rows)}×{PatternFile.Text(depth)}", "as many rows as columns");

        var places = new List<long>();
        for (int entry = 0; entry < count; entry++)
        {
            string[] parts = NextLine(lines, ref at) ?? throw new PatternFaultException("the number of entries", PatternFile.Text(entry), $"{PatternFile.Text(count)}, as the line of sizes says");
            if (parts.Length < 2) throw new PatternFaultException($"line {PatternFile.Text(at)}", $"'{PatternFile.Short(string.Join(" ", parts))}'", "a row and a column");
            long row = Position(parts[0], "row", at, rows), column = Position(parts[1], "column", at, depth);
            places.Add(row * depth + column);
            if (mirrored && row != column) places.Add(column * depth + row);
        }
        if (NextLine(lines, ref at) is { } more) throw new PatternFaultException($"line {PatternFile.Text(at)}", $"'{PatternFile.Short(string.Join(" ", more))}'", $"the end of the file after {PatternFile.Text(count)} entries");

        places.Sort();
        var pointers = new int[rows + 1];
        for (int i = 0; i < places.Count; i++)
        {
            if (i > 0 && places[i] == places[i - 1])
                throw new PatternFaultException("an entry", $"row {PatternFile.Text(places[i] / depth + 1)}, column {PatternFile.Text(places[i] % depth + 1)} a second time", "each position once");
            pointers[places[i] / depth + 1]++;
        }
        for (int row = 0; row < rows; row++) pointers[row + 1] += pointers[row];
        return new KnownPattern(name, rows, depth, pointers, places.Select(place => (int)(place % depth)).ToArray());
    }

    private static int Position(string text, string what, int line, int extent)
    {
        int position = PatternFile.Number(text, $"line {PatternFile.Text(line)}");
        if (position < 1 || position > extent) throw new PatternFaultException($"the {what} in line {PatternFile.Text(line)}", PatternFile.Text(position), $"between 1 and {PatternFile.Text(extent)}");
        return position - 1;
    }

    private static string[]? NextLine(string[] lines, ref int at)
    {
        while (at < lines.Length)
        {
            string[] parts = Parts(lines[at++]);
            if (parts.Length > 0 && parts[0][0] != '%') return parts;
        }
        return null;
    }

    private static string[] Parts(string line) => line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);

    private static bool Is(string text, string expected) => text.Equals(expected, StringComparison.OrdinalIgnoreCase);
}
