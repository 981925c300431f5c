using System.IO.Compression;

namespace Intarsia;

/// <summary>
/// Reads sparsity patterns in the .smtx text format of the Deep Learning Matrix Collection (Gale, Zaharia, Young, Elsen: "Sparse GPU Kernels for Deep Learning", SC'20),
/// plain or compressed with gzip. Three lines: <c>rows, columns, non-zeros</c>; the row pointers; the column indices. The format holds no values.
/// </summary>
public static class SmtxReader
{
    /// <summary>Reads a pattern, without values, from a file.</summary>
    /// <inheritdoc cref="Read(Stream)"/>
    public static CsrMatrix Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream);
    }

    /// <summary>Reads a pattern from a file and gives it <paramref name="values"/>, one for each stored element, row by row.</summary>
    /// <inheritdoc cref="Read(Stream, float[])"/>
    public static CsrMatrix Read(string path, float[] values)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, values);
    }

    /// <summary>Reads a pattern, without values. Whether the stream is compressed is seen from its first bytes.</summary>
    /// <exception cref="IntarsiaFormatException">The content is not a valid .smtx file; the exception names the field, what was found and what was expected.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static CsrMatrix Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return ReadPattern(stream);
    }

    /// <summary>Reads a pattern and gives it <paramref name="values"/>, one for each stored element, row by row.</summary>
    /// <exception cref="IntarsiaFormatException">The content is not a valid .smtx file, or it has another number of elements than <paramref name="values"/>.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static CsrMatrix Read(Stream stream, float[] values)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(values);
        CsrMatrix pattern = ReadPattern(stream);
        return new CsrMatrix(pattern.Rows, pattern.Depth, pattern.RowPointers, pattern.ColumnIndices, values);
    }

    private static CsrMatrix ReadPattern(Stream stream)
    {
        try
        {
            // Two bytes tell; they are handed on, because a stream need not be seekable.
            byte[] magic = new byte[2];
            int read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
            Stream whole = new PrefixedStream(magic.AsMemory(0, read), stream);
            if (read < 2 || magic[0] != 0x1F || magic[1] != 0x8B)
                return Parse(new SmtxTokens(whole));
            using var unzipped = new GZipStream(whole, CompressionMode.Decompress, leaveOpen: true);
            return Parse(new SmtxTokens(unzipped));
        }
        catch (InvalidDataException exception)
        {
            throw new IntarsiaFormatException("gzip container", exception.Message, "an intact gzip stream", exception);
        }
    }

    private static CsrMatrix Parse(SmtxTokens tokens)
    {
        int[] header = tokens.ReadLine("header", 3, Array.MaxLength - 1);
        (int rows, int depth, int nonZeros) = (header[0], header[1], header[2]);
        if (nonZeros > (long)rows * depth)
            throw new IntarsiaFormatException("non-zeros", $"{nonZeros}", $"at most {(long)rows * depth}, rows × columns");

        int[] pointers = tokens.ReadLine("row pointers", rows + 1, nonZeros);
        int[] columns = tokens.ReadLine("column indices", nonZeros, depth - 1);
        tokens.RequireEnd();
        // What the numbers mean is checked by the matrix itself.
        return new CsrMatrix(rows, depth, pointers, columns);
    }
}
