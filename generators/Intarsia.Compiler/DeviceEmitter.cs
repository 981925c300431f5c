using Intarsia.Compiler.Backends.Gpu;
using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler;

/// <summary>Spec in, the kernel's overload for accelerators out: a file of its own beside the one for the CPU. Pure.</summary>
public static class DeviceEmitter
{
    /// <summary>Writes the overload of a valid kernel; null where the kernel, or a parameter of the method, has no form on accelerators.</summary>
    public static EmittedKernel? Emit(KernelSpec spec, MethodSpec method) =>
        DeviceCall.IsSupported(method) && GpuBackend.Lower(KernelFile.WithTensorStrides(BlockRules.WithoutBroken(spec), method), method) is { } text ? Emit(spec, method, text) : null;

    /// <summary>Writes the overload around texts that are there already.</summary>
    internal static EmittedKernel Emit(KernelSpec spec, MethodSpec method, GpuKernelText text) => new DeviceFile(KernelFile.WithTensorStrides(spec, method), DeviceSignature.Of(spec, method), text).Write();
}
