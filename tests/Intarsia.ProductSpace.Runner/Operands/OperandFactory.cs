using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Draws the logical operands of a call, as the reference executor takes them.</summary>
public static class OperandFactory
{
    public static ReferenceOperands Draw(DrawnKernel kernel)
    {
        var random = new SeededRandom(kernel.OperandSeed);
        KernelSpec spec = kernel.Spec;
        (int rows, int depth, int columns) = (kernel.Sizes.Rows, kernel.Sizes.Depth, kernel.Sizes.Columns);
        bool batch = spec.Batch is not null;
        if (!spec.IsContraction) return DrawLines(kernel, random);
        int scales = ScaleCount(spec.Weights, rows, depth);
        if (spec.Rgms is not null) return DrawRelations(kernel, random);
        bool[]? stored = Stored(spec.Weights.Pattern, rows, depth, random);
        double[]? zeroPoints = spec.Weights.Asymmetric && !NumberFormats.IsBinaryCoded(spec.Weights.Format) ? ZeroPoints(spec.Weights.Format, scales, random) : null;

        return new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = batch ? [] : spec.Butterfly is { } butterfly ? Factors(butterfly, spec.Weights.Format, rows, depth, random) : Weights(spec.Weights, rows, depth, stored, zeroPoints, random),
            Stored = stored,
            Sampled = spec.Y.IsPacked ? Sampled(spec.Y, rows, columns, random) : [],
            WeightScales = scales == 0 && spec.Weights.Scale == Per.None ? null : DrawScales(spec.Weights, scales, random),
            WeightZeroPoints = zeroPoints,
            X = batch ? [] : Activations(spec, depth * columns, random),
            XScales = spec.X.Scale switch { Per.Tensor => ValueDraw.Scales(1, random), Per.Token => ValueDraw.Scales(columns, random), _ => null },
            YScale = YScale(spec, OutputMagnitude(spec, depth), random),
            Biases = Each(spec, Tpp.Bias, () => Bias(spec, rows, random)),
            Residuals = Each(spec, Tpp.Residual, () => ValueDraw.Array(rows * columns, NumberFormat.Float32, random)),
            Multipliers = Each(spec, Tpp.Multiply, () => ValueDraw.Array(rows * columns, NumberFormat.Float32, random)),
            BatchCount = kernel.Sizes.BatchCount,
            BatchWeights = Terms(batch, kernel, () => ValueDraw.Array(rows * depth, spec.Weights.Format, random)),
            BatchX = Terms(batch, kernel, () => ValueDraw.Array(depth * columns, spec.X.Format, random)),
            Beta = spec.Batch?.HasBeta == true ? random.Pick(0f, 1f, -0.5f, 0.75f) : 0,
            Scale = spec.Sddmm is { HasScaleArgument: true } ? random.Pick(1f, 0.125f, 0.0442f, 2.5f) : 1,
            InitialY = spec.Sddmm is { IsMasked: true } ? ValueDraw.Array(rows * columns, spec.Y.Format, random) : spec.Batch?.HasBeta == true ? ValueDraw.Array(rows * columns, NumberFormat.Float32, random) : null,
        };
    }

    /// <summary>Operands of a relational product: weights of every relation, the edges, and features of the nodes they come from.</summary>
    private static ReferenceOperands DrawRelations(DrawnKernel kernel, SeededRandom random)
    {
        (KernelSpec spec, int rows, int depth, int columns, int sources) = (kernel.Spec, kernel.Sizes.Rows, kernel.Sizes.Depth, kernel.Sizes.Columns, kernel.Sizes.Sources);
        int relations = spec.Rgms!.Relations, scales = ScaleCount(spec.Weights, rows, depth);
        bool[] stored = RelationalDraw.Edges(columns, relations, sources, random);
        double[] edges = ValueDraw.Array(stored.Length, spec.Rgms.Edges, random);
        for (int i = 0; i < edges.Length; i++)
            if (!stored[i]) edges[i] = 0;
        return new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Sources = sources,
            Edges = edges,
            Weights = ValueDraw.Array(rows * relations * depth, spec.Weights.Format, random),
            WeightScales = spec.Weights.Scale == Per.None ? null : DrawScales(spec.Weights, scales, random),
            X = ValueDraw.Array(depth * sources, spec.X.Format, random),
            XScales = spec.X.Scale == Per.Tensor ? ValueDraw.Scales(1, random) : null,
            YScale = YScale(spec, OutputMagnitude(spec, depth) * (spec.IsIntegerContraction ? 80 : 1), random),
            Biases = Each(spec, Tpp.Bias, () => Bias(spec, rows, random)),
            Residuals = Each(spec, Tpp.Residual, () => ValueDraw.Array(rows * columns, NumberFormat.Float32, random)),
            Multipliers = Each(spec, Tpp.Multiply, () => ValueDraw.Array(rows * columns, NumberFormat.Float32, random)),
        };
    }

    // Kernels of compressed columns choose by how many activations are zero.
    private static double[] Activations(KernelSpec spec, int count, SeededRandom random)
    {
        double[] x = ValueDraw.Array(count, spec.X.Format, random);
        if (spec.Weights.Pattern.Kind != Pattern.RelativeCsc) return x;
        double zeros = random.Pick(0, 0.5, 0.75, 0.9, 1);
        return Array.ConvertAll(x, value => random.Chance(zeros) ? 0 : value);
    }

    /// <summary>Operands of an operation without weights.</summary>
    private static ReferenceOperands DrawLines(DrawnKernel kernel, SeededRandom random)
    {
        KernelSpec spec = kernel.Spec;
        (int rows, int columns) = (kernel.Sizes.Rows, kernel.Sizes.Columns);
        int line = spec.X.Layout == MatrixLayout.TokenMajor ? rows : columns;
        return new ReferenceOperands
        {
            Rows = rows,
            Columns = columns,
            X = DrawElements(spec, rows * columns, random),
            XScales = spec.X.Scale switch { Per.Tensor => ValueDraw.Scales(1, random), Per.Token => ValueDraw.Scales(columns, random), _ => null },
            Gamma = spec.Norm is { HasGamma: true } ? ValueDraw.Array(line, NumberFormat.Float32, random) : null,
            Shift = spec.Norm is { HasBeta: true } ? ValueDraw.Array(line, NumberFormat.Float32, random) : null,
            Scale = spec.Softmax is { HasScaleArgument: true } ? random.Pick(1f, 0.125f, 0.0442f, 2.5f) : 1,
            YScale = YScale(spec, Typical(spec.X.Format) * (spec.X.Scale == Per.None ? 1 : 0.008) * 3, random),
            Biases = Each(spec, Tpp.Bias, () => Bias(spec, rows, random)),
            Residuals = Each(spec, Tpp.Residual, () => ValueDraw.Array(rows * columns, NumberFormat.Float32, random)),
            Multipliers = Each(spec, Tpp.Multiply, () => ValueDraw.Array(rows * columns, NumberFormat.Float32, random)),
        };
    }

    // Now and then far apart, so that exponentials vanish; or far from 0, so that a variance from two large sums would be lost.
    private static double[] DrawElements(KernelSpec spec, int count, SeededRandom random)
    {
        double[] x = ValueDraw.Array(count, spec.X.Format, random);
        if (spec.Operation == Operation.Elementwise) return x;
        double factor = random.Pick(1, 1, 8, 64), offset = spec.Operation == Operation.Softmax ? 0 : random.Pick(0, 0, 100, -1000);
        return Array.ConvertAll(x, value => ValueDraw.Round(value * factor + offset, spec.X.Format));
    }

    // Of few planes most results would be the largest, or the least, one.
    private static double YScale(KernelSpec spec, double magnitude, SeededRandom random) => !spec.Epilogue.Contains(Tpp.Requantise) ? 1
        : NumberFormats.Get(spec.Y.Format) is { BitPlanes: > 0 } planes ? (float)(magnitude / (planes.Max * random.Pick(0.3, 0.6, 1)))
        : (float)(magnitude / random.Pick(20, 60, 100));

    /// <summary>Where weights may differ from 0, rows×depth: what is packed has the pattern, and a kernel that transposes it meets that transposed.</summary>
    private static bool[]? Stored(PatternSpec pattern, int rows, int depth, SeededRandom random) =>
        !pattern.Transposed ? PatternDraw.Draw(pattern, rows, depth, random) : PackedLayouts.Turned(PatternDraw.Draw(pattern with { Transposed = false }, depth, rows, random)!, depth, rows);

    /// <summary>What a packed result stores: a drawn pattern, and what its layout fills up with.</summary>
    private static bool[] Sampled(OutputSpec y, int rows, int columns, SeededRandom random) => SampledResult.Fill(y, PatternDraw.Draw(y.Pattern, rows, columns, random)!, rows, columns);

    /// <summary>How many scales the weights have.</summary>
    public static int ScaleCount(WeightSpec weights, int rows, int depth) => weights.Scale switch
    {
        Per.Tensor => 1,
        Per.Row => rows,
        Per.Group => rows * ((depth + weights.ScaleGroup - 1) / weights.ScaleGroup),
        _ => 0,
    };

    /// <summary>One for each scale group; of binary-coded weights one for each plane, now and then 0, and an offset of either sign; of coefficients of a basis that.</summary>
    private static double[] DrawScales(WeightSpec weights, int groups, SeededRandom random)
    {
        int planes = NumberFormats.Get(weights.Format).Planes, basis = NumberFormats.Get(weights.Format).Basis, each = basis > 0 ? basis * basis : planes == 0 ? 1 : planes + (weights.Asymmetric ? 1 : 0);
        double[] scales = ValueDraw.Scales(groups * each, random);
        for (int i = 0; i < scales.Length && basis > 0; i++) scales[i] *= random.Pick(-1, -1, 1, 1, 1, 0);
        for (int i = 0; i < scales.Length && planes > 0; i++)
        {
            if (i % each == planes) scales[i] *= random.Pick(-1, 1);
            else if (random.Chance(0.05)) scales[i] = 0;
        }
        return scales;
    }

    /// <summary>Index of the scale of a weight.</summary>
    public static int ScaleIndex(WeightSpec weights, int depth, int row, int k) => weights.Scale switch
    {
        Per.Row => row,
        Per.Group => row * ((depth + weights.ScaleGroup - 1) / weights.ScaleGroup) + k / weights.ScaleGroup,
        _ => 0,
    };

    // What is not stored is the real number zero: the integer 0, or the zero point.
    private static double[] Weights(WeightSpec spec, int rows, int depth, bool[]? stored, double[]? zeroPoints, SeededRandom random)
    {
        double[] values = ValueDraw.Array(rows * depth, spec.Format, random);
        for (int i = 0; stored is not null && i < values.Length; i++)
            if (!stored[i]) values[i] = zeroPoints is null ? 0 : zeroPoints[ScaleIndex(spec, depth, i / depth, i % depth)];
        return values;
    }

    // Half as large as other numbers: what goes through many stages grows by each of them.
    private static double[] Factors(ButterflySpec spec, NumberFormat format, int rows, int depth, SeededRandom random) =>
        Array.ConvertAll(ValueDraw.Array(checked((int)spec.Count(rows, depth)), format, random), value => ValueDraw.Round(value / 2, format));

    private static double[] ZeroPoints(NumberFormat format, int count, SeededRandom random)
    {
        (int min, int max) = ValueDraw.Range(format);
        double[] points = new double[count];
        for (int i = 0; i < count; i++) points[i] = random.Chance(0.2) ? random.Pick(min, max) : random.Next(min, max);
        return points;
    }

    private static double[] Bias(KernelSpec spec, int rows, SeededRandom random)
    {
        if (spec.Y.Format != NumberFormat.Int32) return ValueDraw.Array(rows, NumberFormat.Float32, random);
        double[] bias = new double[rows];
        for (int i = 0; i < rows; i++) bias[i] = random.Chance(0.1) ? random.Pick(int.MinValue, int.MaxValue) : random.Next(-100_000, 100_000);
        return bias;
    }

    // Only to put most results within the 8-bit range: the root of the depth times typical magnitudes.
    private static double OutputMagnitude(KernelSpec spec, int depth)
    {
        double weights = Typical(spec.Weights.Format) * (spec.Weights.Scale == Per.None ? 1 : 0.008);
        double x = Typical(spec.X.Format) * (spec.X.Scale == Per.None ? 1 : 0.008);
        return Math.Max(1, Math.Sqrt(Math.Max(1, depth)) * weights * x * 3);
    }

    private static double Typical(NumberFormat format) => format switch
    {
        NumberFormat.Int8 or NumberFormat.ByteCodebook16 => 80,
        NumberFormat.UInt8 => 150,
        NumberFormat.Int4 => 5,
        NumberFormat.UInt4 => 9,
        _ when NumberFormats.IsBitPlanes(format) => Math.Max(1, 0.6 * ValueDraw.Range(format).Max),
        NumberFormat.ShortCodebook256 => 4000,
        NumberFormat.Int12 => 1200,
        NumberFormat.UInt12 => 2400,
        NumberFormat.Int16 => 20_000,
        NumberFormat.UInt16 => 40_000,
        NumberFormat.Int32 => 60_000,
        NumberFormat.PowerOfTwoBasis => 60,
        _ when CodeTable.Exists(format) => 0.6 * CodeTable.Of(format).ToArray().Average(value => Math.Abs((double)value)) + 0.4 * ValueDraw.Range(format).Max,
        _ => 1,
    };

    private static List<double[]> Each(KernelSpec spec, Tpp step, Func<double[]> draw) => spec.Epilogue.Where(s => s == step).Select(_ => draw()).ToList();

    private static List<double[]> Terms(bool batch, DrawnKernel kernel, Func<double[]> draw) =>
        batch ? Enumerable.Range(0, kernel.Sizes.BatchCount).Select(_ => draw()).ToList() : [];
}
