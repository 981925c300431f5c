using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Intarsia;

/// <summary>
/// A file of named tensors in the safetensors format: an 8-byte little-endian header length, a JSON header that gives type, shape and place of every
/// tensor, then the raw little-endian elements. The whole header is checked when the file is opened; elements are read when they are asked for, so that
/// a file may be larger than memory. A file is read, never mapped: one that shrinks while it is open is an exception, not a fault.
/// Source of the format: the README of the safetensors library.
/// </summary>
/// <remarks>Reading tensors from several threads at once is safe.</remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;

    // The format's own limit; it bounds what a hostile length can make us allocate.
    private const long MaxHeaderLength = 100_000_000;

    private readonly SafeFileHandle? _handle;
    private readonly ReadOnlyMemory<byte> _content;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsTensor> _byName = new(StringComparer.Ordinal);
    private bool _disposed;

    private SafetensorsFile(SafeFileHandle? handle, ReadOnlyMemory<byte> content)
    {
        _handle = handle;
        _content = content;
        long fileLength = handle is null ? content.Length : RandomAccess.GetLength(handle);
        byte[] header = ReadHeader(fileLength);
        _dataStart = LengthBytes + header.Length;
        var parsed = SafetensorsHeader.Parse(this, header, fileLength - _dataStart);
        Tensors = parsed.Tensors;
        Metadata = parsed.Metadata;
        foreach (SafetensorsTensor tensor in Tensors)
            _byName.Add(tensor.Name, tensor);
    }

    /// <summary>All tensors, in the order in which their elements lie in the file.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>The texts under <c>__metadata__</c>; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="IntarsiaFormatException">The file has no such tensor.</exception>
    public SafetensorsTensor this[string name] => TryGetTensor(name, out SafetensorsTensor? tensor)
        ? tensor
        : throw new IntarsiaFormatException($"tensor '{name}'", "no tensor of that name", _byName.Count == 0 ? "the file is empty" : $"one of {SomeNames()}");

    /// <summary>Opens a file and checks its header. Dispose the result to close the file.</summary>
    /// <exception cref="IntarsiaFormatException">The file is not a valid safetensors file; the exception names the field, what was found and what was expected.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return new SafetensorsFile(handle, default);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads a file that is in memory. The memory must not change while the result is in use.</summary>
    /// <exception cref="IntarsiaFormatException">The content is not a valid safetensors file; the exception names the field, what was found and what was expected.</exception>
    public static SafetensorsFile Parse(ReadOnlyMemory<byte> content) => new(null, content);

    /// <summary>Looks a tensor up by name.</summary>
    public bool TryGetTensor(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SafetensorsTensor? tensor) =>
        _byName.TryGetValue(name, out tensor);

    /// <summary>Closes the file. Arrays that were read stay valid.</summary>
    public void Dispose()
    {
        _disposed = true;
        _handle?.Dispose();
    }

    /// <summary>Fills <paramref name="destination"/> with the bytes of a tensor of this file.</summary>
    internal void Read(SafetensorsTensor tensor, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ReadAt(_dataStart + tensor.Begin, destination, $"data of tensor '{tensor.Name}'");
    }

    private byte[] ReadHeader(long fileLength)
    {
        if (fileLength < LengthBytes)
            throw new IntarsiaFormatException("header length", $"a file of {fileLength} bytes", $"at least {LengthBytes} bytes");
        Span<byte> prefix = stackalloc byte[LengthBytes];
        ReadAt(0, prefix, "header length");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderLength)
            throw new IntarsiaFormatException("header length", $"{length}", $"at most {MaxHeaderLength}");
        if (length > (ulong)(fileLength - LengthBytes))
            throw new IntarsiaFormatException("header length", $"{length}", $"at most {fileLength - LengthBytes}, what follows it in the file");
        byte[] header = new byte[length];
        ReadAt(LengthBytes, header, "header");
        return header;
    }

    private void ReadAt(long offset, Span<byte> destination, string field)
    {
        if (_handle is null)
        {
            _content.Span.Slice((int)offset, destination.Length).CopyTo(destination);
            return;
        }
        int filled = 0;
        while (filled < destination.Length)
        {
            int read = RandomAccess.Read(_handle, destination[filled..], offset + filled);
            if (read == 0)
                throw new IntarsiaFormatException(field, $"end of file after {filled} bytes", $"{destination.Length} bytes");
            filled += read;
        }
    }

    private string SomeNames()
    {
        const int Shown = 8;
        string names = string.Join(", ", Tensors.Take(Shown).Select(tensor => $"'{tensor.Name}'"));
        return Tensors.Count > Shown ? $"{names} and {Tensors.Count - Shown} more" : names;
    }
}
