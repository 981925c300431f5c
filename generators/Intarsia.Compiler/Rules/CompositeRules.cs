using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on sums of formats, and on what says which elements a format of one takes.</summary>
internal static class CompositeRules
{
    /// <summary>Formats that a sum may have.</summary>
    public const int MostFormats = 8;

    public static IEnumerable<RuleViolation> FormatsArePossible(KernelSpec spec)
    {
        PatternSpec pattern = spec.Pattern;
        if (pattern.Kind == Pattern.Composite && (pattern.Parts.Count is < 2 or > MostFormats || pattern.Parts.Any(part => part.Kind is Pattern.Dense or Pattern.Composite or Pattern.RelativeCsc or Pattern.GatherScatter || part.File is not null)))
            yield return DiagnosticTable.ImpossibleSum.At(Part.Pattern, pattern.Parts.Count == 0 ? "Composite without formats" : Text(pattern));
    }

    /// <summary>CSR and hyb take all that there is, and so do blocks and vectors that need not be full to any degree.</summary>
    public static IEnumerable<RuleViolation> EveryFormatIsReached(KernelSpec spec)
    {
        EquatableArray<PatternSpec> parts = spec.Pattern.Parts;
        for (int i = 0; i + 1 < parts.Count; i++)
        {
            if (parts[i].Kind is not (Pattern.Csr or Pattern.Hyb or Pattern.RowWindows) && (parts[i].Kind is not (Pattern.Bsr or Pattern.VectorRows) || parts[i].Fill != 0)) continue;
            string wayOut = parts[i].Kind is Pattern.Csr or Pattern.Hyb or Pattern.RowWindows ? "make it the last" : "give it a Fill, the percentage from which a block or vector is taken, or make it the last";
            yield return DiagnosticTable.UnreachedFormat.At(Part.Format(i), parts[i].ToString(), parts[i + 1].ToString(), wayOut);
            yield break;
        }
    }

    public static IEnumerable<RuleViolation> FillBelongs(KernelSpec spec)
    {
        PatternSpec[] formats = [.. spec.Pattern.Formats];
        for (int i = 0; i < formats.Length; i++)
        {
            if (formats[i].Fill == 0) continue;
            string? expected = formats[i].Kind is not (Pattern.Bsr or Pattern.VectorRows) ? "none, because it belongs to blocks and vectors"
                : i + 1 == formats.Length ? "none, because no format follows for what is left" : formats[i].Fill is < 1 or > 100 ? "1 to 100 percent" : null;
            if (expected is not null) yield return DiagnosticTable.FillMisplaced.At(Part.Format(i), formats[i].Kind.ToString(), KernelRules.Text(formats[i].Fill), expected);
        }
    }

    private static string Text(PatternSpec pattern) => string.Join(" + ", pattern.Parts.Select(part => part.File is { } file ? $"{part.Kind} of '{file}'" : part.Kind.ToString()));
}
