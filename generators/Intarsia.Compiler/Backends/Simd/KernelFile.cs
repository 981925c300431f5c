using System.Globalization;
using Intarsia.Compiler.Backends.Native;
using Intarsia.Compiler.Backends.Vectors;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Text;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>
/// One generated file: the other half of the user's partial method and its companion, and a file-local class with the checks, the dispatcher and a driver per tier.
/// </summary>
internal sealed class KernelFile
{
    /// <summary>Lines of the tile program that are printed: those of a pattern written out are as many as its elements.</summary>
    private const int ProgramLines = 300;

    private readonly KernelSpec _spec;
    private readonly MethodSpec _method;
    private readonly Tier[] _tiers;
    private readonly string _holder;
    private readonly List<TileMethod> _tiles = [];
    private readonly List<string> _preparations = [];

    public KernelFile(KernelSpec spec, MethodSpec method, EmitOptions options)
    {
        _spec = spec;
        _method = method;
        _tiers = [.. options.Tiers.SelectMany(tier => Variants(spec, tier, options.Native)).Distinct().OrderByDescending(tier => tier)];
        _holder = string.Join("_", method.Types.Select(t => t.Name.TrimStart('@'))) + "_" + method.Name.TrimStart('@');
    }

    /// <summary>A base tier, and its forms with more instructions where the kernel has them.</summary>
    internal static Tier[] Variants(KernelSpec spec, Tier tier, bool native = true)
    {
        Tier[] coded = native && tier == Tier.Avx512 && PlanBuilder.HasNative(spec) ? [Tier.Avx512Native] : [];
        return !PlanBuilder.HasDots(spec, signedDots: tier == Tier.AdvSimd) ? [.. coded, tier] : tier switch
        {
            Tier.Avx512 => [.. coded, Tier.Avx512Vnni, tier],
            Tier.Avx2 => [Tier.Avx2Vnni, tier],
            Tier.AdvSimd => [Tier.AdvSimdDp, tier],
            _ => [tier],
        };
    }

    /// <summary>Whether a tier runs here, as C#: a constant to the JIT, or, for machine code, what was found when the code was mapped.</summary>
    internal static string Runs(Tier tier) => tier == Tier.Avx512Native ? "RunsNative" : $"CpuTier.{tier}";

    private bool IsNative => _tiers.Contains(Tier.Avx512Native);

    /// <summary>What the machine code of the kernel needs of a processor.</summary>
    private string NativeNeeds => NativeMethods.Features(_tiles.Aggregate(CpuFeatures.None, (needs, tile) => needs | (tile.Code?.Needs ?? CpuFeatures.None)));

    public EmittedKernel Write()
    {
        // A tensor carries its own stride; to the planner it is an operand with a leading dimension.
        KernelSpec planned = WithTensorStrides(_spec, _method);
        IReadOnlyList<ColumnsPlan>[] choices = [.. _tiers.Select(tier => TilePlanner.Plans(planned, tier))];
        KernelPlan[] plans = [.. choices.Select(choice => choice[choice.Count - 1].Plan)];

        (Driver[] drivers, string methods) = WriteDrivers([.. _tiers.SelectMany((tier, i) => choices[i].Select(choice => new Driver(tier, choice)))]);

        var code = new CodeWriter();
        code.Lines(FileHeader.Text($"{KernelName.Of(_spec)}"));
        WriteReasons(code, choices);
        WriteUserHalf(code);
        code.Line();
        using (code.Block($"namespace {FileHeader.Namespace}"))
        {
            code.Lines(FileHeader.Usings).Line();
            code.Line($"/// <summary>{Xml(KernelName.Of(_spec))}</summary>");
            code.Line(FileHeader.GeneratedCode);
            using (code.Block($"file static class {_holder}"))
            {
                if (IsNative) code.Line($"private static readonly bool RunsNative = {NativeMethods.Class}.Module.Runs({NativeNeeds});").Line();
                WriteInfo(code, plans);
                foreach (string preparation in _preparations) code.Line(preparation);
                code.Line();
                new EntryWriter(_spec, _method, drivers).Write(code);
                code.Raw(methods);
            }
        }
        string hint = string.Join(".", new[] { _method.Namespace }.Where(n => n.Length > 0).Concat(_method.Types.Select(t => t.Name)).Concat([_method.Name]));
        return new EmittedKernel(hint, code.ToString(), _tiles.Distinct().OrderBy(t => t.Name, StringComparer.Ordinal).ToEquatableArray());
    }

