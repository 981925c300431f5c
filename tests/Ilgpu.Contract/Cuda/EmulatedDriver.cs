using System.Collections.Concurrent;
using System.Text;
using Intarsia.PtxEmulator;

namespace ILGPU.Runtime.Cuda;

/// <summary>
/// A driver in front of the PTX emulator. It refuses what a driver refuses: calls without a bound accelerator, text for another device, too much shared memory, handles
/// of another accelerator. A launch that the emulator finds fault with throws with every finding.
/// </summary>
internal static class EmulatedDriver
{
    private const int MaxDynamicSharedAttribute = 8;
    private static readonly ConcurrentDictionary<IntPtr, object> Handles = new();
    private static long s_next = 0x1000;

    public static IntPtr Add(object target)
    {
        IntPtr handle = (nint)Interlocked.Add(ref s_next, 16);
        Handles[handle] = target;
        return handle;
    }

    public static void Remove(IntPtr handle) => Handles.TryRemove(handle, out _);

    /// <summary>Forgets what was loaded on an accelerator that is disposed, as destroying a context does.</summary>
    public static void RemoveAll(CudaAccelerator accelerator)
    {
        foreach ((IntPtr handle, object target) in Handles)
            if (target is LoadedModule module && module.Accelerator == accelerator || target is Function function && function.Module.Accelerator == accelerator) Remove(handle);
    }

    public static CudaError LoadModule(out IntPtr handle, string text, out string log)
    {
        (handle, log) = (IntPtr.Zero, "");
        if (Accelerator.Current is not CudaAccelerator accelerator) return CudaError.CUDA_ERROR_INVALID_CONTEXT;
        PtxModule module;
        try
        {
            module = PtxModule.Parse(text);
        }
        catch (PtxParseException fault)
        {
            log = fault.Message;
            return CudaError.CUDA_ERROR_INVALID_PTX;
        }
        if (!Runs(module.Target, accelerator.Architecture))
        {
            log = $"the text is for {module.Target}, the device is {accelerator.Architecture}";
            return CudaError.CUDA_ERROR_INVALID_PTX;
        }
        handle = Add(new LoadedModule(accelerator, module));
        return CudaError.CUDA_SUCCESS;
    }

    /// <summary>Writes a log as the driver does: cut to the buffer, ending in a zero.</summary>
    public static void WriteLog(string log, Span<byte> buffer)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(log);
        int count = Math.Min(bytes.Length, buffer.Length - 1);
        bytes.AsSpan(0, count).CopyTo(buffer);
        buffer[count] = 0;
    }

    public static CudaError DestroyModule(IntPtr module) => Handles.TryRemove(module, out object? found) && found is LoadedModule ? CudaError.CUDA_SUCCESS : CudaError.CUDA_ERROR_INVALID_HANDLE;

    public static CudaError GetFunction(out IntPtr handle, IntPtr module, string name)
    {
        handle = IntPtr.Zero;
        if (Find<LoadedModule>(module) is not { } loaded) return CudaError.CUDA_ERROR_INVALID_HANDLE;
        if (loaded.Module.Entries.FirstOrDefault(entry => entry.Name == name) is not { } found) return CudaError.CUDA_ERROR_NOT_FOUND;
        handle = Add(new Function(loaded, found));
        return CudaError.CUDA_SUCCESS;
    }

    /// <summary>cuFuncSetAttribute.</summary>
    public static CudaError SetAttribute(IntPtr function, int attribute, int value)
    {
        if (Find<Function>(function) is not { } found) return CudaError.CUDA_ERROR_INVALID_HANDLE;
        if (attribute != MaxDynamicSharedAttribute || value < 0 || value > found.Module.Accelerator.Device.MaxDynamicShared) return CudaError.CUDA_ERROR_INVALID_VALUE;
        found.MaxDynamicShared = value;
        return CudaError.CUDA_SUCCESS;
    }

    /// <summary>cuTensorMapEncodeTiled.</summary>
    public static unsafe CudaError EncodeTensorMap(
        void* map, int element, int rank, nint address, ulong* dims, ulong* strides, uint* box, uint* steps, int interleave, int swizzle, int promotion, int fill)
    {
        if (rank is < 1 or > 5 || address % 16 != 0) return CudaError.CUDA_ERROR_INVALID_VALUE;
        try
        {
            TensorMap.Tiled(
                (TensorMapDataType)element, address, new(dims, rank), new(strides, rank - 1), new(box, rank), new(steps, rank),
                (TensorMapInterleave)interleave, (TensorMapSwizzle)swizzle, (TensorMapL2Promotion)promotion, (TensorMapOobFill)fill).Bytes.CopyTo(new Span<byte>(map, 128));
        }
        catch (ArgumentException)
        {
            return CudaError.CUDA_ERROR_INVALID_VALUE;
        }
        return CudaError.CUDA_SUCCESS;
    }

    public static unsafe CudaError Launch(IntPtr function, Dim3 grid, Dim3 block, int shared, IntPtr stream, IntPtr args, IntPtr extra)
    {
        if (Find<Function>(function) is not { } found || (stream != IntPtr.Zero && !ReferenceEquals(Find<CudaAccelerator>(stream), found.Module.Accelerator))) return CudaError.CUDA_ERROR_INVALID_HANDLE;
        if (Accelerator.Current != found.Module.Accelerator) return CudaError.CUDA_ERROR_INVALID_CONTEXT;
        bool isGrid = grid is { X: > 0, Y: > 0 and <= 65535, Z: > 0 and <= 65535 }, isBlock = block is { X: > 0, Y: > 0, Z: > 0 and <= 64 } && block.X * block.Y * block.Z <= 1024;
        if (!isGrid || !isBlock || shared < 0 || shared > found.MaxDynamicShared || extra != IntPtr.Zero) return CudaError.CUDA_ERROR_INVALID_VALUE;
        found.Module.Accelerator.Machine.Launch(found.Entry, new LaunchConfig(grid, block, shared), (void**)args).ThrowIfAny();
        return CudaError.CUDA_SUCCESS;
    }

    /// <summary>Text for sm_XY runs on that capability and later ones, text for sm_XYa on that one alone (PTX ISA, "PTX Module Directives: .target").</summary>
    private static bool Runs(string target, CudaArchitecture device)
    {
        string number = target["sm_".Length..].TrimEnd('a');
        int wanted = int.Parse(number, System.Globalization.CultureInfo.InvariantCulture), have = device.Major * 10 + device.Minor;
        return target.EndsWith('a') ? have == wanted : have >= wanted;
    }

    private static T? Find<T>(IntPtr handle)
        where T : class => Handles.TryGetValue(handle, out object? found) ? found as T : null;

    private sealed record LoadedModule(CudaAccelerator Accelerator, PtxModule Module);

    private sealed record Function(LoadedModule Module, PtxEntry Entry)
    {
        public int MaxDynamicShared { get; set; } = CudaDevice.DefaultDynamicShared;
    }
}
