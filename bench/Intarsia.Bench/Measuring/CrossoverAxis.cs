using System.Globalization;
using System.Text.RegularExpressions;

namespace Intarsia.Bench.Measuring;

/// <summary>What varies along a picture of <see cref="CrossoverPlot"/>: which cases lie on it, where, on which curve, and against which of their contenders.</summary>
internal sealed partial class CrossoverAxis
{
    private static readonly Baseline[] s_dense = [new("", peer => peer.Contains("dense", StringComparison.Ordinal))];

    private static readonly Dictionary<string, Func<CrossoverAxis>> s_named = new(StringComparer.Ordinal)
    {
        ["nm"] = () => new(NMCase(), "spmm FORMAT N:M LAYOUT", name => 100 * (1 - Number(name, "n") / Number(name, "m")),
            name => $"{name.Groups["format"].Value} {name.Groups["layout"].Value}, {name.Groups["v"].Value}{name.Groups["n"].Value}:M")
        {
            // Of bytes the dense products do not say that they are dense.
            Baselines = [new("", peer => !peer.Contains("csr", StringComparison.Ordinal) && !peer.Contains("spmdm", StringComparison.Ordinal))],
            Title = "weights that are zero",
            Percent = true,
        },
        ["size"] = () => new(ButterflyCase(), "butterfly f32 TOKENSxNxN", name => Number(name, "at"), name => Tokens(name.Groups["tokens"].Value))
        {
            Title = "rows and columns of the product",
            IsLogarithmic = true,
        },
        ["activations"] = () => new(ColumnCase(), "spmm FORMAT relative csc SHAPE weights N% activations N%", name => Number(name, "at"),
            name => $"{name.Groups["format"].Value} {name.Groups["shape"].Value}, {name.Groups["weights"].Value}")
        {
            Baselines = [new(" over dense", s_dense[0].Holds), new(" over CSR", peer => peer.Contains("csr", StringComparison.Ordinal))],
            Against = "a dense product and as our CSR",
            Contender = "a dense contender or one of compressed rows",
            Title = "activations that are not zero",
            LeastPoints = 3,
            Percent = true,
            Falls = true,
        },
        ["planes"] = () => new(PlaneCase(), "planes wPaQ SHAPE against bytes", name => Number(name, "p") * Number(name, "q"), name => Tokens(name.Groups["tokens"].Value))
        {
            Against = "the dense product of bytes",
            Title = "pairs of planes",
            Noun = " pairs",
            IsLogarithmic = true,
            Falls = true,
        },
        ["relations"] = () => new(RelationCase(), "rgms f32 NODESxEDGES N relations SHAPE", name => Number(name, "at"), name => $"{name.Groups["nodes"].Value} nodes, {name.Groups["edges"].Value} edges")
        {
            Baselines = [new("", _ => true)],
            Against = "the best of separate products",
            Contender = "a contender",
            Title = "relations",
            LeastPoints = 2,
            IsLogarithmic = true,
        },
        ["features"] = () => new(WindowCase(), "spmm f32 row windows NODESxNxNODES, N edges to a node", name => Number(name, "at"), name => $"{name.Groups["nodes"].Value} nodes, {name.Groups["curve"].Value}")
        {
            Baselines = [new("", peer => peer.Contains("csr", StringComparison.OrdinalIgnoreCase))],
            Against = "the best of compressed rows",
            Contender = "one of compressed rows",
            Title = "features",
            Noun = " features",
            IsLogarithmic = true,
            Falls = true,
        },
    };

    private readonly Regex _cases;
    private readonly Func<Match, double> _at;
    private readonly Func<Match, string> _curve;
    private readonly string? _shape;

    private CrossoverAxis(Regex cases, string pattern, Func<Match, double> at, Func<Match, string> curve, string? shape = null) => (_cases, Cases, _at, _curve, _shape) = (cases, pattern, at, curve, shape);

    /// <summary>Axes that need no shape, by name.</summary>
    public static IEnumerable<string> Names => s_named.Keys;

    /// <summary>What the names of its cases look like.</summary>
    public string Cases { get; }

    /// <summary>The contenders that are divided by; of several kinds a curve each.</summary>
    public IReadOnlyList<Baseline> Baselines { get; private init; } = s_dense;

    /// <summary>They, in the heading.</summary>
    public string Against { get; private init; } = "the best dense product";

    /// <summary>What a case needs to be drawn.</summary>
    public string Contender { get; private init; } = "a dense contender";

    /// <summary>What is below the axis.</summary>
    public required string Title { get; init; }

    /// <summary>Numbers double from case to case.</summary>
    public bool IsLogarithmic { get; private init; }

    /// <summary>Gains fall along the axis, so that a curve is above 1 up to somewhere, not from there on.</summary>
    public bool Falls { get; private init; }

    /// <summary>Cases that make a curve; fewer are left out.</summary>
    public int LeastPoints { get; private init; } = 1;

    /// <summary>Numbers are percentages.</summary>
    public bool Percent { get; private init; }

    /// <summary>What a number is one of, behind it; nothing where that needs no word.</summary>
    public string Noun { get; private init; } = "";

