using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on patterns that a file gives at compile time.</summary>
public static class KnownPatternRules
{
    internal static IEnumerable<RuleViolation> FileBelongs(KernelSpec spec)
    {
        PatternSpec pattern = spec.Pattern;
        if (pattern.File is not { } file) yield break;
        if (spec.Operation != Operation.Spmm)
            yield return DiagnosticTable.PatternFileMisplaced.At(Part.Pattern, file, $"the operation is [{Operations.Get(spec.Operation).Attribute}]", "leave File out");
        else if (pattern.Kind != Pattern.Csr)
            yield return DiagnosticTable.PatternFileMisplaced.At(Part.Pattern, file, $"the pattern is {pattern.Kind}", "use Pattern.Csr, or leave File out");
    }

    internal static IEnumerable<RuleViolation> PatternIsWrittenOut(KernelSpec spec)
    {
        if (spec.Weights.Pattern.Known is { } known && KnownSchedule.Obstacle(spec) is { } obstacle) yield return DiagnosticTable.PatternNotWritten.At(Part.Pattern, known.File, obstacle);
    }

    /// <summary>Puts what a file says into a spec that names it: the places of the weights, and with them the extents.</summary>
    /// <param name="spec">The spec; one that names no file comes back as it is.</param>
    /// <param name="files">The files that the build hands over.</param>
    public static (KernelSpec Spec, IReadOnlyList<RuleViolation> Violations) Resolve(KernelSpec spec, EquatableArray<PatternFile> files)
    {
        if (!spec.IsContraction || spec.Weights.Pattern.File is not { } name) return (spec, []);
        PatternFile[] found = [.. files.Where(file => file.Answers(name))];
        if (found.Length != 1) return (spec, [Missing(name, found, files)]);
        if (found[0].Fault is { } fault) return (spec, [DiagnosticTable.PatternFileInvalid.At(Part.Pattern, found[0].Name, fault.What, fault.Found, fault.Expected)]);

        KnownPattern known = found[0].Pattern!;
        RuleViolation[] violations =
        [
            .. Extent(known.File, known.Rows, "rows", "Rows", spec.Rows),
            .. Extent(known.File, known.Depth, "columns", "Depth", spec.Depth),
        ];
        if (violations.Length > 0) return (spec, violations);
        // No extent is 0 at compile time: what a file without rows or columns leaves open comes with the packed weights.
        return (spec with { Rows = new Extent(known.Rows), Depth = new Extent(known.Depth), Weights = spec.Weights with { Pattern = spec.Weights.Pattern with { Known = known } } }, []);
    }

    private static RuleViolation Missing(string name, PatternFile[] found, EquatableArray<PatternFile> files)
    {
        string listed = string.Join(", ", (found.Length > 0 ? found : files).Select(file => file.Path).OrderBy(path => path, StringComparer.Ordinal).Take(5));
        return found.Length > 0 ? DiagnosticTable.PatternFileMissing.At(Part.Pattern, name, $"{KernelRules.Text(found.Length)} additional files have that name ({listed})", "say more of the path")
            : files.Count > 0 ? DiagnosticTable.PatternFileMissing.At(Part.Pattern, name, $"no additional file has that name (there are {listed})", "name one of them, or add it to the project's AdditionalFiles")
            : DiagnosticTable.PatternFileMissing.At(Part.Pattern, name, "the project has no additional file of type .smtx or .mtx", "add it to the project's AdditionalFiles");
    }

    private static IEnumerable<RuleViolation> Extent(string file, int found, string what, string name, Extent declared)
    {
        if (declared.IsConstant && declared.Constant != found)
            yield return DiagnosticTable.PatternFileExtent.At(Part.Operation, file, KernelRules.Text(found), what, name, KernelRules.Text(declared.Constant));
    }
}
