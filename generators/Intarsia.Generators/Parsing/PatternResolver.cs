using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Parsing;

/// <summary>Completes declarations that name a file of the project: parsing sees one declaration, this step the files.</summary>
internal static class PatternResolver
{
    /// <summary>Reads an additional file.</summary>
    public static PatternFile Read(AdditionalText file, CancellationToken cancellation) => PatternFile.Read(file.Path, file.GetText(cancellation)?.ToString() ?? "");

    /// <summary>The model with the pattern that its declaration names, and with what rules say of the two together; the model as it is where no file is named.</summary>
    public static KernelModel Resolve(KernelModel model, EquatableArray<PatternFile> files)
    {
        if (model.Spec is not { IsContraction: true, Weights.Pattern.File: not null } spec) return model;
        (KernelSpec resolved, IReadOnlyList<RuleViolation> own) = KnownPatternRules.Resolve(spec, files);
        // What the rules said of the spec without its extents is said again of the whole.
        IEnumerable<RuleViolation> ofParsing = resolved == spec ? model.Violations : model.Violations.Except(KernelRules.Check(spec)).Concat(KernelRules.Check(resolved));
        return model with { Spec = resolved, Violations = ofParsing.Concat(own).ToEquatableArray() };
    }
}