    /// <summary>An axis of <see cref="Names"/>.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static CrossoverAxis Of(string name) => s_named.TryGetValue(name, out Func<CrossoverAxis>? axis) ? axis() : throw new ArgumentException($"There is no axis '{name}': it is one of {string.Join(", ", Names)}.", nameof(name));

    /// <summary>The sparsity of the cases of a shape, or the number of tokens of <c>*xROWSxDEPTH</c>.</summary>
    public static CrossoverAxis OfShape(string shape) => shape.StartsWith("*x", StringComparison.Ordinal)
        ? new(BatchCase(), $"batch … N{shape[1..]}", name => Number(name, "at"), Curve, shape)
        {
            Against = $"the best dense product, tokens{shape[1..]}",
            Title = "tokens",
            Noun = " tokens",
            IsLogarithmic = true,
            Falls = true,
        }
        : new(SparseCase(), $"… {shape} N%", name => Number(name, "at"), Curve, shape)
        {
            Against = $"the best dense product, {shape}",
            Title = "weights that are zero",
            Percent = true,
        };

    /// <summary>Where a case lies; null where it is none of this axis.</summary>
    public (string Curve, double At)? Find(string name)
    {
        Match match = _cases.Match(name);
        return match.Success && (_shape is null || match.Groups["shape"].Value == _shape.TrimStart('*', 'x')) ? (_curve(match), _at(match)) : null;
    }

    /// <summary>A place on the axis.</summary>
    public double Place(double at) => IsLogarithmic ? Math.Log2(at) : at;

    /// <summary>A number below the axis.</summary>
    public string Label(double at) => string.Create(CultureInfo.InvariantCulture, $"{at:0.#}{(Percent ? " %" : "")}");

    /// <summary>From where on, or up to where, a curve is above 1.</summary>
    public string Crossing(IReadOnlyList<(double At, double Gain)> points)
    {
        // Seen from its far end a curve that falls is one that rises.
        int sign = Falls ? -1 : 1;
        (double Place, double Time)[] seen = [.. points.Select(point => (sign * Place(point.At), 1 / point.Gain)).OrderBy(point => point.Item1)];
        if (Plots.Crossing(seen, 1) is not { } place) return "not faster";
        double at = IsLogarithmic ? Math.Pow(2, sign * place) : sign * place;
        string end = place == seen[0].Place ? Falls ? " or more" : " or less" : "", noun = at < 1.5 && Noun.EndsWith('s') ? Noun[..^1] : Noun;
        return string.Create(CultureInfo.InvariantCulture, $"faster {(Falls ? "up to" : "from")} {at:F0}{(Percent ? " %" : noun)}{end}");
    }

    private static double Number(Match name, string group) => double.Parse(name.Groups[group].Value, CultureInfo.InvariantCulture);

    private static string Tokens(string count) => $"{count} token{(count == "1" ? "" : "s")}";

    /// <summary>A pattern of binary32, which goes without saying, or another format and its pattern.</summary>
    private static string Curve(Match name) => name.Groups["format"].Value is "f32" or "" ? name.Groups["curve"].Value : $"{name.Groups["format"].Value} {name.Groups["curve"].Value}";

    [GeneratedRegex(@"^\S+ (?<format>\S+) (?<curve>.+) (?<shape>\d+x\d+x\d+) (?<at>\d+)%$")]
    private static partial Regex SparseCase();

    [GeneratedRegex(@"^batch (?<curve>.+) (?<at>\d+)x(?<shape>\d+x\d+)$")]
    private static partial Regex BatchCase();

    [GeneratedRegex(@"^spmm (?<format>\S+) (?<v>\d+:)?(?<n>\d+):(?<m>\d+) (?<layout>row-major|token-major) \d+x\d+x\d+$")]
    private static partial Regex NMCase();

    [GeneratedRegex(@"^butterfly f32 (?<tokens>\d+)x(?<at>\d+)x\d+$")]
    private static partial Regex ButterflyCase();

    [GeneratedRegex(@"^spmm (?<format>\S+) relative csc (?<shape>\d+x\d+x\d+) weights (?<weights>\d+%) activations (?<at>\d+)%$")]
    private static partial Regex ColumnCase();

    [GeneratedRegex(@"^planes w(?<p>\d)a(?<q>\d) (?<tokens>\d+)x\d+x\d+ against bytes$")]
    private static partial Regex PlaneCase();

    [GeneratedRegex(@"^rgms f32 (?<nodes>\d+)x(?<edges>\d+) (?<at>\d+) relations \d+x\d+$")]
    private static partial Regex RelationCase();

    [GeneratedRegex(@"^spmm f32 row windows (?<nodes>\d+)x(?<at>\d+)x\d+, (?<curve>\d+ edges to a node)$")]
    private static partial Regex WindowCase();

    /// <summary>Contenders that a speed is divided by.</summary>
    /// <param name="Suffix">What a curve's name has behind it.</param>
    /// <param name="Holds">Whether a contender is one, by its name.</param>
    public sealed record Baseline(string Suffix, Func<string, bool> Holds);
}
