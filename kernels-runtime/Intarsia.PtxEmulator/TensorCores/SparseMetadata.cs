namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>
/// Metadata of a structured sparse A: which columns the stored elements stand for (PTX ISA 9.1, 9.7.14.6.1 and the metadata figures of 9.7.14.6.2; 9.7.15.6 for wgmma).
/// <para>
/// Each chunk of a row has four bits. For 16- and 8-bit elements a chunk is four columns, and the bits are the indices of the first and second stored element, lowest first. For 4-bit elements a
/// chunk is eight columns, and the indices are of pairs. For tf32 a chunk is two columns with one element stored, and the bits are 0b0100 (the first) or 0b1110 (the second).
/// </para>
/// <para>
/// Of each four lanes, one, two or all hold the metadata of rows g and g + 8, where g = lane / 4; the selector says which one or which pair. For 16- and 32-bit elements, each of the contributing
/// lanes, in order, holds the next four chunks of both rows: row g in bits 0–15, row g + 8 in bits 16–31. For 8- and 4-bit elements a lane holds eight chunks of one row: the even ones of row g,
/// the odd ones of row g + 8, the first two lanes the first eight chunks, the last two the next.
/// </para>
/// <para>
/// The ISA shows this in pictures only. CuTe's traits of the sparse wgmma (ELayout_64x16, _64x32 and _64x64) say the same of tf32, 16- and 8-bit elements in words; 4-bit elements follow the 8-bit
/// ones. Whoever relies on m16n8k128 should compare with a device first.
/// </para>
/// </summary>
internal static class SparseMetadata
{
    /// <summary>Finds the columns of A's stored elements.</summary>
    /// <param name="metadata">One word per lane; lanes of further warps (wgmma) stand for 16 further rows each.</param>
    /// <param name="selector">The sparsity selector.</param>
    /// <param name="element">A's element type.</param>
    /// <param name="rows">Rows of A, a multiple of 16.</param>
    /// <param name="k">Columns of A before compression.</param>
    /// <param name="ordered">Whether indices must ascend.</param>
    /// <param name="columns">Out: the column of each stored element, rows×K/2.</param>
    /// <exception cref="TensorCoreException">A selector or index that the ISA does not define.</exception>
    public static void Decode(ReadOnlySpan<uint> metadata, int selector, MmaElement element, int rows, int k, bool ordered, Span<int> columns)
    {
        if (metadata.Length < rows * 2) throw new ArgumentException($"{rows * 2} words of metadata are needed, {metadata.Length} were given.", nameof(metadata));
        int bits = element.Bits(), chunkColumns = element == MmaElement.TF32 ? 2 : bits == 4 ? 8 : 4, chunks = k / chunkColumns;
        bool bothRows = bits >= 16;
        int lanes = chunks / 4;
        CheckSelector(selector, lanes);
        int perLane = bothRows ? 4 : 8, stored = 0;
        for (int row = 0; row < rows; row++)
        {
            int upper = row % 16 / 8, group = row / 16 * 32 + row % 8 * 4 + selector * lanes;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                int block = chunk / perLane, lane = group + (bothRows ? block : 2 * block + upper);
                int shift = chunk % perLane * 4 + (bothRows ? 16 * upper : 0), index = (int)(metadata[lane] >> shift & 15), first = chunk * chunkColumns;
                if (element == MmaElement.TF32)
                {
                    if (index is not (0b0100 or 0b1110)) throw Invalid(index, lane, shift, row, first, chunkColumns, "of tf32 must be 0b0100 or 0b1110");
                    columns[stored++] = first + (index == 0b1110 ? 1 : 0);
                    continue;
                }
                int low = index & 3, high = index >> 2;
                if (low == high) throw Invalid(index, lane, shift, row, first, chunkColumns, "name the same place twice");
                if (ordered && low > high) throw Invalid(index, lane, shift, row, first, chunkColumns, "must ascend for ordered metadata");
                if (bits == 4)
                {
                    columns[stored++] = first + 2 * low;
                    columns[stored++] = first + 2 * low + 1;
                    columns[stored++] = first + 2 * high;
                    columns[stored++] = first + 2 * high + 1;
                    continue;
                }
                columns[stored++] = first + low;
                columns[stored++] = first + high;
            }
        }
    }

    // One lane of four: 0 to 3; a pair: 0 (the first two) or 1 (the last two); all four: 0.
    private static void CheckSelector(int selector, int lanes)
    {
        int choices = 4 / lanes;
        if ((uint)selector >= (uint)choices)
            throw new TensorCoreException($"sparsity selector {selector} where {lanes} of each 4 lanes hold metadata: it must be {(choices == 1 ? "0" : $"0 to {choices - 1}")}");
    }

    private static TensorCoreException Invalid(int index, int lane, int shift, int row, int column, int width, string rule) =>
        new($"metadata 0b{index:b4} in bits {shift}–{shift + 3} of lane {lane % 32} (row {row}, columns {column}–{column + width - 1}): indices {rule}");
}
