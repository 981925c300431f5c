using System.Collections.Concurrent;

namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>
/// Which element of a matrix a lane holds where. With groupID = lane / 4 and threadID_in_group = lane % 4, the formulas of PTX ISA 9.1, 9.7.14.5.3 to 9.7.14.5.13 (matrix fragments of mma), come
/// to one rule per operand, whatever the element's size, once a fragment is counted in registers: with E elements to a register,
/// <list type="bullet">
/// <item>A: register r holds E consecutive columns of row groupID + 8·(r mod 2), from column E·(threadID_in_group + 4·⌊r / 2⌋);</item>
/// <item>B: register r holds E consecutive rows of column groupID, from row E·(threadID_in_group + 4·r);</item>
/// <item>C, D: element i is at row groupID + 8·(⌊i / 2⌋ mod 2), column 8·⌊i / 4⌋ + 2·threadID_in_group + i mod 2; two f16 share a register.</item>
/// </list>
/// The fragments of wgmma (9.7.15.5.1.1, pictures only; CuTe's ALayout_64xK and CLayout_64xN give them as layouts) are the same, with 16 rows to each of the four warps and more columns in D.
/// Of a sparse A (9.7.14.6.2) the registers hold the stored elements, M×K/2, in the layout of a dense A of that size: the firstcol and lastcol of the ISA's formulas name the columns that the stored
/// elements of a register stand for. The tests hold these rules against the ISA's formulas, shape by shape, and tables worked out from them by hand.
/// </summary>
internal sealed class FragmentLayout
{
    private static readonly ConcurrentDictionary<(int Rows, int Columns, int Bits), FragmentLayout> LeftLayouts = new(), RightLayouts = new(), AccumulatorLayouts = new();

    private readonly int[] _positions;

    private FragmentLayout(int elements, int perRegister, int lanes, int columns, int alongRegister, Func<int, int, (int Row, int Column)> first)
    {
        Registers = elements / perRegister / lanes;
        Lanes = lanes;
        Step = alongRegister;
        _positions = new int[Registers * lanes];
        for (int register = 0; register < Registers; register++)
            for (int lane = 0; lane < lanes; lane++)
            {
                (int row, int column) = first(register, lane % 32);
                _positions[register * lanes + lane] = (row + lane / 32 * 16) * columns + column;
            }
    }

    /// <summary>Threads that share the matrix: 32, or the 128 of a warpgroup.</summary>
    public int Lanes { get; }

    /// <summary>Registers of a lane.</summary>
    public int Registers { get; }

    /// <summary>Distance, in elements of the row-major matrix, between neighbours in a register.</summary>
    public int Step { get; }

    /// <summary>Index, in the row-major matrix, of the lowest element of each register: <c>[register * Lanes + lane]</c>.</summary>
    public ReadOnlySpan<int> Positions => _positions;

    /// <summary>The layout of A, <paramref name="rows"/>×<paramref name="columns"/> stored elements of <paramref name="bits"/> bits. 64 rows are a warpgroup's.</summary>
    public static FragmentLayout Left(int rows, int columns, int bits) => LeftLayouts.GetOrAdd((rows, columns, bits), static key =>
    {
        int perRegister = 32 / key.Bits, halves = key.Rows == 8 ? 1 : 2;
        return new FragmentLayout(key.Rows * key.Columns, perRegister, Threads(key.Rows), key.Columns, 1,
            (register, lane) => (lane / 4 + 8 * (register % halves), perRegister * (lane % 4 + 4 * (register / halves))));
    });

    /// <summary>The layout of B, <paramref name="rows"/>×<paramref name="columns"/>.</summary>
    public static FragmentLayout Right(int rows, int columns, int bits) => RightLayouts.GetOrAdd((rows, columns, bits), static key =>
    {
        int perRegister = 32 / key.Bits;
        return new FragmentLayout(key.Rows * key.Columns, perRegister, 32, key.Columns, key.Columns, (register, lane) => (perRegister * (lane % 4 + 4 * register), lane / 4));
    });

    /// <summary>The layout of C and D, <paramref name="rows"/>×<paramref name="columns"/>, of 32 or 16 bits. 64 rows are a warpgroup's.</summary>
    public static FragmentLayout Accumulator(int rows, int columns, int bits) => AccumulatorLayouts.GetOrAdd((rows, columns, bits), static key =>
    {
        int perRegister = 32 / key.Bits;
        return new FragmentLayout(key.Rows * key.Columns, perRegister, Threads(key.Rows), key.Columns, 1, (register, lane) =>
        {
            int element = register * perRegister;
            return (lane / 4 + 8 * (element / 2 % 2), 8 * (element / 4) + 2 * (lane % 4) + element % 2);
        });
    });

    private static int Threads(int rows) => rows == 64 ? 128 : 32;

    /// <summary>Index in the row-major matrix of element <paramref name="index"/> of a lane's fragment, lowest bits of the first register first.</summary>
    public int Position(int lane, int index, int perRegister) => _positions[index / perRegister * Lanes + lane] + index % perRegister * Step;
}
