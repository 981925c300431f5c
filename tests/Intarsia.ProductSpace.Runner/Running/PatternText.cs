using System.Text;
using Intarsia.Compiler.Specs;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Intarsia.ProductSpace.Running;

/// <summary>A pattern as the file that a project hands to the compiler.</summary>
public sealed class PatternText(KnownPattern pattern) : AdditionalText
{
    public override string Path => "/patterns/" + pattern.File;

    public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(Write(pattern), Encoding.UTF8);

    /// <summary>The text of a .smtx file.</summary>
    public static string Write(KnownPattern pattern) =>
        FormattableString.Invariant($"{pattern.Rows}, {pattern.Depth}, {pattern.Count}\n{string.Join(' ', pattern.RowPointers)}\n{string.Join(' ', pattern.Columns)}\n");
}
