using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>
/// Working memory of kernels: per thread, grown on demand and kept, so that no call allocates once it is warm. A slot serves one buffer of a kernel; kernels do not
/// call each other, so slots are never shared. The contents are whatever the last kernel left.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Scratch
{
    /// <summary>The <see cref="AppContext"/> switch under which what is rented is spoiled first, so that tests see a kernel that reads what it has not written: sums of an earlier call are too often those that it wants.</summary>
    internal const string Switch = "Intarsia.SpoilScratch";

    private static readonly bool Spoils = AppContext.TryGetSwitch(Switch, out bool isOn) && isOn;

    /// <summary>At least <paramref name="length"/> elements on a cache line.</summary>
    /// <param name="slot">The buffer's number within its kernel.</param>
    /// <param name="length">Elements; 0 or less is served as 1.</param>
    public static ref T Rent<T>(int slot, nint length)
        where T : unmanaged
    {
        AlignedArray<T>?[] slots = Holder<T>.Slots ??= new AlignedArray<T>?[8];
        AlignedArray<T>? array = slots[slot];
        if (array is null || array.Length < length)
        {
            // Grow geometrically: a sequence of growing calls must not allocate at each.
            long wanted = Math.Max(Math.Max(length, 1024), array is null ? 0 : Math.Min(array.Length * 2L, Array.MaxLength - 64L));
            slots[slot] = array = new AlignedArray<T>(wanted);
        }
        if (Spoils) Spoil(array.Span[..(int)Math.Max(1, length)]);
        return ref array.First;
    }

    // All bits make a float no number, and what it meets none either, zeros too. An integer of all bits would be −1, which sums hide too well.
    private static void Spoil<T>(Span<T> rented)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(rented).Fill(typeof(T) == typeof(float) || typeof(T) == typeof(double) || typeof(T) == typeof(Half) || typeof(T) == typeof(BFloat16) ? (byte)0xFF : (byte)0xCD);

    private static class Holder<T>
        where T : unmanaged
    {
        [ThreadStatic]
        public static AlignedArray<T>?[]? Slots;
    }
}
