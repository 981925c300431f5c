using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// How a thread block shares out a product of few columns: each warp streams <see cref="WarpRows"/> rows of the weights, its lanes along the depth, <see cref="Step"/> elements (16 bytes) at a time.
/// </summary>
/// <param name="Contraction">The instruction, and what it reads.</param>
/// <param name="WarpRows">Rows of a warp: every element of X that it reads serves so many products.</param>
/// <param name="Warps">Warps along the rows, and along the depth.</param>
/// <param name="Step">Depth that a thread takes at a time.</param>
/// <param name="Unroll">Steps whose loads are on their way at once.</param>
/// <param name="Chunk">Depth of X that stands in shared memory.</param>
/// <param name="Team">Neighbouring lanes that add up one scale group of integers; 1 where a group is no longer than a step, and for floats.</param>
internal sealed record DecodeShape(Contraction Contraction, int WarpRows, WarpGrid Warps, int Step, int Unroll, int Chunk, int Team)
{
    /// <summary>Weights that are made of as many codes and a basis, in registers; 0 where a code, or an element, is a weight.</summary>
    public int Basis { get; init; }

    /// <summary>The most columns: beyond, the weights are no longer what takes the time.</summary>
    public const int MaxColumns = 16;

    private const int LoadBytes = 16;

    /// <summary>Shared memory that lets several blocks live on one multiprocessor.</summary>
    private const int ComfortableBytes = 32 * 1024;

    private const int MaxBytes = 64 * 1024;

    /// <summary>Threads along the depth.</summary>
    public int Threads => 32 * Warps.Columns;

    public int Rows => WarpRows * Warps.Rows;

    /// <summary>The shape for a spec; null where another schedule has to serve.</summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="aligned">Lines of weights in a span begin and end at multiples of 16 bytes.</param>
    public static DecodeShape? For(KernelSpec spec, bool aligned)
    {
        if (spec.Operation != Operation.Gemm || spec.Batch is not null || !spec.Columns.IsConstant || spec.Columns.Constant > MaxColumns) return null;
        if (spec.Weights.Storage == WeightStorage.Span && !aligned) return null;
        if (Rebuilds(spec)) return Fit(spec, ContractionOf(spec, ElementType.U4), RebuiltStep(spec.Weights.Format), team: 1, hasGroupSums: false);
        Contraction contraction = ContractionOf(spec, ElementType.F32);
        int step = LoadBytes * 8 / Bits(contraction.Weights), team = 1, group = Contraction.Group(spec);
        if (group > 0)
        {
            while (group % step != 0) step /= 2;
            // Less than four bytes are no load, and dp4a takes four elements.
            if (step * Bits(contraction.Weights) < 32 || step < 4) return null;
            team = spec.IsIntegerContraction ? group / step : 1;
            if (team > 32 || (team & (team - 1)) != 0) return null;
        }
        return Fit(spec, contraction, step, team, group > 0 && spec.IsIntegerContraction);
    }

    /// <summary>Whether weights are made of their coefficients in registers: where a scale group, which has a basis of its own, ends between the steps of a thread.</summary>
    public static bool Rebuilds(KernelSpec spec)
    {
        WeightSpec weights = spec.Weights;
        return NumberFormats.HasBasis(weights.Format) && (!HasBases(spec) || weights.ScaleGroup % RebuiltStep(weights.Format) == 0);
    }

    /// <summary>Whether a row has more than one basis.</summary>
    public static bool HasBases(KernelSpec spec) => NumberFormats.HasBasis(spec.Weights.Format) && spec.Weights.Scale == Per.Group && !(spec.Depth.IsConstant && spec.Weights.ScaleGroup >= spec.Depth.Constant);

    /// <summary>Words of eight codes that make up whole groups of neighbours.</summary>
    public static int RebuiltStep(NumberFormat format) => 8 * NumberFormats.Get(format).Basis;

