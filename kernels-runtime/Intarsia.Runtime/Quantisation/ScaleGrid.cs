namespace Intarsia;

/// <summary>Which scale belongs to which element: the shape of the scales of a rows×depth matrix.</summary>
internal readonly struct ScaleGrid
{
    private readonly Per _per;

    public ScaleGrid(Per per, int group, int rows, int depth)
    {
        _per = per;
        Group = per == Per.Group ? group : Math.Max(depth, 1);
        PerRow = per switch
        {
            Per.Row => 1,
            Per.Group => Extents.CeilingDivide(depth, group),
            _ => 0,
        };
        Count = per switch
        {
            Per.None => 0,
            Per.Tensor => 1,
            _ => Extents.RequireArrayLength((Int128)rows * PerRow, "number of scales"),
        };
    }

    /// <summary>Number of scales of the matrix.</summary>
    public int Count { get; }

    /// <summary>Number of scales of one row; 0 where rows share them.</summary>
    public int PerRow { get; }

    /// <summary>Dense depth that one scale covers.</summary>
    public int Group { get; }

    /// <summary>Position of the scale of one element; 0 for a scale per tensor or none.</summary>
    public int Index(int row, int depth) => _per switch
    {
        Per.Row => row,
        Per.Group => row * PerRow + depth / Group,
        _ => 0,
    };

    /// <summary>Number of zero points of a layout; offsets stand among the scales.</summary>
    public int ZeroPoints(WeightLayout layout) => layout is { Asymmetric: true, Planes: 0 } ? Count : 0;

    /// <summary>Rejects scales or zero points of the wrong number or out of range.</summary>
    public void Check(ReadOnlySpan<float> scales, ReadOnlySpan<sbyte> zeroPoints, WeightLayout layout)
    {
        int each = layout.ScalesOfGroup, expected = Extents.RequireArrayLength((Int128)Count * each, "number of scales");
        if (scales.Length != expected)
            throw new IntarsiaFormatException("number of scales", $"{scales.Length}", $"{expected} for the layout '{layout}'");
        int zeros = ZeroPoints(layout);
        if (zeroPoints.Length != zeros)
            throw new IntarsiaFormatException("number of zero points", $"{zeroPoints.Length}", $"{zeros} for the layout '{layout}'");
        if (layout.BasisOrder > 0)
        {
            BasisMatrix.RequireBases(scales);
            return;
        }

        for (int i = 0; i < scales.Length; i++)
            if (!float.IsFinite(scales[i]) || (layout.Planes == 0 ? scales[i] <= 0 : scales[i] < 0 && i % each < layout.Planes))
                throw new IntarsiaFormatException($"scale {i}", FormattableString.Invariant($"{scales[i]}"), layout.Planes == 0 ? "a positive finite number" : i % each < layout.Planes ? "a finite number that is not negative" : "a finite number, the offset of a group");
        (int min, int max) = zeros == 0 ? (0, 0) : IntegerFormats.Range(layout.Format);
        if (zeroPoints.IndexOfAnyExceptInRange((sbyte)min, (sbyte)max) is >= 0 and int bad)
            throw new IntarsiaFormatException($"zero point {bad}", $"{zeroPoints[bad]}", IntegerFormats.Expected(layout.Format));
    }
}
