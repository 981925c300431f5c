using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>The unit that contracts on a GPU, and what it reads and sums.</summary>
/// <param name="Via">The instruction.</param>
/// <param name="Weights">Elements of the weights, as they are prepared.</param>
/// <param name="X">Elements of the activations in shared memory.</param>
/// <param name="Sum">Elements of the accumulators.</param>
/// <param name="WeightsAreRaw">Quantised weights are contracted as the integers they are; their scales come afterwards.</param>
/// <param name="Reason">Why, for the head of the generated file.</param>
internal sealed record Contraction(ContractVia Via, ElementType Weights, ElementType X, ElementType Sum, bool WeightsAreRaw, string Reason)
{
    public ElementType ElementOf(bool isWeights) => isWeights ? Weights : X;

    /// <summary>Bytes of an element in shared memory; those of both factors are equal on tensor cores.</summary>
    public int XBytes => X switch { ElementType.S8 or ElementType.U8 => 1, ElementType.F32 => 4, _ => 2 };

    public bool IsMma => Via is ContractVia.Mma or ContractVia.WarpGroupMma;

    /// <summary>Length of the scale groups that cut the depth; 0 where none does. Bases are in the weights as they are prepared.</summary>
    public static int Group(KernelSpec spec) =>
        spec.Weights.Scale != Per.Group || NumberFormats.HasBasis(spec.Weights.Format) || spec.Depth.IsConstant && spec.Weights.ScaleGroup >= spec.Depth.Constant ? 0 : spec.Weights.ScaleGroup;

    /// <summary>
    /// Tensor cores take 8-bit integers of either sign, and 16-bit floats of one kind on both sides; integers up to eight bits are exact in both of those, so that weight-only quantised
    /// weights ride along. A zero point makes an 8-bit weight one of nine bits, which leaves plain multiply-adds, as does a scale group that
    /// ends within an instruction.
    /// </summary>
    public static Contraction Of(KernelSpec spec, Device device)
    {
        WeightSpec weights = spec.Weights;
        ElementType x = PlanBuilder.ElementOf(spec.X.Format);
        ContractVia mma = device == Device.Sm90A ? ContractVia.WarpGroupMma : ContractVia.Mma;
        bool hasMma = device != Device.Portable && Group(spec) % (32 / (x is ElementType.S8 or ElementType.U8 ? 1 : 2)) == 0;
        if (spec.IsIntegerContraction)
        {
            if (hasMma && ByteOf(weights) is { } bytes) return new Contraction(mma, bytes, x, ElementType.S32, false, "tensor cores on 8-bit integers, exact in 32 bits");
            string because = hasMma ? "a zero point makes 8-bit weights numbers of nine bits" : device == Device.Portable ? "what every accelerator has" : "a scale group ends within a tensor-core instruction";
            return Plain(spec, device, "integer multiply-adds: " + because);
        }
        if (hasMma && weights.Format == NumberFormat.TensorFloat32 && spec.X.Format == NumberFormat.TensorFloat32)
            return new Contraction(mma, ElementType.F32, ElementType.F32, ElementType.F32, false, "tensor cores on TensorFloat-32, summed in binary32");
        bool half = x is ElementType.F16 or ElementType.BF16;
        if (hasMma && half && weights.Format == spec.X.Format) return new Contraction(mma, x, x, ElementType.F32, false, "tensor cores on 16-bit floats, summed in binary32");
        if (hasMma && half && NumberFormats.IsInteger(weights.Format) && weights.Storage == WeightStorage.Packed)
            return new Contraction(mma, x, x, ElementType.F32, weights.Scale != Per.None, "tensor cores on 16-bit floats: weights of eight bits or less are exact in them, their scales come afterwards");
        if (NumberFormats.HasBasis(weights.Format)) return Plain(spec, device, "fused multiply-adds in binary32: coefficients times their basis are weights of binary32" + (device == Device.Portable ? "" : ", which tensor cores would round"));
        return Plain(spec, device, half && device != Device.Portable ? "fused multiply-adds in binary32: the operands are of two kinds, or a scale group ends within a tensor-core instruction" : "fused multiply-adds in binary32: tensor cores would round the operands");
    }

