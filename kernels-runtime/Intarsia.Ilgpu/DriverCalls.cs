using ILGPU.Runtime.Cuda;
#if !ILGPU_CONTRACT
using System.Runtime.InteropServices;
#endif

namespace Intarsia.Ilgpu;

/// <summary>The two driver calls that ILGPU does not have. Against the test double they go to its emulated driver.</summary>
internal static unsafe class DriverCalls
{
    /// <summary>CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.</summary>
    private const int MaxDynamicShared = 8;

    /// <summary>CU_TENSOR_MAP_L2_PROMOTION_L2_128B.</summary>
    private const int PromoteToLine = 2;

    /// <summary>cuFuncSetAttribute: allows an entry more dynamic shared memory than 48 KB.</summary>
    public static CudaError SetMaxDynamicShared(IntPtr function, int bytes)
#if ILGPU_CONTRACT
        => EmulatedDriver.SetAttribute(function, MaxDynamicShared, bytes);
#else
        => ((delegate* unmanaged<IntPtr, int, int, CudaError>)Export("cuFuncSetAttribute"))(function, MaxDynamicShared, bytes);
#endif

    /// <summary>cuTensorMapEncodeTiled, not interleaved, zeros out of bounds.</summary>
    public static CudaError EncodeTensorMap(void* map, int element, int rank, nint address, ulong* dims, ulong* strides, uint* box, uint* steps, int swizzle)
#if ILGPU_CONTRACT
        => EmulatedDriver.EncodeTensorMap(map, element, rank, address, dims, strides, box, steps, 0, swizzle, PromoteToLine, 0);
#else
        => ((delegate* unmanaged<void*, int, uint, nint, ulong*, ulong*, uint*, uint*, int, int, int, int, CudaError>)Export("cuTensorMapEncodeTiled"))(
            map, element, (uint)rank, address, dims, strides, box, steps, 0, swizzle, PromoteToLine, 0);

    private static readonly Lazy<IntPtr> Driver = new(() => NativeLibrary.Load(OperatingSystem.IsWindows() ? "nvcuda" : "libcuda.so.1"));

    private static IntPtr Export(string name) => NativeLibrary.TryGetExport(Driver.Value, name, out IntPtr address)
        ? address
        : throw new GpuKernelException($"The CUDA driver has no {name}; expected one of CUDA 12.0 or later.");
#endif
}
