using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>
/// The accumulators on their way through the epilogue. An integer accumulator stays <em>exact</em> as long as every step is one correctly rounded binary32 operation in the stated order: then the
/// result is determined bit for bit. Every other element carries a value in binary64 and an allowed error, which each step propagates.
/// </summary>
internal sealed class Chain(int rows, int columns)
{
    /// <summary>Unit roundoff of binary32.</summary>
    private const double U = 1.0 / (1 << 24);

    /// <summary>Smallest positive binary32: what one operation can lose below the normal range.</summary>
    private const double Tiny = 1.401298464324817e-45;

    /// <summary>Allowed error of one activation function, in units of u·|argument|: a polynomial or rational approximation with a few roundings.</summary>
    private const double ActivationUlps = 8;

    private readonly Element[] _elements = new Element[rows * columns];

    private struct Element
    {
        public double Value;
        public double Error;
        public bool IsInexact;
    }

    /// <summary>A raw accumulator of 32 bits, or of 64, which binary64 holds exactly below 2⁵³.</summary>
    public void SetInteger(int row, int column, long value) => SetExact(row, column, value);

    /// <summary>A value that binary32 or a 32-bit integer holds.</summary>
    public void SetExact(int row, int column, double value) => _elements[row * columns + column].Value = value;

    /// <summary>acc += scale · (float)sum. With one group this is a single correctly rounded product; with more a kernel may fuse the multiply and the add, so the bound opens.</summary>
    public void AddScaledGroup(int row, int column, int sum, float scale, int groups)
    {
        ref Element element = ref _elements[row * columns + column];
        if (groups == 1)
        {
            element.Value = (float)sum * scale;
            return;
        }
        double product = (double)sum * scale;
        element.IsInexact = true;
        element.Value += product;
        // Conversion, product and one sum for each group that follows.
        element.Error += (groups + 2) * U * Math.Abs(product) + Tiny;
    }

    /// <summary>A float with an error of its own; +∞ where it is open.</summary>
    public void SetInexact(int row, int column, double value, double error) => _elements[row * columns + column] = new Element { IsInexact = true, Value = value, Error = error };

    /// <summary>A float accumulator: <paramref name="roundings"/>·u·Σ|a·b|, and what may be lost as subnormal.</summary>
    public void SetFloat(int row, int column, double sum, double magnitude, double roundings, bool open, double flushed = 0)
    {
        ref Element element = ref _elements[row * columns + column];
        element.IsInexact = true;
        element.Value = sum;
        // NaN and ∞ among the operands come out the same in every order.
        element.Error = magnitude == 0 || !double.IsFinite(magnitude) ? 0 : roundings * (U * magnitude + Tiny) + flushed;
        // Where the terms are finite but a partial sum can leave binary32, the result depends on the order.
        bool overflows = double.IsFinite(magnitude) && magnitude > float.MaxValue;
        if (open || overflows) element.Error = double.PositiveInfinity;
    }