    /// <summary>The spec as the planner sees it: operands that are tensor spans have a stride.</summary>
    public static KernelSpec WithTensorStrides(KernelSpec spec, MethodSpec method)
    {
        bool IsTensor(Role role) => method.Find(role)?.Shape is ParameterShape.TensorSpan or ParameterShape.ReadOnlyTensorSpan;
        KernelSpec strided = spec with
        {
            X = spec.X with { HasStride = spec.X.HasStride || IsTensor(Role.X) },
            Y = spec.Y with { HasStride = spec.Y.HasStride || IsTensor(Role.Y) },
        };
        return spec.IsContraction ? strided with { Weights = spec.Weights with { HasStride = spec.Weights.HasStride || IsTensor(Role.Weights) } } : strided;
    }

    private static string Xml(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;");

    private void WriteReasons(CodeWriter code, IReadOnlyList<ColumnsPlan>[] choices)
    {
        for (int i = 0; i < choices.Length; i++)
        {
            foreach (ColumnsPlan choice in choices[i])
            {
                code.Line("//").Line($"// {_tiers[i]}{Columns(choice)}:");
                foreach (string reason in choice.Plan.Program.Reasons) code.Line($"//   {reason}");
            }
        }
        if (choices.Length == 0) return;
        foreach (ColumnsPlan choice in choices[0])
        {
            code.Line("//").Line($"// The tile program for {_tiers[0]}{Columns(choice)}:");
            string[] lines = choice.Plan.Program.ToString().TrimEnd('\n').Split('\n');
            foreach (string line in lines.Take(ProgramLines)) code.Line($"//   {line}");
            if (lines.Length > ProgramLines) code.Line(string.Format(CultureInfo.InvariantCulture, "//   … and {0} lines more", lines.Length - ProgramLines));
        }
        code.Line();

        static string Columns(ColumnsPlan choice) =>
            (choice.MaxColumns == 0 ? "" : string.Format(CultureInfo.InvariantCulture, ", up to {0} columns", choice.MaxColumns)) +
            (choice.MaxDensity == 0 ? "" : string.Format(CultureInfo.InvariantCulture, ", at most {0} % of X not zero", choice.MaxDensity));
    }

    private void WriteUserHalf(CodeWriter code)
    {
        var scopes = new Stack<CodeWriter.Scope>();
        if (_method.Namespace.Length > 0) scopes.Push(code.Block($"namespace {_method.Namespace}"));
        foreach (TypeSpec type in _method.Types)
            scopes.Push(code.Block($"{Words(type.Modifiers, "partial", type.Keyword, type.Name)}"));

        string parameters = string.Join(", ", _method.Parameters.Select(p => $"{p.Type} {p.Name}"));
        string arguments = string.Join(", ", _method.Parameters.Select(p => p.Name));
        code.Line($"/// <summary>What is known of the kernel <c>{_method.Name}</c>: its spec, the layout of its weights, its cost, the tier that runs.</summary>");
        code.Line(FileHeader.GeneratedCode);
        code.Line($"{Words(_method.Accessibility, "static global::Intarsia.KernelInfo", _method.Name.TrimStart('@') + "Kernel")} => global::{FileHeader.Namespace}.{_holder}.Info;");
        code.Line();
        code.Line(FileHeader.GeneratedCode);
        code.Line($"{Words(_method.Accessibility, "static", _method.IsUnsafe ? "unsafe" : "", "partial void", _method.Name)}({parameters}) =>");
        code.Line($"    global::{FileHeader.Namespace}.{_holder}.Run({arguments});");
        while (scopes.Count > 0) scopes.Pop().Dispose();
    }

    private void WriteInfo(CodeWriter code, KernelPlan[] plans)
    {
        if (IsPacked)
            code.Line($"internal static readonly global::Intarsia.WeightLayout Layout = {LayoutText(_spec)};").Line();
        if (_spec.Rgms is not null)
            code.Line($"internal static readonly global::Intarsia.WeightLayout GraphLayout = {GraphLayoutText(_spec)};").Line();
        if (Known is { } known)
        {
            code.Line($"/// <summary>The places of the weights, from '{Xml(known.File)}'.</summary>");
            using (code.Arguments("internal static readonly global::Intarsia.CsrMatrix Pattern = new(", ");"))
            {
                code.Line(string.Format(CultureInfo.InvariantCulture, "{0}, {1},", known.Rows, known.Depth));
                WriteNumbers(code, known.RowPointers, ",");
                WriteNumbers(code, known.Columns, "");
            }
            code.Line();
        }
        string tier = "Tier.Scalar", tile = "\"none\"";
        for (int i = plans.Length - 1; i >= 0; i--)
        {
            tier = i == plans.Length - 1 && _tiers[i] == Tier.Scalar ? "Tier.Scalar" : $"{Runs(_tiers[i])} ? Tier.{_tiers[i]} : {tier}";
            tile = i == plans.Length - 1 && _tiers[i] == Tier.Scalar ? Quote(plans[i].Tile) : $"{Runs(_tiers[i])} ? {Quote(plans[i].Tile)} : {tile}";
        }
        int Bits(NumberFormat format) => NumberFormats.Get(format).Bits;
        using (code.Arguments("internal static readonly global::Intarsia.KernelInfo Info = new(", InfoEnd()))
        {
            code.Line($"{Quote(string.Join(".", _method.Types.Select(t => t.Name).Concat([_method.Name])))},");
            code.Line($"{Quote(KernelName.Of(_spec))},");
            code.Line($"{(IsPacked ? "Layout" : "null")},");
            code.Line($"{Quote(Operands())},");
            code.Line($"{tier},");
            code.Line($"{tile},");
            code.Line(string.Format(CultureInfo.InvariantCulture, "({0}, {1}, {2}),", _spec.Rows.Constant, _spec.Depth.Constant, _spec.Columns.Constant));
            code.Line(string.Format(CultureInfo.InvariantCulture, "({0}, {1}, {2}){3}", _spec.IsContraction ? Bits(_spec.Weights.Format) : 0, Bits(_spec.X.Format), Bits(_spec.Y.Format), _spec.Y.IsPacked ? ", isSampled: true" : ""));
        }
    }

    private string InfoEnd()
    {
        string[] properties =
        [
            .. IsNative ? [$"NativeCode = {NativeMethods.Class}.Module.Report({NativeNeeds})"] : Array.Empty<string>(),
            .. Known is null ? Array.Empty<string>() : ["Pattern = Pattern"],
            .. _spec.Butterfly is { } butterfly ? [FormattableString.Invariant($"Factors = {butterfly.Count(_spec.Rows.Constant, _spec.Depth.Constant)}")] : Array.Empty<string>(),
            .. _spec.Rgms is { } relational ? [FormattableString.Invariant($"Relations = {relational.Relations}"), "Graph = GraphLayout"] : Array.Empty<string>(),
        ];
        return properties.Length == 0 ? ");" : $") {{ {string.Join(", ", properties)} }};";
    }

    /// <summary>A list of numbers, some to a line.</summary>
    private static void WriteNumbers(CodeWriter code, EquatableArray<int> numbers, string end)
    {
        const int perLine = 32;
        string[] lines = [.. Enumerable.Range(0, (numbers.Count + perLine - 1) / perLine).Select(line => string.Join(", ", numbers.Skip(line * perLine).Take(perLine).Select(number => number.ToString(CultureInfo.InvariantCulture))))];
        if (lines.Length <= 1) code.Line($"[{string.Concat(lines)}]{end}");
        else using (code.Arguments("[", "]" + end)) foreach (string line in lines) code.Line(line + ",");
    }

    private KnownPattern? Known => _spec.IsContraction ? _spec.Weights.Pattern.Known : null;

    private bool IsPacked => _spec.Y.IsPacked || (_spec.IsContraction && _spec.Weights.Storage == WeightStorage.Packed);

    private string Operands()
    {
        static string Layout(MatrixLayout layout, string row, string token) => layout switch { MatrixLayout.TokenMajor => token, MatrixLayout.BitPlanes => token + " in planes", _ => row };
        if (!_spec.IsContraction)
            return $"X {NumberFormats.Name(_spec.X.Format)}, Y {NumberFormats.Name(_spec.Y.Format)}, both {Layout(_spec.Y.Layout, "[rows, columns]", "[tokens, rows]")}";
        if (_spec.Operation == Operation.Sddmm)
            return $"A {NumberFormats.Name(_spec.Weights.Format)} {Layout(_spec.Weights.Layout, "[rows, depth]", "[depth, rows]")}, B {NumberFormats.Name(_spec.X.Format)} {Layout(_spec.X.Layout, "[depth, columns]", "[columns, depth]")}, D {NumberFormats.Name(_spec.Y.Format)} {_spec.Y.Pattern} [rows, columns]";
        if (_spec.Rgms is { } relational)
            return $"graph {NumberFormats.Name(relational.Edges)} csr [nodes, {relational.Relations.ToString(CultureInfo.InvariantCulture)} x sources], W {NumberFormats.Name(_spec.Weights.Format)} [rows, {relational.Relations.ToString(CultureInfo.InvariantCulture)} x depth], X {NumberFormats.Name(_spec.X.Format)} [sources, depth], Y {NumberFormats.Name(_spec.Y.Format)} [nodes, rows]";
        string weights = _spec.Butterfly is { } butterfly
            ? FormattableString.Invariant($"factors {NumberFormats.Name(_spec.Weights.Format)} [{butterfly.Stacks(_spec.Rows.Constant, _spec.Depth.Constant)}, {butterfly.Blocks}, {butterfly.Stages(_spec.Depth.Constant)}, {butterfly.Elements(_spec.Depth.Constant) / 2}, 2, 2{(butterfly.Complex ? ", 2" : "")}]")
            : $"W {NumberFormats.Name(_spec.Weights.Format)} {_spec.Weights.Pattern with { Transposed = false }} {(_spec.IsTransposed ? "[depth, rows], transposed" : "[rows, depth]")}";
        return weights
            + $", X {NumberFormats.Name(_spec.X.Format)} {Layout(_spec.X.Layout, "[depth, columns]", "[tokens, depth]")}"
            + $", Y {NumberFormats.Name(_spec.Y.Format)} {Layout(_spec.Y.Layout, "[rows, columns]", "[tokens, rows]")}";
    }

    /// <summary>The layout of the packed operand: the weights, or the result of a sampled product.</summary>
    internal static string LayoutText(KernelSpec spec) =>
        LayoutText(spec.Operation == Operation.Sddmm ? new WeightSpec { Pattern = spec.Y.Pattern, Format = spec.Y.Format, Scale = spec.Y.Scale } : spec.Weights);

    /// <summary>The layout of the packed edges of a relational product.</summary>
    internal static string GraphLayoutText(KernelSpec spec) => LayoutText(new WeightSpec { Pattern = new PatternSpec(Pattern.Csr), Format = spec.Rgms!.Edges });

    private static string LayoutText(WeightSpec weights)
    {
        PatternSpec pattern = weights.Pattern;
        var properties = new List<string>();
        if (pattern.Kind == Pattern.NM) properties.Add(string.Format(CultureInfo.InvariantCulture, "N = {0}, M = {1}", pattern.N, pattern.M));
        if (pattern.V > 0) properties.Add(string.Format(CultureInfo.InvariantCulture, "V = {0}", pattern.V));
        if (pattern.Kind == Pattern.Bsr) properties.Add(string.Format(CultureInfo.InvariantCulture, "BlockRows = {0}, BlockColumns = {1}", pattern.BlockRows, pattern.BlockColumns));
        if (pattern.DoublyCompressed) properties.Add("DoublyCompressed = true");
        if (pattern.Width > 0) properties.Add(string.Format(CultureInfo.InvariantCulture, "Width = {0}", pattern.Width));
        if (pattern.Kind == Pattern.Hyb) properties.Add(string.Format(CultureInfo.InvariantCulture, "Partitions = {0}, BucketExponent = {1}", pattern.Partitions, pattern.BucketExponent));
        if (pattern.Lanes > 0) properties.Add(string.Format(CultureInfo.InvariantCulture, "Lanes = {0}", pattern.Lanes));
        if (pattern.Banks > 0) properties.Add(string.Format(CultureInfo.InvariantCulture, "Banks = {0}, PerRow = {1}", pattern.Banks, pattern.PerRow));
        if (pattern.Groups > 0) properties.Add(string.Format(CultureInfo.InvariantCulture, "Groups = {0}", pattern.Groups));
        if (pattern.Scatter) properties.Add("Scatter = true");
        if (pattern.Fill > 0) properties.Add(string.Format(CultureInfo.InvariantCulture, "Fill = {0}", pattern.Fill));
        if (pattern.Parts.Count > 0) properties.Add($"Parts = [{string.Join(", ", pattern.Parts.Select(part => LayoutText(new WeightSpec { Pattern = part, Format = weights.Format })))}]");
        if (weights.Scale != Per.None) properties.Add($"Scale = global::Intarsia.Per.{weights.Scale}");
        if (weights.ScaleGroup > 0) properties.Add(string.Format(CultureInfo.InvariantCulture, "ScaleGroup = {0}", weights.ScaleGroup));
        if (weights.Asymmetric) properties.Add("Asymmetric = true");
        string text = $"new(global::Intarsia.Pattern.{pattern.Kind}, global::Intarsia.NumberFormat.{weights.Format})";
        return properties.Count == 0 ? text : $"{text} {{ {string.Join(", ", properties)} }}";
    }

    /// <summary>The methods of drivers. Tiers that run a plan in the same way share one, under the name of the lowest of them.</summary>
    private (Driver[] Named, string Methods) WriteDrivers(Driver[] drivers)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var methods = new List<string>();
        for (int i = drivers.Length - 1; i >= 0; i--)
        {
            KernelPlan plan = drivers[i].Plan;
            string parameters = string.Join(", ", DriverParameters(plan).Select(p => p.Declaration)), body = WriteDriver(plan), key = $"{plan.Tile}({parameters})\n{body}";
            if (!names.TryGetValue(key, out string? name))
            {
                names.Add(key, name = drivers[i].Name);
                var code = new CodeWriter(indent: 2);
                code.Line().Line($"/// <summary>{Xml(plan.Tile)}.</summary>").Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
                using (code.Block($"private static void {name}({parameters})")) code.Raw(body);
                methods.Insert(0, code.ToString());
            }
            drivers[i] = drivers[i] with { Name = name };
        }
        return (drivers, string.Concat(methods));
    }

