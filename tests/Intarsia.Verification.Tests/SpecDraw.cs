using Intarsia.Compiler;
using Intarsia.Compiler.Specs;

namespace Intarsia.Verification.Tests;

/// <summary>Draws specs that the semantics give a meaning, and operands for them.</summary>
internal static class SpecDraw
{
    private static readonly NumberFormat[] s_floats = [NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16];
    private static readonly Tpp[] s_steps = [Tpp.Bias, Tpp.Relu, Tpp.Gelu, Tpp.GeluTanh, Tpp.Silu, Tpp.Residual, Tpp.Multiply];

    public static KernelSpec Spec(Random random)
    {
        PatternSpec pattern = random.Next(11) switch
        {
            3 => new PatternSpec(Pattern.Bsr) { BlockRows = Pick(random, 1, 3, 4, 16, 24), BlockColumns = Pick(random, 1, 3, 8), DoublyCompressed = random.Next(3) == 0 },
            4 => new PatternSpec(Pattern.Ell) { Width = Pick(random, 1, 2, 5, 16, 70) },
            5 => new PatternSpec(Pattern.Hyb) { Partitions = Pick(random, 1, 2, 5), BucketExponent = Pick(random, 0, 1, 3, 5) },
            6 => new PatternSpec(Pattern.Composite)
            {
                Parts = EquatableArray.Of(
                    Pick(random, new PatternSpec(Pattern.Ell) { Width = 3 }, new PatternSpec(Pattern.NM, N: 1, M: 4), new PatternSpec(Pattern.Bsr) { BlockRows = 4, BlockColumns = 2, Fill = 40 }, new PatternSpec(Pattern.VectorRows, V: 4) { Fill = 50 }),
                    Pick(random, new PatternSpec(Pattern.Csr), new PatternSpec(Pattern.RowWindows), new PatternSpec(Pattern.Hyb) { Partitions = 2, BucketExponent = 2 }, new PatternSpec(Pattern.VectorRows, V: 2))),
            },
            7 => new PatternSpec(Pattern.RelativeCsc) { Lanes = Pick(random, 1, 1, 3, 4, 64) },
            8 => new PatternSpec(Pattern.RowWindows),
            9 => new PatternSpec(Pattern.GatherScatter) { Banks = Pick(random, 4, 8, 16, 32), PerRow = Pick(random, 1, 2, 4), Groups = 65536, Scatter = random.Next(2) == 0 },
            0 => new PatternSpec(Pattern.Csr),
            1 => new PatternSpec(Pattern.VectorRows, V: Pick(random, 1, 2, 4, 8, 16)),
            2 when Pick(random, 2, 4, 8) is var m => new PatternSpec(Pattern.NM, N: random.Next(1, m + 1), M: m, V: Pick(random, 0, 0, 2, 4)),
            _ => PatternSpec.Dense,
        };
        bool integers = random.Next(2) == 0, weightOnly = !integers && random.Next(3) == 0, raw = integers && random.Next(4) == 0;
        bool transposed = pattern.Kind != Pattern.Dense && random.Next(4) == 0;
        Per scale = integers || weightOnly ? Pick(random, Per.Tensor, Per.Row, raw ? Per.Row : Per.Group) : Per.None;
        if (transposed && scale != Per.None) scale = Per.Tensor;
        var steps = new List<Tpp>();
        if (integers && !raw) steps.Add(Tpp.Dequantise);
        for (int i = random.Next(4); i > 0; i--) steps.Add(raw ? Pick(random, Tpp.Relu, Tpp.Bias) : Pick(random, s_steps));
        NumberFormat y = raw ? NumberFormat.Int32 : Pick(random, [.. s_floats, NumberFormat.Int8, NumberFormat.UInt8]);
        if (y is NumberFormat.Int8 or NumberFormat.UInt8) steps.Add(Tpp.Requantise);
        bool span = pattern.Kind == Pattern.Dense && scale == Per.None && random.Next(2) == 0;
        return new KernelSpec
        {
            Operation = pattern.Kind == Pattern.Dense ? Operation.Gemm : Operation.Spmm,
            Weights = new WeightSpec
            {
                Format = integers || weightOnly ? Pick(random, NumberFormat.Int8, NumberFormat.Int4, NumberFormat.Int8, NumberFormat.Int4, NumberFormat.Flint4, NumberFormat.Int2, NumberFormat.Ternary, NumberFormat.UInt1, weightOnly ? NumberFormat.UPowerOfTwo4 : NumberFormat.PowerOfTwo4) : Pick(random, s_floats),
                Pattern = pattern with { Transposed = transposed },
                Scale = scale,
                ScaleGroup = scale == Per.Group ? Pick(random, 2, 8, 32) : 0,
                Asymmetric = scale != Per.None && random.Next(3) == 0,
                Storage = span ? WeightStorage.Span : WeightStorage.Packed,
                HasStride = span && random.Next(2) == 0,
            },
            X = new ActivationSpec
            {
                Format = integers ? Pick(random, NumberFormat.Int8, NumberFormat.UInt8) : Pick(random, s_floats),
                Scale = integers && !raw ? Pick(random, Per.None, Per.Tensor, Per.Token) : Per.None,
                Layout = Layout(random),
                HasStride = random.Next(3) == 0,
            },
            Y = new OutputSpec { Format = y, Layout = Layout(random), HasStride = random.Next(3) == 0 },
            Epilogue = steps.ToEquatableArray(),
        };
    }

