using System.Globalization;
using System.Text.RegularExpressions;

namespace Intarsia.Ptx.Tests.Sass;

/// <summary>One machine instruction as nvdisasm prints it, for example <c>@!P0 BRA `(.L_x_0)</c>.</summary>
/// <param name="Address">Byte offset in its section.</param>
/// <param name="Guard">The guarding predicate with its <c>@</c>, or empty.</param>
/// <param name="Opcode">With its modifiers: <c>LDSM.16.M88.4</c>.</param>
/// <param name="Operands">The rest.</param>
internal sealed partial record SassInstruction(int Address, string Guard, string Opcode, string Operands)
{
    /// <summary>Matrix instructions: of a warp (HMMA float, IMMA integer, BMMA binary, DMMA binary64), and of a warp group, the same with a G (QGMMA is of 8-bit floats).</summary>
    private static readonly HashSet<string> MmaOpcodes = ["HMMA", "IMMA", "BMMA", "DMMA", "HGMMA", "IGMMA", "BGMMA", "QGMMA"];

    /// <summary>The opcode without modifiers.</summary>
    public string Operation => Opcode.Split('.')[0];

    public bool IsMma => MmaOpcodes.Contains(Operation);

    public bool IsCall => Operation == "CALL";

    /// <summary>The label that it names, or null.</summary>
    public string? Label => LabelOperand().Match(Operands) is { Success: true } match ? match.Groups["label"].Value : null;

    public bool IsBranch => Operation is "BRA" or "JMP";

    /// <summary>A branch through a register. Its targets are not in the text.</summary>
    public bool IsIndirectBranch => Operation is "BRX" or "BRXU" or "JMX" or "JMXU" || (IsBranch && Label is null);

    public bool EndsBlock => IsBranch || IsIndirectBranch || Operation is "EXIT" or "RET";

    /// <summary>
    /// Whether the next instruction can follow. A branch is conditional by its guard or by an operand before the label: <c>BRA.DIV UR4, `(.L)</c>, <c>@P0 BRA P1, `(.L)</c>.
    /// BSYNC falls through: its threads go on behind the label of their BSSY, which stands behind it.
    /// </summary>
    public bool FallsThrough => !EndsBlock || Guard != "" || (IsBranch && !Operands.StartsWith('`'));

    /// <summary>The instruction on a line of nvdisasm's, or null for any other line.</summary>
    public static SassInstruction? Parse(string line)
    {
        Match match = Line().Match(line);
        return !match.Success ? null : new(int.Parse(match.Groups["address"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture), match.Groups["guard"].Value,
            match.Groups["opcode"].Value, match.Groups["operands"].Value);
    }

    public override string ToString() => $"/*{Address:x4}*/ {$"{Guard} {Opcode} {Operands}".Trim()}";

    [GeneratedRegex(@"^\s*/\*(?<address>[0-9a-f]+)\*/\s+(?:(?<guard>@!?U?P[0-9T]+)\s+)?(?<opcode>[A-Z][A-Z0-9_.]*)\s*(?<operands>[^;]*?)\s*;")]
    private static partial Regex Line();

    [GeneratedRegex(@"`\((?<label>[^)]+)\)")]
    private static partial Regex LabelOperand();
}