    private string WriteDriver(KernelPlan plan)
    {
        var code = new CodeWriter(indent: 3);
        foreach (IGrouping<(PreparedKind, int, int, int, bool), Binding.Prepared> group in plan.Bindings.OfType<Binding.Prepared>().GroupBy(b => (b.Kind, b.Width, b.Interleave, b.DepthTile, b.Transposed)))
        {
            (PreparedKind kind, int width, int interleave, int depthTile, bool transposed) = group.Key;
            string weights = kind is PreparedKind.PlanePanel or PreparedKind.BasisPanel or PreparedKind.BitPanel ? $"{kind}Weights" : $"{kind}Weights<{PreparedElement(plan.Program.Buffers.Single(b => plan.Bindings.OfType<Binding.Prepared>().Any(p => p.Part == PreparedPart.Values && p.Kind == kind && p.Buffer == b.Name)).Element)}>";
            bool ofGraph = group.First().OfGraph;
            code.Line($"{weights} {(ofGraph ? "edges" : "prepared")} = {Preparation(weights, width, interleave, depthTile, transposed)}{(kind is PreparedKind.Stream or PreparedKind.Column or PreparedKind.Group ? ".InParts(parts)" : "")}.Of({(ofGraph ? "graph" : "packed")});");
            foreach (Binding.Prepared binding in group)
            {
                Tiles.BufferDecl buffer = plan.Program.Buffers.Single(b => b.Name == binding.Buffer);
                code.Line($"ref {VectorIsa.ElementName(buffer.Element)} {binding.Buffer} = ref {(ofGraph ? "edges" : "prepared")}.{binding.Part};");
            }
        }
        foreach (Binding.PackedScales binding in plan.Bindings.OfType<Binding.PackedScales>())
            code.Line($"ref float {binding.Buffer} = ref MemoryMarshal.GetReference(packed.Scales);");
        foreach (Binding.PackedPattern binding in plan.Bindings.OfType<Binding.PackedPattern>())
            code.Line($"ref int {binding.Buffer} = ref SampledOutput.{binding.Part}(packed);");
        foreach (Binding.PackedValues binding in plan.Bindings.OfType<Binding.PackedValues>())
        {
            string element = VectorIsa.ElementName(plan.Program.Buffers.Single(b => b.Name == binding.Buffer).Element);
            code.Line($"ref {element} {binding.Buffer} = ref SampledOutput.Values<{element}>(packed);");
        }
        _tiles.AddRange(DriverLowering.Write(plan, code));
        return code.ToString();
    }

