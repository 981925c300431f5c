using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// Decides how a kernel runs on a GPU: one program to a thread block. Pure. The program is of the same form as those for CPUs, on larger tiles: those of a
/// thread block, in registers and shared memory.
/// </summary>
public static class DevicePlanner
{
    /// <summary>Whether there is a plan for a spec that breaks no rule.</summary>
    public static bool Supports(KernelSpec spec, Device device) => spec.Operation == Operation.Gemm && device != Device.Sm90A;

    /// <summary>Plans a spec that breaks no rule.</summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="device">What runs it.</param>
    /// <param name="aligned">
    /// The caller promises that every line of X, Y and the operands of Y's shape begins at a multiple of 16 bytes and is as long; else nothing is assumed beyond the alignment of elements.
    /// </param>
    public static KernelPlan Plan(KernelSpec spec, Device device, bool aligned) => new DenseSchedule(spec, device, aligned).Build();
}
