using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>As many elements as the longest vector has 32-bit lanes, on their way to places of their own or from there.</summary>
/// <typeparam name="T">The element as it lies in memory.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
[InlineArray(MostLanes)]
public struct ElementLine<T>
    where T : unmanaged
{
    private const int MostLanes = 16;

    private T _first;

    /// <summary>The first element; vectors are loaded and stored here.</summary>
    [UnscopedRef]
    public ref T First
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _first;
    }

    /// <summary>Writes the first <paramref name="count"/> elements behind a reference, each as far as its place in memory says, in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Scatter(ref T destination, ref int places, nint count)
    {
        for (nint i = 0; i < count; i++) Unsafe.Add(ref destination, Unsafe.Add(ref places, i)) = Unsafe.Add(ref _first, i);
    }

    /// <summary>Reads the first <paramref name="count"/> elements from behind a reference, each as far as its place in memory says; the others stay as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Gather(ref T source, ref int places, nint count)
    {
        for (nint i = 0; i < count; i++) Unsafe.Add(ref _first, i) = Unsafe.Add(ref source, Unsafe.Add(ref places, i));
    }
}
