using System.Globalization;
using System.Reflection;
using System.Text;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Running;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>
/// Two layers, of which the second reads as X the very words that the first wrote as Y (APNN-TC; Feng et al., SC'21, section 4), for every number of planes of the weights and of what lies between, against sums of 64 bits
/// over the integers. Extents are ragged: no layer fills its last word.
/// </summary>
public sealed class PackedPlanesChainTests : IClassFixture<PackedPlanesChainTests.Compiled>
{
    private const int Tokens = 19, Depth = 45, Hidden = 77, Rows = 21;

    private readonly Compiled _compiled;

    public PackedPlanesChainTests(Compiled compiled) => _compiled = compiled;

    public static TheoryData<int> AllPlanes => [.. Enumerable.Range(1, 8)];

    [Theory]
    [MemberData(nameof(AllPlanes))]
    public void TwoLayers_OfEveryNumberOfPlanes_AreExact(int p)
    {
        for (int q = 1; q <= 8; q++)
        {
            (NumberFormat weights, NumberFormat between) = Formats(p, q);
            var random = new Random(8 * p + q);
            int[] first = Numbers(random, weights, Hidden * Depth), second = Numbers(random, weights, Rows * Hidden), x = Numbers(random, between, Tokens * Depth);
            long[] sums = Product(first, x, Hidden, Depth);
            // A power of two that leaves most sums within the range, and some beyond it: every step of the chain is exact.
            float scale = MathF.Pow(2, MathF.Round(MathF.Log2((float)Math.Sqrt(sums.Average(sum => (double)sum * sum)) / NumberFormats.Get(between).Max)));
            int[] hidden = [.. sums.Select(sum => Nearest(sum / (double)scale, between))];

            uint[] packed = new uint[PackedPlanes.Length(between, Tokens, Depth)], words = new uint[PackedPlanes.Length(between, Tokens, Hidden)];
            PackedPlanes.Pack<int>(between, x, Tokens, Depth, packed);
            var y = new int[Tokens * Rows];
            _compiled.Call(p, q, Pack(first, Hidden, Depth, weights), Pack(second, Rows, Hidden, weights), packed, words, y, Tokens, scale);

            var found = new int[Tokens * Hidden];
            PackedPlanes.Unpack<int>(between, words, Tokens, Hidden, found);
            Assert.Equal(hidden, found);
            // Bits behind the last element of a token are 0.
            Assert.Equal(0u, LastWords(words, q) >> Hidden % 32);
            Assert.Equal([.. Product(second, hidden, Rows, Hidden)], Array.ConvertAll(y, value => (long)value));
        }
    }

    /// <summary>Signs and bits of each in turn, so that every pair of kinds meets every number of planes of either.</summary>
    private static (NumberFormat Weights, NumberFormat Between) Formats(int p, int q) =>
        ((p + q) % 2 == 0 ? NumberFormat.Planes1 + (p - 1) : NumberFormat.SignPlanes1 + (p - 1), q % 4 < 2 ? NumberFormat.Planes1 + (q - 1) : NumberFormat.SignPlanes1 + (q - 1));

    private static uint LastWords(uint[] words, int planes)
    {
        int line = (Hidden + 31) / 32 * planes;
        uint bits = 0;
        for (int token = 0; token < Tokens; token++)
            for (int plane = 0; plane < planes; plane++) bits |= words[(token + 1) * line - planes + plane];
        return bits;
    }

    private static int Nearest(double quotient, NumberFormat format)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        (int times, int least) = row.HasSignPlanes ? (2, row.Min) : (1, 0);
        return times * (int)Math.Clamp(Math.Round((quotient - least) / times, MidpointRounding.ToEven), 0, (1 << row.BitPlanes) - 1) + least;
    }

    /// <summary>tokens × rows.</summary>
    private static long[] Product(int[] weights, int[] x, int rows, int depth) =>
        [.. from token in Enumerable.Range(0, Tokens) from row in Enumerable.Range(0, rows) select Enumerable.Range(0, depth).Sum(k => (long)weights[row * depth + k] * x[token * depth + k])];

    private static int[] Numbers(Random random, NumberFormat format, int count)
    {
        NumberFormatRow row = NumberFormats.Get(format);
        int step = row.HasSignPlanes ? 2 : 1;
        return [.. Enumerable.Range(0, count).Select(_ => row.Min + step * random.Next((row.Max - row.Min) / step + 1))];
    }

    private static PackedMatrix Pack(int[] weights, int rows, int depth, NumberFormat format) => PackedMatrix.Pack(weights, rows, depth, new WeightLayout(Pattern.Dense, format));

    /// <summary>The 64 networks in one assembly.</summary>
    public sealed class Compiled
    {
        private readonly Assembly _assembly;

        public Compiled()
        {
            var text = new StringBuilder("using System;\nusing Intarsia;\npublic static partial class Networks\n{\n");
            for (int p = 1; p <= 8; p++)
            {
                for (int q = 1; q <= 8; q++)
                {
                    (NumberFormat weights, NumberFormat between) = Formats(p, q);
                    string w = $"[Format(NumberFormat.{weights}, Scale = Per.None)] PackedMatrix w", x = $"[Format(NumberFormat.{between}), Layout(MatrixLayout.BitPlanes)] ReadOnlySpan<uint> x";
                    text.Append(CultureInfo.InvariantCulture, $$"""
                            [Gemm, Epilogue(Tpp.Dequantise, Tpp.Requantise)]
                            public static partial void First{{p}}{{q}}({{w}}, {{x}}, [Format(NumberFormat.{{between}}), Layout(MatrixLayout.BitPlanes)] Span<uint> y, float yScale, int tokens);
                            [Gemm]
                            public static partial void Second{{p}}{{q}}({{w}}, {{x}}, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);
                            public static void Both{{p}}{{q}}(PackedMatrix first, PackedMatrix second, uint[] x, uint[] hidden, int[] y, int tokens, float scale)
                            {
                                First{{p}}{{q}}(first, x, hidden, scale, tokens);
                                Second{{p}}{{q}}(second, hidden, y, tokens);
                            }

                        """);
                }
            }
            using var stream = new MemoryStream();
            new SpaceCompiler().Compile("Networks", [("Networks.cs", text.Append("}\n").ToString())]).Write(stream);
            _assembly = Assembly.Load(stream.ToArray());
        }

        public void Call(int p, int q, PackedMatrix first, PackedMatrix second, uint[] x, uint[] hidden, int[] y, int tokens, float scale) =>
            _assembly.GetType("Networks")!.GetMethod(FormattableString.Invariant($"Both{p}{q}"))!
                .CreateDelegate<Action<PackedMatrix, PackedMatrix, uint[], uint[], int[], int, float>>()(first, second, x, hidden, y, tokens, scale);
    }
}
