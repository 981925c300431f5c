namespace Intarsia;

/// <summary>
/// Where a packed matrix stores elements, in one form for every pattern: vector group after vector group, ascending by column, entry p of a group for V elements. Some patterns have their values in that order: element v has the slot
/// p/S·S·V + v·S + p mod S (S the stride of SR-BCRS; where V is 1, slot p), and in blocks of B×C rows and columns, of which a group is a strip, the slot (p/C·B + v)·C + p mod C, v counted within the block. For all others the slot of each
/// element is listed. Immutable, as the topology is.
/// </summary>
/// <param name="Bounds">Begin and end of the entries of each vector group, and behind the last the number of entries with padding.</param>
/// <param name="Columns">The column of each entry; −1 for padding.</param>
internal sealed record EntryIndex(int[] Bounds, int[] Columns)
{
    /// <summary>The block row of each stored block, for kernels that take a block and ask where it stands; none for other patterns.</summary>
    public int[] BlockRows { get; init; } = [];

    /// <summary>
    /// The slot of element v of entry p at [v·entries + p], for patterns whose values lie in an order of their own; −1 for rows that the last group has not. None where a formula says it.
    /// </summary>
    public int[] Places { get; init; } = [];
}
