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
        RequireCount(factors, rows, depth, blocks);
        int n = Length(depth), stages = blocks * int.Log2(n);
        var dense = new float[checked(rows * depth)];
        var column = new double[n];
        for (int stack = 0; stack * n < rows; stack++)
        {
            for (int k = 0; k < depth; k++)
            {
                Array.Clear(column);
                column[k] = 1;
                for (int stage = 0; stage < stages; stage++)
                    Apply(column, Stride(n, stage, decreasing), factors.Slice((stack * stages + stage) * 2 * n, 2 * n));
                for (int i = 0; i < Math.Min(n, rows - stack * n); i++) dense[(stack * n + i) * depth + k] = (float)column[i];
            }
        }
        return dense;
    }

    /// <summary>
    /// Real factors of the transpose of each stack: its stages in reverse, each matrix transposed. With them the kernel that multiplies by a product gives the gradient of its X from that of its Y, ∂X = Bᵀ·∂Y: declared with as many rows as X
    /// has, a depth of n, as many blocks, and <c>Decreasing</c> as <see cref="IsTransposeDecreasing"/> says. The rows of ∂Y that a stack lacks are zeros, and the gradients of several stacks are added up (<c>Tpp.Residual</c>).
    /// </summary>
    /// <param name="factors">The factors.</param>
    /// <param name="rows">Rows of Y.</param>
    /// <param name="depth">Rows of X; n is <see cref="Length"/> of it.</param>
    /// <param name="blocks">Blocks of the product.</param>
    /// <returns>As many factors, stack after stack.</returns>
    /// <exception cref="ArgumentException">There are not as many factors as the product has.</exception>
    public static float[] Transpose(ReadOnlySpan<float> factors, int rows, int depth, int blocks = 1)
    {
        RequireCount(factors, rows, depth, blocks);
        int n = Length(depth), stages = blocks * int.Log2(n);
        var transposed = new float[factors.Length];
        for (int at = 0; at < factors.Length; at += 4)
        {
            (int stage, int matrix) = Math.DivRem(at, 2 * n);
            (int stack, int step) = Math.DivRem(stage, stages);
            Span<float> to = transposed.AsSpan((stack * stages + stages - 1 - step) * 2 * n + matrix, 4);
            (to[0], to[1], to[2], to[3]) = (factors[at], factors[at + 2], factors[at + 1], factors[at + 3]);
        }
        return transposed;
    }

    /// <summary>Whether the strides of the first block of a transpose fall: those of the last block of the product, the other way round.</summary>
    /// <param name="blocks">Blocks of the product.</param>
    /// <param name="decreasing">Whether the strides of its first block fall.</param>
    public static bool IsTransposeDecreasing(int blocks, bool decreasing) => !Falls(blocks - 1, decreasing);

    /// <summary>The gradient of real factors: of every matrix of every stage the sum over the columns of what it leaves times what it takes, in binary64, rounded once.</summary>
    /// <param name="factors">The factors.</param>
    /// <param name="rows">Rows of Y.</param>
    /// <param name="depth">Rows of X.</param>
    /// <param name="x">X, depth×columns row-major.</param>
    /// <param name="gradient">∂Y, rows×columns row-major.</param>
    /// <param name="columns">Columns, at least 0.</param>
    /// <param name="blocks">Blocks of the product.</param>
    /// <param name="decreasing">The strides of the first block fall.</param>
    /// <returns>As many numbers as there are factors, in their order.</returns>
    /// <exception cref="ArgumentException">There are not as many factors, elements of X or of ∂Y as the product has.</exception>
    public static float[] Gradient(ReadOnlySpan<float> factors, int rows, int depth, ReadOnlySpan<float> x, ReadOnlySpan<float> gradient, int columns, int blocks = 1, bool decreasing = false)
    {
        RequireCount(factors, rows, depth, blocks);
        Extents.RequireDense(x.Length, depth, columns, nameof(x));
        Extents.RequireDense(gradient.Length, rows, columns, nameof(gradient));
        int n = Length(depth), stages = blocks * int.Log2(n);
        float[] transposed = Transpose(factors, rows, depth, blocks);
        var sums = new double[factors.Length];
        var taken = new double[stages][];
        double[] forward = new double[n], back = new double[n];
        for (int stack = 0; stack * n < rows; stack++)
        {
            for (int column = 0; column < columns; column++)
            {
                for (int k = 0; k < n; k++) forward[k] = k < depth ? x[k * columns + column] : 0;
                for (int k = 0; k < n; k++) back[k] = stack * n + k < rows ? gradient[(stack * n + k) * columns + column] : 0;
                for (int stage = 0; stage < stages; stage++)
                {
                    taken[stage] = [.. forward];
                    Apply(forward, Stride(n, stage, decreasing), factors.Slice((stack * stages + stage) * 2 * n, 2 * n));
                }
                for (int stage = stages - 1; stage >= 0; stage--)
                {
                    int stride = Stride(n, stage, decreasing), first = (stack * stages + stage) * 2 * n;
                    for (int matrix = 0; matrix < n / 2; matrix++)
                    {
                        (int upper, int lower) = Pair(matrix, stride);
                        (double above, double below) = (taken[stage][upper], taken[stage][lower]);
                        Span<double> sum = sums.AsSpan(first + 4 * matrix, 4);
                        sum[0] += back[upper] * above;
                        sum[1] += back[upper] * below;
                        sum[2] += back[lower] * above;
                        sum[3] += back[lower] * below;
                    }
                    Apply(back, stride, transposed.AsSpan((stack * stages + stages - 1 - stage) * 2 * n, 2 * n));
                }
            }
        }
        return Array.ConvertAll(sums, sum => (float)sum);
    }

    private static void RequireCount(ReadOnlySpan<float> factors, int rows, int depth, int blocks)
    {
        int count = Count(rows, depth, blocks);
        if (factors.Length != count) throw new ArgumentException($"There are {factors.Length} numbers; a butterfly product of {rows}x{depth} with {blocks} blocks has {count}.", nameof(factors));
    }

    /// <summary>The strides of a block fall: every other block's do.</summary>
    private static bool Falls(int block, bool decreasing) => decreasing != (block % 2 == 1);

    /// <summary>The stride of a stage, counted through all blocks.</summary>
    private static int Stride(int n, int stage, bool decreasing)
    {
        (int block, int step) = Math.DivRem(stage, int.Log2(n));
        return 1 << (Falls(block, decreasing) ? int.Log2(n) - 1 - step : step);
    }

    /// <summary>The two elements that a matrix of a stage mixes.</summary>
    private static (int Upper, int Lower) Pair(int matrix, int stride)
    {
        int upper = matrix / stride * 2 * stride + matrix % stride;
        return (upper, upper + stride);
    }

    private static void Apply(double[] x, int stride, ReadOnlySpan<float> factors)
    {
        for (int matrix = 0; matrix < x.Length / 2; matrix++)
        {
            (int upper, int lower) = Pair(matrix, stride);
            ReadOnlySpan<float> t = factors.Slice(4 * matrix, 4);
            (x[upper], x[lower]) = (t[0] * x[upper] + t[1] * x[lower], t[2] * x[upper] + t[3] * x[lower]);
        }
    }

    private static void CheckPower(int n)
    {
        if (n < 2 || !int.IsPow2(n)) throw new ArgumentException($"A Fourier transform of {n} elements is no butterfly product; expected a power of two from 2 on.", nameof(n));
    }
}
