using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>A coarse cell of the product space that every run must visit often: the operation, the kind of pattern and the formats of both operands; without weights, the format of X alone.</summary>
public sealed record Cell(Operation Operation, Pattern Pattern, NumberFormat? Weights, NumberFormat X)
{
    /// <summary>The chain starts from integers.</summary>
    public bool IsInteger => (Weights is not { } weights || NumberFormats.IsInteger(weights)) && NumberFormats.IsInteger(X);

    /// <summary>Integer weights times float activations.</summary>
    public bool IsWeightOnly => Weights is { } weights && NumberFormats.IsInteger(weights) && !NumberFormats.IsInteger(X);

    /// <summary>The cell of a spec.</summary>
    public static Cell Of(KernelSpec spec) => spec.IsContraction
        ? new Cell(spec.Operation, spec.Pattern.Kind, spec.Weights.Format, spec.X.Format)
        : new Cell(spec.Operation, Pattern.Dense, null, spec.X.Format);

    public override string ToString() => Weights is { } weights ? $"{Operation} {Pattern} {NumberFormats.Name(weights)}-{NumberFormats.Name(X)}" : $"{Operation} {NumberFormats.Name(X)}";

    /// <summary>Every format of X that kernels exist for, for one operation without weights.</summary>
    public static bool IsLegal(Operation operation, NumberFormat x) =>
        IsFloat(x) || (operation == Operation.Elementwise && x is NumberFormat.Int8 or NumberFormat.UInt8 or NumberFormat.Int32);

    /// <summary>Every pair of formats that kernels exist for, for one operation.</summary>
    public static bool IsLegal(Operation operation, NumberFormat weights, NumberFormat x)
    {
        bool floatWeights = IsFloat(weights), floatX = IsFloat(x);
        if (operation == Operation.BatchReduceGemm)
            return floatWeights && floatX || weights == NumberFormat.Int8 && (x is NumberFormat.Int8 or NumberFormat.UInt8);
        if (operation == Operation.Butterfly) return floatWeights && floatX && weights != NumberFormat.TensorFloat32 && x != NumberFormat.TensorFloat32;
        if (operation == Operation.Rgms) return IsPlainFloat(x) ? IsPlainFloat(weights) || weights == NumberFormat.Int8 : weights == NumberFormat.Int8 && x is NumberFormat.Int8 or NumberFormat.UInt8;
        if (operation == Operation.Sddmm)
            return floatWeights ? floatX : IntegerX.Contains(weights) && IntegerX.Contains(x);
        if (floatWeights || weights is NumberFormat.Codebook16 or NumberFormat.Codebook256 or NumberFormat.PowerOfTwoBasis) return floatX;
        if (NumberFormats.IsBitPlanes(weights) || NumberFormats.IsBitPlanes(x)) return NumberFormats.IsBitPlanes(weights) && NumberFormats.IsBitPlanes(x);
        if (NumberFormats.IsBinaryCoded(weights)) return floatX || IntegerX.Contains(x);
        return floatX ? weights is NumberFormat.Int8 or NumberFormat.Int4 || IsTable(weights) : IntegerWeights.Contains(weights) && IntegerX.Contains(x);
    }

    /// <summary>The weights have one of many formats whose kernels differ by a table, a number of planes or how an integer is read alone: a pass of draws takes each format in each pattern, but with a part of the formats of X (see <see cref="Turns"/>).</summary>
    public bool IsThinned => Thinning > 1;

    /// <summary>
    /// What part of the cells a pass visits: a third of those with a table, and of pairs of integers beyond bytes in sparse patterns, of sampled ones half; half of those that count the bits of planes, and, because they run as other integers do, a sixteenth of planes in sparse patterns.
    /// </summary>
    public int Thinning => Weights is not { } weights || !NumberFormats.HasZero(weights) && !IsOfPlanes ? 1 : IsOfPlanes ? Pattern == Pattern.Dense ? 2 : 16 : IsTable(weights) || Operation == Operation.Spmm && IsBeyondBytes ? 3 : Operation == Operation.Sddmm && IsBeyondBytes ? 2 : 1;

    /// <summary>Planes times planes.</summary>
    public bool IsOfPlanes => Weights is { } weights && NumberFormats.IsBitPlanes(weights);

    /// <summary>The most that a pass visits a cell.</summary>
    public const int Most = 4;

    /// <summary>Times that a pass of draws visits the cell: once for the pairs of integers beyond bytes, which are many and share their code, and for those with a table, which share it with them. Of sparse weights, blocks run as vectors do, ELL, hyb, row windows and sums of formats as CSR or as vectors, and sampled products differ by a pattern in how they write alone: they need few.</summary>
    public int Visits => Pattern switch
    {
        Pattern.Dense => UsualVisits,
        Pattern.Csr => Math.Min(UsualVisits, 2),
        Pattern.NM or Pattern.VectorRows when Operation != Operation.Sddmm => Math.Min(UsualVisits, 2),
        _ => 1,
    };

