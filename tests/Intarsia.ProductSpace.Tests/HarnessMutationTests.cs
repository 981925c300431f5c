using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Writing;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>The harness sees every kind of wrong kernel, and sees nothing in a right one.</summary>
public sealed class HarnessMutationTests
{
    private static readonly DrawnKernel[] Draws = [.. new SpecGenerator(7).Draw(0, SpecGenerator.Round.Count).Where(draw => draw.SizeClass == SizeClass.LargeRagged)];

    // A plane of binary-coded weights that is scaled by 0 hides what becomes of it.
    private static bool IsAudible(DrawnKernel draw) => draw.Spec.Rgms is null && (!draw.Spec.IsContraction || !NumberFormats.IsBinaryCoded(draw.Spec.Weights.Format) || !OperandFactory.Draw(draw).WeightScales!.Contains(0));

    // Relational products: a node without edges hides its operands, so that they have mistakes of their own.
    private static readonly DrawnKernel[] RelationalDraws = [.. new SpecGenerator(7).Draw(0, SpecGenerator.DefaultCount, "rgms").Where(draw => draw.SizeClass == SizeClass.LargeRagged && WideOutput(draw))];

    // Those whose every element of Y is written: a sparse result may have none in the row or the column that a mutation strikes.
    private static readonly DrawnKernel[] DenseDraws = [.. Draws.Where(draw => !draw.Spec.Y.IsPacked && IsAudible(draw))];

    [Fact]
    public void Check_RightKernel_FindsNothing() => All(Draws.Take(120), draw => new ReferenceKernel(draw), caught: false);

    [Fact]
    public void Check_DroppedTail_IsCaught() => All(DenseDraws.Where(draw => draw.Spec.Batch?.HasBeta != true).Take(60), draw =>
    {
        int whole = draw.Sizes.Columns / 8 * 8;
        if (whole == draw.Sizes.Columns) whole--;
        return new ReferenceKernel(draw) { Writes = (_, column) => column < whole };
    });

    [Fact]
    public void Check_SkippedRow_IsCaught() => All(DenseDraws.Where(draw => draw.Spec.Batch?.HasBeta != true).Take(60),
        draw => new ReferenceKernel(draw) { Writes = (row, _) => row != draw.Sizes.Rows / 2 });

    [Fact]
    public void Check_UnwrittenEntryOfASparseResult_IsCaught() => All(Draws.Where(draw => draw.Spec.Sddmm is { IsMasked: false } && OperandFactory.Draw(draw).Sampled.Contains(true)).Take(20), draw =>
    {
        int first = Array.IndexOf(OperandFactory.Draw(draw).Sampled, true);
        return new ReferenceKernel(draw) { Writes = (row, column) => row * draw.Sizes.Columns + column != first };
    });

    [Fact]
    public void Check_SwappedWeightScales_IsCaught() => All(
        DenseDraws.Where(draw => draw.Spec.IsContraction && draw.Spec.Weights.Scale == Per.Row && draw.Spec.Epilogue.Contains(Tpp.Dequantise) && WideOutput(draw) && TellsEndsApart(draw) && ScalesItsEnds(draw)).Take(20),
        draw => new ReferenceKernel(draw) { Reads = operands => With(operands, weightScales: Swapped(operands.WeightScales!)) });

    [Fact]
    public void Check_SwappedTokenScales_IsCaught() => All(
        DenseDraws.Where(draw => draw.Spec.X.Scale == Per.Token && WideOutput(draw) && draw.Spec.X.Format != NumberFormat.Int32).Take(20),
        draw => new ReferenceKernel(draw) { Reads = operands => With(operands, xScales: Swapped(operands.XScales!)) });

    [Fact]
    public void Check_LastDepthMissing_IsCaught() => All(
        DenseDraws.Where(draw => draw.Spec.IsContraction && draw.Spec.Batch is null && draw.Spec.Weights.Pattern.Kind == Pattern.Dense && draw.Sizes.Depth < 80 && WideOutput(draw)).Take(60),
        draw => new ReferenceKernel(draw) { Reads = operands => With(operands, x: WithoutLastDepth(operands)) });

    [Fact]
    public void Check_OffByOneColumn_IsCaught() => All(
        DenseDraws.Where(draw => draw.Spec.IsContraction && draw.Spec.Batch is null && draw.Spec.Weights.Pattern.Kind == Pattern.Dense && WideOutput(draw)).Take(60),
        draw => new ReferenceKernel(draw) { Reads = operands => With(operands, x: [.. operands.X.Skip(1), 0]) });

    [Fact]
    public void Check_MissingEdgesOfANode_IsCaught() => All(RelationalDraws.Where(draw => OperandFactory.Draw(draw).Edges.Any(edge => edge != 0)).Take(12), draw => new ReferenceKernel(draw)
    {
        Reads = operands =>
        {
            int line = draw.Spec.Rgms!.Relations * operands.Sources, first = Array.FindIndex(operands.Edges, edge => edge != 0) / line;
            double[] edges = [.. operands.Edges];
            Array.Clear(edges, first * line, line);
            return With(operands, edges: edges);
        },
    });

