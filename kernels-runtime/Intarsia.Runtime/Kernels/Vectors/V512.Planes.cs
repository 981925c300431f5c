using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Intarsia.Kernels;

/// <summary>What kernels of bit planes call. AVX512_VPOPCNTDQ has no intrinsics in .NET; adders of one instruction each leave little to count.</summary>
public static partial class V512
{
    /// <summary>For each byte how many of its bits are set: a table of the counts of four bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> CountBits(Vector512<int> words)
    {
        Vector512<byte> counts = Vector512.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
        Vector512<int> low = words & Vector512.Create(0x0F0F0F0F), high = words >>> 4 & Vector512.Create(0x0F0F0F0F);
        return (Avx512BW.Shuffle(counts, low.AsByte()) + Avx512BW.Shuffle(counts, high.AsByte())).AsInt32();
    }

    /// <summary>The sum of the four bytes of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> SumBytes(Vector512<int> counts) =>
        Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(counts.AsByte(), Vector512.Create((sbyte)1)), Vector512.Create((short)1));

    /// <summary>Bits that an odd number of three words have: what a full adder leaves (vpternlogd).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Parity(Vector512<int> a, Vector512<int> b, Vector512<int> c) => Avx512F.TernaryLogic(a, b, c, 0x96);

    /// <summary>Bits that two of three words have: what a full adder carries (vpternlogd).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Majority(Vector512<int> a, Vector512<int> b, Vector512<int> c) => Avx512F.TernaryLogic(a, b, c, 0xE8);
}
