using System.Text.Json;

namespace Intarsia;

/// <summary>Reads and checks the JSON header of a safetensors file. Nothing in it is believed: every length is computed again from shape and type.</summary>
internal static class SafetensorsHeader
{
    private const string MetadataName = "__metadata__";

    /// <summary>Parses <paramref name="header"/>; <paramref name="dataLength"/> is the number of bytes behind it.</summary>
    internal static (IReadOnlyList<SafetensorsTensor> Tensors, IReadOnlyDictionary<string, string> Metadata) Parse(SafetensorsFile file, byte[] header, long dataLength)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(header);
            return Parse(file, document.RootElement, dataLength);
        }
        // Text that is no valid UTF-8 or UTF-16 surfaces as InvalidOperationException when a string is taken from the document.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new IntarsiaFormatException("header", exception.Message, "a JSON object in UTF-8", exception);
        }
    }

    private static (IReadOnlyList<SafetensorsTensor>, IReadOnlyDictionary<string, string>) Parse(SafetensorsFile file, JsonElement root, long dataLength)
    {
        Require(root, JsonValueKind.Object, "header");
        var tensors = new List<SafetensorsTensor>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!names.Add(property.Name))
                throw new IntarsiaFormatException($"tensor '{property.Name}'", "the name twice in the header", "unique names");
            if (property.Name == MetadataName)
                ReadMetadata(property.Value, metadata);
            else
                tensors.Add(ReadTensor(file, property.Name, property.Value, dataLength));
        }

        // An empty tensor may share its offset with the one that follows; it goes first.
        tensors.Sort(static (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End != b.End ? a.End.CompareTo(b.End) : string.CompareOrdinal(a.Name, b.Name));
        RequireGapless(tensors, dataLength);
        return (tensors, metadata);
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata)
    {
        Require(element, JsonValueKind.Object, MetadataName);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            Require(property.Value, JsonValueKind.String, $"{MetadataName}.{property.Name}");
            if (!metadata.TryAdd(property.Name, property.Value.GetString()!))
                throw new IntarsiaFormatException($"{MetadataName}.{property.Name}", "the key twice", "unique keys");
        }
    }

    private static SafetensorsTensor ReadTensor(SafetensorsFile file, string name, JsonElement element, long dataLength)
    {
        Require(element, JsonValueKind.Object, $"tensor '{name}'");
        JsonElement dtypeElement = Member(element, "dtype", JsonValueKind.String, name);
        string dtype = dtypeElement.GetString()!;
        if (!SafetensorsTypes.TryParse(dtype, out SafetensorsType type))
            throw new IntarsiaFormatException($"dtype of tensor '{name}'", $"'{dtype}'", $"one of {SafetensorsTypes.Names}");

        long[] shape = ReadNumbers(Member(element, "shape", JsonValueKind.Array, name), $"shape of tensor '{name}'");
        long[] offsets = ReadNumbers(Member(element, "data_offsets", JsonValueKind.Array, name), $"data_offsets of tensor '{name}'");
        if (offsets.Length != 2)
            throw new IntarsiaFormatException($"data_offsets of tensor '{name}'", $"{offsets.Length} numbers", "2: begin and end");
        (long begin, long end) = (offsets[0], offsets[1]);
        if (begin > end || end > dataLength)
            throw new IntarsiaFormatException($"data_offsets of tensor '{name}'", $"[{begin}, {end}]", $"begin ≤ end ≤ {dataLength}, the bytes behind the header");

        long elements = 1;
        try
        {
            foreach (long extent in shape)
                elements = checked(elements * extent);
            long size = checked(elements * SafetensorsTypes.Size(type));
            if (size != end - begin)
                throw new IntarsiaFormatException($"data_offsets of tensor '{name}'", $"{end - begin} bytes", $"{size} bytes, for {dtype} [{string.Join(", ", shape)}]");
        }
        catch (OverflowException)
        {
            throw new IntarsiaFormatException($"shape of tensor '{name}'", $"[{string.Join(", ", shape)}]", "a size in bytes below 2^63");
        }
        return new SafetensorsTensor(file, name, type, shape, elements, begin, end);
    }

    /// <summary>The format allows neither overlaps nor holes: tensors lie one behind the other and fill the file.</summary>
    private static void RequireGapless(List<SafetensorsTensor> tensors, long dataLength)
    {
        long end = 0;
        string previous = "the data begins";
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (tensor.Begin != end)
                throw new IntarsiaFormatException($"data_offsets of tensor '{tensor.Name}'", $"begin {tensor.Begin}", $"begin {end}, where {previous} (no overlap, no hole)");
            end = tensor.End;
            previous = $"tensor '{tensor.Name}' ends";
        }
        if (end != dataLength)
            throw new IntarsiaFormatException("data", $"{dataLength} bytes behind the header", $"{end} bytes, where the last tensor ends");
    }

    private static JsonElement Member(JsonElement element, string member, JsonValueKind kind, string tensor)
    {
        JsonElement? found = null;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!property.NameEquals(member)) continue;
            if (found is not null)
                throw new IntarsiaFormatException($"{member} of tensor '{tensor}'", "the member twice", "it once");
            found = property.Value;
        }
        if (found is not { } value)
            throw new IntarsiaFormatException($"{member} of tensor '{tensor}'", "no such member", "dtype, shape and data_offsets");
        Require(value, kind, $"{member} of tensor '{tensor}'");
        return value;
    }

    private static long[] ReadNumbers(JsonElement array, string field)
    {
        var numbers = new long[array.GetArrayLength()];
        int count = 0;
        foreach (JsonElement element in array.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out long number) || number < 0)
                throw new IntarsiaFormatException(field, Shorten(element.GetRawText()), "integers in 0…2^63−1");
            numbers[count++] = number;
        }
        return numbers;
    }

    /// <summary>Keeps a message readable, whatever stands in the file.</summary>
    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";

    private static void Require(JsonElement element, JsonValueKind kind, string field)
    {
        if (element.ValueKind != kind)
            throw new IntarsiaFormatException(field, $"a JSON {element.ValueKind}", $"a JSON {kind}");
    }
}
