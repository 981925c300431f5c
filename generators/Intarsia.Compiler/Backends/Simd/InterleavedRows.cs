using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>
/// A turn of a loop over entries of a sparse stream that multiplies four at a time: the rows of bytes that they name, whole vectors each, are unpacked with each other within each 128 bits, bytes and then pairs of them. Four vectors of each row give
/// four of lanes of 32 bits, in which the bytes of one column stand beside each other.
/// </summary>
/// <param name="Contract">The dot products.</param>
/// <param name="Weights">Loads the weights, one four for each row of accumulators.</param>
/// <param name="Coordinates">Loads the coordinates.</param>
/// <param name="Rows">Gathers the rows.</param>
/// <param name="Parts">Vectors of each row.</param>
internal sealed record InterleavedRows(Statement.Contract Contract, Statement.Load Weights, Statement.Load Coordinates, Statement.Gather Rows, int Parts)
{
    /// <summary>Rows that are interleaved, and vectors that come of one of each.</summary>
    public const int Count = TierTable.VectorsOfFours;

    /// <summary>
    /// One vector of each row as vectors of lanes of 32 bits: bytes of two rows in turns, then pairs of them. Two rows are used up before the next two are loaded, so that six registers do for all.
    /// </summary>
    /// <param name="load">Loads the vector of a row.</param>
    /// <param name="unpack">Unpacks two vectors with each other.</param>
    public static T[] Unpacked<T>(Func<int, T> load, Func<Unpacking, T, T, T> unpack)
    {
        ((T low01, T high01), (T low23, T high23)) = (Bytes(0), Bytes(2));
        return [unpack(Unpacking.Low16, low01, low23), unpack(Unpacking.High16, low01, low23), unpack(Unpacking.Low16, high01, high23), unpack(Unpacking.High16, high01, high23)];

        (T Low, T High) Bytes(int row)
        {
            (T left, T right) = (load(row), load(row + 1));
            return (unpack(Unpacking.Low8, left, right), unpack(Unpacking.High8, left, right));
        }
    }

    /// <summary>Reads the body of a loop; null where it is another one.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="tiles">The tiles of the program.</param>
    /// <param name="lanes">Lanes of 32 bits in a vector.</param>
    /// <exception cref="InvalidOperationException">It interleaves rows in another way than unpacking does.</exception>
    public static InterleavedRows? Of(Statement.For loop, IReadOnlyDictionary<string, TileDecl> tiles, int lanes)
    {
        Statement.Contract[] contracts = [.. loop.Body.OfType<Statement.Contract>()];
        Statement.Gather[] gathers = [.. loop.Body.OfType<Statement.Gather>().Where(gather => gather.At.Count == 1)];
        if (loop.Lanes || contracts.Length != 1 || gathers.Length != 1 || contracts[0].Via is not (ContractVia.Dot4 or ContractVia.Dot4Signed)) return null;
        (Statement.Contract contract, Statement.Gather rows) = (contracts[0], gathers[0]);
        TileDecl acc = tiles[contract.Accumulator], weights = tiles[contract.A], gathered = tiles[rows.Tile];
        int parts = acc.Shape[1] / (Count * lanes);
        Statement.Transpose? order = loop.Body.OfType<Statement.Transpose>().SingleOrDefault(t => t.Tile == contract.B), view = loop.Body.OfType<Statement.Transpose>().SingleOrDefault(t => t.Source == rows.Tile);
        bool fits = contract.TransposedB && rows is { IsPresent: true, Clip: Clip.None } && rows.At.Count == 1
            && acc.Shape[1] == parts * Count * lanes && gathered.Shape.SequenceEqual([Count, acc.Shape[1]]) && weights.Shape.SequenceEqual([acc.Shape[0], Count])
            && view is not null && order is not null && view.Tile == order.Source && view.Axes.SequenceEqual([0, 1])
            && tiles[view.Tile].Shape.SequenceEqual([Count, parts, lanes / 4, 4, 4]) && order.Axes.SequenceEqual([1, 3, 2, 4, 0]);
        if (!fits) throw new InvalidOperationException($"The rows '{rows.Tile}' that '{contract.Accumulator}' is summed of are interleaved in a way that unpacking them does not have.");
        Statement.Load Operand(string tile) => loop.Body.OfType<Statement.Load>().Single(load => load.Tile == tile);
        return new InterleavedRows(contract, Operand(contract.A), Operand(rows.Coordinates), rows, parts);
    }
}

/// <summary>Elements of two vectors in turns, of the first or the last half of each 128 bits.</summary>
internal enum Unpacking
{
    Low8,
    High8,
    Low16,
    High16,
}
