using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Where the copies of a pipeline stand in a loop over terms around one over the depth. They run ahead of the contraction, and so pass from one term to the next without a pause: a step adds to each address
/// either the length of a step or, behind the last of a term, the way to the next term's first.
/// </summary>
internal sealed class TermWalk(BlockContext context, Statement.For terms, Statement.For loop)
{
    private readonly List<TermPointer> _pointers = [];
    private Value _depth;
    private Register? _place;
    private Register? _ends;

    private WarpBuilder W => context.W;

    private long Step => ((Index.Const)loop.Step).Value;

    /// <summary>The depth that the next copy begins at.</summary>
    public Value Place => _place is { } place ? place : 0;

    /// <summary>Holds where the step in turn is the last of its term; null where every step is.</summary>
    public Register? Ends => _ends;

    /// <summary>Steps of a term.</summary>
    public Value StepsOfTerm { get; private set; }

    /// <summary>Steps of all terms.</summary>
    public Value Steps { get; private set; }

    /// <summary>The term behind the next one; at the end, the last.</summary>
    public Register Following { get; private set; }

    /// <summary>Terms, less one.</summary>
    public Value LastTerm { get; private set; }

    /// <summary>Holds where there is a term.</summary>
    public Register Exists { get; private set; }

    /// <summary>Computes the extents of the walk.</summary>
    public void Prepare()
    {
        Value count = context.Lower(terms.End);
        _depth = context.Lower(loop.End);
        StepsOfTerm = W.Divide(W.Add(_depth, Step - 1), Step);
        Steps = W.Multiply(StepsOfTerm, count);
        if (!StepsOfTerm.Is(1)) _place = W.Variable(0);
        if (!_pointers.Any(pointer => pointer.ReadsTable)) return;
        LastTerm = W.InRegister(W.Subtract(count, 1));
        Exists = W.Compare("gt", count, 0);
        Following = W.Variable(W.Min(2, LastTerm));
    }

    /// <summary>The addresses of a factor.</summary>
    public TermPointer Pointer(Statement.Load load)
    {
        var pointer = new TermPointer(context, this, load);
        _pointers.Add(pointer);
        return pointer;
    }

    /// <summary>Before the copies of a step.</summary>
    public void BeginStep()
    {
        if (_place is { } place) _ends = W.Compare("ge", W.Add(place, Step), _depth);
    }

    /// <summary>Behind the copies of a step.</summary>
    public void EndStep()
    {
        if (_place is { } place) W.Emit("selp.u32", place, 0, W.InRegister(W.Add(place, Step)), _ends!.Value);
        if (!_pointers.Any(pointer => pointer.ReadsTable)) return;
        Register next = W.InRegister(W.Min(W.Add(Following, 1), LastTerm));
        if (_ends is { } ends) W.Emit("selp.u32", Following, next, Following, ends);
        else W.Emit("mov.u32", Following, next);
    }
}

/// <summary>
/// The addresses of one factor on a walk over terms: a stride apart, or at offsets in elements that a table has. An offset is loaded a term before it is needed.
/// </summary>
internal sealed class TermPointer(BlockContext context, TermWalk walk, Statement.Load load)
{
    private readonly BufferDecl _buffer = context.Buffer(load.Buffer);
    private readonly Index.Read? _table = load.At[0] as Index.Read;
    private Register _step;
    private Register _back;
    private Register _turn;
    private Register _current;
    private Register _next;

    private WarpBuilder W => context.W;

    /// <summary>The places of the terms stand in memory.</summary>
    public bool ReadsTable => _table is not null;

    /// <summary>Computes what does not change, and gives the address of the first term.</summary>
    /// <param name="step">Bytes that a step adds: a count and a size, whose product may need 64 bits.</param>
    public Register Prepare((Value Count, Value Size) step)
    {
        int bytes = Elements.Bytes(_buffer.Element);
        _step = Wide(step.Count, step.Size);
        _back = W.B64();
        Register steps = Wide(W.Subtract(walk.StepsOfTerm, 1), 1);
        W.Emit("mul.lo.u64", _back, _step, steps);
        if (_table is null)
        {
            var stride = (Index.Binary)load.At[0];
            _turn = W.B64();
            W.Emit("sub.u64", _turn, Wide(context.Lower(stride.Right), bytes), _back);
            return context.Base(load.Buffer);
        }
        _current = Offset(0);
        _next = Offset(W.Min(1, walk.LastTerm));
        Register first = W.B64();
        W.Emit("add.u64", first, context.Base(load.Buffer), Bytes(_current));
        return first;
    }

    /// <summary>What the step in turn adds to the addresses.</summary>
    public Register Move()
    {
        if (_table is null)
        {
            if (walk.Ends is not { } ends) return _turn;
            Register move = W.B64();
            W.Emit("selp.b64", move, _turn, _step, ends);
            return move;
        }
        Register way = W.B64();
        W.Emit("mov.u64", way, _step);
        if (walk.Ends is { } turns) W.If(turns, () => Turn(way));
        else Turn(way);
        return way;
    }

    private void Turn(Register way)
    {
        Register distance = W.B64();
        W.Emit("sub.u64", distance, _next, _current);
        W.Emit("sub.u64", way, Bytes(distance), _back);
        W.Emit("mov.u64", _current, _next);
        W.Emit("ld.global.nc.u64", _next, WarpBuilder.At(W.Address(context.Base(_table!.Buffer), walk.Following, 8)));
    }

    private Register Offset(Value term)
    {
        Register offset = W.B64(), address = W.Address(context.Base(_table!.Buffer), term, 8);
        W.Emit("mov.u64", offset, 0);
        W.Guarded(walk.Exists, () => W.Emit("ld.global.nc.u64", offset, WarpBuilder.At(address)));
        return offset;
    }

    private Register Bytes(Register elements)
    {
        int bytes = Elements.Bytes(_buffer.Element);
        if (bytes == 1) return elements;
        Register shifted = W.B64();
        W.Emit("shl.b64", shifted, elements, bytes == 4 ? 2 : 1);
        return shifted;
    }

    private Register Wide(Value left, Value right)
    {
        Register product = W.B64();
        W.Emit("mul.wide.u32", product, W.InRegister(left), right);
        return product;
    }
}
