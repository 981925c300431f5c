using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Intarsia.Bench.Cases;

namespace Intarsia.Bench.Measuring;

/// <summary>
/// How many times as fast as the best dense product of the same numbers sparse kernels are, over sparsity: a curve for each pattern, and where it passes 1. Cases are those whose name is
/// <c>operation format pattern shape percent</c>; dense contenders have the word in their name. Deterministic SVG.
/// </summary>
internal static partial class CrossoverPlot
{
    private const double Width = 760, Height = 460, Left = 60, Right = 220, Top = 40, Bottom = 50;

    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#444444"];

    /// <exception cref="InvalidDataException">No result is of that shape, has a sparsity and a dense contender.</exception>
    public static string Draw(IReadOnlyList<CaseResult> results, string shape)
    {
        (string Pattern, double Sparsity, double Gain)[] points =
        [
            .. from result in results
               let name = SparseCase().Match(result.Case)
               where name.Success && name.Groups["shape"].Value == shape
               let dense = result.Peers.Where(peer => peer.Key.Contains("dense", StringComparison.Ordinal)).Max(peer => peer.Value)
               where dense > 0 && result.Ours > 0
               select (name.Groups["pattern"].Value, double.Parse(name.Groups["percent"].Value, CultureInfo.InvariantCulture) / 100, result.Ours!.Value / dense.Value),
        ];
        if (points.Length == 0) throw new InvalidDataException($"A crossover is drawn of cases '… {shape} N%' with a dense contender; of the {results.Count} results none is one.");
        double first = points.Min(point => point.Sparsity), last = points.Max(point => point.Sparsity), span = Math.Max(last - first, 0.01);
        double low = Math.Floor(Math.Log2(Math.Min(1, points.Min(point => point.Gain)))), high = Math.Ceiling(Math.Log2(points.Max(point => point.Gain)));
        high = Math.Max(high, low + 1);
        double X(double sparsity) => Left + (sparsity - first) / span * (Width - Left - Right);
        double Y(double gain) => Top + (high - Math.Log2(gain)) / (high - low) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
        void Text(double x, double y, string anchor, string text) => Add($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>");

        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"11\">");
        Add($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        for (double exponent = low; exponent <= high; exponent++)
        {
            double y = Y(Math.Pow(2, exponent));
            Add($"<line x1=\"{Left}\" y1=\"{y:F1}\" x2=\"{Width - Right}\" y2=\"{y:F1}\" stroke=\"{(exponent == 0 ? "#444" : "#ddd")}\"/>");
            Text(Left - 6, y + 4, "end", string.Create(CultureInfo.InvariantCulture, $"{Math.Pow(2, exponent):G3}×"));
        }
        foreach (double sparsity in points.Select(point => point.Sparsity).Distinct().Order()) Text(X(sparsity), Height - Bottom + 16, "middle", string.Create(CultureInfo.InvariantCulture, $"{100 * sparsity:0.#} %"));
        Text(Left, Top - 14, "start", $"times as fast as the best dense product, {shape}");
        Text((Left + Width - Right) / 2, Height - 12, "middle", "weights that are zero");

        int row = 0;
        foreach (IGrouping<string, (string Pattern, double Sparsity, double Gain)> curve in points.GroupBy(point => point.Pattern, StringComparer.Ordinal))
        {
            string colour = Colours[row % Colours.Length];
            (double Sparsity, double Gain)[] ordered = [.. curve.Select(point => (point.Sparsity, point.Gain)).OrderBy(point => point.Sparsity)];
            Add($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{(row >= Colours.Length ? " stroke-dasharray=\"5 3\"" : "")} points=\"{string.Join(' ', ordered.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Sparsity):F1},{Y(point.Gain):F1}")))}\"/>");
            double at = Top + 10 + 32 * row++;
            Add($"<rect x=\"{Width - Right + 14}\" y=\"{at - 9}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>");
            Text(Width - Right + 30, at, "start", curve.Key);
            Text(Width - Right + 30, at + 13, "start", Remark(ordered));
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Where a curve passes 1 for good, between points on a line in the logarithm of the gain.</summary>
    private static string Remark((double Sparsity, double Gain)[] points)
    {
        if (points[^1].Gain < 1) return "not faster";
        int at = points.Length - 1;
        while (at > 0 && points[at - 1].Gain >= 1) at--;
        if (at == 0) return string.Create(CultureInfo.InvariantCulture, $"faster from {100 * points[0].Sparsity:0.#} % or less");
        ((double s0, double g0), (double s1, double g1)) = (points[at - 1], points[at]);
        return string.Create(CultureInfo.InvariantCulture, $"faster from {100 * (s0 + (s1 - s0) * -Math.Log(g0) / Math.Log(g1 / g0)):F0} %");
    }

    [GeneratedRegex(@"^\S+ \S+ (?<pattern>.+) (?<shape>\d+x\d+x\d+) (?<percent>\d+)%$")]
    private static partial Regex SparseCase();
}
