using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Gpu;

/// <summary>One kernel as the backends for GPUs wrote it, ready to be put into C#: everything the launch needs, and nothing of how it was planned.</summary>
/// <param name="Targets">PTX modules in order of preference; none where the portable kernel serves every accelerator.</param>
/// <param name="Portable">A kernel in C# for every other accelerator; null where there is none.</param>
internal sealed record GpuKernelText(EquatableArray<GpuTargetText> Targets, PortableKernelText? Portable);

/// <summary>The PTX of one target. Sizes in its indices are <c>rows</c>, <c>depth</c>, <c>columns</c>, <c>ldw</c>, <c>ldx</c> and <c>ldy</c>.</summary>
internal sealed record GpuTargetText
{
    /// <summary><c>sm_80</c>, <c>sm_90a</c>.</summary>
    public required string Target { get; init; }

    /// <summary>The whole module.</summary>
    public required string Ptx { get; init; }

    /// <summary>Threads of a block.</summary>
    public required int Threads { get; init; }

    /// <summary>Dynamic shared memory of a block.</summary>
    public required int SharedBytes { get; init; }

    /// <summary>The entries, the one that asks for most alignment first.</summary>
    public required EquatableArray<GpuEntry> Entries { get; init; }

    /// <summary>The parameters that all entries have, in order.</summary>
    public required EquatableArray<GpuParameter> Parameters { get; init; }

    public required Index GridX { get; init; }

    public Index GridY { get; init; } = 1;

    public Index GridZ { get; init; } = 1;

    /// <summary>Byte counts that must be multiples of an entry's alignment, beside the addresses and leading dimensions of the operands.</summary>
    public EquatableArray<Index> AlsoAligned { get; init; }

    /// <summary>Vectors whose addresses must be multiples of an entry's alignment, too.</summary>
    public EquatableArray<Binding.Operand> AlignedVectors { get; init; }

    /// <summary>Why it was planned so, for the head of the file.</summary>
    public EquatableArray<string> Reasons { get; init; }
}

/// <summary>An entry, and the bytes that addresses and leading dimensions must be multiples of; 1 takes any.</summary>
internal sealed record GpuEntry(string Name, int Alignment);

/// <summary>One parameter of an entry, or of a portable kernel.</summary>
internal abstract record GpuParameter
{
    /// <summary>The address of what a buffer is bound to; the value, where that is a scalar of the method.</summary>
    /// <param name="Binding">An operand, an array of prepared weights, or the scales as they are stored.</param>
    /// <param name="Element">The type of an element there.</param>
    public sealed record Bound(Binding Binding, ElementType Element) : GpuParameter;

    /// <summary>A size.</summary>
    public sealed record Size(Index Value) : GpuParameter;

    /// <summary>Sizes and scalars as one argument, the last of a portable kernel that has too many.</summary>
    /// <param name="Members">What stands in it, in order.</param>
    public sealed record Scalars(EquatableArray<GpuParameter> Members) : GpuParameter;

    /// <summary>A tensor map of an operand or of prepared weights.</summary>
    /// <param name="Binding">What it maps.</param>
    /// <param name="Element">The element type.</param>
    /// <param name="Box">Elements of a box, innermost first.</param>
    /// <param name="SwizzleBytes">0, 32, 64 or 128.</param>
    /// <param name="Dims">Extents in elements, innermost first.</param>
    /// <param name="StrideBytes">Bytes between neighbours along each but the innermost extent.</param>
    public sealed record TensorMap(Binding Binding, ElementType Element, EquatableArray<int> Box, int SwizzleBytes, EquatableArray<Index> Dims, EquatableArray<Index> StrideBytes) : GpuParameter;
}

/// <summary>An ILGPU kernel in C#.</summary>
/// <param name="Source">Static methods; the kernel itself is an internal one called <c>Portable</c>.</param>
/// <param name="Parameters">Its parameters: operands and prepared arrays as <c>ArrayView</c> (16-bit floats as <c>ushort</c>), sizes as <c>int</c>, or the numbers among them together. At most 14, no tensor map.</param>
/// <param name="Threads">Threads of a group.</param>
/// <param name="GridX">Groups in x.</param>
/// <param name="GridY">Groups in y.</param>
/// <param name="GridZ">Groups in z.</param>
internal sealed record PortableKernelText(string Source, EquatableArray<GpuParameter> Parameters, int Threads, Index GridX, Index GridY, Index GridZ)
{
    /// <summary>Why it was planned so, for the head of a file that has no other text.</summary>
    public EquatableArray<string> Reasons { get; init; }
}
