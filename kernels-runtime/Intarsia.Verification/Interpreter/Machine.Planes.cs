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
        if (s.DestinationAt is { Count: not 2 }) throw Fail($"Planes go to coordinate {s.DestinationAt} of '{destination.Name}', which is a matrix.");
        if (s.Saturates && source.Element != ElementType.U8) throw Fail($"'{source.Name}' is of {source.Element}; codes that saturate are unsigned bytes.");
        (long firstRow, long firstWord) = s.DestinationAt is { } at ? (Evaluate(at[0]), Evaluate(at[1])) : (0, 0);
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
                    if (s.Saturates) value = Math.Min(value, largest);
                    if (s.AreSigns ? Math.Abs(value) > largest || value % 2 == 0 : value < 0 || value > largest) throw Fail($"{value} of '{source.Name}' is no sum of {s.Planes} planes of {(s.AreSigns ? "signs" : "bits")}.");
                    long code = s.AreSigns ? (value + largest) / 2 : value;
                    for (int plane = 0; plane < s.Planes; plane++) bits[plane] |= (code >> plane & 1) << i;
                }
                for (int plane = 0; plane < s.Planes; plane++)
                {
                    long[] to = [firstRow + row, firstWord + word * s.Planes + plane];
                    CheckInside(destination, to);
                    destination.WriteInteger(destination.Flat(to), destination.Element.Wrap(bits[plane]));
                }
            }
        }
    }

    private void SumPlanes(Statement.SumPlanes s)
    {
        BufferData source = Buffer(s.Source), destination = Buffer(s.Destination);
        long firstRow = Evaluate(s.SourceRow), rows = Evaluate(s.Rows), columns = Evaluate(s.Columns), largest = (1L << s.Planes) - 1;
        if (s.Planes is < 1 or > 8 || source.Element.Bits() != Statement.SplitPlanes.WordBits || !source.Element.IsInteger() || source.Shape.Length != 2 || !destination.Element.IsInteger() || destination.Shape.Length != 2)
            throw Fail($"{s.Planes} planes of '{source.Name}' ({source.Element}, {source.Shape.Length} dimensions) are summed into '{destination.Name}' ({destination.Element}, {destination.Shape.Length}): expected one to eight, of a matrix of words, and a matrix of integers.");
        if (rows < 0 || columns < 0) throw Fail($"A block of {rows}x{columns} does not exist.");
        CheckWritable(destination);
        for (long row = 0; row < rows; row++)
        {
            long sum = 0;
            for (long column = 0; column < columns; column++)
            {
                long code = 0;
                for (int plane = 0; plane < s.Planes; plane++)
                {
                    long[] from = [firstRow + row, column / Statement.SplitPlanes.WordBits * s.Planes + plane];
                    CheckInside(source, from);
                    code |= (source.ReadInteger(CheckRead(source, source.Flat(from))) >> (int)(column % Statement.SplitPlanes.WordBits) & 1) << plane;
                }
                sum += s.AreSigns ? 2 * code - largest : code;
            }
            CheckInside(destination, [row, 0]);
            destination.WriteInteger(destination.Flat([row, 0]), destination.Element.Wrap(sum));
        }
    }
}
