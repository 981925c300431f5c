using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>The last elements of a line, fewer than a vector holds, for formats that have no masked loads and stores: element by element, past none of them.</summary>
internal static class Partial
{
    /// <summary>A vector that begins with <paramref name="count"/> elements; zeros behind them.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TVector Load<TElement, TVector>(ref TElement source, nint count)
        where TElement : unmanaged
        where TVector : unmanaged
    {
        TVector vector = default;
        ref TElement first = ref Unsafe.As<TVector, TElement>(ref vector);
        for (nint i = 0; i < count; i++) Unsafe.Add(ref first, i) = Unsafe.Add(ref source, i);
        return vector;
    }

    /// <summary>Writes the first <paramref name="count"/> elements of a vector.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Store<TElement, TVector>(TVector vector, ref TElement destination, nint count)
        where TElement : unmanaged
        where TVector : unmanaged
    {
        ref TElement first = ref Unsafe.As<TVector, TElement>(ref vector);
        for (nint i = 0; i < count; i++) Unsafe.Add(ref destination, i) = Unsafe.Add(ref first, i);
    }
}
