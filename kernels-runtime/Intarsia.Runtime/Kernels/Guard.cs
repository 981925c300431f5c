using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>
/// The checks at the door of every kernel: after them the kernel runs unchecked, so that they must cover every element it may touch. Each throws before anything is
/// written and names the argument, what was found and what was expected.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class Guard
{
    /// <summary>A run-time extent is not negative, and small enough for the kernel's index arithmetic.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Extent(string name, long value)
    {
        if ((ulong)value > int.MaxValue) ThrowOutOfRange(name, value, "0 to 2147483647");
        return (nint)value;
    }

    /// <summary>An extent that two operands give is the same in both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Same(string name, nint found, string what, nint expected)
    {
        if (found != expected) ThrowDifferent(name, found, what, expected);
    }

    /// <summary>The columns of a packed operand are those of each relation, one relation beside the other.</summary>
    public static void Relations(string name, int found, int relations, nint each)
    {
        if (found != relations * (long)each) throw new ArgumentException($"'{name}' has {found} columns; expected {relations * (long)each}, {each} for each of {relations} relations.", name);
    }

    /// <summary>Packed weights have the layout the kernel was generated for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Packed([NotNull] PackedMatrix? matrix, string name, WeightLayout layout)
    {
        if (matrix is null || !ReferenceEquals(matrix.Layout, layout)) ComparePacked(matrix, name, layout);
    }

    /// <summary>Packed weights store the elements of a pattern, no more and no less, as the kernel was generated for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pattern(PackedMatrix matrix, string name, CsrMatrix pattern)
    {
        if (!matrix.WasFoundToStore(pattern)) matrix.RequirePattern(pattern, name);
    }

    /// <summary>A span holds a matrix of <paramref name="rows"/> rows of <paramref name="columns"/> elements, <paramref name="stride"/> elements apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Matrix(string name, int length, nint rows, nint columns, nint stride)
    {
        // Small kernels feel their guards: the common case is decided in 64 bits, which factors of 31 bits cannot overflow.
        if (((nuint)rows | (nuint)stride) > int.MaxValue || stride < columns || (long)(rows - 1) * stride + columns > length)
            CompareMatrix(name, length, rows, columns, stride);
    }

    /// <summary>Elements of four bits in a span of bytes; no more than a length can say.</summary>
    public static int Nibbles(int bytes) => (int)Math.Min(2L * bytes, int.MaxValue);

    /// <summary>A span holds at least as many elements as the kernel reads.</summary>
    public static void Vector(string name, int length, nint expected)
    {
        if (length < expected) throw new ArgumentException($"'{name}' has {length} elements; expected at least {expected}.", name);
    }

    /// <summary>A factor is positive and finite.</summary>
    public static void Positive(string name, float value)
    {
        if (!(value > 0 && value <= float.MaxValue)) throw new ArgumentOutOfRangeException(name, value, "Expected a positive finite number.");
    }

    /// <summary>The output shares no memory with an input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Disjoint<TOutput, TInput>(string output, ReadOnlySpan<TOutput> written, string input, ReadOnlySpan<TInput> read)
        where TOutput : unmanaged
        where TInput : unmanaged
    {
        // Byte offsets from one to the other, as unsigned numbers: the one that goes backwards is huge.
        nint offset = Unsafe.ByteOffset(ref Unsafe.As<TOutput, byte>(ref MemoryMarshal.GetReference(written)), ref Unsafe.As<TInput, byte>(ref MemoryMarshal.GetReference(read)));
        nuint writtenBytes = (nuint)written.Length * (nuint)Unsafe.SizeOf<TOutput>(), readBytes = (nuint)read.Length * (nuint)Unsafe.SizeOf<TInput>();
        if (((nuint)offset < writtenBytes && readBytes != 0) || ((nuint)(-offset) < readBytes && writtenBytes != 0)) ThrowOverlap(output, input);
    }

    /// <summary>A rank-2 tensor whose rows are contiguous, as a span over its memory.</summary>
    public static ReadOnlySpan<T> Tensor<T>(string name, scoped in ReadOnlyTensorSpan<T> tensor, out nint rows, out nint columns, out nint stride)
    {
        Shape(name, tensor.Rank, tensor.Lengths, tensor.Strides, out rows, out columns, out stride);
        return rows == 0 || columns == 0 ? default : MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AsRef(in tensor.GetPinnableReference()), Length(rows, columns, stride));
    }

    /// <summary>A rank-2 tensor whose rows are contiguous, as a span over its memory.</summary>
    public static Span<T> Tensor<T>(string name, scoped in TensorSpan<T> tensor, out nint rows, out nint columns, out nint stride)
    {
        Shape(name, tensor.Rank, tensor.Lengths, tensor.Strides, out rows, out columns, out stride);
        return rows == 0 || columns == 0 ? default : MemoryMarshal.CreateSpan(ref tensor.GetPinnableReference(), Length(rows, columns, stride));
    }

    /// <summary>No emitted tier runs on this CPU.</summary>
    [DoesNotReturn]
    public static void NoTier(string kernel, string tiers) =>
        throw new PlatformNotSupportedException($"Kernel '{kernel}' was emitted for {tiers}; this CPU runs none of them. Add Scalar or Vector128 to the IntarsiaTiers property.");

    private static void Shape(string name, int rank, ReadOnlySpan<nint> lengths, ReadOnlySpan<nint> strides, out nint rows, out nint columns, out nint stride)
    {
        if (rank != 2) throw new ArgumentException($"'{name}' has rank {rank}; expected 2.", name);
        (rows, columns) = (lengths[0], lengths[1]);
        if (columns > 1 && strides[1] != 1) throw new ArgumentException($"Neighbouring columns of '{name}' are {strides[1]} elements apart; expected 1.", name);

        // A stride of 0 stands for an extent of 1 (or a broadcast, which the caller's own check of the memory then refuses).
        stride = rows <= 1 ? columns : strides[0];
        if (stride < columns) throw new ArgumentException($"The rows of '{name}' are {stride} elements apart; expected at least its {columns} columns.", name);
    }

    private static int Length(nint rows, nint columns, nint stride) => checked((int)((rows - 1) * stride + columns));

    private static void ComparePacked([NotNull] PackedMatrix? matrix, string name, WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(matrix, name);
        if (!matrix.Layout.Equals(layout)) throw new ArgumentException($"'{name}' is packed as {matrix.Layout}; this kernel reads {layout}.", name);
    }

    private static void CompareMatrix(string name, int length, nint rows, nint columns, nint stride)
    {
        if (stride < columns) throw new ArgumentException($"The rows of '{name}' are {stride} elements apart; expected at least its {columns} columns.", name);
        if (rows == 0 || columns == 0) return;
        Int128 needed = (Int128)(rows - 1) * stride + columns;
        if (length < needed) throw new ArgumentException($"'{name}' has {length} elements; expected at least {needed} ({rows} rows of {columns}, {stride} apart).", name);
    }

    [DoesNotReturn]
    private static void ThrowDifferent(string name, nint found, string what, nint expected) =>
        throw new ArgumentException($"'{name}' has {found} {what}; expected {expected}.", name);

    [DoesNotReturn]
    private static void ThrowOverlap(string output, string input) => throw new ArgumentException($"'{output}' overlaps '{input}'; expected separate memory.", output);

    [DoesNotReturn]
    private static void ThrowOutOfRange(string name, long value, string expected) =>
        throw new ArgumentOutOfRangeException(name, value, $"Expected {expected}.");
}
