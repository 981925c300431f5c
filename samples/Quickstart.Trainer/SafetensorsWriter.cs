using System.Buffers.Binary;
using System.Text;

namespace Quickstart.Trainer;

/// <summary>Writes float32 tensors as a safetensors file: 8-byte little-endian header length, JSON header padded with spaces to a multiple of 8, raw little-endian data.</summary>
public static class SafetensorsWriter
{
    /// <summary>Serialises the tensors in the given order. Names must need no escaping in JSON.</summary>
    public static byte[] Write(IReadOnlyList<(string Name, int[] Shape, float[] Values)> tensors)
    {
        var header = new StringBuilder("{");
        long offset = 0;
        foreach ((string name, int[] shape, float[] values) in tensors)
        {
            long end = offset + values.Length * sizeof(float);
            header.Append(offset == 0 ? "" : ",").Append('"').Append(name).Append("\":{\"dtype\":\"F32\",\"shape\":[").AppendJoin(',', shape)
                .Append("],\"data_offsets\":[").Append(offset).Append(',').Append(end).Append("]}");
            offset = end;
        }
        header.Append('}').Append(' ', 7 - (header.Length + 7) % 8);
        byte[] file = new byte[8 + header.Length + offset];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        Encoding.ASCII.GetBytes(header.ToString(), file.AsSpan(8));
        Span<byte> rest = file.AsSpan(8 + header.Length);
        foreach ((_, _, float[] values) in tensors)
        {
            foreach (float value in values)
            {
                BinaryPrimitives.WriteSingleLittleEndian(rest, value);
                rest = rest[sizeof(float)..];
            }
        }
        return file;
    }
}
