using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>What the operations without weights hand to the chain: from each line of X, as it lies in memory, values in binary64 and the error allowed in each. See docs/oracles.md for the bounds.</summary>
internal static class LineReference
{
    /// <summary>Unit roundoff of binary32.</summary>
    private const double U = 1.0 / (1 << 24);

    /// <summary>The smallest binary32 of full precision: a kernel may flush what lies below it, or come to 0 a little earlier.</summary>
    private static readonly double s_flush = Math.ScaleB(1, -123);

    /// <summary>Units that one exponential may lose, in multiples of u and relative to it: a polynomial, two parts of ln 2.</summary>
    private const double ExpUlps = 6;

    public static Chain Start(KernelSpec spec, ReferenceOperands o)
    {
        var chain = new Chain(o.Rows, o.Columns);
        bool turned = spec.X.Layout == MatrixLayout.TokenMajor;
        (int lines, int length) = turned ? (o.Columns, o.Rows) : (o.Rows, o.Columns);
        var x = new double[length];
        for (int line = 0; line < lines; line++)
        {
            (int Row, int Column) At(int i) => turned ? (i, line) : (line, i);
            for (int i = 0; i < length; i++) x[i] = o.X[At(i).Row * o.Columns + At(i).Column];
            switch (spec.Operation)
            {
                case Operation.Elementwise:
                    for (int i = 0; i < length; i++) chain.SetExact(At(i).Row, At(i).Column, x[i]);
                    break;
                case Operation.Softmax:
                    Softmax(x, spec.Softmax!.HasScaleArgument ? o.Scale : spec.Softmax.Scale, (i, value, error) => chain.SetInexact(At(i).Row, At(i).Column, value, error));
                    break;
                case Operation.LayerNorm or Operation.RmsNorm:
                    new NormReference(spec, o, x).Start((i, value, error) => chain.SetInexact(At(i).Row, At(i).Column, value, error));
                    break;
                default:
                    throw new ArgumentException($"Operation {spec.Operation} is not known.");
            }
        }
        return chain;
    }

    /// <summary>
    /// exp(scale·(x − max)) / Σ exp(scale·(x − max)). An argument t is off by 2u·|t| (a difference, a product), so an exponential by (2|t| + 6)·u relative to it; the sum by the mean of that, and by one rounding for
    /// each element; the quotient by two more.
    /// </summary>
    private static void Softmax(double[] x, double scale, Action<int, double, double> set)
    {
        double max = x.Aggregate(double.NegativeInfinity, Math.Max);
        double[] arguments = Array.ConvertAll(x, value => scale * (value - max));
        double[] terms = Array.ConvertAll(arguments, Math.Exp);
        double sum = terms.Sum();
        double Error(int i) => terms[i] == 0 ? 0 : (2 * Math.Abs(arguments[i]) + ExpUlps) * U;
        double ofSum = (x.Length + 4) * U;
        for (int i = 0; i < x.Length; i++) ofSum += terms[i] / sum * Error(i);
        for (int i = 0; i < x.Length; i++)
        {
            double value = terms[i] / sum;
            // Small relative errors add up; large ones multiply.
            set(i, value, double.IsNaN(value) ? 0 : value * (Math.Exp(Error(i) + ofSum) - 1) + s_flush);
        }
    }
}
