using System.Globalization;
using Intarsia.Ptx.Tests.Sass;

namespace Intarsia.Ptx.Tests.Tools;

/// <summary>
/// What a kernel may take of the processor. Whatever the numbers, a kernel that meets a budget has no stack frame, no spills, no local memory and no advice from the
/// assembler: each means that the text is not what its writer took it for.
/// </summary>
internal sealed record KernelBudget
{
    /// <summary>Registers per thread, at most: with the block's threads they decide how many blocks a processor holds.</summary>
    public required int MaxRegisters { get; init; }

    /// <summary>What the planner expects, or null where it predicts nothing.</summary>
    public int? PredictedRegisters { get; init; }

    /// <summary>How far from the prediction, either way, the assembler's number may lie.</summary>
    public int Margin { get; init; }

    /// <summary>Static shared memory in bytes, exactly; the dynamic part is the launch's.</summary>
    public int SharedBytes { get; init; }

    /// <summary>Instructions in the hot loop for every 64 matrix instructions, these included; null for a kernel without any, which must then have none.</summary>
    public double? MaxLoopInstructionsPer64Mma { get; init; }

    /// <summary>Assembles the text and fails with everything that is over the budget.</summary>
    /// <param name="text">PTX.</param>
    /// <param name="target">What to assemble for.</param>
    /// <param name="kernel">The entry, where the text has several.</param>
    public void AssertMet(string text, PtxTarget target, string? kernel = null)
    {
        AssembledModule module = Ptxas.Assemble(text, target);
        IReadOnlyList<string> violations = Violations(module, kernel);
        Assert.True(violations.Count == 0, $"'{module.Kernel(kernel).Name}' for {target} is over its budget:\n  {string.Join("\n  ", violations)}");
    }

    /// <summary>What is over the budget, one line each with what was found and what was expected.</summary>
    public IReadOnlyList<string> Violations(AssembledModule module, string? kernel = null)
    {
        KernelResources resources = module.Kernel(kernel);
        SassFunction code = module.Disassembly.Function(resources.Name);
        var violations = new List<string>();
        void Expect(bool met, string what, object found, string expected)
        {
            if (!met) violations.Add(string.Create(CultureInfo.InvariantCulture, $"{what}: found {found}, expected {expected}"));
        }

        int registers = resources.Registers;
        Expect(registers <= MaxRegisters, "registers per thread", registers, $"at most {MaxRegisters}");
        Expect(PredictedRegisters is not { } predicted || Math.Abs(registers - predicted) <= Margin, "registers per thread", registers, $"the prediction {PredictedRegisters} ± {Margin}");
        Expect(resources.SharedBytes == SharedBytes, "bytes of static shared memory", resources.SharedBytes, $"{SharedBytes}");
        Expect(resources.StackBytes == 0, "bytes of stack frame", resources.StackBytes, "none");
        Expect(resources.SpillStoreBytes == 0, "bytes of spill stores", resources.SpillStoreBytes, "none");
        Expect(resources.SpillLoadBytes == 0, "bytes of spill loads", resources.SpillLoadBytes, "none");
        int local = code.Count("LDL") + code.Count("STL");
        Expect(local == 0, "instructions on local memory", local, "none");
        ExpectLoop(code, Expect);
        violations.AddRange(module.Advisories.Select(advisory => $"advice of the assembler: found \"{advisory}\", expected none"));
        return violations;
    }

    private void ExpectLoop(SassFunction code, Action<bool, string, object, string> expect)
    {
        const string What = "instructions per 64 matrix instructions of the hot loop";
        if (code.HotLoop is not { } loop)
            expect(MaxLoopInstructionsPer64Mma is null, What, "no loop with matrix instructions", $"at most {Limit()}");
        else if (MaxLoopInstructionsPer64Mma is not { } limit)
            expect(false, What, loop, "no loop with matrix instructions");
        else
            expect(loop.InstructionsPer64Mma <= limit, What, string.Create(CultureInfo.InvariantCulture, $"{loop.InstructionsPer64Mma:0.#} ({loop})"), $"at most {Limit()}");
    }

    private string Limit() => string.Create(CultureInfo.InvariantCulture, $"{MaxLoopInstructionsPer64Mma:0.#}");
}
