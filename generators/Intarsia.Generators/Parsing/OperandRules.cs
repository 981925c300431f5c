using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Parsing;

/// <summary>Rules on which operands a declaration must have, may have and must not have.</summary>
internal static class OperandRules
{
    /// <summary>Operands that serve the steps of a chain: one for each step of their kind.</summary>
    private static readonly (Tpp Step, Role Role)[] StepOperands =
        [(Tpp.Bias, Role.Bias), (Tpp.Residual, Role.Residual), (Tpp.Multiply, Role.Multiplier), (Tpp.Requantise, Role.YScale)];

    private static readonly Role[] BatchRoles =
        [Role.BatchCount, Role.BatchWeightsStride, Role.BatchXStride, Role.BatchWeightsOffsets, Role.BatchXOffsets];

    /// <summary>Operands that belong to some operations.</summary>
    private static readonly (Role Role, Operation[] Owners)[] OwnedRoles =
        [(Role.Scale, [Operation.Softmax, Operation.Sddmm]), (Role.Gamma, [Operation.LayerNorm, Operation.RmsNorm]), (Role.Beta, [Operation.BatchReduceGemm, Operation.LayerNorm]), (Role.Graph, [Operation.Rgms])];

    /// <summary>Operands that only a product has.</summary>
    private static readonly Role[] ContractionRoles = [Role.Weights, Role.WeightScale, Role.WeightsStride, Role.Depth];

    /// <summary>The matrices without which there is no spec: X, Y and the weights of a product.</summary>
    public static void CheckMatrices(IMethodSymbol method, OperationRow operation, IReadOnlyList<Role?> roles, List<RuleViolation> violations)
    {
        if (operation.IsContraction && !roles.Contains(Role.Weights)) Missing(method, Role.Weights, $"[{operation.Attribute}] multiplies with X", roles, violations);
        if (operation.Operation == Operation.Rgms && !roles.Contains(Role.Graph)) Missing(method, Role.Graph, "[Rgms] gathers along", roles, violations);
        foreach (Role role in new[] { Role.X, Role.Y })
            if (!roles.Contains(role))
                Missing(method, role, "every kernel has", roles, violations);
    }

    /// <summary>No role is played twice, except by the operands of repeated steps.</summary>
    public static void CheckSingle(IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        foreach (IGrouping<Role, Operand> group in operands.GroupBy(operand => operand.Role))
            if (!StepOperands.Any(pair => pair.Role == group.Key))
                foreach (Operand extra in group.Skip(1))
                    Superfluous(extra, $"so is '{group.First().Name}'", violations);
    }

    /// <summary>What the spec calls for beside W, X and Y, and nothing else.</summary>
    public static void CheckSpec(IMethodSymbol method, KernelSpec spec, IReadOnlyList<Role?> roles, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        CheckSteps(method, spec, roles, operands, violations);
        if (spec.IsContraction) CheckScales(method, spec, roles, operands, violations);
        else CheckOnlyX(spec, operands, violations);
        CheckOwners(spec, operands, violations);
        CheckOutput(spec, operands, violations);
        CheckBias(spec, operands, violations);
        CheckBatch(spec, operands, violations);
        CheckStrides(operands, violations);
        CheckFactors(spec, operands, violations);
        // That the extents of a butterfly product must be constants is a rule on its spec.
        if (spec.Butterfly is null || spec.Rows.IsConstant) CheckExtent(method, spec.Rows, Role.Rows, "Rows", roles, operands, [spec.IsContraction ? Role.Weights : Role.X, Role.Y], violations);
        if (spec.Butterfly is null ? spec.IsContraction : spec.Depth.IsConstant) CheckExtent(method, spec.Depth, Role.Depth, "Depth", roles, operands, [Role.Weights, Role.X], violations);
        CheckExtent(method, spec.Columns, Role.Columns, "Columns", roles, operands, spec.Rgms is null ? [Role.X, Role.Y] : [Role.Graph, Role.Y], violations);
    }

