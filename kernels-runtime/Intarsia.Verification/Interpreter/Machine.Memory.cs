using Intarsia.Compiler;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Interpreter;

/// <summary>Statements that move data between buffers and tiles.</summary>
internal sealed partial class Machine
{
    private void Load(Statement.Load s)
    {
        BufferData buffer = Buffer(s.Buffer);
        TileData tile = Tile(s.Tile);
        long[] at = Coordinate(buffer, s.At);
        int[] block = BlockShape(tile.Shape, 0, s.Transposed, buffer, at.Length);
        Clip clip = ClipOf(s.Clip, s.Transposed);
        CheckStart(buffer, at, block.Length);
        foreach (Line line in Lines(buffer, at, block, clip, s.Transposed, End(buffer, s.Until))) Copy(buffer, line, tile, 0);
        WriteTile(s.Tile);
    }

    private void Store(Statement.Store s)
    {
        BufferData buffer = Buffer(s.Buffer);
        TileData tile = ReadTile(s.Tile);
        long[] at = Coordinate(buffer, s.At);
        int[] block = BlockShape(tile.Shape, 0, s.Transposed, buffer, at.Length);
        CheckStart(buffer, at, block.Length);
        foreach (Line line in Lines(buffer, at, block, ClipOf(s.Clip, s.Transposed), s.Transposed, End(buffer, s.Until), EndRow(buffer, s.UntilRow)))
            for (int i = 0; i < line.Inside; i++) Write(buffer, line.Flat + i * line.Step, tile, line.Element + i);
    }

    private void Gather(Statement.Gather s)
    {
        BufferData buffer = Buffer(s.Buffer);
        TileData tile = Tile(s.Tile), coordinates = ReadTile(s.Coordinates);
        (long[] others, int[] block) = Slices(buffer, tile, coordinates, s.At);
        int size = block.Aggregate(1, (product, extent) => product * extent);
        for (int i = 0; i < coordinates.Size; i++)
        {
            bool isTaken = IsTaken(coordinates, i, s.Count);
            long row = isTaken ? RowOf(buffer, coordinates, i) : -1;
            if (row < 0)
            {
                if (s.IsPresent && isTaken) throw Fail($"Coordinate {row} (element {i} of '{coordinates.Name}') is negative, where all are said to be present.");
                for (int j = 0; j < size; j++) Zero(tile, i * size + j);
                continue;
            }
            long[] at = [row, .. others];
            CheckStart(buffer, at, block.Length);
            foreach (Line line in Lines(buffer, at, block, s.Clip, false)) Copy(buffer, line, tile, i * size);
        }
        WriteTile(s.Tile);
    }

    private void Scatter(Statement.Scatter s)
    {
        BufferData buffer = Buffer(s.Buffer);
        TileData tile = ReadTile(s.Tile), coordinates = ReadTile(s.Coordinates);
        (long[] others, int[] block) = Slices(buffer, tile, coordinates, s.At);
        int size = block.Aggregate(1, (product, extent) => product * extent);
        var written = new HashSet<long>();
        for (int i = 0; i < coordinates.Size; i++)
        {
            if (!IsTaken(coordinates, i, s.Count, s.Lines) || RowOf(buffer, coordinates, i) is not (>= 0 and var row)) continue;
            if (!written.Add(row)) throw Fail($"Coordinate {row} (element {i} of '{coordinates.Name}') is named twice: which value would stay is not said.");
            long[] at = [row, .. others];
            CheckStart(buffer, at, block.Length);
            foreach (Line part in Lines(buffer, at, block, Clip.None, false))
                for (int j = 0; j < part.Inside; j++) Write(buffer, part.Flat + j * part.Step, tile, i * size + part.Element + j);
        }
    }

