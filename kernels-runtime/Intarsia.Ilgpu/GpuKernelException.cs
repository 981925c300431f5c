namespace Intarsia.Ilgpu;

/// <summary>A kernel cannot run on an accelerator: the driver refused its text or its launch, or the device is none it was written for. Bad arguments throw what they throw on the CPU.</summary>
public sealed class GpuKernelException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Kernel, device with its capability, what was found and what was expected.</param>
    /// <param name="log">What the driver wrote about a module; empty where it wrote nothing.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public GpuKernelException(string message, string log = "", Exception? inner = null)
        : base(log.Length == 0 ? message : $"{message}{Environment.NewLine}The driver's log:{Environment.NewLine}{log}", inner) => Log = log;

    /// <summary>The driver's log, in full.</summary>
    public string Log { get; }
}
