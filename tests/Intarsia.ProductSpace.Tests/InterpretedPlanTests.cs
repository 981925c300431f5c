using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Running;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>
/// The same draws as the kernels', through the other oracle: each plan is run by the interpreter, which checks every access and every read, and must meet the reference. A fault that shows here is the planner's,
/// one that shows only in the compiled kernels is the backend's.
/// </summary>
public class InterpretedPlanTests
{
    private static readonly Tier[] s_tiers = [Tier.Avx512, Tier.Avx512Vnni, Tier.Avx512Native, Tier.Avx2, Tier.Avx2Vnni, Tier.Vector128, Tier.Scalar, Tier.AdvSimd, Tier.AdvSimdDp];

    public static TheoryData<int> Residues() => [.. Enumerable.Range(0, s_tiers.Length)];

    [Theory]
    [MemberData(nameof(Residues))]
    public void Plan_OfEveryDraw_MeetsTheReference(int residue)
    {
        var faults = new List<string>();
        var generator = new SpecGenerator(2026) { KnowsPatterns = true };
        for (int index = residue; index < SpecGenerator.DefaultCount; index += s_tiers.Length)
        {
            DrawnKernel draw = generator.Draw(index);
            if (KernelFault.IsInterpreted(draw) && Fault(draw, s_tiers[(residue + index / s_tiers.Length) % s_tiers.Length]) is { } fault) faults.Add($"{draw}\n  {fault}");
        }

        Assert.True(faults.Count == 0, $"{faults.Count} faults\n{string.Join('\n', faults.Take(20))}");
    }

    private static string? Fault(DrawnKernel draw, Tier tier)
    {
        ReferenceOperands operands = OperandFactory.Draw(draw);
        try
        {
            return SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, tier, operands));
        }
        catch (TileProgramException refusal)
        {
            return refusal.Message;
        }
    }
}
