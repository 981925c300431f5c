using System.ComponentModel;
using ILGPU.Runtime;

namespace Intarsia.Ilgpu;

/// <summary>A kernel in C# that ILGPU compiles, for accelerators without a text of our own. Compiled once per accelerator, at the first call.</summary>
/// <typeparam name="TLauncher">The type of the launcher: a stream, a <see cref="ILGPU.KernelConfig"/> and the kernel's arguments.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PortableKernel<TLauncher>
    where TLauncher : Delegate
{
    private readonly PerAccelerator<TLauncher> _launchers;

    /// <summary>Called by generated code.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="threads">Threads of a group.</param>
    /// <param name="load">Compiles the kernel for an accelerator.</param>
    public PortableKernel(GpuKernel kernel, int threads, Func<Accelerator, TLauncher> load) => _launchers = new PerAccelerator<TLauncher>(accelerator =>
    {
        if (threads > accelerator.MaxNumThreadsPerGroup)
            throw kernel.Fault(accelerator, $"the kernel runs in groups of {threads} threads; this accelerator takes {accelerator.MaxNumThreadsPerGroup}. (ILGPU's default CPU device takes 16; CPUDeviceKind.Nvidia takes 1024.)");
        try
        {
            return load(accelerator);
        }
        catch (Exception fault) when (fault is not (OutOfMemoryException or ObjectDisposedException))
        {
            throw kernel.Fault(accelerator, $"ILGPU did not compile the portable kernel: {fault.Message}", inner: fault);
        }
    });

    /// <summary>The launcher for a stream's accelerator.</summary>
    /// <exception cref="GpuKernelException">ILGPU cannot compile the kernel for the accelerator, or its groups are too large for it.</exception>
    public TLauncher On(AcceleratorStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return _launchers.For(stream.Accelerator);
    }
}
