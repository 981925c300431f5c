using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// Decides how a kernel runs on a GPU: one program to a thread block. Pure. The program is of the same form as those for CPUs, on larger tiles: those of a
/// thread block, in registers and shared memory.
/// </summary>
public static class DevicePlanner
{
    /// <summary>Whether there is a plan for a spec that breaks no rule.</summary>
    /// <remarks>
    /// Lines have one plan for tensor-core devices of any kind, and so have planes of signs, digits, relational products and sampled products of all but large blocks: no unit that only later ones have takes part in it (warp groups take factors from shared memory). Multiply-adds of any
    /// accelerator need no digits: there is a plan for every integer. Sampled products have no digits.
    /// </remarks>
    public static bool Supports(KernelSpec spec, Device device) =>
        HasBitPlanes(spec) ? device == Device.Sm80 && BitMmaSchedule.Fits(spec)
        : PlanesSchedule.Fits(spec) ? device == Device.Sm80
        : LineSchedule.Fits(spec) ? device != Device.Sm90A && LineSchedule.Reads(spec)
        : spec.Operation == Operation.Butterfly ? device != Device.Sm90A && ButterflyShape.Fits(spec)
        : spec.Operation == Operation.Rgms ? device != Device.Sm90A
        : spec.Operation == Operation.Sddmm ? SampledSchedule.Serves(spec.Y.Pattern) && (device == Device.Portable || SampledSchedule.HasText(spec) && (device != Device.Sm90A || SampledBlockSchedule.Fits(spec, device)))
        : UsesDigits(spec) ? device != Device.Sm90A
        : spec.Operation is Operation.Gemm or Operation.Spmm or Operation.BatchReduceGemm && (device == Device.Portable || IsOfBytes(spec)) && BatchTerms.Serves(spec) && (device != Device.Sm90A || HasWarpGroups(spec));

    /// <summary>Plans a spec that breaks no rule.</summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="device">What runs it.</param>
    /// <param name="aligned">
    /// The caller promises that every line of X, Y and the operands of Y's shape begins at a multiple of 16 bytes and is as long; else nothing is assumed beyond the alignment of elements.
    /// Plans for <see cref="Device.Sm90A"/> need the promise: the text for <see cref="Device.Sm80"/> serves other operands there.
    /// </param>
    /// <exception cref="ArgumentException">There is no such plan.</exception>
    public static KernelPlan Plan(KernelSpec spec, Device device, bool aligned)
    {
        if (!Supports(spec, device)) throw new ArgumentException($"{KernelName.Of(spec)} has no plan for {device}.", nameof(device));
        if (device == Device.Sm90A && !aligned) throw new ArgumentException($"Plans for {device} copy whole lines of 16 bytes.", nameof(aligned));
        return TransposedWeights.Mark(spec, PlanAsRead(TransposedWeights.AsRead(spec), device, aligned, spec.IsTransposed));
    }

    private static KernelPlan PlanAsRead(KernelSpec spec, Device device, bool aligned, bool isTransposed)
    {
        if (HasBitPlanes(spec)) return new BitMmaSchedule(spec, device, aligned).Build();
        if (PlanesSchedule.Fits(spec)) return new PlaneTableSchedule(spec, device, aligned).Build();
        if (LineSchedule.Fits(spec)) return new LineSchedule(spec, device, aligned).Build();
        if (spec.Operation == Operation.Butterfly) return new ButterflyBlockSchedule(spec, device, aligned).Build();
        if (spec.Operation == Operation.Rgms) return new RelationalBlockSchedule(spec, device, aligned).Build();
        if (SampledBlockSchedule.Fits(spec, device)) return new SampledBlockSchedule(spec, device, aligned).Build();
        if (spec.Operation == Operation.Sddmm) return new SampledSchedule(spec, device, aligned).Build();
        if (device != Device.Portable && UsesDigits(spec)) return new DigitSchedule(spec, device, aligned).Build();
        if (SparseMmaSchedule.Fits(spec, device)) return new SparseMmaSchedule(spec, device, aligned).Build();
        if (GathersElements(spec, device)) return new BankedGroupSchedule(spec, device).Build();
        if (BlockSparseSchedule.Fits(spec, device)) return new BlockSparseSchedule(spec, isTransposed).Build();
        if (!RunsDense(spec, device)) return new GatherSchedule(spec, device, aligned).Build();
        return device == Device.Sm80 && DecodeShape.For(spec, aligned) is { } decode ? new DecodeSchedule(spec, device, decode, aligned).Build() : new DenseSchedule(spec, device, aligned).Build();
    }

