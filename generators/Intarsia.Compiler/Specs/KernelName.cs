using System.Globalization;
using System.Text;

namespace Intarsia.Compiler.Specs;

/// <summary>
/// The derived name of a kernel, a pure function of its spec that can be read back, for example
/// <c>spmm_nm2of4_s4g64-u8-f32_r3072_d768_cN_tokenmajor_dequantise-bias-gelu</c>.
/// Grammar: operation, pattern, weights–X–Y formats (X–Y, and neither pattern nor depth, where an operation has no weights; a suffix on the weights names what shares a scale: <c>t</c> tensor, <c>r</c> row, <c>gN</c> group; <c>z</c> zero points; <c>span</c> unpacked; the pattern is that of the packed operand, which a sampled product writes; <c>t</c> behind it means that the kernel multiplies by its transpose),
/// extents (<c>N</c> = run time), layouts when not row-major (of X and Y; of A, X and Y where A of a sampled product is not), epilogue, and what is left.
/// </summary>
public static class KernelName
{
    public static string Of(KernelSpec spec)
    {
        var name = new StringBuilder();
        name.Append(Operations.Get(spec.Operation).Name).Append('_');
        if (spec.IsContraction) name.Append(spec.Pattern).Append('_').Append(NumberFormats.Name(spec.Weights.Format)).Append(WeightSuffix(spec.Weights)).Append('-');
        name.Append(NumberFormats.Name(spec.X.Format)).Append(XScale(spec.X.Scale));
        name.Append('-').Append(NumberFormats.Name(spec.Y.Format)).Append(spec.Y.Scale == Per.Tensor ? "t" : "");
        name.Append("_r").Append(spec.Rows);
        if (spec.IsContraction) name.Append("_d").Append(spec.Depth);
        name.Append("_c").Append(spec.Columns);
        bool turned = spec.IsContraction && spec.Weights.Layout != MatrixLayout.RowMajor;
        if (turned || spec.X.Layout != MatrixLayout.RowMajor || spec.Y.Layout != MatrixLayout.RowMajor)
            name.Append('_').Append(turned ? LayoutName(spec.Weights.Layout).ToString() : "").Append(LayoutName(spec.X.Layout)).Append(LayoutName(spec.Y.Layout));
        bool strideOfWeights = spec.IsContraction && spec.Weights.HasStride;
        if (strideOfWeights || spec.X.HasStride || spec.Y.HasStride)
            name.Append("_ld").Append(strideOfWeights ? "w" : "").Append(spec.X.HasStride ? "x" : "").Append(spec.Y.HasStride ? "y" : "");
        if (spec.Batch is { } batch)
            name.Append("_br").Append(batch.Addressing.ToString().ToLowerInvariant()).Append(batch.HasBeta ? "beta" : "");
        name.Append(spec.Accumulator switch { Accumulator.Int32Wrap => "_wrap", Accumulator.Int64 => "_wide", _ => "" });
        if (spec.Softmax is { HasScaleArgument: true }) name.Append("_scale");
        else if (spec.Softmax is { Scale: not 1 } softmax) name.Append("_scale").Append(FloatText.Of(softmax.Scale));
        if (spec.Sddmm is { } sampled)
            name.Append(sampled.HasScaleArgument ? "_scale" : sampled.Scale.Equals(1f) ? "" : "_scale" + FloatText.Of(sampled.Scale)).Append(sampled.IsMasked ? "_masked" : "");
        if (spec.Butterfly is { } butterfly)
            name.Append(butterfly.Blocks == 1 ? "" : "_blocks" + butterfly.Blocks.ToString(CultureInfo.InvariantCulture)).Append(butterfly.Decreasing ? "_decreasing" : "").Append(butterfly.Complex ? "_complex" : "");
        if (spec.Rgms is { } relational)
            name.Append("_rel").Append(relational.Relations.ToString(CultureInfo.InvariantCulture)).Append(relational.Edges == NumberFormat.Float32 ? "" : "_edges" + NumberFormats.Name(relational.Edges));
        if (spec.Norm is { } norm)
            name.Append(norm.HasGamma ? "_gamma" : "").Append(norm.HasBeta ? "_beta" : "").Append(norm.Epsilon.Equals(NormSpec.DefaultEpsilon) ? "" : "_eps" + FloatText.Of(norm.Epsilon));
        if (spec.Epilogue.Count > 0) name.Append("__").Append(string.Join("-", spec.Epilogue.Select(step => step.ToString().ToLowerInvariant())));
        return name.ToString();
    }

