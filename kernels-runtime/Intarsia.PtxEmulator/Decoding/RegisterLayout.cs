using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Decoding;

/// <summary>
/// Rows of the register file. Constants and special registers get rows as well, so that an operation reads every source the same way: 32 values, one per lane.
/// Predicates take one word, a bit per lane.
/// </summary>
internal sealed class RegisterLayout
{
    private readonly List<string> _names = [];
    private readonly Dictionary<(int Bits, ulong Value), int> _constants = [];
    private readonly Dictionary<SpecialRegister, int> _specials = [];
    private int _words;

    public int Row(Register register)
    {
        if (register.Ordinal < 0)
        {
            register.Ordinal = _names.Count;
            _names.Add(register.Name);
            register.Row = Allocate(PtxTypes.RowWords(register.Bits));
        }
        return register.Row;
    }

    /// <summary>A row with one value in every lane; for a predicate one word.</summary>
    public int Constant(int bits, ulong value)
    {
        int width = bits == 1 ? 1 : bits == 64 ? 64 : 32;
        if (width == 32) value = bits == 8 ? (byte)value : bits == 16 ? (ushort)value : (uint)value;
        if (_constants.TryGetValue((width, value), out int row)) return row;
        row = Allocate(PtxTypes.RowWords(width));
        _constants.Add((width, value), row);
        return row;
    }

    public int Special(SpecialRegister register)
    {
        if (!_specials.TryGetValue(register, out int row)) _specials.Add(register, row = Allocate(32));
        return row;
    }

    public uint[] FileTemplate()
    {
        var file = new uint[_words];
        foreach (((int width, ulong value), int row) in _constants)
        {
            if (width == 1) file[row] = value == 0 ? 0 : uint.MaxValue;
            for (int lane = 0; width > 1 && lane < 32; lane++)
            {
                if (width == 32) file[row + lane] = (uint)value;
                else (file[row + 2 * lane], file[row + 2 * lane + 1]) = ((uint)value, (uint)(value >> 32));
            }
        }
        return file;
    }

    public string[] Names() => [.. _names];

    public (SpecialRegister Register, int Row)[] Specials() => [.. _specials.Select(pair => (pair.Key, pair.Value))];

    /// <summary>Rows begin at multiples of eight words, so that vector loads of them do not cross cache lines.</summary>
    private int Allocate(int words)
    {
        if (words > 1) _words = (_words + 7) & ~7;
        int row = _words;
        _words += words;
        return row;
    }
}
