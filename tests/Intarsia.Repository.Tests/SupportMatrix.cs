using System.Text;
using Intarsia.Compiler;
using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;

namespace Intarsia.Repository.Tests;

/// <summary>
/// Writes the README's support matrix, operation × pattern × number formats × tier and accelerator, by asking the rules about a representative of each cell, and the emitter for its tiers.
/// Nothing is listed by hand but the parameters of a representative.
/// </summary>
internal static class SupportMatrix
{
    private static readonly (string Name, Operation Operation, PatternSpec Pattern)[] Rows =
    [
        ("`[Gemm]`, dense", Operation.Gemm, PatternSpec.Dense),
        ("`[Spmm]`, N:M", Operation.Spmm, new PatternSpec(Pattern.NM, N: 2, M: 4)),
        ("`[Spmm]`, V×1", Operation.Spmm, new PatternSpec(Pattern.VectorRows, V: 4)),
        ("`[Spmm]`, CSR", Operation.Spmm, new PatternSpec(Pattern.Csr)),
        ("`[Spmm]`, BSR", Operation.Spmm, new PatternSpec(Pattern.Bsr) { BlockRows = 64, BlockColumns = 192 }),
        ("`[Spmm]`, ELL", Operation.Spmm, new PatternSpec(Pattern.Ell) { Width = 32 }),
        ("`[Spmm]`, hyb", Operation.Spmm, new PatternSpec(Pattern.Hyb) { Partitions = 1, BucketExponent = 5 }),
        ("`[Spmm]`, row windows", Operation.Spmm, new PatternSpec(Pattern.RowWindows)),
        ("`[Spmm]`, sums", Operation.Spmm, new PatternSpec(Pattern.Composite) { Parts = EquatableArray.Of(new PatternSpec(Pattern.NM, N: 2, M: 4), new PatternSpec(Pattern.Csr)) }),
        ("`[Spmm]`, relative CSC", Operation.Spmm, new PatternSpec(Pattern.RelativeCsc) { Lanes = 4 }),
        ("`[Spmm]`, GS(B, k)", Operation.Spmm, new PatternSpec(Pattern.GatherScatter) { Banks = 16, PerRow = 1 }),
        ("`[Sddmm]`, N:M", Operation.Sddmm, new PatternSpec(Pattern.NM, N: 2, M: 4)),
        ("`[Sddmm]`, V×1", Operation.Sddmm, new PatternSpec(Pattern.VectorRows, V: 4)),
        ("`[Sddmm]`, CSR", Operation.Sddmm, new PatternSpec(Pattern.Csr)),
        ("`[Sddmm]`, ELL", Operation.Sddmm, new PatternSpec(Pattern.Ell) { Width = 32 }),
        ("`[Sddmm]`, BSR", Operation.Sddmm, new PatternSpec(Pattern.Bsr) { BlockRows = 64, BlockColumns = 192 }),
        ("`[Sddmm]`, hyb", Operation.Sddmm, new PatternSpec(Pattern.Hyb) { Partitions = 1, BucketExponent = 5 }),
        ("`[Sddmm]`, row windows", Operation.Sddmm, new PatternSpec(Pattern.RowWindows)),
        ("`[Sddmm]`, sums", Operation.Sddmm, new PatternSpec(Pattern.Composite) { Parts = EquatableArray.Of(new PatternSpec(Pattern.NM, N: 2, M: 4), new PatternSpec(Pattern.Csr)) }),
        ("`[Sddmm]`, relative CSC", Operation.Sddmm, new PatternSpec(Pattern.RelativeCsc) { Lanes = 4 }),
        ("`[Sddmm]`, GS(B, k)", Operation.Sddmm, new PatternSpec(Pattern.GatherScatter) { Banks = 16, PerRow = 1 }),
        ("`[Butterfly]`", Operation.Butterfly, PatternSpec.Dense),
        ("`[Rgms]`", Operation.Rgms, PatternSpec.Dense),
        ("`[BatchReduceGemm]`", Operation.BatchReduceGemm, PatternSpec.Dense),
        .. Operations.All.Where(row => !row.IsContraction).Select(row => ($"`[{row.Attribute}]`", row.Operation, PatternSpec.Dense)),
    ];

    private static readonly Accumulator[] Accumulators = [Accumulator.Default, Accumulator.Int64, Accumulator.Int32Wrap];