    /// <summary>Applies the chain and rounds to the output format.</summary>
    public ReferenceResult Finish(KernelSpec spec, ReferenceOperands o)
    {
        var y = new double[rows * columns];
        var bound = new double[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int at = row * columns + column;
                // What a sampled product does not store is not computed.
                if (spec.Operation == Operation.Sddmm && !o.Sampled[at]) continue;
                Element element = Apply(spec, o, row, column, _elements[at]);
                (y[at], bound[at]) = Round(spec.Y.Format, element);
            }
        }
        return new ReferenceResult(rows, columns, y, bound);
    }

    private Element Apply(KernelSpec spec, ReferenceOperands o, int row, int column, Element element)
    {
        int biases = 0, residuals = 0, multipliers = 0, at = row * columns + column;
        bool isInteger = spec.StartsAsInteger;
        if (!isInteger) element = Factors(spec, o, at, element);
        foreach (Tpp step in spec.Epilogue)
        {
            if (isInteger && step != Tpp.Dequantise)
            {
                int raw = (int)element.Value;
                element.Value = step == Tpp.Relu ? Math.Max(raw, 0) : unchecked(raw + (int)o.Biases[biases++][row]);
                continue;
            }
            switch (step)
            {
                case Tpp.Dequantise:
                    isInteger = false;
                    // To binary32 first: a 32-bit integer does not always fit its 24 bits. Groups are floats already.
                    if (!element.IsInexact) element.Value = (float)element.Value;
                    if (spec.IsContraction && spec.Weights.Scale is Per.Tensor or Per.Row && !NumberFormats.IsBinaryCoded(spec.Weights.Format)) element = Multiply(element, o.WeightScales![spec.Weights.Scale == Per.Tensor ? 0 : row]);
                    if (spec.X.Scale is Per.Tensor or Per.Token) element = Multiply(element, o.XScales![spec.X.Scale == Per.Tensor ? 0 : column]);
                    element = Factors(spec, o, at, element);
                    break;
                case Tpp.Bias:
                    element = Add(element, o.Biases[biases++][row]);
                    break;
                case Tpp.Residual:
                    element = Add(element, o.Residuals[residuals++][at]);
                    break;
                case Tpp.Multiply:
                    element = Multiply(element, o.Multipliers[multipliers++][at]);
                    break;
                case Tpp.Relu:
                    element = Relu(element);
                    break;
                case Tpp.Gelu:
                    element = Activate(element, ReferenceMath.Gelu, 1.13);
                    break;
                case Tpp.GeluTanh:
                    element = Activate(element, ReferenceMath.GeluTanh, 1.13);
                    break;
                case Tpp.Silu:
                    element = Activate(element, ReferenceMath.Silu, 1.1);
                    break;
                case Tpp.Requantise:
                    element = Requantise(element, o.YScale, spec.Y.Format);
                    break;
                default:
                    throw new ArgumentException($"Epilogue step {step} is not known.");
            }
        }
        return element;
    }

    /// <summary>What a sampled product multiplies by as soon as its sums are floats: its scale, then the old value.</summary>
    private static Element Factors(KernelSpec spec, ReferenceOperands o, int at, Element element)
    {
        if (spec.Sddmm is not { } sampled) return element;
        if (sampled.HasScaleArgument || !sampled.Scale.Equals(1f)) element = Multiply(element, sampled.HasScaleArgument ? o.Scale : sampled.Scale);
        return sampled.IsMasked ? Multiply(element, o.InitialY![at]) : element;
    }

    private static Element Add(Element element, double operand)
    {
        if (!element.IsInexact) return element with { Value = (float)element.Value + (float)operand };
        return Rounded(element.Value + operand, element.Error);
    }

    private static Element Multiply(Element element, double operand)
    {
        if (!element.IsInexact) return element with { Value = (float)element.Value * (float)operand };
        double error = element.Error * Math.Abs(operand);
        // What is open stays open: zero times anything.
        return Rounded(element.Value * operand, double.IsNaN(error) ? double.PositiveInfinity : error);
    }

    /// <summary>The result of one correctly rounded operation on an operand with an error.</summary>
    private static Element Rounded(double value, double error)
    {
        double allowed = error + U * (Math.Abs(value) + error) + Tiny;
        if (double.IsFinite(value) && Math.Abs(value) + allowed > float.MaxValue)
        {
            // Past binary32 for certain, or perhaps.
            return Math.Abs(value) - allowed > float.MaxValue
                ? new Element { IsInexact = true, Value = Math.CopySign(double.PositiveInfinity, value) }
                : new Element { IsInexact = true, Value = value, Error = double.PositiveInfinity };
        }
        return new Element { IsInexact = true, Value = value, Error = allowed };
    }

    private static Element Relu(Element element)
    {
        // Which operand max returns for NaN differs between instruction sets.
        if (double.IsNaN(element.Value)) return new Element { IsInexact = true, Error = double.PositiveInfinity };
        double value = Math.Max(element.Value, 0);
        double error = Math.Max(Math.Max(element.Value + element.Error, 0) - value, value - Math.Max(element.Value - element.Error, 0));
        return element with { Value = value, Error = double.IsNaN(error) ? element.Error : error };
    }

    private static Element Activate(Element element, Func<double, double> function, double lipschitz)
    {
        double magnitude = Math.Abs(element.Value);
        // The approximation of the function, and of its limits at ±∞, where ∞·0 may come out as NaN.
        double error = double.IsFinite(magnitude) ? lipschitz * element.Error + ActivationUlps * (U * (magnitude + element.Error) + Tiny) : double.PositiveInfinity;
        if (double.IsNaN(element.Value) && !double.IsPositiveInfinity(element.Error)) error = 0;
        return new Element { IsInexact = true, Value = function(element.Value), Error = error };
    }

    private static Element Requantise(Element element, double scale, NumberFormat format)
    {
        // Of planes the code is rounded: that of signs is half of what the quotient is above the least number.
        if (NumberFormats.Get(format) is { BitPlanes: > 0 } planes) return RequantiseToPlanes(element, (float)scale, planes);
        (double min, double max) = format == NumberFormat.Int8 ? (-128.0, 127.0) : (0.0, 255.0);
        if (!element.IsInexact) return element with { Value = ReferenceMath.Saturate((float)element.Value / (float)scale, min, max) };
        double value = ReferenceMath.Saturate(element.Value / scale, min, max);
        if (double.IsNaN(element.Error) || double.IsInfinity(element.Error)) return element with { Value = value, Error = double.PositiveInfinity };
        // The kernel's operand lies within the error, its quotient within one more rounding: any of the integers that this interval rounds to may come out.
        double slack = element.Error + U * (Math.Abs(element.Value) + element.Error) + Tiny;
        double a = ReferenceMath.Saturate((element.Value - slack) / scale, min, max), b = ReferenceMath.Saturate((element.Value + slack) / scale, min, max);
        return element with { Value = value, Error = Math.Max(Math.Abs(a - value), Math.Abs(b - value)) };
    }

    private static Element RequantiseToPlanes(Element element, float scale, NumberFormatRow planes)
    {
        (double above, double times) = planes.HasSignPlanes ? (planes.Max, 2.0) : (0.0, 1.0);
        double Number(double code) => times * ReferenceMath.Saturate(code, 0, (1 << planes.BitPlanes) - 1) - above;
        // A quotient, and for signs a sum, each rounded to binary32; half of that is exact.
        if (!element.IsInexact) return element with { Value = Number(planes.HasSignPlanes ? ((float)element.Value / scale + (float)above) * 0.5f : (float)element.Value / scale) };
        double value = Number((element.Value / scale + above) / times);
        if (double.IsNaN(element.Error) || double.IsInfinity(element.Error)) return element with { Value = value, Error = double.PositiveInfinity };
        double slack = element.Error / scale + 2 * U * (Math.Abs(element.Value) / scale + element.Error / scale + above) + Tiny;
        double a = Number((element.Value / scale - slack + above) / times), b = Number((element.Value / scale + slack + above) / times);
        return element with { Value = value, Error = Math.Max(Math.Abs(a - value), Math.Abs(b - value)) };
    }

    /// <summary>Output rounding. Rounding is monotone, so what lies between value − error and value + error lands between the two rounded ends.</summary>
    private static (double Value, double Bound) Round(NumberFormat format, Element element)
    {
        if (NumberFormats.IsInteger(format)) return (element.Value, element.Error);
        if (!element.IsInexact) return (ReferenceMath.Round(element.Value, format), 0);
        if (!double.IsFinite(element.Value) || !double.IsFinite(element.Error)) return (element.Value, element.Error);
        double low = ReferenceMath.Round(element.Value - element.Error, format), high = ReferenceMath.Round(element.Value + element.Error, format);
        if (low == high) return (low, 0);
        if (double.IsInfinity(low) || double.IsInfinity(high)) return (element.Value, double.PositiveInfinity);
        if (format == NumberFormat.Float32) return (element.Value, element.Error);
        return (element.Value, Math.Max(high - element.Value, element.Value - low));
    }
}
