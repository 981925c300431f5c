using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Copies of lines of words, whose planes lie beside each other in memory and come to lie apart in shared memory: a tile of lines for each plane, as fragments are loaded from it. Each word is a copy of its own (cp.async, PTX ISA section
/// 9.7.8.22). Four threads share a line, a word of every four each, so that what a thread reads, and where it goes, stands at constant distances.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="loads">The loads of the planes, of one buffer: lines, words, planes.</param>
/// <param name="tile">The tile in shared memory, the lines of one plane behind those of the other.</param>
internal sealed class WordCopy(BlockContext context, Statement.Load[] loads, SharedTile tile) : StageCopy(context, tile)
{
    private const int WordBytes = 4;

    /// <summary>Threads that share a line, which are as many as 16 bytes have words.</summary>
    private const int Together = 4;

    private Register[] _sources = [];
    private Register[] _destinations = [];
    private Value _word;

    public override bool IsAsync => true;

    private BufferDecl Buffer => Context.Buffer(loads[0].Buffer);

    private int Planes => loads.Length;

    private int LinesOfPlane => Tile.Lines / Planes;

    private int LinesAtOnce => Context.Threads / Together;

    private Value Words => Context.Lower(Buffer.Shape[1]);

    private int StepWords => Tile.LineBytes / WordBytes;

    public override void Prepare(int tileOffset)
    {
        int passes = LinesOfPlane / LinesAtOnce;
        if (passes * LinesAtOnce != LinesOfPlane || LinesAtOnce % Tile.Period != 0) throw new InvalidOperationException($"{LinesOfPlane} lines do not divide among {Context.Threads} threads, {Together} to a line.");
        W.Comment($"tiles of {Buffer.Name}: {Planes} planes of {LinesOfPlane} lines of {Tile.LineBytes} bytes, {Planes * passes * Tile.ChunksPerLine} words for each thread");
        Value line = W.Divide(Context.Thread, Together);
        _word = W.InRegister(W.Modulo(Context.Thread, Together));
        Value stride = W.Multiply(Buffer.Strides.Count > 0 ? Context.Lower(Buffer.Strides[0]) : W.Multiply(Words, Planes), WordBytes);
        _sources = new Register[passes];
        for (int pass = 0; pass < passes; pass++)
        {
            // Lines past the end repeat the last: what they give is not stored.
            Value inBuffer = W.Min(W.Add(Context.Lower(loads[0].At[0]), W.Add(line, pass * LinesAtOnce)), W.Subtract(Context.Lower(Buffer.Shape[0]), 1));
            _sources[pass] = W.B64();
            W.Emit("mov.u64", _sources[pass], W.Address(W.Address(Context.Base(Buffer.Name), inBuffer, stride), W.Multiply(_word, Planes * WordBytes)));
        }
        _destinations = [.. Enumerable.Range(0, Tile.ChunksPerLine).Select(chunk => W.InRegister(W.Add(W.Add(Context.Shared, tileOffset), W.Add(Tile.Offset(W, line, chunk), W.Multiply(_word, WordBytes)))))];
    }

    public override void Copy(Value stage, Value depth, Register? predicate)
    {
        Value words = Words;
        bool hasTail = !words.IsConstant || words.Constant % StepWords != 0;
        // Words that are left from this thread's first on; below zero past the end.
        Value left = hasTail ? W.Subtract(words, W.Add(depth, _word)) : 0;
        Register[] destinations = [.. _destinations.Select(destination => W.InRegister(W.Add(destination, stage)))];
        W.Guarded(predicate, () =>
        {
            for (int chunk = 0; chunk < destinations.Length; chunk++)
            {
                string size = hasTail ? $"{WordBytes}, {W.WithoutGuard(() => (Value)Size(left, chunk * Together))}" : $"{WordBytes}";
                for (int pass = 0; pass < _sources.Length; pass++)
                    for (int plane = 0; plane < Planes; plane++)
                        W.Emit("cp.async.ca.shared.global", WarpBuilder.At(destinations[chunk], (plane * LinesOfPlane + pass * LinesAtOnce) * Tile.Pitch), WarpBuilder.At(_sources[pass], (chunk * Together * Planes + plane) * WordBytes), size);
            }
        });
        foreach (Register source in _sources) W.Emit("add.u64", source, source, StepWords * Planes * WordBytes);
    }

    /// <summary>A word while more than so many are left, else zeros.</summary>
    private Register Size(Value left, int offset)
    {
        Register size = W.B32();
        W.Emit("selp.u32", size, WordBytes, 0, W.Compare("gt", left, offset, "s32"));
        return size;
    }
}
