using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Measuring;

/// <summary>A limit of the machine that a case is compared with.</summary>
internal enum Ceiling
{
    /// <summary>32-bit fused multiply-adds of the widest vectors.</summary>
    Fma,

    /// <summary>The same on 256-bit vectors.</summary>
    Fma256,

    /// <summary>8-bit integer dot products of the widest vectors.</summary>
    Int8Dot,

    /// <summary>The same on 256-bit vectors.</summary>
    Int8Dot256,

    /// <summary>bfloat16 dot products.</summary>
    BFloat16Dot,

    /// <summary>Reading from the first-level cache.</summary>
    ReadL1,

    /// <summary>Reading from the second-level cache.</summary>
    ReadL2,

    /// <summary>Reading from the third-level cache.</summary>
    ReadL3,

    /// <summary>Reading from memory.</summary>
    ReadMemory,
}

/// <summary>
/// The loops that measure the ceilings. An arithmetic loop counts in a round only if the instructions that it issued per clock, which is measured beside it by a chain of dependent
/// additions, are those that it issues here when nothing disturbs it: cores differ in that (one or two 512-bit multiply-adds a clock), so the machine's own best rounds say it.
/// </summary>
internal sealed unsafe class Ceilings(PeerSet peers, int threads = 1) : IDisposable
{
    private const double IssueTolerance = 0.025;

    /// <summary>The round that stands for an undisturbed one, counted from the slowest; above it are those whose clock, not whose loop, was disturbed.</summary>
    private const double Undisturbed = 0.9;
    private const int ClockSteps = 400_000;
    private const int FmaSteps = 4096;

    /// <summary>Bytes of the second-level cache, the largest that a core has to itself.</summary>
    private const int OwnCache = 1 << 20;
    private readonly List<NativeBuffer<float>> buffers = [];
    private readonly PeerLibrary? native = peers.Find("ceilings");

    /// <summary>The clock: one dependent addition a cycle.</summary>
    public static Contender Clock { get; } = new("clock", ClockSteps, repeat => { for (long i = 0; i < repeat; i++) Sink += DependentAdditions(ClockSteps, 3, 5); });

    private static long Sink;

    public static bool IsBandwidth(Ceiling ceiling) => ceiling >= Ceiling.ReadL1;

    /// <summary>The loop for a ceiling with its work in operations or bytes, and how many instructions one time issues; null where this machine cannot measure it.</summary>
    public (Contender Loop, double Instructions)? Loop(Ceiling ceiling) => ceiling switch
    {
        Ceiling.Fma when Vector512.IsHardwareAccelerated => Managed("fma 512", 16, 16, &Fma512),
        Ceiling.Fma or Ceiling.Fma256 when Vector256.IsHardwareAccelerated => Managed("fma 256", 12, 8, &Fma256),
        Ceiling.Fma when Vector128.IsHardwareAccelerated => Managed("fma 128", 12, 4, &Fma128),
        Ceiling.Int8Dot when Avx512F.IsSupported && native is not null => Native("int8 dot 512", "int8_dot_zmm_create", 128),
        Ceiling.Int8Dot or Ceiling.Int8Dot256 when AvxVnni.IsSupported => Managed("int8 dot 256", 12, 32, &Dot256),
        Ceiling.BFloat16Dot when Avx512F.IsSupported && native is not null => Native("bf16 dot 512", "bf16_dot_zmm_create", 64),
        Ceiling.ReadL1 => Read("read L1", 16 << 10),
        Ceiling.ReadL2 => Read("read L2", 384 << 10),
        Ceiling.ReadL3 => Read("read L3", 10 << 20),
        Ceiling.ReadMemory => Read("read memory", 640 << 20),
        _ => null,
    };

    /// <summary>The ceiling from rounds of its loop and the clock; bandwidths count as they are.</summary>
    public static double Evaluate(Samples loop, Samples clock, double instructions)
    {
        if (instructions == 0) return loop.Median;
        double[] issue = [.. loop.Rounds.Zip(clock.Rounds, (round, beside) => round.Rate / beside.Rate)];
        double best = issue.Order().ElementAt((int)(Undisturbed * (issue.Length - 1)));
        return Samples.MedianOf(loop.Rounds.Where((_, index) => Math.Abs(issue[index] - best) <= IssueTolerance * best).Select(round => round.Rate));
    }

    public void Dispose()
    {
        foreach (NativeBuffer<float> buffer in buffers) buffer.Dispose();
    }

    private (Contender, double) Managed(string name, int chains, int lanes, delegate*<int, float> loop)
    {
        var address = (nint)loop;
        double instructions = (double)chains * FmaSteps;
        return (new Contender(name, 2 * lanes * instructions * threads, repeat => Team.Run(threads, _ =>
        {
            var call = (delegate*<int, float>)address;
            long sum = 0;
            for (long i = 0; i < repeat; i++) sum += (long)call(FmaSteps);
            Sink += sum;
        })), instructions * threads);
    }

