namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// A GPU target whose text differs from the others: what its assembler understands, and what a block may use. The driver carries the text of sm_80 forward to every later device;
/// text of sm_90a runs on compute capability 9.0 alone.
/// </summary>
/// <param name="Name">As in <c>.target</c>.</param>
/// <param name="Version">The least PTX version that has its instructions.</param>
/// <param name="MaxSharedBytes">Shared memory that one block may ask for.</param>
/// <param name="MaxRegisters">Registers that one thread may have.</param>
/// <param name="RegisterFile">Registers of a multiprocessor.</param>
/// <param name="HasWarpGroups">wgmma, bulk tensor copies and mbarriers with transaction counts.</param>
public sealed record PtxTarget(string Name, string Version, int MaxSharedBytes, int MaxRegisters, int RegisterFile, bool HasWarpGroups)
{
    public static PtxTarget Sm80 { get; } = new("sm_80", "7.8", 163 * 1024, 255, 65536, HasWarpGroups: false);

    public static PtxTarget Sm90A { get; } = new("sm_90a", "8.0", 227 * 1024, 255, 65536, HasWarpGroups: true);

    public override string ToString() => Name;
}
