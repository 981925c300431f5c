using System.Buffers.Binary;

namespace Intarsia.PtxEmulator;

/// <summary>The value of one parameter. Its size must be that of the parameter.</summary>
public readonly struct PtxArgument
{
    private readonly ulong _value;
    private readonly int _size;
    private readonly byte[]? _bytes;

    private PtxArgument(ulong value, int size)
    {
        _value = value;
        _size = size;
    }

    private PtxArgument(byte[] bytes)
    {
        _bytes = bytes;
        _size = bytes.Length;
    }

    internal int Size => _size;

    /// <summary>A 32-bit integer.</summary>
    public static implicit operator PtxArgument(int value) => new((uint)value, 4);

    /// <summary>A 32-bit integer.</summary>
    public static implicit operator PtxArgument(uint value) => new(value, 4);

    /// <summary>A 64-bit integer.</summary>
    public static implicit operator PtxArgument(long value) => new((ulong)value, 8);

    /// <summary>A 64-bit integer.</summary>
    public static implicit operator PtxArgument(ulong value) => new(value, 8);

    /// <summary>An address.</summary>
    public static implicit operator PtxArgument(nint value) => new((ulong)value, 8);

    /// <summary>A binary32 number.</summary>
    public static implicit operator PtxArgument(float value) => new(BitConverter.SingleToUInt32Bits(value), 4);

    /// <summary>A binary64 number.</summary>
    public static implicit operator PtxArgument(double value) => new(BitConverter.DoubleToUInt64Bits(value), 8);

    /// <summary>The address of a buffer.</summary>
    public static implicit operator PtxArgument(DeviceBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        return buffer.Address;
    }

    /// <summary>The bytes of a parameter that is an array or a structure, such as a tensor map.</summary>
    public static PtxArgument FromBytes(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());

    internal void CopyTo(Span<byte> destination)
    {
        if (_bytes is not null) _bytes.CopyTo(destination);
        else if (_size == 8) BinaryPrimitives.WriteUInt64LittleEndian(destination, _value);
        else BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)_value);
    }
}
