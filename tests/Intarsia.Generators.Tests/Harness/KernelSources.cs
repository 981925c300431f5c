namespace Intarsia.Generators.Tests.Harness;

/// <summary>Declarations that several tests use.</summary>
internal static class KernelSources
{
    /// <summary>Two kernels in two types, of which the second is invalid.</summary>
    public const string Two = """
        using Intarsia;

        namespace App;

        public static partial class Layers
        {
            [Gemm(Rows = 64, Depth = 128)]
            public static partial void Project(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);
        }

        internal static partial class Sparse
        {
            [Spmm(Rows = 64, Depth = 64, Columns = 1)]
            internal static partial void Prune([Sparse(Pattern.NM, N = 5, M = 4)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);
        }
        """;
}
