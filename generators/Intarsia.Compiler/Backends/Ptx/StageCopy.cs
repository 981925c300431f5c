namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>What fills a tile of a stage in shared memory, one step of a loop at a time.</summary>
internal abstract class StageCopy(BlockContext context, SharedTile tile)
{
    protected BlockContext Context { get; } = context;

    protected WarpBuilder W => Context.W;

    /// <summary>The tile in shared memory.</summary>
    public SharedTile Tile { get; } = tile;

    /// <summary>The copy runs beside the computation: whoever reads the tile waits for a group of copies first.</summary>
    public virtual bool IsAsync => false;

    /// <summary>Computes what does not change from step to step.</summary>
    /// <param name="tileOffset">Where the tile begins in a stage.</param>
    public abstract void Prepare(int tileOffset);

    /// <summary>Copies one step into a stage.</summary>
    /// <param name="stage">Byte offset of the stage.</param>
    /// <param name="position">The loop variable of the step.</param>
    /// <param name="predicate">Holds where the step exists; null where it always does.</param>
    public abstract void Copy(Value stage, Value position, Register? predicate);
}
