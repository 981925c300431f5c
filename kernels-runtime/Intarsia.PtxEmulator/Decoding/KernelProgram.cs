namespace Intarsia.PtxEmulator.Decoding;

/// <summary>A decoded kernel: immutable, shared by all warps of all launches.</summary>
internal sealed class KernelProgram
{
    public required Instruction[] Code { get; init; }

    public required SharedLayout Shared { get; init; }

    /// <summary>The register file of a warp before its first instruction: rows of constants are filled, the rest is zero.</summary>
    public required uint[] FileTemplate { get; init; }

    /// <summary>Names of the registers by ordinal.</summary>
    public required string[] RegisterNames { get; init; }

    /// <summary>Rows that hold special registers.</summary>
    public required (SpecialRegister Register, int Row)[] Specials { get; init; }

    public int RegisterCount => RegisterNames.Length;
}
