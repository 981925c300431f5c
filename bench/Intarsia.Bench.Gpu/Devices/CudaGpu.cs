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
    private CudaGpu(int device)
    {
        byte* name = stackalloc byte[128];
        Check(cuDeviceGetName(name, 128, device), "name of the device");
        Name = new string((sbyte*)name);
        Check(cuDeviceGetAttribute(out int major, 75, device), "capability");
        Check(cuDeviceGetAttribute(out int minor, 76, device), "capability");
        Check(cuDeviceGetAttribute(out int processors, 16, device), "multiprocessors");
        (Capability, Processors) = ((major, minor), processors);
        Check(cuDevicePrimaryCtxRetain(out nint context, device), "context");
        Check(cuCtxSetCurrent(context), "context");
        Check(cuStreamCreate(out nint stream, 0), "stream");
        Stream = stream;
    }

    /// <summary>Everything is queued here; graphs cannot be captured from the stream 0.</summary>
    public nint Stream { get; }

    public override string Name { get; }

    public override (int Major, int Minor) Capability { get; }

    public int Processors { get; }

    /// <summary>The device, or why there is none.</summary>
    public static CudaGpu? Open(out string reason)
    {
        reason = "";
        try
        {
            Check(cuInit(0), "cuInit");
            Check(cuDeviceGet(out int device, 0), "device 0");
            return new CudaGpu(device);
        }
        catch (Exception e) when (e is DllNotFoundException or InvalidOperationException or EntryPointNotFoundException)
        {
            reason = e.Message;
            return null;
        }
    }

    public override BoundKernel Bind(PtxKernel kernel, KernelPlan plan, PlanOperands operands) => new CudaKernel(this, kernel, plan, operands);

    public override uint[] Probe(GatherProbe probe, uint[] table)
    {
        using var kernel = new CudaProbe(this, probe, table);
        kernel.Launch();
        return kernel.Seen();
    }

    /// <summary>Seconds of one launch: batches long enough for the clock of the device, the median of eleven.</summary>
    public double Time(Action launch)
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
            Check(cuEventSynchronize(end), "kernel");
            Check(cuEventElapsedTime(out float milliseconds, start, end), "event");
            return milliseconds / 1e3 / launches;
        }
    }

    /// <summary>Seconds of one of <paramref name="count"/> launches in a graph: what lies between launches is the device's own, as in a model that is replayed.</summary>
    public double TimeGraph(Action launch, int count)
    {
        Check(cuStreamBeginCapture_v2(Stream, 0), "capture");
        for (int i = 0; i < count; i++) launch();
        Check(cuStreamEndCapture(Stream, out nint graph), "capture");
        Check(cuGraphInstantiateWithFlags(out nint ready, graph, 0), "graph");
        double time = Time(() => Check(cuGraphLaunch(ready, Stream), "launch of a graph")) / count;
        _ = cuGraphExecDestroy(ready);
        _ = cuGraphDestroy(graph);
        return time;
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
