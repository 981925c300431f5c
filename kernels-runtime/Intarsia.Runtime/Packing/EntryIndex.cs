namespace Intarsia;

/// <summary>
/// Where a packed matrix stores elements, in one form for every pattern and in the order of its values: entry p of a vector group stands for V elements, of which number v has the slot
/// p/S·S·V + v·S + p mod S (S the stride of SR-BCRS; where V is 1, slot p). In blocks of B×C rows and columns, of which a group is a strip, element v has the slot (p/C·B + v)·C + p mod C, v counted within the block. Immutable, as the topology is.
/// </summary>
/// <param name="Bounds">Begin and end of the entries of each vector group, and behind the last the number of entries with padding.</param>
/// <param name="Columns">The column of each entry; −1 for padding.</param>
internal sealed record EntryIndex(int[] Bounds, int[] Columns)
{
    /// <summary>The block row of each stored block, for kernels that take a block and ask where it stands; none for other patterns.</summary>
    public int[] BlockRows { get; init; } = [];
}
