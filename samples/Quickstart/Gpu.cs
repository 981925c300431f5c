using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace Quickstart;

/// <summary>Where the kernels run beside the CPU: the first NVIDIA device of capability 8.0 or later; where there is none, a stand-in on which results are checked, and times would mean nothing.</summary>
internal sealed class Gpu : IDisposable
{
#if ILGPU_CONTRACT
    // This repository builds without ILGPU; its test double of ILGPU has emulated devices only (docs/gpu.md).
    private const bool IsTestDouble = true;
#else
    private const bool IsTestDouble = false;
#endif

    private readonly Context context = Context.Create(builder => builder.CPU(CPUDeviceKind.Nvidia).Cuda());

    /// <summary>Looks for a device.</summary>
    public Gpu()
    {
        CudaDevice? device = null;
        foreach (CudaDevice candidate in context.GetCudaDevices())
            if (device is null && candidate.Architecture is { Major: >= 8 }) device = candidate;
        IsDevice = device is not null && !IsTestDouble;
        Accelerator = device is null ? context.CreateCPUAccelerator(0) : device.CreateCudaAccelerator(context);
    }

    /// <summary>A device, or what stands in for one.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>It is a device, so that its times are worth a column.</summary>
    public bool IsDevice { get; }

    /// <summary>How kernels run there.</summary>
    public string How => IsDevice ? Accelerator.Name : IsTestDouble ? "emulated" : "on ILGPU's CPU accelerator";

    /// <inheritdoc/>
    public void Dispose()
    {
        Accelerator.Dispose();
        context.Dispose();
    }
}
