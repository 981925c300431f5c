using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;

namespace Intarsia.Generators.Parsing;

/// <summary>
/// One kernel declaration as the pipeline carries it. It must be immutable, structurally equal and free of symbols, syntax and locations: two equal models must mean
/// that nothing needs to be emitted again, and a cached model must not keep a compilation alive.
/// </summary>
/// <param name="Spec">What the kernel computes; null where the declaration does not say enough.</param>
/// <param name="Method">The C# declaration; null where a parameter is not understood.</param>
/// <param name="Half">The other half of the partial method in case it must throw; null where no other half can exist.</param>
/// <param name="Violations">Every broken rule, of the declaration and of the spec.</param>
/// <param name="HintSuffix">Tells apart generated files whose names differ in nothing but case, or not at all; mostly empty.</param>
internal sealed record KernelModel(KernelSpec? Spec, MethodSpec? Method, ThrowingHalf? Half, EquatableArray<RuleViolation> Violations, string HintSuffix)
{
    /// <summary>The kernel can be planned.</summary>
    public bool IsValid => Spec is not null && Method is not null && FirstError is null;

    public RuleViolation? FirstError => Violations.FirstOrDefault(violation => violation.Severity == RuleSeverity.Error);
}

/// <summary>The declaration of an invalid kernel, kept as text because it may have any shape: another return type, type parameters, parameters of unknown types.</summary>
/// <param name="Namespace">The namespace, empty for the global one.</param>
/// <param name="Types">Containing types, outermost first, with their type parameters.</param>
/// <param name="Name">The method's plain name.</param>
/// <param name="Header">Everything before the body, as C#.</param>
/// <param name="Companion">Modifiers and name of the companion property; null where that name is taken.</param>
internal sealed record ThrowingHalf(string Namespace, EquatableArray<TypeSpec> Types, string Name, string Header, string? Companion);
