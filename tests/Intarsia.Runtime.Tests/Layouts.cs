using System.Numerics;

namespace Intarsia.Runtime.Tests;

/// <summary>Every layout that tests walk over.</summary>
internal static class Layouts
{
    /// <summary>Binary-coded formats.</summary>
    public static readonly NumberFormat[] Planes = From(NumberFormat.BinaryCoded1);

    /// <summary>Planes of bits.</summary>
    public static readonly NumberFormat[] BitPlanes = From(NumberFormat.Planes1);

    /// <summary>Planes of signs, whose sums are odd.</summary>
    public static readonly NumberFormat[] SignPlanes = From(NumberFormat.SignPlanes1);

    /// <summary>Every integer that weights are stored in, in any pattern.</summary>
    public static readonly NumberFormat[] Integers = [NumberFormat.Int8, NumberFormat.Int4, NumberFormat.UInt8, NumberFormat.UInt4, NumberFormat.Int12, NumberFormat.UInt12, NumberFormat.Int16, NumberFormat.UInt16, .. Tables, NumberFormat.ByteCodebook16, NumberFormat.ShortCodebook256, .. Narrow, .. BitPlanes];

    /// <summary>Integers of two bits and of one, but for those without 0.</summary>
    public static NumberFormat[] Narrow => [NumberFormat.Int2, NumberFormat.UInt2, NumberFormat.Ternary, NumberFormat.UInt1];

    /// <summary>Every format whose elements are codes for the integers of a table.</summary>
    public static NumberFormat[] Tables => [NumberFormat.Flint4, NumberFormat.UFlint4, NumberFormat.PowerOfTwo4, NumberFormat.UPowerOfTwo4, NumberFormat.Float4, NumberFormat.UFloat4];

    /// <summary>Every format that weights are stored in.</summary>
    public static readonly NumberFormat[] Formats = [NumberFormat.Float32, NumberFormat.TensorFloat32, NumberFormat.Float16, NumberFormat.BFloat16, NumberFormat.Codebook16, NumberFormat.Codebook256, NumberFormat.PowerOfTwoBasis, NumberFormat.Binary, .. Planes, .. SignPlanes, .. Integers];

    private static readonly int[] GroupLengths = [2, 4, 8, 16, 32];
    private static readonly int[] VectorLengths = [1, 2, 4, 8, 16];

