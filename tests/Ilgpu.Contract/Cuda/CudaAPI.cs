namespace ILGPU.Runtime.Cuda;

/// <summary>The driver calls that kernels of our own need.</summary>
public sealed class CudaAPI
{
    private CudaAPI()
    {
    }

    public static CudaAPI CurrentAPI { get; } = new();

    public string GetErrorString(CudaError error) => $"emulated driver: {error}";

    public CudaError LoadModule(out IntPtr kernelModule, string moduleData) => EmulatedDriver.LoadModule(out kernelModule, moduleData, out _);

    /// <summary>The JIT options 5 and 6 are a buffer for the error log and its size in bytes, as in cuModuleLoadDataEx.</summary>
    public unsafe CudaError LoadModule(out IntPtr kernelModule, string moduleData, int numOptions, IntPtr jitOptions, IntPtr jitOptionValues)
    {
        CudaError result = EmulatedDriver.LoadModule(out kernelModule, moduleData, out string log);
        ReadOnlySpan<int> options = new((void*)jitOptions, numOptions);
        ReadOnlySpan<IntPtr> values = new((void*)jitOptionValues, numOptions);
        if (options.IndexOf(5) is >= 0 and int buffer && options.IndexOf(6) is >= 0 and int size) EmulatedDriver.WriteLog(log, new Span<byte>((void*)values[buffer], (int)values[size]));
        return result;
    }

    public CudaError DestroyModule(IntPtr kernelModule) => EmulatedDriver.DestroyModule(kernelModule);

    public CudaError GetModuleFunction(out IntPtr kernelFunction, IntPtr kernelModule, string functionName) => EmulatedDriver.GetFunction(out kernelFunction, kernelModule, functionName);

    public CudaError LaunchKernel(
        IntPtr kernelFunction, int gridDimX, int gridDimY, int gridDimZ, int blockDimX, int blockDimY, int blockDimZ, int sharedMemSizeInBytes, IntPtr stream, IntPtr args, IntPtr kernelArgs) =>
        EmulatedDriver.Launch(kernelFunction, new(gridDimX, gridDimY, gridDimZ), new(blockDimX, blockDimY, blockDimZ), sharedMemSizeInBytes, stream, args, kernelArgs);
}
