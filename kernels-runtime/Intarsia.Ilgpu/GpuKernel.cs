using System.ComponentModel;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Intarsia.Ilgpu;

/// <summary>Which kernel speaks, for messages. Generated code holds one per method.</summary>
/// <param name="method">The declaring type and method.</param>
/// <param name="spec">The derived name of the kernel.</param>
/// <param name="layout">The layout that packed weights must have; null for a kernel that takes its weights as a view.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class GpuKernel(string method, string spec, WeightLayout? layout)
{
    /// <summary>The declaring type and method.</summary>
    public string Method => method;

    /// <summary>The derived name.</summary>
    public string Spec => spec;

    /// <summary>The layout of packed weights.</summary>
    public WeightLayout? Layout => layout;

    /// <summary>The device of an accelerator, with its capability where it has one.</summary>
    internal static string Describe(Accelerator accelerator) => accelerator is CudaAccelerator cuda
        ? $"'{cuda.Name}' (CUDA, capability {cuda.Architecture.Major}.{cuda.Architecture.Minor})"
        : $"'{accelerator.Name}' ({accelerator.AcceleratorType})";

    internal GpuKernelException Fault(Accelerator accelerator, string what, string log = "", Exception? inner = null) =>
        new($"Kernel {method} ({spec}) on {Describe(accelerator)}: {what}", log, inner);
}
