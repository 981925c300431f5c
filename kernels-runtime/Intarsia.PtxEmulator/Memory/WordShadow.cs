using System.Runtime.InteropServices;

namespace Intarsia.PtxEmulator.Memory;

/// <summary>What is known of one 4-byte word of shared memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WordShadow
{
    /// <summary>Bytes that hold something: bits 0…3.</summary>
    public const uint ValidBytes = 0xF;

    /// <summary>Bytes that the last writer wrote: bits 4…7.</summary>
    public const int WrittenShift = 4;

    /// <summary>Bytes read since: bits 8…11.</summary>
    public const int ReadShift = 8;

    /// <summary>An asynchronous copy into the word is in flight.</summary>
    public const uint Pending = 1 << 12;

    /// <summary>Warps write different bytes of the word; the bytes have shadows of their own.</summary>
    public const uint Split = 1 << 13;

    /// <summary>The word belongs to an mbarrier object.</summary>
    public const uint Object = 1 << 14;

    /// <summary>One asynchronous reader (a multiplication or a copy out of shared memory); bits 16…31 count them.</summary>
    public const uint AsyncReader = 1 << 16;

    public const uint AsyncReaders = 0xFFFF0000;

    /// <summary>Agents that have read since the last write, by their number.</summary>
    public ulong Readers;

    /// <summary>Agent in bits 0…5, its time in the others; 0 is nobody.</summary>
    public uint Writer;

    public uint State;

    /// <summary>Index of the instruction that wrote last, or that issued the copy in flight.</summary>
    public int WriterPc;

    /// <summary>Index of the instruction that read last.</summary>
    public int ReaderPc;

    public static uint Epoch(int agent, uint time) => time << 6 | (uint)agent;
}
