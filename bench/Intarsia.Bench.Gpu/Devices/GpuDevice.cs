using Intarsia.Bench.Gpu.Measuring;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Devices;

/// <summary>What a run needs of a device; the emulated one has no clock.</summary>
internal abstract class GpuDevice
{
    public abstract string Name { get; }

    /// <summary>What decides which kernels it gets.</summary>
    public abstract DeviceKind Kind { get; }

    /// <summary>A fault has made the device useless to this process: every further call would fail, or never end.</summary>
    public virtual bool IsLost => false;

    /// <summary>A kernel with its operands on the device.</summary>
    public abstract BoundKernel Bind(PtxKernel kernel, KernelPlan plan, PlanOperands operands);

    /// <summary>Runs a probe once: what each thread has seen.</summary>
    public abstract uint[] Probe(GatherProbe probe, uint[] table);
}

/// <summary>A kernel on a device with its operands: ready to launch, and to read back.</summary>
internal abstract class BoundKernel : IDisposable
{
    /// <summary>Queues one launch.</summary>
    public abstract void Launch();

    /// <summary>The result, rows×columns, logical, once everything queued has run.</summary>
    /// <exception cref="InvalidOperationException">The kernel failed.</exception>
    public abstract double[] ReadY();

    public virtual void Dispose()
    {
    }
}
