using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>Steps on codes that name sums of activations.</summary>
internal sealed partial class VectorLowering
{
    /// <summary>
    /// acc[j] += the sums that the codes of vector j name, in two parts: the lower seven bits, and the others 128 times. A vector holds the tables of four runs: six bits of a byte name an entry, of which the upper two say where in its
    /// lane the byte stands, so that one permutation of bytes looks up four codes of sixteen rows, and one dot product adds up what it found. Eleven instructions for sixteen rows and 32 of depth, where dot products of
    /// unpacked weights take sixteen and the unpacking.
    /// </summary>
    private void LowerTables(Statement.For loop)
    {
        Statement.Contract low = loop.Body.OfType<Statement.Contract>().Single(c => c.Times == 1), high = loop.Body.OfType<Statement.Contract>().Single(c => c.Times == 1 << Statement.SignedSums.LowBits);
        Statement.Transpose fields = loop.Body.OfType<Statement.Transpose>().Single();
        Statement.Load Operand(string tile) => loop.Body.OfType<Statement.Load>().Single(l => l.Tile == tile);
        TileDecl acc = _tiles[low.Accumulator], packed = _tiles[fields.Source], table = _tiles[low.A], upper = _tiles[high.A];
        int vectors = Vectors(acc);
        bool fits = acc.Shape[0] == 1 && acc.Element == ElementType.S32 && high.Accumulator == low.Accumulator && high.B == low.B && fields.Tile == low.B && low.TransposedB && high.TransposedB
            && packed.Element == ElementType.U4 && packed.Shape.SequenceEqual([vectors * Lanes, 4, 2]) && fields.Axes.SequenceEqual([0, 2, 1])
            && table.Element == ElementType.U8 && upper.Element == ElementType.S8 && table.Shape.SequenceEqual([1, 8, 16]) && upper.Shape.SequenceEqual([1, 8, 16]);
        if (!fits) throw Refused($"a contraction by tables of {table} and {upper}");

        Scalar turns = _code.Copy(_code.Compute(ScalarOperation.Subtract, Value(loop.End), Value(loop.Begin)));
        List<Scalar> ofCodes = [], ofLow = [], ofHigh = [];
        (Func<int, Address> codes, long codesStep) = Running(Operand(fields.Source), loop, 1, ofCodes);
        (Func<int, Address> lows, long lowStep) = Running(Operand(low.A), loop, 1, ofLow);
        (Func<int, Address> highs, long highStep) = Running(Operand(high.A), loop, 1, ofHigh);
        // The low half of each byte, and which of four tables its byte reads.
        Vector mask = Constant(0x0F0F0F0F), places = Constant(0x30201000), ones = Constant(0x01010101), times = Constant(unchecked((int)0x80808080));
        bool ahead = Operand(fields.Source).ReadAhead;

        void Field(Vector[] indices, int field)
        {
            Vector lowTable = _code.NewVector(), highTable = _code.NewVector();
            _code.Add(new VectorOp.Load(lowTable, lows(0).Plus(field * VectorBytes)));
            _code.Add(new VectorOp.Load(highTable, highs(0).Plus(field * VectorBytes)));
            for (int j = 0; j < vectors; j++)
            {
                Vector found = _code.NewVector(), foundHigh = _code.NewVector();
                _code.Add(new VectorOp.Apply(VectorInstruction.MaskMerge, indices[j], new[] { mask, places }));
                _code.Add(new VectorOp.Apply(VectorInstruction.PermuteBytes, found, new[] { indices[j], lowTable }));
                _code.Add(new VectorOp.Apply(VectorInstruction.PermuteBytes, foundHigh, new[] { indices[j], highTable }));
                _code.Add(new VectorOp.Apply(VectorInstruction.DotBytes, Register(low.Accumulator, 0, j), new[] { found, ones }));
                _code.Add(new VectorOp.Apply(VectorInstruction.DotBytes, Register(low.Accumulator, 0, j), new[] { times, foundHigh }));
            }
        }
        _code.If(turns, Relation.Greater, 0, () => _code.Loop(() =>
        {
            Vector[] bytes = [.. Enumerable.Range(0, vectors).Select(_ => _code.NewVector())], shifted = [.. Enumerable.Range(0, vectors).Select(_ => _code.NewVector())];
            for (int j = 0; j < vectors; j++)
            {
                if (ahead) _code.Add(new VectorOp.Prefetch(codes(0).Plus(ReadAheadBytes + j * VectorBytes)));
                _code.Add(new VectorOp.Load(bytes[j], codes(0).Plus(j * VectorBytes)));
                _code.Add(new VectorOp.Apply(VectorInstruction.ShiftRight32, shifted[j], new[] { bytes[j] }) { Immediate = 4 });
            }
            Field(bytes, 0);
            Field(shifted, 1);
            foreach (Scalar pointer in ofCodes) _code.Increase(pointer, codesStep);
            foreach (Scalar pointer in ofLow) _code.Increase(pointer, lowStep);
            foreach (Scalar pointer in ofHigh) _code.Increase(pointer, highStep);
            _code.Increase(turns, -1);
        }, turns, Relation.Greater, 0, hot: true));
    }

    /// <summary>A constant in every lane, made ahead of everything.</summary>
    private Vector Constant(int value)
    {
        if (_constants.TryGetValue(value, out Vector? known)) return known;
        Vector constant = _code.NewVector();
        _code.Ahead(() =>
        {
            _code.Add(new VectorOp.Constant(constant, value));
            return constant;
        });
        _constants.Add(value, constant);
        return constant;
    }

    /// <summary>Constants by their value.</summary>
    private readonly Dictionary<int, Vector> _constants = [];
}
