namespace Intarsia;

/// <summary>The planes of one scale group, while they are sought.</summary>
internal sealed class BinaryCodedFit
{
    private readonly double[] _weights;
    private readonly double[] _importance;
    private readonly int[] _codes;
    private readonly double[] _alpha;
    private bool _settled;

    public BinaryCodedFit(ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, int planes)
    {
        _weights = new double[weights.Length];
        _importance = new double[weights.Length];
        _codes = new int[weights.Length];
        _alpha = new double[planes];
        for (int i = 0; i < weights.Length; i++) (_weights[i], _importance[i]) = (weights[i], importance.IsEmpty ? 1 : importance[i]);
    }

    /// <summary>Σ importance·(w − its planes)².</summary>
    public double Error { get; private set; }

    /// <summary>Each plane the signs of what is left, its α the mean of the magnitudes of that.</summary>
    public void Greedy()
    {
        double[] left = [.. _weights];
        for (int b = 0; b < _alpha.Length; b++)
        {
            double sum = 0, count = 0;
            for (int i = 0; i < left.Length; i++) (sum, count) = (sum + _importance[i] * Math.Abs(left[i]), count + _importance[i]);
            _alpha[b] = count == 0 ? 0 : sum / count;
            for (int i = 0; i < left.Length; i++)
            {
                if (left[i] >= 0) _codes[i] |= 1 << b;
                left[i] -= left[i] >= 0 ? _alpha[b] : -_alpha[b];
            }
        }
        Error = ErrorOf(_alpha, _codes);
    }

    /// <summary>One turn: the best α for the signs, in descending order, then the best signs for the α. What does not lessen the error, by rounding or because planes depend on each other, is not taken.</summary>
    public void Improve()
    {
        if (_settled) return;
        double before = Error;
        if (SolveAlpha() is { } alpha && ErrorOf(alpha, _codes) is var error && error < Error)
        {
            alpha.CopyTo(_alpha, 0);
            Error = error;
        }
        Order();
        int[] codes = Nearest(_alpha);
        error = ErrorOf(_alpha, codes);
        if (error < Error)
        {
            codes.CopyTo(_codes, 0);
            Error = error;
        }
        _settled = Error >= before;
    }

    /// <summary>α as binary32, and the signs that fit those.</summary>
    public void Finish(Span<byte> codes, Span<float> scales)
    {
        Order();
        for (int b = 0; b < scales.Length; b++) scales[b] = (float)Math.Min(_alpha[b], float.MaxValue);
        int[] nearest = Nearest([.. scales.ToArray().Select(scale => (double)scale)]);
        for (int i = 0; i < codes.Length; i++) codes[i] = (byte)nearest[i];
    }

    /// <summary>The normal equations (Bᵀ·D·B)·α = Bᵀ·D·w by Cholesky's method; null where planes depend on each other.</summary>
    private double[]? SolveAlpha()
    {
        int planes = _alpha.Length;
        var matrix = new double[planes, planes];
        var right = new double[planes];
        for (int i = 0; i < _weights.Length; i++)
        {
            for (int r = 0; r < planes; r++)
            {
                right[r] += Sign(_codes[i], r) * _importance[i] * _weights[i];
                for (int c = 0; c <= r; c++) matrix[r, c] += Sign(_codes[i], r) * Sign(_codes[i], c) * _importance[i];
            }
        }
        double largest = matrix[0, 0];
        for (int r = 0; r < planes; r++)
        {
            for (int c = 0; c <= r; c++)
            {
                double value = matrix[r, c];
                for (int k = 0; k < c; k++) value -= matrix[r, k] * matrix[c, k];
                if (r != c) matrix[r, c] = value / matrix[c, c];
                else if (value <= 1e-12 * largest) return null;
                else matrix[r, r] = Math.Sqrt(value);
            }
        }
        for (int r = 0; r < planes; r++)
        {
            for (int k = 0; k < r; k++) right[r] -= matrix[r, k] * right[k];
            right[r] /= matrix[r, r];
        }
        for (int r = planes - 1; r >= 0; r--)
        {
            for (int k = r + 1; k < planes; k++) right[r] -= matrix[k, r] * right[k];
            right[r] /= matrix[r, r];
        }
        return right;
    }

    /// <summary>No α negative, the largest first; the numbers stay the same.</summary>
    private void Order()
    {
        int flip = 0;
        for (int b = 0; b < _alpha.Length; b++)
        {
            if (_alpha[b] >= 0) continue;
            flip |= 1 << b;
            _alpha[b] = -_alpha[b];
        }
        int[] order = [.. Enumerable.Range(0, _alpha.Length).OrderByDescending(b => _alpha[b])];
        double[] alpha = [.. order.Select(b => _alpha[b])];
        alpha.CopyTo(_alpha, 0);
        for (int i = 0; i < _codes.Length; i++)
        {
            int code = _codes[i] ^ flip, ordered = 0;
            for (int b = 0; b < order.Length; b++) ordered |= (code >> order[b] & 1) << b;
            _codes[i] = ordered;
        }
    }

    /// <summary>For every element the code whose sum is nearest: a search among the sums in ascending order.</summary>
    private int[] Nearest(double[] alpha)
    {
        int[] codes = [.. Enumerable.Range(0, 1 << alpha.Length)];
        double[] sums = [.. codes.Select(code => Sum(alpha, code))];
        Array.Sort(sums, codes);
        var nearest = new int[_weights.Length];
        for (int i = 0; i < nearest.Length; i++)
        {
            int at = Array.BinarySearch(sums, _weights[i]);
            if (at < 0) at = ~at;
            if (at == sums.Length || (at > 0 && _weights[i] - sums[at - 1] < sums[at] - _weights[i])) at--;
            nearest[i] = codes[at];
        }
        return nearest;
    }

    private double ErrorOf(double[] alpha, int[] codes)
    {
        double error = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            double difference = _weights[i] - Sum(alpha, codes[i]);
            error += _importance[i] * difference * difference;
        }
        return error;
    }

    private static double Sum(double[] alpha, int code)
    {
        double sum = 0;
        for (int b = 0; b < alpha.Length; b++) sum += Sign(code, b) * alpha[b];
        return sum;
    }

    private static int Sign(int code, int plane) => (code >> plane & 1) * 2 - 1;
}
