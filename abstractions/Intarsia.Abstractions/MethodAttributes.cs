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

/// <summary>Overrides the planner's tile for one tier. An extent left at 0 stays the planner's choice.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TileAttribute : Attribute
{
    /// <summary>Declares which tier the tile is for.</summary>
    public TileAttribute(Tier tier) => Tier = tier;

    /// <summary>The tier.</summary>
    public Tier Tier { get; }

    /// <summary>Height of the register tile: accumulator rows, one broadcast operand each.</summary>
    public int Height { get; set; }

    /// <summary>Width of the register tile in vectors.</summary>
    public int Vectors { get; set; }

    /// <summary>Depth of a cache block.</summary>
    public int Depth { get; set; }
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
