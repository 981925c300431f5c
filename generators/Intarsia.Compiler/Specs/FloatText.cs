using System.Globalization;

namespace Intarsia.Compiler.Specs;

/// <summary>Binary32 constants as text that reads back, the same on every host: .NET Framework and .NET do not agree on "R".</summary>
internal static class FloatText
{
    /// <summary>As few digits as read back.</summary>
    public static string Of(float value)
    {
        for (int digits = 1; digits < 9; digits++)
        {
            string text = value.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float read) && read.Equals(value)) return text;
        }
        return value.ToString("G9", CultureInfo.InvariantCulture);
    }

    /// <summary>As a part of an identifier.</summary>
    public static string Identifier(float value) => Of(value).Replace('.', 'p').Replace('-', 'm').Replace("+", "");

    /// <exception cref="FormatException">The text is no number.</exception>
    public static float Parse(string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) ? value : throw new FormatException($"'{text}' is not a number.");
}
