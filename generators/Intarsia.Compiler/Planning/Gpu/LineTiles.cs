using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>The tiles of one way to go over a line: parts of it of one width, and numbers of the whole line.</summary>
/// <param name="plan">The plan.</param>
/// <param name="steps">The chain on tiles of this width.</param>
/// <param name="width">Elements of the line at a time.</param>
/// <param name="length">Elements of the line.</param>
/// <param name="at">Where the part of the line begins.</param>
internal sealed class LineTiles(PlanBuilder plan, EpilogueSteps steps, int width, Index length, Index at)
{
    public Index Length => length;

    /// <summary>The elements, from their load to the chain.</summary>
    public string Value => steps.Start;

    /// <summary>A part of a line.</summary>
    public string Tile(string name, ElementType element = ElementType.F32) => plan.Tile($"{name}_1x{width}", element, 1, width);

    /// <summary>A number of the whole line.</summary>
    public string Scalar(string name, ElementType element = ElementType.F32) => plan.Tile($"{name}_1x1", element, 1, 1);

    /// <summary>This part of X.</summary>
    public Load LoadX() => new(Value, "X", new[] { "e", at }, Clip.Columns);

    /// <summary>Combines the elements with a vector that has one for each of them.</summary>
    public Statement[] PerElement(ZipOp op, string buffer)
    {
        string tile = Tile(buffer + "Value");
        return [new Load(tile, buffer, new[] { at }, Clip.Columns), new Zip(Value, op, Value, tile)];
    }

    /// <summary>Whether the terms of a reduction need a mask: nothing lies past the end of a line that whole tiles make up.</summary>
    public bool Masks(LineStep.Total total) => total.Masks && !(length is Index.Const { Value: var n } && n % width == 0);

    /// <summary>Once for each line, before the first mask.</summary>
    public Statement PrepareMasks() => new Iota(End, length, 1);

    /// <summary>Which elements of this part lie inside the line.</summary>
    public Statement[] Inside()
    {
        string index = Tile("index", ElementType.S32);
        return [new Iota(index, at, 1), new Zip(IsInside, ZipOp.Subtract, End, index)];
    }

    /// <summary>The terms of a reduction, neutral past the end of the line where <see cref="Inside"/> says so.</summary>
    public (Statement[] Statements, string Tile) Terms(LineStep.Total total)
    {
        (Statement[] statements, string tile) = total.Terms?.Invoke(this) ?? ([], Value);
        if (!Masks(total)) return (statements, tile);
        string outside = Scalar("outside"), term = Tile("term");
        return ([.. statements, new Fill(outside, total.Neutral), new Select(term, IsInside, tile, outside)], term);
    }

    private string End => Scalar("end", ElementType.S32);

    private string IsInside => Tile("inside", ElementType.S32);

    /// <summary>The chain, and the store.</summary>
    public IEnumerable<Statement> Finish()
    {
        (IReadOnlyList<Statement> chain, string result) = steps.Build("e", at);
        return [.. chain, new Store("Y", new[] { "e", at }, result, Clip.Columns)];
    }
}
