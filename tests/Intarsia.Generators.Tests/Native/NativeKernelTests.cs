using System.Reflection;
using Intarsia.Generators.Tests.Harness;

namespace Intarsia.Generators.Tests.Native;

/// <summary>Machine code in a process as it is: threads, a garbage collector that moves what kernels work on, and the switch.</summary>
public class NativeKernelTests
{
    private const string Source = """
        using Intarsia;

        public static partial class Kernels
        {
            [Gemm(Rows = 70, Depth = 96)]
            static partial void Multiply([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);

            public static string Tier => MultiplyKernel.Tier.ToString();

            public static string? Code => MultiplyKernel.NativeCode;

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
        Assert.True(outcome.Compilation.Emit(image).Success);
        return image.ToArray();
    });

    [SkippableFact]
    public void Kernel_OnManyThreadsWhileMemoryMoves_IsExact()
    {
        Type kernels = Load();
        Skip.IfNot((string)Get(kernels, "Tier")! == nameof(Tier.Avx512Native), $"Machine code is {Get(kernels, "Code")}.");
        MethodInfo wrong = kernels.GetMethod("Wrong")!;
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested) GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        });
        collector.Start();
        int[] results = new int[4];
        Thread[] threads = [.. Enumerable.Range(0, results.Length).Select(i => new Thread(() => results[i] = (int)wrong.Invoke(null, [i, 150])!))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        stop.Cancel();
        collector.Join();

        Assert.All(results, result => Assert.Equal(0, result));
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