    /// <summary>Several weights to a byte are prepared as they are, or as codes from 0.</summary>
    private static string PreparedElement(Tiles.ElementType element) => element == Tiles.ElementType.S4 ? "sbyte" : VectorIsa.ElementName(element);

    private string Preparation(string weights, int width, int interleave, int depthTile, bool transposed)
    {
        string name = string.Format(CultureInfo.InvariantCulture, "{0}{1}x{2}x{3}{4}", weights.Substring(0, weights.IndexOf("Weights", StringComparison.Ordinal)), width, interleave, depthTile, transposed ? "Transposed" : "");
        string field = string.Format(CultureInfo.InvariantCulture, "private static readonly Preparation<{0}> {1} = new({2}, {3}, {4}{5});", weights, name, width, interleave, depthTile, transposed ? ", transposed: true" : "");
        if (!_preparations.Contains(field)) _preparations.Add(field);
        return name;
    }

    /// <summary>The parameters of a driver: the packed weights, the operands by reference, the run-time sizes.</summary>
    public static IEnumerable<DriverParameter> DriverParameters(KernelPlan plan)
    {
        if (plan.Bindings.Any(b => b is Binding.Prepared or Binding.PackedScales or Binding.PackedValues)) yield return new DriverParameter("global::Intarsia.PackedMatrix packed", null, "");
        if (plan.Bindings.Any(b => b is Binding.Prepared { OfGraph: true })) yield return new DriverParameter("global::Intarsia.PackedMatrix graph", null, "") { IsGraph = true };
        foreach (Binding.Operand binding in plan.Bindings.OfType<Binding.Operand>())
        {
            Tiles.BufferDecl buffer = plan.Program.Buffers.Single(b => b.Name == binding.Buffer);
            yield return new DriverParameter($"ref {VectorIsa.ElementName(buffer.Element)} {binding.Buffer}", binding, "");
        }
        foreach (Tiles.BufferDecl buffer in WorkingMemory.Common(plan.Program)) yield return new DriverParameter($"ref {VectorIsa.ElementName(buffer.Element)} {buffer.Name}", null, "") { Common = buffer };
        // What counts stored elements, or their places, bounds no loop of a driver.
        foreach (string size in plan.Program.Sizes.Where(size => size is not (KernelPlan.StoredSize or KernelPlan.SlotsSize))) yield return new DriverParameter($"nint {size}", null, size);
        foreach (string bound in Spreading.Bounds(plan)) yield return new DriverParameter($"nint {bound}", null, bound);
    }

    private static string Words(params string[] words) => string.Join(" ", words.Where(w => w.Length > 0));

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
}

/// <summary>The method that runs one plan of a tier.</summary>
internal sealed record Driver(Tier Tier, ColumnsPlan Choice)
{
    public KernelPlan Plan => Choice.Plan;

    public string Name { get; init; } = Tier + (Choice.MaxDensity > 0 ? "FewActive" : Choice.MaxColumns > 0 ? "FewColumns" : "");
}

/// <summary>One parameter of a driver: an operand, a size, working memory of the call, or (none of them) the packed weights or graph.</summary>
internal sealed record DriverParameter(string Declaration, Binding.Operand? Operand, string Size)
{
    /// <summary>It is the packed graph, not the weights.</summary>
    public bool IsGraph { get; init; }

    /// <summary>The working memory that the call has in common; null for anything else.</summary>
    public Tiles.BufferDecl? Common { get; init; }
}
