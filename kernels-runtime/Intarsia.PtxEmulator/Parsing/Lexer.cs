namespace Intarsia.PtxEmulator.Parsing;

/// <summary>Cuts PTX text into tokens (PTX ISA, section "Syntax").</summary>
internal sealed class Lexer(string text)
{
    private int _position;
    private int _line = 1;
    private int _lineStart;

    public static List<Token> Tokens(string text)
    {
        var lexer = new Lexer(text);
        var tokens = new List<Token>(text.Length / 4);
        Token token;
        do
        {
            token = lexer.Next();
            tokens.Add(token);
        }
        while (token.Kind != TokenKind.End);
        return tokens;
    }

    private Token Next()
    {
        SkipBlanks();
        int start = _position;
        if (start >= text.Length) return Make(TokenKind.End, start, "");
        char c = text[start];
        if (IsWordStart(c))
        {
            _position++;
            SkipWord();
            return Make(TokenKind.Word, start, text[start.._position]);
        }
        if (c == '.' && start + 1 < text.Length && IsWordPart(text[start + 1]))
        {
            _position++;
            SkipWord();
            while (_position + 2 < text.Length && text[_position] == ':' && text[_position + 1] == ':' && IsWordPart(text[_position + 2]))
            {
                _position += 2;
                SkipWord();
            }
            return Make(TokenKind.DotWord, start, text[(start + 1).._position]);
        }
        if (char.IsAsciiDigit(c))
        {
            SkipNumber();
            return Make(TokenKind.Number, start, text[start.._position]);
        }
        if (c == '"')
        {
            int end = text.IndexOf('"', start + 1);
            if (end < 0) throw Error(start, "a string without end", "a closing '\"' is needed");
            _position = end + 1;
            return Make(TokenKind.String, start, text[(start + 1)..end]);
        }
        if (",;:{}[]()@!<>+-|=*".Contains(c, StringComparison.Ordinal))
        {
            _position++;
            return Make(TokenKind.Punctuation, start, text[start].ToString());
        }
        throw Error(start, $"the character '{c}' (U+{(int)c:X4})", "it begins nothing that PTX has");
    }

    private void SkipBlanks()
    {
        while (_position < text.Length)
        {
            char c = text[_position];
            if (c == '\n') NewLine();
            else if (char.IsWhiteSpace(c)) _position++;
            else if (c == '/' && Peek(1) == '/')
            {
                while (_position < text.Length && text[_position] != '\n') _position++;
            }
            else if (c == '/' && Peek(1) == '*') SkipComment();
            else return;
        }
    }

    private void SkipComment()
    {
        int start = _position;
        int end = text.IndexOf("*/", start + 2, StringComparison.Ordinal);
        if (end < 0) throw Error(start, "a comment without end", "a closing '*/' is needed");
        while (_position < end + 2)
        {
            if (text[_position] == '\n') NewLine();
            else _position++;
        }
    }

    private void NewLine()
    {
        _position++;
        _line++;
        _lineStart = _position;
    }

    private void SkipNumber()
    {
        // 0f3F800000 and 0x1F take word characters; a decimal point, and an exponent with its sign, belong to a decimal number.
        bool hexadecimal = text[_position] == '0' && Peek(1) is 'x' or 'X' or 'f' or 'F' or 'd' or 'D' or 'b' or 'B';
        SkipWord();
        if (hexadecimal) return;
        if (Peek(0) == '.' && char.IsAsciiDigit(Peek(1)))
        {
            _position++;
            SkipWord();
        }
        if (text[_position - 1] is 'e' or 'E' && Peek(0) is '+' or '-' && char.IsAsciiDigit(Peek(1)))
        {
            _position++;
            SkipWord();
        }
    }

    private void SkipWord()
    {
        while (_position < text.Length && IsWordPart(text[_position])) _position++;
    }

    private char Peek(int distance) => _position + distance < text.Length ? text[_position + distance] : '\0';

    private static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c is '_' or '$' or '%';

    private static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$';

    private Token Make(TokenKind kind, int start, string tokenText) => new(kind, tokenText, _line, start - _lineStart + 1, start, _position);

    private PtxParseException Error(int start, string found, string expected) => new(_line, start - _lineStart + 1, found, expected);
}
