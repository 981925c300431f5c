namespace Intarsia;

/// <summary>
/// Reads lines of decimal integers from a stream without ever holding the text. Memory grows with what was really read, not with what a header claims,
/// and a number that the file's end cuts off is an error, not a shorter number.
/// </summary>
internal sealed class SmtxTokens(Stream stream)
{
    private const int FirstCapacity = 4096;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _position;
    private int _length;

    /// <summary>Reads one line that holds exactly <paramref name="count"/> integers in 0…<paramref name="max"/>, separated by blanks or commas.</summary>
    internal int[] ReadLine(string field, int count, int max)
    {
        var values = new List<int>(Math.Min(count, FirstCapacity));
        while (true)
        {
            int c = Peek();
            if (IsSeparator(c))
            {
                _position++;
            }
            else if (c is '\n' or < 0)
            {
                _position++;
                if (values.Count != count)
                    throw new IntarsiaFormatException(field, $"{values.Count} numbers before the end of the {(c < 0 ? "file" : "line")}", $"{count}");
                return values.ToArray();
            }
            else
            {
                if (values.Count == count)
                    throw new IntarsiaFormatException(field, "more numbers in the line", $"{count}");
                values.Add(ReadNumber(field, values.Count, max));
            }
        }
    }

    /// <summary>Requires that only blanks and line breaks follow.</summary>
    internal void RequireEnd()
    {
        for (int c = Peek(); c >= 0; c = Peek())
        {
            if (c is not (' ' or '\t' or '\r' or '\n'))
                throw new IntarsiaFormatException("end of file", $"{Describe(c)} behind the column indices", "nothing more");
            _position++;
        }
    }

    private int ReadNumber(string field, int index, int max)
    {
        int c = Peek();
        if (c is < '0' or > '9')
            throw new IntarsiaFormatException($"{field}, number {index}", Describe(c), "a decimal digit");
        long value = 0;
        for (; c is >= '0' and <= '9'; c = Peek())
        {
            value = value * 10 + (c - '0');
            if (value > max)
                throw new IntarsiaFormatException($"{field}, number {index}", $"a number that begins with {value}", $"a number in 0…{max}");
            _position++;
        }
        if (c >= 0 && !IsSeparator(c) && c != '\n')
            throw new IntarsiaFormatException($"{field}, number {index}", $"{Describe(c)} behind a digit", "a blank, comma or line break");
        if (c < 0)
            throw new IntarsiaFormatException($"{field}, number {index}", "the end of the file right behind a digit", "a line break, which tells a whole number from a cut one");
        return (int)value;
    }

    private static bool IsSeparator(int c) => c is ' ' or '\t' or '\r' or ',';

    private static string Describe(int c) => c is > ' ' and < 127 ? $"'{(char)c}'" : $"byte 0x{c:X2}";

    /// <summary>The next byte, not consumed; −1 at the end.</summary>
    private int Peek()
    {
        if (_position < _length) return _buffer[_position];
        // The end stays the end, however often it is asked for.
        if (_length < 0) return -1;
        _position = 0;
        _length = stream.Read(_buffer);
        if (_length > 0) return _buffer[0];
        _length = -1;
        return -1;
    }
}
