using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>One factor of a tensor-core contraction on its way from shared memory into registers.</summary>
internal abstract class FactorFragments
{
    /// <summary>Its lines run along the depth.</summary>
    public abstract bool DepthLast { get; }

    public abstract bool IsByte { get; }

    /// <summary>Computes the addresses of this lane.</summary>
    /// <param name="tileOffset">Where the tile begins in a stage.</param>
    /// <param name="origin">The warp's first row or column.</param>
    /// <param name="extent">How many it has; null for an even share of the tile.</param>
    public abstract void Prepare(int tileOffset, Value origin, int? extent = null);

    /// <summary>Points at a stage.</summary>
    public abstract void Select(Value stage);

    /// <summary>The fragments of one depth step: four registers for each tile of the first factor or of a wide one, two for each of the second.</summary>
    public abstract Register[][] Load(int step, int tiles);
}

/// <summary>
/// Fragments of 4-bit weights, which stand in shared memory as nibbles in the order of <see cref="NibbleFragments"/>: a lane loads 16 bytes for a whole stage, and unpacks what a step needs right before its
/// instructions.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="element">What they are unpacked to.</param>
/// <param name="depth">Depth of a stage.</param>
/// <param name="isFirst">The first factor, tiles of 16 rows; else the second, tiles of 8 columns.</param>
/// <param name="timesSixteen">Bytes may stand sixteen times too large, which costs least.</param>
/// <param name="table">What codes stand for; null where the nibbles are integers.</param>
internal sealed class NibbleFactorFragments(BlockContext context, ElementType element, int depth, bool isFirst, bool timesSixteen, TableDecoder? table) : FactorFragments
{
    private const int LoadBytes = 32 * 4 * NibbleFragments.WordsPerLoad;

    private readonly int _wordsPerEight = NibbleFragments.WordsPerEight(element, depth);
    private Register _address;
    private Register _selected;
    private Register[] _words = [];
    private TableDecoder.Codes[] _codes = [];

    public override bool DepthLast => true;

    public override bool IsByte => element == ElementType.S8;

    private WarpBuilder W => context.W;

    private int LinesPerLoad => 8 * NibbleFragments.WordsPerLoad / _wordsPerEight;

    public override void Prepare(int tileOffset, Value origin, int? extent = null)
    {
        table?.Load();
        _address = W.InRegister(W.Add(W.Add(W.Add(context.Shared, tileOffset), W.Multiply(origin, LoadBytes / LinesPerLoad)), W.Multiply(context.Lane, 4 * NibbleFragments.WordsPerLoad)));
    }

    public override void Select(Value stage) => _selected = stage.Is(0) ? _address : W.InRegister(W.Add(_address, stage));

    public override Register[][] Load(int step, int tiles)
    {
        int eights = isFirst ? 2 * tiles : tiles;
        if (step == 0) LoadWords(eights * _wordsPerEight);
        Register[][] halves = Enumerable.Range(0, eights).Select(eight => Unpack(eight, step)).ToArray();
        // The first factor: lines 0-7 and 8-15, then the second half of the depth of both.
        return isFirst ? Enumerable.Range(0, tiles).Select(i => (Register[])[halves[2 * i][0], halves[2 * i + 1][0], halves[2 * i][1], halves[2 * i + 1][1]]).ToArray() : halves;
    }

    private void LoadWords(int count)
    {
        if (count % NibbleFragments.WordsPerLoad != 0) throw new InvalidOperationException($"A lane has {count} words of weights; expected a multiple of {NibbleFragments.WordsPerLoad}.");
        _words = W.B32(count);
        for (int at = 0; at < count; at += NibbleFragments.WordsPerLoad)
            W.Emit("ld.shared.v4.b32", WarpBuilder.Vector(_words.Skip(at).Take(NibbleFragments.WordsPerLoad)), WarpBuilder.At(_selected, at / NibbleFragments.WordsPerLoad * LoadBytes));
        // A word of codes for halves serves two steps.
        _codes = table is null || IsByte ? [] : _words.Select(table.Split).ToArray();
    }

    /// <summary>The two registers of eight lines for a step.</summary>
    private Register[] Unpack(int eight, int step) => table is not null
        ? IsByte ? table.Bytes(_words[eight * _wordsPerEight + step]) : table.Halves(step == 0 ? _codes[eight] : table.Upper(_codes[eight]))
        : IsByte ? Unpacking.NibbleBytes(W, _words[eight * _wordsPerEight + step], timesSixteen) : Unpacking.NibbleHalves(W, element, _words[eight], step);
}

/// <summary>The statements that make a factor of 4-bit weights: a load in the order of fragments, what brings it into the order of the weights, which is no instruction here, and, of codes, what looks them up.</summary>
internal static class NibbleFactor
{
    /// <summary>The load behind a factor in the body of a loop; null where the factor is loaded as it is.</summary>
    public static Statement.Load? Find(BlockContext context, Statement.For loop, string tile)
    {
        Statement.Gather? lookup = TableDecoder.Find(loop, tile);
        if (loop.Body.OfType<Statement.Transpose>().SingleOrDefault(t => t.Tile == (lookup?.Coordinates ?? tile)) is not { } order) return null;
        Statement.Load load = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == order.Source);
        TileDecl factor = context.Tile(tile), nibbles = context.Tile(load.Tile);
        int[] shape = NibbleFragments.Shape(factor.Element, factor.Shape[0], factor.Shape[1], lookup is not null), axes = NibbleFragments.Axes(factor.Element, lookup is not null);
        if (nibbles.Element != (lookup is null ? ElementType.S4 : ElementType.U4) || !nibbles.Shape.SequenceEqual(shape) || !order.Axes.SequenceEqual(axes))
            throw new NotSupportedException($"The nibbles of '{tile}' do not stand as the lanes of a warp load them: [{string.Join(",", shape)}], turned by [{string.Join(",", axes)}].");
        return load;
    }

    /// <summary>Whether sums stay within 32 bits when each weight counts sixteen times.</summary>
    /// <param name="depth">Products of a sum, at most; null where nothing says how many.</param>
    public static bool FitsTimesSixteen(long? depth) => depth is { } products && products * (8 << Unpacking.NibbleShift) * 255 <= int.MaxValue;
}