    private static void CheckSteps(IMethodSymbol method, KernelSpec spec, IReadOnlyList<Role?> roles, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        foreach ((Tpp step, Role role) in StepOperands)
        {
            // One output scale serves the chain; a second Requantise is a mistake of the chain, not of its operands.
            int steps = spec.Epilogue.Count(s => s == step);
            int wanted = step == Tpp.Requantise ? Math.Min(steps, 1) : steps;
            if (roles.Count(found => found == role) < wanted) Missing(method, role, $"step {step} of the chain needs", roles, violations);
            string chain = wanted == 0 ? $"the chain has no {step} step" : $"the chain has only {KernelText(wanted)} {step} step{(wanted == 1 ? "" : "s")}";
            foreach (Operand extra in operands.Where(operand => operand.Role == role).Skip(wanted))
                Superfluous(extra, chain, violations, $"add {step} to [Epilogue], or remove the parameter");
        }
    }

    private static void CheckScales(IMethodSymbol method, KernelSpec spec, IReadOnlyList<Role?> roles, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        Operand? scale = SpecReader.Find(operands, Role.WeightScale);
        if (spec.Weights.Storage == WeightStorage.Packed)
        {
            if (scale is not null) Superfluous(scale, "packed weights carry their scales", violations);
        }
        else if (scale is null && spec.Weights.Scale is Per.Tensor or Per.Row && spec.Operation != Operation.BatchReduceGemm)
        {
            Missing(method, Role.WeightScale, "the [Format] of the weights calls for", roles, violations);
        }
    }

    private static void CheckOnlyX(KernelSpec spec, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        foreach (Operand operand in operands.Where(operand => ContractionRoles.Contains(operand.Role)))
            Superfluous(operand, $"[{Operations.Get(spec.Operation).Attribute}] has no weights", violations, "remove it or use [Gemm]");
    }