    /// <summary>Batch-reduce GEMMs: floats with or without β, or integers.</summary>
    public static KernelSpec BatchSpec(Random random)
    {
        bool integers = random.Next(3) == 0, beta = !integers && random.Next(2) == 0;
        return new KernelSpec
        {
            Operation = Operation.BatchReduceGemm,
            Weights = new WeightSpec { Format = integers ? NumberFormat.Int8 : Pick(random, s_floats), Storage = WeightStorage.Span, HasStride = random.Next(3) == 0 },
            X = new ActivationSpec { Format = integers ? Pick(random, NumberFormat.Int8, NumberFormat.UInt8) : Pick(random, s_floats), HasStride = random.Next(3) == 0 },
            Y = new OutputSpec { Format = integers ? NumberFormat.Int32 : NumberFormat.Float32, HasStride = random.Next(3) == 0 },
            Batch = new BatchSpec(Pick(random, BatchAddressing.Stride, BatchAddressing.Offsets, BatchAddressing.List, BatchAddressing.Addresses), beta),
            Epilogue = Enumerable.Range(0, random.Next(3)).Select(_ => integers ? Pick(random, Tpp.Relu, Tpp.Bias) : Pick(random, s_steps)).ToEquatableArray(),
        };
    }

    /// <summary>The same spec with some of its extents fixed.</summary>
    public static KernelSpec WithConstants(this KernelSpec spec, Random random, int rows, int depth, int columns) => spec with
    {
        Rows = new Extent(random.Next(2) * rows),
        Depth = new Extent(random.Next(2) * depth),
        Columns = new Extent(random.Next(2) * columns),
    };

