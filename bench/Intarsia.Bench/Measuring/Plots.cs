namespace Intarsia.Bench.Measuring;

/// <summary>What the pictures of both runners share.</summary>
internal static class Plots
{
    /// <summary>Colours that people tell apart who see few (Okabe and Ito), and two more.</summary>
    public static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#444444"];

    /// <summary>The least sparsity from which a curve stays below a level, between points on a line in the logarithm of time; null where its last point is above.</summary>
    /// <param name="points">Times, by ascending sparsity.</param>
    /// <param name="level">A time of the same unit.</param>
    public static double? Crossing(IReadOnlyList<(double Sparsity, double Time)> points, double level)
    {
        if (points[^1].Time > level) return null;
        int last = points.Count - 1;
        while (last > 0 && points[last - 1].Time <= level) last--;
        if (last == 0) return points[0].Sparsity;
        ((double s0, double t0), (double s1, double t1)) = (points[last - 1], points[last]);
        return s0 + (s1 - s0) * Math.Log(t0 / level) / Math.Log(t0 / t1);
    }
}
