namespace Intarsia.PtxEmulator.Execution;

/// <summary>What the warp does after an operation.</summary>
internal enum Step
{
    /// <summary>Goes on with the next instruction.</summary>
    Next,

    /// <summary>The operation has set the path itself.</summary>
    Jump,

    /// <summary>The operation cannot run yet and will be tried again; nothing has changed.</summary>
    Retry,

    /// <summary>Goes on with the next instruction, but lets others run first: the warp polls something.</summary>
    Yield,
}

/// <summary>What an instruction does. Immutable: one object serves all warps.</summary>
internal abstract class Operation
{
    /// <summary>Whether all live lanes have to execute it together.</summary>
    public virtual bool IsAligned => false;

    /// <summary>Whether it may name registers that an asynchronous multiplication still uses, because it is one itself.</summary>
    public virtual bool UsesRegistersInFlight => false;

    /// <summary>Executes for the lanes of a mask, which is not empty.</summary>
    public abstract Step Execute(Warp warp, uint mask);
}
