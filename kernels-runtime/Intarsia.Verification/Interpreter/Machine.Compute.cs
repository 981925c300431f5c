using System.Numerics;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification.Interpreter;

/// <summary>Statements that make a tile from tiles, element by element or along an axis.</summary>
internal sealed partial class Machine
{
    private void Fill(Statement.Fill s)
    {
        TileData tile = WriteTile(s.Tile);
        if (!tile.IsInteger)
        {
            Array.Fill(tile.Reals!, tile.Element.Round(s.Value));
            return;
        }
        if (s.Value != Math.Floor(s.Value) || Math.Abs(s.Value) > long.MaxValue / 2) throw Fail($"{s.Value} is no integer.");
        Array.Fill(tile.Integers!, Exactly(tile.Element, (long)s.Value));
    }

    private void Iota(Statement.Iota s)
    {
        long start = Evaluate(s.Start);
        TileData tile = Tile(s.Tile);
        (int outer, int extent, int inner) = Split(tile, s.Axis);
        for (int o = 0; o < outer; o++)
            for (int k = 0; k < extent; k++)
                for (int i = 0; i < inner; i++)
                    SetInteger(tile, (o * extent + k) * inner + i, start + k, wrap: false);
        WriteTile(s.Tile);
    }

    private void Select(Statement.Select s)
    {
        TileData condition = ReadTile(s.Condition).Snapshot(), left = ReadTile(s.Left).Snapshot(), right = ReadTile(s.Right).Snapshot(), tile = Tile(s.Tile);
        int[] c = Broadcast(condition, tile), l = Broadcast(left, tile), r = Broadcast(right, tile);
        for (int i = 0; i < tile.Size; i++)
        {
            bool first = condition.Real(c[i]) > 0;
            Move(first ? left : right, first ? l[i] : r[i], tile, i);
        }
        WriteTile(s.Tile);
    }

    private void Pack(Statement.Pack s)
    {
        TileData source = ReadTile(s.Source), tile = Tile(s.Tile);
        if (!tile.IsInteger) throw Fail($"Tile '{tile.Name}' is {tile.Element}; bits are packed into integers.");
        int bits = tile.Element.Bits(), count = source.Shape[^1], words = tile.Shape[^1];
        if (words != (count + bits - 1) / bits || source.Size / count != tile.Size / words)
            throw Fail($"The bits of '{source.Name}' {source.ShapeText} do not fill '{tile.Name}' {tile.ShapeText} of {tile.Element}: the last dimension is packed.");
        for (int line = 0; line < source.Size / count; line++)
        {
            for (int word = 0; word < words; word++)
            {
                ulong packed = 0;
                for (int bit = 0; bit < bits && word * bits + bit < count; bit++)
                    if (source.Real(line * count + word * bits + bit) > 0) packed |= 1UL << bit;
                tile.Integers![line * words + word] = tile.Element.Wrap((long)packed);
            }
        }
        WriteTile(s.Tile);
    }

    private void Random(Statement.Random s)
    {
        long seed = Evaluate(s.Seed), counter = Evaluate(s.Counter);
        TileData tile = WriteTile(s.Tile);
        if (tile.IsInteger) throw Fail($"Tile '{tile.Name}' is {tile.Element}; random numbers in [0,1) are floats.");
        int precision = tile.Element.Precision();
        for (int i = 0; i < tile.Size; i++)
            tile.Reals![i] = Math.ScaleB(SplitMix(unchecked((ulong)seed + (ulong)(counter + i + 1) * 0x9E3779B97F4A7C15UL)) >> (64 - precision), -precision);
    }

