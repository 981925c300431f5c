using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Intarsia.Bench.Cases;

namespace Intarsia.Bench.Measuring;

/// <summary>
/// How many times as fast as the best dense product of the same numbers our kernels are, over sparsity or over the number of tokens: a curve for each pattern or format, and where it passes 1. Cases are those whose name is
/// <c>operation format pattern shape percent</c>, or <c>batch format tokens×rows×depth</c>; dense contenders have the word in their name. Deterministic SVG.
/// </summary>
internal static partial class CrossoverPlot
{
    private const double Width = 760, LeastHeight = 460, Left = 60, Right = 220, Top = 40, Bottom = 50;

    /// <param name="results">What was measured.</param>
    /// <param name="shape">Of the cases: <c>768x128x3072</c>, whose sparsity varies, or <c>*x4096x4096</c>, whose tokens do.</param>
    /// <exception cref="InvalidDataException">No result is of that shape and has a dense contender.</exception>
    public static string Draw(IReadOnlyList<CaseResult> results, string shape)
    {
        bool batches = shape.StartsWith("*x", StringComparison.Ordinal);
        (string Curve, double At, double Gain)[] points =
        [
            .. from result in results
               let name = (batches ? BatchCase() : SparseCase()).Match(result.Case)
               where name.Success && name.Groups["shape"].Value == shape.TrimStart('*', 'x')
               let dense = result.Peers.Where(peer => peer.Key.Contains("dense", StringComparison.Ordinal)).Max(peer => peer.Value)
               where dense > 0 && result.Ours > 0
               select (Curve(name), double.Parse(name.Groups["at"].Value, CultureInfo.InvariantCulture), result.Ours!.Value / dense.Value),
        ];
        if (points.Length == 0) throw new InvalidDataException($"A crossover is drawn of cases '{(batches ? $"batch … N{shape[1..]}" : $"… {shape} N%")}' with a dense contender; of the {results.Count} results none is one.");
        // As high as its key.
        double height = Math.Max(LeastHeight, Top + 10 + 32 * points.Select(point => point.Curve).Distinct(StringComparer.Ordinal).Count());
        // Tokens double from case to case.
        double Place(double at) => batches ? Math.Log2(at) : at;
        double first = Place(points.Min(point => point.At)), span = Math.Max(Place(points.Max(point => point.At)) - first, 1);
        double low = Math.Floor(Math.Log2(Math.Min(1, points.Min(point => point.Gain)))), high = Math.Ceiling(Math.Log2(points.Max(point => point.Gain)));
        high = Math.Max(high, low + 1);
        double X(double at) => Left + (Place(at) - first) / span * (Width - Left - Right);
        double Y(double gain) => Top + (high - Math.Log2(gain)) / (high - low) * (height - Top - Bottom);

        var svg = new StringBuilder();
        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
        void Text(double x, double y, string anchor, string text) => Add($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>");

        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"11\">");
        Add($"<rect width=\"{Width}\" height=\"{height}\" fill=\"white\"/>");
        for (double exponent = low; exponent <= high; exponent++)
        {
            double y = Y(Math.Pow(2, exponent));
            Add($"<line x1=\"{Left}\" y1=\"{y:F1}\" x2=\"{Width - Right}\" y2=\"{y:F1}\" stroke=\"{(exponent == 0 ? "#444" : "#ddd")}\"/>");
            Text(Left - 6, y + 4, "end", string.Create(CultureInfo.InvariantCulture, $"{Math.Pow(2, exponent):G3}×"));
        }
        foreach (double at in points.Select(point => point.At).Distinct().Order()) Text(X(at), height - Bottom + 16, "middle", string.Create(CultureInfo.InvariantCulture, $"{at}{(batches ? "" : " %")}"));
        Text(Left, Top - 14, "start", $"times as fast as the best dense product, {shape.Replace("*", "tokens", StringComparison.Ordinal)}");
        Text((Left + Width - Right) / 2, height - 12, "middle", batches ? "tokens" : "weights that are zero");

        int row = 0;
        foreach (IGrouping<string, (string Curve, double At, double Gain)> curve in points.GroupBy(point => point.Curve, StringComparer.Ordinal))
        {
            string colour = Plots.Colours[row % Plots.Colours.Length];
            (double At, double Gain)[] ordered = [.. curve.Select(point => (point.At, point.Gain)).OrderBy(point => point.At)];
            Add($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{(row >= Plots.Colours.Length ? " stroke-dasharray=\"5 3\"" : "")} points=\"{string.Join(' ', ordered.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.At):F1},{Y(point.Gain):F1}")))}\"/>");
            double at = Top + 10 + 32 * row++;
            Add($"<rect x=\"{Width - Right + 14}\" y=\"{at - 9}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>");
            Text(Width - Right + 30, at, "start", curve.Key);
            Text(Width - Right + 30, at + 13, "start", batches ? Tokens(ordered) : Sparsity(ordered));
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The sparsity from which a curve is above 1 for good.</summary>
    private static string Sparsity((double At, double Gain)[] points) => Plots.Crossing([.. points.Select(point => (point.At, 1 / point.Gain))], 1) is not { } at
        ? "not faster"
        : string.Create(CultureInfo.InvariantCulture, $"faster from {at:F0} %{(at == points[0].At ? " or less" : "")}");

    /// <summary>The number of tokens up to which a curve is above 1, from the first on. The other way round it is a crossing for good.</summary>
    private static string Tokens((double At, double Gain)[] points) => Plots.Crossing([.. points.Reverse().Select(point => (-Math.Log2(point.At), 1 / point.Gain))], 1) is not { } at
        ? "not faster"
        : string.Create(CultureInfo.InvariantCulture, $"faster up to {Math.Pow(2, -at):F0} token{(Math.Pow(2, -at) < 1.5 ? "" : "s")}{(-at == Math.Log2(points[^1].At) ? " or more" : "")}");

    /// <summary>A pattern of binary32, which goes without saying, or another format and its pattern.</summary>
    private static string Curve(Match name) => name.Groups["format"].Value is "f32" or "" ? name.Groups["curve"].Value : $"{name.Groups["format"].Value} {name.Groups["curve"].Value}";

    [GeneratedRegex(@"^\S+ (?<format>\S+) (?<curve>.+) (?<shape>\d+x\d+x\d+) (?<at>\d+)%$")]
    private static partial Regex SparseCase();

    [GeneratedRegex(@"^batch (?<curve>.+) (?<at>\d+)x(?<shape>\d+x\d+)$")]
    private static partial Regex BatchCase();
}
