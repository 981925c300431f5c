namespace Intarsia;

/// <summary>Elements that share a scale, sorted and summed up, so that the squared error of any scale takes a search for each step of the grid, not for each element.</summary>
internal sealed class ScaleSample
{
    private readonly float[] _sorted;
    private readonly double[] _sums;
    private readonly double[] _squares;

    public ScaleSample(IEnumerable<float> elements)
    {
        _sorted = [.. elements];
        Array.Sort(_sorted);
        _sums = new double[_sorted.Length + 1];
        _squares = new double[_sorted.Length + 1];
        for (int i = 0; i < _sorted.Length; i++)
        {
            _sums[i + 1] = _sums[i] + _sorted[i];
            _squares[i + 1] = _squares[i] + (double)_sorted[i] * _sorted[i];
        }
    }

    /// <summary>The largest magnitude.</summary>
    public double Largest => _sorted.Length == 0 ? 0 : Math.Max(-(double)_sorted[0], _sorted[^1]);

    /// <summary>Σ (w − scale·q)², q the nearest of the ascending integers.</summary>
    public double Error(float scale, ReadOnlySpan<int> values)
    {
        double error = 0;
        int begin = 0;
        for (int i = 0; i < values.Length; i++)
        {
            int end = i + 1 < values.Length ? LowerBound(_sorted, 0.5 * scale * (values[i] + values[i + 1]), begin) : _sorted.Length;
            double q = (double)scale * values[i];
            error += _squares[end] - _squares[begin] - 2 * q * (_sums[end] - _sums[begin]) + q * q * (end - begin);
            begin = end;
        }
        return Math.Max(0, error);
    }

    /// <summary>
    /// The scale with the least squared error, to within local optima: from scales spread over all that make a difference, the mean that fits what is rounded to each integer and the rounding that fits the scale take turns
    /// (Lloyd) until neither changes anything. 0 where there are zeros alone.
    /// </summary>
    /// <param name="values">The ascending integers.</param>
    public double LeastSquares(ReadOnlySpan<int> values)
    {
        double best = 0, gain = 0;
        for (int start = 1; start <= Starts; start++)
        {
            double scale = Largest * start / Starts, last = -1;
            for (int round = 0; round < Rounds && scale != last; round++)
            {
                last = scale;
                (double products, double squares) = Products(scale, values);
                // Σ(w − s·q)² = Σw² − (Σw·q)² / Σq² at the best s for these q.
                if (squares == 0 || products <= 0) break;
                scale = products / squares;
                if (products * scale <= gain) continue;
                (gain, best) = (products * scale, scale);
            }
        }
        return best;
    }

    private const int Starts = 12, Rounds = 32;

    /// <summary>Σ w·q and Σ q², q the nearest integer to w / scale.</summary>
    private (double Products, double Squares) Products(double scale, ReadOnlySpan<int> values)
    {
        double products = 0, squares = 0;
        for (int i = 0, begin = 0; i < values.Length; i++)
        {
            int end = i + 1 < values.Length ? LowerBound(_sorted, 0.5 * scale * (values[i] + values[i + 1]), begin) : _sorted.Length;
            products += values[i] * (_sums[end] - _sums[begin]);
            squares += (double)values[i] * values[i] * (end - begin);
            begin = end;
        }
        return (products, squares);
    }

    /// <summary>The first position from <paramref name="low"/> on of ascending numbers that is not below a number.</summary>
    public static int LowerBound(ReadOnlySpan<float> sorted, double value, int low = 0)
    {
        int high = sorted.Length;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (sorted[middle] < value) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
