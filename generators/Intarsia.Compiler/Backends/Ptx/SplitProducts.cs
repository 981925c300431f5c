using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>What one thread multiplies in one step: its part of the streamed rows with the same part of every column in shared memory.</summary>
/// <param name="context">The block.</param>
/// <param name="via">The instruction.</param>
/// <param name="rows">The streamed factor.</param>
/// <param name="chunk">The factor in shared memory.</param>
/// <param name="table">What the codes of the streamed factor stand for; null where it is numbers.</param>
/// <param name="warpRows">Rows of a warp.</param>
/// <param name="scalesWeights">Every weight is multiplied by the scale that comes with its row.</param>
/// <param name="terms">Products that one integer sum has at most.</param>
internal sealed class SplitProducts(BlockContext context, ContractVia via, StreamedRows rows, ChunkCopy chunk, TableDecoder? table, int warpRows, bool scalesWeights, long terms)
{
    /// <summary>Codes that are looked up together, and those of a word.</summary>
    private const int Run = 4, WordCodes = 8;

    private Register[] _lines = [];

    private WarpBuilder W => context.W;

    private int Columns => chunk.Columns;

    private int LineBytes => chunk.Lines.LineBytes;

    /// <summary>4-bit weights stay multiplied by sixteen until the sum is complete: 8·255 a product, so that 28 bits hold so many.</summary>
    private bool TimesSixteen => rows.Element == ElementType.S4 && via != ContractVia.Fma && terms <= (1 << 27) / (8 * 255);

    /// <summary>Points at this thread's first line of a chunk: an address for each 16 bytes of the line, which the swizzle moves about.</summary>
    public void StartChunk(Value position)
    {
        int pieces = Math.Max(1, LineBytes / 16);
        if (_lines.Length == 0) _lines = Enumerable.Range(0, pieces).Select(_ => W.B32()).ToArray();
        for (int piece = 0; piece < pieces; piece++)
        {
            Value offset = LineBytes < 16 ? W.Multiply(position, LineBytes) : chunk.Lines.Offset(W, position, piece);
            W.Emit("add.u32", _lines[piece], context.Shared, offset);
        }
    }

    /// <summary>Moves on by some lines.</summary>
    public void Advance(int lines)
    {
        foreach (Register line in _lines) W.Emit("add.u32", line, line, lines * LineBytes);
    }

    /// <summary>Adds the products of one step to the sums of rows × columns.</summary>
    /// <param name="set">The registers of the step.</param>
    /// <param name="line">Lines from the one pointed at.</param>
    /// <param name="sums">The sums, row by row.</param>
    public void Add(int set, int line, Register[] sums)
    {
        if (rows.Bases is not null)
        {
            AddRebuilt(set, line, sums);
            return;
        }
        int words = rows.WordsOf(set, 0).Length;
        // As many words at a time as make up what is read of X at once.
        int each = via == ContractVia.Fma ? Math.Max(1, Math.Min(words, rows.Bits / 8)) : rows.Bits == 4 ? Math.Min(words, 2) : words;
        for (int first = 0; first < words; first += each)
        {
            Register[][] left = Enumerable.Range(0, warpRows).Select(row => rows.WordsOf(set, row).Skip(first).Take(each).SelectMany(Unpack).Select(weight => Scaled(set, row, weight)).ToArray()).ToArray();
            int elements = each * 32 / rows.Bits, begin = first * 32 / rows.Bits;
            for (int column = 0; column < Columns; column++)
            {
                Register[] right = Read(column, line, begin, elements);
                for (int row = 0; row < warpRows; row++) MultiplyAdd(sums[row * Columns + column], left[row], right);
            }
        }
    }

    /// <summary>The same of weights that are made of coefficients: as many runs of four codes at a time as make up whole groups of neighbours, so that few of them live at once.</summary>
    private void AddRebuilt(int set, int line, Register[] sums)
    {
        int elements = Run * rows.Bases!.Order;
        // Eight codes of a word are split once, and looked up as two runs.
        var split = new TableDecoder.Codes[warpRows];
        for (int first = 0; first < rows.Step; first += elements)
        {
            var left = new Register[warpRows][];
            for (int row = 0; row < warpRows; row++)
            {
                var coefficients = new List<Register>();
                for (int at = first; at < first + elements; at += Run)
                {
                    bool isLower = at % WordCodes == 0;
                    if (isLower) split[row] = table!.Split(rows.WordsOf(set, row)[at / WordCodes]);
                    coefficients.AddRange(table!.LowerSingles(isLower ? split[row] : table.Upper(split[row])));
                }
                left[row] = rows.Bases.Rebuild(set, row, [.. coefficients]);
            }
            for (int column = 0; column < Columns; column++)
            {
                for (int at = 0; at < elements; at += Run)
                {
                    Register[] right = Read(column, line, first + at, Run);
                    for (int row = 0; row < warpRows; row++) MultiplyAdd(sums[row * Columns + column], [.. left[row].Skip(at).Take(Run)], right);
                }
            }
        }
    }

    /// <summary>A complete sum as the integer it is.</summary>
    public Register Finish(Register sum)
    {
        if (!TimesSixteen) return sum;
        Register result = W.B32();
        W.Emit("shr.s32", result, sum, Unpacking.NibbleShift);
        return result;
    }

    private Register Scaled(int set, int row, Register weight)
    {
        if (!scalesWeights) return weight;
        Register scaled = W.F32();
        W.Emit("mul.rn.f32", scaled, weight, rows.ScaleOf(set, row));
        return scaled;
    }

    private IEnumerable<Register> Unpack(Register word) => via switch
    {
        ContractVia.Fma when table is not null => table.Singles(word),
        _ when table is not null => table.Bytes(word),
        ContractVia.Fma => Unpacking.Singles(W, rows.Element, word),
        _ when rows.Element == ElementType.S4 => Unpacking.NibbleBytes(W, word, TimesSixteen),
        _ => [word],
    };

    /// <summary>Elements of X: binary32 numbers, or words of four bytes.</summary>
    private Register[] Read(int column, int line, int begin, int elements)
    {
        int bytes = elements * chunk.ElementBytes, at = begin * chunk.ElementBytes;
        var result = new List<Register>();
        for (int piece = at / 16; piece * 16 < at + bytes; piece++)
        {
            int count = Math.Min(16, bytes) / 4, offset = column * chunk.Lines.Bytes + line * LineBytes + (bytes < 16 ? at % 16 : 0);
            Register[] words = Enumerable.Range(0, count).Select(_ => chunk.IsFloat ? W.F32() : W.B32()).ToArray();
            string type = chunk.IsFloat ? "f32" : "u32", address = WarpBuilder.At(_lines[piece], offset);
            if (count == 1) W.Emit($"ld.shared.{type}", words[0], address);
            else W.Emit($"ld.shared.v{count}.{type}", WarpBuilder.Vector(words), address);
            result.AddRange(words);
        }
        return [.. result];
    }

    private void MultiplyAdd(Register sum, Register[] left, Register[] right)
    {
        string sign = chunk.Element == ElementType.U8 ? "u32" : "s32";
        for (int i = 0; i < left.Length; i++)
        {
            if (via == ContractVia.Fma) W.Emit("fma.rn.f32", sum, left[i], right[i], sum);
            else if (via == ContractVia.IntegerMultiplyAdd) W.Emit($"dp2a.{(i % 2 == 0 ? "lo" : "hi")}.s32.{sign}", sum, left[i], right[i / 2], sum);
            else W.Emit($"dp4a.s32.{sign}", sum, left[i], right[i], sum);
        }
    }
}
