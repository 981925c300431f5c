using System.Globalization;
using Intarsia.ProductSpace.Drawing;
using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Running;

/// <summary>Prints how often each member of each axis was drawn.</summary>
public static class Histogram
{
    public static void Print(IReadOnlyList<DrawnKernel> kernels, TextWriter output)
    {
        output.WriteLine(FormattableString.Invariant($"{kernels.Count} draws, {kernels.Count(k => SizeDraw.ExceedsTwoTilesRagged(k.Spec, k.Sizes))} with two main tiles and ragged tails"));
        Axis("operation", k => k.Spec.Operation);
        Axis("pattern", k => !k.Spec.IsContraction ? "" : k.Spec.Pattern.Kind switch { Pattern.NM => $"{(k.Spec.Pattern.V > 0 ? $"{k.Spec.Pattern.V}:" : "")}N:{k.Spec.Pattern.M}", Pattern.VectorRows => $"V={k.Spec.Pattern.V}", Pattern.Bsr or Pattern.Ell or Pattern.Hyb or Pattern.RelativeCsc or Pattern.GatherScatter => k.Spec.Pattern.ToString(), Pattern.Composite => FormattableString.Invariant($"sum of {k.Spec.Pattern.ToString().Split('+').Length}"), Pattern kind => kind.ToString() });
        Axis("weights are read", k => !k.Spec.IsContraction ? "" : k.Spec.IsTransposed ? $"{k.Spec.Pattern.Kind} transposed" : "as packed");
        Axis("formats", k => (k.Spec.IsContraction ? NumberFormats.Name(k.Spec.Weights.Format) + "-" : "") + NumberFormats.Name(k.Spec.X.Format));
        Axis("output", k => NumberFormats.Name(k.Spec.Y.Format));
        Axis("weight scale", k => !k.Spec.IsContraction ? "" : k.Spec.Weights.Scale + (k.Spec.Weights.Asymmetric ? "+zero" : ""));
        Axis("x scale", k => k.Spec.X.Scale);
        Axis("x layout, y layout", k => $"{k.Spec.X.Layout}-{k.Spec.Y.Layout}");
        Axis("order of sampled factors", k => k.Spec.Sddmm is null ? "" : (k.Spec.TurnedFactors.A ? "T" : "N") + (k.Spec.TurnedFactors.B ? "N" : "T"));
        Axis("constant extents", k => (k.Spec.Rows.IsConstant ? "r" : "") + (k.Spec.Depth.IsConstant ? "d" : "") + (k.Spec.Columns.IsConstant ? "c" : ""));
        Axis("strides", k => (k.Spec.IsContraction && k.Spec.Weights.HasStride ? "w" : "") + (k.Spec.X.HasStride ? "x" : "") + (k.Spec.Y.HasStride ? "y" : ""));
        Axis("chain length", k => k.Spec.Epilogue.Count);
        Steps();
        Axis("batch", k => k.Spec.Batch is { } batch ? batch.Addressing + (batch.HasBeta ? "+beta" : "") : "");
        Axis("sampled", k => k.Spec.Sddmm is not { } sampled ? "" : (sampled.HasScaleArgument ? "argument" : sampled.Scale.Equals(1f) ? "plain" : "scale") + (sampled.IsMasked ? "+mask" : ""));
        Axis("weights", k => k.Spec.IsContraction ? k.Spec.Weights.Storage.ToString() : "");
        Axis("tensors", k => k.Style.Tensors);
        Axis("tile overrides", k => k.Spec.Tiles.Count);
        Axis("sizes", k => k.SizeClass);

        void Axis<T>(string name, Func<DrawnKernel, T> member) => Line(name, kernels.Select(k => Convert.ToString(member(k), CultureInfo.InvariantCulture) ?? ""));

        void Steps() => Line("steps", kernels.SelectMany(k => k.Spec.Epilogue).Select(step => step.ToString()));

        void Line(string name, IEnumerable<string> members) => output.WriteLine($"  {name + ":",-20} " + string.Join("  ", members
            .CountBy(member => member)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => FormattableString.Invariant($"{(entry.Key.Length == 0 ? "none" : entry.Key)} {entry.Value}"))));
    }
}
