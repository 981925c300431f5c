using System.Globalization;

namespace Intarsia.Compiler.Specs;

/// <summary>
/// A file that names a sparsity pattern, as the build hands it over: <c>.smtx</c> of the Deep Learning Matrix Collection (Gale et al., SC'20), or <c>.mtx</c> in Matrix Market's coordinate format, whose values
/// are left aside (Boisvert, Pozo, Remington: "The Matrix Market Exchange Formats", NISTIR 5935).
/// </summary>
/// <param name="Path">Where it lies, with slashes.</param>
/// <param name="Pattern">The pattern; null where the content is not valid.</param>
/// <param name="Fault">What is wrong with it; null where it is valid.</param>
public sealed record PatternFile(string Path, KnownPattern? Pattern, PatternFault? Fault)
{
    private static readonly string[] Extensions = [".smtx", ".mtx"];

    /// <summary>Whether a file is one of patterns, by its name.</summary>
    public static bool IsOne(string path) => Extensions.Any(extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>The file's name without its folder.</summary>
    public string Name => Path.Substring(Path.LastIndexOf('/') + 1);

    /// <summary>Whether a declaration that says <paramref name="name"/> means this file: the end of its path, whole folders at a time.</summary>
    public bool Answers(string name)
    {
        string wanted = Slashes(name);
        return Path.EndsWith(wanted, StringComparison.Ordinal) && (Path.Length == wanted.Length || Path[Path.Length - wanted.Length - 1] == '/') && wanted.Length > 0;
    }

    /// <summary>Reads a pattern from the text of a file.</summary>
    public static PatternFile Read(string path, string text)
    {
        path = Slashes(path);
        string name = path.Substring(path.LastIndexOf('/') + 1);
        try
        {
            string[] lines = text.Split('\n');
            return new PatternFile(path, name.EndsWith(".smtx", StringComparison.OrdinalIgnoreCase) ? Smtx(name, lines) : MatrixMarket.Read(name, lines), null);
        }
        catch (PatternFaultException fault)
        {
            return new PatternFile(path, null, fault.Fault);
        }
    }

    private static string Slashes(string path) => path.Replace('\\', '/');

    private static KnownPattern Smtx(string name, string[] lines)
    {
        int[] header = Numbers(lines, 0, "the header", 3);
        (int rows, int depth, int count) = (header[0], header[1], header[2]);
        if (count > (long)rows * depth) throw new PatternFaultException("the number of non-zeros", Text(count), $"at most {Text((long)rows * depth)}, rows × columns");
        int[] pointers = Numbers(lines, 1, "the line of row pointers", rows + 1L), columns = Numbers(lines, 2, "the line of column indices", count);
        for (int i = 3; i < lines.Length; i++)
            if (lines[i].Trim().Length > 0) throw new PatternFaultException($"line {Text(i + 1)}", $"'{Short(lines[i].Trim())}'", "the end of the file after three lines");
        if (pointers[0] != 0) throw new PatternFaultException("row pointer 0", Text(pointers[0]), "0");
        if (pointers[rows] != count) throw new PatternFaultException($"row pointer {Text(rows)}", Text(pointers[rows]), $"the number of non-zeros, {Text(count)}");
        for (int row = 0; row < rows; row++)
        {
            if (pointers[row + 1] < pointers[row] || pointers[row + 1] > count)
                throw new PatternFaultException($"row pointer {Text(row + 1)}", Text(pointers[row + 1]), $"between {Text(pointers[row])} and {Text(count)}");
            for (int i = pointers[row], least = 0; i < pointers[row + 1]; least = columns[i++] + 1)
                if (columns[i] < least || columns[i] >= depth)
                    throw new PatternFaultException($"a column index of row {Text(row)}", Text(columns[i]), $"between {Text(least)} and {Text(depth - 1)}, ascending");
        }
        return new KnownPattern(name, rows, depth, pointers, columns);
    }

    private static int[] Numbers(string[] lines, int index, string what, long count)
    {
        string line = index < lines.Length ? lines[index] : "";
        string[] parts = line.Split([' ', ',', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != count) throw new PatternFaultException(what, Text(parts.Length) + " numbers", Text(count));
        return [.. parts.Select(part => Number(part, what))];
    }

    /// <summary>A number from 0 to what 31 bits hold.</summary>
    internal static int Number(string text, string what) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value < int.MaxValue
        ? value
        : throw new PatternFaultException("a number in " + what, $"'{Short(text)}'", "an integer from 0 to 2147483646");

    internal static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    internal static string Short(string text) => text.Length > 24 ? text.Substring(0, 24) + "…" : text;
}

/// <summary>What is wrong with the content of a file.</summary>
/// <param name="What">The part.</param>
/// <param name="Found">What it is.</param>
/// <param name="Expected">What it should be.</param>
public sealed record PatternFault(string What, string Found, string Expected);

/// <summary>Ends the reading of a file that is not valid. It does not leave <see cref="PatternFile.Read"/>.</summary>
internal sealed class PatternFaultException(string what, string found, string expected) : Exception
{
    public PatternFault Fault { get; } = new(what, found, expected);
}
