using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>The planner's programs, run by the interpreter, against the reference: no backend has a part in it.</summary>
public class PlannedProgramTests
{
    private static readonly Tier[] s_tiers = [Tier.Scalar, Tier.Vector128, Tier.Avx2, Tier.Avx512, Tier.Avx2Vnni, Tier.Avx512Vnni, Tier.Avx512Native, Tier.AdvSimd, Tier.AdvSimdDp];

    private static bool IsValid(KernelSpec spec) => KernelRules.Check(spec).All(violation => violation.Severity != RuleSeverity.Error);

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_RandomSpecsAndSizes_MeetsTheReference(int seed)
    {
        var random = new Random(seed);
        for (int valid = 0; valid < 12;)
        {
            // Half of the draws exceed two main tiles in every extent; the rest is small, down to nothing.
            (int rows, int depth, int columns) = random.Next(2) == 0 ? (random.Next(17, 40), random.Next(30, 80), random.Next(33, 110)) : (random.Next(9), random.Next(20), random.Next(9));
            KernelSpec spec = (random.Next(6) == 0 ? SpecDraw.BatchSpec(random) : SpecDraw.Spec(random)).WithConstants(random, rows, depth, columns);
            if (!IsValid(spec)) continue;
            valid++;
            ReferenceOperands operands = SpecDraw.Operands(random, spec, rows, depth, columns);
            Tier tier = s_tiers[random.Next(s_tiers.Length)];

            double[] y = PlanInterpreter.Run(spec, tier, operands);

            string? mismatch = SpecReference.Execute(spec, operands).FirstMismatch<double>(y);
            Assert.True(mismatch is null, $"{spec} for {tier}, {rows}x{depth}x{columns}: {mismatch}");
        }
    }

    [Fact]
    public void Draw_Specs_AreMostlyValid()
    {
        var random = new Random(1);

        Assert.InRange(Enumerable.Range(0, 300).Count(_ => IsValid(SpecDraw.Spec(random))), 150, 300);
        Assert.InRange(Enumerable.Range(0, 300).Count(_ => IsValid(SpecDraw.BatchSpec(random))), 150, 300);
    }
}
