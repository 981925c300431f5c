namespace Intarsia.PtxEmulator.Execution;

/// <summary>Lanes of a warp that run together. A path with children waits at its <see cref="Pc"/> until they have come there.</summary>
internal sealed class WarpPath
{
    public int Pc;
    public uint Mask;

    /// <summary>Where the path ends and its lanes wait for their siblings.</summary>
    public int Reconvergence;
    public WarpPath? Parent;
    public int Children;
    public PathState State;

    /// <summary>The barrier arrival that the path waits for, or null.</summary>
    public object? Waiting;
    public long Ticket;

    /// <summary>Set once a missing convergence has been reported, so that the path can go on.</summary>
    public bool MayRunApart;
}

internal enum PathState
{
    Ready,

    /// <summary>Could not go on in this turn.</summary>
    Blocked,

    /// <summary>Waits at an aligned instruction for the other lanes.</summary>
    Parked,
}
