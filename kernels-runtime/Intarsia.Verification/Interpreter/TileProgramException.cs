namespace Intarsia.Verification;

/// <summary>A tile program did something it must not: an access outside a buffer, a read of what was never written, shapes that do not fit. The message names the statement and where its loops stood.</summary>
public sealed class TileProgramException : Exception
{
    /// <summary>Creates the exception.</summary>
    public TileProgramException(string message)
        : base(message)
    {
    }
}
