using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// The stages of a butterfly product on rows of working memory, with the numbers of factors in <c>f</c>, a line for each stage. Neighbouring stages form groups that go through registers together: those of strides
/// 2^l to 2^(l + k − 1) mix 2^k elements, 2^l apart, among themselves alone. An element is a row, or the two of a complex one.
/// </summary>
internal sealed class ButterflyStages
{
    /// <summary>Registers beside the rows: results of a matrix, and its numbers.</summary>
    private const int Temporaries = 6;

    /// <summary>Bytes of the rows that go through the stages of small strides together: half of a first-level cache, the other half is for factors.</summary>
    private const int PieceBytes = 16384;

    private readonly PlanBuilder _plan;
    private readonly int _length;
    private readonly int _width;
    private readonly int _bits;
    private readonly int _parts;

    public ButterflyStages(PlanBuilder plan, int length, int width)
    {
        _plan = plan;
        _length = length;
        _width = width;
        _bits = TierTable.Bits(plan.Tier);
        _parts = plan.Spec.Butterfly!.Parts;
        // Both the rows and what becomes of them live at once: of three stages that is two vectors more than Arm has registers.
        Most = plan.Tier is Tier.AdvSimd or Tier.AdvSimdDp ? 2 : 3;
        while (Most > 1 && (_parts << Most) * (width * 32 / _bits) + Temporaries > TierTable.Registers(plan.Tier)) Most--;
        int piece = 1;
        while (2 * piece * width * sizeof(float) <= PieceBytes) piece *= 2;
        Piece = Math.Min(piece, length);
    }

    /// <summary>The buffer of the rows. Blocks have its line as a constant, and so its name says how long that is.</summary>
    public string Rows => FormattableString.Invariant($"c{_width}");

    /// <summary>Stages of a group, at most.</summary>
    public int Most { get; }

    /// <summary>Rows that go through the stages of small strides together.</summary>
    public int Piece { get; }

    /// <summary>Every stage, on so many columns.</summary>
    /// <param name="line">The line of the factors of the first stage.</param>
    /// <param name="columns">Columns, at most those of a row.</param>
    public Statement[] Build(Index line, int columns)
    {
        var body = new List<Statement> { new Let("stage", line) };
        ButterflyGroup[] groups = [.. Groups()];
        for (int i = 0; i < groups.Length;)
        {
            int end = i;
            while (end < groups.Length && IsSmall(groups[end])) end++;
            if (end == i)
            {
                body.Add(Pass(groups[i++], columns, _length));
                continue;
            }
            Block[] small = [.. groups.Skip(i).Take(end - i).Select(group => Pass(group, columns, Piece))];
            if (Piece == _length) body.AddRange(small);
            else body.Add(new For("piece", 0, _length, Piece, small));
            i = end;
        }
        return [.. body];
    }

    private bool IsSmall(ButterflyGroup group) => _parts << group.Low + group.Count <= Piece;

    /// <summary>The stages of every block, those of small strides and the others cut evenly.</summary>
    private IEnumerable<ButterflyGroup> Groups()
    {
        ButterflySpec butterfly = _plan.Spec.Butterfly!;
        int stages = butterfly.Stages(_plan.Spec.Depth.Constant), small = Math.Min(stages, Log2(Piece / _parts));
        return ButterflyGroup.All(butterfly, stages, [.. Cut(0, small), .. Cut(small, stages - small)]);
    }

    private IEnumerable<(int Low, int Count)> Cut(int low, int count)
    {
        int parts = (count + Most - 1) / Most;
        for (int part = 0; part < parts; part++)
        {
            int stages = (count + parts - 1 - part) / parts;
            yield return (low, stages);
            low += stages;
        }
    }

    private static int Log2(int power) => power > 1 ? 1 + Log2(power / 2) : 0;

    /// <summary>A group of stages on all rows, or on those of a piece.</summary>
    private Block Pass(ButterflyGroup group, int columns, int rows)
    {
        int stride = group.Stride, together = group.Together, elements = rows / _parts;
        // The first element that is mixed, and the number of its matrix: there are half as many of those.
        Index first = rows < _length ? Index.FloorDiv("piece", _parts) : 0, matrix = rows < _length ? Index.FloorDiv("piece", 2 * _parts) : 0;
        Index At(Index begin, int step) => begin + (elements > together ? (Index)"q" * step : 0) + (stride > 1 ? "r" : 0);
        Statement[] statements = [new Let("row", At(first, together) * _parts), new Let("number", At(matrix, together / 2) * (4 * _parts)), .. Mix(group, columns)];
        if (stride > 1) statements = [new For("r", 0, stride, 1, statements)];
        if (elements > together) statements = [new For("q", 0, elements / together, 1, statements)];
        string name = FormattableString.Invariant($"butterfly{(_parts > 1 ? "_complex" : "")}_{_length}x{_width}_on{rows}x{columns}_{(group.Falls ? "falling" : "rising")}{stride}to{together / 2}_from{group.First}");
        return new Block(name, statements) { VectorBits = _bits };
    }

    /// <summary>The rows from <c>row</c> on that a group mixes: loaded, taken through its stages, stored.</summary>
    private IEnumerable<Statement> Mix(ButterflyGroup group, int columns)
    {
        string[][] x = group.Tiles(_plan, "x", columns);
        (Statement[] stages, string[][] results) = group.Mix(_plan, columns, shares: columns * 32 > _bits);
        IEnumerable<Statement> Each(string[][] tiles, Func<string, Index[], Statement> of) => tiles.SelectMany((parts, j) => parts.Select((tile, part) => of(tile, [(Index)"row" + (j * group.Stride * _parts + part), 0])));
        return [.. Each(x, (tile, at) => new Load(tile, Rows, at)), .. stages, .. Each(results, (tile, at) => new Store(Rows, at, tile))];
    }
}
