namespace Intarsia;

/// <summary>The weights of one scale group, cut into threes, with coefficients and a basis that approach them.</summary>
internal sealed class BasisFit
{
    private const int Order = BasisMatrix.Order;
    private const int Largest = BasisSolver.Largest;

    private readonly double[] _weights;
    private readonly bool[] _present;
    private readonly double[] _coefficients;
    private readonly double[] _basis = new double[BasisMatrix.Entries];
    private readonly (int Row, int Column, int Depth, int Rows, int Length) _place;
    private bool _settled;

    /// <param name="dense">A matrix of so many columns.</param>
    /// <param name="depth">Its columns.</param>
    /// <param name="row">The first row of the group.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="column">Its first column, a multiple of three.</param>
    /// <param name="length">Its columns.</param>
    /// <param name="start">The coefficient of the largest weight before it is rounded, at first.</param>
    public BasisFit(ReadOnlySpan<float> dense, int depth, int row, int rows, int column, int length, double start)
    {
        _place = (row, column, depth, rows, length);
        int threes = (length + Order - 1) / Order;
        _weights = new double[rows * threes * Order];
        _present = new bool[_weights.Length];
        _coefficients = new double[_weights.Length];
        double largest = 0;
        for (int r = 0; r < rows; r++)
        {
            for (int k = 0; k < length; k++)
            {
                int at = r * threes * Order + k;
                _weights[at] = dense[(row + r) * depth + column + k];
                _present[at] = true;
                largest = Math.Max(largest, Math.Abs(_weights[at]));
            }
        }

        // B = I, times what brings the weights into the range of the coefficients.
        double step = largest / start;
        for (int i = 0; i < Order; i++) _basis[i * Order + i] = (float)step;
        for (int i = 0; i < _weights.Length && step > 0; i++) _coefficients[i] = Nearest(_weights[i] / step);
        Error = ErrorOf(_coefficients, _basis);
    }

    /// <summary>Σ (w − what it is rebuilt as)².</summary>
    public double Error { get; private set; }

    /// <summary>One turn: a basis for the coefficients, then coefficients for the basis.</summary>
    public void Improve()
    {
        if (_settled) return;
        double before = Error;
        if (FitBasis() is { } basis) Take(_coefficients, basis);
        if (Invert(_basis) is { } inverse) Take(Rounded(inverse), _basis);
        Descend();
        _settled = Error >= before;
    }

    /// <summary>Writes what was found.</summary>
    public void Finish(Span<sbyte> coefficients, Span<float> basis)
    {
        int threes = (_place.Length + Order - 1) / Order;
        for (int r = 0; r < _place.Rows; r++)
            for (int k = 0; k < _place.Length; k++)
                coefficients[(_place.Row + r) * _place.Depth + _place.Column + k] = (sbyte)_coefficients[r * threes * Order + k];
        for (int i = 0; i < basis.Length; i++) basis[i] = (float)_basis[i];
    }

    /// <summary>Takes coefficients and a basis that are better than what is there.</summary>
    private void Take(double[] coefficients, double[] basis)
    {
        double error = ErrorOf(coefficients, basis);
        if (error > Error) return;
        Error = error;
        coefficients.CopyTo(_coefficients, 0);
        basis.CopyTo(_basis, 0);
    }

    private double ErrorOf(double[] coefficients, double[] basis)
    {
        double sum = 0;
        for (int t = 0; t < _weights.Length; t += Order)
        {
            for (int j = 0; j < Order; j++)
            {
                double difference = _weights[t + j] - Sum(coefficients, t, basis, j);
                sum += _present[t + j] ? difference * difference : 0;
            }
        }
        return sum;
    }

    private static double Sum(double[] coefficients, int t, double[] basis, int j) =>
        coefficients[t] * basis[j] + coefficients[t + 1] * basis[Order + j] + coefficients[t + 2] * basis[2 * Order + j];

