using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Planning;

/// <summary>
/// Neighbouring stages of a butterfly product that go through registers together: those of strides 2^l to 2^(l + k − 1) mix 2^k elements, 2^l apart, among themselves alone. An element is a row, or the two of a complex one.
/// </summary>
/// <param name="First">The number of its first stage among all.</param>
/// <param name="Low">l.</param>
/// <param name="Count">k.</param>
/// <param name="Falls">Its strides fall.</param>
internal sealed record ButterflyGroup(int First, int Low, int Count, bool Falls)
{
    /// <summary>The least of its strides, which the elements are apart.</summary>
    public int Stride => 1 << Low;

    /// <summary>Elements from one run of mixed ones to the next.</summary>
    public int Together => Stride << Count;

    /// <summary>Elements that are mixed among themselves.</summary>
    public int Elements => 1 << Count;

    /// <summary>The stages of every block, from how those of one that rises are cut.</summary>
    public static IEnumerable<ButterflyGroup> All(ButterflySpec butterfly, int stages, (int Low, int Count)[] rising)
    {
        for (int block = 0; block < butterfly.Blocks; block++)
        {
            bool falls = butterfly.Falls(block);
            int first = block * stages;
            foreach ((int low, int count) in falls ? rising.Reverse() : rising)
            {
                yield return new ButterflyGroup(first, low, count, falls);
                first += count;
            }
        }
    }

    /// <summary>A tile of so many columns for each element, or for each part of it.</summary>
    public string[][] Tiles(PlanBuilder plan, string name, int columns)
    {
        int parts = plan.Spec.Butterfly!.Parts;
        return [.. Enumerable.Range(0, Elements).Select(j => Enumerable.Range(0, parts).Select(part =>
            plan.Tile(FormattableString.Invariant($"{name}{j}{(parts == 1 ? "" : part == 0 ? "re" : "im")}_1x{columns}"), ElementType.F32, 1, columns)).ToArray())];
    }

    /// <summary>
    /// Takes the elements in the tiles <c>x</c> through the stages, whose numbers stand in the lines of <c>f</c> from <c>stage</c> on, those of the first pair from <c>number</c> on; and where they are then.
    /// </summary>
    public (Statement[] Statements, string[][] Results) Mix(PlanBuilder plan, int columns, bool shares)
    {
        var statements = new List<Statement>();
        string[][] x = Tiles(plan, "x", columns), y = Tiles(plan, "y", columns);
        for (int step = 0; step < Count; step++)
        {
            int bit = Falls ? Count - 1 - step : step;
            for (int pair = 0; pair < Elements / 2; pair++)
            {
                int upper = (pair >> bit << bit + 1) | (pair & (1 << bit) - 1), lower = upper | 1 << bit;
                var matrix = new ButterflyMatrix(plan, shares, (Index)"stage" + (First + step), (Index)"number" + pair * Stride * 4 * plan.Spec.Butterfly!.Parts);
                statements.AddRange(matrix.Multiply([x[upper], x[lower]], [y[upper], y[lower]]));
            }
            (x, y) = (y, x);
        }
        return ([.. statements], x);
    }
}
