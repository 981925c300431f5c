using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Intarsia.Ilgpu;

/// <summary>
/// The checks at the door of a kernel's overload for accelerators: what <see cref="Intarsia.Kernels.Guard"/> checks on the CPU, and that everything lies where the stream runs.
/// Each throws before anything is launched and names the argument, what was found and what was expected.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class DeviceGuard
{
    /// <summary>Packed weights have the kernel's layout and lie on the stream's accelerator.</summary>
    public static void Weights([NotNull] DeviceMatrix? weights, string name, WeightLayout layout, AcceleratorStream stream)
    {
        ArgumentNullException.ThrowIfNull(weights, name);
        ArgumentNullException.ThrowIfNull(stream);
        weights.ThrowIfUnusable(name, stream);
        if (!ReferenceEquals(weights.Layout, layout) && !weights.Layout.Equals(layout)) throw new ArgumentException($"'{name}' is packed as {weights.Layout}; this kernel reads {layout}.", name);
    }

    /// <summary>A view holds a matrix of <paramref name="rows"/> rows of <paramref name="columns"/> elements, <paramref name="stride"/> elements apart.</summary>
    public static void Matrix<T>(string name, ArrayView<T> view, AcceleratorStream stream, nint rows, nint columns, nint stride)
        where T : unmanaged
    {
        if (stride < columns) throw new ArgumentException($"The rows of '{name}' are {stride} elements apart; expected at least its {columns} columns.", name);
        if (rows == 0 || columns == 0) return;
        Int128 needed = (Int128)(rows - 1) * stride + columns;
        if (view.Length < needed) throw new ArgumentException($"'{name}' has {view.Length} elements; expected at least {needed} ({rows} rows of {columns}, {stride} apart).", name);
        Place(name, view, stream);
    }

    /// <summary>A view of bytes holds a matrix of elements of four bits, two to a byte.</summary>
    /// <inheritdoc cref="Matrix{T}(string, ArrayView{T}, AcceleratorStream, nint, nint, nint)"/>
    public static void NibbleMatrix(string name, ArrayView<byte> view, AcceleratorStream stream, nint rows, nint columns, nint stride)
    {
        if (stride < columns) throw new ArgumentException($"The rows of '{name}' are {stride} elements apart; expected at least its {columns} columns.", name);
        if (rows == 0 || columns == 0) return;
        Int128 needed = ((Int128)(rows - 1) * stride + columns + 1) / 2;
        if (view.Length < needed) throw new ArgumentException($"'{name}' has {view.Length} bytes; expected at least {needed} ({rows} rows of {columns} elements of four bits, {stride} apart).", name);
        Place(name, view, stream);
    }

    /// <summary>A view holds at least as many elements as the kernel reads.</summary>
    public static void Vector<T>(string name, ArrayView<T> view, AcceleratorStream stream, nint expected)
        where T : unmanaged
    {
        if (view.Length < expected) throw new ArgumentException($"'{name}' has {view.Length} elements; expected at least {expected}.", name);
        if (expected > 0) Place(name, view, stream);
    }

    /// <summary>The output shares no memory with an input.</summary>
    public static void Disjoint<TOutput, TInput>(string output, ArrayView<TOutput> written, string input, ArrayView<TInput> read)
        where TOutput : unmanaged
        where TInput : unmanaged
    {
        if (written.Length == 0 || read.Length == 0) return;
        nint begin = Pointer(written), other = Pointer(read);
        if (begin < other + read.LengthInBytes && other < begin + written.LengthInBytes) throw new ArgumentException($"'{output}' overlaps '{input}'; expected separate memory.", output);
    }

    /// <summary>The device address of a view; 0 where it is empty.</summary>
    public static nint Pointer<T>(ArrayView<T> view)
        where T : unmanaged => view.IsValid ? view.LoadEffectiveAddressAsPtr() : 0;

    /// <summary>The same as <see cref="Alignment{T}(ArrayView{T}, nint)"/> for elements of four bits; an odd stride is aligned to nothing.</summary>
    public static nuint NibbleAlignment(ArrayView<byte> view, nint stride) => (nuint)Pointer(view) | (nuint)(stride % 2 != 0 ? 1 : stride / 2);

    /// <summary>Address and stride in bytes, or-ed: its lowest bit set says what both are multiples of.</summary>
    public static nuint Alignment<T>(ArrayView<T> view, nint stride)
        where T : unmanaged => (nuint)Pointer(view) | (nuint)(stride * Unsafe.SizeOf<T>());

    /// <summary>The kernel has no text for the device.</summary>
    [DoesNotReturn]
    public static void NoTarget(GpuKernel kernel, AcceleratorStream stream, string targets) =>
        throw kernel.Fault(stream.Accelerator, $"no text of this kernel runs there; expected a CUDA device for one of {targets}.");

    private static void Place<T>(string name, ArrayView<T> view, AcceleratorStream stream)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(stream);
        MemoryBuffer buffer = BufferOf(view);
        if (buffer.IsDisposed) throw new ObjectDisposedException(name, $"The buffer of '{name}' has been disposed.");
        if (buffer.Accelerator != stream.Accelerator)
            throw new ArgumentException($"'{name}' lies on {(buffer.Accelerator is { } other ? GpuKernel.Describe(other) : "no accelerator")}; expected the stream's own, {GpuKernel.Describe(stream.Accelerator)}.", name);
    }

    private static MemoryBuffer BufferOf<TView>(in TView view)
        where TView : IArrayView => view.Buffer;
}
