namespace Intarsia.Ptx.Tests.Tools;

/// <summary>A processor to assemble for, and the CUDA toolkit whose assembler does it.</summary>
/// <remarks>The older toolkit takes PTX up to 7.8 and knows no sm_90a; text that it accepts is accepted by every later driver.</remarks>
internal sealed record PtxTarget(string Architecture, string Toolkit)
{
    public static PtxTarget Sm80 { get; } = new("sm_80", "11.8");

    public static PtxTarget Sm89 { get; } = new("sm_89", "11.8");

    public static PtxTarget Sm90 { get; } = new("sm_90", "11.8");

    /// <summary>As <see cref="Sm80"/>, by the newer assembler: a budget that holds in both does not hang on one assembler's mood.</summary>
    public static PtxTarget Sm80Newer { get; } = new("sm_80", "12.4");

    public static PtxTarget Sm90a { get; } = new("sm_90a", "12.4");

    public static IReadOnlyList<PtxTarget> All { get; } = [Sm80, Sm89, Sm90, Sm80Newer, Sm90a];

    /// <summary>The target of a name such as <c>sm_80</c> or <c>sm_80/12.4</c>, which theories can hold as data.</summary>
    public static PtxTarget Parse(string name) =>
        All.FirstOrDefault(target => target.ToString() == name) ?? All.FirstOrDefault(target => target.Architecture == name)
        ?? throw new ArgumentException($"'{name}' is none of the targets {string.Join(", ", All)}.", nameof(name));

    public override string ToString() => $"{Architecture}/{Toolkit}";
}
