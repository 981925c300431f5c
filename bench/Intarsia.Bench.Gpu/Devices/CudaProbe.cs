using System.Runtime.InteropServices;
using Intarsia.Bench.Gpu.Measuring;
using static Intarsia.Bench.Gpu.Devices.CudaDriver;

namespace Intarsia.Bench.Gpu.Devices;

/// <summary>A <see cref="GatherProbe"/> on a CUDA device.</summary>
internal sealed unsafe class CudaProbe : IDisposable
{
    private readonly CudaGpu _gpu;
    private readonly GatherProbe _probe;
    private readonly nint _table, _places, _seen, _module, _function;

    public CudaProbe(CudaGpu gpu, GatherProbe probe, uint[] table)
    {
        (_gpu, _probe) = (gpu, probe);
        _table = Upload<uint>(table);
        _places = Upload<int>(probe.Places);
        _seen = CudaGpu.Allocate(probe.Warps * 32 * 16);
        _module = CudaGpu.Load(probe.Ptx(), out _function, "probe", 0);
    }

    public void Launch()
    {
        nint table = _table, places = _places, seen = _seen;
        uint steps = (uint)_probe.Steps;
        void** arguments = stackalloc void*[] { &table, &places, &seen, &steps };
        Check(cuLaunchKernel(_function, (uint)_probe.Blocks, 1, 1, 32 * GatherProbe.WarpsPerBlock, 1, 1, 0, _gpu.Stream, arguments, null), "launch of the probe");
    }

    /// <summary>What the kernel has seen.</summary>
    public uint[] Seen()
    {
        _gpu.Wait("the probe");
        uint[] seen = new uint[_probe.Warps * 32 * 4];
        CudaGpu.Download(_seen, MemoryMarshal.AsBytes(seen.AsSpan()));
        return seen;
    }

    public void Dispose()
    {
        if (_gpu.IsLost) return;
        foreach (nint address in (nint[])[_table, _places, _seen]) _ = cuMemFree_v2(address);
        _ = cuModuleUnload(_module);
    }

    private static nint Upload<T>(T[] values)
        where T : unmanaged
    {
        nint address = CudaGpu.Allocate((long)values.Length * sizeof(T));
        CudaGpu.Upload(address, MemoryMarshal.AsBytes(values.AsSpan()));
        return address;
    }
}
