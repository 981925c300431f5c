using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Writing;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Operands;

/// <summary>Lays the logical operands of a call out in memory as its signature says, and packs the weights.</summary>
public static class BagBuilder
{
    public static OperandBag Build(DrawnKernel kernel, ReferenceOperands operands)
    {
        var bag = new OperandBag();
        // One call in four has its guard pages in front: overruns are the likelier error.
        bool guardAfter = kernel.OperandSeed % 4 != 0;
        (KernelSpec spec, CallSizes sizes) = (kernel.Spec, kernel.Sizes);
        if (!spec.IsContraction) AddMatrix(bag, ParameterNames.Key(Role.X, 0), spec.X.Format, operands.X, sizes.Rows, sizes.Columns, spec.X.Layout, sizes.XStride, guardAfter);
        else if (spec.Batch is null) AddContraction(bag, kernel, operands, guardAfter);
        else BatchLayout.Add(bag, kernel, operands, guardAfter);
        AddScales(bag, spec, operands, guardAfter);
        if (operands.Gamma is { } gamma) bag.AddVector<float>(ParameterNames.Key(Role.Gamma, 0), Array.ConvertAll(gamma, value => (float)value), guardAfter);
        if (operands.Shift is { } shift) bag.AddVector<float>(ParameterNames.Key(Role.Beta, 0), Array.ConvertAll(shift, value => (float)value), guardAfter);
        AddChain(bag, spec, operands, guardAfter);
        if (spec.Y.IsPacked) bag.PackedOrNull = SampledResult.Pack(spec, operands);
        else AddOutput(bag, spec, sizes, operands, guardAfter);
        AddScalars(bag, sizes, operands);
        return bag;
    }

    /// <summary>A rows×columns logical operand as it lies in memory: (lines, length of a line).</summary>
    public static (int Lines, int Length) Lie(MatrixLayout layout, int rows, int columns) => layout != MatrixLayout.RowMajor ? (columns, rows) : (rows, columns);

    /// <summary>Adds a logical matrix in a layout.</summary>
    public static void AddMatrix(OperandBag bag, string name, NumberFormat format, double[] logical, int rows, int columns, MatrixLayout layout, int stride, bool guardAfter)
    {
        (int lines, int length) = Lie(layout, rows, columns);
        if (layout == MatrixLayout.BitPlanes)
        {
            PlaneLines.Write(format, logical, columns, bag.Add<uint>(name, lines, SizeDraw.Line(format, layout, rows, columns), stride, guardAfter), rows, stride);
            return;
        }
        ElementCodec codec = ElementCodec.Of(format);
        codec.Add(bag, name, lines, length, stride, guardAfter);
        Span<byte> bytes = bag.Bytes(name);
        for (int line = 0; line < lines; line++)
            for (int i = 0; i < length; i++)
                codec.Write(bytes, line * stride + i, layout == MatrixLayout.TokenMajor ? logical[i * columns + line] : logical[line * columns + i]);
    }

    private static void AddContraction(OperandBag bag, DrawnKernel kernel, ReferenceOperands operands, bool guardAfter)
    {
        (KernelSpec spec, CallSizes sizes) = (kernel.Spec, kernel.Sizes);
        if (spec.Rgms is not null)
        {
            bag.PackedOrNull = WeightPacker.Pack(spec.Weights, operands, operands.Depth * spec.Rgms.Relations);
            bag.GraphOrNull = WeightPacker.PackGraph(spec.Rgms, operands);
            AddMatrix(bag, ParameterNames.Key(Role.X, 0), spec.X.Format, operands.X, sizes.Depth, sizes.Sources, spec.X.Layout, sizes.XStride, guardAfter);
            return;
        }
        if (spec.Weights.Storage == WeightStorage.Packed)
            bag.PackedOrNull = WeightPacker.Pack(spec.Weights, operands);
        else if (spec.Butterfly is not null)
            AddMatrix(bag, ParameterNames.Key(Role.Weights, 0), spec.Weights.Format, operands.Weights, 1, operands.Weights.Length, MatrixLayout.RowMajor, operands.Weights.Length, guardAfter);
        else
            AddMatrix(bag, ParameterNames.Key(Role.Weights, 0), spec.Weights.Format, operands.Weights, sizes.Rows, sizes.Depth, spec.Weights.Layout, sizes.WeightsStride, guardAfter);
        AddMatrix(bag, ParameterNames.Key(Role.X, 0), spec.X.Format, operands.X, sizes.Depth, sizes.Columns, spec.X.Layout, sizes.XStride, guardAfter);
    }

