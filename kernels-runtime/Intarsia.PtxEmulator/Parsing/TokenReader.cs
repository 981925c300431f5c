namespace Intarsia.PtxEmulator.Parsing;

/// <summary>The tokens with a position, and the errors that name it.</summary>
internal sealed class TokenReader(string text)
{
    private readonly List<Token> _tokens = Lexer.Tokens(text);
    private int _next;

    public Token Current => _tokens[_next];

    public Token Following => _tokens[Math.Min(_next + 1, _tokens.Count - 1)];

    public Token Take()
    {
        Token token = _tokens[_next];
        if (token.Kind != TokenKind.End) _next++;
        return token;
    }

    public bool TakeIf(string punctuation)
    {
        if (!Current.Is(punctuation)) return false;
        _next++;
        return true;
    }

    public bool TakeIfDot(string word)
    {
        if (!Current.IsDot(word)) return false;
        _next++;
        return true;
    }

    public Token Expect(string punctuation, string where)
        => Current.Is(punctuation) ? Take() : throw Error(Current, $"{Current}", $"'{punctuation}' was expected {where}");

    public Token Expect(TokenKind kind, string what)
        => Current.Kind == kind ? Take() : throw Error(Current, $"{Current}", $"{what} was expected");

    public long ExpectInteger(string what)
    {
        bool negative = TakeIf("-");
        Token token = Expect(TokenKind.Number, what);
        ulong bits = Numbers.Integer(token) ?? throw Error(token, $"{token}", $"{what}, an integer, was expected");
        return negative ? -(long)bits : (long)bits;
    }

    public int ExpectInt32(string what)
    {
        Token at = Current;
        long value = ExpectInteger(what);
        return value is >= 0 and <= int.MaxValue ? (int)value : throw Error(at, $"{value}", $"{what} must lie in 0…{int.MaxValue}");
    }

    public int Position => _next;

    /// <summary>The text from a position up to the current one, on one line and without comments.</summary>
    public string TextSince(int from)
    {
        var words = new System.Text.StringBuilder();
        for (int i = from; i < _next; i++)
        {
            if (i > from && _tokens[i].Start > _tokens[i - 1].End) words.Append(' ');
            words.Append(text, _tokens[i].Start, _tokens[i].End - _tokens[i].Start);
        }
        return words.ToString();
    }

    public PtxParseException Error(Token at, string found, string expected)
    {
        int lineEnd = text.IndexOf('\n', at.Start);
        int lineStart = at.Start == 0 ? 0 : text.LastIndexOf('\n', at.Start - 1) + 1;
        return new PtxParseException(at.Line, at.Column, found, expected, text[lineStart..(lineEnd < 0 ? text.Length : lineEnd)].Trim());
    }
}
