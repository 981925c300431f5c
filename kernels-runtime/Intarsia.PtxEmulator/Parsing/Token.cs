namespace Intarsia.PtxEmulator.Parsing;

internal enum TokenKind { End, Word, DotWord, Number, String, Punctuation }

/// <summary>
/// A lexical element. A <see cref="TokenKind.DotWord"/> is a dot and what follows it, so that <c>ld.global.L1::no_allocate.v4.b32</c> is one word and four dot words; its text lacks the dot.
/// </summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, int Column, int Start, int End)
{
    public bool Is(string punctuation) => Kind == TokenKind.Punctuation && Text == punctuation;

    public bool IsDot(string word) => Kind == TokenKind.DotWord && Text == word;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the text",
        TokenKind.DotWord => $"'.{Text}'",
        _ => $"'{Text}'",
    };
}