    private static void AddScales(OperandBag bag, KernelSpec spec, ReferenceOperands operands, bool guardAfter)
    {
        if (spec.IsContraction && spec.Weights.Storage == WeightStorage.Span && operands.WeightScales is { } weightScales) AddScale(bag, Role.WeightScale, spec.Weights.Scale, weightScales, guardAfter);
        if (operands.XScales is { } xScales) AddScale(bag, Role.XScale, spec.X.Scale, xScales, guardAfter);
    }

    private static void AddScale(OperandBag bag, Role role, Per per, double[] scales, bool guardAfter)
    {
        // A scale of the whole tensor is passed as a number or as a span of one.
        if (per == Per.Tensor) bag.AddScalar(role.ToString(), scales[0]);
        bag.AddVector<float>(role.ToString(), Array.ConvertAll(scales, value => (float)value), guardAfter);
    }

    private static void AddChain(OperandBag bag, KernelSpec spec, ReferenceOperands operands, bool guardAfter)
    {
        for (int i = 0; i < operands.Biases.Count; i++)
        {
            string name = ParameterNames.Key(Role.Bias, i);
            if (spec.Y.Format == NumberFormat.Int32) bag.AddVector<int>(name, Array.ConvertAll(operands.Biases[i], value => (int)value), guardAfter);
            else bag.AddVector<float>(name, Array.ConvertAll(operands.Biases[i], value => (float)value), guardAfter);
        }
        AddLikeY(Role.Residual, operands.Residuals);
        AddLikeY(Role.Multiplier, operands.Multipliers);

        void AddLikeY(Role role, List<double[]> values)
        {
            for (int i = 0; i < values.Count; i++)
            {
                int tight = Lie(spec.Y.Layout, operands.Rows, operands.Columns).Length;
                MatrixLayout layout = spec.Y.Layout == MatrixLayout.BitPlanes ? MatrixLayout.TokenMajor : spec.Y.Layout;
                AddMatrix(bag, ParameterNames.Key(role, i), NumberFormat.Float32, values[i], operands.Rows, operands.Columns, layout, tight, guardAfter);
            }
        }
    }

    private static void AddOutput(OperandBag bag, KernelSpec spec, CallSizes sizes, ReferenceOperands operands, bool guardAfter)
    {
        string name = Role.Y.ToString();
        if (operands.InitialY is { } initial)
        {
            AddMatrix(bag, name, spec.Y.Format, initial, sizes.Rows, sizes.Columns, spec.Y.Layout, sizes.YStride, guardAfter);
            return;
        }
        // Left full of sentinels: an element that is not written shows.
        (int lines, int length) = Lie(spec.Y.Layout, sizes.Rows, sizes.Columns);
        if (spec.Y.Layout == MatrixLayout.BitPlanes) bag.Add<uint>(name, lines, SizeDraw.Line(spec.Y.Format, spec.Y.Layout, sizes.Rows, sizes.Columns), sizes.YStride, guardAfter);
        else ElementCodec.Of(spec.Y.Format).Add(bag, name, lines, length, sizes.YStride, guardAfter);
    }

    private static void AddScalars(OperandBag bag, CallSizes sizes, ReferenceOperands operands)
    {
        bag.AddScalar(nameof(Role.Rows), sizes.Rows);
        bag.AddScalar(nameof(Role.Depth), sizes.Depth);
        bag.AddScalar(nameof(Role.Columns), sizes.Columns);
        bag.AddScalar(nameof(Role.WeightsStride), sizes.WeightsStride);
        bag.AddScalar(nameof(Role.XStride), sizes.XStride);
        bag.AddScalar(nameof(Role.YStride), sizes.YStride);
        bag.AddScalar(nameof(Role.BatchCount), sizes.BatchCount);
        bag.AddScalar(nameof(Role.BatchWeightsStride), sizes.BatchWeightsStride);
        bag.AddScalar(nameof(Role.BatchXStride), sizes.BatchXStride);
        bag.AddScalar(nameof(Role.Beta), operands.Beta);
        bag.AddScalar(nameof(Role.YScale), operands.YScale);
        bag.AddScalar(nameof(Role.Scale), operands.Scale);
    }
}
