namespace Intarsia;

/// <summary>
/// Finds coefficients and bases for weights, W ≈ Ce·B (<see cref="BasisMatrix"/>): in turns the basis that fits the coefficients best, by least squares, and coefficients that fit the basis, each the nearest 0 or power of two.
/// No turn makes the error larger.
/// </summary>
/// <remarks>
/// SmartDeal (Chen et al., IEEE TNNLS 2022), algorithm 1, from B = I. Its coefficients are rounded all at once, which may make the error larger; here the rounded ones are taken where they are better, and
/// improved one at a time, the other two of three fixed. A power of two that does not fit the range of ±64 goes into the basis. Where the turns end depends on where they begin: they begin at four multiples of I, an octave in quarters, behind
/// which powers of two repeat, and the end with the least error is kept. The published code begins at I itself, lets a coefficient have any exponent up to 5, and so takes more than four bits for one.
/// </remarks>
public static class BasisSolver
{
    /// <summary>Turns, unless one makes no difference any more.</summary>
    public const int Rounds = 30;

    /// <summary>The largest coefficient.</summary>
    internal const int Largest = 64;

    // What the largest weight of a group is at first, in steps.
    private static readonly double[] s_starts = [.. Enumerable.Range(-2, 4).Select(quarters => Largest * Math.Pow(2, quarters / 4.0))];

    /// <summary>Decomposes a dense rows×depth row-major matrix of weights.</summary>
    /// <param name="dense">The elements; each must be finite and less than <see cref="BasisMatrix.Bound"/> in magnitude. Three neighbouring zeros have coefficients 0.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="scale">What shares a basis: <see cref="Per.Tensor"/>, <see cref="Per.Row"/> or <see cref="Per.Group"/>.</param>
    /// <param name="group">Length of a scale group in dense depth, a multiple of 3, for <see cref="Per.Group"/>; the last of a row may be short.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN, infinite or too large; row and column are named.</exception>
    public static BasisDecomposition Decompose(ReadOnlySpan<float> dense, int rows, int depth, Per scale, int group = 0)
    {
        BasisMatrix.Layout(scale, group);
        Extents.RequireDense(dense.Length, rows, depth, nameof(dense));
        for (int i = 0; i < dense.Length; i++)
            if (!(MathF.Abs(dense[i]) < BasisMatrix.Bound))
                throw new IntarsiaFormatException($"element in row {i / depth}, column {i % depth}", FormattableString.Invariant($"{dense[i]}"), "a number of less than 2^120 in magnitude, because it is decomposed");

        var grid = new ScaleGrid(scale, group, rows, depth);
        var coefficients = new sbyte[dense.Length];
        var bases = new float[(long)grid.Count * BasisMatrix.Entries];
        var errors = new double[Rounds + 1];
        int rowsTogether = scale == Per.Tensor ? rows : 1, length = Math.Min(grid.Group, depth);
        for (int row = 0; row < rows && depth > 0; row += rowsTogether)
        {
            for (int k = 0; k < depth; k += length)
            {
                (BasisFit fit, double[] trace) = Best(dense, depth, row, rowsTogether, k, Math.Min(length, depth - k));
                for (int round = 0; round <= Rounds; round++) errors[round] += trace[round];
                fit.Finish(coefficients, bases.AsSpan(grid.Index(row, k) * BasisMatrix.Entries, BasisMatrix.Entries));
            }
        }
        return new BasisDecomposition(new BasisMatrix(coefficients, bases, rows, depth, scale, group), errors);
    }

    /// <summary>The fit of a scale group with the least error of those from every start, the first of several as good, and its errors.</summary>
    private static (BasisFit Fit, double[] Errors) Best(ReadOnlySpan<float> dense, int depth, int row, int rows, int column, int length)
    {
        (BasisFit Fit, double[] Errors)? best = null;
        foreach (double start in s_starts)
        {
            var fit = new BasisFit(dense, depth, row, rows, column, length, start);
            var errors = new double[Rounds + 1];
            errors[0] = fit.Error;
            for (int round = 1; round <= Rounds; round++)
            {
                fit.Improve();
                errors[round] = fit.Error;
            }
            if (best is null || errors[^1] < best.Value.Errors[^1]) best = (fit, errors);
        }
        return best!.Value;
    }
}

/// <summary>What <see cref="BasisSolver"/> found.</summary>
/// <param name="Matrix">The coefficients and bases.</param>
/// <param name="Errors">Σ (w − what it is rebuilt as)² over the matrix, at first and after each turn, from the start that each scale group ended best from; it does not rise.</param>
public sealed record BasisDecomposition(BasisMatrix Matrix, IReadOnlyList<double> Errors);
