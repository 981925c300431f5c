using System.Text.RegularExpressions;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Who tests the tests of planes times planes on tensor cores: texts with one mistake (a plane that counts too little, a fragment in the wrong order, a sum of a column left out), and operands that lie otherwise than the kernel reads them (planes in
/// reverse, a plane of the wrong sign, no sums of rows, no zero points). Sizes are a tile and a bit, so that every warp works, and the last depth is part of a word.
/// </summary>
[Trait("Category", "Gpu")]
public class BitMutationTests
{
    private const int Rows = 70, Depth = 811, Columns = 75;

    /// <summary>Of many instructions of a kind, so many are tried.</summary>
    private const int Places = 3;

    private static readonly (string Name, string Find, string Wrong)[] s_mistakes =
    [
        ("a plane that counts as the one below", @"shl\.b32 (%r\d+), \1, \d+;", ""),
        ("rows of a fragment exchanged", @"(mma[^{]*\{[^}]*\}, \{)(%r\d+), (%r\d+)", "$1$3, $2"),
        ("words of a fragment exchanged", @"(mma[^{]*\{[^}]*\}, \{[^}]*\}, \{)(%r\d+), (%r\d+)", "$1$3, $2"),
        ("counts in the wrong registers", @"(mma[^{]*\{)(%r\d+), (%r\d+)", "$1$3, $2"),
        ("a pair of planes left out", @"mma\.[^;]*;", ""),
        ("bits of other words", @"(ldmatrix[^\[]*\[%r\d+)(\+\d+)?\]", "$1]"),
        ("signs that count once", @"mad\.lo\.s32 (%r\d+), (%r\d+), \d+, \1;", "add.u32 $1, $1, $2;"),
        ("the sum of a column left out", @"mad\.lo\.s32 (%r\d+), %r\d+, %r\d+, \1;", ""),
        ("ones behind the depth, and none before", @"not\.b32 (%r\d+), (%r\d+);", "mov.u32 $1, $2;"),
        ("a missing wait for copies", @"cp\.async\.wait_group \d+;", ""),
        // What follows the last product is behind a barrier of the loop, too.
        ("a missing barrier", @"bar\.sync 0;(?=[\s\S]*mma\.)", ""),
    ];

    /// <param name="name">The kernel.</param>
    /// <param name="kinds">Kinds of mistakes that its text has a place for.</param>
    [Theory]
    [InlineData("gemm_dense_planes2-planes2-s32_rN_dN_cN_pt", 8)]
    [InlineData("gemm_dense_signs2-signs3-s32_rN_dN_cN_pr", 11)]
    [InlineData("gemm_dense_planes3rz-signs4-f32_rN_dN_cN_pt__dequantise", 11)]
    public void Text_WithAMistake_IsCaught(string name, int kinds)
    {
        GpuDraw draw = Draw(name);
        string text = "";
        Assert.Null(EmulatedKernelTests.Fault(draw, written => text = written));
        int tried = 0;
        var survivors = new List<string>();
        foreach ((string mistake, string find, string wrong) in s_mistakes)
        {
            Match[] matches = [.. Regex.Matches(text, find).Where(match => match.Result(wrong) != match.Value && !CountsOnes(text, match))];
            if (matches.Length > 0) tried++;
            foreach (int i in Enumerable.Range(0, matches.Length == 0 ? 0 : Places).Select(place => place * (matches.Length - 1) / (Places - 1)).Distinct())
            {
                string spoiled = text[..matches[i].Index] + matches[i].Result(wrong) + text[(matches[i].Index + matches[i].Length)..];
                if (EmulatedKernelTests.Fault(draw, _ => spoiled) is null) survivors.Add($"{mistake}: {matches[i].Value}");
            }
        }
        Assert.True(survivors.Count == 0, $"not caught: {string.Join("\n  ", survivors)}\n{text}");
        Assert.Equal(kinds, tried);
    }

    [Theory]
    [InlineData("gemm_dense_planes2-planes2-s32_rN_dN_cN_pt")]
    [InlineData("gemm_dense_signs2-signs3-s32_rN_dN_cN_pr")]
    [InlineData("gemm_dense_planes3rz-signs4-f32_rN_dN_cN_pt__dequantise")]
    public void Operand_ThatLiesOtherwise_IsCaught(string name)
    {
        GpuDraw draw = Draw(name);
        (int p, int q) = (NumberFormats.Get(draw.Spec.Weights.Format).BitPlanes, NumberFormats.Get(draw.Spec.X.Format).BitPlanes);
        var spoils = new List<(string Mistake, Action<PlanOperands> Spoil)>
        {
            ("planes of weights in reverse", operands => Words(operands, "W").Chunks(p, words => words.Reverse())),
            ("planes of X in reverse", operands => Words(operands, "X").Chunks(q, words => words.Reverse())),
            ("a top plane of the wrong sign", operands => Words(operands, "W").Chunks(p, words => words[^1] = ~words[^1])),
            ("a plane of another row", operands => Words(operands, "W")[p * ((Depth + 31) / 32)] ^= 1),
        };
        if (draw.Plan().Bindings.Any(binding => binding.Buffer == "o")) spoils.Add(("no zero points", operands => Words(operands, "o").Clear()));
        if (draw.Plan().Bindings.Any(binding => binding.Buffer == "r")) spoils.Add(("no sums of rows", operands => Words(operands, "r").Clear()));
        Assert.Equal(name.Contains("signs", StringComparison.Ordinal) ? 6 : 4, spoils.Count);
        foreach ((string mistake, Action<PlanOperands> spoil) in spoils) Assert.True(EmulatedKernelTests.Fault(draw, spoil: spoil) is not null, $"not caught: {mistake}");
    }

    /// <summary>Whether an instruction counts bits against ones, or doubles such counts: of four registers that hold two numbers two are dropped, and ones are the same in any order.</summary>
    private static bool CountsOnes(string text, Match match)
    {
        string[] ones = [.. Regex.Matches(text, @"not\.b32 (%r\d+),").Select(found => found.Groups[1].Value)];
        string[] counts = [.. Regex.Matches(text, @"mma\.[^;]*;").Select(found => found.Value).Where(product => ones.Any(word => Regex.IsMatch(product, word + @"\b")))];
        string line = text[match.Index..(text.IndexOf(';', match.Index) + 1)];
        return line.StartsWith("shl", StringComparison.Ordinal) ? counts.Any(product => Regex.IsMatch(product[..product.IndexOf('}', StringComparison.Ordinal)], match.Groups[1].Value + @"\b")) : counts.Contains(line);
    }

    private static GpuDraw Draw(string name) => GpuDraw.Of(name, Device.Sm80, aligned: false, Rows, Depth, Columns);

    private static Span<int> Words(PlanOperands operands, string buffer) => (int[])(object)operands.Buffers[buffer];
}

/// <summary>Runs of words of a buffer.</summary>
file static class WordRuns
{
    public delegate void Change(Span<int> words);

    /// <summary>Changes every run of so many words.</summary>
    public static void Chunks(this Span<int> words, int count, Change change)
    {
        for (int at = 0; at + count <= words.Length; at += count) change(words.Slice(at, count));
    }
}
