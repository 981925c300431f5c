using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Working memory of kernels: per thread, grown on demand and kept, so that no call allocates once it is warm. A slot serves one buffer of a kernel; kernels do not
/// call each other, so slots are never shared. The contents are whatever the last kernel left.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Scratch
{
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
        return ref array.First;
    }

    private static class Holder<T>
        where T : unmanaged
    {
        [ThreadStatic]
        public static AlignedArray<T>?[]? Slots;
    }
}
