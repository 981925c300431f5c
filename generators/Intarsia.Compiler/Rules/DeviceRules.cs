using Intarsia.Compiler.Backends.Gpu;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>
/// Rules on a kernel's forms for accelerators: which it has, and what they run on. They mean something only in a project whose kernels get an overload for accelerators, and there the analyzer reports them; the
/// generator asks <see cref="BlockRules"/> alone.
/// </summary>
public static class DeviceRules
{
    /// <summary>Methods of so few parameters have a portable form of no more than ILGPU's launchers take.</summary>
    private const int FewParameters = 8;

    private static readonly Func<KernelSpec, MethodSpec, IEnumerable<RuleViolation>>[] Rules = [(spec, _) => BlockRules.Check(spec), HasPortableForm, (spec, _) => RunsOnTensorCores(spec), (spec, _) => GathersFromBanks(spec), SkipsZeros, (spec, _) => DriverIsNew(spec), (spec, _) => LinesAreWhole(spec)];

    /// <summary>Checks a valid kernel.</summary>
    /// <param name="spec">What it computes.</param>
    /// <param name="method">Its declaration.</param>
    public static IReadOnlyList<RuleViolation> Check(KernelSpec spec, MethodSpec method)
    {
        if (PlanesSchedule.Fits(spec)) return [.. BlockRules.Check(spec), DiagnosticTable.PlanesOfNvidia.At(Part.Operation, method.Name, spec.Weights.Format.ToString())];
        if (spec.Butterfly is { } butterfly && !ButterflyShape.Fits(spec))
            return [DiagnosticTable.ButterflyOnHost.At(Part.Operation, method.Name, KernelRules.Text(butterfly.Length(spec.Depth.Constant)), KernelRules.Text(ButterflyShape.MostRows))];
        if (spec.Operation == Operation.Sddmm && !SampledSchedule.Serves(spec.Y.Pattern))
            return [DiagnosticTable.SampledBlocks.At(Part.Pattern, method.Name, KernelRules.Text(spec.Y.Pattern.BlockColumns), KernelRules.Text(SampledLine.Stride))];
        if (spec.Operation == Operation.Sddmm && !SampledSchedule.HasText(spec)) return [.. HasPortableForm(spec, method), SampledInPortableForm(spec)];
        if (DevicePlanner.HasBitPlanes(spec) && DevicePlanner.Supports(spec, Device.Sm80)) return [.. BlockRules.Check(spec)];
        if (DevicePlanner.HasBitPlanes(spec)) return [DiagnosticTable.BitPlanesOnHost.At(Part.Operation, method.Name, spec.Weights.Format.ToString(), spec.X.Format.ToString(), FormatRules.NumberOf(spec.Weights.Format).ToString(), FormatRules.NumberOf(spec.X.Format).ToString())];
        // What keeps operands of the host from having an overload has diagnostics of its own.
        if (!BatchTerms.Serves(spec) || !DeviceCall.IsSupported(method) || !DevicePlanner.Supports(spec, Device.Portable)) return [];
        if (!DevicePlanner.Supports(spec, Device.Sm80)) return [.. BlockRules.Check(spec), .. RunsOnTensorCoresInDigits(spec, method), .. SkipsZeros(spec, method)];
        return [.. Rules.SelectMany(rule => rule(spec, method))];
    }

    private static IEnumerable<RuleViolation> HasPortableForm(KernelSpec spec, MethodSpec method)
    {
        if (!FitsALaunch(spec, method)) yield return DiagnosticTable.NoPortableForm.At(Part.Operation, "its arrays alone would be more arguments than the 14 that ILGPU's launches take");
    }

    private static RuleViolation SampledInPortableForm(KernelSpec spec) => DiagnosticTable.NoTensorCores.At(
        Part.Operation, "the integer multiply-adds of its portable form", $"a sampled product of {spec.Weights.Format} and {spec.X.Format}{(spec.Accumulator == Accumulator.Int64 ? ", summed in 64 bits," : "")} has no digits there",
        "give both factors eight bits, with sums of 32");

    private static bool FitsALaunch(KernelSpec spec, MethodSpec method) => method.Parameters.Count <= FewParameters || GpuBackend.HasPortable(spec, method);

