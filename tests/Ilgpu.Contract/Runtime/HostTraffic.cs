namespace ILGPU.Runtime;

/// <summary>Counts what host and device have to do with each other.</summary>
internal sealed class HostTraffic
{
    private int _fromHost;
    private int _toHost;
    private int _waits;

    /// <summary>Bytes copied from the host, bytes copied to it, and waits for the whole device.</summary>
    public (int FromHost, int ToHost, int Waits) Total => (Volatile.Read(ref _fromHost), Volatile.Read(ref _toHost), Volatile.Read(ref _waits));

    public void CountFromHost(int bytes) => Interlocked.Add(ref _fromHost, bytes);

    public void CountToHost(int bytes) => Interlocked.Add(ref _toHost, bytes);

    public void CountWait() => Interlocked.Increment(ref _waits);
}
