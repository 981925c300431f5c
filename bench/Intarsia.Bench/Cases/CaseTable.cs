namespace Intarsia.Bench.Cases;

/// <summary>Every case of the <c>peers</c> verb, in the order in which it is printed.</summary>
internal static class CaseTable
{
    public static IReadOnlyList<BenchCase> All { get; } =
    [
        DenseCases.TokenMajor(512, 512, 512),
        DenseCases.TokenMajor(1024, 1024, 1024),
        DenseCases.TokenMajor(128, 768, 768),
        DenseCases.TokenMajor(128, 3072, 768),
        DenseCases.TokenMajor(128, 768, 3072),
        DenseCases.TokenMajor(32, 32, 32),
        DenseCases.TokenMajor(64, 64, 64),
        DenseCases.RowMajor(512, 512, 512),
        DenseCases.RowMajor(1024, 1024, 1024),
        DenseCases.RowMajor(768, 128, 768),
        DenseCases.RowMajor(3072, 128, 768),
        DenseCases.RowMajor(768, 128, 3072),
        DenseCases.RowMajor(32, 32, 32),
        DenseCases.RowMajor(64, 64, 64),
    ];
}