    /// <summary>Reads a name back. Tile overrides are not part of a name.</summary>
    /// <exception cref="FormatException">The text is not a kernel name; the message names the part that was not understood.</exception>
    public static KernelSpec Parse(string name)
    {
        string[] halves = name.Split(["__"], 2, StringSplitOptions.None);
        string[] parts = halves[0].Split('_');
        OperationRow row = Operations.Parse(parts[0]);
        KernelSpec spec = row.IsContraction ? ParseContraction(name, row.Operation, parts) : ParseWithoutWeights(name, row.Operation, parts);
        if (halves.Length == 2) spec = spec with { Epilogue = halves[1].Split('-').Select(ParseTpp).ToEquatableArray() };
        foreach (string part in parts.Skip(spec.IsContraction ? 6 : 4))
        {
            if ((part.Length == 2 || (part.Length == 3 && spec.IsContraction)) && part.All(letter => letter is 'r' or 't' or 'p'))
            {
                if (part.Length == 3) spec = spec with { Weights = spec.Weights with { Layout = ParseLayout(part[0]) } };
                spec = spec with { X = spec.X with { Layout = ParseLayout(part[part.Length - 2]) }, Y = spec.Y with { Layout = ParseLayout(part[part.Length - 1]) } };
            }
            else if (part.StartsWith("ld", StringComparison.Ordinal))
                spec = WithWeightStride(spec, part.Contains('w')) with { X = spec.X with { HasStride = part.Contains('x') }, Y = spec.Y with { HasStride = part.Contains('y') } };
            else if (part is "wrap" or "wide")
                spec = spec with { Accumulator = part == "wrap" ? Accumulator.Int32Wrap : Accumulator.Int64 };
            else if (part.StartsWith("br", StringComparison.Ordinal))
                spec = spec with { Batch = ParseBatch(part.Substring(2)) };
            else if (spec.Softmax is not null && part.StartsWith("scale", StringComparison.Ordinal))
                spec = spec with { Softmax = part == "scale" ? new SoftmaxSpec(HasScaleArgument: true) : new SoftmaxSpec(FloatText.Parse(part.Substring(5))) };
            else if (spec.Sddmm is not null && part.StartsWith("scale", StringComparison.Ordinal))
                spec = spec with { Sddmm = part == "scale" ? spec.Sddmm with { HasScaleArgument = true } : spec.Sddmm with { Scale = FloatText.Parse(part.Substring(5)) } };
            else if (spec.Sddmm is not null && part == "masked")
                spec = spec with { Sddmm = spec.Sddmm with { IsMasked = true } };
            else if (spec.Butterfly is not null && part is "decreasing" or "complex")
                spec = spec with { Butterfly = part == "complex" ? spec.Butterfly with { Complex = true } : spec.Butterfly with { Decreasing = true } };
            else if (spec.Butterfly is not null && part.StartsWith("blocks", StringComparison.Ordinal))
                spec = spec with { Butterfly = spec.Butterfly with { Blocks = ParseInt(part.Substring(6)) } };
            else if (spec.Rgms is not null && part.StartsWith("rel", StringComparison.Ordinal))
                spec = spec with { Rgms = spec.Rgms with { Relations = ParseInt(part.Substring(3)) } };
            else if (spec.Rgms is not null && part.StartsWith("edges", StringComparison.Ordinal))
                spec = spec with { Rgms = spec.Rgms with { Edges = NumberFormats.Parse(part.Substring(5)) } };
            else if (spec.Norm is not null && part is "gamma" or "beta")
                spec = spec with { Norm = part == "gamma" ? spec.Norm with { HasGamma = true } : spec.Norm with { HasBeta = true } };
            else if (spec.Norm is not null && part.StartsWith("eps", StringComparison.Ordinal))
                spec = spec with { Norm = spec.Norm with { Epsilon = FloatText.Parse(part.Substring(3)) } };
            else
                throw new FormatException($"'{part}' in kernel name '{name}' is not understood.");
        }
        return spec;
    }

    private static KernelSpec ParseContraction(string name, Operation operation, string[] parts)
    {
        if (parts.Length < 6) throw new FormatException($"'{name}' has {parts.Length} parts; the name of a product has at least 6: operation, pattern, formats, rows, depth, columns.");
        string[] formats = Formats(parts[2], 3, "weights-X-Y");
        bool sampled = operation == Operation.Sddmm;
        PatternSpec pattern = ParsePattern(parts[1]);
        return new KernelSpec
        {
            Operation = operation,
            Weights = ParseWeights(formats[0]) with { Pattern = sampled ? PatternSpec.Dense : pattern },
            X = ParseX(formats[1]),
            Y = ParseY(formats[2]) with { Pattern = sampled ? pattern : PatternSpec.Dense },
            Sddmm = sampled ? new SddmmSpec() : null,
            Butterfly = operation == Operation.Butterfly ? new ButterflySpec() : null,
            Rgms = operation == Operation.Rgms ? new RgmsSpec(1) : null,
            Rows = ParseExtent(parts[3], 'r'),
            Depth = ParseExtent(parts[4], 'd'),
            Columns = ParseExtent(parts[5], 'c'),
        };
    }

