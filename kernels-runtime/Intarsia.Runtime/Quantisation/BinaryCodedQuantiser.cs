namespace Intarsia;

/// <summary>
/// Finds binary-coded planes for weights: greedily, each plane the signs of what the earlier ones leave, then in turns the α that fit the signs best and the signs that fit the α best. No turn makes the error larger.
/// </summary>
/// <remarks>Xu et al., "Alternating Multi-bit Quantization for Recurrent Neural Networks", ICLR'18, algorithms 1 and 2, as nuQmm (arXiv 2206.09557, section 3.1) uses it.</remarks>
public static class BinaryCodedQuantiser
{
    /// <summary>Turns after the greedy planes, unless none makes a difference any more.</summary>
    public const int Rounds = 15;

    /// <summary>Quantises a dense rows×depth row-major matrix of weights.</summary>
    /// <param name="dense">The elements; each must be finite.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="planes">Number of planes, 1 to 8.</param>
    /// <param name="scale">What shares its α: <see cref="Per.Tensor"/>, <see cref="Per.Row"/> or <see cref="Per.Group"/>.</param>
    /// <param name="group">Length of a scale group in dense depth, for <see cref="Per.Group"/>; the last of a row may be short.</param>
    /// <param name="importance">What the squared error of each element counts, at least 0 and finite; empty where all count 1.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or a length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN or infinite, or an importance is negative or not finite; row and column are named.</exception>
    public static BinaryCodedQuantisation Quantise(ReadOnlySpan<float> dense, int rows, int depth, int planes, Per scale, int group = 0, ReadOnlySpan<float> importance = default)
    {
        BinaryCodedMatrix.RequirePlanes(planes);
        BinaryCodedMatrix.Layout(scale, group);
        Extents.RequireDense(dense.Length, rows, depth, nameof(dense));
        if (!importance.IsEmpty) Extents.RequireDense(importance.Length, rows, depth, nameof(importance));
        var grid = new ScaleGrid(scale, group, rows, depth);
        for (int i = 0; i < dense.Length; i++)
        {
            string place = $"row {i / depth}, column {i % depth}";
            if (!float.IsFinite(dense[i])) throw new IntarsiaFormatException($"element in {place}", FormattableString.Invariant($"{dense[i]}"), "a finite number, because it is quantised");
            if (!importance.IsEmpty && !(importance[i] >= 0 && float.IsFinite(importance[i]))) throw new IntarsiaFormatException($"importance in {place}", FormattableString.Invariant($"{importance[i]}"), "a finite number that is not negative");
        }

        var codes = new byte[dense.Length];
        var scales = new float[(long)grid.Count * planes];
        var errors = new double[Rounds + 1];
        foreach ((int index, int begin, int length) in Runs(grid, rows, depth, scale))
        {
            var fit = new BinaryCodedFit(dense.Slice(begin, length), importance.IsEmpty ? [] : importance.Slice(begin, length), planes);
            fit.Greedy();
            errors[0] += fit.Error;
            for (int round = 1; round <= Rounds; round++)
            {
                fit.Improve();
                errors[round] += fit.Error;
            }
            fit.Finish(codes.AsSpan(begin, length), scales.AsSpan(index * planes, planes));
        }
        return new BinaryCodedQuantisation(new BinaryCodedMatrix(codes, scales, [], rows, depth, planes, scale, group), errors);
    }

    /// <summary>The elements of each scale group, which lie contiguous.</summary>
    private static IEnumerable<(int Index, int Begin, int Length)> Runs(ScaleGrid grid, int rows, int depth, Per scale)
    {
        if (scale == Per.Tensor)
        {
            yield return (0, 0, rows * depth);
            yield break;
        }
        for (int row = 0; row < rows; row++)
            for (int k = 0; k < Math.Max(depth, grid.PerRow); k += grid.Group)
                yield return (grid.Index(row, k), row * depth + k, Math.Min(grid.Group, depth - k));
    }
}

/// <summary>What <see cref="BinaryCodedQuantiser"/> found.</summary>
/// <param name="Matrix">The planes.</param>
/// <param name="Errors">Σ importance·(w − its planes)² over the matrix, after the greedy planes and after each turn; it does not rise.</param>
public sealed record BinaryCodedQuantisation(BinaryCodedMatrix Matrix, IReadOnlyList<double> Errors);
