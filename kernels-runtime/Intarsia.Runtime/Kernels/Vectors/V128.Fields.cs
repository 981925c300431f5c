using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Intarsia.Kernels;

/// <summary>Weights of less than eight bits, several to a byte; Arm's form, since 128-bit kernels of x86 have no dot product of bytes.</summary>
public static partial class V128
{
    /// <summary>Does nothing: .NET has no prefetch for Arm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(ref byte from, nint bytes)
    {
    }

    /// <summary>The signed low halves of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LowNibbles(Vector128<byte> bytes) => AdvSimd.ShiftRightArithmetic(AdvSimd.ShiftLeftLogical(bytes.AsSByte(), 4), 4).AsInt32();

    /// <summary>The signed high halves of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> HighNibbles(Vector128<byte> bytes) => AdvSimd.ShiftRightArithmetic(bytes.AsSByte(), 4).AsInt32();

    /// <summary>Bytes of a table that the low halves of bytes name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LookUpLow(Vector128<byte> table, Vector128<byte> bytes) => AdvSimd.Arm64.VectorTableLookup(table, bytes & Vector128.Create((byte)15)).AsInt32();

    /// <summary>The same for the high halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LookUpHigh(Vector128<byte> table, Vector128<byte> bytes) => AdvSimd.Arm64.VectorTableLookup(table, AdvSimd.ShiftRightLogical(bytes, 4)).AsInt32();

    /// <summary>The same for what begins at a bit of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LookUpFrom(Vector128<byte> table, Vector128<byte> bytes, int shift) => LookUpLow(table, (bytes.AsUInt16() >>> shift).AsByte());
}
