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
