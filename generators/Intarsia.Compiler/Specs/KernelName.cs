using System.Globalization;
using System.Text;

namespace Intarsia.Compiler.Specs;

/// <summary>
/// The derived name of a kernel, a pure function of its spec that can be read back, for example
/// <c>spmm_nm2of4_s4g64-u8-f32_r3072_d768_cN_tokenmajor_dequantise-bias-gelu</c>.
/// Grammar: operation, pattern, weights–X–Y formats (a suffix on the weights names what shares a scale: <c>t</c> tensor, <c>r</c> row, <c>gN</c> group; <c>z</c> zero points; <c>span</c> unpacked),
/// extents (<c>N</c> = run time), layouts when not row-major, epilogue, and what is left.
/// </summary>
public static class KernelName
{
    public static string Of(KernelSpec spec)
    {
        var name = new StringBuilder();
        name.Append(OperationName(spec.Operation)).Append('_').Append(spec.Weights.Pattern).Append('_');
        name.Append(NumberFormats.Name(spec.Weights.Format)).Append(WeightSuffix(spec.Weights));
        name.Append('-').Append(NumberFormats.Name(spec.X.Format)).Append(XScale(spec.X.Scale));
        name.Append('-').Append(NumberFormats.Name(spec.Y.Format));
        name.Append("_r").Append(spec.Rows).Append("_d").Append(spec.Depth).Append("_c").Append(spec.Columns);
        if (spec.X.Layout == MatrixLayout.TokenMajor || spec.Y.Layout == MatrixLayout.TokenMajor)
            name.Append('_').Append(LayoutName(spec.X.Layout)).Append(LayoutName(spec.Y.Layout));
        if (spec.Weights.HasStride || spec.X.HasStride || spec.Y.HasStride)
            name.Append("_ld").Append(spec.Weights.HasStride ? "w" : "").Append(spec.X.HasStride ? "x" : "").Append(spec.Y.HasStride ? "y" : "");
        if (spec.Batch is { } batch)
            name.Append("_br").Append(batch.Addressing.ToString().ToLowerInvariant()).Append(batch.HasBeta ? "beta" : "");
        if (spec.Accumulator == Accumulator.Int32Wrap) name.Append("_wrap");
        if (spec.Epilogue.Count > 0) name.Append("__").Append(string.Join("-", spec.Epilogue.Select(step => step.ToString().ToLowerInvariant())));
        return name.ToString();
    }

    /// <summary>Reads a name back. Tile overrides are not part of a name.</summary>
    /// <exception cref="FormatException">The text is not a kernel name; the message names the part that was not understood.</exception>
    public static KernelSpec Parse(string name)
    {
        string[] halves = name.Split(["__"], 2, StringSplitOptions.None);
        string[] parts = halves[0].Split('_');
        if (parts.Length < 6) throw new FormatException($"'{name}' has {parts.Length} parts; a kernel name has at least 6: operation, pattern, formats, rows, depth, columns.");
        string[] formats = parts[2].Split('-');
        if (formats.Length != 3) throw new FormatException($"'{parts[2]}' names {formats.Length} formats; expected weights-X-Y.");
        var spec = new KernelSpec
        {
            Operation = parts[0] switch { "gemm" => Operation.Gemm, "spmm" => Operation.Spmm, "brgemm" => Operation.BatchReduceGemm, _ => throw new FormatException($"Operation '{parts[0]}' is not known.") },
            Weights = ParseWeights(formats[0]) with { Pattern = ParsePattern(parts[1]) },
            X = ParseX(formats[1]),
            Y = new OutputSpec { Format = NumberFormats.Parse(formats[2]) },
            Rows = ParseExtent(parts[3], 'r'),
            Depth = ParseExtent(parts[4], 'd'),
            Columns = ParseExtent(parts[5], 'c'),
            Epilogue = halves.Length < 2 ? default : halves[1].Split('-').Select(ParseTpp).ToEquatableArray(),
        };
        foreach (string part in parts.Skip(6))
        {
            if (part is "tt" or "tr" or "rt")
                spec = spec with { X = spec.X with { Layout = ParseLayout(part[0]) }, Y = spec.Y with { Layout = ParseLayout(part[1]) } };
            else if (part.StartsWith("ld", StringComparison.Ordinal))
                spec = spec with { Weights = spec.Weights with { HasStride = part.Contains('w') }, X = spec.X with { HasStride = part.Contains('x') }, Y = spec.Y with { HasStride = part.Contains('y') } };
            else if (part == "wrap")
                spec = spec with { Accumulator = Accumulator.Int32Wrap };
            else if (part.StartsWith("br", StringComparison.Ordinal))
                spec = spec with { Batch = ParseBatch(part.Substring(2)) };
            else
                throw new FormatException($"'{part}' in kernel name '{name}' is not understood.");
        }
        return spec;
    }

    private static string OperationName(Operation operation) => operation switch
    {
        Operation.Gemm => "gemm",
        Operation.Spmm => "spmm",
        _ => "brgemm",
    };

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

    private static char LayoutName(MatrixLayout layout) => layout == MatrixLayout.TokenMajor ? 't' : 'r';

    private static MatrixLayout ParseLayout(char letter) => letter == 't' ? MatrixLayout.TokenMajor : MatrixLayout.RowMajor;

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

    private static NumberFormatRow LongestFormatPrefix(string text) =>
        NumberFormats.All.Where(row => text.StartsWith(row.Name, StringComparison.Ordinal)).OrderByDescending(row => row.Name.Length).FirstOrDefault()
        ?? throw new FormatException($"'{text}' does not begin with a number format.");

    private static PatternSpec ParsePattern(string text)
    {
        if (text == "dense") return PatternSpec.Dense;
        if (text == "csr") return new PatternSpec(Pattern.Csr);
        if (text.StartsWith("srbcrs", StringComparison.Ordinal)) return new PatternSpec(Pattern.VectorRows, V: ParseInt(text.Substring(6)));
        if (text.StartsWith("nm", StringComparison.Ordinal))
        {
            string[] numbers = text.Substring(2).Split(["of"], StringSplitOptions.None);
            if (numbers.Length == 2) return new PatternSpec(Pattern.NM, N: ParseInt(numbers[0]), M: ParseInt(numbers[1]));
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
