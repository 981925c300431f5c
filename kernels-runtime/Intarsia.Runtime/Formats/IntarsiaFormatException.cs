namespace Intarsia;

/// <summary>Data that was to become an operand is not valid: a file is truncated or corrupt, a value breaks the declared pattern, a scale is no positive number.</summary>
public class IntarsiaFormatException : Exception
{
    /// <summary>Creates the exception from its three parts.</summary>
    /// <param name="field">What was looked at, with its position: <c>"column index 17 of row 3"</c>.</param>
    /// <param name="found">What stood there.</param>
    /// <param name="expected">What would have been valid.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public IntarsiaFormatException(string field, string found, string expected, Exception? inner = null)
        : base($"{field}: found {found}, expected {expected}.", inner)
    {
        Field = field;
        Found = found;
        Expected = expected;
    }

    /// <summary>What was looked at, with its position.</summary>
    public string Field { get; }

    /// <summary>What stood there.</summary>
    public string Found { get; }

    /// <summary>What would have been valid.</summary>
    public string Expected { get; }
}
