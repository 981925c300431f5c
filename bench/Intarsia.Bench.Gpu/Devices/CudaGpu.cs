using System.Diagnostics;
using System.Text;
using Intarsia.Bench.Gpu.Measuring;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Verification;
using static Intarsia.Bench.Gpu.Devices.CudaDriver;

namespace Intarsia.Bench.Gpu.Devices;

/// <summary>The first CUDA device of this machine.</summary>
internal sealed unsafe class CudaGpu : GpuDevice
{
    private const int NotReady = 600;

    /// <summary>Far longer than any launch of a benchmark takes, and shorter than who started this process waits for a word.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    private bool _isLost;

    private CudaGpu(int device)
    {
        Check(cuDeviceGetAttribute(out int processors, 16, device), "multiprocessors");
        ((Name, Kind), Processors) = (Describe(device), processors);
        Check(cuDevicePrimaryCtxRetain(out nint context, device), "context");
        Check(cuCtxSetCurrent(context), "context");
        Check(cuStreamCreate(out nint stream, 0), "stream");
        Stream = stream;
    }

    /// <summary>Everything is queued here; graphs cannot be captured from the stream 0.</summary>
    public nint Stream { get; }

    public override string Name { get; }

    public override DeviceKind Kind { get; }

    public override bool IsLost => _isLost;

    public int Processors { get; }

    /// <summary>The device, or why there is none.</summary>
    public static CudaGpu? Open(out string reason) => OfFirst(device => new CudaGpu(device), out reason);

    /// <summary>The first device, without a context on it: workers have those.</summary>
    public static (string Name, DeviceKind Kind)? Find(out string reason) => OfFirst(device => Tuple.Create(Describe(device)), out reason)?.Item1;

    private static T? OfFirst<T>(Func<int, T> make, out string reason)
        where T : class
    {
        reason = "";
        try
        {
            Check(cuInit(0), "cuInit");
            Check(cuDeviceGet(out int device, 0), "device 0");
            return make(device);
        }
        catch (Exception e) when (e is DllNotFoundException or InvalidOperationException or EntryPointNotFoundException)
        {
            reason = e.Message;
            return null;
        }
    }

    /// <summary>Waits for everything queued.</summary>
    /// <param name="kernel">What was queued last.</param>
    /// <exception cref="InvalidOperationException">It failed, or did not end in time. The device is lost then: a blocking call would not end, either.</exception>
    public void Wait(string kernel)
    {
        long start = Stopwatch.GetTimestamp();
        int result;
        while ((result = cuStreamQuery(Stream)) == NotReady)
        {
            TimeSpan waited = Stopwatch.GetElapsedTime(start);
            if (waited > s_patience)
            {
                _isLost = true;
                throw new InvalidOperationException($"{kernel} did not end within {s_patience.TotalSeconds} s.");
            }
            // Short ones are measured: the first milliseconds without sleep.
            if (waited.TotalMilliseconds > 20) Thread.Sleep(1);
        }
        _isLost = result != 0;
        Check(result, $"run of {kernel}");
    }

    public override BoundKernel Bind(PtxKernel kernel, KernelPlan plan, PlanOperands operands) => new CudaKernel(this, kernel, plan, operands);

    public override uint[] Probe(GatherProbe probe, uint[] table)
    {
        using var kernel = new CudaProbe(this, probe, table);
        kernel.Launch();
        return kernel.Seen();
    }

    /// <summary>Seconds of one launch of a kernel, whose name a fault has: batches long enough for the clock of the device, the median of eleven.</summary>
    public double Time(string kernel, Action launch)
    {
        for (int i = 0; i < 3; i++) launch();
        Check(cuEventCreate(out nint start, 0), "event");
        Check(cuEventCreate(out nint end, 0), "event");
        int count = 1;
        for (double batch = Batch(1); batch * count < 2e-3 && count < 1000;) count *= 2;
        double[] times = [.. Enumerable.Range(0, 11).Select(_ => Batch(count)).Order()];
        return times[times.Length / 2];

        double Batch(int launches)
        {
            Check(cuEventRecord(start, Stream), "event");
            for (int i = 0; i < launches; i++) launch();
            Check(cuEventRecord(end, Stream), "event");
            Wait(kernel);
            Check(cuEventElapsedTime(out float milliseconds, start, end), "event");
            return milliseconds / 1e3 / launches;
        }
    }

    /// <summary>Seconds of one of <paramref name="count"/> launches of a kernel in a graph: what lies between launches is the device's own, as in a model that is replayed.</summary>
    public double TimeGraph(string kernel, Action launch, int count)
    {
        Check(cuStreamBeginCapture_v2(Stream, 0), "capture");
        for (int i = 0; i < count; i++) launch();
        Check(cuStreamEndCapture(Stream, out nint graph), "capture");
        Check(cuGraphInstantiateWithFlags(out nint ready, graph, 0), "graph");
        double time = Time(kernel, () => Check(cuGraphLaunch(ready, Stream), "launch of a graph")) / count;
        _ = cuGraphExecDestroy(ready);
        _ = cuGraphDestroy(graph);
        return time;
    }

    private static (string Name, DeviceKind Kind) Describe(int device)
    {
        byte* name = stackalloc byte[128];
        Check(cuDeviceGetName(name, 128, device), "name of the device");
        Check(cuDeviceGetAttribute(out int major, 75, device), "capability");
        Check(cuDeviceGetAttribute(out int minor, 76, device), "capability");
        return (new string((sbyte*)name), new DeviceKind((major, minor), IsEmulated: false));
    }

    public static nint Allocate(long bytes)
    {
        Check(cuMemAlloc_v2(out nint address, (nuint)Math.Max(256, bytes)), $"allocation of {bytes} bytes");
        return address;
    }

    public static void Upload(nint address, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0) return;
        fixed (byte* source = bytes) Check(cuMemcpyHtoD_v2(address, source, (nuint)bytes.Length), "upload");
    }

    public static void Download(nint address, Span<byte> bytes)
    {
        if (bytes.Length == 0) return;
        fixed (byte* target = bytes) Check(cuMemcpyDtoH_v2(target, address, (nuint)bytes.Length), "download");
    }

    /// <summary>Compiles a module; the driver's log is in the message where it does not.</summary>
    public static nint Load(string ptx, out nint function, string entry, int sharedBytes)
    {
        byte[] log = new byte[16384], text = Encoding.UTF8.GetBytes(ptx + "\0");
        nint module;
        fixed (byte* logBytes = log, image = text)
        {
            int* options = stackalloc int[2] { 5, 6 };
            void** values = stackalloc void*[2] { logBytes, (void*)(nint)log.Length };
            int result = cuModuleLoadDataEx(out module, image, 2, options, values);
            if (result != 0) Check(result, $"module of {entry}: {Encoding.UTF8.GetString(log).TrimEnd('\0')}");
        }
        Check(cuModuleGetFunction(out function, module, entry), $"entry {entry}");
        if (sharedBytes > 48 * 1024) Check(cuFuncSetAttribute(function, 8, sharedBytes), $"{sharedBytes} bytes of shared memory");
        return module;
    }
}
