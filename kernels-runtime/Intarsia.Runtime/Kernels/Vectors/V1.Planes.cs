using System.Numerics;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>What kernels of bit planes call.</summary>
public static partial class V1
{
    /// <summary>The bits of a word that are set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountBits(int words) => BitOperations.PopCount((uint)words);

    /// <summary>A count as it is: a word of one lane has no counts of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SumBytes(int counts) => counts;

    /// <summary>Bits that an odd number of three words have: what a full adder leaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Parity(int a, int b, int c) => a ^ b ^ c;

    /// <summary>Bits that two of three words have: what a full adder carries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Majority(int a, int b, int c) => (a & b) | (a ^ b) & c;
}
