using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>
/// An array whose first element stands on a cache line, so that no full vector load straddles two. It is a pinned managed array: a reference into it keeps it alive,
/// which native memory would not.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class AlignedArray<T>
    where T : unmanaged
{
    private const int LineBytes = 64;
    private readonly T[] _array;
    private readonly int _start;

    /// <summary>Allocates <paramref name="length"/> zeroed elements and a cache line of zeros behind them.</summary>
    /// <exception cref="OverflowException">The array would exceed what one .NET array can hold.</exception>
    public unsafe AlignedArray(long length)
    {
        int padding = 2 * LineBytes / sizeof(T);
        if (length > Array.MaxLength - padding) throw new OverflowException($"An array of {length} elements of {sizeof(T)} bytes was asked for; expected at most {Array.MaxLength - padding}.");
        _array = GC.AllocateArray<T>((int)(length + padding), pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref _array[0]);
        _start = (int)((LineBytes - address % LineBytes) % LineBytes / sizeof(T));
        Length = (int)length;
    }

    /// <summary>Number of elements, without the padding.</summary>
    public int Length { get; }

    /// <summary>The first element.</summary>
    public ref T First => ref _array[_start];

    /// <summary>The elements.</summary>
    public Span<T> Span => _array.AsSpan(_start, Length);
}