    /// <summary>Integers beyond bytes are digits on tensor cores, in vectors alone; all others have the portable form and nothing else.</summary>
    private static IEnumerable<RuleViolation> RunsOnTensorCoresInDigits(KernelSpec spec, MethodSpec method)
    {
        if (DigitSchedule.Obstacle(spec) is not ({ } obstacle, { } wayOut)) yield break;
        (string weights, string x) = (spec.Weights.Format.ToString(), spec.X.Format.ToString());
        yield return FitsALaunch(spec, method)
            ? DiagnosticTable.IntegersWithoutDigits.At(Part.Operation, method.Name, weights, x, obstacle, wayOut)
            : DiagnosticTable.NoOverload.At(Part.Operation, method.Name, weights, x, obstacle, wayOut);
    }

    private static IEnumerable<RuleViolation> RunsOnTensorCores(KernelSpec spec)
    {
        if (spec.Rgms is not null)
        {
            (string unit, string because) = RelationalBlockSchedule.MultiplyAdds(spec);
            yield return DiagnosticTable.NoTensorCores.At(Part.Operation, unit, because, "use [Spmm] for the edges of a relation and [Gemm] for its weights, with both factors of 16 bits");
            yield break;
        }
        if (!spec.IsContraction || spec.Butterfly is not null || DevicePlanner.UsesDigits(spec) || DecodeShape.For(spec, aligned: true) is not null || GathersElements(spec) || IsOfGroups(spec)) yield break;
        bool gathers = DevicePlanner.Gathers(spec, Device.Sm80);
        Contraction contraction = gathers ? Contraction.OfGathered(spec, Device.Sm80) : Contraction.Of(spec, Device.Sm80);
        if (contraction.IsMma) yield break;
        int colon = contraction.Reason.IndexOf(": ", StringComparison.Ordinal);
        string what = contraction.Reason.Substring(0, colon).Replace(", no tensor cores", ""), why = contraction.Reason.Substring(colon + 2);
        yield return DiagnosticTable.NoTensorCores.At(Part.Operation, what, why, WayOut(spec, gathers));
    }

    /// <summary>Groups without bank conflicts are worth something where they gather from banks.</summary>
    private static IEnumerable<RuleViolation> GathersFromBanks(KernelSpec spec)
    {
        if (IsOfGroups(spec) && BankedGroupSchedule.Obstacle(spec) is var (reason, remedy))
            yield return DiagnosticTable.NotFromBanks.At(Part.Pattern, $"GS({KernelRules.Text(spec.Weights.Pattern.Banks)}, {KernelRules.Text(spec.Weights.Pattern.PerRow)})", reason, remedy);
    }

    /// <summary>Only a walk along columns leaves out what meets a zero.</summary>
    private static IEnumerable<RuleViolation> SkipsZeros(KernelSpec spec, MethodSpec method)
    {
        if (ColumnSchedule.SkipsZeros(TransposedWeights.AsRead(spec))) yield return DiagnosticTable.ZerosNotSkipped.At(Part.Pattern, method.Name);
    }

    private static bool IsOfGroups(KernelSpec spec) => spec.Operation == Operation.Spmm && spec.Weights.Pattern is { Kind: Pattern.GatherScatter, Transposed: false };

    private static bool GathersElements(KernelSpec spec) => spec.IsContraction && DevicePlanner.GathersElements(TransposedWeights.AsRead(spec), Device.Sm80);

