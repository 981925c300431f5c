namespace Intarsia;

/// <summary>The 84 bytes at the head of a packed matrix: what it is and how long each section is. <c>docs/formats.md</c> gives the positions.</summary>
internal sealed record PackedHeader(WeightLayout Layout, int Rows, int Depth, long Slots, long IndexBytes, long ValueBytes, long ScaleCount, long ZeroPointCount)
{
    public const int Version = 1;

    /// <summary>A code in the file is a position in these tables, so that the enumerations can grow in any order.</summary>
    private static readonly Pattern[] Patterns = [Pattern.Dense, Pattern.NM, Pattern.VectorRows, Pattern.Csr, Pattern.Bsr, Pattern.Ell, Pattern.Hyb, Pattern.Composite, Pattern.RelativeCsc, Pattern.RowWindows, Pattern.GatherScatter, Pattern.Bsr];

    /// <summary>The second place of blocks in the table is theirs where they are doubly compressed.</summary>
    private const int DoublyCompressed = 11;

    private static readonly NumberFormat[] Formats =
    [
        NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16, NumberFormat.Int8, NumberFormat.Int4, NumberFormat.TensorFloat32, NumberFormat.Int32,
        NumberFormat.Int16, NumberFormat.UInt16, NumberFormat.Int12, NumberFormat.UInt12, NumberFormat.UInt8, NumberFormat.UInt4,
        NumberFormat.Flint4, NumberFormat.UFlint4, NumberFormat.PowerOfTwo4, NumberFormat.UPowerOfTwo4, NumberFormat.Float4, NumberFormat.UFloat4,
        NumberFormat.ByteCodebook16, NumberFormat.Codebook16, NumberFormat.Codebook256,
        NumberFormat.Int2, NumberFormat.UInt2, NumberFormat.Ternary, NumberFormat.UInt1, NumberFormat.Binary,
        NumberFormat.BinaryCoded1, NumberFormat.BinaryCoded2, NumberFormat.BinaryCoded3, NumberFormat.BinaryCoded4, NumberFormat.BinaryCoded5, NumberFormat.BinaryCoded6, NumberFormat.BinaryCoded7, NumberFormat.BinaryCoded8,
        NumberFormat.PowerOfTwoBasis,
        NumberFormat.Planes1, NumberFormat.Planes2, NumberFormat.Planes3, NumberFormat.Planes4, NumberFormat.Planes5, NumberFormat.Planes6, NumberFormat.Planes7, NumberFormat.Planes8,
        NumberFormat.SignPlanes1, NumberFormat.SignPlanes2, NumberFormat.SignPlanes3, NumberFormat.SignPlanes4, NumberFormat.SignPlanes5, NumberFormat.SignPlanes6, NumberFormat.SignPlanes7, NumberFormat.SignPlanes8,
        NumberFormat.ShortCodebook256,
    ];
    private static readonly Per[] Scales = [Per.None, Per.Tensor, Per.Row, Per.Group];

    private static ReadOnlySpan<byte> Magic => "INTARSIA"u8;

    public void Write(PackedWriter writer)
    {
        writer.WriteBytes(Magic);
        writer.WriteInt32(Version);
        writer.WriteBytes(
        [
            (byte)CodeOf(Layout), (byte)Array.IndexOf(Formats, Layout.Format),
            (byte)Array.IndexOf(Scales, Layout.Scale), Layout.Asymmetric ? (byte)1 : (byte)0,
        ]);
        (int n, int m) = ParametersOf(Layout);
        foreach (int value in (ReadOnlySpan<int>)[n, m, Layout.V, Layout.ScaleGroup, Rows, Depth])
            writer.WriteInt32(value);
        foreach (long value in (ReadOnlySpan<long>)[Slots, IndexBytes, ValueBytes, ScaleCount, ZeroPointCount])
            writer.WriteInt64(value);
        writer.WriteChecksum();
        foreach (WeightLayout part in Layout.Parts)
        {
            (n, m) = ParametersOf(part);
            foreach (int value in (ReadOnlySpan<int>)[CodeOf(part), n, m, part.V, part.Fill])
                writer.WriteInt32(value);
        }
    }

