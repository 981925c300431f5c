using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>Steps on weights that stand several to a byte, and sums enough to hide latency behind where a tile has few.</summary>
internal sealed partial class VectorLowering
{
    /// <summary>Independent sums that keep a dot product each cycle on its way through its latency, with room to spare for loads that come late.</summary>
    private const int IndependentSums = 8;

    /// <summary>Tables by the buffer they come from.</summary>
    private readonly Dictionary<string, Vector> _tables = new(StringComparer.Ordinal);

    /// <summary>Masks by field of a byte.</summary>
    private readonly Dictionary<int, Vector> _fieldMasks = [];

    /// <summary>What one step of a loop adds to: a tile for each field of a byte that is multiplied where it stands, or one for all.</summary>
    private sealed record Sums(string[] OfField);

    /// <summary>
    /// The accumulators that the steps of an unrolled loop take in turn. A step of a tall tile has sums enough of its own; those of a tile of one row would wait for the step before. Sums of integers wrap, so that
    /// they may be added in any order. Fields that are multiplied in place have sums of their own, too, which <see cref="AddUp"/> divides.
    /// </summary>
    private Sums[] AccumulatorsOf(Statement.Contract contract, int fields, int steps)
    {
        TileDecl acc = _tiles[contract.Accumulator];
        int chains = acc.Element == ElementType.S32 ? Math.Max(1, Math.Min(steps, IndependentSums / (acc.Shape[0] * Vectors(acc) * fields))) : 1;
        return [.. Enumerable.Range(0, chains).Select(chain => new Sums([.. Enumerable.Range(0, fields).Select(field => chain + field == 0 ? contract.Accumulator : Another(acc))]))];
    }

    /// <summary>A tile like another, of zeros. Each loop has its own: what they hold ends with it.</summary>
    private string Another(TileDecl acc)
    {
        string name = $"{acc.Name} {VectorPrinter.Number(_tiles.Count)}";
        _tiles.Add(name, acc with { Name = name });
        ForEachVector(name, (row, j) => _code.Add(new VectorOp.Apply(VectorInstruction.Zero, Register(name, row, j), default)));
        return name;
    }

    private void AddUp(string accumulator, Sums[] sums, int bits)
    {
        for (int field = 0; field < sums[0].OfField.Length; field++)
        {
            string first = sums[0].OfField[field];
            foreach (Sums other in sums.Skip(1)) ForEachVector(first, (row, j) => Apply(VectorInstruction.AddInt32, first, row, j, first, other.OfField[field]));
            if (field == 0) continue;
            ForEachVector(first, (row, j) => _code.Add(new VectorOp.Apply(VectorInstruction.ShiftRightInt32, Register(first, row, j), new[] { Register(first, row, j) }) { Immediate = field * bits }));
            ForEachVector(first, (row, j) => Apply(VectorInstruction.AddInt32, accumulator, row, j, accumulator, first));
        }
    }

    /// <summary>
    /// acc[row][j] += a[row] · b[j] where b stands several to a byte: its fields one after the other, each as bytes against the elements of a that stand four further on. Fields are cut out by a mask, or are codes, whose
    /// bytes a permutation takes from a table: it looks at six bits of each byte, and the table is repeated to as many, so that what stands above a code does not matter.
    /// </summary>
    private void FieldStep(Sums sums, Statement.Transpose fields, Statement.Gather? lookup, VectorInstruction instruction, bool swap, Func<int, Address> a, Address b)
    {
        TileDecl packed = _tiles[fields.Source], acc = _tiles[sums.OfField[0]];
        int bits = ElementBits(packed.Element), count = packed.Shape[2], vectors = Vectors(acc);
        bool inPlace = sums.OfField.Length > 1;
        if ((packed.Element != ElementType.U4 && lookup is null) || (inPlace && lookup is not null) || !fields.Axes.SequenceEqual([0, 2, 1]) || !packed.Shape.SequenceEqual([vectors * Lanes, 4, count]) || count * bits != 8 || instruction != VectorInstruction.DotBytes || (inPlace && !swap))
            throw Refused($"a contraction of {packed}");
        Vector[] bytes = [.. Enumerable.Range(0, vectors).Select(_ => _code.NewVector())];
        for (int j = 0; j < vectors; j++) _code.Add(new VectorOp.Load(bytes[j], b.Plus(j * VectorBytes)));
        for (int field = 0; field < count; field++)
        {
            string sum = sums.OfField[inPlace ? field : 0];
            Vector operand = lookup is null ? MaskOfField(inPlace ? field : 0, bits) : Table(lookup.Buffer);
            Vector[] weights = [.. Enumerable.Range(0, vectors).Select(_ => _code.NewVector())];
            for (int j = 0; j < vectors; j++)
            {
                Vector shifted = bytes[j];
                if (field > 0 && !inPlace) _code.Add(new VectorOp.Apply(VectorInstruction.ShiftRight32, shifted = _code.NewVector(), new[] { bytes[j] }) { Immediate = field * bits });
                _code.Add(new VectorOp.Apply(lookup is null ? VectorInstruction.And : VectorInstruction.PermuteBytes, weights[j], new[] { shifted, operand }));
            }
            for (int row = 0; row < acc.Shape[0]; row++)
            {
                Vector broadcast = _code.NewVector();
                _code.Add(new VectorOp.Broadcast(broadcast, a(row).Plus(4 * field), 4));
                for (int j = 0; j < vectors; j++)
                    _code.Add(new VectorOp.Apply(instruction, Register(sum, row, j), swap ? new[] { weights[j], broadcast } : new[] { broadcast, weights[j] }));
            }
        }
    }

    /// <summary>A table of bytes, which the prepared weights repeat to a vector of 512 bits.</summary>
    private Vector Table(string buffer)
    {
        if (_tables.TryGetValue(buffer, out Vector? known)) return known;
        Vector table = _code.NewVector();
        Scalar address = Parameter(new BlockParameter.Buffer(buffer, _buffers[buffer].Element));
        _code.Ahead(() =>
        {
            _code.Add(new VectorOp.Load(table, new Address(address)));
            return table;
        });
        _tables.Add(buffer, table);
        return table;
    }

    /// <summary>Ones where a field of each byte stands.</summary>
    private Vector MaskOfField(int field, int bits)
    {
        if (_fieldMasks.TryGetValue(field, out Vector? known)) return known;
        Vector mask = _code.NewVector();
        _code.Ahead(() =>
        {
            _code.Add(new VectorOp.Constant(mask, unchecked((int)((uint)(((1 << bits) - 1) << (field * bits)) * 0x01010101u))));
            return mask;
        });
        _fieldMasks.Add(field, mask);
        return mask;
    }
}
