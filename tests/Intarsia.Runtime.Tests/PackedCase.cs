using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Intarsia.Runtime.Tests;

/// <summary>A matrix that fits its layout, drawn from a seed: sizes from empty to several tiles with ragged tails, values with the extremes of their format.</summary>
internal sealed record PackedCase(WeightLayout Layout, int Rows, int Depth, int Seed)
{
    /// <summary>How many cases a property draws for each format; long runs set the variable.</summary>
    public static int Count { get; } = int.Parse(Environment.GetEnvironmentVariable("INTARSIA_PROPERTY_CASES") ?? "200", CultureInfo.InvariantCulture);

    /// <summary>Dense floats; coefficients where there are bases, nothing for integers.</summary>
    public float[] Dense { get; private init; } = [];

    public int[] Integers { get; private init; } = [];

    public float[] Scales { get; private init; } = [];

    public sbyte[] ZeroPoints { get; private init; } = [];

    /// <summary>Drawn from one seed, so that a run repeats; INTARSIA_PROPERTY_SEED draws others.</summary>
    public static Config Configuration => Config.QuickThrowOnFailure.WithMaxTest(Count).WithQuietOnSuccess(true)
        .WithReplay(ulong.TryParse(Environment.GetEnvironmentVariable("INTARSIA_PROPERTY_SEED"), out ulong seed) ? seed : 20261121UL, 3UL);

    /// <summary>Checks a property on many cases of one format; a failing one is shrunk to few rows and columns.</summary>
    public static void ForAll(NumberFormat format, Action<PackedCase> property) => ForAll(random => Layouts.Draw(format, random), property);

    /// <summary>The same of the layouts that are drawn.</summary>
    public static void ForAll(Func<Random, WeightLayout> layout, Action<PackedCase> property)
    {
        Gen<PackedCase> cases =
            from seed in Gen.Choose(0, int.MaxValue - 1)
            from rows in Gen.Frequency((1, Gen.Constant(0)), (9, Gen.Choose(1, 40)))
            from depth in Gen.Frequency((1, Gen.Constant(0)), (9, Gen.Choose(1, 100)))
            select Create(layout(new Random(seed)), rows, depth, seed);
        Prop.ForAll(Arb.From(cases, Smaller), property).Check(Configuration);
    }

