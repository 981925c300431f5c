using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification.Interpreter;

/// <summary>The unary and binary TPPs.</summary>
internal sealed partial class Machine
{
    private void Map(Statement.Map s)
    {
        TileData source = ReadTile(s.Source).Snapshot(), tile = Tile(s.Tile);
        int[] from = Broadcast(source, tile);
        for (int i = 0; i < tile.Size; i++)
        {
            if (!tile.IsInteger) tile.Reals![i] = tile.Element.Round(MapReal(s.Op, source.IsInteger ? tile.Element.Round(source.Integers![from[i]]) : source.Reals![from[i]], s.Argument));
            else if (source.IsInteger) tile.Integers![i] = MapInteger(s.Op, tile.Element, source.Integers![from[i]], s.Argument);
            else tile.Integers![i] = MapToInteger(s.Op, tile.Element, source.Reals![from[i]], s.Argument);
        }
        WriteTile(s.Tile);
    }

    private double MapReal(MapOp op, double x, double argument) => op switch
    {
        MapOp.Copy => x,
        MapOp.Negate => -x,
        MapOp.Abs => Math.Abs(x),
        MapOp.Square => x * x,
        MapOp.Sqrt => Math.Sqrt(x),
        MapOp.Reciprocal => 1 / x,
        MapOp.ReciprocalSqrt => 1 / Math.Sqrt(x),
        MapOp.Exp => Math.Exp(x),
        MapOp.Log => Math.Log(x),
        MapOp.Tanh => Math.Tanh(x),
        MapOp.Sigmoid => 1 / (1 + Math.Exp(-x)),
        MapOp.Relu => Math.Max(x, 0),
        MapOp.Gelu => ReferenceMath.Gelu(x),
        MapOp.GeluTanh => ReferenceMath.GeluTanh(x),
        MapOp.Silu => ReferenceMath.Silu(x),
        MapOp.Scale => x * argument,
        MapOp.Offset => x + argument,
        MapOp.GreaterThan => x > argument ? 1 : 0,
        _ => throw Fail($"{op} makes integers; the tile holds floats."),
    };

    private long MapInteger(MapOp op, ElementType type, long x, double argument) => type.Wrap(op switch
    {
        MapOp.Copy => x,
        MapOp.Negate => -x,
        MapOp.Abs => x < 0 ? -x : x,
        MapOp.Square => unchecked(x * x),
        MapOp.Relu => Math.Max(x, 0),
        MapOp.Scale => unchecked(x * Whole(argument)),
        MapOp.Offset => unchecked(x + Whole(argument)),
        MapOp.GreaterThan => x > argument ? 1 : 0,
        MapOp.RoundSaturate => Math.Clamp(x, type.Min(), type.Max()),
        _ => throw Fail($"{op} is not an operation on integers."),
    });

    private long MapToInteger(MapOp op, ElementType type, double x, double argument)
    {
        switch (op)
        {
            case MapOp.GreaterThan:
                return x > argument ? 1 : 0;
            case MapOp.RoundSaturate:
                return double.IsNaN(x) ? 0 : (long)Math.Clamp(Math.Round(x, MidpointRounding.ToEven), type.Min(), type.Max());
            case MapOp.Copy:
                double truncated = Math.Truncate(x);
                return truncated >= type.Min() && truncated <= type.Max() ? (long)truncated : throw Fail($"{x} does not fit {type}.");
            default:
                throw Fail($"{op} takes floats to floats; an integer tile is made by a copy or by rounding.");
        }
    }

    private long Whole(double argument) => argument == Math.Floor(argument) ? (long)argument : throw Fail($"{argument} is no integer.");