    /// <summary>
    /// The same for weights whose non-zeros are gathered. Tensor cores need vectors of rows that share the rows of X they take, and rows of X that lie contiguous; what they cannot take runs
    /// on multiply-adds, bytes four at a time.
    /// </summary>
    public static Contraction OfGathered(KernelSpec spec, Device device)
    {
        Contraction dense = Of(spec, device);
        bool sharesRows = spec.Weights.Pattern is { VectorLength: > 1 } or { WindowRows: > 0 };
        if (dense.IsMma && sharesRows && spec.X.Layout == MatrixLayout.RowMajor) return dense;
        string? why = !dense.IsMma ? null : sharesRows ? "X is token-major, its rows do not lie contiguous" : "every row gathers for itself";
        Contraction plain = Plain(spec, device, why is null ? dense.Reason : $"{(spec.IsIntegerContraction ? "integer" : "fused")} multiply-adds, no tensor cores: {why}");
        if (device == Device.Portable || plain.Via != ContractVia.IntegerMultiplyAdd || plain.Weights != ElementType.S8) return plain;
        return plain with { Via = plain.X == ElementType.U8 ? ContractVia.Dot4 : ContractVia.Dot4Signed, Reason = plain.Reason + "; bytes four at a time" };
    }

    /// <summary>The same for a few columns, of which each lane gathers elements for itself: multiply-adds.</summary>
    public static Contraction OfSingle(KernelSpec spec, Device device) => Plain(spec, device, $"{(spec.IsIntegerContraction ? "integer" : "fused")} multiply-adds: with so few columns every lane gathers for itself");

    /// <summary>The same for a sampled product, whose operands both come as they are. Rows that gather for themselves leave columns of an instruction idle, which costs nothing: what is gathered does.</summary>
    public static Contraction OfSampled(KernelSpec spec, Device device)
    {
        ElementType a = PlanBuilder.ElementOf(spec.Weights.Format), b = PlanBuilder.ElementOf(spec.X.Format);
        ContractVia mma = device == Device.Sm90A ? ContractVia.WarpGroupMma : ContractVia.Mma;
        bool hasMma = device != Device.Portable;
        if (spec.IsIntegerContraction)
        {
            return hasMma
                ? new Contraction(mma, a, b, ElementType.S32, false, "tensor cores on 8-bit integers, exact in 32 bits")
                : new Contraction(ContractVia.IntegerMultiplyAdd, a, b, spec.Accumulator == Accumulator.Int64 ? ElementType.S64 : ElementType.S32, false, "integer multiply-adds: what every accelerator has");
        }
        bool rounds = spec.Weights.Format == NumberFormat.Float32;
        if (hasMma && !rounds && spec.Weights.Format == spec.X.Format)
            return new Contraction(mma, a, b, ElementType.F32, false, $"tensor cores on {(a == ElementType.F32 ? "TensorFloat-32" : "16-bit floats")}, summed in binary32");
        string because = !hasMma ? "what every accelerator has" : rounds || spec.X.Format == NumberFormat.Float32 ? "tensor cores would round the operands" : "the operands are of two kinds";
        return new Contraction(ContractVia.Fma, ElementType.F32, ElementType.F32, ElementType.F32, false, "fused multiply-adds in binary32: " + because);
    }

    /// <summary>Multiply-adds without tensor cores.</summary>
    private static Contraction Plain(KernelSpec spec, Device device, string reason) => spec.IsIntegerContraction
        ? new Contraction(ContractVia.IntegerMultiplyAdd, IntegerOf(spec.Weights, device), PlanBuilder.ElementOf(spec.X.Format), spec.Accumulator == Accumulator.Int64 ? ElementType.S64 : ElementType.S32, false, reason)
        : new Contraction(ContractVia.Fma, ElementType.F32, ElementType.F32, ElementType.F32, false, reason);

    /// <summary>The narrowest integers that hold the weights, of those that the multiply-adds of a device widen: signed ones in PTX, any in C#.</summary>
    private static ElementType IntegerOf(WeightSpec weights, Device device) => ByteOf(weights) switch
    {
        ElementType.U8 when device != Device.Portable => ElementType.S16,
        { } bytes => bytes,
        _ => weights.Format == NumberFormat.UInt16 ? ElementType.U16 : ElementType.S16,
    };

    /// <summary>The bytes that hold the weights of an integer contraction; null where there are none, as where a zero point takes a ninth bit.</summary>
    private static ElementType? ByteOf(WeightSpec weights) =>
        weights.Format == NumberFormat.UInt8 ? ElementType.U8 : !NumberFormats.FitsByte(weights.Format) || (weights.Asymmetric && weights.Format == NumberFormat.Int8) ? null : ElementType.S8;
}
