namespace Intarsia;

/// <summary>
/// A layer of a Deep-Compression file (Han, Mao, Dally, ICLR'16): shared weights, of which only those that are not 0 are stored, each with the number of zeros since the one before. The weights count row by row as one list.
/// A run of more than 15 zeros is broken by <em>fillers</em>, entries of gap 15 and code 0, whose weight is 0.
/// </summary>
public sealed class DeepCompressionLayer
{
    /// <summary>The largest number of zeros that a gap counts.</summary>
    public const int MaxGap = 15;

    private readonly byte[] _codes;
    private readonly byte[] _gaps;
    private readonly float[] _codebook;
    private readonly float[] _bias;

    /// <summary>Checks and wraps the arrays; they are not copied and must not be changed afterwards.</summary>
    /// <param name="shape">Name, extents and bits of the codes.</param>
    /// <param name="codebook">2^<see cref="DeepCompressionShape.CodeBits"/> finite numbers, the first 0.</param>
    /// <param name="bias">Rows finite numbers.</param>
    /// <param name="codes">The code of each entry.</param>
    /// <param name="gaps">As many numbers of zeros before each entry, 0 to 15.</param>
    /// <exception cref="ArgumentException">The shape is not one, or codebook, bias or gaps have another length.</exception>
    /// <exception cref="IntarsiaFormatException">An entry of the codebook or a bias is not finite, entry 0 is not 0, a code or gap is out of range, or entries stand behind the last weight.</exception>
    public DeepCompressionLayer(DeepCompressionShape shape, float[] codebook, float[] bias, byte[] codes, byte[] gaps)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(codebook);
        ArgumentNullException.ThrowIfNull(bias);
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(gaps);
        shape.Validate();
        RequireLength(codebook.Length, shape.CodebookLength, nameof(codebook));
        RequireLength(bias.Length, shape.Rows, nameof(bias));
        RequireLength(gaps.Length, codes.Length, nameof(gaps));
        (Shape, _codebook, _bias, _codes, _gaps) = (shape, codebook, bias, codes, gaps);
        CheckNumbers(codebook, "codebook entry");
        CheckNumbers(bias, "bias");
        if (codebook[0] != 0)
            throw new IntarsiaFormatException(Field("codebook entry 0"), FormattableString.Invariant($"{codebook[0]}"), "0, what weights that are not stored and fillers are");
        if (shape.CodeBits == 4) CheckNibbles(codes, "code");
        CheckNibbles(gaps, "gap");
        CheckPositions();
    }

    /// <summary>Name, extents and bits of the codes.</summary>
    public DeepCompressionShape Shape { get; }

    /// <summary>What the codes stand for.</summary>
    public ReadOnlySpan<float> Codebook => _codebook;

    /// <summary>A bias for each row.</summary>
    public ReadOnlySpan<float> Bias => _bias;

    /// <summary>The code of each entry, fillers included.</summary>
    public ReadOnlySpan<byte> Codes => _codes;

    /// <summary>The number of zeros before each entry, 0 to 15.</summary>
    public ReadOnlySpan<byte> Gaps => _gaps;

    /// <summary>Entries of code 0: fillers. Their weight is 0.</summary>
    public int Fillers => _codes.AsSpan().Count((byte)0);

    /// <summary>Stored weights without fillers.</summary>
    public int NonZeros => _codes.Length - Fillers;

    /// <summary>Compresses a matrix of codes: entries that are not code 0, and fillers where more than 15 zeros stand between two of them.</summary>
    /// <param name="name">The name of the layer.</param>
    /// <param name="weights">Codes and codebook, of 16 or 256 entries, the first 0.</param>
    /// <param name="bias">A bias for each row.</param>
    /// <exception cref="IntarsiaFormatException">Entry 0 of the codebook is not 0, or a bias is not finite.</exception>
    public static DeepCompressionLayer FromCodes(string name, CodebookMatrix weights, float[] bias)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var codes = new List<byte>();
        var gaps = new List<byte>();
        int gap = 0;
        foreach (byte code in weights.Codes)
        {
            if (code == 0)
            {
                gap++;
                continue;
            }

            for (; gap > MaxGap; gap -= MaxGap + 1)
            {
                codes.Add(0);
                gaps.Add(MaxGap);
            }

            codes.Add(code);
            gaps.Add((byte)gap);
            gap = 0;
        }

        var shape = new DeepCompressionShape(name, weights.Rows, weights.Depth) { CodeBits = weights.Codebook.Length == 16 ? 4 : 8 };
        return new DeepCompressionLayer(shape, weights.Codebook, bias, [.. codes], [.. gaps]);
    }

    /// <summary>The weights as a dense matrix of codes, 0 where nothing is stored, with the codebook: what <see cref="PackedMatrix.Pack(CodebookMatrix, WeightLayout)"/> takes.</summary>
    public CodebookMatrix ToCodes()
    {
        var dense = new byte[Shape.Rows * Shape.Depth];
        long position = -1;
        for (int i = 0; i < _codes.Length; i++)
        {
            position += _gaps[i] + 1;
            dense[position] = _codes[i];
        }

        return new CodebookMatrix(dense, _codebook, Shape.Rows, Shape.Depth);
    }

    /// <summary>The weights as numbers, in a rows×depth row-major array.</summary>
    public float[] ToDense()
    {
        var dense = new float[Shape.Rows * Shape.Depth];
        ToCodes().Decode(dense);
        return dense;
    }

    private static void RequireLength(int found, int expected, string parameter)
    {
        if (found != expected) throw new ArgumentException($"The length is {found}; the layer needs {expected}.", parameter);
    }

    private void CheckNumbers(ReadOnlySpan<float> numbers, string what)
    {
        for (int i = 0; i < numbers.Length; i++)
            if (!float.IsFinite(numbers[i]))
                throw new IntarsiaFormatException(Field($"{what} {i}"), FormattableString.Invariant($"{numbers[i]}"), "a finite number");
    }

    private void CheckNibbles(ReadOnlySpan<byte> nibbles, string what)
    {
        if (nibbles.IndexOfAnyExceptInRange((byte)0, (byte)15) is >= 0 and int bad)
            throw new IntarsiaFormatException(Field($"{what} {bad}"), $"{nibbles[bad]}", "0 to 15");
    }

    private void CheckPositions()
    {
        long position = -1, weights = (long)Shape.Rows * Shape.Depth;
        for (int i = 0; i < _gaps.Length; i++)
        {
            position += _gaps[i] + 1;
            if (position >= weights)
                throw new IntarsiaFormatException(Field($"position of entry {i}"), $"{position}", $"less than {weights}, the weights of a {Shape.Rows}×{Shape.Depth} layer");
        }
    }

    private string Field(string field) => $"{field} of layer '{Shape.Name}'";
}
