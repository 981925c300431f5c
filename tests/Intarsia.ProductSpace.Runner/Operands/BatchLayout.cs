using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Writing;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Lays the terms of a batch-reduce GEMM out: one block of memory per operand, reached in one of four ways.</summary>
internal static class BatchLayout
{
    public static void Add(OperandBag bag, DrawnKernel kernel, ReferenceOperands operands, bool guardAfter)
    {
        (KernelSpec spec, CallSizes sizes) = (kernel.Spec, kernel.Sizes);
        AddTerms(bag, kernel, Role.Weights, Role.BatchWeightsOffsets, spec.Weights.Format, operands.BatchWeights, sizes.Rows, sizes.Depth, sizes.WeightsStride, sizes.BatchWeightsStride, guardAfter);
        AddTerms(bag, kernel, Role.X, Role.BatchXOffsets, spec.X.Format, operands.BatchX, sizes.Depth, sizes.Columns, sizes.XStride, sizes.BatchXStride, guardAfter);
    }

    /// <summary>Where each term begins, in elements.</summary>
    public static int[] Offsets(DrawnKernel kernel, int termStride)
    {
        int[] offsets = [.. Enumerable.Range(0, kernel.Sizes.BatchCount).Select(term => term * termStride)];
        // Offsets, lists and addresses need not ascend: the last term in memory is the first of the sum.
        if (kernel.Spec.Batch!.Addressing != BatchAddressing.Stride) Array.Reverse(offsets);
        return offsets;
    }

    private static void AddTerms(OperandBag bag, DrawnKernel kernel, Role role, Role offsetsRole, NumberFormat format, List<double[]> terms, int rows, int columns, int stride, int termStride, bool guardAfter)
    {
        BatchAddressing addressing = kernel.Spec.Batch!.Addressing;
        int footprint = SizeDraw.Footprint(rows, columns, stride);
        int[] offsets = Offsets(kernel, termStride);
        string name = ParameterNames.Key(role, 0);
        ElementCodec codec = ElementCodec.Of(format);
        codec.AddExtent(bag, name, terms.Count == 0 ? 0 : (terms.Count - 1) * termStride + footprint, guardAfter);
        Span<byte> bytes = bag.Bytes(name);
        for (int term = 0; term < terms.Count; term++)
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++)
                    codec.Write(bytes, offsets[term] + row * stride + column, terms[term][row * columns + column]);

        if (addressing == BatchAddressing.Offsets) bag.AddVector<long>(ParameterNames.Key(offsetsRole, 0), Array.ConvertAll(offsets, offset => (long)offset), guardAfter);
        if (addressing == BatchAddressing.List) codec.AddList(bag, name, offsets, footprint);
        if (addressing == BatchAddressing.Addresses) codec.AddAddresses(bag, name, offsets);
    }
}
