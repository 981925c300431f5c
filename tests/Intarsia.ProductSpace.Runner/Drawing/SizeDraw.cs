using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws the sizes of a call.</summary>
public static class SizeDraw
{
    /// <summary>
    /// The largest main tile of the widest tier: eight accumulator rows of three vectors of 16 floats. Y's contiguous dimension (columns, or rows where Y is
    /// token-major) runs along the vectors.
    /// </summary>
    public const int TileHeight = 8, TileWidth = 48;

    public static SizeClass DrawClass(KernelSpec spec, SeededRandom random)
    {
        int roll = random.Next(0, 99);
        return roll switch
        {
            < 58 => SizeClass.LargeRagged,
            < 72 => SizeClass.Small,
            < 80 => SizeClass.Empty,
            < 89 => SizeClass.Vector,
            < 97 => SizeClass.Exact,
            _ => spec.Batch is null ? SizeClass.Deep : SizeClass.Small,
        };
    }

    public static CallSizes Draw(KernelSpec spec, SizeClass sizeClass, SeededRandom random)
    {
        if (!spec.IsContraction) return Lines(spec, sizeClass, random);
        CallSizes sizes = sizeClass switch
        {
            SizeClass.LargeRagged => Large(spec, random),
            SizeClass.Small => new CallSizes(random.Next(1, 9), random.Next(1, 9), random.Next(1, 9)),
            SizeClass.Empty => Empty(random),
            SizeClass.Vector => new CallSizes(random.Next(1, 130), random.Next(1, 200), 1),
            SizeClass.Exact => new CallSizes(16 * random.Next(1, 6), 32 * random.Next(1, 3), 16 * random.Next(1, 6)),
            _ => new CallSizes(random.Next(1, 3), random.Next(600, spec.IsIntegerContraction ? 140_000 : 5_000), random.Next(1, 3)),
        };
        return spec.Batch is null ? sizes : sizes with { BatchCount = random.Pick(0, 1, 1, 2, 3, 5) };
    }

    /// <summary>True where the sizes hold at least two whole main tiles and end in a ragged tail both ways.</summary>
    public static bool ExceedsTwoTilesRagged(KernelSpec spec, CallSizes sizes)
    {
        (int along, int across) = spec.Y.Layout != MatrixLayout.RowMajor ? (sizes.Rows, sizes.Columns) : (sizes.Columns, sizes.Rows);
        return along / TileWidth * (across / TileHeight) >= 2 && along % 16 != 0 && across % TileHeight != 0;
    }

    /// <summary>Draws the leading dimensions that the spec declares or a tensor carries, and batch strides; the others are tight.</summary>
    public static CallSizes WithStrides(KernelSpec spec, SignatureStyle style, CallSizes sizes, SeededRandom random)
    {
        int Pad(bool strided, TensorOperands operand, int tight) => strided || style.Tensors.HasFlag(operand) ? tight + random.Pick(0, 1, 3, 5, 16) : tight;
        int xTight = Line(spec.X.Format, spec.X.Layout, spec.IsContraction ? sizes.Depth : sizes.Rows, sizes.Columns), yTight = Line(spec.Y.Format, spec.Y.Layout, sizes.Rows, sizes.Columns);
        sizes = sizes with
        {
            WeightsStride = Pad(spec.IsContraction && spec.Weights.HasStride, TensorOperands.Weights, spec.IsContraction ? Line(spec.Weights.Format, spec.Weights.Layout, sizes.Rows, sizes.Depth) : 0),
            XStride = Pad(spec.X.HasStride, TensorOperands.X, xTight),
            YStride = Pad(spec.Y.HasStride, TensorOperands.Y, yTight),
        };
        if (spec.Batch is null) return sizes;
        return sizes with
        {
            BatchWeightsStride = Footprint(sizes.Rows, sizes.Depth, sizes.WeightsStride) + random.Pick(0, 0, 7),
            BatchXStride = Footprint(sizes.Depth, sizes.Columns, sizes.XStride) + random.Pick(0, 0, 5),
        };
    }

    /// <summary>Elements of a line of a rows×columns operand as it lies in memory: words of 32 bits where it lies in planes.</summary>
    public static int Line(NumberFormat format, MatrixLayout layout, int rows, int columns) =>
        layout switch { MatrixLayout.RowMajor => columns, MatrixLayout.BitPlanes => (rows + 31) / 32 * NumberFormats.Get(format).BitPlanes, _ => rows };

    /// <summary>Elements from the first to the last of a strided matrix.</summary>
    public static int Footprint(int rows, int columns, int stride) => rows == 0 || columns == 0 ? 0 : checked((rows - 1) * stride + columns);

    /// <summary>Without weights there is no depth, and what is long is the line.</summary>
    private static CallSizes Lines(KernelSpec spec, SizeClass sizeClass, SeededRandom random)
    {
        (int lines, int length) = sizeClass switch
        {
            SizeClass.LargeRagged => (random.Next(2, 4) * TileHeight + random.Next(1, TileHeight - 1), random.Next(1, 4) * TileWidth + 16 * random.Next(0, 2) + random.Next(1, 15)),
            SizeClass.Small => (random.Next(1, 9), random.Next(1, 9)),
            SizeClass.Empty => random.Pick((0, random.Next(1, 60)), (random.Next(1, 60), 0), (0, 0)),
            SizeClass.Vector => (1, random.Next(1, 200)),
            SizeClass.Exact => (random.Next(1, 16), 16 * random.Next(1, 12)),
            _ => (random.Next(1, 6), random.Next(600, 9_000)),
        };
        return spec.Y.Layout != MatrixLayout.RowMajor ? new CallSizes(length, 0, lines) : new CallSizes(lines, 0, length);
    }

    private static CallSizes Large(KernelSpec spec, SeededRandom random)
    {
        int tilesAlong = random.Next(1, 3);
        int tilesAcross = tilesAlong == 1 ? random.Next(2, 4) : random.Next(1, 3);
        int along = tilesAlong * TileWidth + 16 * random.Next(0, 2) + random.Next(1, 15);
        int across = tilesAcross * TileHeight + random.Next(1, TileHeight - 1);
        int depth = random.Chance(0.8) ? random.Next(2, 75) : random.Next(75, 300);
        return spec.Y.Layout != MatrixLayout.RowMajor ? new CallSizes(along, depth, across) : new CallSizes(across, depth, along);
    }

    private static CallSizes Empty(SeededRandom random)
    {
        int Extent() => random.Pick(0, random.Next(1, 60));
        CallSizes sizes = new(Extent(), Extent(), Extent());
        return sizes.Rows * sizes.Depth * sizes.Columns == 0 ? sizes : random.Next(0, 2) switch { 0 => sizes with { Rows = 0 }, 1 => sizes with { Depth = 0 }, _ => sizes with { Columns = 0 } };
    }
}
