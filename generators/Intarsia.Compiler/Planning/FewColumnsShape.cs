using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning;

/// <summary>How a tier runs a few columns against narrow weights.</summary>
/// <param name="Tile">Vectors of rows of one panel, and columns of the tallest tile.</param>
/// <param name="Via">The dot product.</param>
/// <param name="Bits">Bits of a weight.</param>
/// <param name="Turns">Vectors of weights in a chunk of the depth.</param>
/// <param name="Weights">What the weights are to the dot product: as they are, or, beside signed activations on x86, whose dot products take one side unsigned, codes that are offset by half their range.</param>
internal sealed record FewColumnsShape(TileShape Tile, ContractVia Via, int Bits, int Turns, ElementType Weights)
{
    /// <summary>What the codes of a table become; null where the weights are what is stored.</summary>
    public CodeLookup? Lookup { get; init; }

    /// <summary>The block is machine code.</summary>
    public bool IsNative { get; init; }

    /// <summary>X is float: codes become binary32 numbers by a table, and sums are scaled as they end.</summary>
    public bool IsFloat => Via == ContractVia.Fma;

    /// <summary>Weights that are made of as many codes and a basis; 0 where a code is a weight.</summary>
    public int Basis { get; init; }

    /// <summary>Columns of the tallest tile.</summary>
    public int Height => Tile.Height;

    /// <summary>Weights of one byte.</summary>
    public int Fields => 8 / Bits;

    /// <summary>What the codes of the weights are offset by.</summary>
    public int Offset => Lookup is { } lookup ? lookup.Offset : Weights == ElementType.S4 ? 0 : 1 << (Bits - 1);

    /// <summary>Depth of a chunk.</summary>
    public int ChunkDepth => 4 * Fields * Turns;

    /// <summary>Sums of a field where it stands in its byte, 2^(8−bits) times its value at most, fit 32 bits beside signed X.</summary>
    public bool SumsFieldsInPlace { get; init; }

    /// <summary>Whether a tile of some columns multiplies fields where they stand. It needs sums for each, which a tall tile has no registers for, and gains a shift for each vector, which many columns share.</summary>
    public bool FieldsInPlace(int height) => SumsFieldsInPlace && height == 1;

    /// <summary>The shape for a kernel on a tier; null where the tier has no dot product of bytes, the kernel is not of the kind, or the user gave a tile.</summary>
    public static FewColumnsShape? Of(KernelSpec spec, Tier tier)
    {
        if (spec.IsContraction && !NumberFormats.IsInteger(spec.X.Format)) return OfFloats(spec, tier);
        if (!spec.IsIntegerContraction || spec.Accumulator == Accumulator.Int64 || spec.Operation != Operation.Gemm || spec.Y.Layout != MatrixLayout.TokenMajor) return null;
        WeightSpec weights = spec.Weights;
        int bits = NumberFormats.Get(weights.Format).Bits;
        if (weights.Pattern.Kind != Pattern.Dense || weights.Storage != WeightStorage.Packed || weights.Asymmetric) return null;
        bool hasTable = NumberFormats.Get(weights.Format).HasTable && NumberFormats.FitsByte(weights.Format);
        if ((weights.Format == NumberFormat.Int4 || (hasTable && bits <= 4)) && tier == Tier.Avx512Native && PlanBuilder.HasDot4(spec)) return OfMachineCode(spec, bits, hasTable ? CodeLookup.Of(weights.Format, PlanBuilder.ByteOf(spec.X.Format) == ElementType.S8) : null);
        if (weights.Format != NumberFormat.Int4 && !hasTable) return null;
        if (spec.Tiles.Any(tile => tile.Tier == tier)) return null;
        if (spec.Columns.IsConstant && spec.Columns.Constant > FewColumnsSchedule.MaxColumns) return null;

        ContractVia via = tier switch
        {
            // 512-bit pairs in 16 bits outrun the 256-bit dot products that managed code has.
            Tier.Avx512 or Tier.Avx512Vnni or Tier.Avx512Native or Tier.Avx2 => ContractVia.Dot4Narrow,
            Tier.Avx2Vnni => ContractVia.Dot4,
            Tier.AdvSimdDp => ContractVia.Dot4Signed,
            _ => ContractVia.Fma,
        };
        bool signedX = PlanBuilder.ByteOf(spec.X.Format) == ElementType.S8;
        if (via == ContractVia.Fma || !PlanBuilder.TakesBytes(spec.X.Format) || (!signedX && via == ContractVia.Dot4Signed)) return null;

        // Two products of a byte and a weight at most 255·2^(bits−1), more than 128·(2^bits − 1), as often as they stay within 16 bits; where nothing can overflow, a chunk is as deep.
        bool unsigned = signedX && via != ContractVia.Dot4Signed;
        CodeLookup? lookup = hasTable ? CodeLookup.Of(weights.Format, unsigned) : null;
        int fields = 8 / bits, pairs = short.MaxValue / (2 * (255 << (bits - 1)));
        if (lookup is not null && via == ContractVia.Dot4Narrow) pairs = lookup.Pairs;
        // The wider ones of a table have pairs that 16 bits do not hold.
        if (pairs == 0) return null;
        if (pairs < fields) lookup = lookup! with { PairsTogether = pairs };
        int turns = Math.Max(1, Math.Min(pairs, MaxTerms) / fields);
        bool grouped = weights.Scale == Per.Group;
        while (turns > 1 && grouped && weights.ScaleGroup % (4 * fields * turns) != 0) turns /= 2;
        if (grouped && weights.ScaleGroup % (4 * fields * turns) != 0) return null;

        int bitsOfTier = TierTable.Bits(tier), perColumn = (grouped ? 1 : 0) + (via == ContractVia.Dot4Narrow ? 2 : 1);
        int height = 8;
        while (height * perColumn > TierTable.Registers(tier == Tier.Avx512Vnni ? Tier.Avx512 : tier) - 6) height /= 2;
        return new FewColumnsShape(new TileShape(bitsOfTier, height, 1), via, bits, turns, lookup?.Codes ?? (unsigned ? ElementType.U4 : ElementType.S4)) { Lookup = lookup };
    }

