using System.Globalization;
using System.Text.RegularExpressions;
using Intarsia.Bench.Cases;

namespace Intarsia.Repository.Tests;

/// <summary>What docs/performance.md says is reached of an aim is what the kept results say: the lowest and the highest ratio to the best peer, and share of the ceiling.</summary>
public sealed class BenchAimsTests
{
    /// <summary>How a row of the table begins, its cases, and whether it gives shares of the ceiling, too.</summary>
    public static TheoryData<string, string, bool> Rows() => new()
    {
        { "| binary32, five shapes, token-major |", "^gemm f32 token-major (512|1024|128)x", true },
        { "| the same, row-major | the same |", "^gemm f32 row-major (512|1024|768|3072)x", true },
        { "| batch-reduce, 16 of 32³, of 64³ |", "^batch-reduce f32 (32|64)x", true },
        { "| bytes, u8×s8, five shapes |", "^gemm u8s8 token-major ", true },
        { "| bytes, s8×s8, five shapes |", "^gemm s8s8 token-major ", true },
        { "| bfloat16, five shapes |", "^gemm bf16 token-major ", true },
        { "| CSR of 16 really pruned matrices |", "^spmm f32 csr (dlmc|hand-landmark) ", false },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Aims_Reached_AreOfTheKeptResults(string row, string cases, bool ceilings)
    {
        string line = Assert.Single(File.ReadLines(Path.Combine(Repository.Root, "docs", "performance.md")), line => line.StartsWith(row, StringComparison.Ordinal));
        string reached = line.Split('|')[3];
        CaseResult[] results = [.. ResultWriter.Read(Path.Combine(Repository.Root, "bench", "results", "peers.json")).Where(result => Regex.IsMatch(result.Case, cases))];
        Assert.True(results.Length > 1, $"{results.Length} results of '{cases}'; expected several.");
        Assert.Contains(Range(results.Select(result => result.Ratio!.Value), "F2", ""), reached, StringComparison.Ordinal);
        if (ceilings) Assert.Contains(Range(results.Select(result => result.CeilingFraction!.Value * 100), "F0", " %"), reached, StringComparison.Ordinal);
    }

    private static string Range(IEnumerable<double> values, string format, string unit) =>
        $"{values.Min().ToString(format, CultureInfo.InvariantCulture)} to {values.Max().ToString(format, CultureInfo.InvariantCulture)}{unit}";
}
