using System.Buffers.Binary;

namespace Intarsia.PtxEmulator;

/// <summary>Element types of a tensor map, with the values of <c>CUtensorMapDataType</c>.</summary>
public enum TensorMapDataType
{
    /// <summary>8-bit unsigned integers; also used for signed ones.</summary>
    UInt8 = 0,

    /// <summary>16-bit integers.</summary>
    UInt16 = 1,

    /// <summary>32-bit integers.</summary>
    UInt32 = 2,

    /// <summary>32-bit signed integers.</summary>
    Int32 = 3,

    /// <summary>64-bit integers.</summary>
    UInt64 = 4,

    /// <summary>64-bit signed integers.</summary>
    Int64 = 5,

    /// <summary>binary16.</summary>
    Float16 = 6,

    /// <summary>binary32.</summary>
    Float32 = 7,

    /// <summary>binary64.</summary>
    Float64 = 8,

    /// <summary>bfloat16.</summary>
    BFloat16 = 9,
}

/// <summary>Interleaved layouts, with the values of <c>CUtensorMapInterleave</c>; only <see cref="None"/> is emulated.</summary>
public enum TensorMapInterleave
{
    /// <summary>Not interleaved.</summary>
    None = 0,

    /// <summary>16 bytes.</summary>
    Bytes16 = 1,

    /// <summary>32 bytes.</summary>
    Bytes32 = 2,
}

/// <summary>How chunks of 16 bytes are permuted in shared memory, with the values of <c>CUtensorMapSwizzle</c>.</summary>
public enum TensorMapSwizzle
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Within 32 bytes: bit 4 of the address by bit 7.</summary>
    Bytes32 = 1,

    /// <summary>Within 64 bytes: bits 4…5 by bits 7…8.</summary>
    Bytes64 = 2,

    /// <summary>Within 128 bytes: bits 4…6 by bits 7…9.</summary>
    Bytes128 = 3,
}

/// <summary>How much the L2 cache fetches, with the values of <c>CUtensorMapL2promotion</c>; without effect here.</summary>
public enum TensorMapL2Promotion
{
    /// <summary>As much as is asked for.</summary>
    None = 0,

    /// <summary>64 bytes.</summary>
    Bytes64 = 1,

    /// <summary>128 bytes.</summary>
    Bytes128 = 2,

    /// <summary>256 bytes.</summary>
    Bytes256 = 3,
}

/// <summary>What lies outside the tensor, with the values of <c>CUtensorMapFloatOOBfill</c>; only <see cref="Zeros"/> is emulated.</summary>
public enum TensorMapOobFill
{
    /// <summary>Zeros.</summary>
    Zeros = 0,

    /// <summary>NaN.</summary>
    NaN = 1,
}

/// <summary>
/// A tensor in global memory and the box of it that one copy moves: what <c>cuTensorMapEncodeTiled</c> takes. Its 128 bytes are passed as a parameter <c>.param .align 64 .b8 name[128]</c>.
/// The bytes are the emulator's own encoding, not NVIDIA's: a map made here is of no use to a device, nor the other way round.
/// </summary>
public sealed class TensorMap
{
    /// <summary>Bytes of an encoded map.</summary>
    public const int Size = 128;

    internal const uint Magic = 0x4D545049;
    private readonly byte[] _bytes = new byte[Size];

    private TensorMap()
    {
    }

