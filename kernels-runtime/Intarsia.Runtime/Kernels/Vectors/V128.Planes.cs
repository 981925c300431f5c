using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Intarsia.Kernels;

/// <summary>What kernels of bit planes call.</summary>
public static partial class V128
{
    /// <summary>For each byte how many of its bits are set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> CountBits(Vector128<int> words)
    {
        if (AdvSimd.IsSupported) return AdvSimd.PopCount(words.AsByte()).AsInt32();
        // Sums of one bit, of two, of four (Warren, Hacker's Delight, section 5-1).
        words -= words >>> 1 & Vector128.Create(0x55555555);
        words = (words & Vector128.Create(0x33333333)) + (words >>> 2 & Vector128.Create(0x33333333));
        return words + (words >>> 4) & Vector128.Create(0x0F0F0F0F);
    }

    /// <summary>The sum of the four bytes of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> SumBytes(Vector128<int> counts)
    {
        if (AdvSimd.IsSupported) return AdvSimd.AddPairwiseWidening(AdvSimd.AddPairwiseWidening(counts.AsByte())).AsInt32();
        counts = (counts & Vector128.Create(0x00FF00FF)) + (counts >>> 8 & Vector128.Create(0x00FF00FF));
        return (counts & Vector128.Create(0xFFFF)) + (counts >>> 16);
    }

    /// <summary>Bits that an odd number of three words have: what a full adder leaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Parity(Vector128<int> a, Vector128<int> b, Vector128<int> c) => a ^ b ^ c;

    /// <summary>Bits that two of three words have: what a full adder carries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Majority(Vector128<int> a, Vector128<int> b, Vector128<int> c) => (a & b) | (a ^ b) & c;
}
