using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// How a thread block goes through butterfly stages: <paramref name="Vector"/> columns are in the registers of a thread, <paramref name="Groups"/> times as many belong to the block, and its <paramref name="Threads"/> threads take
/// <see cref="Most"/> stages at a time.
/// </summary>
internal sealed record ButterflyShape(int Vector, int Groups, int Threads)
{
    /// <summary>Stages that go through registers together: eight elements of four columns are 32 registers.</summary>
    public const int Most = 3;

    /// <summary>The longest line, in rows: 32 KiB for one column, which every accelerator has as shared memory.</summary>
    public const int MostRows = 8192;

    /// <summary>Shared memory of a block: two fit on a multiprocessor, and one on the smallest.</summary>
    private const int MostBytes = 65536;

    /// <summary>Threads of a block: enough to hide the latency of the factors, and so few that each may have 128 registers.</summary>
    private const int LeastThreads = 128, MostThreads = 512;

    /// <summary>Groups of columns side by side in memory: neighbouring threads that take them read whole sectors of 32 bytes.</summary>
    private const int NeighbouringGroups = 4;

    /// <summary>Whether a line stays in shared memory.</summary>
    public static bool Fits(KernelSpec spec) => spec.Butterfly!.Length(spec.Depth.Constant) <= MostRows;

    public static ButterflyShape For(KernelSpec spec, Device device)
    {
        ButterflySpec butterfly = spec.Butterfly!;
        int rows = butterfly.Length(spec.Depth.Constant), stages = butterfly.Stages(spec.Depth.Constant);
        int most = spec.Columns.IsConstant ? spec.Columns.Constant : int.MaxValue;
        int vector = device == Device.Portable ? 1 : 4 / butterfly.Parts;
        while (vector > 1 && (vector / 2 >= most || rows * vector * sizeof(float) > MostBytes)) vector /= 2;

        int tasks = 1 << Math.Max(0, stages - Most), groups = 1;
        bool Room(int wanted) => (long)wanted * rows * vector * sizeof(float) <= (device == Device.Portable ? MostRows * sizeof(float) : MostBytes / 2) && (long)groups * vector < most;
        while (groups * tasks < LeastThreads && Room(2 * groups)) groups *= 2;
        bool isRowMajor = spec.X.Layout != MatrixLayout.TokenMajor || spec.Y.Layout != MatrixLayout.TokenMajor;
        while (isRowMajor && groups < NeighbouringGroups && 2 * groups * tasks <= MostThreads && Room(2 * groups)) groups *= 2;
        return new ButterflyShape(vector, groups, device == Device.Portable ? LeastThreads : Math.Min(MostThreads, (groups * tasks + 31) / 32 * 32));
    }

    public override string ToString() => FormattableString.Invariant($"{Groups * Vector} columns, {Vector} to a thread, {Threads} threads");
}