    private int UsualVisits => Weights is { } table && (IsTable(table) || IsOfPlanes || NumberFormats.IsBinaryCoded(table)) ? 1 : Weights is NumberFormat.Codebook16 or NumberFormat.Codebook256 or NumberFormat.PowerOfTwoBasis ? 2 : IsBeyondBytes ? 1 : Most;

    /// <summary>One of the many pairs of integers that are not bytes times bytes, nor the most usual of the others, s4 times bytes.</summary>
    private bool IsBeyondBytes => IsInteger && Weights is { } weights && !((IsByte(weights) || weights == NumberFormat.Int4 && Operation != Operation.Sddmm) && IsByte(X));

    /// <summary>Two products of the largest magnitudes exceed 32 bits.</summary>
    public bool NeedsWideSum => Weights is NumberFormat.Int16 or NumberFormat.UInt16 or NumberFormat.ShortCodebook256 && X is NumberFormat.Int16 or NumberFormat.UInt16;

    private static readonly NumberFormat[] IntegerX = [NumberFormat.Int16, NumberFormat.UInt16, NumberFormat.Int8, NumberFormat.UInt8, NumberFormat.Int4, NumberFormat.UInt4];

    private static readonly NumberFormat[] IntegerWeights = [.. IntegerX, NumberFormat.Int12, NumberFormat.UInt12, .. Enum.GetValues<NumberFormat>().Where(IsTable)];

    private static bool IsTable(NumberFormat format) => format is NumberFormat.Flint4 or NumberFormat.UFlint4 or NumberFormat.PowerOfTwo4 or NumberFormat.UPowerOfTwo4 or NumberFormat.Float4 or NumberFormat.UFloat4 or NumberFormat.ByteCodebook16 or NumberFormat.ShortCodebook256
        or NumberFormat.Int2 or NumberFormat.UInt2 or NumberFormat.Ternary or NumberFormat.UInt1 or NumberFormat.Binary;

    private static bool IsByte(NumberFormat format) => format is NumberFormat.Int8 or NumberFormat.UInt8;

    private static bool IsPlainFloat(NumberFormat format) => IsFloat(format) && format != NumberFormat.TensorFloat32;

    private static bool IsFloat(NumberFormat format) => format is NumberFormat.Float32 or NumberFormat.TensorFloat32 or NumberFormat.Float16 or NumberFormat.BFloat16;

    /// <summary>The cells, in a fixed order.</summary>
    public static IReadOnlyList<Cell> All { get; } = Enumerate().ToArray();

    private static IEnumerable<Cell> Enumerate()
    {
        (Operation, Pattern)[] shapes =
        [
            (Operation.Gemm, Pattern.Dense), (Operation.Spmm, Pattern.NM), (Operation.Spmm, Pattern.VectorRows), (Operation.Spmm, Pattern.Csr), (Operation.Spmm, Pattern.Bsr), (Operation.Spmm, Pattern.Ell), (Operation.Spmm, Pattern.Hyb), (Operation.Spmm, Pattern.RowWindows), (Operation.Spmm, Pattern.Composite), (Operation.Spmm, Pattern.RelativeCsc), (Operation.Spmm, Pattern.GatherScatter), (Operation.BatchReduceGemm, Pattern.Dense),
            (Operation.Sddmm, Pattern.NM), (Operation.Sddmm, Pattern.VectorRows), (Operation.Sddmm, Pattern.Csr), (Operation.Sddmm, Pattern.Ell), (Operation.Sddmm, Pattern.Bsr), (Operation.Sddmm, Pattern.Hyb), (Operation.Sddmm, Pattern.RowWindows), (Operation.Sddmm, Pattern.Composite), (Operation.Sddmm, Pattern.RelativeCsc), (Operation.Sddmm, Pattern.GatherScatter),
            (Operation.Butterfly, Pattern.Dense), (Operation.Rgms, Pattern.Dense),
        ];
        foreach ((Operation operation, Pattern pattern) in shapes)
            foreach (NumberFormatRow weights in NumberFormats.All)
                foreach (NumberFormatRow x in NumberFormats.All)
                    if (IsLegal(operation, weights.Format, x.Format) && (pattern == Pattern.Dense || NumberFormats.HasZero(weights.Format)) && (pattern is Pattern.Dense or Pattern.Bsr || !NumberFormats.HasBasis(weights.Format))) yield return new Cell(operation, pattern, weights.Format, x.Format);
        foreach (OperationRow operation in Operations.All.Where(row => !row.IsContraction))
            foreach (NumberFormatRow x in NumberFormats.All)
                if (IsLegal(operation.Operation, x.Format)) yield return new Cell(operation.Operation, Pattern.Dense, null, x.Format);
    }
}
