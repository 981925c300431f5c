using System.Globalization;

namespace Intarsia.PtxEmulator.Parsing;

/// <summary>Literals (PTX ISA, sections "Integer Constants" and "Floating-Point Constants").</summary>
internal static class Numbers
{
    public static ulong? Integer(Token token)
    {
        string text = token.Text.TrimEnd('U', 'u');
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hexadecimal) ? hexadecimal : null;
        if (text.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out ulong binary) ? binary : null;
        if (text.Length > 1 && text[0] == '0' && text.All(char.IsAsciiDigit))
        {
            ulong octal = 0;
            foreach (char digit in text)
            {
                if (digit > '7') return null;
                octal = octal * 8 + (ulong)(digit - '0');
            }
            return octal;
        }
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null;
    }

    public static (ImmediateKind Kind, ulong Bits)? Parse(Token token)
    {
        string text = token.Text;
        if (text.StartsWith("0f", StringComparison.OrdinalIgnoreCase))
            return text.Length == 10 && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint single) ? (ImmediateKind.Single, single) : null;
        if (text.StartsWith("0d", StringComparison.OrdinalIgnoreCase))
            return text.Length == 18 && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits) ? (ImmediateKind.Double, bits) : null;
        if (Integer(token) is { } integer) return (ImmediateKind.Integer, integer);
        return text.AsSpan().IndexOfAny('.', 'e', 'E') > 0 && double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value)
            ? (ImmediateKind.Double, BitConverter.DoubleToUInt64Bits(value))
            : null;
    }
}