    /// <summary>The least-squares basis of the coefficients, rounded to binary32; null where they do not say one.</summary>
    private double[]? FitBasis()
    {
        double[] gram = new double[BasisMatrix.Entries], right = new double[BasisMatrix.Entries];
        for (int t = 0; t < _weights.Length; t += Order)
        {
            // What a short last three lacks says nothing of the basis.
            if (!_present[t + Order - 1]) continue;
            for (int i = 0; i < Order; i++)
            {
                for (int j = 0; j < Order; j++)
                {
                    gram[i * Order + j] += _coefficients[t + i] * _coefficients[t + j];
                    right[i * Order + j] += _coefficients[t + i] * _weights[t + j];
                }
            }
        }
        if (Invert(gram) is not { } inverse) return null;
        double[] basis = Multiply(inverse, right);
        for (int i = 0; i < basis.Length; i++) basis[i] = (float)basis[i];
        return Array.TrueForAll(basis, entry => Math.Abs(entry) < BasisMatrix.Bound) ? basis : null;
    }

    /// <summary>The coefficients W·B⁻¹, each rounded.</summary>
    private double[] Rounded(double[] inverse)
    {
        var rounded = new double[_weights.Length];
        for (int t = 0; t < _weights.Length; t += Order)
            for (int i = 0; i < Order; i++)
                rounded[t + i] = _present[t + i] ? Nearest(Sum(_weights, t, inverse, i)) : 0;
        return rounded;
    }

    /// <summary>Each coefficient in turn becomes what is best beside the other two of its three; zeros stay what they are.</summary>
    private void Descend()
    {
        Span<double> rest = stackalloc double[Order];
        for (int t = 0; t < _weights.Length; t += Order)
        {
            if (_weights[t] == 0 && _weights[t + 1] == 0 && _weights[t + 2] == 0) continue;
            for (int j = 0; j < Order; j++) rest[j] = _present[t + j] ? _weights[t + j] - Sum(_coefficients, t, _basis, j) : 0;
            for (int i = 0; i < Order; i++)
            {
                if (!_present[t + i]) continue;
                double along = 0, norm = 0;
                for (int j = 0; j < Order; j++)
                {
                    double b = _present[t + j] ? _basis[i * Order + j] : 0;
                    along += b * rest[j];
                    norm += b * b;
                }
                if (norm == 0) continue;
                double change = Nearest(_coefficients[t + i] + along / norm) - _coefficients[t + i];
                if (change == 0) continue;
                _coefficients[t + i] += change;
                for (int j = 0; j < Order; j++) rest[j] -= _present[t + j] ? change * _basis[i * Order + j] : 0;
            }
        }
        Error = ErrorOf(_coefficients, _basis);
    }

    /// <summary>The nearest of 0, ±1, ±2, ±4 … ±64; of two as near, the smaller.</summary>
    private static double Nearest(double value)
    {
        double magnitude = Math.Abs(value);
        if (magnitude <= 0.5) return 0;
        if (magnitude >= Largest) return Math.CopySign(Largest, value);
        // The bits of a double without its significand are the power of two below it.
        double lower = magnitude < 1 ? 0 : BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(magnitude) & 0x7FF0_0000_0000_0000), upper = lower == 0 ? 1 : 2 * lower;
        return Math.CopySign(magnitude - lower <= upper - magnitude ? lower : upper, value);
    }

    /// <summary>The inverse of a 3×3 matrix; null where it has none that rounding does not drown.</summary>
    private static double[]? Invert(double[] m)
    {
        double[] adjugate =
        [
            m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
            m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
            m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3],
        ];
        double determinant = m[0] * adjugate[0] + m[1] * adjugate[3] + m[2] * adjugate[6], size = m.Max(Math.Abs);
        if (!(Math.Abs(determinant) > 1e-12 * size * size * size)) return null;
        for (int i = 0; i < adjugate.Length; i++) adjugate[i] /= determinant;
        return adjugate;
    }

    private static double[] Multiply(double[] left, double[] right)
    {
        var product = new double[BasisMatrix.Entries];
        for (int i = 0; i < Order; i++)
            for (int j = 0; j < Order; j++)
                for (int k = 0; k < Order; k++)
                    product[i * Order + j] += left[i * Order + k] * right[k * Order + j];
        return product;
    }
}
