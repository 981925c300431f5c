using System.Buffers.Binary;

namespace Intarsia.Runtime.Tests;

/// <summary>Packed matrices as byte arrays, and ways to damage them.</summary>
internal static class Blob
{
    public const int HeaderLength = 84;

    public static byte[] Save(PackedMatrix packed)
    {
        using var stream = new MemoryStream();
        packed.Save(stream);
        return stream.ToArray();
    }

    public static PackedMatrix Load(byte[] file)
    {
        using var stream = new MemoryStream(file);
        PackedMatrix loaded = PackedMatrix.Load(stream);
        Xunit.Assert.Equal(stream.Length, stream.Position);
        return loaded;
    }

    /// <summary>A copy with one change and both checksums made right again: what an attacker would write, where chance would not.</summary>
    public static byte[] Forge(byte[] file, Action<byte[]> change)
    {
        byte[] forged = [.. file];
        change(forged);
        BinaryPrimitives.WriteUInt32LittleEndian(forged.AsSpan(HeaderLength - 4), Crc(forged.AsSpan(0, HeaderLength - 4)));
        BinaryPrimitives.WriteUInt32LittleEndian(forged.AsSpan(forged.Length - 4), Crc(forged.AsSpan(0, forged.Length - 4)));
        return forged;
    }

    public static void Put(this byte[] file, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);

    public static void Put(this byte[] file, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(at), value);

    public static void Put(this byte[] file, int at, float value) => BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(at), value);

    /// <summary>CRC-32C bit by bit, from its polynomial.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint state = uint.MaxValue;
        foreach (byte value in bytes)
        {
            state ^= value;
            for (int bit = 0; bit < 8; bit++)
                state = (state & 1) != 0 ? (state >> 1) ^ 0x82F63B78 : state >> 1;
        }

        return ~state;
    }
}