    private void Zip(Statement.Zip s)
    {
        TileData left = ReadTile(s.Left).Snapshot(), right = ReadTile(s.Right).Snapshot(), tile = Tile(s.Tile);
        int[] l = Broadcast(left, tile), r = Broadcast(right, tile);
        bool compares = s.Op is ZipOp.GreaterThan or ZipOp.Equal;
        for (int i = 0; i < tile.Size; i++)
        {
            if (compares)
                SetInteger(tile, i, Compare(s.Op, left, l[i], right, r[i]) ? 1 : 0, wrap: false);
            else if (tile.IsInteger)
                tile.Integers![i] = tile.Element.Wrap(ZipInteger(s.Op, tile.Element, IntegerOf(left, l[i]), IntegerOf(right, r[i])));
            else
                tile.Reals![i] = tile.Element.Round(ZipReal(s.Op, AsReal(tile.Element, left, l[i]), AsReal(tile.Element, right, r[i])));
        }
        WriteTile(s.Tile);
    }

    /// <summary>An integer operand takes the tile's type first, as a conversion instruction would.</summary>
    private static double AsReal(ElementType type, TileData tile, int i) => tile.IsInteger ? type.Round(tile.Integers![i]) : tile.Reals![i];

    private static bool Compare(ZipOp op, TileData left, int l, TileData right, int r)
    {
        if (left.IsInteger && right.IsInteger)
            return op == ZipOp.Equal ? left.Integers![l] == right.Integers![r] : left.Integers![l] > right.Integers![r];
        return op == ZipOp.Equal ? left.Real(l) == right.Real(r) : left.Real(l) > right.Real(r);
    }

    private double ZipReal(ZipOp op, double left, double right) => op switch
    {
        ZipOp.Add => left + right,
        ZipOp.Subtract => left - right,
        ZipOp.Multiply => left * right,
        ZipOp.Divide => left / right,
        ZipOp.Max => Math.Max(left, right),
        ZipOp.Min => Math.Min(left, right),
        _ => throw Fail($"{op} is not an operation on floats."),
    };

    private long ZipInteger(ZipOp op, ElementType type, long left, long right)
    {
        if (op == ZipOp.Divide && right == 0) throw Fail("Division by zero.");
        if (op is ZipOp.ShiftLeft or ZipOp.ShiftRight && (right < 0 || right >= type.Bits())) throw Fail($"{type} is shifted by {right}.");
        return op switch
        {
            ZipOp.Add => unchecked(left + right),
            ZipOp.Subtract => unchecked(left - right),
            ZipOp.Multiply => unchecked(left * right),
            ZipOp.Divide => left / right,
            ZipOp.Max => Math.Max(left, right),
            ZipOp.Min => Math.Min(left, right),
            ZipOp.BitAnd => left & right,
            ZipOp.BitXor => left ^ right,
            ZipOp.ShiftLeft => left << (int)right,
            ZipOp.ShiftRight => left >> (int)right,
            _ => throw Fail($"{op} is not an operation on integers."),
        };
    }

    /// <summary>For each element of the tile the element of the source that meets it: extents agree, are 1, or are missing at the front.</summary>
    private int[] Broadcast(TileData source, TileData tile)
    {
        var map = new int[tile.Size];
        if (source.Shape.AsSpan().SequenceEqual(tile.Shape))
        {
            for (int i = 0; i < map.Length; i++) map[i] = i;
            return map;
        }
        int missing = tile.Shape.Length - source.Shape.Length;
        bool fits = missing >= 0;
        for (int d = 0; fits && d < source.Shape.Length; d++) fits = source.Shape[d] == 1 || source.Shape[d] == tile.Shape[missing + d];
        if (!fits) throw Fail($"Tile '{source.Name}' {source.ShapeText} does not broadcast to '{tile.Name}' {tile.ShapeText}.");
        for (int i = 0; i < map.Length; i++)
        {
            int rest = i, stride = 1, from = 0;
            for (int d = tile.Shape.Length - 1; d >= 0; d--)
            {
                int at = rest % tile.Shape[d];
                rest /= tile.Shape[d];
                if (d < missing) continue;
                if (source.Shape[d - missing] != 1) from += at * stride;
                stride *= source.Shape[d - missing];
            }
            map[i] = from;
        }
        return map;
    }
}