    private static KernelSpec ParseWithoutWeights(string name, Operation operation, string[] parts)
    {
        if (parts.Length < 4) throw new FormatException($"'{name}' has {parts.Length} parts; the name of an operation without weights has at least 4: operation, formats, rows, columns.");
        string[] formats = Formats(parts[1], 2, "X-Y");
        return new KernelSpec
        {
            Operation = operation,
            X = ParseX(formats[0]),
            Y = new OutputSpec { Format = NumberFormats.Parse(formats[1]) },
            Rows = ParseExtent(parts[2], 'r'),
            Columns = ParseExtent(parts[3], 'c'),
            Softmax = operation == Operation.Softmax ? new SoftmaxSpec() : null,
            Norm = operation is Operation.LayerNorm or Operation.RmsNorm ? new NormSpec() : null,
        };
    }

    private static string[] Formats(string text, int count, string expected)
    {
        string[] formats = text.Split('-');
        return formats.Length == count ? formats : throw new FormatException($"'{text}' names {formats.Length} formats; expected {expected}.");
    }

    private static KernelSpec WithWeightStride(KernelSpec spec, bool strided) => spec.IsContraction ? spec with { Weights = spec.Weights with { HasStride = strided } }
        : strided ? throw new FormatException($"{spec.Operation} has no weights to stride over.") : spec;

    private static string WeightSuffix(WeightSpec weights)
    {
        string scale = weights.Scale switch
        {
            Per.Tensor => "t",
            Per.Row => "r",
            Per.Group => "g" + weights.ScaleGroup.ToString(CultureInfo.InvariantCulture),
            _ => "",
        };
        return scale + (weights.Asymmetric ? "z" : "") + (weights.Storage == WeightStorage.Span ? "span" : "");
    }

    private static string XScale(Per scale) => scale switch { Per.Tensor => "t", Per.Token => "k", _ => "" };

    private static char LayoutName(MatrixLayout layout) => layout switch { MatrixLayout.TokenMajor => 't', MatrixLayout.BitPlanes => 'p', _ => 'r' };

    private static MatrixLayout ParseLayout(char letter) => letter switch { 't' => MatrixLayout.TokenMajor, 'p' => MatrixLayout.BitPlanes, _ => MatrixLayout.RowMajor };

    private static WeightSpec ParseWeights(string text)
    {
        bool span = text.EndsWith("span", StringComparison.Ordinal);
        if (span) text = text.Substring(0, text.Length - 4);
        bool asymmetric = text.EndsWith("z", StringComparison.Ordinal);
        if (asymmetric) text = text.Substring(0, text.Length - 1);
        NumberFormatRow row = LongestFormatPrefix(text);
        string suffix = text.Substring(row.Name.Length);
        (Per scale, int group) = suffix switch
        {
            "" => (Per.None, 0),
            "t" => (Per.Tensor, 0),
            "r" => (Per.Row, 0),
            _ when suffix[0] == 'g' => (Per.Group, ParseInt(suffix.Substring(1))),
            _ => throw new FormatException($"Scale suffix '{suffix}' is not understood."),
        };
        return new WeightSpec { Format = row.Format, Scale = scale, ScaleGroup = group, Asymmetric = asymmetric, Storage = span ? WeightStorage.Span : WeightStorage.Packed };
    }

    private static ActivationSpec ParseX(string text)
    {
        NumberFormatRow row = LongestFormatPrefix(text);
        Per scale = text.Substring(row.Name.Length) switch
        {
            "" => Per.None,
            "t" => Per.Tensor,
            "k" => Per.Token,
            string other => throw new FormatException($"Activation scale suffix '{other}' is not understood."),
        };
        return new ActivationSpec { Format = row.Format, Scale = scale };
    }

    private static OutputSpec ParseY(string text)
    {
        NumberFormatRow row = LongestFormatPrefix(text);
        return text.Substring(row.Name.Length) switch
        {
            "" => new OutputSpec { Format = row.Format },
            "t" => new OutputSpec { Format = row.Format, Scale = Per.Tensor },
            string other => throw new FormatException($"Output scale suffix '{other}' is not understood."),
        };
    }

