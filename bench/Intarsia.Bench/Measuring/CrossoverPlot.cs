using System.Globalization;
using System.Net;
using System.Text;
using Intarsia.Bench.Cases;

namespace Intarsia.Bench.Measuring;

/// <summary>
/// How many times as fast as the best dense product of the same numbers, or as another contender, our kernels are over what varies along a <see cref="CrossoverAxis"/>: a curve for each pattern, format or size, and where it passes 1. Deterministic SVG.
/// </summary>
internal static class CrossoverPlot
{
    private const double Width = 760, LeastHeight = 460, Left = 60, Right = 220, Top = 40, Bottom = 50;

    /// <param name="results">What was measured.</param>
    /// <param name="axis">What varies.</param>
    /// <exception cref="InvalidDataException">No result lies on the axis and has a contender to divide by.</exception>
    public static string Draw(IReadOnlyList<CaseResult> results, CrossoverAxis axis)
    {
        (string Curve, double At, double Gain)[] all =
        [
            .. from baseline in axis.Baselines
               from result in results
               let place = axis.Find(result.Case)
               where place is not null
               let peer = result.Peers.Where(peer => baseline.Holds(peer.Key)).Max(peer => peer.Value)
               where peer > 0 && result.Ours > 0
               select (place.Value.Curve + baseline.Suffix, place.Value.At, result.Ours!.Value / peer.Value),
        ];
        (string Curve, double At, double Gain)[] points = [.. all.Where(point => all.Count(other => other.Curve == point.Curve) >= axis.LeastPoints)];
        if (points.Length == 0) throw new InvalidDataException($"A crossover is drawn of cases '{axis.Cases}' with {axis.Contender}; of the {results.Count} results none is one.");
        // As high as its key.
        double height = Math.Max(LeastHeight, Top + 10 + 32 * points.Select(point => point.Curve).Distinct(StringComparer.Ordinal).Count());
        double first = axis.Place(points.Min(point => point.At)), span = axis.Place(points.Max(point => point.At)) - first;
        if (span == 0) span = 1;
        double low = Math.Floor(Math.Log2(Math.Min(1, points.Min(point => point.Gain)))), high = Math.Ceiling(Math.Log2(points.Max(point => point.Gain)));
        high = Math.Max(high, low + 1);
        double X(double at) => Left + (axis.Place(at) - first) / span * (Width - Left - Right);
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
        foreach (double at in points.Select(point => point.At).Distinct().Order()) Text(X(at), height - Bottom + 16, "middle", axis.Label(at));
        Text(Left, Top - 14, "start", $"times as fast as {axis.Against}");
        Text((Left + Width - Right) / 2, height - 12, "middle", axis.Title);

        int row = 0;
        foreach (IGrouping<string, (string Curve, double At, double Gain)> curve in points.GroupBy(point => point.Curve, StringComparer.Ordinal))
        {
            string colour = Plots.Colours[row % Plots.Colours.Length];
            (double At, double Gain)[] ordered = [.. curve.Select(point => (point.At, point.Gain)).OrderBy(point => point.At)];
            Add($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{(row >= Plots.Colours.Length ? " stroke-dasharray=\"5 3\"" : "")} points=\"{string.Join(' ', ordered.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.At):F1},{Y(point.Gain):F1}")))}\"/>");
            // A line through one point is none.
            if (ordered.Length == 1) Add($"<circle cx=\"{X(ordered[0].At):F1}\" cy=\"{Y(ordered[0].Gain):F1}\" r=\"3\" fill=\"{colour}\"/>");
            double at = Top + 10 + 32 * row++;
            Add($"<rect x=\"{Width - Right + 14}\" y=\"{at - 9}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>");
            Text(Width - Right + 30, at, "start", curve.Key);
            Text(Width - Right + 30, at + 13, "start", axis.Crossing(ordered));
        }
        return svg.Append("</svg>\n").ToString();
    }
}
