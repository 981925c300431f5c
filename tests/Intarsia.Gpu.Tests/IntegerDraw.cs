using Intarsia.Compiler;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.Verification;

namespace Intarsia.Gpu.Tests;

/// <summary>Kernels of integers in all pairs of formats: what they are multiplied in, their layouts and their sizes follow from a seed.</summary>
internal static class IntegerDraw
{
    /// <summary>What X may have.</summary>
    public static readonly NumberFormat[] X = [NumberFormat.Int16, NumberFormat.UInt16, NumberFormat.Int8, NumberFormat.UInt8, NumberFormat.Int4, NumberFormat.UInt4];

    /// <summary>What the weights may have.</summary>
    public static readonly NumberFormat[] Weights = [.. X, NumberFormat.Int12, NumberFormat.UInt12];

    /// <summary>A kernel of a pair; null for those of signed weights and bytes alone, which other tests draw.</summary>
    public static GpuDraw? Of(NumberFormat weights, NumberFormat x, PatternSpec pattern, Device device, bool aligned, int seed, MatrixLayout layout = MatrixLayout.RowMajor)
    {
        bool isWide = weights is NumberFormat.Int16 or NumberFormat.UInt16 && x is NumberFormat.Int16 or NumberFormat.UInt16, dequantises = seed % 3 == 0, isTurned = seed % 4 == 0;
        if (weights is NumberFormat.Int8 or NumberFormat.Int4 && x is NumberFormat.Int8 or NumberFormat.UInt8) return null;
        Accumulator accumulator = !isWide ? Accumulator.Default : seed % 5 == 0 ? Accumulator.Int32Wrap : Accumulator.Int64;
        bool isSpan = pattern.Kind == Pattern.Dense && !dequantises && !NumberFormats.IsPartOfBytes(weights) && seed % 2 == 1;
        var spec = new KernelSpec
        {
            Operation = pattern.Kind == Pattern.Dense ? Operation.Gemm : Operation.Spmm,
            Weights = new WeightSpec { Format = weights, Pattern = pattern, Scale = dequantises ? Per.Row : Per.None, Storage = isSpan ? WeightStorage.Span : WeightStorage.Packed },
            X = new ActivationSpec { Format = x, Layout = layout, Scale = dequantises ? Per.Token : Per.None, HasStride = seed % 2 == 0 },
            Y = new OutputSpec { Format = dequantises ? NumberFormat.Float32 : accumulator == Accumulator.Int64 ? NumberFormat.Int64 : NumberFormat.Int32, Layout = isTurned ? MatrixLayout.TokenMajor : MatrixLayout.RowMajor },
            Epilogue = dequantises ? EquatableArray.Of(Tpp.Dequantise, Tpp.Relu) : default,
            Accumulator = accumulator,
        };
        var random = new Random(seed);
        int v = pattern.VectorLength, rows = aligned ? 16 : 2 * v + 1 + random.Next(v), depth = aligned ? 96 : random.Next(33, 90), columns = aligned ? 96 : random.Next(1, 75), gap = aligned ? 32 : 3;
        var sizes = new CallSizes(rows, depth, columns) { WeightsStride = depth, XStride = (layout == MatrixLayout.TokenMajor ? depth : columns) + gap, YStride = isTurned ? rows : columns };
        return new GpuDraw(new DrawnKernel(1, (ulong)seed, spec, new SignatureStyle(), sizes, SizeClass.Small), device, aligned) { Gap = gap };
    }

    /// <summary>A kernel by its name, on weights and elements of X by their place.</summary>
    /// <param name="name">The kernel.</param>
    /// <param name="weights">A weight, by its place in rows×depth.</param>
    /// <param name="x">An element of X, by its place in depth×columns.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="depth">Depth.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="xIsRowMajor">X is row-major where the name says that X and Y are token-major: no name can say that Y alone is.</param>
    public static (KernelSpec Spec, ReferenceOperands Operands) Of(string name, Func<int, int> weights, Func<int, int> x, int rows, int depth, int columns, bool xIsRowMajor = false)
    {
        KernelSpec spec = KernelName.Parse(name);
        if (xIsRowMajor && spec.X.Layout == MatrixLayout.TokenMajor) spec = spec with { X = spec.X with { Layout = MatrixLayout.RowMajor } };
        return (spec, new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = [.. Enumerable.Range(0, rows * depth).Select(i => (double)weights(i))],
            X = [.. Enumerable.Range(0, depth * columns).Select(i => (double)x(i))],
            Biases = spec.Epilogue.Contains(Tpp.Bias) ? [[.. Enumerable.Range(0, rows).Select(row => row - 5.0)]] : [],
        });
    }
}
