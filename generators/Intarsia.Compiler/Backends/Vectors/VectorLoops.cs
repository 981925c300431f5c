using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>The innermost loop: over the depth of a contraction.</summary>
internal sealed partial class VectorLowering
{
    /// <summary>Steps of one turn: enough that counting turns and advancing addresses is a small part of them.</summary>
    private const int Unroll = 2;

    /// <summary>How far ahead an operand is asked for that comes from memory: long enough before its use, and a page at most, so that it is there.</summary>
    private const int ReadAheadBytes = 4096;

    /// <summary>A loop over depth steps. Each operand's addresses advance once a turn; within it every address is a register and a constant.</summary>
    private void LowerSteps(Statement.For loop)
    {
        Statement.Contract contract = loop.Body.OfType<Statement.Contract>().Single();
        Statement.Expand? expand = loop.Body.OfType<Statement.Expand>().SingleOrDefault(e => e.Tile == contract.B);
        Statement.Gather? lookup = loop.Body.OfType<Statement.Gather>().SingleOrDefault(g => g.Tile == contract.B);
        Statement.Transpose? fields = loop.Body.OfType<Statement.Transpose>().SingleOrDefault(t => t.Tile == (lookup?.Coordinates ?? contract.B));
        Statement.Load Operand(string tile) => loop.Body.OfType<Statement.Load>().Single(l => l.Tile == tile);
        Statement.Load loadA = Operand(contract.A), loadB = Operand(expand?.Values ?? fields?.Source ?? contract.B);
        if (loadA.Clip != Clip.None || loadB.Clip != Clip.None) throw Refused("operands under a clip");
        (VectorInstruction instruction, bool swap) = Instruction(contract);

        Scalar turns = _code.Copy(_code.Compute(ScalarOperation.Subtract, Value(loop.End), Value(loop.Begin)));
        var bases = new List<Scalar>();
        (Func<int, Address> a, long aStep) = Running(loadA, loop, _tiles[contract.A].Shape[0], bases);
        int ofA = bases.Count;
        (Func<int, Address> b, long bStep) = Running(loadB, loop, 1, bases);
        int ofB = bases.Count;
        (Func<int, Address> places, long placesStep) = expand is null ? (b, 0) : Running(Operand(expand.Places), loop, 1, bases);
        int unroll = Math.Max(Unroll, loop.Unroll);
        Sums[] sums = AccumulatorsOf(contract, fields is not null && contract.FieldsInPlace ? _tiles[fields.Source].Shape[2] : 1, loop.Unroll);
        void Turn(int steps)
        {
            for (int u = 0; u < steps; u++)
            {
                Func<int, Address> rows = row => a(row).Plus(u * aStep);
                Address values = b(0).Plus(u * bStep);
                Statement.Contract step = contract with { Accumulator = sums[u % sums.Length].OfField[0] };
                if (loadB.ReadAhead)
                    for (int j = 0; j < Vectors(_tiles[contract.Accumulator]); j++) _code.Add(new VectorOp.Prefetch(values.Plus(ReadAheadBytes + j * VectorBytes)));
                if (expand is not null) PlacedStep(step, expand, instruction, rows, values, places(0).Plus(u * placesStep));
                else if (fields is not null) FieldStep(sums[u % sums.Length], fields, lookup, instruction, swap, rows, values);
                else Step(step, instruction, swap, rows, values);
            }
            for (int i = 0; i < bases.Count; i++) _code.Increase(bases[i], steps * (i < ofA ? aStep : i < ofB ? bStep : placesStep));
            _code.Increase(turns, -steps);
        }
        _code.If(turns, Relation.GreaterOrEqual, unroll, () => _code.Loop(() => Turn(unroll), turns, Relation.GreaterOrEqual, unroll, hot: true));
        _code.If(turns, Relation.Greater, 0, () => _code.Loop(() => Turn(1), turns, Relation.Greater, 0));
        AddUp(contract.Accumulator, sums, fields is null ? 0 : ElementBits(_tiles[fields.Source].Element));
    }

    /// <summary>The row of the table that a contraction runs on, and whether the vector operand comes first.</summary>
    private (VectorInstruction Instruction, bool Swap) Instruction(Statement.Contract contract) => contract.Via switch
    {
        ContractVia.Dot4 => (VectorInstruction.DotBytes, _tiles[contract.A].Element == ElementType.S8),
        ContractVia.Dot2 => (VectorInstruction.DotWords, false),
        ContractVia.Dot2BFloat16 => (VectorInstruction.DotBFloat16, false),
        _ => throw Refused($"a contraction via {contract.Via}"),
    };

