using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// The bases of the rows that a warp streams, and the weights that they make of coefficients (W = Ce·B): in registers, loaded once where a row has one, else with the step of the depth that they belong to.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="load">The load of the bases of the block's rows.</param>
/// <param name="rows">Rows of a warp.</param>
/// <param name="sets">Steps on their way at once; 1 where the load is no step's.</param>
internal sealed class StreamedBases(BlockContext context, Statement.Load load, int rows, int sets)
{
    private readonly BufferDecl _buffer = context.Buffer(load.Buffer);
    private readonly Register[] _pointers = new Register[rows];
    private Register[][][] _entries = [];

    private WarpBuilder W => context.W;

    private int Entries => context.Tile(load.Tile).Shape[0];

    /// <summary>Coefficients of a weight, which as many weights have in common.</summary>
    public int Order => (int)Math.Sqrt(Entries);

    /// <summary>Points at the first basis of a row.</summary>
    /// <param name="row">The row of the warp.</param>
    /// <param name="line">The row of the matrix.</param>
    public void Point(int row, Value line) => _pointers[row] = W.Address(context.Base(load.Buffer), line, W.Multiply(context.LineStride(_buffer), sizeof(float)));

    /// <summary>Declares the registers, and loads what is no step's.</summary>
    /// <param name="perStep">The bases come with the steps.</param>
    public void Start(bool perStep)
    {
        _entries = Enumerable.Range(0, sets).Select(_ => Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, Entries).Select(_ => W.F32()).ToArray()).ToArray()).ToArray();
        if (!perStep) Load(0, _pointers);
    }

    /// <summary>Sends for the bases of a step, where it exists; what it multiplies is zero where it does not.</summary>
    public void Load(int set, Register exists, bool isWhole)
    {
        if (!isWhole)
            foreach (Register entry in _entries[set].SelectMany(row => row)) W.Emit("mov.f32", entry, Elements.Constant(0));
        Value first = context.Lower(load.At[1]);
        Register[] addresses = _pointers.Select(pointer => W.Address(pointer, first, sizeof(float))).ToArray();
        W.Guarded(exists, () => Load(set, addresses));
    }

    /// <summary>Weights of a row: of each group of neighbouring coefficients as many, Σ of coefficient i times row i of the basis, i ascending.</summary>
    /// <param name="set">The step.</param>
    /// <param name="row">The row of the warp.</param>
    /// <param name="coefficients">Whole groups of them.</param>
    public Register[] Rebuild(int set, int row, Register[] coefficients)
    {
        Register[] basis = _entries[sets == 1 ? 0 : set][row];
        var weights = new Register[coefficients.Length];
        for (int at = 0; at < weights.Length; at++)
        {
            int j = at % Order, group = at - j;
            Register sum = W.F32();
            W.Emit("mul.rn.f32", sum, coefficients[group], basis[j]);
            for (int i = 1; i < Order; i++)
            {
                Register next = W.F32();
                W.Emit("fma.rn.f32", next, coefficients[group + i], basis[i * Order + j], sum);
                sum = next;
            }
            weights[at] = sum;
        }
        return weights;
    }

    private void Load(int set, Register[] addresses)
    {
        for (int row = 0; row < rows; row++)
            for (int entry = 0; entry < Entries; entry++) W.Emit("ld.global.nc.f32", _entries[set][row][entry], WarpBuilder.At(addresses[row], entry * sizeof(float)));
    }
}
