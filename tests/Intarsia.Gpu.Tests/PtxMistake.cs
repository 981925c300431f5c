using System.Globalization;
using System.Text.RegularExpressions;

namespace Intarsia.Gpu.Tests;

/// <summary>One way to get a kernel's text wrong.</summary>
/// <param name="Name">What is wrong then.</param>
/// <param name="Find">The instructions in which it can be made.</param>
/// <param name="Wrong">What stands there then.</param>
internal sealed record PtxMistake(string Name, string Find, Func<Match, string> Wrong)
{
    /// <summary>Of many instructions of a kind, so many are tried.</summary>
    private const int Places = 3;

    public static readonly PtxMistake[] All =
    [
        // Behind a loop of one stage stand its own last barrier and that of what follows: either will do. A lone warp group waits for itself; WarpGroupKernelTests has two.
        new("a missing barrier", @"(?<!(_end\d+:|fence\.proxy\.async\.shared::cta;)\n    )bar\.sync \d+(, \d+)?;", _ => ""),
        // The wait for all behind the loop has nothing to wait for: past the depth groups of copies are empty.
        new("a missing wait for copies", @"cp\.async\.wait_group \d+;", _ => ""),
        new("a wait that lets a copy too many run", @"cp\.async\.wait_group \d+;", _ => "cp.async.wait_group 7;"),
        new("a group of copies that does not end", @"cp\.async\.commit_group;", _ => ""),
        new("a missing copy", @"(@%p\d+ )?cp\.async\.c[ag]\.[^;]*;", _ => ""),
        new("a missing store to shared memory", @"st\.shared\.[^;]*;", _ => ""),
        new("a fragment in the wrong registers", @"(mma\.[^{]*\{[^}]*\}, \{)(%r\d+), (%r\d+)", m => m.Result("$1$3, $2")),
        new("an accumulator in the wrong register", @"(mma\.[^{]*\{)(%[fr]\d+), (%[fr]\d+)", m => m.Result("$1$3, $2")),
        new("a missing product of matrices", @"mma\.[^;]*;", _ => ""),
        new("a missing fence before warp groups multiply", @"wgmma\.fence\.sync\.aligned;", _ => ""),
        new("a wait that lets a product too many run", @"wgmma\.wait_group\.sync\.aligned [01];", _ => "wgmma.wait_group.sync.aligned 7;"),
        new("a missing product of a warp group", @"wgmma\.mma_async\.[^;]*;", _ => ""),
        new("a barrier for copies that does not begin", @"mbarrier\.init\.[^;]*;", _ => ""),
        new("a missing arrival", @"(@%p\d+ )?mbarrier\.arrive\.shared[^;]*;", _ => ""),
        new("an arrival that expects too few bytes", @"(mbarrier\.arrive\.expect_tx[^;]*, )\d+;", m => m.Result("${1}16;")),
        new("a missing copy of a box", @"cp\.async\.bulk\.[^;]*;", _ => ""),
        new("a missing multiply-add", @"(@%p\d+ )?(fma\.rn\.f32|dp4a\.[a-z0-9.]+|mad\.lo\.s32) [^;]*;", _ => ""),
        new("a product with another element", @"(fma\.rn\.f32 %f\d+, )%f\d+, (%f\d+)(, %f\d+;)", m => m.Result("$1$2, $2$3")),
        new("a fragment from the next column", @"(ldmatrix[^\[]*\[%r\d+)\]", m => m.Result("$1+16]")),
        new("a forgotten swizzle", @"xor\.b32 (%r\d+), (%r\d+), %r\d+;", m => m.Result("mov.b32 $1, $2;")),
        new("an index that is off by one", @"(st\.global\.(v\d\.)?[a-z]\d+ \[%d\d+)\]", m => m.Result("$1+4]")),
        new("scales in the wrong order", @"(ld\.global\.nc\.v2\.f32 \{)(%f\d+), (%f\d+)", m => m.Result("$1$3, $2")),
        new("a missing exchange between lanes", @"shfl\.sync\.bfly\.b32 (%[fr]\d+), (%[fr]\d+), [^;]*;", m => m.Result("mov.b32 $1, $2;")),
        new("a tail that goes one too far", @"setp\.lt\.u32 (%p\d+), [^;]*;\n    setp\.lt\.u32 (%p\d+), [^;]*;\n    and\.pred %p\d+, \1, \2;\n    @!", m => m.Value.Replace("setp.lt", "setp.le", StringComparison.Ordinal)),
        // The loop that stores may have a single step.
        new("a loop that leaves out every other step", @"add\.u32 (%r\d+), \1, (\d+);(?!\n[^\n]*\n[^\n]* bra \$store)", m => $"add.u32 {m.Groups[1]}, {m.Groups[1]}, {(2 * int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture)};"),
    ];

    /// <summary>The text with the mistake in one place, for the first, the last and a place between; with the instruction that was changed and the line behind it.</summary>
    public IEnumerable<(string Instruction, string Text)> In(string text)
    {
        Match[] matches = Regex.Matches(text, Find, RegexOptions.CultureInvariant).ToArray();
        if (matches.Length == 0) yield break;
        foreach (int i in Enumerable.Range(0, Places).Select(place => place * (matches.Length - 1) / (Places - 1)).Distinct())
            yield return ($"{matches[i].Value} before '{Next(text, matches[i])}'", text[..matches[i].Index] + Wrong(matches[i]) + text[(matches[i].Index + matches[i].Length)..]);
    }
    private static string Next(string text, Match match)
    {
        int begin = text.IndexOf('\n', match.Index + match.Length) + 1;
        return text[begin..text.IndexOf('\n', begin)].Trim();
    }
}