    /// <summary>Checks a property of what is drawn from a seed, on as many cases.</summary>
    public static void ForAllSeeds(Action<Random> property) => Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed => property(new Random(seed))).Check(Configuration);

    public static PackedCase Create(WeightLayout layout, int rows, int depth, int seed)
    {
        var random = new Random(seed);
        int scales = layout.Scale switch
        {
            Per.Tensor => 1,
            Per.Row => rows,
            Per.Group => rows * ((depth + layout.ScaleGroup - 1) / layout.ScaleGroup),
            _ => 0,
        };
        (int minimum, int maximum) = Range(layout.Format);
        var result = new PackedCase(layout, rows, depth, seed)
        {
            Dense = layout.IsInteger ? [] : new float[rows * depth],
            Integers = layout.IsInteger ? new int[rows * depth] : [],
            Scales = [.. Enumerable.Range(0, scales * layout.ScalesOfGroup).Select(_ => MathF.ScaleB(1 + random.NextSingle(), random.Next(-20, 5)))],
            ZeroPoints = layout is { Asymmetric: true, Planes: 0 } ? [.. Enumerable.Range(0, scales).Select(_ => (sbyte)random.Next(minimum, maximum + 1))] : [],
        };
        // Bases have entries of either sign.
        for (int i = 0; i < result.Scales.Length && layout.BasisOrder > 0; i++) result.Scales[i] *= random.Next(2) == 0 ? 1 : -1;
        double density = random.Next(4) == 0 || Layouts.IsDense(layout.Format) ? 1 : random.NextDouble();
        var columns = new bool[depth];
        bool[]? balanced = IsStrict(layout) ? Balanced(layout, rows, depth, random) : null;
        for (int row = 0; row < rows; row++)
        {
            int kept = 0, places = layout.Pattern == Pattern.Ell ? layout.Width : depth;
            // The first row of an N:M vector says which columns the others may have, too.
            bool first = row % layout.VectorLength == 0;
            for (int k = 0; k < depth; k++)
            {
                kept = layout.Pattern == Pattern.NM && k % layout.M == 0 ? 0 : kept;
                bool keep = random.NextDouble() < density && (layout.Pattern != Pattern.NM || (first ? kept < layout.N : columns[k])) && places > 0;
                if (balanced is not null) keep = balanced[row * depth + k];
                places -= keep ? 1 : 0;
                kept += keep ? 1 : 0;
                if (first) columns[k] = keep;
                int i = row * depth + k;
                if (layout.IsInteger)
                    result.Integers[i] = keep ? random.Next(8) switch { 0 => minimum, 1 => maximum, _ => Integer(layout.Format, random) } : result.Zero(row, k);
                else
                    result.Dense[i] = !keep ? 0 : layout.BasisOrder > 0 ? Integer(NumberFormat.PowerOfTwo4, random) : layout.Format is NumberFormat.Codebook16 or NumberFormat.Codebook256 ? s_shared[random.Next(s_shared.Length)] : DrawFloat(random);
                // What is 0 is not stored, and would leave the layout unbalanced.
                if (balanced is null || !keep) continue;
                while (layout.IsInteger && result.Integers[i] == result.Zero(row, k)) result.Integers[i] = Integer(layout.Format, random);
                while (!layout.IsInteger && result.Dense[i] == 0) result.Dense[i] = s_shared[random.Next(s_shared.Length)];
            }
        }

        return result;
    }

    /// <summary>Gather-scatter weights without padding: every group of a bundle has k elements of each row, and one of each bank.</summary>
    public static bool IsStrict(WeightLayout layout) => layout is { Pattern: Pattern.GatherScatter, Groups: 0 };

    /// <summary>Places of groups, as many for each bundle as it happens to have. A bundle that is short of rows has none.</summary>
    private static bool[] Balanced(WeightLayout layout, int rows, int depth, Random random)
    {
        var stored = new bool[rows * depth];
        int bundleRows = layout.Banks / layout.PerRow;
        for (int bundle = 0; (bundle + 1) * bundleRows <= rows; bundle++)
        {
            int[] banks = [.. Enumerable.Range(0, layout.Banks)];
            for (int groups = random.Next(1 + depth / layout.Banks); groups > 0; groups--)
            {
                random.Shuffle(banks);
                int[] places = [.. banks.Select((bank, i) => Enumerable.Range(0, depth / layout.Banks).Select(turn => (bundle * bundleRows + i / layout.PerRow) * depth + turn * layout.Banks + bank).Where(place => !stored[place]).OrderBy(_ => random.Next()).FirstOrDefault(-1))];
                if (places.Contains(-1)) break;
                foreach (int place in places) stored[place] = true;
            }
        }
        return stored;
    }

    /// <summary>Index of the scale of an element, written out anew.</summary>
    public int ScaleIndex(int row, int k) => Layout.Scale switch
    {
        Per.Row => row,
        Per.Group => row * ((Depth + Layout.ScaleGroup - 1) / Layout.ScaleGroup) + k / Layout.ScaleGroup,
        _ => 0,
    };

    public sbyte Zero(int row, int k) => ZeroPoints.Length == 0 ? (sbyte)0 : ZeroPoints[ScaleIndex(row, k)];

    public PackedMatrix Pack() => Layout.BasisOrder > 0
        ? PackedMatrix.Pack(new BasisMatrix(Array.ConvertAll(Dense, coefficient => (sbyte)coefficient), Scales, Rows, Depth, Layout.Scale, Layout.ScaleGroup), Layout)
        : Layout.IsInteger
        ? PackedMatrix.Pack(Integers, Rows, Depth, Layout, Scales, ZeroPoints)
        : PackedMatrix.Pack(Dense, Rows, Depth, Layout);

    /// <summary>The number that an element must read as after storage in the format.</summary>
    public float Expected(int row, int k)
    {
        int i = row * Depth + k;
        if (Layout.BasisOrder > 0)
        {
            float rebuilt = 0;
            for (int c = 0; c < 3 && k / 3 * 3 + c < Depth; c++) rebuilt += Dense[row * Depth + k / 3 * 3 + c] * Scales[9 * ScaleIndex(row, k) + 3 * c + k % 3];
            return rebuilt;
        }

        if (Layout.Planes > 0)
        {
            // The signs of the code, each with its α, and the offset behind those.
            int first = ScaleIndex(row, k) * Layout.ScalesOfGroup;
            double sum = Layout.Asymmetric ? Scales[first + Layout.Planes] : 0;
            for (int plane = 0; plane < Layout.Planes; plane++) sum += (Integers[i] & 1 << plane) != 0 ? Scales[first + plane] : -(double)Scales[first + plane];
            return (float)sum;
        }
        if (Layout.IsInteger)
            return (Integers[i] - Zero(row, k)) * (Scales.Length == 0 ? 1 : Scales[ScaleIndex(row, k)]);
        return Layout.Format switch
        {
            NumberFormat.Float16 => (float)(Half)Dense[i],
            NumberFormat.BFloat16 => (float)(BFloat16)Dense[i],
            _ => Dense[i],
        };
    }

    public override string ToString() => $"{Rows}×{Depth} '{Layout}' seed {Seed}";

    private static IEnumerable<PackedCase> Smaller(PackedCase failing)
    {
        foreach ((int rows, int depth) in ((int, int)[])[(failing.Rows / 2, failing.Depth), (failing.Rows, failing.Depth / 2), (failing.Rows - 1, failing.Depth), (failing.Rows, failing.Depth - 1)])
            if (rows >= 0 && depth >= 0 && (rows, depth) != (failing.Rows, failing.Depth))
                yield return Create(failing.Layout, rows, depth, failing.Seed);
    }

    /// <summary>The range of an integer format, written out anew.</summary>
    public static (int Minimum, int Maximum) Range(NumberFormat format) => format switch
    {
        NumberFormat.Int4 => (-8, 7),
        NumberFormat.UInt4 => (0, 15),
        NumberFormat.UInt8 => (0, 255),
        NumberFormat.Int12 => (-2048, 2047),
        NumberFormat.UInt12 => (0, 4095),
        NumberFormat.Int16 => (-32768, 32767),
        NumberFormat.UInt16 => (0, 65535),
        NumberFormat.Flint4 => (-16, 16),
        NumberFormat.UFlint4 => (0, 64),
        NumberFormat.PowerOfTwo4 => (-64, 64),
        NumberFormat.UPowerOfTwo4 => (0, 16384),
        NumberFormat.Float4 => (-12, 12),
        NumberFormat.UFloat4 => (0, 192),
        NumberFormat.Int2 => (-2, 1),
        NumberFormat.UInt2 => (0, 3),
        NumberFormat.Ternary or NumberFormat.Binary => (-1, 1),
        NumberFormat.UInt1 => (0, 1),
        _ when Array.IndexOf(Layouts.Planes, format) is >= 0 and int planes => (0, (2 << planes) - 1),
        _ when Array.IndexOf(Layouts.BitPlanes, format) is >= 0 and int planes => (0, (2 << planes) - 1),
        _ when Array.IndexOf(Layouts.SignPlanes, format) is >= 0 and int planes => (1 - (2 << planes), (2 << planes) - 1),
        NumberFormat.ShortCodebook256 => (-32512, 32512),
        _ => (-128, 127),
    };

    private static readonly int[] s_bytes = [-128, -100, -63, -17, -5, -2, -1, 0, 1, 3, 9, 26, 64, 99, 126, 127];

    /// <summary>252 integers of at most eight significant bits; extremes, and 0 where a pattern leaves elements out, come on top.</summary>
    private static readonly int[] s_shorts = [.. Enumerable.Range(0, 252).Select(i => (i % 2 == 0 ? 1 : -1) * (1 + i) << i % 7).Distinct()];

    private static readonly float[] s_shared = [0, -1e30f, -7.25f, -1, -0.3f, -1e-20f, float.Epsilon, 0.001f, 0.1f, 1 / 3f, 1, 1.5f, 3, 1234.5f, float.MaxValue];

    private static int Integer(NumberFormat format, Random random) =>
        format == NumberFormat.ByteCodebook16 ? s_bytes[random.Next(s_bytes.Length)] : format == NumberFormat.ShortCodebook256 ? s_shorts[random.Next(s_shorts.Length)] : CodeTable.Exists(format) ? CodeTable.Of(format)[random.Next(CodeTable.Of(format).Length)] : Layouts.SignPlanes.Contains(format) ? Range(format).Minimum + 2 * random.Next(Range(format).Maximum + 1) : random.Next(Range(format).Minimum, Range(format).Maximum + 1);

    private static float DrawFloat(Random random) => random.Next(24) switch
    {
        0 => float.NaN,
        1 => float.PositiveInfinity,
        2 => float.NegativeInfinity,
        3 => float.MaxValue,
        4 => float.Epsilon,
        5 => 6e-8f, // a subnormal of binary16
        6 => 65520, // the first that rounds to infinity in binary16
        _ => (random.NextSingle() - 0.5f) * MathF.ScaleB(1, random.Next(-10, 10)),
    };
}
