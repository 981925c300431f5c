using System.Text;
using ILGPU.Runtime.Cuda;

namespace Intarsia.Ilgpu;

/// <summary>Gives PTX to the driver and takes the entries out, or says in full why the driver would not have it.</summary>
internal static class ModuleLoader
{
    // CUjit_option of the CUDA driver API.
    private const int ErrorLogBuffer = 5;
    private const int ErrorLogBufferBytes = 6;

    /// <summary>What a block may have without asking (CUDA C++ Programming Guide, "Shared Memory" of each capability).</summary>
    private const int SharedBytesUnasked = 48 * 1024;

    public static GpuFunction[] Load(GpuKernel kernel, CudaAccelerator accelerator, string target, ReadOnlySpan<byte> ptx, int threads, int sharedBytes, GpuVariant[] variants)
    {
        accelerator.Bind();
        (CudaError result, IntPtr module, string log) = LoadModule(ptx);
        if (result != CudaError.CUDA_SUCCESS)
            throw kernel.Fault(accelerator, $"the driver refused the PTX for {target} with {Explain(result)}; expected a driver that assembles it (its .version names the PTX ISA).", log);
        try
        {
            var functions = new GpuFunction[variants.Length];
            for (int i = 0; i < variants.Length; i++) functions[i] = new GpuFunction(kernel, accelerator, FindEntry(kernel, accelerator, target, module, variants, i), variants[i].Entry, target, threads, sharedBytes);
            if (sharedBytes > SharedBytesUnasked)
                foreach (GpuFunction function in functions) AskForShared(kernel, accelerator, function, sharedBytes);
            return functions;
        }
        catch
        {
            CudaAPI.CurrentAPI.DestroyModule(module);
            throw;
        }
    }

    /// <summary>A result with its number's name and the driver's words.</summary>
    public static string Explain(CudaError result) => $"{result} ({CudaAPI.CurrentAPI.GetErrorString(result)})";

    /// <summary>ILGPU's own overload with a log cuts it at 1024 bytes, which is less than one bad kernel's worth.</summary>
    private static unsafe (CudaError Result, IntPtr Module, string Log) LoadModule(ReadOnlySpan<byte> ptx)
    {
        var log = new byte[64 * 1024];
        fixed (byte* buffer = log)
        {
            int* options = stackalloc int[2] { ErrorLogBuffer, ErrorLogBufferBytes };
            void** values = stackalloc void*[2] { buffer, (void*)log.Length };
            CudaError result = CudaAPI.CurrentAPI.LoadModule(out IntPtr module, Encoding.UTF8.GetString(ptx), 2, (IntPtr)options, (IntPtr)values);
            int end = Array.IndexOf(log, (byte)0);
            return (result, module, result == CudaError.CUDA_SUCCESS ? "" : Encoding.UTF8.GetString(log, 0, end < 0 ? log.Length : end).Trim());
        }
    }

    private static IntPtr FindEntry(GpuKernel kernel, CudaAccelerator accelerator, string target, IntPtr module, GpuVariant[] variants, int index)
    {
        CudaError result = CudaAPI.CurrentAPI.GetModuleFunction(out IntPtr function, module, variants[index].Entry);
        return result == CudaError.CUDA_SUCCESS ? function : throw kernel.Fault(accelerator, $"the module for {target} has no entry '{variants[index].Entry}': {Explain(result)}.");
    }

    private static void AskForShared(GpuKernel kernel, CudaAccelerator accelerator, GpuFunction function, int sharedBytes)
    {
        CudaError result = DriverCalls.SetMaxDynamicShared(function.Handle, sharedBytes);
        if (result != CudaError.CUDA_SUCCESS)
            throw kernel.Fault(accelerator, $"entry '{function.Entry}' needs {sharedBytes} bytes of dynamic shared memory, which the driver refused with {Explain(result)}; expected a device that has as much.");
    }
}
