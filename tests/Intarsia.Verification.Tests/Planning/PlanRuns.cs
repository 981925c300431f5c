using System.Numerics;
using Intarsia.Compiler;
using Intarsia.Compiler.Specs;
using Xunit;

namespace Intarsia.Verification.Tests.Planning;

/// <summary>Plans run by the interpreter, against the reference.</summary>
internal static class PlanRuns
{
    private static readonly Tier[] s_tiers = [Tier.Scalar, Tier.Vector128, Tier.Avx2, Tier.Avx512, Tier.Avx2Vnni, Tier.Avx512Vnni, Tier.Avx512Native, Tier.AdvSimd, Tier.AdvSimdDp];

    /// <summary>Numbers in −1…1 that every float format holds, so that storing them rounds nothing.</summary>
    public static double[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (double)(BFloat16)(random.NextSingle() * 2 - 1))];

    /// <summary>The plans of three tiers that chance names meet the reference.</summary>
    public static void AssertMeetReference(KernelSpec spec, ReferenceOperands operands, Random random, string sizes)
    {
        ReferenceResult expected = SpecReference.Execute(spec, operands);
        foreach (Tier tier in s_tiers.OrderBy(_ => random.Next()).Take(3))
        {
            string? mismatch = expected.FirstMismatch<double>(PlanInterpreter.Run(spec, tier, operands));
            Assert.True(mismatch is null, $"{spec} for {tier}, {sizes}: {mismatch}");
        }
    }
}
