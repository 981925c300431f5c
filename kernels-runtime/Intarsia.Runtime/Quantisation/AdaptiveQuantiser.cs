namespace Intarsia;

/// <summary>
/// Chooses for a whole matrix the type of three to eight bits that loses least, and for each of its scales the one that does (Guo et al., ANT, MICRO'22, section 5): integers for weights spread evenly, flint for those of a Gaussian,
/// powers of two for long tails. The result names the type, and the format, which is that of a kernel's weights.
/// </summary>
public static class AdaptiveQuantiser
{
    /// <summary>Scales that are tried: that of the largest magnitude times 0.75, 0.76, … 1.49, as the paper's code has them, which begins with 0.95 where there are more than six bits.</summary>
    private const int FirstPercent = 75, FirstPercentOfMany = 95, LastPercent = 149, Few = 6;

    private static readonly NumberType[] OfFourBits = [.. NumberType.Candidates(4, isSigned: true), .. NumberType.Candidates(4, isSigned: false)];

    /// <summary>Quantises a dense rows×depth row-major matrix in the candidate with the least sum of squared errors; of two with the same, the first.</summary>
    /// <param name="dense">The elements; each must be finite.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="scale">What shares a scale: <see cref="Per.Tensor"/>, <see cref="Per.Row"/> or <see cref="Per.Group"/>. The format is one for all of them.</param>
    /// <param name="group">Length of a scale group in dense depth, for <see cref="Per.Group"/>; the last of a row may be short.</param>
    /// <param name="candidates">Formats of four bits; where none are given, the signed ones, or the unsigned ones for a matrix without a negative element.</param>
    /// <exception cref="ArgumentException">An argument is out of range, a candidate has other than four bits, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN or infinite, or negative where a candidate is unsigned; row and column are named.</exception>
    public static AdaptiveQuantisation Quantise(ReadOnlySpan<float> dense, int rows, int depth, Per scale, int group = 0, ReadOnlySpan<NumberFormat> candidates = default)
    {
        if (candidates.IsEmpty) return Quantise(dense, rows, depth, 4, scale, group);
        var types = new List<NumberType>();
        foreach (NumberFormat format in candidates)
            types.Add(Array.Find(OfFourBits, type => type.Format == format) ?? throw new ArgumentException($"{format} is none of the formats of four bits: {string.Join(", ", OfFourBits.Select(type => type.Format))}.", nameof(candidates)));
        return Quantise(dense, rows, depth, types, scale, group);
    }

    /// <summary>Quantises a dense rows×depth row-major matrix in the type of so many bits with the least sum of squared errors: the signed ones of <see cref="NumberType.Candidates"/>, or those without a sign for a matrix without a negative element.</summary>
    /// <param name="dense">The elements; each must be finite.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="bits">3 to 8.</param>
    /// <param name="scale">What shares a scale: <see cref="Per.Tensor"/>, <see cref="Per.Row"/> or <see cref="Per.Group"/>. The type is one for all of them.</param>
    /// <param name="group">Length of a scale group in dense depth, for <see cref="Per.Group"/>; the last of a row may be short.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN or infinite; row and column are named.</exception>
    public static AdaptiveQuantisation Quantise(ReadOnlySpan<float> dense, int rows, int depth, int bits, Per scale, int group = 0) =>
        Quantise(dense, rows, depth, NumberType.Candidates(bits, dense.ContainsAnyInRange(float.NegativeInfinity, -float.Epsilon)), scale, group);

