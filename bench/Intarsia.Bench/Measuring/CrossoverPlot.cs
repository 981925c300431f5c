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
            string colour = Plots.Colours[row % Plots.Colours.Length];
            (double Sparsity, double Gain)[] ordered = [.. curve.Select(point => (point.Sparsity, point.Gain)).OrderBy(point => point.Sparsity)];
            Add($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{(row >= Plots.Colours.Length ? " stroke-dasharray=\"5 3\"" : "")} points=\"{string.Join(' ', ordered.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Sparsity):F1},{Y(point.Gain):F1}")))}\"/>");
            double at = Top + 10 + 32 * row++;
            Add($"<rect x=\"{Width - Right + 14}\" y=\"{at - 9}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>");
            Text(Width - Right + 30, at, "start", curve.Key);
            Text(Width - Right + 30, at + 13, "start", Remark(ordered));
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Where a curve passes 1 for good.</summary>
    private static string Remark((double Sparsity, double Gain)[] points)
    {
        double? crossing = Plots.Crossing([.. points.Select(point => (point.Sparsity, 1 / point.Gain))], 1);
        return crossing is not { } at ? "not faster" : string.Create(CultureInfo.InvariantCulture, $"faster from {100 * at:F0} %{(at == points[0].Sparsity ? " or less" : "")}");
    }

    [GeneratedRegex(@"^\S+ \S+ (?<pattern>.+) (?<shape>\d+x\d+x\d+) (?<percent>\d+)%$")]
    private static partial Regex SparseCase();
}