    /// <summary>
    /// Integers are contracted four products at a time (dp4a) where both factors are bytes, sixteen bits by eight (dp2a) where a zero point needs the ninth bit; anything else as
    /// binary32. Weights stay in memory as they are stored, those of less than four bits as nibbles, codes of four bits for integers as the codes.
    /// </summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="coefficients">What those of a basis are read as: codes, or the weights that they were made before the call.</param>
    private static Contraction ContractionOf(KernelSpec spec, ElementType coefficients)
    {
        WeightSpec weights = spec.Weights;
        ElementType x = PlanBuilder.ElementOf(spec.X.Format), stored = NumberFormats.Get(weights.Format) is { HasTable: true } table ? table.IsInteger ? ElementType.S8 : ElementType.F32 : PlanBuilder.ElementOf(weights.Format);
        bool isUnsigned = weights.Format == NumberFormat.UInt8, nineBits = weights.Asymmetric && weights.Format == NumberFormat.Int8 || isUnsigned;
        if (weights.Asymmetric && weights.Format == NumberFormat.Int4 || weights.Format == NumberFormat.UInt4) stored = ElementType.S8;
        // Those of two bits or one are widened to four: one order of nibbles serves them all.
        if (NumberFormats.FitsNibble(weights.Format) && !weights.Asymmetric) stored = ElementType.S4;
        if (NumberFormats.HasNibbleCodes(weights.Format)) stored = ElementType.U4;
        if (NumberFormats.HasBasis(weights.Format)) stored = coefficients;
        if (spec.IsIntegerContraction && nineBits)
            return new Contraction(ContractVia.IntegerMultiplyAdd, ElementType.S16, x, ElementType.S32, false, $"integer multiply-adds, 16 bits by 8: {(isUnsigned ? "unsigned bytes take nine bits with a sign" : "a zero point makes 8-bit weights numbers of nine bits")}");
        if (spec.IsIntegerContraction)
            return new Contraction(x == ElementType.U8 ? ContractVia.Dot4 : ContractVia.Dot4Signed, stored, x, ElementType.S32, false, "integer dot products of four bytes");
        // A 16-bit float holds an integer of nine bits.
        if (nineBits || stored != ElementType.U4 && NumberFormats.IsInteger(weights.Format) && !NumberFormats.FitsByte(weights.Format)) stored = ElementType.F16;
        return new Contraction(ContractVia.Fma, stored, ElementType.F32, ElementType.F32, NumberFormats.IsInteger(weights.Format), "fused multiply-adds in binary32");
    }

    private static DecodeShape Fit(KernelSpec spec, Contraction contraction, int step, int team, bool hasGroupSums)
    {
        int columns = spec.Columns.Constant, bytes = contraction.Via == ContractVia.Fma ? 4 : 1;
        int depthWarps = !spec.Rows.IsConstant || spec.Rows.Constant >= 4096 ? 1 : spec.Rows.Constant >= 2048 ? 2 : 4;
        // Sums of a group beside those of all, or four rows of eight weights unpacked to binary32: half the rows, or registers do not suffice. A table beside them takes as many as four columns more.
        bool hasTable = contraction is { Weights: ElementType.U4, Via: ContractVia.Fma }, isTight = hasGroupSums || hasTable || contraction is { Weights: ElementType.S4, Via: ContractVia.Fma };
        // Of weights that are made of others whole groups stand beside each other, and bases of each row: the assembler begins steps on their way together, and two of these take more registers than are left to several blocks.
        int basis = Rebuilds(spec) ? NumberFormats.Get(spec.Weights.Format).Basis : 0;
        int rows = basis > 0 || isTight && columns > (hasTable ? 4 : 8) ? 2 : 4, unroll = basis > 0 ? 1 : 8 / rows;
        while (unroll > 1 && spec.Depth.IsConstant && 32 * depthWarps * step * (unroll / 2) >= spec.Depth.Constant) unroll /= 2;
        while (unroll > 1 && Bytes(unroll) > MaxBytes) unroll /= 2;
        while (depthWarps > 1 && Bytes(unroll) > MaxBytes) depthWarps /= 2;
        int chunk = 32 * depthWarps * step * unroll;
        while (columns * bytes * chunk * 2 <= ComfortableBytes && (!spec.Depth.IsConstant || chunk < spec.Depth.Constant)) chunk *= 2;
        return new DecodeShape(contraction, rows, new WarpGrid(4 / depthWarps, depthWarps), step, unroll, chunk, team) { Basis = basis };

        int Bytes(int iterations) => columns * bytes * 32 * depthWarps * step * iterations;
    }

    private static int Bits(ElementType element) => element switch
    {
        ElementType.S4 or ElementType.U4 => 4,
        ElementType.S8 => 8,
        ElementType.F32 => 32,
        _ => 16,
    };

    public override string ToString() => $"{Rows} rows, {WarpRows} to a warp, {Step} deep, {Unroll} step{(Unroll == 1 ? "" : "s")} ahead, {Warps} warps";
}
