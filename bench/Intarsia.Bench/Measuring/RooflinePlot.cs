using System.Globalization;
using System.Net;
using System.Text;
using Intarsia.Bench.Cases;

namespace Intarsia.Bench.Measuring;

/// <summary>
/// The roofline of a run (Williams et al., CACM 2009): speed over operations per byte, both logarithmic, under the arithmetic ceilings (level lines) and the bandwidths (slopes) that the cases of the run measured. A point is a
/// case, with its name as a tooltip; bytes are each operand once, from wherever it lies. Deterministic SVG.
/// </summary>
internal static class RooflinePlot
{
    private const double Width = 860, Height = 520, Left = 70, Right = 210, Top = 40, Bottom = 50;

    /// <exception cref="InvalidDataException">No result says how many operations it has for a byte.</exception>
    public static string Draw(IReadOnlyList<CaseResult> results)
    {
        CaseResult[] placed = [.. results.Where(result => result is { Intensity: > 0, Operations: > 0 })];
        if (placed.Length == 0) throw new InvalidDataException($"A roofline is drawn of cases with operations for each byte; of the {results.Count} results none has them.");
        (string Name, double Speed)[] Levels(bool bandwidth) =>
        [
            .. results.Where(result => result is { Ceiling: not null, CeilingSpeed: > 0 } && Ceilings.IsBandwidth(Enum.Parse<Ceiling>(result.Ceiling)) == bandwidth)
                .GroupBy(result => result.Ceiling!, StringComparer.Ordinal).Select(group => (group.Key, Samples.MedianOf(group.Select(result => result.CeilingSpeed!.Value)))).OrderBy(level => level.Item2),
        ];
        (string Name, double Speed)[] arithmetic = Levels(bandwidth: false), bandwidths = Levels(bandwidth: true);

        double[] speeds = [.. placed.Select(result => result.Operations!.Value), .. arithmetic.Select(level => level.Speed)];
        (double Low, double High) x = Decades(placed.Select(result => result.Intensity!.Value)), y = Decades(speeds);
        double X(double intensity) => Left + (Math.Log10(intensity) - x.Low) / (x.High - x.Low) * (Width - Left - Right);
        double Y(double speed) => Height - Bottom - (Math.Log10(speed) - y.Low) / (y.High - y.Low) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
        void Line(double x1, double y1, double x2, double y2, string style) => Add($"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" {style}/>");
        void Text(double atX, double atY, string anchor, string text) => Add($"<text x=\"{atX:F1}\" y=\"{atY:F1}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>");

        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"11\">");
        Add($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        for (double decade = x.Low; decade <= x.High; decade++)
        {
            Line(X(Math.Pow(10, decade)), Top, X(Math.Pow(10, decade)), Height - Bottom, "stroke=\"#eee\"");
            Text(X(Math.Pow(10, decade)), Height - Bottom + 16, "middle", Math.Pow(10, decade).ToString("G4", CultureInfo.InvariantCulture));
        }
        for (double decade = y.Low; decade <= y.High; decade++)
        {
            Line(Left, Y(Math.Pow(10, decade)), Width - Right, Y(Math.Pow(10, decade)), "stroke=\"#eee\"");
            Text(Left - 6, Y(Math.Pow(10, decade)) + 4, "end", Math.Pow(10, decade).ToString("G4", CultureInfo.InvariantCulture));
        }
        Text((Left + Width - Right) / 2, Height - 12, "middle", "operations for each byte of the operands");
        Text(Left, Top - 14, "start", "10⁹ operations per second");

        foreach ((string name, double speed) in arithmetic)
        {
            Line(Left, Y(speed), Width - Right, Y(speed), "stroke=\"#444\"");
            Text(Width - Right - 4, Y(speed) - 4, "end", string.Create(CultureInfo.InvariantCulture, $"{name} {speed:F0}"));
        }
        double top = arithmetic.Length > 0 ? arithmetic[^1].Speed : Math.Pow(10, y.High);
        foreach ((string name, double speed) in bandwidths)
        {
            double begin = Math.Max(Math.Pow(10, x.Low), Math.Pow(10, y.Low) / speed), end = Math.Min(Math.Pow(10, x.High), top / speed);
            Line(X(begin), Y(begin * speed), X(end), Y(end * speed), "stroke=\"#444\" stroke-dasharray=\"6 4\"");
            Text(X(begin) + 4, Y(begin * speed) - 8, "start", string.Create(CultureInfo.InvariantCulture, $"{name} {speed:F0} GB/s"));
        }

        // Families by the first two words of a case: an operation and its formats.
        int row = 0;
        foreach (IGrouping<string, CaseResult> family in placed.GroupBy(result => string.Join(' ', result.Case.Split(' ').Take(2)), StringComparer.Ordinal))
        {
            string colour = Plots.Colours[row % Plots.Colours.Length], shape = row / Plots.Colours.Length % 2 == 0 ? "" : " fill-opacity=\"0\" stroke-width=\"1.5\"";
            foreach (CaseResult result in family)
                Add($"<circle cx=\"{X(result.Intensity!.Value):F1}\" cy=\"{Y(result.Operations!.Value):F1}\" r=\"4\" fill=\"{colour}\" stroke=\"{colour}\"{shape}><title>{WebUtility.HtmlEncode(result.Case)}: {result.Operations:F0}</title></circle>");
            double at = Top + 8 + 16 * row++;
            Add($"<circle cx=\"{Width - Right + 18}\" cy=\"{at - 4}\" r=\"4\" fill=\"{colour}\" stroke=\"{colour}\"{shape}/>");
            Text(Width - Right + 28, at, "start", family.Key);
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static (double Low, double High) Decades(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double low = Math.Floor(Math.Log10(all.Min())), high = Math.Ceiling(Math.Log10(all.Max()));
        return (low, Math.Max(high, low + 1));
    }
}
