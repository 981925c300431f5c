namespace Intarsia;

/// <summary>
/// Where the transpose of a packed matrix finds its values, which are neither moved nor stored again: the transpose metadata of MegaBlocks' hybrid blocked CSR-COO (Gale et al., MLSys'23, section 5.1). An <em>entry</em> is a block of
/// <see cref="Pattern.Bsr"/>, and a single element of every other pattern. Entries are listed column after column, each column's by ascending row. A function of the topology alone; immutable.
/// </summary>
public sealed class TransposeIndex
{
    private readonly int[] _offsets;
    private readonly int[] _rows;
    private readonly int[] _places;
    private readonly int[] _rowOfPlace;

    private TransposeIndex(int entryRows, int entryColumns, int[] offsets, int[] rows, int[] places, int[] rowOfPlace)
    {
        (EntryRows, EntryColumns) = (entryRows, entryColumns);
        (_offsets, _rows, _places, _rowOfPlace) = (offsets, rows, places, rowOfPlace);
    }

    /// <summary>Rows of an entry: B for blocks, else 1.</summary>
    public int EntryRows { get; }

    /// <summary>Columns of an entry: C for blocks, else 1.</summary>
    public int EntryColumns { get; }

    /// <summary>The first entry of each column of entries, and behind the last the number of entries (<c>offsets_t</c>).</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    /// <summary>The row of each entry, in units of <see cref="EntryRows"/>; strictly ascending within a column (<c>column_indices_t</c>).</summary>
    public ReadOnlySpan<int> Rows => _rows;

    /// <summary>Where the values of each entry are: the number of the block among the stored ones, or the slot of the element (<c>block_offsets_t</c>).</summary>
    public ReadOnlySpan<int> Places => _places;

    /// <summary>The row of what is stored at each place, in units of <see cref="EntryRows"/>, −1 for padding: the coordinates that make compressed blocks a blocked CSR-COO (<c>row_indices</c>).</summary>
    public ReadOnlySpan<int> RowOfPlace => _rowOfPlace;

    /// <summary>Bytes of all four lists.</summary>
    internal long Bytes => 4L * (_offsets.Length + _rows.Length + _places.Length + _rowOfPlace.Length);

    /// <summary>Sorts entries, which come row after row, by column. Counting sort, which is stable, leaves the rows of each column in their order.</summary>
    /// <param name="entryRows">Rows of an entry.</param>
    /// <param name="entryColumns">Columns of an entry.</param>
    /// <param name="columnCount">Columns of entries.</param>
    /// <param name="placeCount">Places that values can have.</param>
    /// <param name="rows">The row of each entry.</param>
    /// <param name="columns">The column of each entry.</param>
    /// <param name="places">The place of each entry.</param>
    internal static TransposeIndex Sort(int entryRows, int entryColumns, int columnCount, int placeCount, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, ReadOnlySpan<int> places)
    {
        int[] offsets = new int[Extents.RequireArrayLength((Int128)columnCount + 1, "columns of the transpose")], sortedRows = new int[rows.Length], sortedPlaces = new int[rows.Length], rowOfPlace = new int[placeCount];
        Array.Fill(rowOfPlace, -1);
        foreach (int column in columns)
            offsets[column + 1]++;
        for (int column = 0; column < columnCount; column++)
            offsets[column + 1] += offsets[column];
        int[] next = offsets.AsSpan(0, columnCount).ToArray();
        for (int entry = 0; entry < rows.Length; entry++)
        {
            int at = next[columns[entry]]++;
            (sortedRows[at], sortedPlaces[at]) = (rows[entry], places[entry]);
            rowOfPlace[places[entry]] = rows[entry];
        }

        return new TransposeIndex(entryRows, entryColumns, offsets, sortedRows, sortedPlaces, rowOfPlace);
    }
}
