namespace Intarsia;

/// <summary>
/// Reads and writes networks in the format of Deep Compression (Han, Mao, Dally, ICLR'16; the published AlexNet and SqueezeNet files), which EIE (ISCA'16) runs. Little-endian: the number of entries of each layer (uint32), then for
/// each layer a codebook (float32, 16 or 256 entries), the biases (float32, one a row), the codes (4 or 8 bits, low nibble first) and the gaps (4 bits, low nibble first). Names, extents and bits of codes are not in the file.
/// </summary>
public static class DeepCompressionFile
{
    /// <summary>Reads every layer from a file, to its last byte.</summary>
    /// <inheritdoc cref="Read(Stream, IReadOnlyList{DeepCompressionShape})"/>
    public static IReadOnlyList<DeepCompressionLayer> Read(string path, IReadOnlyList<DeepCompressionShape> shapes)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, shapes);
    }

    /// <summary>Reads every layer from a stream, to its last byte.</summary>
    /// <param name="stream">What is read from where it stands to its end.</param>
    /// <param name="shapes">The layers in the order of the file.</param>
    /// <exception cref="ArgumentException">A shape is not one of a layer.</exception>
    /// <exception cref="IntarsiaFormatException">The data ends early or goes on behind the last layer, or a layer is not valid; the exception names layer and field, what was found and what was expected.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static IReadOnlyList<DeepCompressionLayer> Read(Stream stream, IReadOnlyList<DeepCompressionShape> shapes)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(shapes);
        foreach (DeepCompressionShape shape in shapes) shape.Validate();
        var reader = new PackedReader(stream);
        var entries = new int[shapes.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            uint count = (uint)reader.ReadInt32($"number of entries of layer '{shapes[i].Name}'");
            long weights = (long)shapes[i].Rows * shapes[i].Depth;
            // Each entry is a weight of its own, so more of them cannot be right, whatever follows.
            if (count > weights) throw new IntarsiaFormatException($"number of entries of layer '{shapes[i].Name}'", $"{count}", $"at most {weights}, the weights of a {shapes[i].Rows}×{shapes[i].Depth} layer");
            entries[i] = (int)count;
        }

        var layers = new DeepCompressionLayer[shapes.Count];
        for (int i = 0; i < layers.Length; i++) layers[i] = ReadLayer(reader, shapes[i], entries[i]);
        Span<byte> next = stackalloc byte[1];
        if (stream.Read(next) != 0)
            throw new IntarsiaFormatException("end of the data", $"more of it behind layer {layers.Length}", "nothing behind the last layer; a layer is missing among the shapes, or one has other extents or code bits");
        return layers;
    }

    /// <summary>Writes layers as <see cref="Read(Stream, IReadOnlyList{DeepCompressionShape})"/> reads them.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(Stream stream, IReadOnlyList<DeepCompressionLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(layers);
        var writer = new PackedWriter(stream);
        foreach (DeepCompressionLayer layer in layers) writer.WriteInt32(layer.Codes.Length);
        foreach (DeepCompressionLayer layer in layers)
        {
            writer.WriteSingleArray(layer.Codebook);
            writer.WriteSingleArray(layer.Bias);
            if (layer.Shape.CodeBits == 8) writer.WriteBytes(layer.Codes);
            else writer.WriteNibbles(layer.Codes);
            writer.WriteNibbles(layer.Gaps);
        }

        writer.Flush();
    }

    private static DeepCompressionLayer ReadLayer(PackedReader reader, DeepCompressionShape shape, int entries)
    {
        float[] codebook = reader.ReadSingleArray(shape.CodebookLength, $"codebook of layer '{shape.Name}'");
        float[] bias = reader.ReadSingleArray(shape.Rows, $"biases of layer '{shape.Name}'");
        string codesField = $"codes of layer '{shape.Name}'", gapsField = $"gaps of layer '{shape.Name}'";
        byte[] codes = shape.CodeBits == 8 ? reader.ReadBytes(entries, codesField) : reader.ReadNibbles(entries, codesField);
        return new DeepCompressionLayer(shape, codebook, bias, codes, reader.ReadNibbles(entries, gapsField));
    }
}
