using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Writing;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>A call that cannot be right is refused before anything is written: short spans, overlapping buffers, foreign layouts, impossible sizes.</summary>
[Collection(CompiledKernels.Collection)]
public sealed class CallContractTests(CompiledKernels kernels)
{
    private static readonly string W = ParameterNames.Key(Role.Weights, 0), X = ParameterNames.Key(Role.X, 0), Y = ParameterNames.Key(Role.Y, 0);

    [Fact]
    public void Call_WithAnyOperandOneElementShort_Throws() => Each(draw => draw.Spec.Batch is null && draw.Style.Tensors == TensorOperands.None, (draw, refuse) =>
    {
        using OperandBag probe = Build(draw);
        foreach (string name in probe.Names.Where(name => probe.Count(name) > 0 && IsParameter(draw, name)).ToArray()) refuse(name + " is short", bag => bag.Shorten(name, 1));
    });

    [Fact]
    public void Call_WithYOverAnInput_Throws() => Each(draw => draw.Spec.Batch is null && !draw.Spec.Y.IsPacked && draw.Sizes is { Rows: > 0, Columns: > 0 }, (draw, refuse) =>
    {
        using OperandBag probe = Build(draw);
        foreach (string name in probe.Names.Where(name => name != Y && probe.Count(name) > 0 && IsParameter(draw, name)).ToArray()) refuse(name + " lies under Y", bag => bag.Overlap(name, Y));
    });

    [Fact]
    public void Call_WithAForeignLayout_ThrowsAndNamesBoth() => Each(draw => HasPacked(draw), (draw, refuse) =>
    {
        WeightLayout own = WeightPacker.LayoutOf(draw.Spec);
        WeightLayout foreign = own.Pattern == Pattern.Csr ? new WeightLayout(Pattern.Dense, NumberFormat.Float32) : new WeightLayout(Pattern.Csr, NumberFormat.Float32);
        int across = draw.Spec.Y.IsPacked ? draw.Sizes.Columns : draw.Sizes.Depth;
        PackedMatrix other = PackedMatrix.Pack(new float[draw.Sizes.Rows * across], draw.Sizes.Rows, across, foreign);
        Exception exception = refuse("the layout is foreign", bag => bag.PackedOrNull = other);
        Assert.Contains(foreign.ToString(), exception.Message);
        Assert.Contains(own.ToString(), exception.Message);
    });

    [Fact]
    public void Call_WithPackedWeightsOfAnotherShape_Throws() => Each(draw => HasPacked(draw) && draw.Spec.Rows.IsConstant && draw.SizeClass != SizeClass.Deep, (draw, refuse) =>
    {
        DrawnKernel taller = draw with { Sizes = draw.Sizes with { Rows = draw.Sizes.Rows + 1 } };
        // Constants are checked against the call, not against the operands of another.
        ReferenceOperands operands = OperandFactory.Draw(taller);
        PackedMatrix other = draw.Spec.Y.IsPacked ? SampledResult.Pack(draw.Spec, operands) : WeightPacker.Pack(draw.Spec.Weights, operands);
        refuse("the weights have another row", bag => bag.PackedOrNull = other);
    });

    [Fact]
    public void Call_WithAGraphThatDoesNotFit_Throws() => Each(draw => draw.Spec.Rgms is not null, (draw, refuse) =>
    {
        int relations = draw.Spec.Rgms!.Relations;
        PackedMatrix Graph(int nodes, int depth, Pattern pattern) => PackedMatrix.Pack(new float[nodes * depth], nodes, depth, new WeightLayout(pattern, draw.Spec.Rgms.Edges));
        refuse("the graph is dense", bag => bag.GraphOrNull = Graph(draw.Sizes.Columns, draw.Sizes.Sources * relations, Pattern.Dense));
        if (relations > 1) refuse("a relation has one node more", bag => bag.GraphOrNull = Graph(draw.Sizes.Columns, draw.Sizes.Sources * relations + 1, Pattern.Csr));
        if (draw.Spec.Columns.IsConstant) refuse("there is a node more", bag => bag.GraphOrNull = Graph(draw.Sizes.Columns + 1, draw.Sizes.Sources * relations, Pattern.Csr));
    });

    [Fact]
    public void Call_WithANegativeSize_Throws() => Each(draw => HasParameter(draw, Role.Columns), (_, refuse) => refuse("the columns are negative", bag => bag.SetScalar(nameof(Role.Columns), -1)));

