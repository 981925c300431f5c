using System.ComponentModel;
using System.Globalization;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Intarsia.Ilgpu;

/// <summary>PTX as UTF-8. A delegate, because a span cannot be kept.</summary>
/// <returns>The whole module, without a zero at its end.</returns>
[EditorBrowsable(EditorBrowsableState.Never)]
public delegate ReadOnlySpan<byte> PtxText();

/// <summary>One entry of a module.</summary>
/// <param name="Entry">Its name.</param>
/// <param name="Alignment">Bytes that the addresses and leading dimensions of the operands must be multiples of; 1 takes any.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct GpuVariant(string Entry, int Alignment);

/// <summary>A kernel's PTX for one target: a module of entries that differ in the alignment they ask for. It is loaded once per accelerator, at the first call.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class GpuTarget
{
    private readonly GpuKernel _kernel;
    private readonly GpuVariant[] _variants;
    private readonly int _capability;
    private readonly bool _isExact;
    private readonly PerAccelerator<GpuFunction[]> _functions;

    /// <summary>Called by generated code.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="target">The PTX target, <c>sm_80</c> or <c>sm_90a</c>. With an <c>a</c> it runs on that capability alone, else on later ones, too (PTX ISA, ".target").</param>
    /// <param name="ptx">The text.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block, in bytes.</param>
    /// <param name="variants">The entries, the one that asks for most first.</param>
    public GpuTarget(GpuKernel kernel, string target, PtxText ptx, int threads, int sharedBytes, params ReadOnlySpan<GpuVariant> variants)
    {
        _kernel = kernel;
        _variants = variants.ToArray();
        _isExact = target.EndsWith('a');
        _capability = int.Parse(target.AsSpan("sm_".Length).TrimEnd('a'), CultureInfo.InvariantCulture);
        _functions = new PerAccelerator<GpuFunction[]>(accelerator => ModuleLoader.Load(kernel, (CudaAccelerator)accelerator, target, ptx(), threads, sharedBytes, _variants));
    }

    /// <summary>The entry for a device and its operands; null where the device is not one of this target, or the operands are aligned for no entry.</summary>
    /// <param name="stream">The stream that the kernel will run on.</param>
    /// <param name="alignment">Addresses and leading dimensions in bytes, all or-ed together.</param>
    /// <exception cref="GpuKernelException">The driver does not take the text.</exception>
    public GpuFunction? Find(AcceleratorStream stream, nuint alignment)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.Accelerator is not CudaAccelerator accelerator || !RunsOn(accelerator.Architecture)) return null;
        for (int i = 0; i < _variants.Length; i++)
            if ((alignment & (nuint)(_variants[i].Alignment - 1)) == 0) return _functions.For(accelerator)[i];
        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_kernel.Method} for sm_{_capability}{(_isExact ? "a" : "")}";

    private bool RunsOn(CudaArchitecture architecture)
    {
        int capability = architecture.Major * 10 + architecture.Minor;
        return _isExact ? capability == _capability : capability >= _capability;
    }
}