    private static NumberFormatRow LongestFormatPrefix(string text) =>
        NumberFormats.All.Where(row => text.StartsWith(row.Name, StringComparison.Ordinal)).OrderByDescending(row => row.Name.Length).FirstOrDefault()
        ?? throw new FormatException($"'{text}' does not begin with a number format.");

    private static PatternSpec ParsePattern(string text)
    {
        // Of all patterns' names none ends in a t.
        if (text.EndsWith("t", StringComparison.Ordinal)) return ParsePattern(text.Substring(0, text.Length - 1)) with { Transposed = true };
        if (text.Contains('+')) return new PatternSpec(Pattern.Composite) { Parts = text.Split('+').Select(ParsePattern).ToEquatableArray() };
        if (text.StartsWith("dbsr", StringComparison.Ordinal)) return ParsePattern(text.Substring(1)) with { DoublyCompressed = true };
        if ((text.StartsWith("bsr", StringComparison.Ordinal) || text.StartsWith("srbcrs", StringComparison.Ordinal)) && text.Split('f') is { Length: 2 } filled)
            return ParsePattern(filled[0]) with { Fill = ParseInt(filled[1]) };
        if (text == "dense") return PatternSpec.Dense;
        if (text == "csr") return new PatternSpec(Pattern.Csr);
        if (text == "win16x8") return new PatternSpec(Pattern.RowWindows);
        if (text.StartsWith("srbcrs", StringComparison.Ordinal)) return new PatternSpec(Pattern.VectorRows, V: ParseInt(text.Substring(6)));
        if (text.StartsWith("bsr", StringComparison.Ordinal) && text.Substring(3).Split('x') is { Length: 2 } block)
            return new PatternSpec(Pattern.Bsr) { BlockRows = ParseInt(block[0]), BlockColumns = ParseInt(block[1]) };
        if (text.StartsWith("ell", StringComparison.Ordinal)) return new PatternSpec(Pattern.Ell) { Width = ParseInt(text.Substring(3)) };
        if (text.StartsWith("hyb", StringComparison.Ordinal) && text.Substring(3).Split('k') is { Length: 2 } hyb)
            return new PatternSpec(Pattern.Hyb) { Partitions = ParseInt(hyb[0]), BucketExponent = ParseInt(hyb[1]) };
        if (text.StartsWith("rcsc", StringComparison.Ordinal)) return new PatternSpec(Pattern.RelativeCsc) { Lanes = ParseInt(text.Substring(4)) };
        if (text.StartsWith("gs", StringComparison.Ordinal) && text.Substring(2).TrimEnd('s').Split('k', 'q') is { Length: 2 or 3 } gs)
            return new PatternSpec(Pattern.GatherScatter) { Banks = ParseInt(gs[0]), PerRow = ParseInt(gs[1]), Groups = gs.Length == 3 ? ParseInt(gs[2]) : 0, Scatter = text[text.Length - 1] == 's' };
        if (text.StartsWith("nm", StringComparison.Ordinal))
        {
            string[] numbers = text.Substring(2).Split(["of"], StringSplitOptions.None);
            string[] groups = numbers[numbers.Length - 1].Split('v');
            if (numbers.Length == 2 && groups.Length <= 2) return new PatternSpec(Pattern.NM, N: ParseInt(numbers[0]), M: ParseInt(groups[0]), V: groups.Length == 2 ? ParseInt(groups[1]) : 0);
        }
        throw new FormatException($"Pattern '{text}' is not known.");
    }

    private static Extent ParseExtent(string text, char letter)
    {
        if (text.Length < 2 || text[0] != letter) throw new FormatException($"'{text}' is not an extent; expected '{letter}' and a number or N.");
        return text[1] == 'N' ? default : new Extent(ParseInt(text.Substring(1)));
    }

    private static BatchSpec ParseBatch(string text)
    {
        bool beta = text.EndsWith("beta", StringComparison.Ordinal);
        string kind = beta ? text.Substring(0, text.Length - 4) : text;
        if (!Enum.TryParse(kind, ignoreCase: true, out BatchAddressing addressing)) throw new FormatException($"Batch addressing '{kind}' is not known.");
        return new BatchSpec(addressing, beta);
    }

    private static Tpp ParseTpp(string text) =>
        Enum.TryParse(text, ignoreCase: true, out Tpp step) ? step : throw new FormatException($"Epilogue step '{text}' is not known.");

    private static int ParseInt(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw new FormatException($"'{text}' is not a number.");
}
