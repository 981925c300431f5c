using System.Numerics;
using Intarsia.Compiler;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Products of butterfly factors: the reference against the dense matrices that the stages stand for, and plans, run by the interpreter, against the reference.</summary>
public class ButterflyPlanTests
{
    private static KernelSpec Spec(int rows, int depth, int blocks, bool decreasing) =>
        KernelName.Parse(FormattableString.Invariant($"butterfly_dense_f32span-f32-f32_r{rows}_d{depth}_cN")) with { Butterfly = new ButterflySpec(blocks, decreasing) };

    /// <summary>The n×n matrix of a stage, element by element, as the definition has it.</summary>
    private static double[,] Dense(int n, int stride, ReadOnlySpan<double> factors)
    {
        var matrix = new double[n, n];
        for (int row = 0; row < n; row++)
        {
            int q = row / (2 * stride), i = row / stride % 2, r = row % stride;
            for (int l = 0; l < 2; l++) matrix[row, (2 * q + l) * stride + r] = factors[((q * stride + r) * 2 + i) * 2 + l];
        }
        return matrix;
    }

    [Theory]
    [InlineData(2, 2, 1, false)]
    [InlineData(4, 4, 1, true)]
    [InlineData(8, 8, 2, false)]
    [InlineData(16, 16, 3, true)]
    [InlineData(64, 64, 1, true)]
    [InlineData(70, 24, 2, true)]
    [InlineData(5, 33, 1, false)]
    [InlineData(129, 100, 1, false)]
    public void Reference_AnyProduct_IsThatOfTheDenseMatricesOfItsStages(int rows, int depth, int blocks, bool decreasing)
    {
        KernelSpec spec = Spec(rows, depth, blocks, decreasing);
        Assert.True(KernelRules.IsValid(spec), string.Join('\n', KernelRules.Check(spec)));
        var random = new Random(rows + depth);
        int n = 2, stages = 1;
        for (; n < depth; n *= 2) stages++;
        int stacks = (rows + n - 1) / n;
        double[] factors = PlanRuns.Values(random, stacks * blocks * stages * 2 * n), x = PlanRuns.Values(random, depth * 2);

        ReferenceResult result = SpecReference.Execute(spec, new ReferenceOperands { Rows = rows, Depth = depth, Columns = 2, Weights = factors, X = x });

        for (int stack = 0; stack < stacks; stack++)
        {
            for (int column = 0; column < 2; column++)
            {
                double[] expected = [.. Enumerable.Range(0, n).Select(k => k < depth ? x[k * 2 + column] : 0)];
                for (int stage = 0; stage < blocks * stages; stage++)
                {
                    bool falls = decreasing == (stage / stages % 2 == 0);
                    int stride = 1 << (falls ? stages - 1 - stage % stages : stage % stages);
                    double[,] matrix = Dense(n, stride, factors.AsSpan((stack * blocks * stages + stage) * 2 * n, 2 * n));
                    expected = [.. Enumerable.Range(0, n).Select(row => Enumerable.Range(0, n).Sum(k => matrix[row, k] * expected[k]))];
                }
                for (int row = 0; row < n && stack * n + row < rows; row++) Assert.Equal(expected[row], result.Y[(stack * n + row) * 2 + column], 1e-9);
            }
        }
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_RandomProducts_MeetTheReference(int seed)
    {
        var random = new Random(seed);
        T Pick<T>(params T[] from) => from[random.Next(from.Length)];
        NumberFormat Float() => Pick(NumberFormat.Float32, NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16);
        for (int draw = 0; draw < 6; draw++)
        {
            int depth = Pick(2, 3, 8, 16, 33, 100, 128), rows = Pick(1, depth, depth, 40, 129), columns = random.Next(50);
            bool bytes = random.Next(4) == 0;
            KernelSpec spec = Spec(rows, depth, Pick(1, 1, 2, 3), random.Next(2) == 0);
            bool complex = depth > 2 && random.Next(3) == 0;
            if (complex) (rows, depth) = (2 * ((rows + 1) / 2), 2 * ((depth + 1) / 2));
            spec = spec with
            {
                Rows = new Extent(rows),
                Depth = new Extent(depth),
                Butterfly = spec.Butterfly! with { Complex = complex },
                Columns = new Extent(random.Next(2) * columns),
                Weights = spec.Weights with { Format = Float() },
                X = new ActivationSpec { Format = Float(), Layout = Pick(MatrixLayout.RowMajor, MatrixLayout.TokenMajor), HasStride = random.Next(3) == 0 },
                Y = new OutputSpec { Format = bytes ? NumberFormat.Int8 : Float(), Layout = Pick(MatrixLayout.RowMajor, MatrixLayout.TokenMajor), HasStride = random.Next(3) == 0 },
                Epilogue = bytes ? EquatableArray.Of(Tpp.Relu, Tpp.Requantise) : random.Next(2) == 0 ? EquatableArray.Of(Tpp.Bias, Tpp.Gelu, Tpp.Residual) : default,
            };
            Assert.True(KernelRules.IsValid(spec), $"{spec}: {string.Join('\n', KernelRules.Check(spec))}");
            Assert.Equal(spec, KernelName.Parse(KernelName.Of(spec)));
            bool chain = spec.Epilogue.Contains(Tpp.Bias);
            var operands = new ReferenceOperands
            {
                Rows = rows,
                Depth = depth,
                Columns = columns,
                Weights = PlanRuns.Values(random, (int)spec.Butterfly!.Count(rows, depth)),
                X = PlanRuns.Values(random, depth * columns),
                YScale = 0.03125,
                Biases = chain ? [PlanRuns.Values(random, rows)] : [],
                Residuals = chain ? [PlanRuns.Values(random, rows * columns)] : [],
            };
            PlanRuns.AssertMeetReference(spec, operands, random, $"{columns} columns");
        }
    }

    [Theory]
    [InlineData(256, 1, true)]
    [InlineData(512, 2, false)]
    [InlineData(1024, 1, false)]
    [InlineData(4096, 1, true)]
    public void Plan_ManyStages_RunInPiecesAndMeetTheReference(int n, int blocks, bool decreasing)
    {
        KernelSpec spec = Spec(n, n, blocks, decreasing);
        var random = new Random(n);
        var operands = new ReferenceOperands { Rows = n, Depth = n, Columns = 1, Weights = PlanRuns.Values(random, (int)spec.Butterfly!.Count(n, n)), X = PlanRuns.Values(random, n) };

        double[] y = PlanInterpreter.Run(spec, Tier.Vector128, operands);

        Assert.Null(SpecReference.Execute(spec, operands).FirstMismatch<double>(y));
        Assert.Equal(n > 512, TilePrinter.Print(TilePlanner.Plan(spec, Tier.Vector128).Program).Contains("for piece in", StringComparison.Ordinal));
    }

    /// <summary>Stages of falling strides with [[1, 1], [w, −w]] are a Fourier transform whose results come out in bit-reversed order.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(128)]
    public void Reference_FourierFactors_GiveTheTransform(int n)
    {
        KernelSpec spec = Spec(2 * n, 2 * n, 1, true);
        spec = spec with { Butterfly = spec.Butterfly! with { Complex = true } };
        var random = new Random(n);
        double[] x = PlanRuns.Values(random, 2 * n), factors = [.. ButterflyFactors.Fourier(n).Select(number => (double)number)];
        var operands = new ReferenceOperands { Rows = 2 * n, Depth = 2 * n, Columns = 1, Weights = factors, X = x };

        double[] y = SpecReference.Execute(spec, operands).Y;

        int[] order = ButterflyFactors.BitReversal(n);
        for (int f = 0; f < n; f++)
        {
            Complex expected = 0;
            for (int k = 0; k < n; k++) expected += new Complex(x[2 * k], x[2 * k + 1]) * Complex.FromPolarCoordinates(1, -2 * Math.PI * f * k / n);
            Assert.Equal(expected.Real, y[2 * order[f]], 1e-5 * n);
            Assert.Equal(expected.Imaginary, y[2 * order[f] + 1], 1e-5 * n);
        }
        Assert.Null(SpecReference.Execute(spec, operands).FirstMismatch<double>(PlanInterpreter.Run(spec, Tier.Avx2, operands)));
    }

    /// <summary>The way back: with the factors of the transpose, the kernel of a product makes the gradient of its X, stack by stack, of that of its Y.</summary>
    [Theory]
    [InlineData(16, 16, 1, false)]
    [InlineData(32, 32, 2, true)]
    [InlineData(11, 13, 3, false)]
    [InlineData(40, 13, 2, false)]
    public void Plan_FactorsOfTheTranspose_GivesTheGradientOfX(int rows, int depth, int blocks, bool decreasing)
    {
        const int columns = 5;
        var random = new Random(rows);
        int n = ButterflyFactors.Length(depth), each = ButterflyFactors.Count(n, depth, blocks);
        // Small integers, so that every order of the sums is exact.
        float[] factors = [.. Enumerable.Range(0, ButterflyFactors.Count(rows, depth, blocks)).Select(_ => (float)random.Next(-1, 2))], transposed = ButterflyFactors.Transpose(factors, rows, depth, blocks);
        float[] dense = ButterflyFactors.ToDense(factors, rows, depth, blocks, decreasing);
        double[] gradient = [.. Enumerable.Range(0, rows * columns).Select(_ => (double)random.Next(-3, 4))], found = new double[depth * columns];

        KernelSpec spec = Spec(depth, n, blocks, ButterflyFactors.IsTransposeDecreasing(blocks, decreasing));
        for (int stack = 0; stack * n < rows; stack++)
        {
            double[] part = [.. gradient.Skip(stack * n * columns).Take(n * columns)];
            Array.Resize(ref part, n * columns);
            var operands = new ReferenceOperands { Rows = depth, Depth = n, Columns = columns, Weights = [.. transposed.Skip(stack * each).Take(each).Select(factor => (double)factor)], X = part };
            double[] back = PlanInterpreter.Run(spec, Tier.Avx2, operands);
            for (int i = 0; i < found.Length; i++) found[i] += back[i];
        }

        Assert.Contains(found, number => number != 0);
        for (int k = 0; k < depth; k++)
            for (int column = 0; column < columns; column++)
                Assert.Equal(Enumerable.Range(0, rows).Sum(row => dense[row * depth + k] * gradient[row * columns + column]), found[k * columns + column]);
    }

    /// <summary>A butterfly product is worth its number of stages: whoever leaves one out, or takes the factors of another, is found out.</summary>
    [Theory]
    [InlineData("butterfly_dense_f32span-f32-f32_r16_d16_cN", "butterfly_dense_f32span-f32-f32_r16_d16_cN_decreasing")]
    public void Plan_OtherOrderOfStrides_MissesTheReference(string name, string other)
    {
        var random = new Random(3);
        var operands = new ReferenceOperands { Rows = 16, Depth = 16, Columns = 3, Weights = PlanRuns.Values(random, 4 * 32), X = PlanRuns.Values(random, 48) };

        Assert.NotNull(SpecReference.Execute(KernelName.Parse(name), operands).FirstMismatch<double>(PlanInterpreter.Run(KernelName.Parse(other), Tier.Avx2, operands)));
    }
}
