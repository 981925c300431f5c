using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// One factor of a tensor-core contraction on its way from shared memory into registers. A fragment is read as 8×8 matrices of 16 bits, four to an ldmatrix (PTX ISA, ldmatrix); which of the
/// four is which follows from the fragment layouts of mma (PTX ISA, matrix fragments for mma.m16n8k16 and m16n8k32).
/// </summary>
/// <param name="context">The block.</param>
/// <param name="tile">The tile in shared memory.</param>
/// <param name="depthLast">Its lines run along the depth.</param>
/// <param name="bytes">Bytes of an element.</param>
/// <param name="isFirst">The first factor, tiles of 16 rows; else the second, two tiles of 8 columns at a time.</param>
/// <param name="isWide">The second factor of a sparse instruction: twice the depth, one tile of 8 columns at a time.</param>
internal sealed class Fragments(BlockContext context, SharedTile tile, bool depthLast, int bytes, bool isFirst, bool isWide = false) : FactorFragments
{
    private readonly List<Register> _addresses = [];
    private Register[] _selected = [];

    public override bool DepthLast => depthLast;

    public override bool IsByte => bytes == 1;

    private WarpBuilder W => context.W;

    /// <summary>The four matrices of an ldmatrix are the wide fragment; bytes that are transposed are put together from two others.</summary>
    private bool LoadsWide => isWide && (depthLast || bytes > 1);

    /// <summary>Bytes of depth that one ldmatrix takes.</summary>
    private int StepBytes => LoadsWide ? 2 * MmaRow.DepthBytes : MmaRow.DepthBytes;

    /// <summary>The second factor has no more than 8 columns: half a load.</summary>
    private bool IsNarrow => !isFirst && depthLast && tile.Lines <= 8;

    /// <summary>Computes the addresses of this lane: one for each depth step where the depth is contiguous, one for each 16 columns where it is not (one in all without a swizzle).</summary>
    public override void Prepare(int tileOffset, Value origin, int? extent = null)
    {
        Value lane = context.Lane, start = W.Add(context.Shared, tileOffset);
        if (depthLast)
        {
            // First factor: lines 0-7 and 8-15, then the next 16 bytes of both. Second: 16 bytes and the next 16 of lines 0-7, then of lines 8-15; a wide one four times 16 bytes of lines 0-7.
            // Lines that the tile does not have repeat others: what they give is not stored.
            Value line = LoadsWide ? W.And(lane, 7) : isFirst ? W.And(lane, 15) : IsNarrow ? W.And(lane, tile.Lines - 1) : W.Or(W.And(lane, 7), W.ShiftLeft(W.ShiftRight(lane, 4), 3));
            Value part = LoadsWide ? W.ShiftRight(lane, 3) : isFirst ? W.ShiftRight(lane, 4) : W.And(W.ShiftRight(lane, 3), 1);
            for (int step = 0; step < tile.LineBytes / StepBytes; step++)
                _addresses.Add(W.InRegister(W.Add(start, tile.Offset(W, W.Add(origin, line), W.Add(part, step * StepBytes / 16)))));
            return;
        }
        if (bytes == 4)
        {
            for (int half = 0; half < 2; half++) _addresses.Add(W.InRegister(W.Add(start, WordOffset(lane, W.Divide(W.Multiply(origin, 4), 16), half))));
            return;
        }
        int columns = extent ?? (tile.Swizzle == Swizzle.None ? 16 : tile.LineBytes / bytes / (isFirst ? context.Warps.Rows : context.Warps.Columns));
        for (int column = 0; column < columns; column += 16)
        {
            Value chunk = W.Add(W.Divide(W.Multiply(origin, bytes), 16), column * bytes / 16);
            _addresses.Add(W.InRegister(W.Add(start, bytes == 1 ? ByteLine(lane, chunk) : HalfLine(lane, chunk))));
        }
    }

    public override void Select(Value stage) => _selected = stage.Is(0) ? _addresses.ToArray() : _addresses.Select(address => W.InRegister(W.Add(address, stage))).ToArray();

    public override Register[][] Load(int step, int tiles)
    {
        if (bytes == 4 && !depthLast) return Enumerable.Range(0, tiles).Select(i => LoadWords(step, i)).ToArray();
        if (!isWide) return LoadNarrow(step, tiles);
        if (LoadsWide) return LoadWide(step, tiles);
        Register[][] low = LoadNarrow(2 * step, tiles), high = LoadNarrow(2 * step + 1, tiles);
        return low.Zip(high, (first, next) => first.Concat(next).ToArray()).ToArray();
    }

    private Register[][] LoadWide(int step, int tiles)
    {
        if (!depthLast && tile.Swizzle != Swizzle.None) throw new InvalidOperationException("A wide fragment is transposed from lines that are padded, not swizzled.");
        var fragments = new Register[tiles][];
        for (int i = 0; i < tiles; i++)
        {
            fragments[i] = W.B32(4);
            string at = depthLast ? WarpBuilder.At(_selected[step], i * 8 * tile.Pitch) : WarpBuilder.At(_selected[0], step * StepBytes / bytes * tile.Pitch + i * 16);
            W.Emit($"ldmatrix.sync.aligned.m8n8.x4{(depthLast ? "" : ".trans")}.shared.b16", WarpBuilder.Vector(fragments[i]), at);
        }
        return fragments;
    }

