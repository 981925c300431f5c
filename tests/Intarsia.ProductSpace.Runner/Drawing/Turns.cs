using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>
/// Which cell each draw visits. Draws come in passes, which visit every operation and pattern with every format of the weights. Most cells are visited <see cref="Cell.Visits"/> times in each; of those that are
/// <see cref="Cell.IsThinned"/> a part is; of those with a table a third, so chosen that every two of pattern, format of the weights and format of X meet. The next pass, or the next seed, visits them with the next format of X.
/// </summary>
internal static class Turns
{
    private static readonly Dictionary<(Operation, Pattern, NumberFormat), Cell[]> s_thinned = Cell.All.Where(cell => cell.IsThinned)
        .GroupBy(cell => (cell.Operation, cell.Pattern, cell.Weights!.Value)).ToDictionary(cells => cells.Key, cells => cells.ToArray());

    /// <summary>The first round of a pass: every cell that it visits, once.</summary>
    public static IReadOnlyList<Cell> Round { get; } = [.. Cell.All.Where(cell => !cell.IsThinned || ((int)cell.Pattern + (int)cell.Weights!.Value + Place(cell)) % cell.Thinning == 0)];

    // Every cell takes part in as many rounds as it is to be visited in.
    private static readonly Cell[] s_pass = [.. Enumerable.Range(0, Cell.Most).SelectMany(round => Round.Where(cell => round % (Cell.Most / cell.Visits) == 0))];

    /// <summary>Draws of a pass.</summary>
    public static int Length => s_pass.Length;

    /// <summary>The cell of a draw.</summary>
    public static Cell At(ulong seed, int index)
    {
        Cell cell = s_pass[index % Length];
        if (!cell.IsThinned) return cell;
        Cell[] cells = Siblings(cell);
        return cells[(int)(((ulong)Place(cell) + seed + (ulong)(index / Length)) % (ulong)cells.Length)];
    }

    private static int Place(Cell cell) => Array.IndexOf(Siblings(cell), cell);

    private static Cell[] Siblings(Cell cell) => s_thinned[(cell.Operation, cell.Pattern, cell.Weights!.Value)];
}
