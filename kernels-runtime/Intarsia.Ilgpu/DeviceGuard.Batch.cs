using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Intarsia.Ilgpu;

/// <content>The checks of batch-reduce GEMM: every term lies inside its operand.</content>
public static partial class DeviceGuard
{
    /// <summary>Offsets are there and lie on the stream's accelerator. Returns their number.</summary>
    public static nint Offsets([NotNull] DeviceOffsets? offsets, string name, AcceleratorStream stream)
    {
        ArgumentNullException.ThrowIfNull(offsets, name);
        ArgumentNullException.ThrowIfNull(stream);
        offsets.ThrowIfUnusable(name, stream);
        return offsets.Count;
    }

    /// <summary>An element of the result is the sum of no more products than a kernel counts.</summary>
    public static void Products(nint terms, nint depth)
    {
        if ((Int128)terms * depth > uint.MaxValue) throw new ArgumentOutOfRangeException(nameof(terms), terms, $"{terms} terms of depth {depth} are more than {uint.MaxValue} products for each element; expected no more in one call.");
    }

    /// <summary>Terms a stride apart lie inside a view. Returns the stride; 0 where it does not matter.</summary>
    public static nint Terms<T>(string name, ArrayView<T> view, AcceleratorStream stream, nint terms, nint stride, nint needs)
        where T : unmanaged
    {
        if (terms == 0 || needs == 0) return 0;
        Int128 needed = (Int128)(terms - 1) * stride + needs;
        if (view.Length < needed) throw new ArgumentException($"'{name}' has {view.Length} elements; expected at least {needed} ({terms} terms of {needs}, {stride} apart).", name);
        Place(name, view, stream);
        if (terms == 1) return 0;
        if (stride > int.MaxValue) throw new ArgumentException($"The terms of '{name}' are {stride} elements apart; expected at most {int.MaxValue} on an accelerator.", name);
        return stride;
    }

    /// <summary>Terms at offsets lie inside a view.</summary>
    public static void Terms<T>(string name, ArrayView<T> view, AcceleratorStream stream, string offsetsName, DeviceOffsets offsets, nint needs)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(offsets, offsetsName);
        if (offsets.Count == 0) return;
        if (offsets.Greatest > view.Length - needs)
            throw new ArgumentOutOfRangeException(offsetsName, offsets.Greatest, $"Offset {offsets.GreatestIndex} of '{offsetsName}' reaches outside the operand's {view.Length} elements; expected 0 to {view.Length - needs}, a term has {needs}.");
        if (needs > 0) Place(name, view, stream);
    }

    /// <summary>All offsets in bytes, or-ed: its lowest bit set says what all are multiples of.</summary>
    public static nuint Alignment<T>(DeviceOffsets offsets, ArrayView<T> view)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(offsets);
        return unchecked((nuint)(ulong)offsets.Bits * (nuint)Unsafe.SizeOf<T>());
    }
}
