namespace ILGPU.Runtime.Cuda;

/// <summary>The driver of a machine without an NVIDIA device.</summary>
internal static unsafe class EmulatedDriver
{
    public static CudaError LoadModule(out IntPtr handle, string text, out string log)
    {
        (handle, log) = (IntPtr.Zero, "");
        return CudaError.CUDA_ERROR_NO_DEVICE;
    }

    public static CudaError DestroyModule(IntPtr module) => CudaError.CUDA_ERROR_NO_DEVICE;

    public static CudaError GetFunction(out IntPtr handle, IntPtr module, string name)
    {
        handle = IntPtr.Zero;
        return CudaError.CUDA_ERROR_NO_DEVICE;
    }

    public static CudaError SetAttribute(IntPtr function, int attribute, int value) => CudaError.CUDA_ERROR_NO_DEVICE;

    public static CudaError EncodeTensorMap(
        void* map, int element, int rank, nint address, ulong* dims, ulong* strides, uint* box, uint* steps, int interleave, int swizzle, int promotion, int fill) => CudaError.CUDA_ERROR_NO_DEVICE;

    public static CudaError Launch(IntPtr function, (int X, int Y, int Z) grid, (int X, int Y, int Z) block, int shared, IntPtr stream, IntPtr args, IntPtr extra) => CudaError.CUDA_ERROR_NO_DEVICE;
}
