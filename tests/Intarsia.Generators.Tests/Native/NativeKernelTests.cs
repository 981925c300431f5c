using System.Reflection;
using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Tests.Native;

/// <summary>Machine code in a process as it is: threads, a garbage collector that moves what kernels work on, and the switch.</summary>
public class NativeKernelTests
{
    private const string Source = """
        using System.Linq;
        using Intarsia;

        public static partial class Kernels
        {
            [Gemm(Rows = 70, Depth = 96)]
            static partial void Multiply([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

            public static string Tier => MultiplyKernel.Tier.ToString();

            public static string? Code => MultiplyKernel.NativeCode;

            [Gemm(Rows = 70, Depth = 97)]
            static partial void MultiplyBFloat16([Format(NumberFormat.BFloat16)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<BFloat16> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);

            public static string TierOfBFloat16 => MultiplyBFloat16Kernel.Tier.ToString();

            public static string? CodeOfBFloat16 => MultiplyBFloat16Kernel.NativeCode;

            /// <summary>The product of bfloat16 matrices given by their bits.</summary>
            public static float[] BFloat16s(ushort[] weights, ushort[] activations)
            {
                float[] y = new float[activations.Length / 97 * 70];
                PackedMatrix packed = PackedMatrix.Pack(Array.ConvertAll(weights, bits => (float)BFloat16.FromBits(bits)), 70, 97, MultiplyBFloat16Kernel.Weights!);
                MultiplyBFloat16(packed, Array.ConvertAll(activations, BFloat16.FromBits), y, activations.Length / 97);
                return y;
            }

            [Gemm(Rows = 3, Depth = 139808)]
            static partial void MultiplyDeep([Format(NumberFormat.Int4, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

            /// <summary>The product of three rows of one weight each with a token of one number: the extremes, where sums are widest.</summary>
            public static int[] Deep(sbyte[] weights, sbyte activation, int tokens)
            {
                sbyte[] w = [.. weights.SelectMany(weight => Enumerable.Repeat(weight, 139808))], x = new sbyte[tokens * 139808];
                Array.Fill(x, activation);
                int[] y = new int[3 * tokens];
                MultiplyDeep(PackedMatrix.Pack(w, 3, 139808, MultiplyDeepKernel.Weights!), x, y, tokens);
                return y;
            }

            /// <summary>Multiplies new arrays over and over; gives the number of wrong elements.</summary>
            public static int Wrong(int seed, int rounds)
            {
                const int Rows = 70, Depth = 96, Tokens = 37;
                var random = new Random(seed);
                sbyte[] w = new sbyte[Rows * Depth];
                for (int i = 0; i < w.Length; i++) w[i] = (sbyte)random.Next(-128, 128);
                PackedMatrix packed = PackedMatrix.Pack(w, Rows, Depth, MultiplyKernel.Weights!);
                int wrong = 0;
                for (int round = 0; round < rounds; round++)
                {
                    byte[] x = new byte[Tokens * Depth], garbage = new byte[random.Next(100, 5000)];
                    random.NextBytes(x);
                    int[] y = new int[Tokens * Rows];
                    Multiply(packed, x, y, Tokens);
                    GC.KeepAlive(garbage);
                    for (int token = 0; token < Tokens; token++)
                        for (int row = 0; row < Rows; row++)
                        {
                            int sum = 0;
                            for (int k = 0; k < Depth; k++) sum += w[row * Depth + k] * x[token * Depth + k];
                            if (y[token * Rows + row] != sum) wrong++;
                        }
                }
                return wrong;
            }
        }
        """;

