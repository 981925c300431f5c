namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>How a matrix descriptor says that 16-byte chunks are permuted (bits 63–62).</summary>
internal enum SwizzleMode
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Within 128 bytes, over eight rows.</summary>
    Bytes128 = 1,

    /// <summary>Within 64 bytes.</summary>
    Bytes64 = 2,

    /// <summary>Within 32 bytes.</summary>
    Bytes32 = 3,
}

/// <summary>
/// A matrix in shared memory as wgmma takes it (PTX ISA 9.1, 9.7.15.5.1.2): 16-byte chunks, in one of the canonical layouts. With W = 1, 2, 4, 8 chunks to a row of the atom for no, 32-, 64- and
/// 128-byte swizzling, and for chunk c and row r of a K-major matrix (imm-trans 0; c counts along K), or chunk c and column k of an MN-major one (imm-trans 1; c counts along M or N):
/// <list type="table">
/// <item><term>K-major, none</term><description>16·(r mod 8) + SBO·⌊r / 8⌋ + LBO·c</description></item>
/// <item><term>K-major, swizzled</term><description>16·W·(r mod 8) + SBO·⌊r / 8⌋ + 16·c, within one row of the atom; LBO is not used</description></item>
/// <item><term>MN-major, none</term><description>SBO·c + 16·(k mod 8) + LBO·⌊k / 8⌋</description></item>
/// <item><term>MN-major, swizzled</term><description>16·(c mod W) + LBO·⌊c / W⌋ + 16·W·(k mod 8) + SBO·⌊k / 8⌋</description></item>
/// </list>
/// The swizzle then exchanges chunks by the address: bits 6–4 (64 bytes: 5–4; 32 bytes: 4) are xored with as many bits from bit 7 up, counted from where the repeating pattern starts. That is a
/// multiple of 1024, 512 or 256 bytes, or else its bits 9–7 are in the base offset.
/// </summary>
/// <param name="Start">Byte address of the matrix: a multiple of 16 below 2¹⁸.</param>
/// <param name="LeadingBytes">LBO.</param>
/// <param name="StrideBytes">SBO.</param>
/// <param name="BaseOffset">Bits 9–7 of the address where the repeating pattern starts.</param>
/// <param name="Swizzle">The permutation.</param>
internal readonly record struct MatrixDescriptor(uint Start, uint LeadingBytes, uint StrideBytes, int BaseOffset, SwizzleMode Swizzle)
{
    // 13–0 start, 29–16 LBO, 45–32 SBO, 51–49 base offset, 63–62 swizzle.
    private const ulong Fields = 0x3FFFUL | 0x3FFFUL << 16 | 0x3FFFUL << 32 | 7UL << 49 | 3UL << 62;

    /// <summary>Chunks in a row of the swizzle atom.</summary>
    public int RowChunks => Swizzle switch { SwizzleMode.Bytes128 => 8, SwizzleMode.Bytes64 => 4, SwizzleMode.Bytes32 => 2, _ => 1 };

    /// <summary>Reads the 64 bits of 9.7.15.5.1.2.2.</summary>
    /// <exception cref="TensorCoreException">Bits outside of the fields are set, which is what an address that was not shifted right by four, or one that overflowed its field, looks like.</exception>
    public static MatrixDescriptor Decode(ulong bits)
    {
        if ((bits & ~Fields) != 0) throw new TensorCoreException($"matrix descriptor 0x{bits:x16} has bits set that belong to no field (0x{bits & ~Fields:x16}): address and offsets are 14 bits each, in units of 16 bytes");
        var descriptor = new MatrixDescriptor((uint)(bits & 0x3FFF) << 4, (uint)(bits >> 16 & 0x3FFF) << 4, (uint)(bits >> 32 & 0x3FFF) << 4, (int)(bits >> 49 & 7), (SwizzleMode)(bits >> 62));
        if (descriptor is { Swizzle: SwizzleMode.None, BaseOffset: not 0 }) throw new TensorCoreException($"matrix descriptor 0x{bits:x16} has a base offset, {descriptor.BaseOffset}, without swizzling");
        return descriptor;
    }

    /// <summary>Address of a chunk of a K-major matrix.</summary>
    /// <param name="row">Row of A, or column of B.</param>
    /// <param name="chunk">Which 16 bytes along K.</param>
    public uint KMajor(int row, int chunk)
    {
        uint at = Start + (uint)(row % 8 * 16 * RowChunks) + (uint)(row / 8) * StrideBytes;
        return Swizzle == SwizzleMode.None ? at + (uint)chunk * LeadingBytes : Permute(at + (uint)(16 * chunk));
    }

    /// <summary>Address of a chunk of an MN-major matrix.</summary>
    /// <param name="chunk">Which 16 bytes along M or N.</param>
    /// <param name="k">Column of A, or row of B.</param>
    public uint MnMajor(int chunk, int k)
    {
        uint row = (uint)(k % 8 * 16 * RowChunks), group = (uint)(k / 8);
        return Swizzle == SwizzleMode.None
            ? Start + (uint)chunk * StrideBytes + row + group * LeadingBytes
            : Permute(Start + (uint)(chunk % RowChunks * 16) + (uint)(chunk / RowChunks) * LeadingBytes + row + group * StrideBytes);
    }

    /// <summary>Checks that as many chunks as are read side by side from the start lie in one row of the atom.</summary>
    /// <exception cref="TensorCoreException">They do not; the ISA has no layout for it.</exception>
    public void CheckRow(int chunks, string matrix)
    {
        int row = 16 * RowChunks, first = (int)Start % row;
        if (Swizzle != SwizzleMode.None && first + 16 * chunks > row)
            throw new TensorCoreException($"{matrix} begins at byte {first} of a row of {row} bytes (swizzle {Swizzle}), and {16 * chunks} bytes from there do not fit in it");
    }

    private uint Permute(uint address) => address ^ ((address >> 7) - (uint)BaseOffset & (uint)(RowChunks - 1)) << 4;
}
