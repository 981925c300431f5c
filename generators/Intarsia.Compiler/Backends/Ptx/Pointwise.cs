using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Maps and zips on a few elements of a tile at a time. Tiles that reach across statements are registers that the caller names; the others are new at every statement.
/// </summary>
internal sealed class Pointwise(BlockContext context)
{
    private readonly Dictionary<string, Register[]> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _fixed = new(StringComparer.Ordinal);

    private WarpBuilder W => context.W;

    /// <summary>The registers of a tile; one register stands for all elements where the tile broadcasts.</summary>
    public Register[] this[string tile] => _values.TryGetValue(tile, out Register[]? registers) ? registers : throw new InvalidOperationException($"Tile '{tile}' holds nothing here.");

    public void Set(string tile, params Register[] registers) => _values[tile] = registers;

    /// <summary>Names registers that keep the tile's value: an assignment is a move.</summary>
    public void Fix(string tile, params Register[] registers)
    {
        _values[tile] = registers;
        _fixed.Add(tile);
    }

    public void Run(Statement statement)
    {
        switch (statement)
        {
            case Statement.Fill s:
                // A tile that holds nothing yet is the constant everywhere.
                Assign(s.Tile, _values.TryGetValue(s.Tile, out Register[]? held) ? held.Select(_ => Constant(s.Tile, s.Value)).ToArray() : [Constant(s.Tile, s.Value)]);
                break;
            case Statement.Map s:
                bool isFloat = Elements.IsFloat(context.Tile(s.Tile).Element);
                Assign(s.Tile, this[s.Source].Select(value => TppMath.Map(W, s.Op, isFloat ? Elements.ToSingle(W, value) : value, s.Argument, context.Tile(s.Tile).Element)).ToArray());
                break;
            case Statement.Zip s:
                Register[] left = this[s.Left], right = this[s.Right];
                int count = Math.Max(left.Length, right.Length);
                bool single = Elements.IsFloat(context.Tile(s.Tile).Element);
                Assign(s.Tile, Enumerable.Range(0, count).Select(i => TppMath.Zip(W, s.Op, Of(left, i, single), Of(right, i, single), single)).ToArray());
                break;
            case Statement.Select s:
                Register[] condition = this[s.Condition], then = this[s.Left], otherwise = this[s.Right];
                int elements = Math.Max(condition.Length, Math.Max(then.Length, otherwise.Length));
                bool isSingle = Elements.IsFloat(context.Tile(s.Tile).Element);
                Assign(s.Tile, Enumerable.Range(0, elements).Select(i => TppMath.Select(W, At(condition, i), Of(then, i, isSingle), Of(otherwise, i, isSingle))).ToArray());
                break;
            default:
                throw new NotSupportedException($"{statement.GetType().Name} is not a statement on elements.");
        }
    }

    private static Register At(Register[] registers, int i) => registers[registers.Length == 1 ? 0 : i];

    private Register Of(Register[] registers, int i, bool single)
    {
        Register register = At(registers, i);
        return single ? Elements.ToSingle(W, register) : register;
    }

    private Register Constant(string tile, double value)
    {
        bool isFloat = Elements.IsFloat(context.Tile(tile).Element);
        Register register = isFloat ? W.F32() : W.B32();
        W.Emit(isFloat ? "mov.f32" : "mov.u32", register, isFloat ? Elements.Constant((float)value) : ((long)value).ToString(System.Globalization.CultureInfo.InvariantCulture));
        return register;
    }

    private void Assign(string tile, Register[] values)
    {
        if (!_fixed.Contains(tile))
        {
            _values[tile] = values;
            return;
        }
        Register[] targets = _values[tile];
        for (int i = 0; i < targets.Length; i++)
            if (targets[i] != values[i]) W.Emit(targets[i].Kind == RegisterKind.F32 ? "mov.f32" : "mov.u32", targets[i], values[i]);
    }
}