    /// <summary>The addresses of the rows of an operand in the first turn of a loop, in registers of the loop's own, and the bytes of a step.</summary>
    private (Func<int, Address> Rows, long Step) Running(Statement.Load load, Statement.For loop, int rows, List<Scalar> bases)
    {
        string variable = loop.Variable;
        BufferDecl buffer = _buffers[load.Buffer];
        var begin = new Index[load.At.Count];
        long step = 0;
        for (int d = 0; d < begin.Length; d++)
        {
            (Index coefficient, begin[d]) = IndexText.Split(load.At[d], variable) ?? throw Refused($"an address of {load.Buffer} that is not linear in {variable}");
            if (coefficient is Index.Const { Value: 0 }) continue;
            begin[d] += coefficient * loop.Begin;
            step += coefficient is Index.Const times && FixedStride(buffer, d) is { } stride ? Bytes(buffer.Element, times.Value * stride) : throw Refused($"an address of {load.Buffer} that advances by a number of the call");
        }
        Address first = Place(buffer, begin);
        var own = new List<Scalar>();
        Func<int, Address> addresses = Rows(buffer, first with { Base = _code.Copy(first.Base) }, rows, own);
        bases.AddRange(own);
        return (addresses, step);
    }

    /// <summary>acc[row][j] += a[row] · b[j]: the vectors of b first, then row by row.</summary>
    private void Step(Statement.Contract contract, VectorInstruction instruction, bool swap, Func<int, Address> a, Address b)
    {
        TileDecl acc = _tiles[contract.Accumulator];
        int vectors = Vectors(acc);
        Vector[] columns = [.. Enumerable.Range(0, vectors).Select(_ => _code.NewVector())];
        for (int j = 0; j < vectors; j++) _code.Add(new VectorOp.Load(columns[j], b.Plus(j * VectorBytes)));
        for (int row = 0; row < acc.Shape[0]; row++)
        {
            Vector broadcast = _code.NewVector();
            _code.Add(new VectorOp.Broadcast(broadcast, a(row), 4));
            for (int j = 0; j < vectors; j++)
                _code.Add(new VectorOp.Apply(instruction, Register(contract.Accumulator, row, j), swap ? new[] { columns[j], broadcast } : new[] { broadcast, columns[j] }));
        }
    }

    /// <summary>
    /// The same where b stands at places between zeros: instead of b spread out, the elements of a are brought to where its values are, and the zeros are skipped. A step of a is repeated to fill a vector, and a
    /// permutation of bytes takes of it what each lane multiplies; vectors that share their places take the same.
    /// </summary>
    private void PlacedStep(Statement.Contract contract, Statement.Expand expand, VectorInstruction instruction, Func<int, Address> a, Address b, Address places)
    {
        TileDecl acc = _tiles[contract.Accumulator];
        int vectors = Vectors(acc), step = expand.Group, permutations = _tiles[expand.Places].Shape.Aggregate(1, (size, extent) => size * extent) / VectorBytes;
        if (instruction != VectorInstruction.DotBytes || _tiles[contract.A].Shape[1] != step || _tiles[expand.Values].Shape.Last() != 4) throw Refused($"weights expanded in groups of {step}");
        Vector[] columns = [.. Enumerable.Range(0, vectors).Select(_ => _code.NewVector())], of = [.. Enumerable.Range(0, permutations).Select(_ => _code.NewVector())];
        for (int j = 0; j < vectors; j++) _code.Add(new VectorOp.Load(columns[j], b.Plus(j * VectorBytes)));
        for (int j = 0; j < permutations; j++) _code.Add(new VectorOp.Load(of[j], places.Plus(j * VectorBytes)));
        for (int row = 0; row < acc.Shape[0]; row++)
        {
            Vector repeated = _code.NewVector();
            _code.Add(step == VectorBytes ? new VectorOp.Load(repeated, a(row)) : new VectorOp.Broadcast(repeated, a(row), step));
            for (int p = 0; p < permutations; p++)
            {
                Vector permuted = _code.NewVector();
                _code.Add(new VectorOp.Apply(VectorInstruction.PermuteBytes, permuted, new[] { of[p], repeated }));
                for (int j = p; j < vectors; j += permutations) _code.Add(new VectorOp.Apply(instruction, Register(contract.Accumulator, row, j), new[] { permuted, columns[j] }));
            }
        }
    }
}
