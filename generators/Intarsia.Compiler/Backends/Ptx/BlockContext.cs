using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>What every part of a thread block's lowering shares: the writer, the names in scope, the buffers, and where a thread stands.</summary>
internal sealed class BlockContext
{
    private readonly Dictionary<string, Value> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Register> _buffers = new(StringComparer.Ordinal);
    private int _sharedBytes;

    /// <param name="program">The program.</param>
    /// <param name="warps">Warps of a thread block.</param>
    /// <param name="target">The target.</param>
    /// <param name="scalars">Buffers of one element that reach the kernel as a value.</param>
    /// <param name="maps">Buffers that reach the kernel as tensor maps alone, by name.</param>
    public BlockContext(TileProgram program, WarpGrid warps, PtxTarget target, ISet<string> scalars, IReadOnlyDictionary<string, TensorMapPlan> maps)
    {
        (Program, Warps, Target, Scalars) = (program, warps, target, scalars);
        foreach (BufferDecl buffer in program.Buffers.Where(buffer => buffer.Role != BufferRole.Scratch))
            _buffers[buffer.Name] = maps.TryGetValue(buffer.Name, out TensorMapPlan? map) ? W.TensorMap(map) : W.Parameter(buffer.Name, scalars.Contains(buffer.Name) ? PtxParameterKind.Single : PtxParameterKind.Address);
        foreach (string size in program.Sizes) _variables[size] = W.Parameter(size, PtxParameterKind.Size);
        Thread = W.Special("%tid.x");
        Lane = W.InRegister(W.And(Thread, 31));
        Warp = W.InRegister(W.ShiftRight(Thread, 5));
    }

    public WarpBuilder W { get; } = new();

    public TileProgram Program { get; }

    public WarpGrid Warps { get; }

    public PtxTarget Target { get; }

    public ISet<string> Scalars { get; }

    /// <summary>Threads that hold accumulators.</summary>
    public int Threads => Warps.Threads;

    /// <summary>Threads beside those, behind them, that only copy.</summary>
    public int CopyThreads { get; init; }

    /// <summary>Threads of the launch.</summary>
    public int LaunchThreads => Threads + CopyThreads;

    public Register Thread { get; }

    public Register Lane { get; }

    public Register Warp { get; }

    /// <summary>The largest amount of shared memory that any part asked for; parts that do not live at the same time overlap.</summary>
    public int SharedBytes => _sharedBytes;

    public Register Shared { get; private set; }

    /// <summary>The address of shared memory, for a part that needs <paramref name="bytes"/> of it from its beginning.</summary>
    public Register UseShared(int bytes)
    {
        if (_sharedBytes == 0)
        {
            Shared = W.B32();
            W.Emit("mov.u32", Shared, "shared_memory");
        }
        _sharedBytes = Math.Max(_sharedBytes, bytes);
        return Shared;
    }

    /// <summary>A barrier of the threads that hold accumulators.</summary>
    public void Barrier()
    {
        if (CopyThreads == 0) W.Barrier();
        else W.Emit("bar.sync", 1, Threads);
    }

    public void Bind(string variable, Value value) => _variables[variable] = value;

    /// <summary>Computes what a list of statements names, once, in the order in which it stands there.</summary>
    public void BindLets(IEnumerable<Statement> statements)
    {
        foreach (Statement.Let let in statements.OfType<Statement.Let>()) Bind(let.Variable, W.InRegister(Lower(let.Value)));
    }

    public BufferDecl Buffer(string name) => Program.Buffers.Single(b => b.Name == name);

    public TileDecl Tile(string name) => Program.Tiles.Single(t => t.Name == name);

    public Register Base(string buffer) => _buffers[buffer];

    /// <summary>Elements from one line of a buffer of two dimensions to the next.</summary>
    public Value LineStride(BufferDecl buffer) => Lower(buffer.Strides.Count > 0 ? buffer.Strides[buffer.Strides.Count - 2] : buffer.Shape[buffer.Shape.Count - 1]);

    /// <summary>The address of a matrix that begins so many elements into a buffer: 64 bits, since a run of terms may be longer than an index.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="begin">A product, or an element of a buffer of 64-bit integers.</param>
    public Register Begin(BufferDecl buffer, Index begin)
    {
        Register elements = W.B64(), bytes = W.B64(), address = W.B64();
        if (begin is Index.Read read) W.Emit("ld.global.nc.u64", elements, WarpBuilder.At(W.Address(Base(read.Buffer), Lower(read.At[0]), 8)));
        else if (begin is Index.Binary { Op: IndexOp.Multiply } product) W.Emit("mul.wide.u32", elements, W.InRegister(Lower(product.Left)), Lower(product.Right));
        else throw new NotSupportedException($"A matrix that begins at {begin} has no PTX.");
        W.Emit("mul.lo.u64", bytes, elements, Elements.Bytes(buffer.Element));
        W.Emit("add.u64", address, Base(buffer.Name), bytes);
        return address;
    }

    public Value Lower(Index index) => index switch
    {
        Index.Const c => c.Value,
        Index.Var v => _variables[v.Name],
        Index.Binary b => Lower(b.Op, Lower(b.Left), Lower(b.Right)),
        Index.Read r => ReadIndex(r),
        _ => throw new NotSupportedException($"Index {index} has no PTX."),
    };

    private Value Lower(IndexOp op, Value left, Value right) => op switch
    {
        IndexOp.Add => W.Add(left, right),
        IndexOp.Subtract => W.Subtract(left, right),
        IndexOp.Multiply => W.Multiply(left, right),
        IndexOp.FloorDivide => W.Divide(left, right),
        IndexOp.Modulo => W.Modulo(left, right),
        IndexOp.Min => W.Min(left, right),
        _ => W.Max(left, right),
    };

    private Value ReadIndex(Index.Read read)
    {
        Register value = W.B32();
        Register address = W.Address(Base(read.Buffer), Lower(read.At[0]), 4);
        W.Emit("ld.global.nc.u32", value, WarpBuilder.At(address));
        return value;
    }
}