    [Fact]
    public void Call_WithAScaleThatIsNotPositive_Throws() => Each(draw => HasParameter(draw, Role.Scale), (_, refuse) =>
    {
        refuse("the scale is 0", bag => bag.SetScalar(nameof(Role.Scale), 0));
        refuse("the scale is negative", bag => bag.SetScalar(nameof(Role.Scale), -1));
        refuse("the scale is NaN", bag => bag.SetScalar(nameof(Role.Scale), double.NaN));
        refuse("the scale is infinite", bag => bag.SetScalar(nameof(Role.Scale), double.PositiveInfinity));
    });

    [Fact]
    public void Call_WithTooSmallALeadingDimension_Throws() => Each(draw => HasParameter(draw, Role.YStride) && draw.Sizes is { Rows: > 1, Columns: > 1 }, (draw, refuse) =>
    {
        int length = SizeDraw.Line(draw.Spec.Y.Format, draw.Spec.Y.Layout, draw.Sizes.Rows, draw.Sizes.Columns);
        refuse("rows of Y run into each other", bag => bag.SetScalar(nameof(Role.YStride), length - 1));
    });

    [Fact]
    public void Call_WithAnOffsetOutsideTheBlocks_Throws() => Each(
        draw => draw.Spec.Batch?.Addressing == BatchAddressing.Offsets && draw.Sizes is { BatchCount: > 0, Rows: > 0, Depth: > 0, Columns: > 0 },
        (_, refuse) =>
        {
            refuse("an offset is negative", bag => bag.Span<long>(nameof(Role.BatchWeightsOffsets))[0] = -1);
            refuse("an offset is past the end", bag => bag.Span<long>(nameof(Role.BatchXOffsets))[^1] = bag.Count(X));
            refuse("an offset overflows", bag => bag.Span<long>(nameof(Role.BatchXOffsets))[0] = long.MaxValue);
        });

    [Fact]
    public void Call_WithAStrideOutsideTheBlocks_Throws() => Each(
        draw => draw.Spec.Batch?.Addressing == BatchAddressing.Stride && draw.Sizes is { BatchCount: > 1, Rows: > 0, Depth: > 0, Columns: > 0 },
        (_, refuse) =>
        {
            refuse("the last term is outside", bag => bag.SetScalar(nameof(Role.BatchWeightsStride), bag.Count(W)));
            refuse("the stride is negative", bag => bag.SetScalar(nameof(Role.BatchXStride), -1));
            refuse("the count is negative", bag => bag.SetScalar(nameof(Role.BatchCount), -1));
        });

    private void Each(Func<DrawnKernel, bool> where, Action<DrawnKernel, Refuse> test)
    {
        int calls = 0;
        foreach (DrawnKernel draw in kernels.Draws.Where(where))
        {
            test(draw, (what, spoil) =>
            {
                calls++;
                return AssertRefused(draw, what, spoil);
            });
        }
        Assert.True(calls >= 3, $"only {calls} calls");
    }

    private Exception AssertRefused(DrawnKernel draw, string what, Action<OperandBag> spoil)
    {
        using OperandBag bag = Build(draw);
        spoil(bag);
        byte[] before = Result(draw, bag);
        Exception? thrown = Record.Exception(() => kernels.Library.Find(draw).Call(bag));
        Assert.True(thrown is ArgumentException, $"{what}: {thrown?.ToString() ?? "not refused"}\n{draw}");
        Assert.True(Result(draw, bag).AsSpan().SequenceEqual(before), $"{what}: Y was written\n{draw}");
        return thrown!;
    }

    /// <summary>The bytes of the result, wherever it is.</summary>
    private static byte[] Result(DrawnKernel draw, OperandBag bag)
    {
        if (!draw.Spec.Y.IsPacked) return bag.Bytes(Y).ToArray();
        using var file = new MemoryStream();
        bag.Packed.Save(file);
        return file.ToArray();
    }

    private static bool HasPacked(DrawnKernel draw) => draw.Spec.Y.IsPacked || (draw.Spec.IsContraction && draw.Spec.Weights.Storage == WeightStorage.Packed);

    private static OperandBag Build(DrawnKernel draw) => BagBuilder.Build(draw, OperandFactory.Draw(draw));

    private static bool HasParameter(DrawnKernel draw, Role role) => DeclarationWriter.Parameters(draw).Any(parameter => parameter.Role == role);

    // The bag holds a few operands that a signature passes in another form.
    private static bool IsParameter(DrawnKernel draw, string name) => DeclarationWriter.Parameters(draw).Any(parameter => parameter.Argument.Contains("Span<", StringComparison.Ordinal) && parameter.Argument.EndsWith($"(\"{name}\")", StringComparison.Ordinal));

    private delegate Exception Refuse(string what, Action<OperandBag> spoil);
}
