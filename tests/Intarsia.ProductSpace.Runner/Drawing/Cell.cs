using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>A coarse cell of the product space that every run must visit often: the operation, the kind of pattern and the formats of both operands.</summary>
public sealed record Cell(Operation Operation, Pattern Pattern, NumberFormat Weights, NumberFormat X)
{
    public bool IsInteger => NumberFormats.IsInteger(Weights) && NumberFormats.IsInteger(X);

    /// <summary>Integer weights times float activations.</summary>
    public bool IsWeightOnly => NumberFormats.IsInteger(Weights) && !NumberFormats.IsInteger(X);

    public override string ToString() => $"{Operation} {Pattern} {NumberFormats.Name(Weights)}-{NumberFormats.Name(X)}";

    /// <summary>Every pair of formats that kernels exist for, for one operation.</summary>
    public static bool IsLegal(Operation operation, NumberFormat weights, NumberFormat x)
    {
        bool floatWeights = IsFloat(weights), floatX = IsFloat(x);
        if (operation == Operation.BatchReduceGemm)
            return floatWeights && floatX || weights == NumberFormat.Int8 && (x is NumberFormat.Int8 or NumberFormat.UInt8);
        if (floatWeights) return floatX;
        if (weights is not (NumberFormat.Int8 or NumberFormat.Int4)) return false;
        return floatX || x is NumberFormat.Int8 or NumberFormat.UInt8;
    }

    /// <summary>The cells, in a fixed order.</summary>
    public static IReadOnlyList<Cell> All { get; } = Enumerate().ToArray();

    private static bool IsFloat(NumberFormat format) => format is NumberFormat.Float32 or NumberFormat.Float16 or NumberFormat.BFloat16;

    private static IEnumerable<Cell> Enumerate()
    {
        (Operation, Pattern)[] shapes =
        [
            (Operation.Gemm, Pattern.Dense), (Operation.Spmm, Pattern.NM), (Operation.Spmm, Pattern.VectorRows), (Operation.Spmm, Pattern.Csr), (Operation.BatchReduceGemm, Pattern.Dense),
        ];
        foreach ((Operation operation, Pattern pattern) in shapes)
            foreach (NumberFormatRow weights in NumberFormats.All)
                foreach (NumberFormatRow x in NumberFormats.All)
                    if (IsLegal(operation, weights.Format, x.Format)) yield return new Cell(operation, pattern, weights.Format, x.Format);
    }
}