    public static ReferenceOperands Operands(Random random, KernelSpec spec, int rows, int depth, int columns)
    {
        int groups = spec.Weights.Scale == Per.Group ? (depth + spec.Weights.ScaleGroup - 1) / spec.Weights.ScaleGroup : 1;
        int scales = spec.Weights.Scale switch { Per.Tensor => 1, Per.Row => rows, Per.Group => rows * groups, _ => 0 };
        NumberFormatRow format = NumberFormats.Get(spec.Weights.Format);
        double[]? zeros = spec.Weights.Asymmetric ? [.. Enumerable.Range(0, scales).Select(_ => (double)random.Next(format.Min, format.Max + 1))] : null;
        double[] weights = Values(random, spec.Weights.Format, rows * depth);
        bool[] stored = spec.Weights.Pattern.Transposed ? PackedLayouts.Turned(Stored(random, spec.Weights.Pattern with { Transposed = false }, depth, rows), depth, rows) : Stored(random, spec.Weights.Pattern, rows, depth);
        for (int i = 0; i < weights.Length; i++)
        {
            // A missing weight is a real zero: its integer is the zero point.
            int scale = spec.Weights.Scale switch { Per.Row => i / depth, Per.Group => i / depth * groups + i % depth / spec.Weights.ScaleGroup, _ => 0 };
            if (!stored[i]) weights[i] = zeros?[scale] ?? 0;
        }
        double[][] Chain(Tpp step, int length) => [.. spec.Epilogue.Where(s => s == step).Select(_ => Array.ConvertAll(Values(random, NumberFormat.Float32, length), v => spec.Y.Format == NumberFormat.Int32 ? Math.Round(v * 1e9) : v))];
        bool batch = spec.Operation == Operation.BatchReduceGemm, beta = spec.Batch is { HasBeta: true };
        int count = batch ? random.Next(4) : 0;
        return new ReferenceOperands
        {
            BatchCount = count,
            Beta = beta ? Pick(random, 0.0, 1.0, -0.75) : 0,
            InitialY = beta ? Values(random, NumberFormat.Float32, rows * columns) : null,
            BatchWeights = [.. Enumerable.Range(0, count).Select(_ => Values(random, spec.Weights.Format, rows * depth))],
            BatchX = [.. Enumerable.Range(0, count).Select(_ => Values(random, spec.X.Format, depth * columns))],
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = weights,
            X = Values(random, spec.X.Format, depth * columns),
            WeightScales = spec.Weights.Scale == Per.None ? null : Scales(random, scales),
            WeightZeroPoints = zeros,
            XScales = spec.X.Scale switch { Per.Tensor => Scales(random, 1), Per.Token => Scales(random, columns), _ => null },
            YScale = (float)(0.01 + random.NextDouble()),
            Biases = [.. Chain(Tpp.Bias, rows)],
            Residuals = [.. Chain(Tpp.Residual, rows * columns)],
            Multipliers = [.. Chain(Tpp.Multiply, rows * columns)],
        };
    }

    private static T Pick<T>(Random random, params T[] from) => from[random.Next(from.Length)];

    private static MatrixLayout Layout(Random random) => Pick(random, MatrixLayout.RowMajor, MatrixLayout.TokenMajor);

    private static double[] Scales(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (double)(float)(0.02 * (0.5 + random.NextDouble())))];

    private static double[] Values(Random random, NumberFormat format, int count)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        return [.. Enumerable.Range(0, count).Select(_ => row.IsInteger
            ? row.HasTable ? CodeTable.Of(format)[random.Next(CodeTable.Of(format).Length)] : random.Next(row.Min, row.Max + 1)
            : format switch { NumberFormat.Float16 => (double)(Half)(random.NextSingle() * 2 - 1), NumberFormat.BFloat16 => (float)(BFloat16)(random.NextSingle() * 2 - 1), _ => random.NextSingle() * 2 - 1 })];
    }

    private static bool[] Stored(Random random, PatternSpec pattern, int rows, int depth)
    {
        var stored = new bool[rows * depth];
        if (pattern.Kind == Pattern.Dense) Array.Fill(stored, true);
        for (int row = 0; row < rows && pattern.Kind != Pattern.Dense; row++)
        {
            double density = random.Next(4) == 0 ? 0 : random.NextDouble();
            int places = pattern.Kind == Pattern.Ell ? pattern.Width : depth;
            for (int k = 0; k < depth; k++)
            {
                if (pattern.Kind == Pattern.VectorRows && row % pattern.V > 0) stored[row * depth + k] = stored[(row - 1) * depth + k];
                else if (pattern.Kind == Pattern.Bsr && (row % pattern.BlockRows > 0 || k % pattern.BlockColumns > 0))
                    stored[row * depth + k] = row % pattern.BlockRows > 0 ? stored[(row - 1) * depth + k] : stored[row * depth + k - 1];
                else if (pattern.Kind != Pattern.NM) stored[row * depth + k] = random.NextDouble() < density && places-- > 0;
            }
            for (int group = 0; group < depth && pattern.Kind == Pattern.NM; group += pattern.M)
            {
                int[] within = [.. Enumerable.Range(group, Math.Min(pattern.M, depth - group))];
                random.Shuffle(within);
                bool first = row % pattern.VectorLength == 0;
                foreach (int k in first ? within.Take(pattern.N) : within.Where(k => stored[(row - 1) * depth + k])) stored[row * depth + k] = true;
            }
        }
        return stored;
    }
}