    private static readonly NumberFormatRow[] WeightFormats = [.. Formats().Where(row => row.AllowedAsWeights || Candidates(Operation.Sddmm, new PatternSpec(Pattern.Csr), row.Format, row.Format, NumberFormat.Int32).Any(KernelRules.IsValid))];
    private static readonly NumberFormatRow[] XFormats = [.. Formats().Where(row => row.AllowedAsActivations || Operations.All.Any(o => !o.IsContraction && Candidates(o.Operation, PatternSpec.Dense, row.Format, row.Format, NumberFormat.Float32).Any(KernelRules.IsValid)))];
    private static readonly NumberFormatRow[] YFormats = [.. Formats().Where(row => row.AllowedAsOutput || row.BitPlanes > 0)];

    /// <summary>All formats, but of planes, which differ by their number, those of one and of eight alone.</summary>
    private static IEnumerable<NumberFormatRow> Formats() => NumberFormats.All.Where(row => row.BitPlanes is 0 or 1 or 8);

    /// <summary>The valid kernels that were found; null where there is none. The table and the list of representatives ask for the same ones.</summary>
    private static readonly Dictionary<(Operation, PatternSpec, NumberFormat, NumberFormat, NumberFormat), KernelSpec?> s_found = [];

    /// <summary>The text between the README's markers.</summary>
    public static string Write()
    {
        var tiers = new Dictionary<(string Row, NumberFormat Weights, NumberFormat X), HashSet<string>>();
        var text = new StringBuilder();
        (string Name, NumberFormatRow Weights, string[] Cells)[] cells = [.. from row in Rows
            from weights in Operations.Get(row.Operation).IsContraction ? WeightFormats : [WeightFormats[0] with { Name = "–" }]
            select (row.Name, weights, XFormats.Select(x => Cell(row.Name, row.Operation, row.Pattern, weights.Format, x.Format, tiers)).ToArray())];
        // Formats of X that can do the same share a column.
        int[][] columns = [.. Enumerable.Range(0, XFormats.Length).GroupBy(x => string.Join("|", cells.Select(line => line.Cells[x])), (_, same) => same.ToArray())];
        text.Append("A row is an operation, a pattern and formats of `W` (– where it has none), a column formats of `X`; the cell lists the formats of `Y`. Of `[Sddmm]`, `W` is A, `X` is B, and `Y` is D, which has the pattern; of `[Butterfly]`, `W` is the factors; of `[Rgms]`, edges are `s8` where `X` is bytes, else `f32`, `f16` or `bf16`. Of planes, one and eight stand for all numbers.\n\n");
        text.Append("| | `W` |").AppendJoin("|", columns.Select(same => $" `X` {string.Join(" ", same.Select(x => XFormats[x].Name))} ")).Append("|\n|---|---|").Append(string.Concat(columns.Select(_ => "---|"))).Append('\n');
        foreach (IGrouping<string, (string Name, NumberFormatRow Weights, string[] Cells)> row in cells.GroupBy(line => line.Name))
        {
            // Weight formats that can do the same share a line; an operation without weights has one.
            var lines = row.GroupBy(line => string.Join("|", columns.Select(same => $" {line.Cells[same[0]]} ")), line => line.Weights.Name);
            foreach (var line in lines.Where(line => line.Key.Any(char.IsLetter))) text.Append($"| {row.Key} | {string.Join(" ", line)} |{line.Key}|\n");
        }
        text.Append("\nN:M: every 1 ≤ N ≤ M, M one of ").AppendJoin(", ", LegalM()).Append("; groups of V rows may share what they keep (V:N:M), V one of ").AppendJoin(", ", LegalV(new PatternSpec(Pattern.NM, N: 2, M: 4)).Skip(1)).Append(". V×1: V one of ").AppendJoin(", ", LegalV(new PatternSpec(Pattern.VectorRows))).Append(". BSR, also doubly compressed: blocks of 1 to 1024 rows and columns, of `pot4b` a multiple of three columns. ELL: rows of 1 to 65536 places. hyb(c, k): 1 to 1024 partitions, buckets of up to 2^k places, k of 0 to 16. Row windows: 16 rows, blocks of 16×8. Sums: 2 to 8 of these formats, of which each takes elements that those before it leave. Relative CSC, which no sum has: 1 to 1024 lanes. GS(B, k), which no sum has either: 4, 8, 16 or 32 banks, k a divisor of them, with and without scatter.\n");
        text.Append("\nOf `[Spmm]`, weights may be packed transposed (`Transposed = true`), with one scale for the tensor or none: ").AppendJoin(", ", Rows.Where(IsTransposable).Select(row => row.Name.Substring(row.Name.IndexOf(',') + 2))).Append("; all formats but ")
            .AppendJoin(", ", WeightFormats.Where(format => format.AllowedAsWeights && NumberFormats.HasZero(format.Format) && !IsTransposable(format)).Select(format => format.Name)).Append(".\n");
        HashSet<string> everywhere = [.. Enum.GetNames<Tier>()];
        foreach (HashSet<string> emitted in tiers.Values) everywhere.IntersectWith(emitted);
        text.Append($"\nEvery cell is emitted for {Names(everywhere)}.\n");
        AppendSame(text, tiers.ToDictionary(pair => pair.Key, pair => Names(pair.Value.Except(everywhere))), "also for ");
        text.Append("\nIn projects that reference `Intarsia.Ilgpu` a cell has a portable form for every accelerator, and text for `sm_80`, but:\n");
        AppendSame(text, Representatives.ToDictionary(cell => (cell.Row, cell.Weights, cell.X), cell => Missing(cell.Spec)), "no ");
        text.Append("\nText for the warp groups of `sm_90a` beside it, of some order of the operands and blocks of a multiple of 64:\n");
        AppendSame(text, Representatives.ToDictionary(cell => (cell.Row, cell.Weights, cell.X), cell => Has(cell.Spec, Device.Sm90A) ? "yes" : ""), "");
        return text.ToString();
    }

