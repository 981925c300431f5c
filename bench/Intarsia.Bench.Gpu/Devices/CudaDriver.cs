using System.Runtime.InteropServices;

namespace Intarsia.Bench.Gpu.Devices;

/// <summary>The few calls of the CUDA driver that a benchmark needs. No ILGPU: what is measured is the kernel.</summary>
internal static unsafe partial class CudaDriver
{
    private const string Library = "libcuda.so.1";

    [LibraryImport(Library)] internal static partial int cuInit(uint flags);

    [LibraryImport(Library)] internal static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)] internal static partial int cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)] internal static partial int cuDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Library)] internal static partial int cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library)] internal static partial int cuCtxSetCurrent(nint context);

    [LibraryImport(Library)] internal static partial int cuMemAlloc_v2(out nint address, nuint bytes);

    [LibraryImport(Library)] internal static partial int cuMemFree_v2(nint address);

    [LibraryImport(Library)] internal static partial int cuMemcpyHtoD_v2(nint target, void* source, nuint bytes);

    [LibraryImport(Library)] internal static partial int cuMemcpyDtoH_v2(void* target, nint source, nuint bytes);

    [LibraryImport(Library)] internal static partial int cuMemcpyDtoDAsync_v2(nint target, nint source, nuint bytes, nint stream);

    [LibraryImport(Library)] internal static partial int cuMemcpyDtoD_v2(nint target, nint source, nuint bytes);

    [LibraryImport(Library)] internal static partial int cuModuleLoadDataEx(out nint module, byte* image, uint count, int* options, void** values);

    [LibraryImport(Library)] internal static partial int cuModuleUnload(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library)] internal static partial int cuFuncSetAttribute(nint function, int attribute, int value);

    [LibraryImport(Library)] internal static partial int cuLaunchKernel(nint function, uint gx, uint gy, uint gz, uint bx, uint by, uint bz, uint shared, nint stream, void** arguments, void** extra);

    [LibraryImport(Library)] internal static partial int cuStreamCreate(out nint stream, uint flags);

    [LibraryImport(Library)] internal static partial int cuStreamBeginCapture_v2(nint stream, int mode);

    [LibraryImport(Library)] internal static partial int cuStreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library)] internal static partial int cuGraphInstantiateWithFlags(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library)] internal static partial int cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(Library)] internal static partial int cuGraphExecDestroy(nint executable);

    [LibraryImport(Library)] internal static partial int cuGraphDestroy(nint graph);

    [LibraryImport(Library)] internal static partial int cuEventCreate(out nint @event, uint flags);

    [LibraryImport(Library)] internal static partial int cuEventRecord(nint @event, nint stream);

    [LibraryImport(Library)] internal static partial int cuStreamQuery(nint stream);

    [LibraryImport(Library, EntryPoint = "cuEventElapsedTime")] internal static partial int cuEventElapsedTime(out float milliseconds, nint start, nint end);

    [LibraryImport(Library)] internal static partial int cuGetErrorString(int error, out nint text);

    [LibraryImport(Library)]
    internal static partial int cuTensorMapEncodeTiled(byte* map, int type, uint rank, nint address, ulong* dims, ulong* strides, uint* box, uint* elementStrides, int interleave, int swizzle, int promotion, int fill);

    /// <exception cref="InvalidOperationException">The call failed; the message has the driver's words.</exception>
    internal static void Check(int result, string what)
    {
        if (result == 0) return;
        string text = cuGetErrorString(result, out nint address) == 0 ? Marshal.PtrToStringUTF8(address) ?? "" : "";
        throw new InvalidOperationException($"{what}: CUDA error {result} ({text}).");
    }
}
