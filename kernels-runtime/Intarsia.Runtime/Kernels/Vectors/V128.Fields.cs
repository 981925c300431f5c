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

    /// <summary>Entries of a table of 16 that the low four bits of each lane name: their bytes, four for each code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LookUp(ref float table, Vector128<int> codes)
    {
        if (!AdvSimd.Arm64.IsSupported)
            return Vector128.Create(Unsafe.Add(ref table, codes[0] & 15), Unsafe.Add(ref table, codes[1] & 15), Unsafe.Add(ref table, codes[2] & 15), Unsafe.Add(ref table, codes[3] & 15));
        // Four times the code in every byte of its lane, and the number of the byte.
        Vector128<byte> bytes = ((codes & Vector128.Create(15)) * 0x04040404 + Vector128.Create(0x03020100)).AsByte();
        ref byte first = ref Unsafe.As<float, byte>(ref table);
        return AdvSimd.Arm64.VectorTableLookup((Vector128.LoadUnsafe(ref first), Vector128.LoadUnsafe(ref first, 16), Vector128.LoadUnsafe(ref first, 32), Vector128.LoadUnsafe(ref first, 48)), bytes).AsSingle();
    }

    /// <inheritdoc cref="LookUp(ref float, Vector128{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LookUp(ref int table, Vector128<int> codes) => LookUp(ref Unsafe.As<int, float>(ref table), codes).AsInt32();
}