    /// <summary>Lines of what cells have, where they have something: weights that have the same with the same formats of X share one, and so do rows.</summary>
    private static void AppendSame(StringBuilder text, Dictionary<(string Row, NumberFormat Weights, NumberFormat X), string> cells, string what)
    {
        var byX = cells.Where(pair => pair.Value.Length > 0).GroupBy(pair => (pair.Key.Row, pair.Key.Weights, pair.Value), pair => pair.Key.X);
        var byWeights = byX.GroupBy(of => (of.Key.Row, of.Key.Value, X: Formats(of)), of => of.Key.Weights);
        foreach (var same in byWeights.GroupBy(of => (of.Key.Value, of.Key.X, Weights: Formats(of)), of => of.Key.Row))
            text.Append($"- {string.Join("; ", same)}, `W` {same.Key.Weights} with `X` {same.Key.X}{(what.Length == 0 ? "" : $": {what}{same.Key.Value}")}.\n");
    }

    private static string Missing(KernelSpec spec)
    {
        (Device Device, string Name)[] forms = [(Device.Portable, "portable form"), (Device.Sm80, "text for `sm_80`")];
        return string.Join(", no ", forms.Where(form => !Has(spec, form.Device)).Select(form => form.Name));
    }

    /// <summary>Whether a device has a form of the kernel for some order of its operands.</summary>
    private static bool Has(KernelSpec spec, Device device)
    {
        MatrixLayout[] layouts = NumberFormats.IsBitPlanes(spec.X.Format) ? [MatrixLayout.BitPlanes] : [MatrixLayout.RowMajor, MatrixLayout.TokenMajor];
        return layouts.Any(layout => DevicePlanner.Supports(spec with { X = spec.X with { Layout = layout } }, device)
            || !spec.Y.IsPacked && DevicePlanner.Supports(spec with { X = spec.X with { Layout = layout }, Y = spec.Y with { Layout = MatrixLayout.TokenMajor } }, device));
    }

    /// <summary>A valid kernel of each cell of the matrix that has one.</summary>
    public static IReadOnlyList<(string Row, NumberFormat Weights, NumberFormat X, KernelSpec Spec)> Representatives { get; } =
    [
        .. from row in Rows
           from weights in Operations.Get(row.Operation).IsContraction ? WeightFormats : WeightFormats[..1]
           from x in XFormats
           let spec = Representative(row.Operation, row.Pattern, weights.Format, x.Format)
           where spec is not null
           select (row.Name, weights.Format, x.Format, spec),
    ];

    private static KernelSpec? Representative(Operation operation, PatternSpec pattern, NumberFormat weights, NumberFormat x) =>
        YFormats.Select(y => FirstValid(operation, pattern, weights, x, y.Format)).FirstOrDefault(spec => spec is not null);