    private static string WayOut(KernelSpec spec, bool gathers)
    {
        WeightSpec weights = spec.Weights;
        bool half = spec.X.Format is NumberFormat.Float16 or NumberFormat.BFloat16;
        if (spec.IsIntegerContraction && weights.Asymmetric && weights.Format == NumberFormat.Int8) return "use weights without zero points";
        if (NumberFormats.HasBasis(weights.Format))
        {
            string few = spec.Operation == Operation.Gemm && DecodeShape.Rebuilds(spec) ? $"declare at most {KernelRules.Text(DecodeShape.MaxColumns)} columns, for which NVIDIA devices read coefficients and bases as they are stored, or " : "";
            return few + "unpack the weights (PackedMatrix.Unpack) and pack them as 16-bit floats, which X has to be, too";
        }
        if (weights.Format == NumberFormat.Float32 && spec.X.Format == NumberFormat.Float32) return "use 16-bit floats, or NumberFormat.TensorFloat32 for both factors";
        if (!spec.IsIntegerContraction && !(half && (weights.Format == spec.X.Format || NumberFormats.IsInteger(weights.Format)))) return "give both factors one format of 16 bits";
        if (gathers && weights.Pattern is { VectorLength: 1, WindowRows: 0, Transposed: true }) return "use Pattern.Bsr with blocks of an even number of columns, best a multiple of 8, which a transpose gathers together";
        if (gathers && weights.Pattern is { VectorLength: 1, WindowRows: 0 }) return weights.Pattern.Kind == Pattern.NM ? "use a pattern that keeps at most two of four, or Pattern.VectorRows" : "use Pattern.VectorRows, whose rows share what they gather";
        if (gathers && spec.X.Layout == MatrixLayout.TokenMajor) return "use a row-major X";
        return spec.IsIntegerContraction ? "use scale groups of a multiple of 32" : "use scale groups of a multiple of 16";
    }

    private static IEnumerable<RuleViolation> DriverIsNew(KernelSpec spec)
    {
        if (spec.IsContraction && spec.IsIntegerContraction && (spec.X.Format == NumberFormat.UInt8) != (spec.Weights.Format == NumberFormat.UInt8) && DevicePlanner.Supports(spec, Device.Sm90A))
            yield return DiagnosticTable.NewerDriver.At(Part.XFormat, "sm_90a", "signed", "unsigned bytes", "8.4", "CUDA 12.4");
    }

    /// <summary>Lines whose length is known: where one is no multiple of 16 bytes, the text for aligned operands never runs.</summary>
    private static IEnumerable<RuleViolation> LinesAreWhole(KernelSpec spec)
    {
        // With so few columns elements come one by one, wherever their lines begin.
        if (GathersElements(spec)) yield break;
        bool xTurns = spec.X.Layout == MatrixLayout.TokenMajor, yTurns = spec.Y.Layout == MatrixLayout.TokenMajor;
        (string Name, Extent Extent) rows = ("Rows", spec.Rows), depth = ("Depth", spec.IsContraction ? spec.Depth : spec.Rows), columns = ("Columns", spec.Columns);
        // Factors of a sampled product that lie across the depth are read element by element, but for large blocks of the result.
        (bool aTurns, bool bTurns) = SampledBlockSchedule.Fits(spec, Device.Sm80) ? (false, false) : spec.TurnedFactors;
        if (!bTurns && !spec.X.HasStride && Ragged("X", spec.X.Format, xTurns ? depth : columns, xTurns) is { } x) yield return x with { Part = Part.XFormat };
        if (!spec.Y.HasStride && !spec.Y.IsPacked && Ragged("Y", spec.Y.Format, yTurns ? rows : columns, yTurns) is { } y) yield return y with { Part = Part.YFormat };
        if (!aTurns && spec.IsContraction && spec.Butterfly is null && spec.Weights is { Storage: WeightStorage.Span, HasStride: false } && Ragged("W", spec.Weights.Format, spec.Weights.Layout == MatrixLayout.TokenMajor ? rows : depth, true) is { } w) yield return w with { Part = Part.WeightFormat };
    }

    private static RuleViolation? Ragged(string operand, NumberFormat format, (string Name, Extent Extent) line, bool tokenMajor)
    {
        int bytes = NumberFormats.Get(format).Bits / 8;
        if (!line.Extent.IsConstant || line.Extent.Constant * bytes % 16 == 0) return null;
        string wayOut = line.Extent.Constant == 1 && !tokenMajor ? "declare it token-major, so that its one column is one line" : $"make {line.Name} a multiple of {KernelRules.Text(16 / bytes)}, or pad the lines and pass a leading dimension";
        return DiagnosticTable.LinesAreRagged.At(Part.Method, operand, KernelRules.Text(line.Extent.Constant * bytes), wayOut);
    }
}
