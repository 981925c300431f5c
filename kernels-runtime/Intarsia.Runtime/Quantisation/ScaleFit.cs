namespace Intarsia;

/// <summary>Finds the scales (and zero points) of a matrix from the range of each of its scale groups, then quantises with them.</summary>
internal sealed class ScaleFit
{
    private readonly ScaleGrid _grid;
    private readonly bool _scaled;
    private readonly int _minimum;
    private readonly int _maximum;
    private readonly short[]? _table;
    private readonly bool _isOdd;
    private readonly NumberFormat _format;
    private readonly List<float>[]? _elements;
    private readonly float[] _low;
    private readonly float[] _high;

    public ScaleFit(WeightLayout layout, ScaleGrid grid)
    {
        _grid = grid;
        _scaled = layout.Scale != Per.None;
        (_minimum, _maximum) = IntegerFormats.Range(layout.Format);
        (_format, _table) = (layout.Format, CodeTable.Find(layout.Format));
        _isOdd = IntegerFormats.HasSignPlanes(layout.Format);
        // With so few integers the largest element says little about the rest. Zero points come from the ends of the range.
        _elements = (_table is { Length: <= 4 } || IntegerFormats.BitPlanesOf(layout.Format) is 1 or 2) && _scaled && !layout.Asymmetric ? [.. Enumerable.Range(0, grid.Count).Select(_ => new List<float>())] : null;
        Scales = new float[grid.Count];
        ZeroPoints = new sbyte[layout.Asymmetric ? grid.Count : 0];
        _low = new float[grid.Count];
        _high = new float[grid.Count];
    }

    public float[] Scales { get; }

    public sbyte[] ZeroPoints { get; }

    /// <summary>Widens the range of the element's group, which includes 0 from the start.</summary>
    public void Observe(int row, int column, float value)
    {
        if (!float.IsFinite(value))
            throw new IntarsiaFormatException($"element in row {row}, column {column}", FormattableString.Invariant($"{value}"), "a finite number, because it is quantised");
        if (!_scaled)
            return;
        if (value < 0 && _minimum == 0 && ZeroPoints.Length == 0)
            throw new IntarsiaFormatException($"element in row {row}, column {column}", FormattableString.Invariant($"{value}"), "a number that is not negative, because the format is unsigned and has no zero points");
        int i = _grid.Index(row, column);
        _low[i] = Math.Min(_low[i], value);
        _high[i] = Math.Max(_high[i], value);
        _elements?[i].Add(value);
    }

    public void Finish()
    {
        bool asymmetric = ZeroPoints.Length > 0;
        for (int i = 0; i < Scales.Length; i++)
        {
            if (_elements is not null)
            {
                Scales[i] = LeastSquares(_elements[i]);
                continue;
            }
            // In double: the width of a range of floats can exceed the largest float.
            double low = _low[i], high = _high[i];
            double steps = asymmetric ? _maximum - _minimum : _maximum;
            if (_isOdd && low == high)
            {
                Scales[i] = SmallestNormal;
                continue;
            }
            Scales[i] = Divisor((asymmetric ? high - low : Math.Max(high, -low)) / steps, steps);
            if (asymmetric)
                ZeroPoints[i] = (sbyte)Math.Clamp(Math.Round(_minimum - low / Scales[i]), _minimum, _maximum);
        }
    }

    public int Quantise(int row, int column, float value)
    {
        if (!_scaled)
        {
            if (value != Math.Round(value) || value < _minimum || value > _maximum)
                throw new IntarsiaFormatException($"element in row {row}, column {column}", FormattableString.Invariant($"{value}"), $"an integer in {_minimum} to {_maximum}, because the layout has no scales");
            if (_table is not null && !_table.Contains((short)value) || !IntegerFormats.IsOf((int)value, _format))
                throw new IntarsiaFormatException($"element in row {row}, column {column}", FormattableString.Invariant($"{value}"), $"{IntegerFormats.Expected(_format)}, because the layout has no scales");
            return (int)value;
        }

        int i = _grid.Index(row, column);
        if (_table is not null) return _table[CodeTable.Nearest(_table, (double)value / Scales[i])];
        // Of two as near that of the greater magnitude, as with a table.
        if (_isOdd) return (int)Math.Clamp(2 * Math.Floor(Math.Abs((double)value / Scales[i]) / 2) + 1, _minimum, _maximum) * (value < 0 ? -1 : 1);
        int zero = ZeroPoints.Length > 0 ? ZeroPoints[i] : 0;
        return (int)Math.Clamp(Math.Round((double)value / Scales[i]) + zero, _minimum, _maximum);
    }

    /// <summary>The smallest positive binary32 number that is not subnormal: the scale of zeros in a format that has none.</summary>
    private const float SmallestNormal = BinaryCodedMatrix.SmallestNormal;

    /// <summary>The scale with the least squared error. Where all are zeros it makes no difference, but to a format without 0: the smallest that is not subnormal, then.</summary>
    private float LeastSquares(List<float> elements)
    {
        int[] integers = _table is null ? [.. Enumerable.Range(0, (_maximum - _minimum) / (_isOdd ? 2 : 1) + 1).Select(i => _minimum + i * (_isOdd ? 2 : 1))] : [.. _table.Select(value => (int)value).Distinct().Order()];
        double scale = new ScaleSample(elements).LeastSquares(integers);
        if (scale == 0 && !integers.Contains(0)) return SmallestNormal;
        return Divisor(scale, Math.Max(-_minimum, _maximum));
    }

    /// <summary>
    /// A float to divide by and multiply with again: 1 for a range of zeros; rounded up where it is subnormal, because rounding down (perhaps to 0) would push the ends
    /// of the range past the last step; rounded down where the last step would otherwise exceed the largest float.
    /// </summary>
    internal static float Divisor(double scale, double steps)
    {
        if (scale == 0)
            return 1;
        float nearest = (float)scale;
        if (nearest < scale && !float.IsNormal(nearest))
            return float.BitIncrement(nearest);
        return float.IsInfinity(nearest * (float)steps) ? float.BitDecrement(nearest) : nearest;
    }
}