    /// <summary>The output function of splitmix64 (Steele, Lea and Flood, OOPSLA'14).</summary>
    private static ulong SplitMix(ulong state)
    {
        ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    private void Table(Statement.Table s)
    {
        TileData source = ReadTile(s.Source), tile = Tile(s.Tile);
        if (s.Bits is < 1 or > 16) throw Fail($"A table over {s.Bits} bits: expected 1 to 16.");
        int length = source.Shape[0], columns = source.Size / length, runs = (length + s.Bits - 1) / s.Bits, entries = 1 << s.Bits;
        if (source.Shape.Length > 2 || tile.Size != runs * entries * columns || tile.Shape[0] != runs || tile.Shape.Length < 2 || tile.Shape[1] != entries)
            throw Fail($"The tables of '{source.Name}' {source.ShapeText} have shape [{runs},{entries},{columns}]; '{tile.Name}' has {tile.ShapeText}.");
        for (int run = 0; run < runs; run++)
        {
            for (int entry = 0; entry < entries; entry++)
            {
                for (int column = 0; column < columns; column++)
                {
                    int at = (run * entries + entry) * columns + column;
                    Zero(tile, at);
                    for (int t = 0; t < s.Bits && run * s.Bits + t < length; t++)
                    {
                        int from = (run * s.Bits + t) * columns + column;
                        bool add = (entry >> t & 1) != 0;
                        if (tile.IsInteger) SetInteger(tile, at, tile.Integers![at] + (add ? IntegerOf(source, from) : -IntegerOf(source, from)), wrap: true);
                        else tile.Reals![at] = tile.Element.Round(tile.Reals[at] + (add ? source.Real(from) : -source.Real(from)));
                    }
                }
            }
        }
        WriteTile(s.Tile);
    }

    private void Linear(Statement.Linear s)
    {
        TileData source = ReadTile(s.Source).Snapshot(), tile = Tile(s.Tile);
        if (s.Matrix.Count != s.MatrixRows * s.MatrixColumns) throw Fail($"A {s.MatrixRows}x{s.MatrixColumns} matrix has {s.Matrix.Count} elements.");
        (int batch, int rows, int columns) = AsMatrices(source);
        (int tileBatch, int tileRows, int tileColumns) = AsMatrices(tile);
        bool fits = s.Right ? columns == s.MatrixColumns && tileColumns == s.MatrixRows && tileRows == rows : rows == s.MatrixColumns && tileRows == s.MatrixRows && tileColumns == columns;
        if (!fits || batch != tileBatch) throw Fail($"A {s.MatrixRows}x{s.MatrixColumns} matrix {(s.Right ? "on the right" : "on the left")} of '{source.Name}' {source.ShapeText} does not give '{tile.Name}' {tile.ShapeText}.");

        for (int at = 0; at < tile.Size; at++)
        {
            int b = at / (tileRows * tileColumns), r = at / tileColumns % tileRows, c = at % tileColumns;
            Zero(tile, at);
            for (int k = 0; k < s.MatrixColumns; k++)
            {
                double factor = s.Matrix[(s.Right ? c : r) * s.MatrixColumns + k];
                if (factor == 0) continue;
                if (!tile.IsInteger) factor = tile.Element.Round(factor);
                int from = b * rows * columns + (s.Right ? r * columns + k : k * columns + c);
                if (!tile.IsInteger)
                    tile.Reals![at] = MultiplyAdd(tile.Element, factor, source.Real(from), tile.Reals[at]);
                else if (factor == Math.Floor(factor))
                    SetInteger(tile, at, tile.Integers![at] + (long)factor * IntegerOf(source, from), wrap: true);
                else
                    throw Fail($"{factor} is no integer, and tile '{tile.Name}' is {tile.Element}.");
            }
        }
        WriteTile(s.Tile);
    }

    private void Rebuild(Statement.Rebuild s)
    {
        TileData coefficients = ReadTile(s.Coefficients), basis = ReadTile(s.Basis), tile = Tile(s.Tile);
        int rows = tile.Shape[0], length = tile.Shape[^1], order = (int)Math.Sqrt(basis.Shape[0]);
        bool fits = tile.Shape.Length == 2 && basis.Shape.Length == 2 && coefficients.Shape.SequenceEqual(tile.Shape) && order * order == basis.Shape[0] && basis.Shape[1] == rows && order > 0 && length % order == 0;
        if (!fits || tile.IsInteger || coefficients.IsInteger || basis.IsInteger)
            throw Fail($"'{coefficients.Name}' {coefficients.ShapeText} of {coefficients.Element} and the basis '{basis.Name}' {basis.ShapeText} of {basis.Element} do not give '{tile.Name}' {tile.ShapeText} of {tile.Element}.");
        for (int at = 0; at < tile.Size; at++)
        {
            int row = at / length, j = at % length % order;
            tile.Reals![at] = 0;
            for (int i = 0; i < order; i++)
                tile.Reals[at] = MultiplyAdd(tile.Element, coefficients.Real(at - j + i), basis.Real((i * order + j) * rows + row), tile.Reals[at]);
        }
        WriteTile(s.Tile);
    }

    private void Scan(Statement.Scan s)
    {
        TileData source = ReadTile(s.Source).Snapshot(), tile = Tile(s.Tile);
        if (!source.Shape.SequenceEqual(tile.Shape)) throw Fail($"A scan keeps the shape: '{source.Name}' has {source.ShapeText}, '{tile.Name}' {tile.ShapeText}.");
        if (s.Op == ReduceOp.ArgMax) throw Fail("There is no scan of positions.");
        (int outer, int extent, int inner) = Split(source, s.Axis);
        for (int line = 0; line < outer * inner; line++)
        {
            int start = line / inner * extent * inner + line % inner;
            var running = new Running(tile, s.Op);
            for (int k = 0; k < extent; k++)
            {
                int at = start + k * inner;
                if (s.Exclusive) running.Put(tile, at);
                Combine(ref running, source, at);
                if (!s.Exclusive) running.Put(tile, at);
            }
        }
        WriteTile(s.Tile);
    }

    private void Reduce(Statement.Reduce s)
    {
        TileData tile = s.Accumulate ? ReadTile(s.Tile) : Tile(s.Tile), source = ReadTile(s.Source).Snapshot();
        (int outer, int extent, int inner) = Split(source, s.Axis);
        int[] expected = [.. source.Shape];
        expected[s.Axis] = 1;
        if (!tile.Shape.SequenceEqual(expected)) throw Fail($"Reducing axis {s.Axis} of '{source.Name}' {source.ShapeText} gives [{string.Join(",", expected)}]; '{tile.Name}' has {tile.ShapeText}.");
        if (s.Op == ReduceOp.ArgMax && (s.Accumulate || !tile.IsInteger)) throw Fail("A position of the maximum goes to an integer tile and does not accumulate.");
        for (int line = 0; line < outer * inner; line++)
        {
            int start = line / inner * extent * inner + line % inner;
            if (s.Op == ReduceOp.ArgMax)
            {
                int best = 0;
                for (int k = 1; k < extent; k++)
                    if (source.Real(start + k * inner) > source.Real(start + best * inner)) best = k;
                SetInteger(tile, line, best, wrap: false);
                continue;
            }
            var running = s.Accumulate ? new Running(tile, s.Op, line) : new Running(tile, s.Op);
            for (int k = 0; k < extent; k++) Combine(ref running, source, start + k * inner);
            running.Put(tile, line);
        }
        WriteTile(s.Tile);
    }

    /// <summary>A value under reduction, in the type of the tile it goes to.</summary>
    private struct Running
    {
        public ReduceOp Op;
        public ElementType Type;
        public long Integer;
        public double Real;

        /// <summary>The neutral element.</summary>
        public Running(TileData tile, ReduceOp op)
        {
            Op = op;
            Type = tile.Element;
            Real = op switch { ReduceOp.Max => double.NegativeInfinity, ReduceOp.Min => double.PositiveInfinity, ReduceOp.Product => 1, _ => 0 };
            Integer = op switch { ReduceOp.Max when tile.IsInteger => tile.Element.Min(), ReduceOp.Min when tile.IsInteger => tile.Element.Max(), ReduceOp.Product => 1, _ => 0 };
        }

        /// <summary>The tile's old value.</summary>
        public Running(TileData tile, ReduceOp op, int at)
        {
            Op = op;
            Type = tile.Element;
            if (tile.IsInteger) Integer = tile.Integers![at];
            else Real = tile.Reals![at];
        }

        public readonly void Put(TileData tile, int at)
        {
            if (tile.IsInteger) tile.Integers![at] = tile.Element.Wrap(Integer);
            else tile.Reals![at] = tile.Element.Round(Real);
        }
    }

    private void Combine(ref Running running, TileData source, int at)
    {
        if (running.Op == ReduceOp.PopCount)
        {
            long count = BitOperations.PopCount(source.Element.Pattern(IntegerOf(source, at)));
            running.Integer += count;
            running.Real += count;
            return;
        }
        if (running.Type.IsInteger())
        {
            long x = IntegerOf(source, at);
            running.Integer = running.Op switch
            {
                ReduceOp.Sum => unchecked(running.Integer + x),
                ReduceOp.Max => Math.Max(running.Integer, x),
                ReduceOp.Min => Math.Min(running.Integer, x),
                ReduceOp.AbsMax => Math.Max(running.Integer, Math.Abs(x)),
                _ => unchecked(running.Integer * x),
            };
            return;
        }
        double value = source.Real(at);
        running.Real = running.Type.Round(running.Op switch
        {
            ReduceOp.Sum => running.Real + value,
            ReduceOp.Max => Math.Max(running.Real, value),
            ReduceOp.Min => Math.Min(running.Real, value),
            ReduceOp.AbsMax => Math.Max(running.Real, Math.Abs(value)),
            _ => running.Real * value,
        });
    }

    private static (int Batch, int Rows, int Columns) AsMatrices(TileData tile) => tile.Shape.Length switch
    {
        0 => (1, 1, 1),
        1 => (1, 1, tile.Shape[0]),
        _ => (tile.Size / (tile.Shape[^1] * tile.Shape[^2]), tile.Shape[^2], tile.Shape[^1]),
    };

    private (int Outer, int Extent, int Inner) Split(TileData tile, int axis)
    {
        if (axis < 0 || axis >= tile.Shape.Length) throw Fail($"Tile '{tile.Name}' {tile.ShapeText} has no axis {axis}.");
        int inner = tile.Shape.Skip(axis + 1).Aggregate(1, (product, extent) => product * extent);
        return (tile.Size / (inner * tile.Shape[axis]), tile.Shape[axis], inner);
    }

    private void Move(TileData source, int from, TileData tile, int to)
    {
        if (!tile.IsInteger) tile.Reals![to] = source.IsInteger ? tile.Element.Round(source.Integers![from]) : tile.Element.Round(source.Reals![from]);
        else SetInteger(tile, to, IntegerOf(source, from), wrap: false);
    }

    private long IntegerOf(TileData tile, int i) => tile.IsInteger ? tile.Integers![i] : throw Fail($"Tile '{tile.Name}' is {tile.Element}; an integer is needed.");

    private void SetInteger(TileData tile, int i, long value, bool wrap)
    {
        if (tile.IsInteger) tile.Integers![i] = wrap ? tile.Element.Wrap(value) : Exactly(tile.Element, value);
        else tile.Reals![i] = tile.Element.Round(value);
    }

    /// <summary>a·b + c with one rounding, in the element type.</summary>
    private static double MultiplyAdd(ElementType type, double a, double b, double c) => type switch
    {
        ElementType.F32 when (float)a == a && (float)b == b => MathF.FusedMultiplyAdd((float)a, (float)b, (float)c),
        _ => type.Round(Math.FusedMultiplyAdd(a, b, c)),
    };
}
