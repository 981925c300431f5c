namespace Intarsia;

/// <summary>A dense matrix of codes and the codebook of the numbers that they stand for: shared weights, as they are trained or read from elsewhere.</summary>
public sealed class CodebookMatrix
{
    /// <summary>Checks and wraps the arrays; they are not copied.</summary>
    /// <param name="codes">rows×depth codes in row-major order, each below the length of the codebook.</param>
    /// <param name="codebook">16 or 256 finite numbers. Where the matrix is packed in a sparse layout, entry 0 is 0, and elements of that value may be left out.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of columns.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="IntarsiaFormatException">A code or an entry is out of range.</exception>
    public CodebookMatrix(byte[] codes, float[] codebook, int rows, int depth)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(codebook);
        if (codebook.Length is not (16 or 256)) throw new ArgumentException($"A codebook has 16 or 256 entries, not {codebook.Length}.", nameof(codebook));
        Extents.RequireDense(codes.Length, rows, depth, nameof(codes));
        (Codes, Codebook, Rows, Depth) = (codes, codebook, rows, depth);
        Codebooks.Check(codebook, new WeightLayout(Pattern.Dense, Format));
        if (codebook.Length == 16 && codes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)15) is >= 0 and int bad)
            throw new IntarsiaFormatException($"code in row {bad / depth}, column {bad % depth}", $"{codes[bad]}", "0 to 15, because the codebook has 16 entries");
    }

    /// <summary>The codes, rows×depth row-major.</summary>
    public byte[] Codes { get; }

    /// <summary>What the codes stand for.</summary>
    public float[] Codebook { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Depth { get; }

    /// <summary>The format of a packed matrix of so many entries.</summary>
    public NumberFormat Format => Codebook.Length == 16 ? NumberFormat.Codebook16 : NumberFormat.Codebook256;

    /// <summary>Writes the number of each element to a rows×depth row-major span.</summary>
    public void Decode(Span<float> dense)
    {
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        for (int i = 0; i < Codes.Length; i++) dense[i] = Codebook[Codes[i]];
    }
}