    private void ScatterAdd(Statement.ScatterAdd s)
    {
        BufferData buffer = Buffer(s.Buffer);
        TileData tile = ReadTile(s.Tile), coordinates = ReadTile(s.Coordinates);
        (long[] others, int[] block) = Slices(buffer, tile, coordinates, s.At);
        int size = block.Aggregate(1, (product, extent) => product * extent);
        for (int i = 0; i < coordinates.Size; i++)
        {
            long row = RowOf(buffer, coordinates, i);
            if (row < 0) continue;
            long[] at = [row, .. others];
            CheckStart(buffer, at, block.Length);
            foreach (Line line in Lines(buffer, at, block, s.Clip, false))
                for (int j = 0; j < line.Inside; j++) Add(buffer, CheckRead(buffer, line.Flat + j * line.Step), tile, i * size + line.Element + j);
        }
    }

    private void Add(BufferData buffer, long flat, TileData tile, int element)
    {
        CheckWritable(buffer);
        if (!buffer.Element.IsInteger()) buffer.WriteReal(flat, buffer.Element.Round(buffer.ReadReal(flat) + tile.Real(element)));
        else if (tile.IsInteger) buffer.WriteInteger(flat, buffer.Element.Wrap(buffer.ReadInteger(flat) + tile.Integers![element]));
        else throw Fail($"Float tile '{tile.Name}' is added to integer buffer '{buffer.Name}'.");
    }

    private void Relayout(Statement.Relayout s)
    {
        BufferData source = Buffer(s.Source), destination = Buffer(s.Destination);
        long rows = Evaluate(s.Rows), columns = Evaluate(s.Columns), padded = Evaluate(s.PaddedColumns);
        long[] from = Coordinate(source, s.SourceAt), to = Coordinate(destination, s.DestinationAt);
        (long height, long width) = s.Transposed ? (columns, rows) : (rows, columns);
        if (padded == 0) padded = width;
        if (padded < width) throw Fail($"The block has {width} columns and is padded to {padded}.");
        // Interleaved elements stand along a dimension of their own where the destination has one, else beside each other along the columns.
        bool ownDimension = to.Length > 2 && destination.Declaration.Shape[to.Length - 1] is Index.Const last && last.Value == s.Interleave;
        if (from.Length < 2 || to.Length < 2) throw Fail("A relayout works on the last two dimensions of its buffers.");
        if (rows < 0 || columns < 0 || s.Interleave < 1) throw Fail($"A block of {rows}x{columns} interleaved by {s.Interleave} does not exist.");
        if (s.Regroup < 1 || (s.Regroup > 1 && (s.Interleave > 1 || padded % (16 * s.Regroup) != 0)))
            throw Fail($"{padded} columns interleaved by {s.Interleave} are not regrouped by {s.Regroup}: expected a multiple of {16 * s.Regroup}, each for itself.");
        CheckWritable(destination);

        for (long line = 0; line < (height + s.Interleave - 1) / s.Interleave; line++)
        {
            for (long column = 0; column < padded; column++)
            {
                for (int i = 0; i < s.Interleave; i++)
                {
                    long row = line * s.Interleave + i;
                    long[] target = ownDimension ? Shifted(to, line, column, i) : Shifted(to, line, s.PlaceOf(column) * s.Interleave + i);
                    CheckInside(destination, target);
                    if (row < height && column < width)
                    {
                        long[] origin = s.Transposed ? Shifted(from, column, row) : Shifted(from, row, column);
                        CheckInside(source, origin);
                        Convert(source, CheckRead(source, source.Flat(origin)), s.Offset, destination, destination.Flat(target));
                    }
                    else if (destination.Element.IsInteger())
                    {
                        destination.WriteInteger(destination.Flat(target), 0);
                    }
                    else
                    {
                        destination.WriteReal(destination.Flat(target), 0);
                    }
                }
            }
        }
    }

