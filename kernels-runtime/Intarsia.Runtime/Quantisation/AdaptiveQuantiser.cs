namespace Intarsia;

/// <summary>
/// Chooses for a whole matrix the format of four bits that loses least, and for each of its scales the one that does (Guo et al., ANT, MICRO'22, section 5): integers for weights spread evenly, flint for those of a Gaussian,
/// powers of two for long tails. The result names the format, which is that of a kernel's weights.
/// </summary>
public static class AdaptiveQuantiser
{
    /// <summary>Scales that are tried: that of the largest magnitude times 0.75, 0.76, … 1.49, as the paper's code has them.</summary>
    private const int FirstPercent = 75, LastPercent = 149;

    private static readonly NumberFormat[] Signed = [NumberFormat.Int4, NumberFormat.Flint4, NumberFormat.PowerOfTwo4, NumberFormat.Float4];
    private static readonly NumberFormat[] Unsigned = [NumberFormat.UInt4, NumberFormat.UFlint4, NumberFormat.UPowerOfTwo4, NumberFormat.UFloat4];

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
        if (scale == Per.None) throw new ArgumentException("Quantisation needs scales: per Tensor, Row or Group.", nameof(scale));
        Extents.RequireDense(dense.Length, rows, depth, nameof(dense));
        bool negative = dense.ContainsAnyInRange(float.NegativeInfinity, -float.Epsilon);
        NumberFormat[] formats = !candidates.IsEmpty ? candidates.ToArray() : negative ? Signed : Unsigned;
        foreach (NumberFormat format in formats)
        {
            if (!Signed.Contains(format) && !Unsigned.Contains(format)) throw new ArgumentException($"{format} is none of the formats of four bits: {string.Join(", ", [.. Signed, .. Unsigned])}.", nameof(candidates));
            new WeightLayout(Pattern.Dense, format) { Scale = scale, ScaleGroup = group }.Validate();
        }
        // The plain quantiser names what it cannot take; its scales are what the search begins with.
        foreach (NumberFormat format in formats.Where(format => format == formats[0] || IntegerFormats.Range(format).Min == 0)) Quantiser.Quantise(dense, rows, depth, format, scale, group);

        var grid = new ScaleGrid(scale, group, rows, depth);
        float[][] scales = [.. formats.Select(_ => new float[grid.Count])];
        double[] errors = new double[formats.Length];
        int[][] grids = [.. formats.Select(Values)];
        var elements = new List<float>();
        for (int index = 0; index < grid.Count; index++)
        {
            elements.Clear();
            Collect(dense, rows, depth, scale, grid, index, elements);
            var sample = new ScaleSample(elements);
            for (int i = 0; i < formats.Length; i++)
            {
                (scales[i][index], double error) = Fit(sample, grids[i]);
                errors[i] += error;
            }
        }

        int best = Array.IndexOf(errors, errors.Min());
        var values = new int[dense.Length];
        for (int row = 0; row < rows; row++)
            for (int k = 0; k < depth; k++)
                values[row * depth + k] = Nearest(grids[best], (double)dense[row * depth + k] / scales[best][grid.Index(row, k)]);
        var matrix = new QuantisedMatrix(values, scales[best], [], rows, depth, formats[best], scale, group);
        int count = Math.Max(dense.Length, 1);
        return new AdaptiveQuantisation(matrix, [.. formats.Zip(errors, (format, error) => new FormatError(format, error / count))]);
    }

    /// <summary>The integers of a format of four bits, ascending, each once.</summary>
    private static int[] Values(NumberFormat format)
    {
        if (CodeTable.Find(format) is { } table) return [.. table.Select(value => (int)value).Distinct().Order()];
        (int min, int max) = IntegerFormats.Range(format);
        return [.. Enumerable.Range(min, max - min + 1)];
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

    private static (float Scale, double Error) Fit(ScaleSample sample, int[] values)
    {
        (float Scale, double Error) best = (1, sample.Error(1, values));
        if (sample.Largest == 0) return best;
        best.Error = double.PositiveInfinity;
        for (int percent = FirstPercent; percent <= LastPercent; percent++)
        {
            float scale = ScaleFit.Divisor(sample.Largest * percent / 100 / values[^1], values[^1]);
            double error = sample.Error(scale, values);
            if (error < best.Error) best = (scale, error);
        }
        return best;
    }

    private static int Nearest(int[] values, double value)
    {
        int at = 0;
        // Half way goes to the greater magnitude: up where it is positive.
        while (at + 1 < values.Length && (value > 0 ? 2 * value >= values[at] + values[at + 1] : 2 * value > values[at] + values[at + 1])) at++;
        return values[at];
    }
}

/// <summary>A quantised matrix, and what each candidate for its format would have lost.</summary>
/// <param name="Matrix">The integers and scales; <see cref="QuantisedMatrix.Format"/> is the format that was chosen.</param>
/// <param name="Candidates">The candidates in the order they were given.</param>
public sealed record AdaptiveQuantisation(QuantisedMatrix Matrix, IReadOnlyList<FormatError> Candidates);

/// <summary>What a format loses.</summary>
/// <param name="Format">The format.</param>
/// <param name="MeanSquaredError">The mean of (w − ŵ)² over the elements, at its best scales.</param>
public sealed record FormatError(NumberFormat Format, double MeanSquaredError);
