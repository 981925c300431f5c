namespace Intarsia;

/// <summary>The facts of the formats whose table comes with each matrix.</summary>
internal static class Codebooks
{
    /// <summary>Entries of the codebook of a format; 0 for formats without one.</summary>
    public static int EntriesOf(NumberFormat format) => format switch
    {
        NumberFormat.ByteCodebook16 or NumberFormat.Codebook16 => 16,
        NumberFormat.Codebook256 => 256,
        _ => 0,
    };

    public static bool IsOfFloats(NumberFormat format) => format is NumberFormat.Codebook16 or NumberFormat.Codebook256;

    /// <summary>The layout stores elements that no source has: padding, and fields that N:M fills up. They are zeros, of code 0.</summary>
    public static bool NeedsZero(WeightLayout layout) => layout.Pattern != Pattern.Dense;

    /// <summary>Rejects a codebook that the format, or the layout, does not allow.</summary>
    /// <exception cref="IntarsiaFormatException">An entry is not finite, no signed byte where it should be, or entry 0 is not 0 where the pattern leaves elements out.</exception>
    public static void Check(ReadOnlySpan<float> codebook, WeightLayout layout)
    {
        if (codebook.Length != EntriesOf(layout.Format))
            throw new IntarsiaFormatException("number of codebook entries", $"{codebook.Length}", $"{EntriesOf(layout.Format)} for the layout '{layout}'");
        for (int i = 0; i < codebook.Length; i++)
        {
            if (!float.IsFinite(codebook[i]))
                throw new IntarsiaFormatException($"codebook entry {i}", FormattableString.Invariant($"{codebook[i]}"), "a finite number");
            if (!IsOfFloats(layout.Format) && (codebook[i] != MathF.Truncate(codebook[i]) || codebook[i] is not (>= sbyte.MinValue and <= sbyte.MaxValue)))
                throw new IntarsiaFormatException($"codebook entry {i}", FormattableString.Invariant($"{codebook[i]}"), "an integer in −128 to 127");
        }
        if (codebook.Length > 0 && NeedsZero(layout) && codebook[0] != 0)
            throw new IntarsiaFormatException("codebook entry 0", FormattableString.Invariant($"{codebook[0]}"), $"0, because a {layout.Pattern} layout leaves elements out, and pads with code 0");
    }

    /// <summary>The codebook that holds every one of some elements: 0 first where there is one (or has to be), the others ascending, and then copies of the first entry.</summary>
    /// <exception cref="IntarsiaFormatException">There are more different ones than entries.</exception>
    public static float[] Exact(IEnumerable<float> elements, WeightLayout layout)
    {
        int entries = EntriesOf(layout.Format);
        var distinct = new SortedSet<float>();
        if (NeedsZero(layout)) distinct.Add(0);
        foreach (float element in elements)
            if (distinct.Add(element == 0 ? 0 : element) && distinct.Count > entries)
                throw new IntarsiaFormatException("number of different elements", $"more than {entries}", $"at most {entries}{(NeedsZero(layout) ? ", 0 among them," : "")} for {layout.Format}; CodebookQuantiser and scales bring more into so many");
        bool hasZero = distinct.Remove(0);
        float[] codebook = [.. hasZero ? [0f] : Array.Empty<float>(), .. distinct];
        int count = codebook.Length;
        Array.Resize(ref codebook, entries);
        codebook.AsSpan(count).Fill(count > 0 ? codebook[0] : 0);
        return codebook;
    }
}