    private void SumRuns(Statement.SumRuns s)
    {
        BufferData source = Buffer(s.Source), destination = Buffer(s.Destination);
        long rows = Evaluate(s.Rows), columns = Evaluate(s.Columns), length = Evaluate(s.Length);
        if ((destination.Element.IsInteger() && !source.Element.IsInteger()) || source.Shape.Length != 2 || destination.Shape.Length != 2)
            throw Fail($"Runs of '{source.Name}' ({source.Element}, {source.Shape.Length} dimensions) are summed into '{destination.Name}' ({destination.Element}, {destination.Shape.Length}): both are matrices, and floats are no integers.");
        if (rows < 0 || columns < 0 || (length < 1 && columns > 0)) throw Fail($"Runs of {length} of a block of {rows}x{columns} do not exist.");
        CheckWritable(destination);
        for (long row = 0; row < rows; row++)
        {
            for (long begin = 0, run = 0; begin < columns; begin += length, run++)
            {
                var sum = new SignedSum(source.Element.IsInteger() ? source.Element : destination.Element);
                for (long column = begin; column < Math.Min(columns, begin + length); column++) Add(ref sum, source, row, column, sign: 1);
                CheckInside(destination, [row, run]);
                long at = destination.Flat([row, run]);
                if (destination.Element.IsInteger()) destination.WriteInteger(at, Exactly(destination.Element, s.Factor * sum.Integer));
                else destination.WriteReal(at, destination.Element.Round(s.Factor * (source.Element.IsInteger() ? unchecked((int)sum.Integer) : sum.Real)));
            }
        }
    }

    private void ListNonZeros(Statement.ListNonZeros s)
    {
        BufferData source = Buffer(s.Source), destination = Buffer(s.Destination);
        long count = Evaluate(s.Count);
        long[] at = [.. s.At.Select(Evaluate)];
        if (!destination.Element.IsInteger() || destination.Shape.Length != 1 || at.Length != source.Shape.Length)
            throw Fail($"The non-zeros of '{source.Name}' ({source.Shape.Length} dimensions) are listed in '{destination.Name}' ({destination.Element}, {destination.Shape.Length}): a list is a vector of integers.");
        if (count < 0) throw Fail($"A line of {count} elements does not exist.");
        CheckWritable(destination);
        long found = 0;
        for (long i = 0; i < count; i++)
        {
            long[] element = [.. at[..^1], at[^1] + i];
            CheckInside(source, element);
            if (source.ReadReal(CheckRead(source, source.Flat(element))) == 0) continue;
            CheckInside(destination, [++found]);
            destination.WriteInteger(destination.Flat([found]), Exactly(destination.Element, i));
        }
        CheckInside(destination, [0]);
        destination.WriteInteger(destination.Flat([0]), Exactly(destination.Element, found));
    }

    private void SignedSums(Statement.SignedSums s)
    {
        BufferData source = Buffer(s.Source), destination = Buffer(s.Destination);
        long rows = Evaluate(s.Rows), columns = Evaluate(s.Columns), length = Evaluate(s.Length), runs = Evaluate(s.Runs), entries = 1L << s.Bits;
        if (source.Element.IsInteger() != destination.Element.IsInteger() || source.Shape.Length != 2 || destination.Shape.Length != 3 || destination.Shape[2] != entries)
            throw Fail($"Sums of '{source.Name}' ({source.Element}, {source.Shape.Length} dimensions) go to '{destination.Name}' ({destination.Element}, {destination.Shape.Length}): expected a matrix, and for each of its lines tables of {entries} entries, both integers or both floats.");
        if (rows < 0 || columns < 0 || (columns > 0 && (length < 1 || runs * s.Bits < Math.Min(length, columns)))) throw Fail($"{runs} runs of {s.Bits} do not cover groups of {length} of a block of {rows}x{columns}.");
        CheckWritable(destination);
        BufferData? high = s.High is null ? null : Buffer(s.High);
        if (high is not null)
        {
            CheckWritable(high);
            if (!destination.Element.IsInteger() || !high.Element.IsInteger() || !high.Shape.AsSpan().SequenceEqual(destination.Shape)) throw Fail($"Sums in two parts go to '{destination.Name}' and '{high.Name}': expected integers, of one shape.");
        }
        for (long row = 0; row < rows; row++)
        {
            for (long begin = 0, first = 0; begin < columns; begin += length, first += runs)
            {
                long end = Math.Min(columns, begin + length);
                for (long run = 0; run < runs; run++)
                {
                    for (long code = 0; code < entries; code++)
                    {
                        var sum = new SignedSum(destination.Element);
                        for (int bit = 0; bit < s.Bits; bit++)
                            if (begin + run * s.Bits + bit is var column && column < end) Add(ref sum, source, row, column, (code >> bit & 1) != 0 ? 1 : -1);
                        CheckInside(destination, [row, first + run, code]);
                        long at = destination.Flat([row, first + run, code]);
                        if (high is not null)
                        {
                            destination.WriteInteger(at, sum.Integer & ((1 << Statement.SignedSums.LowBits) - 1));
                            high.WriteInteger(at, Exactly(high.Element, sum.Integer >> Statement.SignedSums.LowBits));
                        }
                        else if (destination.Element.IsInteger()) destination.WriteInteger(at, destination.Element.Wrap(sum.Integer));
                        else destination.WriteReal(at, sum.Real);
                    }
                }
            }
        }
    }

