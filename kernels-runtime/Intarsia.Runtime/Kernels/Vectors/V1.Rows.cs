using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <content>What dot products along rows call, on one lane.</content>
public static partial class V1
{
    /// <summary>Reads the first <paramref name="count"/> of two signed bytes as 16-bit integers in one lane; zero in the other.</summary>
    public static int LoadInt16(ref readonly sbyte source, nint count) => (ushort)(short)source | (count > 1 ? Unsafe.Add(ref Unsafe.AsRef(in source), 1) << 16 : 0);

    /// <summary>Reads the first <paramref name="count"/> of two unsigned bytes as 16-bit integers in one lane; zero in the other.</summary>
    public static int LoadInt16(ref readonly byte source, nint count) => source | (count > 1 ? Unsafe.Add(ref Unsafe.AsRef(in source), 1) << 16 : 0);

    /// <summary>Reads the first <paramref name="count"/> of two 16-bit integers in one lane; zero in the other.</summary>
    public static int LoadInt16(ref readonly short source, nint count) => (ushort)source | (count > 1 ? Unsafe.Add(ref Unsafe.AsRef(in source), 1) << 16 : 0);

    /// <summary>Adds all bits of the product of two 32-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long DotLong(long accumulator, int a, int b) => unchecked(accumulator + (long)a * b);

    /// <summary>The element that stands so far behind the reference as the lane says.</summary>
    public static float Gather(ref readonly float source, int index) => Unsafe.Add(ref Unsafe.AsRef(in source), index);

    /// <summary>The element that stands so far behind the reference as a number in memory says.</summary>
    public static float GatherAt(ref readonly float source, ref readonly int places) => Unsafe.Add(ref Unsafe.AsRef(in source), places);

    /// <summary>The element that stands so far behind the reference as a number in memory says.</summary>
    public static float GatherAt(ref readonly float source, ref readonly ushort places) => Unsafe.Add(ref Unsafe.AsRef(in source), places);
}
