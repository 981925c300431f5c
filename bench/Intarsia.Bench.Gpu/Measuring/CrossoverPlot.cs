using System.Globalization;
using System.Text;
using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Measuring;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>Draws from a report how the time of sparse kernels falls with sparsity, and where it passes below that of the dense f16 product of the same shape. Deterministic SVG.</summary>
internal static class CrossoverPlot
{
    private const double Width = 760, Height = 460, Left = 70, Right = 230, Top = 40, Bottom = 50;

    /// <exception cref="InvalidDataException">The report has no sparse case beside a dense one.</exception>
    public static string Draw(GpuReport report)
    {
        GpuResult[] family = [.. report.Results.Where(result => result.Family == GatheredCases.Family)];
        GpuResult? dense = family.FirstOrDefault(result => result.Sparsity == 0);
        (string Name, (double Sparsity, double Seconds)[] Points)[] curves =
            [.. family.Where(result => result.Sparsity > 0).GroupBy(result => result.Kernel, StringComparer.Ordinal).Select(group => (group.Key, group.Select(r => (r.Sparsity, r.Seconds)).OrderBy(p => p.Sparsity).ToArray()))];
        if (dense is null || curves.Length == 0) throw new InvalidDataException($"A crossover is drawn of the cases '{GatheredCases.Family}', dense and sparse; the report has {family.Length} of them, {(dense is null ? "none" : "one")} dense.");
        var levels = new List<(string Name, double Seconds)> { ("dense f16, ours", dense.Seconds) };
        levels.AddRange(dense.PeerSeconds.OrderBy(peer => peer.Key, StringComparer.Ordinal).Select(peer => ($"dense f16, {peer.Key}", peer.Value)));

        double[] times = [.. curves.SelectMany(curve => curve.Points.Select(point => point.Seconds)), .. levels.Select(level => level.Seconds)];
        double low = Math.Log2(times.Min()) - 0.25, high = Math.Log2(times.Max()) + 0.25;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n<text x=\"{Left}\" y=\"22\" font-size=\"14\">{Escape($"W {dense.Rows}×{dense.Depth}, {dense.Columns} columns: time over sparsity. {report.Device}")}</text>\n");
        for (double exponent = Math.Ceiling(low * 1); exponent <= high; exponent++) Horizontal(Math.Pow(2, exponent));
        foreach (double sparsity in curves.SelectMany(curve => curve.Points.Select(point => point.Sparsity)).Distinct().Order())
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(sparsity):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{100 * sparsity:0.#}%</text>\n");

        int row = 0;
        foreach ((string name, double seconds) in levels)
        {
            string colour = Plots.Colours[row % Plots.Colours.Length];
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(seconds):F1}\" y2=\"{Y(seconds):F1}\" stroke=\"{colour}\" stroke-dasharray=\"6 4\"/>\n");
            Legend(row++, colour, name);
        }
        foreach ((string name, (double Sparsity, double Seconds)[] points) in curves)
        {
            string colour = Plots.Colours[row % Plots.Colours.Length];
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Sparsity):F1},{Y(p.Seconds):F1}")))}\"/>\n");
            string crossing = Plots.Crossing(points, levels.Min(level => level.Seconds)) is { } at ? string.Create(CultureInfo.InvariantCulture, $"faster from {100 * at:F0}%") : "never faster";
            Legend(row++, colour, name, crossing);
        }
        return svg.Append("</svg>\n").ToString();

        double X(double sparsity) => Left + (sparsity - 0.45) / 0.55 * (Width - Left - Right);
        double Y(double seconds) => Top + (high - Math.Log2(seconds)) / (high - low) * (Height - Top - Bottom);

        void Horizontal(double seconds) => svg.Append(
            CultureInfo.InvariantCulture,
            $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(seconds):F1}\" y2=\"{Y(seconds):F1}\" stroke=\"#ddd\"/>\n<text x=\"{Left - 6}\" y=\"{Y(seconds) + 4:F1}\" text-anchor=\"end\">{seconds * 1e6:G3} µs</text>\n");

        void Legend(int line, string colour, string name, string? remark = null)
        {
            double y = Top + 12 + 34 * line;
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Width - Right + 14}\" y=\"{y - 9}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\n<text x=\"{Width - Right + 30}\" y=\"{y}\" font-size=\"11\">{Escape(name)}</text>\n");
            if (remark is not null) svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right + 30}\" y=\"{y + 13}\" font-size=\"11\" fill=\"#666\">{Escape(remark)}</text>\n");
        }
    }

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
