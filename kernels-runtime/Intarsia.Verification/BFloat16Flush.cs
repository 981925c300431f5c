using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>
/// What a dense product of bfloat16 with bfloat16 may lose on a unit that multiplies pairs of them: it reads a subnormal element as zero and writes a subnormal sum as zero (Intel SDM vol. 2C, VDPBF16PS). Other
/// operands lose nothing. Whether such a unit runs is a matter of the processor, not of the declaration, so the bound grants it to every kernel that could; but only to sums that can come to be subnormal.
/// </summary>
/// <param name="spec">The declaration.</param>
/// <param name="columns">Number of sums.</param>
internal sealed class BFloat16Flush(KernelSpec spec, int columns)
{
    private const double LeastNormal = 1.1754943508222875e-38;

    /// <summary>A product of two significands of 8 bits that is at least this is a multiple of 2⁻¹²⁶, and sums of such products are, rounded or not: none of them is subnormal.</summary>
    private const double Coarse = LeastNormal * (1 << 15);

    private readonly bool _flushes = spec.Operation == Operation.Gemm && spec.Weights is { Pattern.Kind: Pattern.Dense, Format: NumberFormat.BFloat16 } && spec.X.Format == NumberFormat.BFloat16;
    private readonly double[] _dropped = new double[columns];
    private readonly bool[] _isFine = new bool[columns];

    /// <summary>Begins with new sums.</summary>
    public void Clear()
    {
        Array.Clear(_dropped);
        Array.Clear(_isFine);
    }

    /// <summary>Takes a product.</summary>
    /// <returns>Whether its sum is open: an infinity times a subnormal element is an infinity or no number.</returns>
    public bool Add(int column, double weight, double x)
    {
        if (!_flushes) return false;
        double product = Math.Abs(weight * x);
        _isFine[column] |= product > 0 && product < Coarse;
        if (!IsSubnormal(weight) && !IsSubnormal(x)) return false;
        if (!double.IsFinite(weight) || !double.IsFinite(x)) return true;
        _dropped[column] += product;
        return false;
    }

    /// <summary>The loss of a sum of so many products: those with subnormal elements, and one subnormal partial sum for each product where there can be any.</summary>
    public double Bound(int column, int products) => _dropped[column] + (_isFine[column] ? products * LeastNormal : 0);

    private static bool IsSubnormal(double element) => element != 0 && Math.Abs(element) < LeastNormal;
}
