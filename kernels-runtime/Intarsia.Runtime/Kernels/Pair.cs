using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>Reads 16-bit operands as the 32-bit lanes that pairwise dot products take.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Pair
{
    /// <summary>Two neighbours in one 32-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ref short first) => Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref first));

    /// <summary>Four neighbours in one 32-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ref byte first) => Unsafe.ReadUnaligned<int>(ref first);

    /// <summary>Four neighbours in one 32-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ref sbyte first) => Unsafe.ReadUnaligned<int>(ref Unsafe.As<sbyte, byte>(ref first));

    /// <summary>One element in the lower half of a lane, zero in the upper: the partner of a sign-extended 32-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Low(ref short element) => (ushort)element;
}