    /// <summary>
    /// Dot products of four bytes over the whole vector. int4 weights are codes from 0, which are signed bytes as well as unsigned ones, so that both signs of X go with them. An element of X is
    /// spread once for two vectors of rows: for each of them, loading would be half of the work of a column.
    /// </summary>
    private static FewColumnsShape? OfMachineCode(KernelSpec spec, int bits, CodeLookup? lookup)
    {
        WeightSpec weights = spec.Weights;
        bool grouped = weights.Scale == Per.Group;
        if (spec.Tiles.Any(tile => tile.Tier == Tier.Avx512Native) || spec.Columns.IsConstant && spec.Columns.Constant > FewColumnsSchedule.MaxColumns) return null;
        if (grouped && weights.ScaleGroup % (4 * 8 / bits) != 0) return null;
        // Sums of a group and over groups; with the weights, their fields and the mask they fill the registers.
        int depth = grouped ? weights.ScaleGroup : spec.Depth.IsConstant ? spec.Depth.Constant : int.MaxValue, fields = 8 / bits;
        long widest = (long)(((1 << bits) - 1) << (8 - bits)) * -sbyte.MinValue, products = ((long)depth + 4 * fields - 1) / (4 * fields) * 4;
        return new FewColumnsShape(new TileShape(512, grouped ? 4 : 8, 2), ContractVia.Dot4, bits, 1, lookup?.Codes ?? ElementType.U4)
        {
            IsNative = true,
            Lookup = lookup,
            SumsFieldsInPlace = lookup is null && PlanBuilder.ByteOf(spec.X.Format) == ElementType.S8 && products * widest <= int.MaxValue,
        };
    }

    /// <summary>Vectors of unpacked weights in a chunk: more would be longer code, and no fewer sums.</summary>
    private const int MaxTerms = 16;

    /// <summary>Weights of up to four bits, integers or codes, times float activations: a permutation of the 16 entries of a table makes them binary32, where a vector or two hold those.</summary>
    private static FewColumnsShape? OfFloats(KernelSpec spec, Tier tier)
    {
        WeightSpec weights = spec.Weights;
        int bits = TierTable.Bits(tier);
        if (bits < 256 || spec.Operation != Operation.Gemm || spec.Y.Layout != MatrixLayout.TokenMajor || weights.Asymmetric || weights.Pattern.Kind != Pattern.Dense || weights.Storage != WeightStorage.Packed) return null;
        if (spec.Tiles.Any(tile => tile.Tier == tier) || spec.Columns.IsConstant && spec.Columns.Constant > FewColumnsSchedule.MaxColumns) return null;
        if (NumberFormats.HasBasis(weights.Format)) return OfBasis(weights, bits);
        if (NumberFormats.Get(weights.Format) is not { Bits: <= 4 } row || !(row.HasTable || weights.Format == NumberFormat.Int4)) return null;
        int depth = 4 * (8 / row.Bits), turns = FloatProducts / depth;
        while (turns > 1 && weights.Scale == Per.Group && weights.ScaleGroup % (depth * turns) != 0) turns /= 2;
        if (weights.Scale == Per.Group && weights.ScaleGroup % (depth * turns) != 0) return null;
        var lookup = new CodeLookup(ElementType.F32, 0, 0) { Bits = row.Bits };
        // Two sets of accumulators for each column, the codes, their numbers, and the table where it is no operand in memory.
        return new FewColumnsShape(new TileShape(bits, bits == 512 ? 8 : 4, 1), ContractVia.Fma, row.Bits, turns, lookup.Codes) { Lookup = lookup };
    }

    /// <summary>
    /// Coefficients and a basis for each row: a chunk is as many vectors of codes as a basis has rows, vector i with the i-th coefficient of eight groups of weights, so that no more than one group of those is in registers
    /// beside the basis.
    /// </summary>
    private static FewColumnsShape? OfBasis(WeightSpec weights, int bits)
    {
        int order = NumberFormats.Get(weights.Format).Basis;
        var lookup = new CodeLookup(ElementType.F32, 0, 0);
        var shape = new FewColumnsShape(new TileShape(bits, bits == 512 ? 8 : 2, 1), ContractVia.Fma, lookup.Bits, order, lookup.Codes) { Lookup = lookup, Basis = order };
        return weights.Scale == Per.Group && weights.ScaleGroup % shape.ChunkDepth != 0 ? null : shape;
    }

    /// <summary>Depth of a chunk: products for each lane, enough for several chains of them.</summary>
    private const int FloatProducts = 32;
}