    private static void CheckOwners(KernelSpec spec, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        foreach ((Role role, Operation[] owners) in OwnedRoles)
            foreach (Operand operand in operands.Where(operand => operand.Role == role && !owners.Contains(spec.Operation)))
                Superfluous(operand, $"only {string.Join(" and ", owners.Select(owner => $"[{Operations.Get(owner).Attribute}]"))} {(owners.Length == 1 ? "has" : "have")} one", violations);

        // β is a number of a batch and a vector of a norm.
        if (SpecReader.Find(operands, Role.Beta) is { } beta && (spec.Norm is not null || spec.Batch is not null) && (beta.Shape == ParameterShape.Scalar) != (spec.Batch is not null))
            violations.Add(DiagnosticTable.UnsupportedParameter.At(Part.Parameter(beta.Name), beta.Name, beta.Symbol.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat),
                $"the beta of [{Operations.Get(spec.Operation).Attribute}]", spec.Batch is not null ? "a float" : "a ReadOnlySpan<float>"));
    }

    /// <summary>A sampled product writes a packed matrix, and nothing else does.</summary>
    private static void CheckOutput(KernelSpec spec, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        if (SpecReader.Find(operands, Role.Y) is not { } y || (y.Shape == ParameterShape.Packed) == (spec.Operation == Operation.Sddmm)) return;
        violations.Add(DiagnosticTable.UnsupportedParameter.At(Part.Parameter(y.Name), y.Name, y.Symbol.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat),
            $"the result of [{Operations.Get(spec.Operation).Attribute}]", spec.Operation == Operation.Sddmm ? "a PackedMatrix with [Sparse(…)]" : "a Span or TensorSpan"));
    }

    /// <summary>Bias is added to what the accumulator is when the step comes.</summary>
    private static void CheckBias(KernelSpec spec, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        bool raw = spec.StartsAsInteger && !spec.Epilogue.Contains(Tpp.Dequantise);
        string element = raw ? "int" : "float";
        foreach (Operand bias in operands.Where(operand => operand.Role == Role.Bias && operand.Spec.ElementType != element))
            violations.Add(DiagnosticTable.UnsupportedParameter.At(Part.Parameter(bias.Name), bias.Name, $"ReadOnlySpan<{bias.Spec.ElementType}>",
                raw ? "added to a raw integer sum" : "added to a float", $"a ReadOnlySpan<{element}>"));
    }

    private static void CheckBatch(KernelSpec spec, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        foreach (Operand operand in operands)
        {
            if (spec.Operation != Operation.BatchReduceGemm)
            {
                if (BatchRoles.Contains(operand.Role)) Superfluous(operand, "only a batch-reduce GEMM has one", violations, "remove it or use [BatchReduceGemm]");
                if (operand.Shape is ParameterShape.MemoryList or ParameterShape.Addresses)
                    violations.Add(DiagnosticTable.UnsupportedParameter.At(Part.Parameter(operand.Name), operand.Name, operand.Symbol.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat),
                        RoleTable.Get(operand.Role).Description + " of a single product", "one matrix, or [BatchReduceGemm]"));
            }
            else if (operand.Role == Role.BatchCount && spec.Batch?.Addressing is Compiler.Specs.BatchAddressing.Offsets or Compiler.Specs.BatchAddressing.List)
            {
                Superfluous(operand, "the length of the list is the number of terms", violations);
            }
            else if (operand.Role is Role.Weights or Role.X && operand.IsTensor)
            {
                violations.Add(DiagnosticTable.BatchOperand.At(Part.Parameter(operand.Name), operand.Role == Role.Weights ? "A blocks" : "B blocks", "are a tensor span", "spans, a list of ReadOnlyMemory, or T**"));
            }
        }
    }

    /// <summary>Factors are no matrix of the extents of Y and X.</summary>
    private static void CheckFactors(KernelSpec spec, IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        if (spec.Butterfly is not null && SpecReader.Find(operands, Role.Weights) is { IsTensor: true }) violations.Add(DiagnosticTable.ButterflyFactors.At(Part.WeightFormat, "are a tensor span"));
    }

    private static void CheckStrides(IReadOnlyList<Operand> operands, List<RuleViolation> violations)
    {
        foreach ((Role stride, Role owner) in new[] { (Role.WeightsStride, Role.Weights), (Role.XStride, Role.X), (Role.YStride, Role.Y) })
            if (SpecReader.Find(operands, stride) is { } leading && SpecReader.Find(operands, owner) is { IsTensor: true } matrix)
                violations.Add(DiagnosticTable.StrideWithoutSpan.At(Part.Parameter(leading.Name), $"elements of '{matrix.Name}'", "a tensor span"));
    }

    private static void CheckExtent(IMethodSymbol method, Extent extent, Role role, string property, IReadOnlyList<Role?> roles, IReadOnlyList<Operand> operands, Role[] carriers, List<RuleViolation> violations)
    {
        string text = RoleTable.Get(role).Description;
        Operand? argument = SpecReader.Find(operands, role);
        Operand? carrier = operands.FirstOrDefault(operand => carriers.Contains(operand.Role) && (operand.IsTensor || (operand.Shape == ParameterShape.Packed && (operand.Role is Role.Y or Role.Graph || role != Role.Columns))));
        if (argument is not null && extent.IsConstant)
            violations.Add(DiagnosticTable.ExtentTwice.At(Part.Parameter(argument.Name), argument.Name, text, $"the kernel attribute sets {property} = {extent}"));
        else if (argument is not null && carrier is not null)
            violations.Add(DiagnosticTable.ExtentTwice.At(Part.Parameter(argument.Name), argument.Name, text, $"'{carrier.Name}' carries it"));
        else if (extent.Constant == 0 && carrier is null && !roles.Contains(role) && !HasUnknown(roles))
            violations.Add(DiagnosticTable.ExtentMissing.At(Part.Operation, method.Name, text.Substring("the ".Length), property, RoleTable.Get(role).Names.Last()));
    }

    /// <summary>A parameter without a role is most likely the one that seems to be missing: one mistake, one diagnostic.</summary>
    private static bool HasUnknown(IReadOnlyList<Role?> roles) => roles.Contains(null);

    private static void Missing(IMethodSymbol method, Role role, string reason, IReadOnlyList<Role?> roles, List<RuleViolation> violations)
    {
        if (HasUnknown(roles)) return;
        RoleRow row = RoleTable.Get(role);
        string[] words = row.Description.Split(' ');
        string bare = words[0] is "a" or "the" ? string.Join(" ", words.Skip(1)) : row.Description;
        violations.Add(DiagnosticTable.MissingOperand.At(Part.Method, method.Name, bare, reason, row.Example, role.ToString()));
    }

    private static void Superfluous(Operand operand, string reason, List<RuleViolation> violations, string wayOut = "remove it") =>
        violations.Add(DiagnosticTable.SuperfluousOperand.At(Part.Parameter(operand.Name), operand.Name, RoleTable.Get(operand.Role).Description, reason, wayOut));

    private static string KernelText(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