    /// <summary>The encoded map.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Describes a tensor; dimension 0 is the one whose elements lie next to each other.</summary>
    /// <param name="type">Elements.</param>
    /// <param name="globalAddress">Where the tensor begins; a multiple of 16.</param>
    /// <param name="dims">Extents, 1 to 5 of them.</param>
    /// <param name="strideBytes">Bytes from one index to the next of dimensions 1 and up, one fewer than extents; multiples of 16.</param>
    /// <param name="box">Extents of the box in elements, 1…256 each; the innermost is a multiple of 16 bytes and with a swizzle at most its span.</param>
    /// <param name="elementStrides">Steps through the tensor; only ones are emulated. Empty for ones.</param>
    /// <param name="interleave">Must be <see cref="TensorMapInterleave.None"/>.</param>
    /// <param name="swizzle">Permutation in shared memory.</param>
    /// <param name="l2Promotion">Without effect.</param>
    /// <param name="oobFill">Must be <see cref="TensorMapOobFill.Zeros"/>.</param>
    /// <exception cref="ArgumentException">The driver would refuse these, or the emulator lacks them; the message says which value.</exception>
    public static TensorMap Tiled(TensorMapDataType type, nint globalAddress, ReadOnlySpan<long> dims, ReadOnlySpan<long> strideBytes, ReadOnlySpan<int> box, ReadOnlySpan<int> elementStrides = default,
        TensorMapInterleave interleave = TensorMapInterleave.None, TensorMapSwizzle swizzle = TensorMapSwizzle.None, TensorMapL2Promotion l2Promotion = TensorMapL2Promotion.None,
        TensorMapOobFill oobFill = TensorMapOobFill.Zeros)
    {
        int elementBytes = ElementBytes(type);
        Require(dims.Length is >= 1 and <= 5, $"{dims.Length} dimensions; a tensor has 1 to 5");
        Require(strideBytes.Length == dims.Length - 1 && box.Length == dims.Length, $"{strideBytes.Length} strides and {box.Length} box extents for {dims.Length} dimensions; {dims.Length - 1} and {dims.Length} are needed");
        Require(elementStrides.IsEmpty || (elementStrides.Length == dims.Length && !elementStrides.ContainsAnyExcept(1)), "element strides other than 1 are not emulated");
        Require(interleave == TensorMapInterleave.None, "interleaved layouts are not emulated");
        Require(oobFill == TensorMapOobFill.Zeros, "only zeros are emulated outside the tensor");
        Require((globalAddress & 15) == 0, $"address 0x{globalAddress:x} is no multiple of 16");
        for (int i = 0; i < dims.Length; i++)
        {
            Require(dims[i] is >= 1 and <= 1L << 32, $"extent {dims[i]} of dimension {i}; 1…2³² are possible");
            Require(box[i] is >= 1 and <= 256, $"box extent {box[i]} of dimension {i}; 1…256 are possible");
            if (i > 0) Require(strideBytes[i - 1] % 16 == 0 && strideBytes[i - 1] is >= 0 and < 1L << 40, $"stride {strideBytes[i - 1]} of dimension {i}; multiples of 16 below 2⁴⁰ are possible");
        }
        int row = box[0] * elementBytes;
        Require(row % 16 == 0, $"the box has rows of {row} bytes; multiples of 16 are possible");
        Require(swizzle == TensorMapSwizzle.None || row <= 16 << (int)swizzle, $"the box has rows of {row} bytes, and the swizzle spans {16 << (int)swizzle}");

        var map = new TensorMap();
        Span<byte> bytes = map._bytes;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        (bytes[4], bytes[5], bytes[6], bytes[7]) = ((byte)elementBytes, (byte)dims.Length, (byte)swizzle, (byte)l2Promotion);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], globalAddress);
        for (int i = 0; i < dims.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes[(16 + 8 * i)..], dims[i]);
            if (i > 0) BinaryPrimitives.WriteInt64LittleEndian(bytes[(56 + 8 * (i - 1))..], strideBytes[i - 1]);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[(88 + 2 * i)..], (ushort)box[i]);
        }
        return map;
    }

    /// <summary>The map as the value of a parameter.</summary>
    public static implicit operator PtxArgument(TensorMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return PtxArgument.FromBytes(map._bytes);
    }

    private static int ElementBytes(TensorMapDataType type) => type switch
    {
        TensorMapDataType.UInt8 => 1,
        TensorMapDataType.UInt16 or TensorMapDataType.Float16 or TensorMapDataType.BFloat16 => 2,
        TensorMapDataType.UInt32 or TensorMapDataType.Int32 or TensorMapDataType.Float32 => 4,
        TensorMapDataType.UInt64 or TensorMapDataType.Int64 or TensorMapDataType.Float64 => 8,
        _ => throw new ArgumentException($"Element type {type} is not emulated.", nameof(type)),
    };

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new ArgumentException($"Tensor map: {otherwise}.");
    }
}
