using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <content>
/// Parts of a vector of narrow elements, under a mask: nothing behind the count is touched. No call is made for them, as <see cref="Partial"/> does for vectors of other widths: the JIT would keep every accumulator
/// that lives across such a call in memory, in the whole loops before it, too.
/// </content>
public static partial class V512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector128<byte> First16(ref byte source, nint count) =>
        Avx512BW.VL.MaskLoad((byte*)Unsafe.AsPointer(ref source), Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)Math.Max(count, 0))), Vector128<byte>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector256<byte> First32(ref byte source, nint count) =>
        Avx512BW.VL.MaskLoad((byte*)Unsafe.AsPointer(ref source), Vector256.LessThan(Vector256<byte>.Indices, Vector256.Create((byte)Math.Max(count, 0))), Vector256<byte>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector256<ushort> First16(ref ushort source, nint count) =>
        Avx512BW.VL.MaskLoad((ushort*)Unsafe.AsPointer(ref source), Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)Math.Max(count, 0))), Vector256<ushort>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector512<short> First32(ref short source, nint count) =>
        Avx512BW.MaskLoad((short*)Unsafe.AsPointer(ref source), Vector512.LessThan(Vector512<short>.Indices, Vector512.Create((short)Math.Max(count, 0))), Vector512<short>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void StoreFirst(Vector128<byte> value, ref byte destination, nint count) =>
        Avx512BW.VL.MaskStore((byte*)Unsafe.AsPointer(ref destination), Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)Math.Max(count, 0))), value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void StoreFirst(Vector256<ushort> value, ref ushort destination, nint count) =>
        Avx512BW.VL.MaskStore((ushort*)Unsafe.AsPointer(ref destination), Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)Math.Max(count, 0))), value);
}
