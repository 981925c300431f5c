using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Bench.Measuring;

/// <summary>What the operating system is asked for: one core, the thread's own clock, and the native environment.</summary>
internal static unsafe partial class Machine
{
    private const int ThreadCpuClock = 3; // CLOCK_THREAD_CPUTIME_ID
    private const int EndedChildren = -1; // RUSAGE_CHILDREN

    /// <summary>Pins the calling thread, and every thread it starts from here on, to one core, or to several of which it is the last. False where the system does not know how.</summary>
    public static bool PinTo(int core, int count = 1)
    {
        if (!OperatingSystem.IsLinux()) return false;
        ulong* mask = stackalloc ulong[16];
        new Span<ulong>(mask, 16).Clear();
        for (int i = core - count + 1; i <= core; i++) mask[i / 64] |= 1UL << (i % 64);
        return SchedSetAffinity(0, 16 * sizeof(ulong), mask) == 0;
    }

    /// <summary>
    /// Sets a variable that native libraries read with <c>getenv</c>. <see cref="Environment.SetEnvironmentVariable(string, string?)"/> changes only the managed copy.
    /// A value that was there before is replaced: what the surroundings chose for a library is no fair peer.
    /// </summary>
    public static void SetNativeEnvironment(string name, string value)
    {
        if (OperatingSystem.IsLinux()) SetEnv(name, value, 1);
    }

    /// <summary>Called before any peer is loaded: one thread each, however many a call of ours has, and for OpenBLAS the AVX-512 kernels, which 0.3.21 does not choose on newer AMD cores.</summary>
    public static void PreparePeerEnvironment()
    {
        foreach (string name in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]) SetNativeEnvironment(name, "1");
        if (Avx512F.IsSupported) SetNativeEnvironment("OPENBLAS_CORETYPE", "SkylakeX");
    }

    /// <summary>Seconds of processor time this thread has had; a sample whose wall time is longer was interrupted.</summary>
    public static double ThreadSeconds()
    {
        if (!OperatingSystem.IsLinux()) return double.NaN;
        Timespec time;
        ClockGetTime(ThreadCpuClock, &time);
        return time.Seconds + 1e-9 * time.Nanoseconds;
    }

    /// <summary>Seconds of processor time that ended child processes have had, over all cores.</summary>
    public static double ChildSeconds()
    {
        if (!OperatingSystem.IsLinux()) return double.NaN;
        long* usage = stackalloc long[18]; // struct rusage: user and system time as seconds and microseconds, then counters
        return GetUsage(EndedChildren, usage) == 0 ? usage[0] + usage[2] + 1e-6 * (usage[1] + usage[3]) : double.NaN;
    }

    /// <summary>The processor's name as the system reports it.</summary>
    public static string ProcessorName()
    {
        const string Key = "model name";
        string file = "/proc/cpuinfo";
        if (!File.Exists(file)) return RuntimeInformation.ProcessArchitecture.ToString();
        string? line = File.ReadLines(file).FirstOrDefault(text => text.StartsWith(Key, StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 1)..].Trim();
    }

    /// <summary>Asks for huge pages behind an allocation; a refusal is no error.</summary>
    public static void AdviseHugePages(void* start, nuint bytes)
    {
        const int HugePage = 14; // MADV_HUGEPAGE
        if (OperatingSystem.IsLinux()) _ = Madvise(start, bytes, HugePage);
    }

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SchedSetAffinity(int thread, nuint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, Timespec* time);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long* usage);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* start, nuint bytes, int advice);
}
