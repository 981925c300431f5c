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

    public CudaError LoadModule(out IntPtr kernelModule, string moduleData, int numOptions, IntPtr jitOptions, IntPtr jitOptionValues) => EmulatedDriver.LoadModule(out kernelModule, moduleData, out _);

    public CudaError DestroyModule(IntPtr kernelModule) => EmulatedDriver.DestroyModule(kernelModule);

    public CudaError GetModuleFunction(out IntPtr kernelFunction, IntPtr kernelModule, string functionName) => EmulatedDriver.GetFunction(out kernelFunction, kernelModule, functionName);

    public CudaError LaunchKernel(
        IntPtr kernelFunction, int gridDimX, int gridDimY, int gridDimZ, int blockDimX, int blockDimY, int blockDimZ, int sharedMemSizeInBytes, IntPtr stream, IntPtr args, IntPtr kernelArgs) =>
        EmulatedDriver.Launch(kernelFunction, (gridDimX, gridDimY, gridDimZ), (blockDimX, blockDimY, blockDimZ), sharedMemSizeInBytes, stream, args, kernelArgs);
}
