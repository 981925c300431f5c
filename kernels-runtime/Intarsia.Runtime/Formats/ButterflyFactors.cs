namespace Intarsia;

/// <summary>
/// Factors of butterfly products, as <see cref="ButterflyAttribute"/> kernels take them: <c>[stacks][blocks][log2 n][n/2][2][2]</c>, of every stack the stages in the order in which they are applied (Dao et al., ICML'19, section 3;
/// FABNet, Fan et al., MICRO'22). Complex ones have real part and imaginary part last.
/// </summary>
public static class ButterflyFactors
{
    /// <summary>Elements that a stage mixes: n, the power of two from a number of elements up.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no element, or more than 2³⁰.</exception>
    public static int Length(int elements)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(elements);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elements, 1 << 30);
        return (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)elements);
    }

    /// <summary>Real numbers of a product of rows×depth with so many blocks.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An extent or the number of blocks is not positive.</exception>
    /// <exception cref="OverflowException">No array has as many.</exception>
    public static int Count(int rows, int depth, int blocks = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blocks);
        int n = Length(depth);
        return checked((int)(2L * n * blocks * int.Log2(n) * ((rows + (long)n - 1) / n)));
    }

    /// <summary>Real factors whose matrices are rotations by random angles: the product is orthogonal, so that what goes through it keeps its length.</summary>
    /// <param name="rows">Rows of Y.</param>
    /// <param name="depth">Rows of X.</param>
    /// <param name="random">Where the angles come from.</param>
    /// <param name="blocks">Blocks of the product.</param>
    /// <exception cref="ArgumentOutOfRangeException">An extent or the number of blocks is not positive.</exception>
    public static float[] Rotations(int rows, int depth, Random random, int blocks = 1)
    {
        ArgumentNullException.ThrowIfNull(random);
        var factors = new float[Count(rows, depth, blocks)];
        for (int i = 0; i < factors.Length; i += 4)
        {
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
            (factors[i], factors[i + 1], factors[i + 2], factors[i + 3]) = ((float)cosine, (float)-sine, (float)sine, (float)cosine);
        }
        return factors;
    }

    /// <summary>
    /// Complex factors of the Fourier transform of n elements, <c>y[f] = Σ_k x[k]·exp(−2πi·f·k/n)</c>, for a kernel with <c>Decreasing</c> strides: [[1, 1], [w, −w]] with w = exp(−2πi·r/2s) in the stage of stride s (decimation in
    /// frequency; Cooley and Tukey, 1965; Gentleman and Sande, 1966). The result comes out in bit-reversed order: that of frequency f is element <see cref="BitReversal"/>[f].
    /// </summary>
    /// <param name="n">Elements: a power of two.</param>
    /// <exception cref="ArgumentException">It is none, or below 2.</exception>
    public static float[] Fourier(int n)
    {
        CheckPower(n);
        var factors = new float[checked(4 * n * int.Log2(n))];
        int at = 0;
        for (int stride = n / 2; stride > 0; stride /= 2)
        {
            for (int matrix = 0; matrix < n / 2; matrix++, at += 8)
            {
                (double sine, double cosine) = Math.SinCos(-Math.PI * (matrix % stride) / stride);
                (float re, float im) = ((float)cosine, (float)sine);
                ((ReadOnlySpan<float>)[1, 0, 1, 0, re, im, -re, -im]).CopyTo(factors.AsSpan(at));
            }
        }
        return factors;
    }

    /// <summary>For each number below n that with its log2(n) bits in reverse: its own inverse.</summary>
    /// <exception cref="ArgumentException">n is no power of two, or below 2.</exception>
    public static int[] BitReversal(int n)
    {
        CheckPower(n);
        var order = new int[n];
        for (int i = 1; i < n; i++) order[i] = order[i / 2] / 2 + (i % 2) * (n / 2);
        return order;
    }

    /// <summary>The dense rows×depth matrix that real factors stand for, row-major: products in binary64, rounded once.</summary>
    /// <param name="factors">The factors.</param>
    /// <param name="rows">Rows of Y.</param>
    /// <param name="depth">Rows of X.</param>
    /// <param name="blocks">Blocks of the product.</param>
    /// <param name="decreasing">The strides of the first block fall.</param>
    /// <exception cref="ArgumentException">There are not as many factors as the product has.</exception>
    public static float[] ToDense(ReadOnlySpan<float> factors, int rows, int depth, int blocks = 1, bool decreasing = false)
    {
        int count = Count(rows, depth, blocks);
        if (factors.Length != count) throw new ArgumentException($"There are {factors.Length} numbers; a butterfly product of {rows}x{depth} with {blocks} blocks has {count}.", nameof(factors));
        int n = Length(depth), stages = int.Log2(n);
        var dense = new float[checked(rows * depth)];
        var column = new double[n];
        for (int stack = 0; stack * n < rows; stack++)
        {
            for (int k = 0; k < depth; k++)
            {
                Array.Clear(column);
                column[k] = 1;
                for (int stage = 0; stage < blocks * stages; stage++)
                {
                    int step = stage % stages;
                    bool falls = decreasing != (stage / stages % 2 == 1);
                    Apply(column, 1 << (falls ? stages - 1 - step : step), factors.Slice((stack * blocks * stages + stage) * 2 * n, 2 * n));
                }
                for (int i = 0; i < Math.Min(n, rows - stack * n); i++) dense[(stack * n + i) * depth + k] = (float)column[i];
            }
        }
        return dense;
    }

    private static void Apply(double[] x, int stride, ReadOnlySpan<float> factors)
    {
        for (int matrix = 0; matrix < x.Length / 2; matrix++)
        {
            int upper = matrix / stride * 2 * stride + matrix % stride, lower = upper + stride;
            ReadOnlySpan<float> t = factors.Slice(4 * matrix, 4);
            (x[upper], x[lower]) = (t[0] * x[upper] + t[1] * x[lower], t[2] * x[upper] + t[3] * x[lower]);
        }
    }

    private static void CheckPower(int n)
    {
        if (n < 2 || !int.IsPow2(n)) throw new ArgumentException($"A Fourier transform of {n} elements is no butterfly product; expected a power of two from 2 on.", nameof(n));
    }
}
