using System.Numerics;
using System.Runtime.CompilerServices;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Memory;

/// <summary>
/// Counts the passes that an access needs through the 32 banks of four bytes. Accesses of up to 4 bytes go in one phase of 32 lanes, of 8 bytes in two phases of 16 lanes, of 16 bytes in four of 8; within a phase a bank
/// delivers one word in a pass, to as many lanes as want it (CUDA C++ Programming Guide, "Shared Memory" of compute capability 5.x and later).
/// </summary>
internal static unsafe class BankCounter
{
    public static void Count(Warp warp, uint mask, uint* addresses, int bytes)
    {
        // Aligned accesses wider than a bank use as many neighbouring banks, so that a phase works on units of the access's size, of which all banks together deliver 128 bytes.
        int shift = bytes <= 4 ? 2 : bytes == 8 ? 3 : 4;
        int lanes = 128 >> shift;
        long transactions = 0;
        long ideal = 0;
        for (int first = 0; first < 32; first += lanes)
        {
            uint phase = lanes == 32 ? mask : mask >> first & (1u << lanes) - 1;
            if (phase == 0) continue;
            ideal++;
            transactions += Passes(phase, addresses + first, shift);
        }
        int pc = warp.Instruction.Index;
        warp.Block.Transactions[pc] += transactions;
        warp.Block.Conflicts[pc] += transactions - ideal;
    }

    /// <summary>The largest number of different units that one group of banks has to deliver.</summary>
    [SkipLocalsInit]
    private static int Passes(uint lanes, uint* addresses, int shift)
    {
        uint* first = stackalloc uint[32];
        uint groups = (128u >> shift) - 1;
        uint used = 0;
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            uint unit = addresses[BitOperations.TrailingZeroCount(rest)] >> shift;
            uint group = unit & groups;
            if ((used >> (int)group & 1) == 0)
            {
                used |= 1u << (int)group;
                first[group] = unit;
            }
            else if (first[group] != unit) return PassesWithConflicts(lanes, addresses, shift);
        }
        return 1;
    }

    private static int PassesWithConflicts(uint lanes, uint* addresses, int shift)
    {
        uint* wanted = stackalloc uint[32];
        int* inGroup = stackalloc int[32];
        for (int group = 0; group < 32; group++) inGroup[group] = 0;
        int count = 0;
        int most = 1;
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            uint unit = addresses[BitOperations.TrailingZeroCount(rest)] >> shift;
            if (new ReadOnlySpan<uint>(wanted, count).Contains(unit)) continue;
            wanted[count++] = unit;
            most = Math.Max(most, ++inGroup[unit & (128u >> shift) - 1]);
        }
        return most;
    }
}