    /// <summary>Whether planes times powers of two are multiplied, which tensor cores alone do, and CPUs.</summary>
    internal static bool HasBitPlanes(KernelSpec spec) => spec.IsContraction && (NumberFormats.IsBitPlanes(spec.Weights.Format) || NumberFormats.IsBitPlanes(spec.X.Format));

    private static bool HasWarpGroups(KernelSpec spec) =>
        SparseMmaSchedule.Fits(spec, Device.Sm80) ? SparseMmaSchedule.Fits(spec, Device.Sm90A) : BlockSparseSchedule.Fits(spec, Device.Sm90A) || RunsDense(spec, Device.Sm90A) && WarpGroups.Obstacle(spec) is null;

    /// <summary>Vectors of integers beyond bytes on both sides and sums of 32 bits.</summary>
    internal static bool UsesDigits(KernelSpec spec) => DigitSchedule.Fits(spec) && !IsOfBytes(spec);

    /// <summary>Floats, or weights of up to eight bits with an X of bytes or floats and sums of 32 bits. Unsigned ones are digits where those serve: they stack the planes of one sign.</summary>
    private static bool IsOfBytes(KernelSpec spec)
    {
        NumberFormat weights = spec.Weights.Format;
        if (!NumberFormats.IsInteger(weights)) return true;
        if (spec.Accumulator == Accumulator.Int64) return false;
        if (!spec.IsIntegerContraction) return NumberFormats.IsQuantised(weights);
        if (spec.X.Format is not (NumberFormat.Int8 or NumberFormat.UInt8)) return false;
        return NumberFormats.IsQuantised(weights) ? NumberFormats.FitsByte(weights) : weights is NumberFormat.UInt8 or NumberFormat.UInt4 && !DigitSchedule.Fits(spec);
    }

    /// <summary>Why a tile of a user's has no effect on a kernel that the device has; null where it has.</summary>
    internal static string? TileObstacle(KernelSpec spec, Device device) =>
        HasBitPlanes(spec) ? "planes of bits are counted in tiles of the planner's own shape"
        : PlanesSchedule.Fits(spec) ? "planes of signs are looked up, and lanes are rows"
        : SparseMmaSchedule.Fits(spec, device) ? "sparse tensor cores take their weights in panels of the planner's own shape"
        : GathersElements(TransposedWeights.AsRead(spec), device) ? "with so few columns each lane gathers for itself, from all of them in shared memory"
        : BlockSparseSchedule.Fits(spec, device) ? "blocks of weights are walked in tiles of the planner's own shape"
        : UsesDigits(spec) || !RunsDense(spec, device) ? "the kernel gathers rows of X, in strips of the planner's own shape"
        : device == Device.Sm80 && DecodeShape.For(spec, aligned: true) is not null ? "with so few columns the weights are streamed through registers, and no tile stands in shared memory"
        : !Contraction.Of(spec, device).IsMma ? "multiply-adds have one tile"
        : null;

    /// <summary>Whether the kernel's rows of X are gathered.</summary>
    internal static bool Gathers(KernelSpec spec, Device device) => !SparseMmaSchedule.Fits(spec, device) && !RunsDense(spec, device);

    /// <summary>Whether, with so few columns, each weight gathers the element of X that it meets.</summary>
    internal static bool GathersElements(KernelSpec spec, Device device) => Gathers(spec, device) && !UsesDigits(spec) && BankedGroupSchedule.Fits(spec, device);

    /// <summary>A sparse pattern that would run densely on a CPU does so here only where tensor cores take it.</summary>
    private static bool RunsDense(KernelSpec spec, Device device) =>
        TilePlanner.RunsDense(spec) && (spec.Weights.Pattern.Kind == Pattern.Dense || Contraction.Of(spec, device).IsMma);
}
