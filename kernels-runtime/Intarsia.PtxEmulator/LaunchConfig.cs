namespace Intarsia.PtxEmulator;

/// <summary>The shape of one launch.</summary>
/// <param name="Grid">Blocks.</param>
/// <param name="Block">Threads of a block, at most 1024.</param>
/// <param name="DynamicSharedBytes">Bytes of dynamic shared memory of each block.</param>
public sealed record LaunchConfig(Dim3 Grid, Dim3 Block, int DynamicSharedBytes = 0);
