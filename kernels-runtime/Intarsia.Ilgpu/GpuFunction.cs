using System.ComponentModel;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Intarsia.Ilgpu;

/// <summary>A loaded entry on one accelerator.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class GpuFunction
{
    // Limits of cuLaunchKernel's grid (CUDA C++ Programming Guide, "Technical Specifications per Compute Capability").
    private const int MaxGridX = int.MaxValue;
    private const int MaxGridYZ = 65535;

    private readonly GpuKernel _kernel;
    private readonly CudaAccelerator _accelerator;
    private readonly string _target;
    private readonly int _threads;
    private readonly int _sharedBytes;

    internal GpuFunction(GpuKernel kernel, CudaAccelerator accelerator, IntPtr handle, string entry, string target, int threads, int sharedBytes)
    {
        (_kernel, _accelerator, Handle, Entry) = (kernel, accelerator, handle, entry);
        (_target, _threads, _sharedBytes) = (target, threads, sharedBytes);
    }

    /// <summary>The entry's name.</summary>
    public string Entry { get; }

    internal IntPtr Handle { get; }

    /// <summary>Queues the kernel. A grid with an extent of 0 launches nothing.</summary>
    /// <param name="stream">A stream of the accelerator that the entry was found for.</param>
    /// <param name="gridX">Blocks in x, up to 2³¹−1.</param>
    /// <param name="gridY">Blocks in y, up to 65535.</param>
    /// <param name="gridZ">Blocks in z, up to 65535.</param>
    /// <param name="arguments">The entry's arguments, in order.</param>
    /// <exception cref="GpuKernelException">The grid is too large, or the driver refused the launch.</exception>
    public unsafe void Launch(AcceleratorStream stream, nint gridX, nint gridY, nint gridZ, params ReadOnlySpan<GpuArgument> arguments)
    {
        if (gridX == 0 || gridY == 0 || gridZ == 0) return;
        if (gridX is < 0 or > MaxGridX || gridY is < 0 or > MaxGridYZ || gridZ is < 0 or > MaxGridYZ)
            throw _kernel.Fault(_accelerator, $"entry '{Entry}' would need a grid of {gridX}×{gridY}×{gridZ} blocks; expected at most {MaxGridX}×{MaxGridYZ}×{MaxGridYZ}.");

        // The driver takes a pointer to each argument and reads as many bytes as the entry declares: 4 or 8 of a slot, 128 of a tensor map.
        ulong* slots = stackalloc ulong[arguments.Length];
        void** pointers = stackalloc void*[arguments.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            slots[i] = arguments[i].Bits;
            pointers[i] = arguments[i].Map is { } map ? map.Address : slots + i;
        }
        _accelerator.Bind();
        CudaError result = CudaAPI.CurrentAPI.LaunchKernel(
            Handle, (int)gridX, (int)gridY, (int)gridZ, _threads, 1, 1, _sharedBytes, ((CudaStream)stream).StreamPtr, (IntPtr)pointers, IntPtr.Zero);
        foreach (ref readonly GpuArgument argument in arguments) GC.KeepAlive(argument.Map);
        if (result != CudaError.CUDA_SUCCESS)
            throw _kernel.Fault(_accelerator, $"the driver refused to launch '{Entry}' ({_target}) with {ModuleLoader.Explain(result)}; grid {gridX}×{gridY}×{gridZ}, {_threads} threads, {_sharedBytes} bytes of shared memory.");
    }
}
