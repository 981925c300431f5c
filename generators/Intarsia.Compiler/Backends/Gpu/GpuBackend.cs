using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Backends.Gpu;

/// <summary>From a spec to the texts of its kernel for GPUs.</summary>
internal static class GpuBackend
{
    /// <summary>The texts of a kernel; null for the kernels that have none, and then no overload.</summary>
    public static GpuKernelText? Lower(KernelSpec spec, MethodSpec method) => null;
}
