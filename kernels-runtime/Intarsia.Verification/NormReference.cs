using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>
/// Layer norm (Ba, Kiros and Hinton, 2016) and RMS norm (Zhang and Sennrich, 2019) of one line, with the error of any order of summation in binary32 around a mean computed first. What an error in the mean does to the
/// variance is its square; to the elements, itself.
/// </summary>
internal sealed class NormReference(KernelSpec spec, ReferenceOperands o, double[] x)
{
    /// <summary>Unit roundoff of binary32, and its smallest positive number: what a product can lose below the normal range.</summary>
    private const double U = 1.0 / (1 << 24), Tiny = 1.401298464324817e-45;

    private readonly NormSpec _norm = spec.Norm!;

    public void Start(Action<int, double, double> set)
    {
        if (!x.All(double.IsFinite))
        {
            NotFinite(set);
            return;
        }
        int n = x.Length;
        bool centres = spec.Operation == Operation.LayerNorm;
        double mean = centres ? x.Sum() / n : 0, magnitude = centres ? x.Sum(Math.Abs) / n : 0;
        double ofMean = centres ? (n + 2) * (U * magnitude + Tiny) : 0;

        // A distance is off by that of the mean and a rounding of its own.
        double[] distances = Array.ConvertAll(x, value => value - mean);
        double[] roundings = Array.ConvertAll(distances, c => centres ? U * (Math.Abs(c) + ofMean) : 0);
        double square = distances.Sum(c => c * c) / n;
        double ofSquare = ofMean * ofMean + distances.Zip(roundings, (c, w) => 2 * (Math.Abs(c) + ofMean) * w + w * w).Sum() / n;
        ofSquare += (n + 3) * (U * (square + ofSquare) + Tiny);
        double low = (Math.Max(0, square - ofSquare) + _norm.Epsilon) * (1 - U), high = (square + ofSquare + _norm.Epsilon) * (1 + U);

        // A line that may come out constant divides by nothing; one whose squares leave binary32, by infinity.
        bool open = !(low > 0) || (square + ofSquare) * n > float.MaxValue || magnitude * n > float.MaxValue;
        double factor = 1 / Math.Sqrt(square + _norm.Epsilon);
        double ofFactor = Math.Max(1 / Math.Sqrt(low) - factor, factor - 1 / Math.Sqrt(high)) + 3 * U / Math.Sqrt(low);
        for (int i = 0; i < n; i++)
        {
            double c = distances[i], ofDistance = ofMean + roundings[i], value = c * factor;
            double error = (Math.Abs(c) + ofDistance) * ofFactor + ofDistance * factor;
            error += U * (Math.Abs(value) + error) + Tiny;
            if (_norm.HasGamma)
            {
                value *= o.Gamma![i];
                error = error * Math.Abs(o.Gamma[i]);
                error += U * (Math.Abs(value) + error) + Tiny;
            }
            if (_norm.HasBeta)
            {
                value += o.Shift![i];
                error += U * (Math.Abs(value) + error) + Tiny;
            }
            set(i, value, open ? double.PositiveInfinity : double.IsNaN(value) ? 0 : error);
        }
    }

    /// <summary>A NaN, or an infinite mean, reaches every element; an infinite mean square leaves 0 of what is finite.</summary>
    private void NotFinite(Action<int, double, double> set)
    {
        bool all = spec.Operation == Operation.LayerNorm || x.Any(double.IsNaN);
        for (int i = 0; i < x.Length; i++)
        {
            double value = all || !double.IsFinite(x[i]) ? double.NaN : 0;
            set(i, _norm.HasGamma ? value * o.Gamma![i] : value, 0);
        }
    }
}