    [Fact]
    public void Check_WeightsOfAnotherRelation_IsCaught() => All(RelationalDraws.Where(draw => draw.Spec.Rgms!.Relations > 1 && OperandFactory.Draw(draw).Edges.Any(edge => edge != 0)).Take(12),
        draw => new ReferenceKernel(draw) { Reads = operands => With(operands, weights: [.. operands.Weights.Skip(operands.Depth), .. operands.Weights.Take(operands.Depth)]) });

    [Fact]
    public void Check_ChangedInput_IsCaught() => All(Draws.Where(draw => draw.Spec.Batch is null && draw.Spec.Rgms is null).Take(40),
        draw => new ReferenceKernel(draw) { Then = bag => bag.Bytes(ParameterNames.Key(Role.X, 0))[^1] ^= 1 });

    [Fact]
    public void Check_WrittenGap_IsCaught() => All(DenseDraws.Where(draw => draw.Sizes.YStride > Line(draw)).Take(40), draw => new ReferenceKernel(draw)
    {
        Then = bag => bag.Bytes(ParameterNames.Key(Role.Y, 0))[Line(draw) * ElementCodec.Of(draw.Spec.Y.Format).Size] ^= 1,
    });

    [Fact]
    public unsafe void Check_WrittenBand_IsCaught()
    {
        foreach (DrawnKernel draw in DenseDraws.Take(20))
        {
            // Before the operand where the inaccessible page stands behind it, and the other way round.
            var kernel = new ReferenceKernel(draw)
            {
                Then = bag =>
                {
                    Span<byte> y = bag.Bytes(ParameterNames.Key(Role.Y, 0));
                    fixed (byte* start = y)
                    {
                        if (draw.OperandSeed % 4 != 0) start[-1] ^= 1;
                        else start[y.Length] ^= 1;
                    }
                },
            };
            Assert.Contains("outside", kernel.Fault());
        }
    }

    private static void All(IEnumerable<DrawnKernel> draws, Func<DrawnKernel, ReferenceKernel> kernel, bool caught = true)
    {
        int count = 0;
        foreach (DrawnKernel draw in draws)
        {
            count++;
            string? fault = kernel(draw).Fault();
            if (caught) Assert.True(fault is not null, $"not caught: {draw}");
            else Assert.True(fault is null, $"{draw}: {fault}");
        }
        Assert.True(count >= 3, $"only {count} draws to mutate");
    }

    // A saturated byte or a clipped activation hides small errors; that is no fault of the comparison.
    private static bool WideOutput(DrawnKernel draw) => draw.Spec.Y.Format is not (NumberFormat.Int8 or NumberFormat.UInt8) && !draw.Spec.Epilogue.Contains(Tpp.Relu);

    // Sums of unsigned 16-bit activations have one sign along a row: where that of both ends is negative, these make zeros of them whatever their scales.
    private static bool TellsEndsApart(DrawnKernel draw) => draw.Spec.X.Format != NumberFormat.UInt16 || !draw.Spec.Epilogue.Any(step => step is Tpp.Gelu or Tpp.GeluTanh or Tpp.Silu);

    // The first and the last row of a sparse operand may be empty: nothing to scale.
    private static bool ScalesItsEnds(DrawnKernel draw)
    {
        ReferenceOperands operands = OperandFactory.Draw(draw);
        return operands.Stored is not { } stored || (stored[..operands.Depth].Contains(true) && stored[^operands.Depth..].Contains(true));
    }

    private static int Line(DrawnKernel draw) => draw.Spec.Y.Layout == MatrixLayout.TokenMajor ? draw.Sizes.Rows : draw.Sizes.Columns;

    private static double[] Swapped(double[] scales)
    {
        double[] swapped = [.. scales];
        (swapped[0], swapped[^1]) = (swapped[^1], swapped[0]);
        return swapped;
    }

    private static double[] WithoutLastDepth(ReferenceOperands operands)
    {
        double[] x = [.. operands.X];
        Array.Clear(x, (operands.Depth - 1) * operands.Columns, operands.Columns);
        return x;
    }

    private static ReferenceOperands With(ReferenceOperands o, double[]? x = null, double[]? weightScales = null, double[]? xScales = null, double[]? edges = null, double[]? weights = null) => new()
    {
        Rows = o.Rows,
        Depth = o.Depth,
        Columns = o.Columns,
        Sources = o.Sources,
        Edges = edges ?? o.Edges,
        Weights = weights ?? o.Weights,
        Stored = o.Stored,
        WeightScales = weightScales ?? o.WeightScales,
        WeightZeroPoints = o.WeightZeroPoints,
        X = x ?? o.X,
        XScales = xScales ?? o.XScales,
        YScale = o.YScale,
        Biases = o.Biases,
        Residuals = o.Residuals,
        Multipliers = o.Multipliers,
    };
}
