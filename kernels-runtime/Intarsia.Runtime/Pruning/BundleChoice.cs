namespace Intarsia;

/// <summary>
/// Chooses the elements of a bundle of GS(B, k) that are kept: at most q·k of each row and q of each bank, as many as can be, and of all such choices one with the greatest sum of magnitudes. It is a flow of greatest gain from rows to banks: one unit more at a time, along the path of
/// greatest gain on which elements may take each other's places (successive shortest paths), from all elements above a threshold on, which is a choice that no exchange improves.
/// </summary>
internal sealed class BundleChoice
{
    private const long Least = long.MinValue / 2;

    private readonly int _banks;
    private readonly int[] _rows;

    /// <summary>The elements of each row in each bank, by descending magnitude; the first <see cref="_kept"/> of them are kept.</summary>
    private readonly List<(int Column, long Gain)>[] _elements;
    private readonly int[] _kept;
    private readonly int[] _ofRow;
    private readonly int[] _ofBank;

    /// <param name="banks">B.</param>
    /// <param name="rows">The rows of the bundle.</param>
    /// <param name="dense">The matrix.</param>
    /// <param name="depth">Its columns.</param>
    /// <param name="largest">The largest magnitude of the matrix, not 0. Magnitudes are counted in parts of it, so that sums are exact and no rounding opens a way round.</param>
    public BundleChoice(int banks, int[] rows, ReadOnlySpan<float> dense, int depth, double largest)
    {
        (_banks, _rows) = (banks, rows);
        _elements = [.. Enumerable.Range(0, rows.Length * banks).Select(_ => new List<(int, long)>())];
        (_kept, _ofRow, _ofBank) = (new int[_elements.Length], new int[rows.Length], new int[banks]);
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<float> row = dense.Slice(rows[i] * depth, depth);
            for (int k = 0; k < depth; k++)
                if (row[k] != 0)
                    _elements[i * banks + k % banks].Add((k, Math.Max(1, (long)(Math.Min(Math.Abs((double)row[k]), float.MaxValue) / largest * (1L << 44)))));
        }

        foreach (List<(int Column, long Gain)> list in _elements)
            list.Sort((a, b) => a.Gain != b.Gain ? b.Gain.CompareTo(a.Gain) : a.Column.CompareTo(b.Column));
    }

    /// <summary>Sets all other elements of the bundle to zero.</summary>
    public void Apply(int groups, int perRow, Span<float> dense, int depth)
    {
        int ofRow = (int)Math.Min((long)groups * perRow, depth);
        TakeAboveThreshold(ofRow, groups);
        while (TakeOneMore(ofRow, groups))
        {
        }

        for (int i = 0; i < _elements.Length; i++)
            for (int e = _kept[i]; e < _elements[i].Count; e++)
                dense[_rows[i / _banks] * depth + _elements[i][e].Column] = 0;
    }

    private void TakeAboveThreshold(int ofRow, int ofBank)
    {
        List<(long Gain, int Place)> all = [.. _elements.SelectMany((list, place) => list.Select(element => (element.Gain, place)))];
        all.Sort((a, b) => a.Gain != b.Gain ? b.Gain.CompareTo(a.Gain) : a.Place.CompareTo(b.Place));
        foreach ((long _, int place) in all)
        {
            if (_ofRow[place / _banks] == ofRow || _ofBank[place % _banks] == ofBank)
                return;
            _kept[place]++;
            _ofRow[place / _banks]++;
            _ofBank[place % _banks]++;
        }
    }

    /// <summary>The best way to keep one element more: of a row and a bank that may have one, through others that exchange elements.</summary>
    private bool TakeOneMore(int ofRow, int ofBank)
    {
        long[] toRow = [.. _ofRow.Select(count => count < ofRow ? 0 : Least)], toBank = new long[_banks];
        int[] rowFrom = new int[_rows.Length], bankFrom = new int[_banks];
        Array.Fill(rowFrom, -1);
        Array.Fill(toBank, Least);
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int place = 0; place < _elements.Length; place++)
            {
                (int row, int bank, List<(int Column, long Gain)> list) = (place / _banks, place % _banks, _elements[place]);
                if (toRow[row] > Least && _kept[place] < list.Count && toRow[row] + list[_kept[place]].Gain > toBank[bank])
                {
                    (toBank[bank], bankFrom[bank], changed) = (toRow[row] + list[_kept[place]].Gain, row, true);
                }

                if (toBank[bank] > Least && _kept[place] > 0 && toBank[bank] - list[_kept[place] - 1].Gain > toRow[row])
                {
                    (toRow[row], rowFrom[row], changed) = (toBank[bank] - list[_kept[place] - 1].Gain, bank, true);
                }
            }
        }

        int end = -1;
        for (int bank = 0; bank < _banks; bank++)
            if (_ofBank[bank] < ofBank && toBank[bank] > Least && (end < 0 || toBank[bank] > toBank[end]))
                end = bank;
        if (end < 0)
            return false;
        _ofBank[end]++;
        for (int bank = end; ;)
        {
            int row = bankFrom[bank];
            _kept[row * _banks + bank]++;
            if (rowFrom[row] < 0)
            {
                _ofRow[row]++;
                return true;
            }

            bank = rowFrom[row];
            _kept[row * _banks + bank]--;
        }
    }
}
