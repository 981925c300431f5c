namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>How the 16-byte chunks of a tile's lines are moved about, so that the eight lines that one ldmatrix reads lie in different banks.</summary>
internal enum Swizzle
{
    /// <summary>Lines lie as they are.</summary>
    None,

    /// <summary>Eight consecutive lines differ.</summary>
    Consecutive,

    /// <summary>Lines 0, 1, 4, 5, 8, 9, 12, 13 (and those two further) differ: what an 8-bit tile is transposed from.</summary>
    Pairs,
}

/// <summary>A tile in shared memory: lines of contiguous elements.</summary>
/// <param name="Lines">Number of lines.</param>
/// <param name="LineBytes">Bytes of a line, padding not counted.</param>
/// <param name="Swizzle">Where the chunks of a line stand.</param>
/// <param name="Padding">Bytes behind each line.</param>
internal sealed record SharedTile(int Lines, int LineBytes, Swizzle Swizzle, int Padding = 0)
{
    public int Pitch => LineBytes + Padding;

    public int Bytes => Lines * Pitch;

    public int ChunksPerLine => LineBytes / 16;

    /// <summary>Lines after which the swizzle repeats.</summary>
    public int Period => Swizzle switch { Swizzle.None => 1, Swizzle.Consecutive => 8, _ => 16 };

    /// <summary>Byte offset of a chunk of a line.</summary>
    public Value Offset(WarpBuilder w, Value line, Value chunk)
    {
        Value moved = w.Xor(chunk, Key(w, line));
        return w.Add(w.Multiply(line, Pitch), w.ShiftLeft(moved, 4));
    }

    /// <summary>What the chunk number is combined with. Lines of less than 128 bytes share a row of banks, so that fewer bits of the line count.</summary>
    private Value Key(WarpBuilder w, Value line)
    {
        int bits = LineBytes >= 128 ? 3 : LineBytes == 64 ? 2 : 1;
        if (LineBytes < 32) return 0;
        switch (Swizzle)
        {
            case Swizzle.None:
                return 0;
            case Swizzle.Consecutive:
                return w.And(w.ShiftRight(line, 3 - bits), (1 << bits) - 1);
            default:
                // Bits 0, 2 and 3 of the line, the lowest first to go.
                Value high = w.And(w.ShiftRight(line, 2), 3);
                return bits == 3 ? w.Or(w.And(line, 1), w.ShiftLeft(high, 1)) : bits == 2 ? high : w.And(w.ShiftRight(line, 3), 1);
        }
    }
}
