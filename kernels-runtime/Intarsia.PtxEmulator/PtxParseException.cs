namespace Intarsia.PtxEmulator;

/// <summary>PTX text that the emulator does not understand, or that is wrong.</summary>
public sealed class PtxParseException : FormatException
{
    internal PtxParseException(int line, int column, string found, string expected, string text = "")
        : base($"PTX line {line}, column {column}: {found}; {expected}{(text.Length == 0 ? "." : $". In: {text}")}")
    {
        Line = line;
        Column = column;
        Found = found;
        Expected = expected;
    }

    /// <summary>Line of the text, from 1.</summary>
    public int Line { get; }

    /// <summary>Column of the text, from 1.</summary>
    public int Column { get; }

    /// <summary>What stands there.</summary>
    public string Found { get; }

    /// <summary>What would be understood.</summary>
    public string Expected { get; }
}
