using System.Buffers.Binary;

namespace Intarsia;

/// <summary>The facts of the formats whose table comes with each matrix.</summary>
internal static class Codebooks
{
    /// <summary>Entries of the codebook of a format; 0 for formats without one.</summary>
    public static int EntriesOf(NumberFormat format) => format switch
    {
        NumberFormat.ByteCodebook16 or NumberFormat.Codebook16 => 16,
        NumberFormat.Codebook256 or NumberFormat.ShortCodebook256 => 256,
        _ => 0,
    };

    public static bool IsOfFloats(NumberFormat format) => format is NumberFormat.Codebook16 or NumberFormat.Codebook256;

    public static bool IsOfIntegers(NumberFormat format) => EntriesOf(format) > 0 && !IsOfFloats(format);

    /// <summary>Bytes of an entry in a file.</summary>
    public static int EntryBytes(NumberFormat format) => format switch { NumberFormat.ByteCodebook16 => 1, NumberFormat.ShortCodebook256 => 2, _ => 4 };

    /// <summary>Two signed digits of a byte hold an entry of 16 bits.</summary>
    public const int LargestShort = 127 * 256;

    /// <summary>What entries of 16 bits are limited to: bfloat16 has as many, binary16 more.</summary>
    private const int SignificantBits = 8;

    /// <summary>Whether an integer within the range of a format can be an entry: those of 16 bits have at most eight significant ones.</summary>
    public static bool HoldsEntry(int entry, NumberFormat format) => format != NumberFormat.ShortCodebook256 || entry == NearestEntry(entry, format);

    /// <summary>The entry nearest to a number within the range of a format of integers.</summary>
    public static int NearestEntry(float value, NumberFormat format)
    {
        double step = format == NumberFormat.ShortCodebook256 && Math.Abs(value) >= 1 << SignificantBits ? Math.ScaleB(1, Math.ILogB(value) + 1 - SignificantBits) : 1;
        return (int)(Math.Round(value / step) * step);
    }

    public static void Write(ReadOnlySpan<float> codebook, NumberFormat format, PackedWriter writer)
    {
        if (!IsOfIntegers(format))
        {
            writer.WriteSingleArray(codebook.ToArray());
            return;
        }
        var bytes = new byte[codebook.Length * EntryBytes(format)];
        for (int i = 0; i < codebook.Length; i++)
            if (format == NumberFormat.ByteCodebook16) bytes[i] = (byte)(sbyte)codebook[i];
            else BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2 * i), (short)codebook[i]);
        writer.WriteBytes(bytes);
    }

    public static float[] Read(NumberFormat format, PackedReader reader)
    {
        int entries = EntriesOf(format);
        if (!IsOfIntegers(format)) return reader.ReadSingleArray(entries, "codebook");
        byte[] bytes = reader.ReadBytes(entries * EntryBytes(format), "codebook");
        return [.. Enumerable.Range(0, entries).Select(i => format == NumberFormat.ByteCodebook16 ? (sbyte)bytes[i] : (float)BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(2 * i)))];
    }

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
            if (!IsOfFloats(layout.Format) && (codebook[i] != MathF.Truncate(codebook[i]) || Math.Abs(codebook[i]) > int.MaxValue / 2 || IntegerFormats.IndexOfForeign([(int)codebook[i]], layout.Format) >= 0))
                throw new IntarsiaFormatException($"codebook entry {i}", FormattableString.Invariant($"{codebook[i]}"), $"an integer in {IntegerFormats.Expected(layout.Format)}");
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
