namespace Intarsia;

/// <summary>Codes of four bits for the integers of a table, two to a byte, the even element in the low nibble.</summary>
internal sealed class TableCodec : ValueCodec<int>
{
    private static readonly Dictionary<NumberFormat, TableCodec> Instances =
        Enum.GetValues<NumberFormat>().Where(CodeTable.Exists).ToDictionary(format => format, format => new TableCodec(format));

    private readonly NumberFormat _format;
    private readonly short[] _table;
    private readonly Dictionary<int, int> _codes = [];

    private TableCodec(NumberFormat format)
    {
        _format = format;
        _table = CodeTable.Find(format)!;
        // Of two codes for 0 the first is the one that is written.
        for (int code = 0; code < _table.Length; code++) _codes.TryAdd(_table[code], code);
    }

    public override int Bits => 4;

    public static new TableCodec Of(NumberFormat format) => Instances[format];

    public override void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<int> values)
    {
        for (int i = 0; i < slots.Length; i++) values[i] = _table[Code(store, slots[i])];
    }

    public override void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<int> values)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            int at = slots[i] / 2, shift = slots[i] % 2 * 4;
            store[at] = (byte)((store[at] & ~(15 << shift)) | (_codes[values[i]] << shift));
        }
    }

    public override bool IsZero(ReadOnlySpan<byte> store, int slot) => Code(store, slot) == 0;

    /// <summary>Unused bits, and codes that are never written.</summary>
    public override void CheckPadding(ReadOnlySpan<byte> store, int slots)
    {
        if (slots % 2 != 0 && store[^1] >> 4 != 0)
            throw new IntarsiaFormatException("unused high nibble of the last value byte", $"{store[^1] >> 4}", "0");
        if (_codes.Count == _table.Length) return;
        for (int slot = 0; slot < slots; slot++)
            if (Code(store, slot) is var code && _codes[_table[code]] != code)
                throw new IntarsiaFormatException($"value {slot}", $"code {code}", $"a code of {_format}, whose {_table[code]} is code {_codes[_table[code]]}");
    }

    private static int Code(ReadOnlySpan<byte> store, int slot) => (store[slot / 2] >> (slot % 2 * 4)) & 15;
}