    /// <summary>A sum of integers, or of floats that is rounded to the element of its destination after each.</summary>
    private struct SignedSum(ElementType element)
    {
        public long Integer { get; private set; }

        public double Real { get; private set; }

        public void Add(long value) => Integer += value;

        public void Add(double value) => Real = element.Round(Real + value);
    }

    private void Add(ref SignedSum sum, BufferData source, long row, long column, int sign)
    {
        CheckInside(source, [row, column]);
        long at = CheckRead(source, source.Flat([row, column]));
        if (source.Element.IsInteger()) sum.Add(sign * source.ReadInteger(at));
        else sum.Add(sign * source.ReadReal(at));
    }

    private void Convert(BufferData source, long from, int offset, BufferData destination, long to)
    {
        if (destination.Element.IsInteger())
        {
            if (!source.Element.IsInteger()) throw Fail($"Float buffer '{source.Name}' is laid out into integer buffer '{destination.Name}'.");
            destination.WriteInteger(to, Exactly(destination.Element, source.ReadInteger(from) + offset));
        }
        else
        {
            destination.WriteReal(to, destination.Element.Round(source.ReadReal(from) + offset));
        }
    }

    private static long[] Shifted(long[] at, params ReadOnlySpan<long> by)
    {
        long[] shifted = [.. at];
        for (int d = 0; d < by.Length; d++) shifted[^(by.Length - d)] += by[d];
        return shifted;
    }

    private long ReadInteger(string name, long[] at)
    {
        BufferData buffer = Buffer(name);
        if (!buffer.Element.IsInteger()) throw Fail($"Buffer '{name}' holds {buffer.Element}; an index comes from an integer buffer.");
        if (at.Length != buffer.Shape.Length) throw Fail($"Buffer '{name}' has {buffer.Shape.Length} dimensions; {at.Length} indices were given.");
        CheckInside(buffer, at);
        return buffer.ReadInteger(CheckRead(buffer, buffer.Flat(at)));
    }

    private long[] Coordinate(BufferData buffer, EquatableArray<Index> at)
    {
        if (at.Count != buffer.Shape.Length) throw Fail($"Buffer '{buffer.Name}' has {buffer.Shape.Length} dimensions; {at.Count} indices were given.");
        return [.. at.Select(Evaluate)];
    }

    /// <summary>The shape of the block a tile covers, last buffer dimensions last; leading extents of 1 that the buffer has no dimension for are dropped.</summary>
    private int[] BlockShape(int[] shape, int skip, bool transposed, BufferData buffer, int dimensions)
    {
        int[] block = shape[skip..];
        if (transposed)
        {
            if (block.Length < 2) throw Fail($"A tile of {block.Length} dimensions has no transpose.");
            (block[^1], block[^2]) = (block[^2], block[^1]);
        }
        while (block.Length > dimensions && block[0] == 1) block = block[1..];
        if (block.Length > dimensions) throw Fail($"A tile of shape [{string.Join(",", shape)}] covers more dimensions than buffer '{buffer.Name}' has ({dimensions}).");
        return block;
    }

    /// <summary>Which buffer dimensions may be left, given what a tile's rows and columns may.</summary>
    private static Clip ClipOf(Clip clip, bool transposed) => clip is Clip.None or Clip.All || !transposed ? clip : clip ^ Clip.All;

