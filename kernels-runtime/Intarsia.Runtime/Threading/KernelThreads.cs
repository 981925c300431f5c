using System.Globalization;

namespace Intarsia;

/// <summary>
/// How many threads a kernel may use. Kernels run on the thread that calls them and on a pool of the library's own, which starts with the first call that has work for two threads. The number of threads never changes
/// a result, not by a bit.
/// </summary>
/// <remarks>
/// The degree of a call is the smallest of: the <see cref="Use"/> scope around it or else <see cref="MaxDegree"/>; what the kernel's <see cref="ThreadsAttribute"/> says; and one thread for each half of
/// <see cref="MinimumWork"/>. A call that finds the pool at work for another one runs alone on its own thread: where many threads call kernels, each of them is busy already. See docs/threading.md.
/// </remarks>
public static class KernelThreads
{
    /// <summary>The most threads that can be asked for.</summary>
    public const int Limit = 1024;

    /// <summary>The setting of <c>runtimeconfig.json</c> (<c>AppContext</c>) that gives <see cref="MaxDegree"/>.</summary>
    public const string Setting = "Intarsia.MaxThreads";

    /// <summary>The environment variable that does, and comes first.</summary>
    public const string Variable = "INTARSIA_NUM_THREADS";

    private static int _maxDegree = Initial(Environment.GetEnvironmentVariable(Variable), AppContext.GetData(Setting), Environment.ProcessorCount);
    private static long _minimumWork = 1 << 20;

    [ThreadStatic]
    private static int _scope;

    /// <summary>
    /// Threads that a call may use where nothing else says so, the calling one included. By default as many as the process has processors (its affinity and the quota of its container counted): what BLAS libraries do.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not 1 to <see cref="Limit"/>.</exception>
    public static int MaxDegree
    {
        get => Volatile.Read(ref _maxDegree);
        set => Volatile.Write(ref _maxDegree, Checked(value, nameof(value)));
    }

    /// <summary>
    /// Work below which a call stays on its own thread, in multiply-adds or what takes as long; 2²⁰ by default, some ten microseconds. Lower values pay only where calls follow each other so closely that the pool's threads
    /// are still awake.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static long MinimumWork
    {
        get => Volatile.Read(ref _minimumWork);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Volatile.Write(ref _minimumWork, value);
        }
    }

    /// <summary>Gives the calls of this thread a degree of their own, until the scope that it returns is disposed of: <c>using (KernelThreads.Use(1)) …</c>. Scopes nest; nothing is allocated.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The degree is not 1 to <see cref="Limit"/>.</exception>
    public static Scope Use(int degree)
    {
        int before = _scope;
        _scope = Checked(degree, nameof(degree));
        return new Scope(before);
    }

    /// <summary>Threads for a call on this thread.</summary>
    internal static int Current => _scope is var scope and not 0 ? scope : MaxDegree;

    /// <summary>The degree that a process starts with. What is no number from 1 to <see cref="Limit"/> counts as not set.</summary>
    internal static int Initial(string? variable, object? setting, int processors) =>
        Parse(variable) ?? Parse(setting as string ?? (setting as IConvertible)?.ToString(CultureInfo.InvariantCulture)) ?? Math.Clamp(processors, 1, Limit);

    private static int? Parse(string? text) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= Limit ? value : null;

    private static int Checked(int degree, string name) =>
        degree is >= 1 and <= Limit ? degree : throw new ArgumentOutOfRangeException(name, degree, $"Expected 1 to {Limit} threads.");

    /// <summary>A degree for the calls of one thread; see <see cref="Use"/>.</summary>
    public readonly ref struct Scope
    {
        private readonly int _before;

        internal Scope(int before) => _before = before;

        /// <summary>Gives the thread back the degree it had before.</summary>
        public void Dispose() => _scope = _before;
    }
}
