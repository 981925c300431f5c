using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// The rows of the weights that a warp streams: each thread loads what it needs next of every row, some steps before it needs it. The loads bypass the first-level cache, since nothing is read twice.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="load">The load of a step of the block's rows.</param>
/// <param name="scale">The load of the rows' scales; null where a step has none of its own.</param>
/// <param name="depth">Where the steps end.</param>
/// <param name="rows">Rows of a warp.</param>
/// <param name="threads">Threads along the depth.</param>
/// <param name="unroll">Steps on their way at once.</param>
internal sealed class StreamedRows(BlockContext context, Statement.Load load, Statement.Load? scale, Value depth, int rows, int threads, int unroll)
{
    private readonly BufferDecl _buffer = context.Buffer(load.Buffer);
    private readonly Register[] _pointers = new Register[rows];
    private readonly Register[] _scalePointers = new Register[rows];
    private Register[][][] _words = [];
    private Register[][] _scales = [];
    private Register _next;
    private Register? _leads;

    private WarpBuilder W => context.W;

    public int Step => context.Tile(load.Tile).Shape[1];

    public int Bits => _buffer.Element switch { ElementType.S4 or ElementType.U4 => 4, ElementType.S8 => 8, ElementType.F32 => 32, _ => 16 };

    public ElementType Element => _buffer.Element;

    /// <summary>Words of one row in one step.</summary>
    private int Words => Step * Bits / 32;

    /// <summary>Whether every thread has something in every step: then nothing has to be set to zero.</summary>
    private bool IsWhole => depth.IsConstant && depth.Constant % ((long)threads * Step * unroll) == 0;

    /// <summary>The first row of this warp.</summary>
    public Value FirstRow { get; private set; }

    /// <summary>Computes the pointers and sends for the first steps.</summary>
    /// <param name="position">This thread among those along the depth.</param>
    /// <param name="warpRow">This warp along the rows.</param>
    /// <param name="leads">Holds in the thread that counts a sum of several lanes; null where each counts its own.</param>
    public void Start(Value position, Value warpRow, Register? leads)
    {
        _leads = leads;
        FirstRow = W.Add(context.Lower(load.At[0]), W.Multiply(warpRow, rows));
        Value last = W.Subtract(context.Lower(_buffer.Shape[0]), 1), lineBytes = LineBytes();
        W.Comment($"{rows} rows of {load.Buffer}, {Words * 4} bytes of each at a time; past the end the last row again");
        for (int row = 0; row < rows; row++)
        {
            Value line = W.Min(W.Add(FirstRow, row), last);
            Register start = W.Address(context.Base(load.Buffer), line, lineBytes);
            _pointers[row] = W.B64();
            W.Emit("mov.u64", _pointers[row], W.Address(start, position, Words * 4));
            Bases?.Point(row, line);
            if (scale is not null) _scalePointers[row] = W.Address(context.Base(scale.Buffer), line, 4);
        }
        _next = W.Variable(W.Multiply(position, Step));
        _words = Enumerable.Range(0, unroll).Select(_ => Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, Words).Select(_ => W.B32()).ToArray()).ToArray()).ToArray();
        _scales = Enumerable.Range(0, unroll).Select(_ => Enumerable.Range(0, rows).Select(_ => W.F32()).ToArray()).ToArray();
        Bases?.Start(BasesPerStep);
        for (int set = 0; set < unroll; set++) Load(set, set);
        Advance();
    }

    public Register[] WordsOf(int set, int row) => _words[set][row];

    public Register ScaleOf(int set, int row) => _scales[set][row];

    /// <summary>Sends for the step that a set of registers, just read, serves next.</summary>
    public void Reload(int set) => Load(set, set);

    /// <summary>Moves on by as many steps as there are sets.</summary>
    public void Advance()
    {
        foreach (Register pointer in _pointers) W.Emit("add.u64", pointer, pointer, (long)unroll * threads * Words * 4);
        W.Emit("add.u32", _next, _next, (long)unroll * threads * Step);
    }

    private void Load(int set, int ahead)
    {
        Value k = W.Add(_next, (long)ahead * threads * Step);
        Register exists = W.Compare("lt", k, depth);
        if (!IsWhole)
            foreach (Register word in _words[set].SelectMany(words => words)) W.Emit("mov.u32", word, 0);
        W.Guarded(exists, () =>
        {
            for (int row = 0; row < rows; row++)
            {
                string at = WarpBuilder.At(_pointers[row], (long)ahead * threads * Words * 4);
                if (Words == 1) W.Emit("ld.global.nc.L1::no_allocate.u32", _words[set][row][0], at);
                // No load has three words: the second and the third find what the first, of other lanes, brought into the first-level cache.
                else if (Words == 3)
                    for (int word = 0; word < Words; word++) W.Emit("ld.global.nc.u32", _words[set][row][word], WarpBuilder.At(_pointers[row], (long)ahead * threads * Words * 4 + 4 * word));
                else W.Emit($"ld.global.nc.L1::no_allocate.v{Words}.u32", WarpBuilder.Vector(_words[set][row]), at);
            }
        });
        if (BasesPerStep)
        {
            context.Bind(((Tiles.Index.Var)load.At[1]).Name, k);
            Bases!.Load(set, exists, IsWhole);
        }
        if (scale is not null) LoadScales(set, k, exists);
    }

    private void LoadScales(int set, Value k, Register exists)
    {
        context.Bind(((Tiles.Index.Var)load.At[1]).Name, k);
        BindGroup(k);
        BufferDecl buffer = context.Buffer(scale!.Buffer);
        Value group = context.Lower(scale.At[0]), stride = W.Multiply(context.LineStride(buffer), 4);
        Register counts = _leads is { } leads ? W.Both(exists, leads) : exists;
        // A thread that does not count adds nothing, whatever it holds.
        if (!IsWhole || _leads is not null)
            foreach (Register register in _scales[set]) W.Emit("mov.f32", register, Elements.Constant(0));
        Register[] addresses = _scalePointers.Select(pointer => W.Address(pointer, group, stride)).ToArray();
        W.Guarded(counts, () =>
        {
            for (int row = 0; row < rows; row++) W.Emit("ld.global.nc.f32", _scales[set][row], WarpBuilder.At(addresses[row]));
        });
    }

    /// <summary>The loop over the groups of a team begins each at a multiple of its step.</summary>
    private void BindGroup(Value k)
    {
        if (GroupVariable is { } variable) context.Bind(variable, k);
    }

    /// <summary>The bases of weights that are made of coefficients; null where elements are weights.</summary>
    public StreamedBases? Bases { get; init; }

    /// <summary>Every step has bases of its own.</summary>
    public bool BasesPerStep { get; init; }

    /// <summary>The variable of the loop over groups, where it is another than that over steps: only ever divided by the group's length.</summary>
    public string? GroupVariable { get; init; }

    private Value LineBytes()
    {
        Value stride = context.LineStride(_buffer);
        return Bits >= 8 ? W.Multiply(stride, Bits / 8) : W.Divide(stride, 8 / Bits);
    }
}
