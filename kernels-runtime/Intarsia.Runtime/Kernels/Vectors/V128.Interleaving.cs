using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Intarsia.Kernels;

/// <summary>Elements of two vectors in turns. The one tier of this width that has dot products of bytes is Arm's.</summary>
public static partial class V128
{
    /// <summary>The first eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> UnpackLow8(Vector128<int> a, Vector128<int> b) => AdvSimd.Arm64.ZipLow(a.AsByte(), b.AsByte()).AsInt32();

    /// <summary>The last eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> UnpackHigh8(Vector128<int> a, Vector128<int> b) => AdvSimd.Arm64.ZipHigh(a.AsByte(), b.AsByte()).AsInt32();

    /// <summary>The first four elements of 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> UnpackLow16(Vector128<int> a, Vector128<int> b) => AdvSimd.Arm64.ZipLow(a.AsUInt16(), b.AsUInt16()).AsInt32();

    /// <summary>The last four elements of 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> UnpackHigh16(Vector128<int> a, Vector128<int> b) => AdvSimd.Arm64.ZipHigh(a.AsUInt16(), b.AsUInt16()).AsInt32();
}
