using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification.Interpreter;

/// <content>Integers as planes of bits.</content>
internal sealed partial class Machine
{
    private void SplitPlanes(Statement.SplitPlanes s)
    {
        BufferData source = Buffer(s.Source), destination = Buffer(s.Destination);
        long rows = Evaluate(s.Rows), columns = Evaluate(s.Columns), largest = (1L << s.Planes) - 1;
        if (s.Planes is < 1 or > 8 || !source.Element.IsInteger() || source.Shape.Length != 2 || destination.Element.Bits() != Statement.SplitPlanes.WordBits || !destination.Element.IsInteger() || destination.Shape.Length != 2)
            throw Fail($"{s.Planes} planes of '{source.Name}' ({source.Element}, {source.Shape.Length} dimensions) go to '{destination.Name}' ({destination.Element}, {destination.Shape.Length}): expected one to eight, of a matrix of integers, in a matrix of words.");
        if (rows < 0 || columns < 0) throw Fail($"A block of {rows}x{columns} does not exist.");
        CheckWritable(destination);
        for (long row = 0; row < rows; row++)
        {
            for (long word = 0; word * Statement.SplitPlanes.WordBits < columns; word++)
            {
                long[] bits = new long[s.Planes];
                for (int i = 0; i < Statement.SplitPlanes.WordBits && word * Statement.SplitPlanes.WordBits + i is var column && column < columns; i++)
                {
                    CheckInside(source, [row, column]);
                    long value = source.ReadInteger(CheckRead(source, source.Flat([row, column])));
                    if (s.AreSigns ? Math.Abs(value) > largest || value % 2 == 0 : value < 0 || value > largest) throw Fail($"{value} of '{source.Name}' is no sum of {s.Planes} planes of {(s.AreSigns ? "signs" : "bits")}.");
                    long code = s.AreSigns ? (value + largest) / 2 : value;
                    for (int plane = 0; plane < s.Planes; plane++) bits[plane] |= (code >> plane & 1) << i;
                }
                for (int plane = 0; plane < s.Planes; plane++)
                {
                    CheckInside(destination, [row, word * s.Planes + plane]);
                    destination.WriteInteger(destination.Flat([row, word * s.Planes + plane]), destination.Element.Wrap(bits[plane]));
                }
            }
        }
    }
}
