namespace Intarsia;

/// <summary>
/// A dense matrix of weights that are rebuilt from coefficients and bases, W = Ce·B: three neighbouring weights of a row are three coefficients, each 0 or a power of two with a sign, times a 3×3 basis, that of their scale group.
/// A weight takes four bits and its share of a basis.
/// </summary>
/// <remarks>Chen et al., "SmartDeal: Re-Modeling Deep Network Weights for Efficient Inference and Training", IEEE TNNLS 2022 (arXiv 2101.01163), section III; SmartExchange, ISCA'20. There a basis has eight bits an entry; here binary32.</remarks>
public sealed class BasisMatrix
{
    /// <summary>Coefficients, and weights, that belong together.</summary>
    public const int Order = 3;

    /// <summary>Entries of a basis.</summary>
    public const int Entries = Order * Order;

    /// <summary>What no entry of a basis reaches, 2^120: sums of three times 64 of it are finite.</summary>
    public const float Bound = 1.329228e36f;

    private readonly ScaleGrid _grid;

    /// <summary>Checks and wraps the arrays; they are not copied.</summary>
    /// <param name="coefficients">rows×depth numbers in row-major order: 0, ±1, ±2, ±4 … ±64. That at column k is coefficient k mod 3 of the three from k − k mod 3 on; those that the last three of a row lack count as 0.</param>
    /// <param name="bases">A 3×3 matrix, row-major, for each scale group; each entry less than <see cref="Bound"/> in magnitude.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of columns.</param>
    /// <param name="scale">What shares its basis: <see cref="Per.Tensor"/>, <see cref="Per.Row"/> or <see cref="Per.Group"/>.</param>
    /// <param name="scaleGroup">Length of a scale group in depth for <see cref="Per.Group"/>, a multiple of 3; else 0.</param>
    /// <exception cref="ArgumentException">An extent, the scale, its group or the length of the coefficients is wrong.</exception>
    /// <exception cref="IntarsiaFormatException">A coefficient or an entry of a basis is out of range, or there are too many or too few bases.</exception>
    public BasisMatrix(sbyte[] coefficients, float[] bases, int rows, int depth, Per scale, int scaleGroup = 0)
    {
        ArgumentNullException.ThrowIfNull(coefficients);
        ArgumentNullException.ThrowIfNull(bases);
        Layout(scale, scaleGroup);
        Extents.RequireDense(coefficients.Length, rows, depth, nameof(coefficients));
        _grid = new ScaleGrid(scale, scaleGroup, rows, depth);
        if (bases.Length != (long)_grid.Count * Entries)
            throw new IntarsiaFormatException("number of entries of bases", $"{bases.Length}", $"{(long)_grid.Count * Entries}, {Entries} for each of {_grid.Count} groups");
        RequireBases(bases);
        if (IntegerFormats.IndexOfForeign<sbyte>(coefficients, NumberFormat.PowerOfTwo4) is >= 0 and int bad)
            throw new IntarsiaFormatException($"coefficient in row {bad / depth}, column {bad % depth}", $"{coefficients[bad]}", "0, ±1, ±2, ±4, ±8, ±16, ±32 or ±64");
        (Coefficients, Bases, Rows, Depth, Scale, ScaleGroup) = (coefficients, bases, rows, depth, scale, scaleGroup);
    }

    /// <summary>The coefficients, rows×depth row-major.</summary>
    public sbyte[] Coefficients { get; }

    /// <summary>The bases, <c>[group][3][3]</c>.</summary>
    public float[] Bases { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Depth { get; }

    /// <summary>What shares its basis.</summary>
    public Per Scale { get; }

    /// <summary>Length of a scale group in depth, or 0.</summary>
    public int ScaleGroup { get; }

    /// <summary>Writes every weight to a rows×depth row-major span: (c₀·B₀ⱼ + c₁·B₁ⱼ) + c₂·B₂ⱼ in binary32, whose products are exact, so that it is one number whether they are fused or not.</summary>
    /// <exception cref="ArgumentException">The length is not rows × depth.</exception>
    public void Decode(Span<float> dense)
    {
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        Span<float> three = stackalloc float[Order];
        for (int row = 0; row < Rows; row++)
        {
            for (int k = 0; k < Depth; k += Order)
            {
                three.Clear();
                int present = Math.Min(Order, Depth - k), at = row * Depth + k;
                for (int i = 0; i < present; i++) three[i] = Coefficients[at + i];
                Rebuild(three, BasisOf(Bases, _grid, row, k));
                three[..present].CopyTo(dense[at..]);
            }
        }
    }

    /// <summary>The basis of an element.</summary>
    internal static ReadOnlySpan<float> BasisOf(ReadOnlySpan<float> bases, ScaleGrid grid, int row, int depth) => bases.Slice(grid.Index(row, depth) * Entries, Entries);

    /// <summary>Replaces three coefficients by what they stand for.</summary>
    internal static void Rebuild(Span<float> three, ReadOnlySpan<float> basis)
    {
        (float first, float second, float third) = (three[0], three[1], three[2]);
        for (int j = 0; j < Order; j++) three[j] = first * basis[j] + second * basis[Order + j] + third * basis[2 * Order + j];
    }

    /// <summary>Rejects entries of bases whose sums could be infinite.</summary>
    internal static void RequireBases(ReadOnlySpan<float> bases)
    {
        for (int i = 0; i < bases.Length; i++)
            if (!(MathF.Abs(bases[i]) < Bound))
                throw new IntarsiaFormatException($"entry {i % Entries} of basis {i / Entries}", FormattableString.Invariant($"{bases[i]}"), "a number of less than 2^120 in magnitude");
    }

    /// <summary>The dense layout of such scales.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal static WeightLayout Layout(Per scale, int group) => new WeightLayout(Pattern.Dense, NumberFormat.PowerOfTwoBasis) { Scale = scale, ScaleGroup = group }.Validate();
}
