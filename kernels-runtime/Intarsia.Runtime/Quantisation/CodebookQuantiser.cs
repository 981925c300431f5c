namespace Intarsia;

/// <summary>
/// Finds the codebook that a matrix shares its weights by: k-means in one dimension, begun with entries spread evenly from the least to the largest weight, which keeps large weights, few as they are, represented
/// (Han et al., Deep Compression, ICLR'16, section 3). Zeros stay zeros, with an entry of their own, so that pruned weights stay pruned.
/// </summary>
public static class CodebookQuantiser
{
    private const int MostRounds = 300;

    /// <summary>Quantises a dense rows×depth row-major matrix.</summary>
    /// <param name="dense">The elements; each must be finite.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="entries">16 or 256. Where no more different numbers are there, they are the codebook, and nothing is lost.</param>
    /// <exception cref="ArgumentException">The number of entries, or the length, is wrong.</exception>
    /// <exception cref="IntarsiaFormatException">An element is NaN or infinite; row and column are named.</exception>
    public static CodebookMatrix Quantise(ReadOnlySpan<float> dense, int rows, int depth, int entries = 16) => Quantise(dense, rows, depth, entries, hasZero: false);

    /// <summary>The same with an entry for zeros that are not among the elements.</summary>
    internal static CodebookMatrix Quantise(ReadOnlySpan<float> dense, int rows, int depth, int entries, bool hasZero)
    {
        if (entries is not (16 or 256)) throw new ArgumentException($"A codebook has 16 or 256 entries, not {entries}.", nameof(entries));
        Extents.RequireDense(dense.Length, rows, depth, nameof(dense));
        for (int i = 0; i < dense.Length; i++)
            if (!float.IsFinite(dense[i]))
                throw new IntarsiaFormatException($"element in row {i / depth}, column {i % depth}", FormattableString.Invariant($"{dense[i]}"), "a finite number, because it is quantised");
        var layout = new WeightLayout(Pattern.Dense, entries == 16 ? NumberFormat.Codebook16 : NumberFormat.Codebook256);
        float[] shared = dense.ToArray();
        hasZero |= dense.Contains(0f);
        Share(shared, layout, hasZero);
        float[] codebook = Codebooks.Exact(hasZero ? shared.Append(0) : shared, layout);
        var codes = new byte[shared.Length];
        for (int i = 0; i < shared.Length; i++) codes[i] = (byte)Array.IndexOf(codebook, shared[i]);
        return new CodebookMatrix(codes, codebook, rows, depth);
    }

    /// <summary>Replaces each of some elements by the entry that it shares; those of the layout's integers by integers. Nothing changes where there are no more than the layout's codebook holds.</summary>
    /// <param name="elements">The elements.</param>
    /// <param name="layout">A layout with a codebook.</param>
    /// <param name="hasZero">There are zeros, be they among the elements or not.</param>
    internal static void Share(Span<float> elements, WeightLayout layout, bool hasZero)
    {
        hasZero |= Codebooks.NeedsZero(layout);
        int clusters = Codebooks.EntriesOf(layout.Format) - (hasZero ? 1 : 0);
        float[] sorted = [.. elements.ToArray().Where(element => element != 0)];
        Array.Sort(sorted);
        float[] entries = Cluster(sorted, clusters);
        if (!Codebooks.IsOfFloats(layout.Format)) entries = [.. entries.Select(entry => (float)Codebooks.NearestEntry(entry, layout.Format)).Distinct()];
        foreach (ref float element in elements)
            if (element != 0) element = entries[Nearest(entries, element)];
    }

    /// <summary>Entries for ascending numbers, themselves ascending.</summary>
    private static float[] Cluster(float[] sorted, int clusters)
    {
        float[] distinct = [.. sorted.Distinct().Take(clusters + 1)];
        if (distinct.Length <= clusters) return distinct;
        var sums = new double[sorted.Length + 1];
        for (int i = 0; i < sorted.Length; i++) sums[i + 1] = sums[i] + sorted[i];
        double least = sorted[0], step = ((double)sorted[^1] - least) / (clusters - 1);
        float[] entries = [.. Enumerable.Range(0, clusters).Select(i => (float)(least + i * step))];
        int[] bounds = new int[clusters + 1], before = new int[clusters + 1];
        for (int round = 0; round < MostRounds; round++)
        {
            for (int i = 1; i < clusters; i++) bounds[i] = ScaleSample.LowerBound(sorted, ((double)entries[i - 1] + entries[i]) / 2);
            bounds[clusters] = sorted.Length;
            if (bounds.AsSpan().SequenceEqual(before)) break;
            bounds.CopyTo(before, 0);
            // An entry that nothing is nearest to stays where it is.
            for (int i = 0; i < clusters; i++)
                if (bounds[i + 1] > bounds[i]) entries[i] = (float)((sums[bounds[i + 1]] - sums[bounds[i]]) / (bounds[i + 1] - bounds[i]));
        }
        return [.. entries.Distinct()];
    }

    private static int Nearest(float[] entries, float value)
    {
        int at = Array.BinarySearch(entries, value);
        if (at >= 0) return at;
        at = ~at;
        if (at == 0) return 0;
        if (at == entries.Length) return at - 1;
        return (double)value - entries[at - 1] < (double)entries[at] - value ? at - 1 : at;
    }
}
