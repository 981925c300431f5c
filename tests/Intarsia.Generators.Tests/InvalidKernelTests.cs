using Intarsia.Generators.Tests.Harness;

namespace Intarsia.Generators.Tests;

public class InvalidKernelTests
{
    [Fact]
    public void Kernel_ImpossibleNM_ReportsOneDiagnosticAndNoCompilerError()
    {
        Outcome outcome = GeneratorHarness.Run("""
            using Intarsia;
            public static partial class Layers
            {
                [Spmm(Columns = 1)]
                public static partial void Forward([Sparse(Pattern.NM, N = 5, M = 4)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);
            }
            """);
        Assert.Equal(["TPP0201"], outcome.Ids);
        Assert.Empty(outcome.Compiler);
    }
}
