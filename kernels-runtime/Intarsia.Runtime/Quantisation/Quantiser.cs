namespace Intarsia;

/// <summary>
/// Turns floats into integers with scales, by rounding to nearest (ties to even). Symmetric: scale = max|w| / 127 (or the largest integer of another format), zero point 0; unsigned: max(w) / 255 (65535, 4095, 15). Asymmetric:
/// scale = (max − min) / 255 (or / 15) over a range that includes 0, so that 0 is represented exactly by the zero point and zeros of a sparse matrix stay zeros.
/// Formats of two bits and of one take the scale with the least squared error: their few integers leave most elements far from the largest.
/// A group of zeros alone gets scale 1.
/// </summary>
public static partial class Quantiser
{
    /// <summary>Quantises a dense rows×depth row-major matrix of weights.</summary>
    /// <param name="dense">The elements; each must be finite.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="format">An integer of 16, 12, 8 or 4 bits, or of a table or of planes of signs, of which the nearest is taken (of two as near, that of the greater magnitude), or of planes of bits. An unsigned one, which has no zero points, takes no negative numbers.</param>
    /// <param name="scale">What shares a scale: <see cref="Per.Tensor"/>, <see cref="Per.Row"/> or <see cref="Per.Group"/>.</param>
    /// <param name="group">Length of a scale group in dense depth, for <see cref="Per.Group"/>; the last of a row may be short.</param>
    /// <param name="asymmetric">Gives each scale a zero point.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN or infinite, or negative where the format is unsigned; row and column are named.</exception>
    public static QuantisedMatrix Quantise(ReadOnlySpan<float> dense, int rows, int depth, NumberFormat format, Per scale, int group = 0, bool asymmetric = false)
    {
        WeightLayout layout = new WeightLayout(Pattern.Dense, format) { Scale = scale, ScaleGroup = group, Asymmetric = asymmetric }.Validate();
        if (layout.Planes > 0)
            throw new ArgumentException($"{format} weights are planes of signs; {nameof(BinaryCodedQuantiser)} finds those.", nameof(format));
        if (scale == Per.None)
            throw new ArgumentException("Quantisation needs scales: per Tensor, Row or Group.", nameof(scale));
        Extents.RequireDense(dense.Length, rows, depth, nameof(dense));
        return ToStored(dense, rows, depth, layout);
    }

    /// <summary>The integers of a dense matrix in an integer layout: quantised where it has scales, else taken over exactly.</summary>
    internal static QuantisedMatrix ToStored(ReadOnlySpan<float> dense, int rows, int depth, WeightLayout layout)
    {
        var fit = new ScaleFit(layout, new ScaleGrid(layout.Scale, layout.ScaleGroup, rows, depth));
        for (int row = 0; row < rows; row++)
            for (int k = 0; k < depth; k++)
                fit.Observe(row, k, dense[row * depth + k]);
        fit.Finish();
        var values = new int[dense.Length];
        for (int row = 0; row < rows; row++)
            for (int k = 0; k < depth; k++)
                values[row * depth + k] = fit.Quantise(row, k, dense[row * depth + k]);
        if (layout.Scale != Per.None && Codebooks.IsOfIntegers(layout.Format)) Share(values, layout, values.Contains(0));
        return new QuantisedMatrix(values, fit.Scales, fit.ZeroPoints, rows, depth, layout.Format, layout.Scale, layout.ScaleGroup);
    }

    /// <summary>The integers of the entries of a sparse matrix; what is not stored counts as 0 in every range.</summary>
    internal static (int[] Values, float[] Scales, sbyte[] ZeroPoints) ToStored(CsrMatrix csr, float[] values, WeightLayout layout, ScaleGrid grid)
    {
        var fit = new ScaleFit(layout, grid);
        for (int row = 0; row < csr.Rows; row++)
            for (int i = csr.RowPointers[row]; i < csr.RowPointers[row + 1]; i++)
                fit.Observe(row, csr.ColumnIndices[i], values[i]);
        fit.Finish();
        var q = new int[values.Length];
        for (int row = 0; row < csr.Rows; row++)
            for (int i = csr.RowPointers[row]; i < csr.RowPointers[row + 1]; i++)
                q[i] = fit.Quantise(row, csr.ColumnIndices[i], values[i]);
        if (layout.Scale != Per.None && Codebooks.IsOfIntegers(layout.Format)) Share(q, layout, csr.Count < (long)csr.Rows * csr.Depth || q.Contains(0));
        return (q, fit.Scales, fit.ZeroPoints);
    }

    /// <summary>Brings integers into a codebook.</summary>
    private static void Share(int[] values, WeightLayout layout, bool hasZero)
    {
        float[] elements = Array.ConvertAll(values, value => (float)value);
        CodebookQuantiser.Share(elements, layout, hasZero);
        for (int i = 0; i < values.Length; i++) values[i] = (int)elements[i];
    }
}