    private Register[][] LoadNarrow(int step, int tiles)
    {
        var fragments = new Register[tiles][];
        for (int i = 0; i < tiles; i += isFirst ? 1 : 2)
        {
            Register[] r = W.B32(IsNarrow ? 2 : 4);
            if (depthLast)
            {
                W.Emit($"ldmatrix.sync.aligned.m8n8.x{r.Length}.shared.b16", WarpBuilder.Vector(r), WarpBuilder.At(_selected[step], (isFirst ? i : i / 2) * 16 * tile.Pitch));
            }
            else
            {
                int lines = MmaRow.DepthBytes / bytes;
                W.Emit("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16", WarpBuilder.Vector(r), WarpBuilder.At(_selected[isFirst ? i : i / 2], step * lines * tile.Pitch));
                if (bytes == 1) r = Unzip(r);
            }
            if (isFirst)
            {
                fragments[i] = r;
                continue;
            }
            fragments[i] = [r[0], r[1]];
            if (i + 1 < tiles) fragments[i + 1] = [r[2], r[3]];
        }
        return fragments;
    }

    /// <summary>
    /// Lines are depths: 16-bit elements. First factor: columns 0-7 and 8-15 of depths 0-7, then of 8-15. Second: depths 0-7 and 8-15 of columns 0-7, then of 8-15; a wide one depths 0-31 of
    /// columns 0-7.
    /// </summary>
    private Value HalfLine(Value lane, Value chunk)
    {
        if (isWide) return tile.Offset(W, lane, chunk);
        Value line = isFirst ? W.Or(W.And(lane, 7), W.ShiftLeft(W.ShiftRight(lane, 4), 3)) : W.And(lane, 15);
        Value half = isFirst ? W.And(W.ShiftRight(lane, 3), 1) : W.ShiftRight(lane, 4);
        return tile.Offset(W, line, W.Add(chunk, half));
    }

    /// <summary>
    /// Lines are depths: bytes. A transposed matrix gives lane t two lines of it, so that the matrices take depths 0, 1, 4, 5, 8, 9, 12, 13, then those two further, then the same from 16 on:
    /// registers 0 and 1 together are depths 4t to 4t + 3 of two neighbouring columns.
    /// </summary>
    private Value ByteLine(Value lane, Value chunk)
    {
        Value row = W.And(lane, 7), matrix = W.ShiftRight(lane, 3);
        Value line = W.Add(W.Add(W.ShiftLeft(W.ShiftRight(row, 1), 2), W.And(row, 1)), W.Add(W.ShiftLeft(W.And(matrix, 1), 1), W.ShiftLeft(W.ShiftRight(matrix, 1), 4)));
        return tile.Offset(W, line, chunk);
    }

    /// <summary>Lines are depths: words. Lane 4g + t reads line t, or t + 4, and column g; ldmatrix turns nothing wider than 16 bits.</summary>
    private Value WordOffset(Value lane, Value chunk, int half)
    {
        Value group = W.ShiftRight(lane, 2);
        return W.Add(tile.Offset(W, W.Add(W.And(lane, 3), 4 * half), W.Add(chunk, W.ShiftRight(group, 2))), W.ShiftLeft(W.And(group, 3), 2));
    }

    /// <summary>The words of one tile. A tile's first column only changes bits of the chunk that the lane's own leave 0, so that it can be put in behind the swizzle.</summary>
    private Register[] LoadWords(int step, int i)
    {
        int columns = isFirst ? 16 : 8;
        var words = new List<Register>();
        for (int half = 0; half < 2; half++)
        {
            for (int column = i * columns; column < (i + 1) * columns; column += 8)
            {
                Register address = W.InRegister(W.Xor(_selected[half], column * 4)), word = W.B32();
                W.Emit("ld.shared.b32", word, WarpBuilder.At(address, step * 8 * tile.Pitch));
                words.Add(word);
            }
        }
        return [.. words];
    }

    /// <summary>Gives the even columns to one fragment and the odd ones to the other: rows g and g + 8 of the first factor, tiles j and j + 1 of the second.</summary>
    private Register[] Unzip(Register[] r)
    {
        Register[] even = [Permute(r[0], r[1], "0x6420"), Permute(r[2], r[3], "0x6420")], odd = [Permute(r[0], r[1], "0x7531"), Permute(r[2], r[3], "0x7531")];
        return isFirst ? [even[0], odd[0], even[1], odd[1]] : [even[0], even[1], odd[0], odd[1]];
    }

    private Register Permute(Register a, Register b, string selector)
    {
        Register result = W.B32();
        W.Emit("prmt.b32", result, a, b, selector);
        return result;
    }
}