    private static KernelSpec? FirstValid(Operation operation, PatternSpec pattern, NumberFormat weights, NumberFormat x, NumberFormat y)
    {
        if (!s_found.TryGetValue((operation, pattern, weights, x, y), out KernelSpec? found))
            s_found[(operation, pattern, weights, x, y)] = found = Candidates(operation, pattern, weights, x, y).FirstOrDefault(KernelRules.IsValid);
        return found;
    }

    private static bool IsTransposable((string Name, Operation Operation, PatternSpec Pattern) row) =>
        row.Operation == Operation.Spmm && Candidates(row.Operation, row.Pattern with { Transposed = true }, NumberFormat.Float32, NumberFormat.Float32, NumberFormat.Float32).Any(KernelRules.IsValid);

    private static bool IsTransposable(NumberFormatRow weights) => XFormats.Any(x => YFormats.Any(y =>
        Candidates(Operation.Spmm, new PatternSpec(Pattern.Bsr) { BlockRows = 16, BlockColumns = 48, Transposed = true }, weights.Format, x.Format, y.Format).Any(KernelRules.IsValid)));

    /// <summary>The formats of Y for which some chain is valid; keeps in <paramref name="tiers"/> those that the first of these kernels was emitted for.</summary>
    private static string Cell(string row, Operation operation, PatternSpec pattern, NumberFormat weights, NumberFormat x, Dictionary<(string Row, NumberFormat Weights, NumberFormat X), HashSet<string>> tiers)
    {
        var formats = new List<string>();
        foreach (NumberFormatRow y in YFormats)
        {
            KernelSpec? valid = FirstValid(operation, pattern, weights, x, y.Format);
            if (valid is null) continue;
            formats.Add(y.Name);
            if (formats.Count == 1) tiers[(row, weights, x)] = EmittedTiers(valid);
        }
        return formats.Count == 0 ? "–" : string.Join(" ", formats);
    }

    /// <summary>What the emitter asks, for a file that is not written here: the product space writes those of every cell.</summary>
    private static HashSet<string> EmittedTiers(KernelSpec spec) => [.. BuildRules.BaseTiers.SelectMany(tier => KernelFile.Variants(spec, tier)).Select(tier => tier.ToString())];

    /// <summary>A declaration of the kernel, as the generator would have read it.</summary>
    public static MethodSpec Declare(KernelSpec spec)
    {
        string Span(NumberFormat format, bool writable = false) => $"{(writable ? "" : "ReadOnly")}Span<{NumberFormats.Get(format).ElementType}>";
        var parameters = new List<ParameterSpec>();
        void Add(string name, string type, ParameterShape shape, string element, Role role) => parameters.Add(new ParameterSpec(name, "global::System." + type, shape, element, role));
        void AddInt(string name, Role role) => parameters.Add(new ParameterSpec(name, "int", ParameterShape.Scalar, "int", role));

        if (!spec.IsContraction) AddInt("rows", Role.Rows);
        else if (spec.Weights.Storage == WeightStorage.Packed) parameters.Add(new ParameterSpec("w", "global::Intarsia.PackedMatrix", ParameterShape.Packed, "", Role.Weights));
        else Add("w", Span(spec.Weights.Format), ParameterShape.ReadOnlySpan, NumberFormats.Get(spec.Weights.Format).ElementType, Role.Weights);
        Add("x", Span(spec.X.Format), ParameterShape.ReadOnlySpan, NumberFormats.Get(spec.X.Format).ElementType, Role.X);
        if (spec.X.Scale != Per.None) Add("xScale", Span(NumberFormat.Float32), ParameterShape.ReadOnlySpan, "float", Role.XScale);
        if (spec.Y.IsPacked) parameters.Add(new ParameterSpec("y", "global::Intarsia.PackedMatrix", ParameterShape.Packed, "", Role.Y));
        else Add("y", Span(spec.Y.Format, writable: true), ParameterShape.Span, NumberFormats.Get(spec.Y.Format).ElementType, Role.Y);
        if (spec.Sddmm is not null) AddInt("depth", Role.Depth);
        if (spec.Epilogue.Contains(Tpp.Requantise)) parameters.Add(new ParameterSpec("yScale", "float", ParameterShape.Scalar, "float", Role.YScale));
        if (spec.Batch is not null)
        {
            AddInt("rows", Role.Rows);
            AddInt("depth", Role.Depth);
            AddInt("strideA", Role.BatchWeightsStride);
            AddInt("strideB", Role.BatchXStride);
            AddInt("count", Role.BatchCount);
        }
        if (spec.Rgms is not null) parameters.Add(new ParameterSpec("graph", "global::Intarsia.PackedMatrix", ParameterShape.Packed, "", Role.Graph));
        else if (!spec.Y.IsPacked) AddInt("columns", Role.Columns);
        return new MethodSpec
        {
            Namespace = "Matrix",
            Types = EquatableArray.Of(new TypeSpec("class", "static", "Kernels")),
            Name = "Representative",
            Accessibility = "public",
            Parameters = parameters.ToEquatableArray(),
        };
    }