    private (long[] Others, int[] Block) Slices(BufferData buffer, TileData tile, TileData coordinates, EquatableArray<Index> at)
    {
        if (!coordinates.IsInteger) throw Fail($"Tile '{coordinates.Name}' is {coordinates.Element}; coordinates are integers.");
        if (at.Count != buffer.Shape.Length - 1) throw Fail($"Buffer '{buffer.Name}' has {buffer.Shape.Length - 1} dimensions beside the gathered one; {at.Count} indices were given.");
        int leading = tile.Shape.AsSpan().StartsWith(coordinates.Shape) ? coordinates.Shape.Length : 1;
        if (leading == 1 && tile.Shape[0] != coordinates.Size) throw Fail($"{coordinates.Size} coordinates in '{coordinates.Name}' do not match tile '{tile.Name}' of shape {tile.ShapeText}.");
        return ([.. at.Select(Evaluate)], BlockShape(tile.Shape, leading, false, buffer, at.Count));
    }

    /// <summary>Whether an element of coordinates is one of the first so many of its line, and that one of the first lines.</summary>
    private bool IsTaken(TileData coordinates, int i, Index? count, Index? lines = null) =>
        (count is null || i % coordinates.Shape[^1] < Evaluate(count)) && (lines is null || i / coordinates.Shape[^1] < Evaluate(lines));

    private long RowOf(BufferData buffer, TileData coordinates, int i)
    {
        long row = coordinates.Integers![i];
        return row < buffer.Shape[0] ? row : throw Fail($"Coordinate {row} (element {i} of '{coordinates.Name}') lies outside '{buffer.Name}', whose first dimension has extent {buffer.Shape[0]}.");
    }

    /// <summary>Where the last dimension of a buffer ends for one statement.</summary>
    private long End(BufferData buffer, Index? until) => until is null ? buffer.Shape[^1] : Math.Min(buffer.Shape[^1], Evaluate(until));

    /// <summary>The same of the dimension before it; null for the buffer's own end.</summary>
    private long? EndRow(BufferData buffer, Index? until) => until is null ? null : Math.Min(buffer.Shape[^2], Evaluate(until));

    /// <summary>Elements of a tile that follow each other along its last dimension.</summary>
    /// <param name="Element">The first of them in the tile.</param>
    /// <param name="Flat">The place of the first in the buffer.</param>
    /// <param name="Step">From one to the next in the buffer.</param>
    /// <param name="Inside">How many lie inside the buffer: the first ones.</param>
    /// <param name="Length">How many there are.</param>
    private readonly record struct Line(int Element, long Flat, long Step, int Inside, int Length);

    /// <summary>Visits a block line by line, in the order of the tile's elements.</summary>
    private IEnumerable<Line> Lines(BufferData buffer, long[] start, int[] block, Clip clip, bool transposed, long? end = null, long? endRow = null)
    {
        int first = start.Length - block.Length, rank = block.Length, size = block.Aggregate(1, (product, extent) => product * extent);
        if (rank == 0)
        {
            yield return new Line(0, buffer.Flat(start), 0, 1, 1);
            yield break;
        }
        // How far each dimension goes, and the tile's own order of dimensions: with the last two swapped back when it was transposed.
        var limits = new long[rank];
        for (int d = 0; d < rank; d++) limits[d] = (rank - d) switch { 1 => end, 2 => endRow, _ => null } ?? buffer.Shape[first + d];
        int[] order = [.. Enumerable.Range(0, rank)];
        if (transposed && rank > 1) (order[^1], order[^2]) = (order[^2], order[^1]);
        int along = order[^1], length = block[along];
        var at = (long[])start.Clone();
        for (int element = 0; element < size; element += length)
        {
            int inside = (int)Math.Clamp(limits[along] - start[first + along], 0, length);
            at[first + along] = start[first + along] + (inside < length ? inside : 0);
            bool isOutside = false;
            for (int d = 0; d < rank; d++)
            {
                if (at[first + d] < limits[d]) continue;
                if ((clip & (d == rank - 1 ? Clip.Columns : Clip.Rows)) == 0) throw Outside(buffer, at, first + d);
                isOutside |= d != along;
            }
            at[first + along] = start[first + along];
            yield return new Line(element, buffer.Flat(at), buffer.Stride(first + along), isOutside ? 0 : inside, length);
            for (int k = rank - 2; k >= 0; k--)
            {
                int d = first + order[k];
                if (++at[d] < start[d] + block[order[k]]) break;
                at[d] = start[d];
            }
        }
    }

