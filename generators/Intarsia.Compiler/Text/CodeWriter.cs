using System.Text;

namespace Intarsia.Compiler.Text;

/// <summary>Writes indented C# with LF line ends, whatever the machine.</summary>
public sealed class CodeWriter(int indent = 0)
{
    private readonly StringBuilder _text = new();
    private int _indent = indent;

    public CodeWriter Line(string line = "")
    {
        if (line.Length > 0) _text.Append(' ', _indent * 4).Append(line);
        _text.Append('\n');
        return this;
    }

    /// <summary>Writes several lines at the current indentation.</summary>
    public CodeWriter Lines(string lines)
    {
        foreach (string line in lines.TrimEnd('\n').Split('\n')) Line(line.TrimEnd('\r'));
        return this;
    }

    /// <summary>Writes text that is indented already.</summary>
    public CodeWriter Raw(string text)
    {
        _text.Append(text);
        return this;
    }

    /// <summary>Opens a brace block; dispose to close it.</summary>
    public Scope Block(string? header = null)
    {
        if (header is not null) Line(header);
        Line("{");
        _indent++;
        return new Scope(this, "}");
    }

    /// <summary>Indents an argument list; dispose to end it.</summary>
    public Scope Arguments(string header, string close)
    {
        Line(header);
        _indent++;
        return new Scope(this, close);
    }

    public override string ToString() => _text.ToString();

    /// <summary>Closes the brace block it was made for.</summary>
    public readonly struct Scope(CodeWriter writer, string close) : IDisposable
    {
        public void Dispose()
        {
            writer._indent--;
            if (close == "}")
            {
                writer.Line(close);
                return;
            }

            // An argument list closes on the line of its last argument.
            writer._text.Length--;
            writer._text.Append(close).Append('\n');
        }
    }
}