    private static readonly Lazy<byte[]> Image = new(() =>
    {
        Outcome outcome = GeneratorHarness.Run(Source, new TestOptions(("IntarsiaTierList", "Avx512,Scalar")));
        using var image = new MemoryStream();
        Assert.Equal([], outcome.Compilation.Emit(image).Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return image.ToArray();
    });

    /// <summary>The deepest sums of fields of four bits that are multiplied sixteen times their value: 15·16·128 for half of the depth, a step short of 2³¹.</summary>
    [Theory]
    [InlineData(-128, 1)]
    [InlineData(127, 1)]
    [InlineData(-128, 3)]
    public void Kernel_OfOneColumn_AtTheExtremesOfItsDepth_IsExact(sbyte activation, int tokens)
    {
        sbyte[] weights = [7, -8, -1];
        int[] expected = [.. Enumerable.Range(0, tokens).SelectMany(_ => weights.Select(weight => weight * activation * 139808))];
        Assert.Equal(expected, (int[])Load().GetMethod("Deep")!.Invoke(null, [weights, activation, tokens])!);
    }

    [SkippableFact]
    public void Kernel_OnManyThreadsWhileMemoryMoves_IsExact()
    {
        Type kernels = Load();
        Skip.IfNot((string)Get(kernels, "Tier")! == nameof(Tier.Avx512Native), $"Machine code is {Get(kernels, "Code")}.");
        MethodInfo wrong = kernels.GetMethod("Wrong")!;
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
                // The kernels need time between collections to be surprised by the next.
                Thread.Sleep(1);
            }
        });
        collector.Start();
        int[] results = new int[4];
        Thread[] threads = [.. Enumerable.Range(0, results.Length).Select(i => new Thread(() => results[i] = (int)wrong.Invoke(null, [i, 40])!))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        stop.Cancel();
        collector.Join();

        Assert.All(results, result => Assert.Equal(0, result));
    }

    /// <summary>
    /// What the reference grants such kernels is what the processor does: subnormal elements and subnormal sums become zero, each product is added with one rounding, the second of a pair first
    /// (Intel SDM vol. 2C, VDPBF16PS).
    /// </summary>
    [SkippableTheory]
    [InlineData(-20, 20)]
    [InlineData(-64, -58)]
    [InlineData(-133, -110)]
    public void BFloat16Kernel_EveryBit_IsThatOfTheDefinition(int least, int most)
    {
        const int Rows = 70, Depth = 97, Tokens = 5;
        Type kernels = Load();
        Skip.IfNot((string)Get(kernels, "TierOfBFloat16")! == nameof(Tier.Avx512Native), $"Machine code is {Get(kernels, "CodeOfBFloat16")}.");
        var random = new Random(least);
        // Weights reach down to subnormal numbers with the exponents; activations bring the products of the last case back near the least normal number.
        ushort[] Draw(int count, int from, int to) => [.. Enumerable.Range(0, count).Select(_ => ((BFloat16)(float)Math.ScaleB(random.NextDouble() * 2 - 1, random.Next(from, to))).Bits)];
        ushort[] w = Draw(Rows * Depth, least, most), x = Draw(Tokens * Depth, Math.Max(least, -64), Math.Max(most, -2));

        float[] y = (float[])kernels.GetMethod("BFloat16s")!.Invoke(null, [w, x])!;

        int flushed = 0;
        for (int token = 0; token < Tokens; token++)
            for (int row = 0; row < Rows; row++)
            {
                float sum = 0;
                for (int pair = 0; pair < Depth; pair += 2)
                    for (int k = Math.Min(pair + 1, Depth - 1); k >= pair; k--)
                    {
                        float exact = MathF.FusedMultiplyAdd(Element(w[row * Depth + k]), Element(x[token * Depth + k]), sum);
                        sum = Flushed(exact);
                        if (sum != exact) flushed++;
                    }
                Assert.Equal(sum, y[token * Rows + row]);
            }
        Assert.Equal(least < -20, flushed > 0);

        static float Element(ushort bits) => Flushed((float)BFloat16.FromBits(bits));
        static float Flushed(float value) => float.IsSubnormal(value) ? 0 : value;
    }

    [Fact]
    public void Switch_Off_RunsTheManagedKernelAndSaysWhy()
    {
        AppContext.SetSwitch("Intarsia.Native", false);
        try
        {
            Type kernels = Load();
            Assert.NotEqual(nameof(Tier.Avx512Native), Get(kernels, "Tier"));
            Assert.Equal("not used: switched off by the AppContext switch Intarsia.Native", Get(kernels, "Code"));
            Assert.Equal(0, kernels.GetMethod("Wrong")!.Invoke(null, [7, 2]));
        }
        finally
        {
            AppContext.SetSwitch("Intarsia.Native", true);
        }
    }

    private static Type Load() => Assembly.Load(Image.Value).GetType("Kernels")!;

    private static object? Get(Type kernels, string property) => kernels.GetProperty(property)!.GetValue(null);
}
