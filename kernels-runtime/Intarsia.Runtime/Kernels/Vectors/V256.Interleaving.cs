using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>Elements of two vectors in turns, within each 128 bits.</summary>
public static partial class V256
{
    /// <summary>Of each 128 bits the first eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> UnpackLow8(Vector256<int> a, Vector256<int> b) => Avx2.UnpackLow(a.AsByte(), b.AsByte()).AsInt32();

    /// <summary>Of each 128 bits the last eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> UnpackHigh8(Vector256<int> a, Vector256<int> b) => Avx2.UnpackHigh(a.AsByte(), b.AsByte()).AsInt32();

    /// <summary>Of each 128 bits the first four elements of 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> UnpackLow16(Vector256<int> a, Vector256<int> b) => Avx2.UnpackLow(a.AsUInt16(), b.AsUInt16()).AsInt32();

    /// <summary>Of each 128 bits the last four elements of 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> UnpackHigh16(Vector256<int> a, Vector256<int> b) => Avx2.UnpackHigh(a.AsUInt16(), b.AsUInt16()).AsInt32();
}