    private (Contender, double)? Native(string name, string entry, int operations)
    {
        if (native!.Ceiling(entry) is not { } plan) return null;
        return (new Contender(name, operations * (double)native.CeilingInstructions * threads, repeat => Team.Run(threads, _ => plan.Run(repeat))), native.CeilingInstructions * threads);
    }

    private (Contender, double) Read(string name, int bytes)
    {
        var buffer = new NativeBuffer<float>(bytes / sizeof(float));
        buffers.Add(buffer);
        buffer.Span.Fill(1);

        // Several threads divide what they share; a cache of one's own each has whole.
        bool shared = bytes > OwnCache;
        int length = shared ? (int)buffer.Length / threads : (int)buffer.Length;
        return (new Contender(name, shared ? bytes : (double)bytes * threads, repeat => Team.Run(threads, thread =>
        {
            long sum = 0;
            for (long i = 0; i < repeat; i++) sum += (long)Sum(buffer.Pointer + (shared ? thread * length : 0), length);
            Sink += sum;
        })), 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static long DependentAdditions(int steps, long a, long b)
    {
        long x = a;
        for (int i = 0; i < steps; i += 16)
        {
            x = (x + a) ^ b; x = (x + a) ^ b; x = (x + a) ^ b; x = (x + a) ^ b;
            x = (x + a) ^ b; x = (x + a) ^ b; x = (x + a) ^ b; x = (x + a) ^ b;
        }
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Sum(float* data, int length)
    {
        var s0 = Vector512<float>.Zero; var s1 = s0; var s2 = s0; var s3 = s0; var s4 = s0; var s5 = s0; var s6 = s0; var s7 = s0;
        for (int i = 0; i <= length - 128; i += 128)
        {
            float* p = data + i;
            s0 += Vector512.Load(p); s1 += Vector512.Load(p + 16); s2 += Vector512.Load(p + 32); s3 += Vector512.Load(p + 48);
            s4 += Vector512.Load(p + 64); s5 += Vector512.Load(p + 80); s6 += Vector512.Load(p + 96); s7 += Vector512.Load(p + 112);
        }
        return Vector512.Sum(s0 + s1 + s2 + s3 + (s4 + s5 + s6 + s7));
    }

    // Twelve or sixteen independent chains: more than latency times issue width, fewer than the registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Fma512(int steps)
    {
        var a = Vector512.Create((float)(steps & 1));
        var c0 = Vector512<float>.Zero; var c1 = Vector512<float>.Zero; var c2 = Vector512<float>.Zero; var c3 = Vector512<float>.Zero;
        var c4 = Vector512<float>.Zero; var c5 = Vector512<float>.Zero; var c6 = Vector512<float>.Zero; var c7 = Vector512<float>.Zero;
        var c8 = Vector512<float>.Zero; var c9 = Vector512<float>.Zero; var c10 = Vector512<float>.Zero; var c11 = Vector512<float>.Zero;
        var c12 = Vector512<float>.Zero; var c13 = Vector512<float>.Zero; var c14 = Vector512<float>.Zero; var c15 = Vector512<float>.Zero;
        for (int i = 0; i < steps; i++)
        {
            c0 = Vector512.FusedMultiplyAdd(a, a, c0); c1 = Vector512.FusedMultiplyAdd(a, a, c1);
            c2 = Vector512.FusedMultiplyAdd(a, a, c2); c3 = Vector512.FusedMultiplyAdd(a, a, c3);
            c4 = Vector512.FusedMultiplyAdd(a, a, c4); c5 = Vector512.FusedMultiplyAdd(a, a, c5);
            c6 = Vector512.FusedMultiplyAdd(a, a, c6); c7 = Vector512.FusedMultiplyAdd(a, a, c7);
            c8 = Vector512.FusedMultiplyAdd(a, a, c8); c9 = Vector512.FusedMultiplyAdd(a, a, c9);
            c10 = Vector512.FusedMultiplyAdd(a, a, c10); c11 = Vector512.FusedMultiplyAdd(a, a, c11);
            c12 = Vector512.FusedMultiplyAdd(a, a, c12); c13 = Vector512.FusedMultiplyAdd(a, a, c13);
            c14 = Vector512.FusedMultiplyAdd(a, a, c14); c15 = Vector512.FusedMultiplyAdd(a, a, c15);
        }
        return Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11 + c12 + c13 + c14 + c15);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Fma256(int steps)
    {
        var a = Vector256.Create((float)(steps & 1));
        var c0 = Vector256<float>.Zero; var c1 = Vector256<float>.Zero; var c2 = Vector256<float>.Zero; var c3 = Vector256<float>.Zero;
        var c4 = Vector256<float>.Zero; var c5 = Vector256<float>.Zero; var c6 = Vector256<float>.Zero; var c7 = Vector256<float>.Zero;
        var c8 = Vector256<float>.Zero; var c9 = Vector256<float>.Zero; var c10 = Vector256<float>.Zero; var c11 = Vector256<float>.Zero;
        for (int i = 0; i < steps; i++)
        {
            c0 = Vector256.FusedMultiplyAdd(a, a, c0); c1 = Vector256.FusedMultiplyAdd(a, a, c1);
            c2 = Vector256.FusedMultiplyAdd(a, a, c2); c3 = Vector256.FusedMultiplyAdd(a, a, c3);
            c4 = Vector256.FusedMultiplyAdd(a, a, c4); c5 = Vector256.FusedMultiplyAdd(a, a, c5);
            c6 = Vector256.FusedMultiplyAdd(a, a, c6); c7 = Vector256.FusedMultiplyAdd(a, a, c7);
            c8 = Vector256.FusedMultiplyAdd(a, a, c8); c9 = Vector256.FusedMultiplyAdd(a, a, c9);
            c10 = Vector256.FusedMultiplyAdd(a, a, c10); c11 = Vector256.FusedMultiplyAdd(a, a, c11);
        }
        return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Fma128(int steps)
    {
        var a = Vector128.Create((float)(steps & 1));
        var c0 = Vector128<float>.Zero; var c1 = Vector128<float>.Zero; var c2 = Vector128<float>.Zero; var c3 = Vector128<float>.Zero;
        var c4 = Vector128<float>.Zero; var c5 = Vector128<float>.Zero; var c6 = Vector128<float>.Zero; var c7 = Vector128<float>.Zero;
        var c8 = Vector128<float>.Zero; var c9 = Vector128<float>.Zero; var c10 = Vector128<float>.Zero; var c11 = Vector128<float>.Zero;
        for (int i = 0; i < steps; i++)
        {
            c0 = Vector128.FusedMultiplyAdd(a, a, c0); c1 = Vector128.FusedMultiplyAdd(a, a, c1);
            c2 = Vector128.FusedMultiplyAdd(a, a, c2); c3 = Vector128.FusedMultiplyAdd(a, a, c3);
            c4 = Vector128.FusedMultiplyAdd(a, a, c4); c5 = Vector128.FusedMultiplyAdd(a, a, c5);
            c6 = Vector128.FusedMultiplyAdd(a, a, c6); c7 = Vector128.FusedMultiplyAdd(a, a, c7);
            c8 = Vector128.FusedMultiplyAdd(a, a, c8); c9 = Vector128.FusedMultiplyAdd(a, a, c9);
            c10 = Vector128.FusedMultiplyAdd(a, a, c10); c11 = Vector128.FusedMultiplyAdd(a, a, c11);
        }
        return Vector128.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Dot256(int steps)
    {
        var a = Vector256.Create((byte)(steps & 1));
        var c0 = Vector256<int>.Zero; var c1 = Vector256<int>.Zero; var c2 = Vector256<int>.Zero; var c3 = Vector256<int>.Zero;
        var c4 = Vector256<int>.Zero; var c5 = Vector256<int>.Zero; var c6 = Vector256<int>.Zero; var c7 = Vector256<int>.Zero;
        var c8 = Vector256<int>.Zero; var c9 = Vector256<int>.Zero; var c10 = Vector256<int>.Zero; var c11 = Vector256<int>.Zero;
        for (int i = 0; i < steps; i++)
        {
            c0 = AvxVnni.MultiplyWideningAndAdd(c0, a.AsByte(), a.AsSByte()); c1 = AvxVnni.MultiplyWideningAndAdd(c1, a.AsByte(), a.AsSByte());
            c2 = AvxVnni.MultiplyWideningAndAdd(c2, a.AsByte(), a.AsSByte()); c3 = AvxVnni.MultiplyWideningAndAdd(c3, a.AsByte(), a.AsSByte());
            c4 = AvxVnni.MultiplyWideningAndAdd(c4, a.AsByte(), a.AsSByte()); c5 = AvxVnni.MultiplyWideningAndAdd(c5, a.AsByte(), a.AsSByte());
            c6 = AvxVnni.MultiplyWideningAndAdd(c6, a.AsByte(), a.AsSByte()); c7 = AvxVnni.MultiplyWideningAndAdd(c7, a.AsByte(), a.AsSByte());
            c8 = AvxVnni.MultiplyWideningAndAdd(c8, a.AsByte(), a.AsSByte()); c9 = AvxVnni.MultiplyWideningAndAdd(c9, a.AsByte(), a.AsSByte());
            c10 = AvxVnni.MultiplyWideningAndAdd(c10, a.AsByte(), a.AsSByte()); c11 = AvxVnni.MultiplyWideningAndAdd(c11, a.AsByte(), a.AsSByte());
        }
        return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }
}
