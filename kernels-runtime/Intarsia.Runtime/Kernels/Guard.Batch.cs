using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <content>The checks of batch-reduce GEMM: every term lies inside its operand.</content>
public static partial class Guard
{
    /// <summary>Elements from the first to the last of a matrix, gaps between its rows included.</summary>
    public static nint Footprint(string name, nint rows, nint columns, nint stride)
    {
        if (stride < columns) throw new ArgumentException($"The rows of '{name}' are {stride} elements apart; expected at least its {columns} columns.", name);
        return rows == 0 || columns == 0 ? 0 : checked((rows - 1) * stride + columns);
    }

    /// <summary>Terms a stride apart lie inside a span.</summary>
    public static void Strided(string name, int length, nint terms, nint stride, nint needs)
    {
        if (terms == 0 || needs == 0) return;
        Int128 needed = (Int128)(terms - 1) * stride + needs;
        if (length < needed) throw new ArgumentException($"'{name}' has {length} elements; expected at least {needed} ({terms} terms of {needs}, {stride} apart).", name);
    }

    /// <summary>Terms at offsets lie inside a span.</summary>
    public static void Offsets(string name, ReadOnlySpan<long> offsets, int length, nint needs)
    {
        for (int term = 0; term < offsets.Length; term++)
        {
            if (offsets[term] < 0 || offsets[term] > length - needs)
                throw new ArgumentOutOfRangeException(name, offsets[term], $"Offset {term} of '{name}' reaches outside the operand's {length} elements; expected 0 to {length - needs}, a term has {needs}.");
        }
    }

    /// <summary>Each term of a list is long enough and shares no memory with the output.</summary>
    public static void Terms<T, TOutput>(string name, ReadOnlySpan<ReadOnlyMemory<T>> list, nint needs, string output, ReadOnlySpan<TOutput> written)
        where T : unmanaged
        where TOutput : unmanaged
    {
        for (int term = 0; term < list.Length; term++)
        {
            if (list[term].Length < needs) throw new ArgumentException($"Term {term} of '{name}' has {list[term].Length} elements; expected at least {needs}.", name);
            Disjoint(output, written, name, list[term].Span);
        }
    }

    /// <summary>A table of addresses, and each address in it, is not null.</summary>
    public static unsafe void Addresses(string name, void** addresses, nint terms)
    {
        if (terms > 0 && addresses is null) throw new ArgumentNullException(name);
        for (nint term = 0; term < terms; term++)
            if (addresses[term] is null) throw new ArgumentException($"Address {term} of '{name}' is null.", name);
    }

    /// <summary>The first element of a term; a null reference where there are no terms.</summary>
    public static ref T Term<T>(ReadOnlySpan<ReadOnlyMemory<T>> list, nint term) =>
        ref term < list.Length ? ref MemoryMarshal.GetReference(list[(int)term].Span) : ref Unsafe.NullRef<T>();

    /// <summary>The first element of a term; a null reference where there are no terms.</summary>
    public static unsafe ref T Term<T>(T** addresses, nint term, nint terms)
        where T : unmanaged => ref term < terms ? ref Unsafe.AsRef<T>(addresses[term]) : ref Unsafe.NullRef<T>();
}