    private static string Names(IEnumerable<string> tiers) => string.Join(", ", tiers.OrderBy(tier => Enum.Parse<Tier>(tier)).Select(tier => $"`{tier}`"));

    private static IEnumerable<KernelSpec> Candidates(Operation operation, PatternSpec pattern, NumberFormat weights, NumberFormat x, NumberFormat y)
    {
        bool batch = operation == Operation.BatchReduceGemm, butterfly = operation == Operation.Butterfly, relational = operation == Operation.Rgms, sampled = operation == Operation.Sddmm, hasScales = NumberFormats.IsInteger(weights) || NumberFormats.HasBasis(weights);
        Tpp[][] chains = [[], [Tpp.Requantise], [Tpp.Dequantise], [Tpp.Dequantise, Tpp.Requantise]];
        foreach ((Tpp[] chain, Accumulator accumulator) in from chain in chains from accumulator in Accumulators select (chain, accumulator))
        {
            var spec = new KernelSpec
            {
                Operation = operation,
                X = new ActivationSpec { Format = x, Scale = chain.Contains(Tpp.Dequantise) ? relational ? Per.Tensor : Per.Token : Per.None, Layout = sampled || relational ? MatrixLayout.TokenMajor : MatrixLayout.RowMajor },
                Y = new OutputSpec { Format = y, Layout = NumberFormats.IsBitPlanes(y) ? MatrixLayout.BitPlanes : relational ? MatrixLayout.TokenMajor : MatrixLayout.RowMajor, Pattern = sampled ? pattern : PatternSpec.Dense },
                Epilogue = chain.ToEquatableArray(),
                Sddmm = sampled ? new SddmmSpec() : null,
                Rgms = relational ? new RgmsSpec(4, x is NumberFormat.Int8 or NumberFormat.UInt8 ? NumberFormat.Int8 : NumberFormat.Float32) : null,
                Butterfly = butterfly ? new ButterflySpec() : null,
                Rows = new Extent(butterfly ? 64 : 0),
                Depth = new Extent(butterfly ? 64 : 0),
                Accumulator = accumulator,
                Batch = batch ? new BatchSpec(BatchAddressing.Stride, HasBeta: false) : null,
                Softmax = operation == Operation.Softmax ? new SoftmaxSpec() : null,
                Norm = operation is Operation.LayerNorm or Operation.RmsNorm ? new NormSpec() : null,
            };
            yield return !spec.IsContraction ? spec : spec with
            {
                Weights = new WeightSpec
                {
                    Pattern = sampled ? PatternSpec.Dense : pattern,
                    Format = weights,
                    Storage = batch || sampled || butterfly ? WeightStorage.Span : WeightStorage.Packed,
                    Scale = hasScales && !batch && !sampled && !butterfly ? pattern.Transposed ? Per.Tensor : Per.Row : Per.None,
                },
            };
        }
    }

    private static string Formats(IEnumerable<NumberFormat> formats) => string.Join(" ", formats.Distinct().Select(NumberFormats.Name));

    private static IEnumerable<int> LegalM() => Enumerable.Range(1, 64).Where(m => Enumerable.Range(1, m).All(n => IsLegal(new PatternSpec(Pattern.NM, N: n, M: m))));

    private static IEnumerable<int> LegalV(PatternSpec pattern) => Enumerable.Range(1, 64).Where(v => IsLegal(pattern with { V = v }));

    private static bool IsLegal(PatternSpec pattern) => KernelRules.IsValid(Candidates(Operation.Spmm, pattern, NumberFormat.Float32, NumberFormat.Float32, NumberFormat.Float32).First());
}
