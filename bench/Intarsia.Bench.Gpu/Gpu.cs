using System.Text;
using static Intarsia.Bench.Gpu.CudaDriver;

namespace Intarsia.Bench.Gpu;

/// <summary>The first CUDA device of this machine.</summary>
internal sealed unsafe class Gpu
{
    private Gpu(int device)
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
    }

    public string Name { get; }

    public (int Major, int Minor) Capability { get; }

    public int Processors { get; }

    /// <summary>The device, or why there is none.</summary>
    public static Gpu? Open(out string reason)
    {
        reason = "";
        try
        {
            Check(cuInit(0), "cuInit");
            Check(cuDeviceGet(out int device, 0), "device 0");
            return new Gpu(device);
        }
        catch (Exception e) when (e is DllNotFoundException or InvalidOperationException or EntryPointNotFoundException)
        {
            reason = e.Message;
            return null;
        }
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
