namespace Intarsia;

/// <summary>The ordered chain of tensor processing primitives applied to the accumulator before it is stored.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EpilogueAttribute : Attribute
{
    /// <summary>Declares the chain, first step first.</summary>
    public EpilogueAttribute(params Tpp[] steps) => Steps = steps;

    /// <summary>The steps, first step first.</summary>
    public Tpp[] Steps { get; }
}

/// <summary>Overrides the planner's tile for one tier of CPUs or one architecture of GPUs. An extent left at 0 stays the planner's choice.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TileAttribute : Attribute
{
    /// <summary>Declares which tier the tile is for: <see cref="Height"/>, <see cref="Vectors"/>, <see cref="Depth"/> and <see cref="Slices"/> are its extents.</summary>
    public TileAttribute(Tier tier) => Tier = tier;

    /// <summary>
    /// Declares which architecture the tile of a thread block is for: <see cref="Rows"/>, <see cref="Columns"/>, <see cref="Depth"/>, <see cref="Warps"/> and <see cref="Stages"/> describe it. It has a
    /// meaning in projects that reference ILGPU, and for kernels that run densely on tensor cores.
    /// </summary>
    public TileAttribute(GpuArchitecture architecture) => Architecture = architecture;

    /// <summary>The tier; null where the tile is for a GPU.</summary>
    public Tier? Tier { get; }

    /// <summary>The architecture; null where the tile is for a CPU.</summary>
    public GpuArchitecture? Architecture { get; }

    /// <summary>Height of the register tile of a CPU: accumulator rows, one broadcast operand each.</summary>
    public int Height { get; set; }

    /// <summary>Width of the register tile of a CPU in vectors.</summary>
    public int Vectors { get; set; }

    /// <summary>Depth of a cache block, or of one stage in a GPU's shared memory, in elements.</summary>
    public int Depth { get; set; }

    /// <summary>
    /// Slices that the depth of a dense product is cut into on a CPU (split-K), 2 to 64, or 1 for none: their sums may be computed by different threads, and are added in one order, whatever the number of threads. Left at 0,
    /// the planner cuts where rows and columns are too few for threads and the depth is long. More slices than there are steps of the depth are as many as those.
    /// </summary>
    public int Slices { get; set; }

    /// <summary>Rows of <c>Y</c> that a thread block computes.</summary>
    public int Rows { get; set; }

    /// <summary>Columns of <c>Y</c> (tokens) that a thread block computes.</summary>
    public int Columns { get; set; }

    /// <summary>Warps of a thread block that contract; on <see cref="GpuArchitecture.Sm90a"/> four of them are a warp group, and the one that copies is not counted.</summary>
    public int Warps { get; set; }

    /// <summary>Steps of the depth that shared memory holds at a time.</summary>
    public int Stages { get; set; }
}

/// <summary>
/// Declares how many threads one call of the kernel may use at most, the calling one included. Left out, the process decides (<c>KernelThreads</c>). With 1 the kernel always runs on the thread that calls it, and no code
/// for more is generated. The result is the same for every number, bit for bit.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ThreadsAttribute : Attribute
{
    /// <summary>Declares the number of threads.</summary>
    /// <param name="max">1 to 1024.</param>
    public ThreadsAttribute(int max) => Max = max;

    /// <summary>The most threads that a call uses.</summary>
    public int Max { get; }
}
