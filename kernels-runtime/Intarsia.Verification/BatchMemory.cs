using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification;

/// <summary>
/// The operands of a batch-reduce GEMM in memory: all terms in one array, a gap apart and for offsets in the opposite order; or, where <see cref="Term"/> is set, that term alone, as the driver of a list hands it over.
/// </summary>
internal sealed class BatchMemory(KernelSpec spec, ReferenceOperands o, int gap) : OperandMemory(spec, o, gap)
{
    /// <summary>The one term of this run; null for all.</summary>
    public int? Term { get; set; }

    private int Footprint(bool weights) => weights ? Length(Operands.Rows, Operands.Depth, WeightStride) : Length(Operands.Depth, Operands.Columns, XStride);

    private int Stride(bool weights) => Footprint(weights) + (weights ? Gap : 2 * Gap);

    private int Begin(bool weights, int term) => Spec.Batch!.Addressing == BatchAddressing.Offsets ? (Operands.BatchCount - 1 - term) * Stride(weights) : term * Stride(weights);

    private int Count => Term is null ? Operands.BatchCount : Math.Min(Operands.BatchCount, 1);

    private int TotalLength(bool weights) => Term is null ? Math.Max(0, Operands.BatchCount - 1) * Stride(weights) + Footprint(weights) : Footprint(weights);

    protected override long Size(string name) => name switch
    {
        "count" => Count,
        "accumulate" => Term > 0 || Operands.Beta != 0 ? 1 : 0,
        "scale" => Term is null or 0 && Operands.Beta is not (0 or 1) ? 1 : 0,
        "finish" => Term is null || Term + 1 == Math.Max(1, Operands.BatchCount) ? 1 : 0,
        // Places where a term may begin.
        "aLength" => TotalLength(true) - Footprint(true) + 1,
        "bLength" => TotalLength(false) - Footprint(false) + 1,
        "strideA" => Stride(true),
        "strideB" => Stride(false),
        _ => base.Size(name),
    };

    public override Array Operand(Role role, int ordinal, ElementType element) => role switch
    {
        Role.Weights => Terms(true, element),
        Role.X => Terms(false, element),
        Role.BatchWeightsOffsets => Convert([.. Enumerable.Range(0, Count).Select(term => (double)Begin(true, term))], element),
        Role.BatchXOffsets => Convert([.. Enumerable.Range(0, Count).Select(term => (double)Begin(false, term))], element),
        Role.Beta => Convert([Operands.Beta], element),
        _ => base.Operand(role, ordinal, element),
    };

    private Array Terms(bool weights, ElementType element)
    {
        var memory = new double[TotalLength(weights)];
        (int rows, int columns, int stride) = weights ? (Operands.Rows, Operands.Depth, WeightStride) : (Operands.Depth, Operands.Columns, XStride);
        for (int term = 0; term < Operands.BatchCount; term++)
        {
            if (Term is { } only && term != only) continue;
            double[] matrix = weights ? Operands.BatchWeights[term] : Operands.BatchX[term];
            int begin = Term is null ? Begin(weights, term) : 0;
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++) memory[begin + row * stride + column] = matrix[row * columns + column];
        }
        return Convert(memory, element);
    }
}
