using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>The innermost loop over entries of a sparse stream that are multiplied four at a time.</summary>
internal sealed partial class VectorLowering
{
    /// <summary>
    /// acc[row][j] += a[row] · b[j], where the vectors b are the rows that four entries name, interleaved: eight instructions for a vector of each of them, which serve all rows of the tile.
    /// </summary>
    private void LowerInterleaved(Statement.For loop, InterleavedRows turn)
    {
        BufferDecl x = _buffers[turn.Rows.Buffer];
        TileDecl acc = _tiles[turn.Contract.Accumulator];
        (VectorInstruction instruction, bool swap) = Instruction(turn.Contract);
        if (instruction != VectorInstruction.DotBytes || !swap) throw Refused($"interleaved rows of {x.Element}");

        Scalar turns = _code.Copy(_code.Compute(ScalarOperation.Subtract, Value(loop.End), Value(loop.Begin)));
        List<Scalar> ofCoordinates = [], ofWeights = [];
        (Func<int, Address> coordinates, long coordinatesStep) = Running(turn.Coordinates, loop, 1, ofCoordinates);
        (Func<int, Address> weights, long weightsStep) = Running(turn.Weights, loop, acc.Shape[0], ofWeights);
        Address origin = Place(x, new Tiles.Index[] { 0, turn.Rows.At[0] });
        ScalarOperand stride = StrideBytes(x, 0);

        Vector Load(Scalar row, int part)
        {
            Vector vector = _code.NewVector();
            _code.Add(new VectorOp.Load(vector, origin.Plus(part * VectorBytes) with { Index = row }));
            return vector;
        }
        Vector Unpack(Unpacking how, Vector left, Vector right)
        {
            Vector to = _code.NewVector();
            _code.Add(new VectorOp.Apply(Unpacks(how), to, new[] { left, right }));
            return to;
        }
        _code.If(turns, Relation.Greater, 0, () => _code.Loop(() =>
        {
            Scalar[] rows = [.. Enumerable.Range(0, InterleavedRows.Count).Select(i =>
            {
                Scalar row = _code.NewScalar();
                _code.Add(new VectorOp.ReadInt32(row, coordinates(0).Plus(4 * i)));
                return _code.Compute(ScalarOperation.Multiply, row, stride).Register!;
            })];
            for (int part = 0; part < turn.Parts; part++)
            {
                Vector[] columns = InterleavedRows.Unpacked(i => Load(rows[i], part), Unpack);
                for (int row = 0; row < acc.Shape[0]; row++)
                {
                    Vector broadcast = _code.NewVector();
                    _code.Add(new VectorOp.Broadcast(broadcast, weights(row), InterleavedRows.Count));
                    for (int j = 0; j < columns.Length; j++)
                        _code.Add(new VectorOp.Apply(instruction, Register(turn.Contract.Accumulator, row, part * columns.Length + j), new[] { columns[j], broadcast }));
                }
            }
            foreach (Scalar pointer in ofCoordinates) _code.Increase(pointer, coordinatesStep);
            foreach (Scalar pointer in ofWeights) _code.Increase(pointer, weightsStep);
            _code.Increase(turns, -1);
        }, turns, Relation.Greater, 0, hot: true));
    }

    private static VectorInstruction Unpacks(Unpacking how) => how switch
    {
        Unpacking.Low8 => VectorInstruction.UnpackLow8,
        Unpacking.High8 => VectorInstruction.UnpackHigh8,
        Unpacking.Low16 => VectorInstruction.UnpackLow16,
        _ => VectorInstruction.UnpackHigh16,
    };
}
