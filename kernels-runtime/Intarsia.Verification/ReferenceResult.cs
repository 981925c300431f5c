using System.Globalization;

namespace Intarsia.Verification;

/// <summary>What a kernel must give, and how far each element may lie from it.</summary>
public sealed class ReferenceResult
{
    internal ReferenceResult(int rows, int columns, double[] y, double[] bound)
    {
        Rows = rows;
        Columns = columns;
        Y = y;
        Bound = bound;
    }

    /// <summary>Rows of <see cref="Y"/>.</summary>
    public int Rows { get; }

    /// <summary>Columns of <see cref="Y"/>.</summary>
    public int Columns { get; }

    /// <summary>rows×columns, logical: the expected value. Exact where <see cref="Bound"/> is 0, else the real-number result before rounding to a float format.</summary>
    public double[] Y { get; }

    /// <summary>
    /// rows×columns: the allowed |error|. 0 where the result is determined bit for bit; +∞ where the semantics leave the element open (an order-dependent overflow, a missing weight against
    /// a non-finite activation).
    /// </summary>
    public double[] Bound { get; }

    /// <summary>True when element (<paramref name="row"/>, <paramref name="column"/>) may have the value <paramref name="actual"/>. NaN is met only by NaN, an infinity only by itself.</summary>
    public bool Allows(int row, int column, double actual)
    {
        double expected = Y[row * Columns + column], bound = Bound[row * Columns + column];
        if (double.IsPositiveInfinity(bound)) return true;
        if (double.IsNaN(expected)) return double.IsNaN(actual);
        if (double.IsInfinity(expected)) return actual == expected;
        return Math.Abs(actual - expected) <= bound;
    }

    /// <summary>
    /// Compares a result as it lies in memory: null when every element is allowed, else a sentence that names the first element that is not, in row order, and counts the rest.
    /// </summary>
    /// <param name="actual">The elements; in <see cref="MatrixLayout.RowMajor"/> element (r, c) stands at r·stride + c, in <see cref="MatrixLayout.TokenMajor"/> at c·stride + r.</param>
    /// <param name="layout">How they lie.</param>
    /// <param name="stride">Elements from one row in memory to the next; 0 for dense.</param>
    /// <exception cref="ArgumentException">The span is too short for the shape, or the element type has no value.</exception>
    public string? FirstMismatch<T>(ReadOnlySpan<T> actual, MatrixLayout layout = MatrixLayout.RowMajor, int stride = 0)
        where T : unmanaged
    {
        if (layout == MatrixLayout.BitPlanes) throw new ArgumentException("Elements of a result in planes stand nowhere; compare what PackedPlanes.Unpack gives, in token-major order.", nameof(layout));
        bool tokenMajor = layout == MatrixLayout.TokenMajor;
        int lines = tokenMajor ? Columns : Rows, length = tokenMajor ? Rows : Columns;
        if (stride == 0) stride = length;
        if (Rows == 0 || Columns == 0) return null;
        long needed = (lines - 1L) * stride + length;
        if (stride < length || actual.Length < needed)
            throw new ArgumentException($"A {Rows}x{Columns} result in {layout} with stride {stride} needs {needed} elements and a stride of at least {length}; the span has {actual.Length}.", nameof(actual));

        string? first = null;
        int wrong = 0;
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                double value = ElementValue.ToDouble(actual[tokenMajor ? column * stride + row : row * stride + column]);
                if (Allows(row, column, value)) continue;
                wrong++;
                first ??= Describe(row, column, value);
            }
        }
        return first is null ? null : $"{first}; {wrong} of {Rows * Columns} elements are wrong";
    }

    private string Describe(int row, int column, double actual)
    {
        int at = row * Columns + column;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Y[{row},{column}] is {actual:R}, expected {Y[at]:R} within {Bound[at]:G4} (off by {Math.Abs(actual - Y[at]):G4})");
    }
}
