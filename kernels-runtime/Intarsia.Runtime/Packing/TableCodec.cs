namespace Intarsia;

/// <summary>Codes of one, two, four or eight bits for the entries of a table, the format's or the matrix's own. Of equal entries only the first has a code: the others are never written, and refused where they are read.</summary>
internal sealed class TableCodec<T> : ValueCodec<T>
    where T : unmanaged, IEquatable<T>
{
    private readonly NumberFormat _format;
    private readonly T[] _table;
    private readonly Dictionary<T, int> _codes = [];

    public TableCodec(NumberFormat format, T[] table)
    {
        _format = format;
        _table = table;
        Bits = System.Numerics.BitOperations.Log2((uint)table.Length);
        for (int code = 0; code < table.Length; code++) _codes.TryAdd(table[code], code);
    }

    public override int Bits { get; }

    public override void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<T> values)
    {
        for (int i = 0; i < slots.Length; i++) values[i] = _table[Code(store, slots[i])];
    }

    public override void ReadCodes(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<byte> codes)
    {
        for (int i = 0; i < slots.Length; i++) codes[i] = (byte)Code(store, slots[i]);
    }

    public override void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<T> values)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            int code = _codes[values[i]], at = slots[i] / PerByte, shift = slots[i] % PerByte * Bits;
            store[at] = (byte)((store[at] & ~(Mask << shift)) | (code << shift));
        }
    }

    public override int IndexOfForeign(ReadOnlySpan<T> values)
    {
        for (int i = 0; i < values.Length; i++)
            if (!_codes.ContainsKey(values[i])) return i;
        return -1;
    }

    public override bool IsZero(ReadOnlySpan<byte> store, int slot) => Code(store, slot) == 0;

    public override void CheckPadding(ReadOnlySpan<byte> store, int slots)
    {
        if (slots % PerByte * Bits is > 0 and int used && store[^1] >> used != 0)
            throw new IntarsiaFormatException(used == 4 ? "unused high nibble of the last value byte" : $"unused high {8 - used} bits of the last value byte", $"{store[^1] >> used}", "0");
        if (_codes.Count == _table.Length) return;
        for (int slot = 0; slot < slots; slot++)
            if (Code(store, slot) is var code && _codes[_table[code]] != code)
                throw new IntarsiaFormatException($"value {slot}", $"code {code}", $"a code of {_format}, whose {_table[code]} is code {_codes[_table[code]]}");
    }

    private int PerByte => 8 / Bits;

    private int Mask => (1 << Bits) - 1;

    private int Code(ReadOnlySpan<byte> store, int slot) => (store[slot / PerByte] >> (slot % PerByte * Bits)) & Mask;
}
