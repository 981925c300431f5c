using ILGPU.Runtime;

namespace Intarsia.Ilgpu;

/// <summary>
/// Which stream has been given work on a buffer that is written on the device. A stream does its work in order; what another one is to read, or to write over, waits until the accelerator has done all it was given.
/// </summary>
internal sealed class StreamUse
{
    /// <summary>The only stream with work on the buffer; null where any may have some, and what was written is complete.</summary>
    private volatile AcceleratorStream? _only;

    /// <summary>Whether a stream finds what was written.</summary>
    public bool IsReadyFor(AcceleratorStream stream) => _only is not { } only || ReferenceEquals(only, stream);

    /// <summary>A stream is about to be given work that reads.</summary>
    public void Read(AcceleratorStream stream)
    {
        if (IsReadyFor(stream)) return;
        stream.Accelerator.Synchronize();
        _only = null;
    }

    /// <summary>A stream is about to be given work that writes.</summary>
    public void Write(AcceleratorStream stream)
    {
        if (ReferenceEquals(_only, stream)) return;
        stream.Accelerator.Synchronize();
        _only = stream;
    }

    /// <summary>All work has been done.</summary>
    public void Settle() => _only = null;
}