    /// <summary>Reads and checks what can be checked without the sections.</summary>
    public static PackedHeader Read(PackedReader reader)
    {
        byte[] magic = reader.ReadBytes(Magic.Length, "magic");
        if (!Magic.SequenceEqual(magic))
            throw new IntarsiaFormatException("magic", Convert.ToHexString(magic), $"{Convert.ToHexString(Magic)} (\"INTARSIA\")");
        int version = reader.ReadInt32("version");
        if (version != Version)
            throw new IntarsiaFormatException("version", $"{version}", $"{Version}");

        byte[] codes = reader.ReadBytes(4, "layout codes");
        int n = reader.ReadInt32("header.N"), m = reader.ReadInt32("header.M"), v = reader.ReadInt32("header.V"), scaleGroup = reader.ReadInt32("header.ScaleGroup");
        int rows = reader.ReadInt32("header.Rows"), depth = reader.ReadInt32("header.Depth");
        long slots = reader.ReadInt64("header.Slots"), indexBytes = reader.ReadInt64("header.IndexBytes"), valueBytes = reader.ReadInt64("header.ValueBytes");
        long scaleCount = reader.ReadInt64("header.ScaleCount"), zeroPointCount = reader.ReadInt64("header.ZeroPointCount");
        reader.ReadChecksum("header checksum");

        Pattern pattern = Decode(Patterns, codes[0], "header.Pattern");
        WeightLayout layout = WithParameters(new WeightLayout(pattern, Decode(Formats, codes[1], "header.Format")) { DoublyCompressed = codes[0] == DoublyCompressed }, n, m);
        if (pattern == Pattern.Composite)
            layout = layout with { Parts = ReadParts(layout.Format, n, reader) };
        layout = layout with
        {
            V = v,
            Scale = Decode(Scales, codes[2], "header.Scale"),
            ScaleGroup = scaleGroup,
            Asymmetric = Decode([false, true], codes[3], "header.Asymmetric"),
        };
        if (layout.FindFault() is { } fault)
            throw fault;
        RequireRange("Rows", rows);
        RequireRange("Depth", depth);
        Extents.RequireArrayLength(slots, "header.Slots");
        return new PackedHeader(layout, rows, depth, slots, indexBytes, valueBytes, scaleCount, zeroPointCount);
    }

    /// <summary>The parts of a composite stand behind the header, at the beginning of the index data.</summary>
    private static LayoutParts ReadParts(NumberFormat format, int count, PackedReader reader)
    {
        if (count is < 2 or > 8)
            throw new IntarsiaFormatException("header.N", $"{count}", "2 to 8 parts");
        var parts = new WeightLayout[count];
        for (int i = 0; i < count; i++)
        {
            int code = reader.ReadInt32($"pattern of part {i}"), n = reader.ReadInt32($"parameters of part {i}"), m = reader.ReadInt32($"parameters of part {i}");
            int v = reader.ReadInt32($"V of part {i}"), fill = reader.ReadInt32($"fill of part {i}");
            parts[i] = WithParameters(new WeightLayout(Decode(Patterns, code, $"pattern of part {i}"), format) { DoublyCompressed = code == DoublyCompressed }, n, m) with { V = v, Fill = fill };
        }

        return LayoutParts.Create(parts);
    }

    private static int CodeOf(WeightLayout layout) => layout.DoublyCompressed ? DoublyCompressed : Array.IndexOf(Patterns, layout.Pattern);

    /// <summary>A pattern has up to two parameters beside V; they stand where N and M do.</summary>
    private static (int First, int Second) ParametersOf(WeightLayout layout) => layout.Pattern switch
    {
        Pattern.Bsr => (layout.BlockRows, layout.BlockColumns),
        Pattern.Ell => (layout.Width, 0),
        Pattern.Hyb => (layout.Partitions, layout.BucketExponent),
        Pattern.Composite => (layout.Parts.Count, 0),
        Pattern.RelativeCsc => (layout.Lanes, 0),
        Pattern.GatherScatter => (layout.Banks | layout.PerRow << 8 | (layout.Scatter ? 1 << 16 : 0), layout.Groups),
        _ => (layout.N, layout.M),
    };

    private static WeightLayout WithParameters(WeightLayout layout, int first, int second) => layout.Pattern switch
    {
        Pattern.Bsr => layout with { BlockRows = first, BlockColumns = second },
        Pattern.Ell => layout with { Width = first, M = second },
        Pattern.Hyb => layout with { Partitions = first, BucketExponent = second },
        Pattern.Composite => layout with { M = second },
        Pattern.RelativeCsc => layout with { Lanes = first, M = second },
        // What is none of the three fields makes the banks impossible.
        Pattern.GatherScatter => layout with { Banks = first & ~0x1FF00, PerRow = first >> 8 & 0xFF, Scatter = (first >> 16 & 1) != 0, Groups = second },
        _ => layout with { N = first, M = second },
    };

    /// <summary>Rejects a length that is not the one that follows from the other fields.</summary>
    public void Require(string field, long found, long expected)
    {
        if (found != expected)
            throw new IntarsiaFormatException($"header.{field}", $"{found}", $"{expected} for a {Rows}×{Depth} matrix in the layout '{Layout}'");
    }

    private static void RequireRange(string field, int found)
    {
        if (found < 0)
            throw new IntarsiaFormatException($"header.{field}", $"{found}", "0 or more");
    }

    private static T Decode<T>(T[] table, int code, string field) =>
        (uint)code < (uint)table.Length ? table[code] : throw new IntarsiaFormatException(field, $"code {code}", $"0 to {table.Length - 1}");
}