    /// <summary>Quantises a dense rows×depth row-major matrix in the candidate with the least sum of squared errors; of two with the same, the first.</summary>
    /// <param name="dense">The elements; each must be finite.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="candidates">At least one type whose integers 16 bits hold.</param>
    /// <param name="scale">What shares a scale: <see cref="Per.Tensor"/>, <see cref="Per.Row"/> or <see cref="Per.Group"/>. The type is one for all of them.</param>
    /// <param name="group">Length of a scale group in dense depth, for <see cref="Per.Group"/>; the last of a row may be short.</param>
    /// <exception cref="ArgumentException">An argument is out of range, there is no candidate or one beyond 16 bits, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN or infinite, or negative where a candidate has no sign; row and column are named.</exception>
    public static AdaptiveQuantisation Quantise(ReadOnlySpan<float> dense, int rows, int depth, IReadOnlyList<NumberType> candidates, Per scale, int group = 0)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        if (scale == Per.None) throw new ArgumentException("Quantisation needs scales: per Tensor, Row or Group.", nameof(scale));
        Extents.RequireDense(dense.Length, rows, depth, nameof(dense));
        NumberType[] types = [.. candidates];
        if (types.Length == 0) throw new ArgumentException("There is no candidate.", nameof(candidates));
        if (Array.Find(types, type => !IntegerFormats.IsInteger(type.Format)) is { } wide)
            throw new ArgumentException(FormattableString.Invariant($"The numbers of {wide.Name} reach {wide.Largest}; those of a quantised matrix are at most {Codebooks.LargestShort}. {nameof(NumberType)}.{nameof(NumberType.Codebook)} makes a codebook of floats of them."), nameof(candidates));
        // The plain quantiser names what it cannot take.
        foreach (bool isSigned in types.Select(type => type.IsSigned).Distinct()) Quantiser.Quantise(dense, rows, depth, isSigned ? NumberFormat.Int8 : NumberFormat.UInt8, scale, group);

        var grid = new ScaleGrid(scale, group, rows, depth);
        float[][] scales = [.. types.Select(_ => new float[grid.Count])];
        double[] errors = new double[types.Length];
        int[][] grids = [.. types.Select(type => type.Values.ToArray().Select(value => (int)value).Distinct().Order().ToArray())];
        var elements = new List<float>();
        for (int index = 0; index < grid.Count; index++)
        {
            elements.Clear();
            Collect(dense, rows, depth, scale, grid, index, elements);
            var sample = new ScaleSample(elements);
            for (int i = 0; i < types.Length; i++)
            {
                (scales[i][index], double error) = Fit(sample, grids[i], types[i].Bits > Few ? FirstPercentOfMany : FirstPercent);
                errors[i] += error;
            }
        }

        int best = Array.IndexOf(errors, errors.Min());
        var values = new int[dense.Length];
        for (int row = 0; row < rows; row++)
            for (int k = 0; k < depth; k++)
                values[row * depth + k] = (int)types[best].Decode(types[best].Encode((double)dense[row * depth + k] / scales[best][grid.Index(row, k)]));
        var matrix = new QuantisedMatrix(values, scales[best], [], rows, depth, types[best].Format, scale, group);
        int count = Math.Max(dense.Length, 1);
        return new AdaptiveQuantisation(matrix, types[best], [.. types.Zip(errors, (type, error) => new FormatError(type, error / count))]);
    }

    /// <summary>The elements that share a scale.</summary>
    private static void Collect(ReadOnlySpan<float> dense, int rows, int depth, Per scale, ScaleGrid grid, int index, List<float> elements)
    {
        if (scale == Per.Tensor)
        {
            elements.AddRange(dense);
            return;
        }
        (int row, int first) = Math.DivRem(index, grid.PerRow);
        int begin = first * grid.Group;
        elements.AddRange(dense.Slice(row * depth + begin, Math.Min(grid.Group, depth - begin)));
    }

    private static (float Scale, double Error) Fit(ScaleSample sample, int[] values, int first)
    {
        (float Scale, double Error) best = (1, sample.Error(1, values));
        if (sample.Largest == 0) return best;
        best.Error = double.PositiveInfinity;
        for (int percent = first; percent <= LastPercent; percent++)
        {
            float scale = ScaleFit.Divisor(sample.Largest * percent / 100 / values[^1], values[^1]);
            double error = sample.Error(scale, values);
            if (error < best.Error) best = (scale, error);
        }
        return best;
    }
}

/// <summary>A quantised matrix, and what each candidate for its format would have lost.</summary>
/// <param name="Matrix">The integers and scales; <see cref="QuantisedMatrix.Format"/> is the format that holds the type.</param>
/// <param name="Type">The type that was chosen.</param>
/// <param name="Candidates">The candidates in the order they were given.</param>
public sealed record AdaptiveQuantisation(QuantisedMatrix Matrix, NumberType Type, IReadOnlyList<FormatError> Candidates);

/// <summary>What a type loses.</summary>
/// <param name="Type">The type.</param>
/// <param name="MeanSquaredError">The mean of (w − ŵ)² over the elements, at its best scales.</param>
public sealed record FormatError(NumberType Type, double MeanSquaredError)
{
    /// <summary>The format that holds it.</summary>
    public NumberFormat Format => Type.Format;
}