    /// <summary>The dimensions that the tile does not cover must lie inside, and no dimension may start before the buffer.</summary>
    private void CheckStart(BufferData buffer, long[] at, int covered)
    {
        for (int d = 0; d < at.Length; d++)
            if (at[d] < 0 || (d < at.Length - covered && at[d] >= buffer.Shape[d])) throw Outside(buffer, at, d);
    }

    private void CheckInside(BufferData buffer, long[] at)
    {
        for (int d = 0; d < at.Length; d++)
            if (at[d] < 0 || at[d] >= buffer.Shape[d]) throw Outside(buffer, at, d);
    }

    private TileProgramException Outside(BufferData buffer, long[] at, int dimension) =>
        Fail($"Element {BufferData.Text(at)} lies outside buffer '{buffer.Name}': dimension {dimension} has extent {buffer.Shape[dimension]}.");

    private long CheckRead(BufferData buffer, long flat)
    {
        if (!buffer.IsWritten(flat)) throw Fail($"Element {flat} of {buffer.Declaration.Role.ToString().ToLowerInvariant()} '{buffer.Name}' is read before it was written.");
        if (_part != 0 && buffer.Owner(flat) is var owner && owner != 0 && owner != _part) throw Fail($"Part {_part} uses element {flat} of '{buffer.Name}', which part {owner} stores.");
        return flat;
    }

    private void CheckWritable(BufferData buffer)
    {
        if (buffer.Declaration.Role == BufferRole.Input) throw Fail($"Input '{buffer.Name}' is written.");
    }

    /// <summary>Reads a line into the tile, whose elements begin at <paramref name="origin"/>; what lies outside is 0.</summary>
    private void Copy(BufferData buffer, Line line, TileData tile, int origin)
    {
        int element = origin + line.Element;
        for (int i = 0; i < line.Inside; i++) Copy(buffer, line.Flat + i * line.Step, tile, element + i);
        for (int i = line.Inside; i < line.Length; i++) Zero(tile, element + i);
    }

    private void Copy(BufferData buffer, long flat, TileData tile, int element)
    {
        CheckRead(buffer, flat);
        if (!tile.IsInteger)
            tile.Reals![element] = buffer.Element.IsInteger() ? tile.Element.Round(buffer.ReadInteger(flat)) : tile.Element.Round(buffer.ReadReal(flat));
        else if (buffer.Element.IsInteger())
            tile.Integers![element] = Exactly(tile.Element, buffer.ReadInteger(flat));
        else
            throw Fail($"Float buffer '{buffer.Name}' is read into integer tile '{tile.Name}'; a map rounds.");
    }

    private void Write(BufferData buffer, long flat, TileData tile, int element)
    {
        CheckWritable(buffer);
        if (_part != 0)
        {
            if (buffer.Owner(flat) is var owner && owner != 0 && owner != _part) throw Fail($"Parts {owner} and {_part} both store element {flat} of '{buffer.Name}'.");
            buffer.SetOwner(flat, _part);
        }
        if (!buffer.Element.IsInteger())
            buffer.WriteReal(flat, tile.IsInteger ? buffer.Element.Round(tile.Integers![element]) : buffer.Element.Round(tile.Reals![element]));
        else if (tile.IsInteger)
            buffer.WriteInteger(flat, Exactly(buffer.Element, tile.Integers![element]));
        else
            throw Fail($"Float tile '{tile.Name}' is stored to integer buffer '{buffer.Name}'; a map rounds.");
    }

    /// <summary>Moving data never changes an integer; a map may.</summary>
    private long Exactly(ElementType type, long value) =>
        type.Wrap(value) == value ? value : throw Fail($"{value} does not fit {type}.");

    private static void Zero(TileData tile, int element)
    {
        if (tile.IsInteger) tile.Integers![element] = 0;
        else tile.Reals![element] = 0;
    }
}
