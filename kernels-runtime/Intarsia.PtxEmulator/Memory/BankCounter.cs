using System.Numerics;
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
        int lanes = bytes <= 4 ? 32 : bytes == 8 ? 16 : 8;
        int words = Math.Max(1, bytes / 4);
        long transactions = 0;
        long ideal = 0;
        for (int first = 0; first < 32; first += lanes)
        {
            uint phase = lanes == 32 ? mask : mask >> first & (1u << lanes) - 1;
            if (phase == 0) continue;
            ideal++;
            transactions += Passes(phase, addresses + first, words);
        }
        int pc = warp.Instruction.Index;
        warp.Block.Transactions[pc] += transactions;
        warp.Block.Conflicts[pc] += transactions - ideal;
    }

    /// <summary>The largest number of different words that one bank has to deliver.</summary>
    private static int Passes(uint lanes, uint* addresses, int words)
    {
        uint* first = stackalloc uint[32];
        uint used = 0;
        bool simple = true;
        for (uint rest = lanes; rest != 0 && simple; rest &= rest - 1)
        {
            uint word = addresses[BitOperations.TrailingZeroCount(rest)] >> 2;
            for (int i = 0; i < words; i++, word++)
            {
                uint bank = word & 31;
                if ((used >> (int)bank & 1) == 0)
                {
                    used |= 1u << (int)bank;
                    first[bank] = word;
                }
                else if (first[bank] != word) simple = false;
            }
        }
        return simple ? 1 : PassesWithConflicts(lanes, addresses, words);
    }

    private static int PassesWithConflicts(uint lanes, uint* addresses, int words)
    {
        uint* wanted = stackalloc uint[32 * 4];
        int* inBank = stackalloc int[32];
        for (int bank = 0; bank < 32; bank++) inBank[bank] = 0;
        int count = 0;
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            uint word = addresses[BitOperations.TrailingZeroCount(rest)] >> 2;
            for (int i = 0; i < words; i++, word++)
            {
                if (new ReadOnlySpan<uint>(wanted, count).Contains(word)) continue;
                wanted[count++] = word;
                inBank[word & 31]++;
            }
        }
        int most = 1;
        for (int bank = 0; bank < 32; bank++) most = Math.Max(most, inBank[bank]);
        return most;
    }
}
