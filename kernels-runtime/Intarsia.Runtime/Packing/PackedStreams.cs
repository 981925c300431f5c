using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Intarsia;

/// <summary>CRC-32C (Castagnoli; RFC 3720, appendix B.4) over everything fed to it.</summary>
internal struct Crc32C()
{
    private uint _state = uint.MaxValue;

    public readonly uint Value => ~_state;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
            _state = BitOperations.Crc32C(_state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte value in bytes)
            _state = BitOperations.Crc32C(_state, value);
    }
}

/// <summary>Writes little-endian data and keeps the checksum of all that was written.</summary>
internal sealed class PackedWriter(Stream stream)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;
    private Crc32C _checksum = new();

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        _checksum.Add(bytes);
        if (bytes.Length > _buffer.Length - _filled)
            Flush();
        if (bytes.Length > _buffer.Length)
        {
            stream.Write(bytes);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_filled));
        _filled += bytes.Length;
    }

    public void WriteInt32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        WriteBytes(bytes);
    }

    public void WriteInt64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        WriteBytes(bytes);
    }

    public void WriteInt32Array(ReadOnlySpan<int> values)
    {
        foreach (int value in values)
            WriteInt32(value);
    }

    public void WriteSingleArray(ReadOnlySpan<float> values) => WriteInt32Array(MemoryMarshal.Cast<float, int>(values));

    /// <summary>Writes values of four bits, two to a byte, low nibble first.</summary>
    public void WriteNibbles(ReadOnlySpan<byte> values)
    {
        var packed = new byte[PackedReader.NibbleBytes(values.Length)];
        for (int i = 0; i < values.Length; i++) packed[i / 2] |= (byte)(values[i] << (4 * (i % 2)));
        WriteBytes(packed);
    }

    /// <summary>Writes the checksum of every byte before it.</summary>
    public void WriteChecksum() => WriteInt32((int)_checksum.Value);

    public void Flush()
    {
        stream.Write(_buffer.AsSpan(0, _filled));
        _filled = 0;
    }
}

/// <summary>
/// Reads little-endian data and keeps the checksum of all that was read. A length from the file is never trusted with an allocation: an array grows with the bytes
/// that really come.
/// </summary>
internal sealed class PackedReader(Stream stream)
{
    private const int Chunk = 1 << 20;

    private long _position;
    private Crc32C _checksum = new();

    public byte[] ReadBytes(long count, string field) => ReadArray<byte>(count, field);

    public int ReadInt32(string field) => BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(4, field));

    public long ReadInt64(string field) => BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(8, field));

    public int[] ReadInt32Array(long count, string field)
    {
        int[] values = ReadArray<int>(count, field);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(values, values);
        return values;
    }

    public float[] ReadSingleArray(long count, string field) => MemoryMarshal.Cast<int, float>(ReadInt32Array(count, field)).ToArray();

    /// <summary>Bytes that so many values of four bits take.</summary>
    public static int NibbleBytes(long count) => (int)((count + 1) / 2);

    /// <summary>Reads values of four bits, two to a byte, low nibble first; the nibble behind an odd number of them is 0.</summary>
    public byte[] ReadNibbles(int count, string field)
    {
        byte[] packed = ReadBytes(NibbleBytes(count), field);
        if (count % 2 != 0 && packed[^1] >> 4 != 0) throw new IntarsiaFormatException($"unused high nibble behind the {field}", $"{packed[^1] >> 4}", "0");
        var values = new byte[count];
        for (int i = 0; i < count; i++) values[i] = (byte)((packed[i / 2] >> (4 * (i % 2))) & 15);
        return values;
    }

    /// <summary>Reads a checksum and compares it with that of every byte before it.</summary>
    public void ReadChecksum(string field)
    {
        uint expected = _checksum.Value, found = (uint)ReadInt32(field);
        if (found != expected)
            throw new IntarsiaFormatException(field, $"0x{found:X8}", $"0x{expected:X8}, the CRC-32C of the {_position - 4} bytes before it");
    }

    private T[] ReadArray<T>(long count, string field)
        where T : unmanaged
    {
        int length = Extents.RequireArrayLength(count, $"length of {field}"), filled = 0;
        long end = _position + (long)length * Unsafe.SizeOf<T>();
        var values = new T[Math.Min(length, Chunk)];
        while (filled < length)
        {
            if (filled == values.Length)
                Array.Resize(ref values, (int)Math.Min(length, 2L * filled));
            Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan(filled, Math.Min(Chunk, values.Length - filled)));
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (read < bytes.Length)
                throw new IntarsiaFormatException(field, $"the end of the data after {_position + read} bytes", $"{end} bytes");
            _checksum.Add(bytes);
            _position += read;
            filled += bytes.Length / Unsafe.SizeOf<T>();
        }

        return values;
    }
}
