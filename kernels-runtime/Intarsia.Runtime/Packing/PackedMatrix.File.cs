using System.Runtime.InteropServices;

namespace Intarsia;

public sealed partial class PackedMatrix
{
    /// <summary>Writes the matrix to a stream: the versioned, checksummed form of <c>docs/formats.md</c>. The stream stays open.</summary>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var header = new PackedHeader(Layout, Rows, Depth, _topology.SlotCount, _topology.IndexBytes, _values.Length, _scales.Length, _zeroPoints.Length);
        var writer = new PackedWriter(stream);
        header.Write(writer);
        _topology.Write(writer);
        Codebooks.Write(_codebook, Layout.Format, writer);
        writer.WriteBytes(_values);
        writer.WriteSingleArray(_scales);
        writer.WriteBytes(MemoryMarshal.AsBytes(_zeroPoints.AsSpan()));
        writer.WriteChecksum();
        writer.Flush();
    }

    /// <summary>Writes the matrix to a file, replacing one that exists.</summary>
    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        Save(file);
    }

    /// <summary>Reads one matrix from a stream, checks everything, and leaves the stream behind its last byte, so that several can stand in a row.</summary>
    /// <exception cref="IntarsiaFormatException">The data is truncated, corrupt or hostile; the field, what was found and what was expected are named.</exception>
    public static PackedMatrix Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var reader = new PackedReader(stream);
        PackedHeader header = PackedHeader.Read(reader);
        Topology topology = Topology.Read(header.Layout, header.Rows, header.Depth, header.Slots, reader);
        float[] codebook = ReadCodebook(header.Layout, reader);
        ValueCodec codec = ValueCodec.Of(header.Layout.Format, codebook);
        header.Require(nameof(header.Slots), header.Slots, topology.SlotCount);
        header.Require(nameof(header.IndexBytes), header.IndexBytes, topology.IndexBytes);
        header.Require(nameof(header.ValueBytes), header.ValueBytes, codec.ByteCount(topology.SlotCount));
        byte[] values = reader.ReadBytes(header.ValueBytes, "values");
        codec.CheckPadding(values, topology.SlotCount);
        foreach (int slot in topology.PaddingSlots())
            if (!codec.IsZero(values, slot))
                throw new IntarsiaFormatException($"padding value {slot}", "non-zero bits", "0");

        var grid = new ScaleGrid(header.Layout.Scale, header.Layout.ScaleGroup, header.Rows, header.Depth);
        header.Require(nameof(header.ScaleCount), header.ScaleCount, Extents.RequireArrayLength((Int128)grid.Count * header.Layout.ScalesOfGroup, "number of scales"));
        header.Require(nameof(header.ZeroPointCount), header.ZeroPointCount, grid.ZeroPoints(header.Layout));
        float[] scales = reader.ReadSingleArray(header.ScaleCount, "scales");
        sbyte[] zeroPoints = MemoryMarshal.Cast<byte, sbyte>(reader.ReadBytes(header.ZeroPointCount, "zero points")).ToArray();
        reader.ReadChecksum("checksum");
        grid.Check(scales, zeroPoints, header.Layout);
        return new PackedMatrix(header.Layout, topology, values, scales, zeroPoints, codebook);
    }

    private static float[] ReadCodebook(WeightLayout layout, PackedReader reader)
    {
        if (Codebooks.EntriesOf(layout.Format) == 0) return [];
        float[] codebook = Codebooks.Read(layout.Format, reader);
        Codebooks.Check(codebook, layout);
        return codebook;
    }

    private static int CodebookBytes(NumberFormat format) => Codebooks.EntriesOf(format) * Codebooks.EntryBytes(format);

    /// <summary>Reads a file that holds one matrix and nothing else.</summary>
    /// <exception cref="IntarsiaFormatException">The data is truncated, corrupt or hostile, or the file goes on behind the matrix.</exception>
    public static PackedMatrix Load(string path)
    {
        using FileStream file = File.OpenRead(path);
        PackedMatrix matrix = Load(file);
        if (file.Position != file.Length)
            throw new IntarsiaFormatException("file length", $"{file.Length} bytes", $"{file.Position}, where the matrix ends");
        return matrix;
    }
}
