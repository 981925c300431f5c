using System.Numerics;

namespace Intarsia;

/// <summary>The positions of N of each M elements, as packed fields or as bitmaps; to callers always a bitmap with N bits set.</summary>
internal sealed class PositionStore
{
    private readonly int _n;
    private readonly int _m;
    private readonly int _groups;

    public PositionStore(int n, int m, int groups)
        : this(n, m, groups, new byte[ByteCount(n, m, groups)])
    {
    }

    public PositionStore(int n, int m, int groups, byte[] bytes)
    {
        _n = n;
        _m = m;
        _groups = groups;
        Bytes = bytes;
    }

    public byte[] Bytes { get; }

    private bool IsBitmap => UsesBitmap(_n, _m);

    private int FieldBits => BitOperations.Log2((uint)_m);

    /// <summary>A bitmap costs M bits a group, fields N·log2(M).</summary>
    public static bool UsesBitmap(int n, int m) => m < n * BitOperations.Log2((uint)m);

    public static int GroupBits(int n, int m) => Math.Min(m, n * BitOperations.Log2((uint)m));

    public static int ByteCount(int n, int m, int groups) => Extents.RequireArrayLength(((Int128)groups * GroupBits(n, m) + 7) / 8, "bytes of N:M positions");

    public void Set(int group, uint mask)
    {
        long bit = (long)group * GroupBits(_n, _m);
        if (IsBitmap)
        {
            SetBits(bit, _m, mask);
            return;
        }

        for (; mask != 0; mask &= mask - 1, bit += FieldBits)
            SetBits(bit, FieldBits, (uint)BitOperations.TrailingZeroCount(mask));
    }

    public uint Get(int group)
    {
        long bit = (long)group * GroupBits(_n, _m);
        if (IsBitmap)
            return GetBits(bit, _m);
        uint mask = 0;
        for (int n = 0; n < _n; n++, bit += FieldBits)
            mask |= 1u << (int)GetBits(bit, FieldBits);
        return mask;
    }

    /// <summary>As <see cref="Get"/>, after checking that there are N positions in ascending order.</summary>
    public uint GetChecked(int group, string where)
    {
        if (IsBitmap)
        {
            uint mask = Get(group);
            if (BitOperations.PopCount(mask) != _n)
                throw new IntarsiaFormatException($"N:M bitmap of {where}", $"{BitOperations.PopCount(mask)} bits set", $"{_n}");
            return mask;
        }

        long bit = (long)group * GroupBits(_n, _m);
        int previous = -1;
        for (int n = 0; n < _n; n++, bit += FieldBits)
        {
            int position = (int)GetBits(bit, FieldBits);
            if (position <= previous)
                throw new IntarsiaFormatException($"N:M position {n} of {where}", $"{position}", $"more than the one before it, {previous}");
            previous = position;
        }

        return Get(group);
    }

    /// <summary>Rejects set bits behind the last group.</summary>
    public void CheckPadding()
    {
        long used = (long)_groups * GroupBits(_n, _m);
        if (used % 8 != 0 && Bytes[^1] >> (int)(used % 8) != 0)
            throw new IntarsiaFormatException("unused bits behind the N:M positions", $"0x{Bytes[^1] >> (int)(used % 8):X}", "0");
    }

    private uint GetBits(long bit, int count)
    {
        ulong window = 0;
        int first = (int)(bit >> 3), last = (int)((bit + count - 1) >> 3);
        for (int i = last; i >= first; i--)
            window = (window << 8) | Bytes[i];
        return (uint)((window >> (int)(bit & 7)) & ((1ul << count) - 1));
    }

    private void SetBits(long bit, int count, uint value)
    {
        ulong window = (ulong)value << (int)(bit & 7);
        for (int i = (int)(bit >> 3); i <= (int)((bit + count - 1) >> 3); i++, window >>= 8)
            Bytes[i] |= (byte)window;
    }
}
