using System.Globalization;

namespace Intarsia.Compiler.Rules;

/// <summary>One diagnostic of the product: a row of <see cref="DiagnosticTable"/>. The analyzers turn it into a descriptor, the docs and the release files name it.</summary>
/// <param name="Id">The stable id, <c>TPP</c> and four digits; hundreds by topic.</param>
/// <param name="Title">The mistake in a few words.</param>
/// <param name="MessageFormat">Found, expected, way out, with numbered holes.</param>
/// <param name="Severity">The default severity.</param>
public sealed record DiagnosticRow(string Id, string Title, string MessageFormat, RuleSeverity Severity)
{
    private const string DocumentationRoot = "https://github.com/intarsia/intarsia/blob/main/docs/diagnostics/";

    /// <summary>The topic, from the hundreds of the id.</summary>
    public string Category => Id[4] switch
    {
        '0' => "Intarsia.Declaration",
        '1' => "Intarsia.Tile",
        '2' => "Intarsia.Sparsity",
        '3' => "Intarsia.NumberFormat",
        '4' => "Intarsia.Target",
        _ => "Intarsia.Information",
    };

    /// <summary>The page that explains it.</summary>
    public string HelpLink => DocumentationRoot + Id + ".md";

    /// <summary>The message with its holes filled.</summary>
    public string Format(IEnumerable<string> arguments) => string.Format(CultureInfo.InvariantCulture, MessageFormat, arguments.Cast<object>().ToArray());

    /// <summary>A violation of this row at a part of the declaration.</summary>
    public RuleViolation At(Part part, params string[] arguments) => new(Id, Severity, arguments, part);
}