    /// <summary>All patterns (every N:M) in one format, without scales.</summary>
    public static IEnumerable<WeightLayout> Of(NumberFormat format)
    {
        if (format == NumberFormat.PowerOfTwoBasis)
        {
            yield return new(Pattern.Dense, format) { Scale = Per.Row };
            yield return new(Pattern.Dense, format) { Scale = Per.Group, ScaleGroup = 24 };
            yield return new(Pattern.Bsr, format) { BlockRows = 1, BlockColumns = 3, Scale = Per.Group, ScaleGroup = 9 };
            yield return new(Pattern.Bsr, format) { BlockRows = 4, BlockColumns = 6, Scale = Per.Tensor };
            yield break;
        }
        yield return Planes.Contains(format) ? new(Pattern.Dense, format) { Scale = Per.Row } : new(Pattern.Dense, format);
        if (IsDense(format)) yield break;
        yield return new(Pattern.Csr, format);
        foreach (int v in VectorLengths)
            yield return new(Pattern.VectorRows, format) { V = v };
        foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (4, 3), (3, 5), (16, 16), (48, 2)])
            yield return new(Pattern.Bsr, format) { BlockRows = rows, BlockColumns = columns };
        foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (4, 3), (16, 16)])
            yield return new(Pattern.Bsr, format) { BlockRows = rows, BlockColumns = columns, DoublyCompressed = true };
        // Wide enough for the densest matrix that tests draw.
        foreach (int width in (int[])[100, 128, 129])
            yield return new(Pattern.Ell, format) { Width = width };
        foreach ((int partitions, int exponent) in ((int, int)[])[(1, 5), (3, 2), (8, 0), (200, 1)])
            yield return new(Pattern.Hyb, format) { Partitions = partitions, BucketExponent = exponent };
        foreach (int lanes in (int[])[1, 3, 64])
            yield return new(Pattern.RelativeCsc, format) { Lanes = lanes };
        yield return new(Pattern.RowWindows, format);
        // Groups enough for the densest matrix that tests draw.
        foreach ((int banks, int perRow, int groups, bool scatter) in ((int, int, int, bool)[])[(4, 4, 40, false), (4, 1, 140, true), (16, 4, 256, true), (8, 2, 900, false), (32, 1, 65536, false)])
            yield return new(Pattern.GatherScatter, format) { Banks = banks, PerRow = perRow, Groups = groups, Scatter = scatter };
        foreach (LayoutParts parts in Sums(format))
            yield return new(Pattern.Composite, format) { Parts = parts };
        foreach (int m in GroupLengths)
            for (int n = 1; n <= m; n++)
                yield return new(Pattern.NM, format) { N = n, M = m };
        foreach ((int n, int m, int v) in ((int, int, int)[])[(2, 4, 4), (1, 4, 8), (3, 8, 2), (5, 16, 16)])
            yield return new(Pattern.NM, format) { N = n, M = m, V = v };
    }

    /// <summary>Formats without 0, which no pattern has.</summary>
    public static bool IsDense(NumberFormat format) => format == NumberFormat.Binary || Planes.Contains(format) || SignPlanes.Contains(format);

    /// <summary>A layout by chance: the eleven patterns equally often, integers with every kind of scale.</summary>
    public static WeightLayout Draw(NumberFormat format, Random random)
    {
        if (format == NumberFormat.PowerOfTwoBasis)
        {
            var scale = (Per)random.Next((int)Per.Tensor, (int)Per.Group + 1);
            bool blocks = random.Next(2) == 0;
            return new WeightLayout(blocks ? Pattern.Bsr : Pattern.Dense, format)
            {
                BlockRows = blocks ? random.Next(1, 20) : 0,
                BlockColumns = blocks ? 3 * random.Next(1, 7) : 0,
                Scale = scale,
                ScaleGroup = scale == Per.Group ? 3 * random.Next(1, 14) : 0,
            }.Validate();
        }

        WeightLayout layout = new(IsDense(format) ? Pattern.Dense : (Pattern)random.Next(11), format);
        if (layout.Pattern == Pattern.NM)
        {
            int m = GroupLengths[random.Next(GroupLengths.Length)];
            layout = layout with { M = m, N = random.Next(1, m + 1), V = random.Next(2) == 0 ? 0 : VectorLengths[random.Next(1, VectorLengths.Length)] };
        }
        else if (layout.Pattern == Pattern.VectorRows)
        {
            layout = layout with { V = VectorLengths[random.Next(VectorLengths.Length)] };
        }
        else if (layout.Pattern == Pattern.Bsr)
        {
            layout = layout with { BlockRows = random.Next(1, 40), BlockColumns = random.Next(1, 20), DoublyCompressed = random.Next(3) == 0 };
        }
        else if (layout.Pattern == Pattern.Ell)
        {
            layout = layout with { Width = random.Next(1, 40) };
        }
        else if (layout.Pattern == Pattern.Hyb)
        {
            layout = layout with { Partitions = random.Next(4) == 0 ? random.Next(1, 120) : random.Next(1, 6), BucketExponent = random.Next(7) };
        }
        else if (layout.Pattern == Pattern.RelativeCsc)
        {
            layout = layout with { Lanes = random.Next(2) == 0 ? 1 : random.Next(1, 50) };
        }
        else if (layout.Pattern == Pattern.GatherScatter)
        {
            int banks = 4 << random.Next(4);
            layout = layout with { Banks = banks, PerRow = 1 << random.Next(BitOperations.Log2((uint)banks) + 1), Groups = random.Next(3) == 0 ? 0 : 65536, Scatter = random.Next(2) == 0 };
        }
        else if (layout.Pattern == Pattern.Composite)
        {
            layout = layout with { Parts = Sums(format)[random.Next(Sums(format).Length)] };
        }

        if (layout.IsInteger)
        {
            bool planes = Planes.Contains(format);
            Per scale = (Per)random.Next((int)(planes ? Per.Tensor : Per.None), (int)Per.Group + 1);
            layout = layout with { Scale = scale, ScaleGroup = scale == Per.Group ? random.Next(1, 40) : 0, Asymmetric = scale != Per.None && random.Next(2) == 0 && (planes || format is NumberFormat.Int8 or NumberFormat.Int4 or (>= NumberFormat.Planes1 and <= NumberFormat.Planes7)) };
        }

        return layout.Validate();
    }

    /// <summary>The formats of one plane to eight.</summary>
    private static NumberFormat[] From(NumberFormat first) => [.. Enumerable.Range(0, 8).Select(planes => first + planes)];

    /// <summary>Sums of formats: single rows, rows together, three parts.</summary>
    private static LayoutParts[] Sums(NumberFormat format)
    {
        WeightLayout csr = new(Pattern.Csr, format), ell = new(Pattern.Ell, format) { Width = 3 }, hyb = new(Pattern.Hyb, format) { Partitions = 3, BucketExponent = 2 };
        WeightLayout blocks = new(Pattern.Bsr, format) { BlockRows = 4, BlockColumns = 3, Fill = 50 }, vectors = new(Pattern.VectorRows, format) { V = 8, Fill = 60 };
        WeightLayout nm = new(Pattern.NM, format) { N = 2, M = 4 }, shared = new(Pattern.NM, format) { N = 1, M = 8, V = 4 };
        return [[ell, csr], [nm, csr], [blocks, hyb], [vectors, blocks with { Fill = 0 }], [shared, vectors with { V = 2, Fill = 0 }], [blocks, vectors, csr], [nm, ell, hyb], [ell, new(Pattern.RowWindows, format)]];
    }
}
