using Intarsia.Ptx.Tests.Sass;

namespace Intarsia.Ptx.Tests.Tools;

/// <summary>A text that the assembler accepted: machine code, and what each kernel takes.</summary>
/// <param name="Target">What it was assembled for, and by which assembler.</param>
/// <param name="Cubin">The ELF file.</param>
/// <param name="Kernels">The kernels' resources.</param>
/// <param name="Advisories">Warnings and performance advice of the assembler; a kernel of ours has none.</param>
internal sealed record AssembledModule(PtxTarget Target, byte[] Cubin, IReadOnlyList<KernelResources> Kernels, IReadOnlyList<string> Advisories)
{
    private readonly Lazy<Task<Disassembly>> _disassembly = new(() => Disassembly.OfAsync(Target, Cubin));

    /// <summary>The machine code as text, disassembled at the first use.</summary>
    public Disassembly Disassembly => _disassembly.Value.GetAwaiter().GetResult();

    /// <summary>The resources of an entry, or of the only one.</summary>
    /// <exception cref="KeyNotFoundException">There is no such entry, or there are several and none is named; the message names them.</exception>
    public KernelResources Kernel(string? name = null) =>
        name is null && Kernels.Count == 1 ? Kernels[0] : Kernels.FirstOrDefault(kernel => kernel.Name == name)
        ?? throw new KeyNotFoundException($"The text has no entry '{name}'; it has {string.Join(", ", Kernels.Select(kernel => $"'{kernel.Name}'"))}.");
}
