namespace Intarsia;

/// <summary>
/// Names the canonical layout of a packed operand. The layout is a function of pattern and number format only, the same for every tier and kernel, so two
/// matrices with equal descriptors can serve the same kernels. <c>docs/formats.md</c> gives each layout byte by byte.
/// </summary>
/// <param name="Pattern">Where non-zero elements may stand.</param>
/// <param name="Format">How they are stored: <see cref="NumberFormat.Float32"/>, <see cref="NumberFormat.Float16"/>, <see cref="NumberFormat.BFloat16"/>, <see cref="NumberFormat.TensorFloat32"/>, or an integer of 16, 12, 8, 4, 2 bits or one, signed or not, or of a table (<see cref="CodeTable"/>), planes times powers of two, or a codebook of the matrix's own; <see cref="NumberFormat.Int32"/> for the results of sampled products.</param>
public sealed record WeightLayout(Pattern Pattern, NumberFormat Format)
{
    /// <summary><see cref="Pattern.NM"/>: elements kept of each <see cref="M"/>; else 0.</summary>
    public int N { get; init; }

    /// <summary><see cref="Pattern.NM"/>: group length, 2, 4, 8, 16 or 32; else 0.</summary>
    public int M { get; init; }

    /// <summary><see cref="Pattern.VectorRows"/>: vector length, 1, 2, 4, 8 or 16. <see cref="Pattern.NM"/>: rows that keep the same elements, 2, 4, 8 or 16, or 0 where each has its own. Else 0.</summary>
    public int V { get; init; }

    /// <summary><see cref="Pattern.Bsr"/>: rows of a block, 1 to 1024; else 0.</summary>
    public int BlockRows { get; init; }

    /// <summary><see cref="Pattern.Bsr"/>: columns of a block, 1 to 1024; else 0.</summary>
    public int BlockColumns { get; init; }

    /// <summary><see cref="Pattern.Bsr"/>: only block rows that hold blocks are stored (DBSR); else false.</summary>
    public bool DoublyCompressed { get; init; }

    /// <summary><see cref="Pattern.Ell"/>: places of a row, 1 to 65536; else 0.</summary>
    public int Width { get; init; }

    /// <summary><see cref="Pattern.Hyb"/>: partitions of the columns, 1 to 1024; else 0.</summary>
    public int Partitions { get; init; }

    /// <summary><see cref="Pattern.Hyb"/>: the exponent of the widest bucket, 0 to 16; else 0.</summary>
    public int BucketExponent { get; init; }

    /// <summary><see cref="Pattern.RelativeCsc"/>: lanes that rows are dealt to in turn, 1 to 1024; else 0.</summary>
    public int Lanes { get; init; }

    /// <summary><see cref="Pattern.GatherScatter"/>: banks that the elements of a group lie in, one in each; 4, 8, 16 or 32; else 0.</summary>
    public int Banks { get; init; }

    /// <summary><see cref="Pattern.GatherScatter"/>: elements of each row in a group, a divisor of <see cref="Banks"/>; else 0.</summary>
    public int PerRow { get; init; }

    /// <summary><see cref="Pattern.GatherScatter"/>: groups that a bundle of rows may have, 1 to 65536, places without an element being padding; 0 where none may be, and for other patterns.</summary>
    public int Groups { get; init; }

    /// <summary><see cref="Pattern.GatherScatter"/>: bundles are made of rows in the order of their numbers of elements; else false.</summary>
    public bool Scatter { get; init; }

    /// <summary>Of blocks and vectors that are a part of <see cref="Pattern.Composite"/> and not its last: the percentage of non-zero elements from which one is taken, 1 to 100; else 0.</summary>
    public int Fill { get; init; }

    /// <summary><see cref="Pattern.Composite"/>: 2 to 8 sparse formats of the same number format and without scales of their own, of which each takes what it can of what those before it leave; else none.</summary>
    public LayoutParts Parts { get; init; } = LayoutParts.None;

    /// <summary>What shares a scale: none, tensor, row or group; none for floating-point formats.</summary>
    public Per Scale { get; init; }

    /// <summary><see cref="Per.Group"/>: length of a scale group in dense depth, at least 1; else 0. The last group of a row may be short.</summary>
    public int ScaleGroup { get; init; }

    /// <summary>Each scale has a zero point: value = (q − zero)·scale. Of binary-coded formats each scale group has an offset, which is added.</summary>
    public bool Asymmetric { get; init; }

    /// <summary>Integer storage: elements are <c>q</c>, to be read with their scales.</summary>
    public bool IsInteger => IntegerFormats.IsInteger(Format);

    /// <summary>Planes of signs that an element is a sum of; 0 unless the format is binary-coded.</summary>
    public int Planes => IntegerFormats.PlanesOf(Format);

    /// <summary>Neighbouring elements that are coefficients of one basis: 3 for <see cref="NumberFormat.PowerOfTwoBasis"/>, else 0.</summary>
    public int BasisOrder => Format == NumberFormat.PowerOfTwoBasis ? BasisMatrix.Order : 0;

    /// <summary>Numbers that each scale group has among the scales: one; of binary-coded formats α for each plane, and the offset behind them where the layout is asymmetric; of a format with a basis the basis, row-major.</summary>
    public int ScalesOfGroup => BasisOrder > 0 ? BasisOrder * BasisOrder : Planes == 0 ? 1 : Planes + (Asymmetric ? 1 : 0);

    /// <summary>Sums of a scale group are multiplied by its scale. Bases are none: they are in the weights already.</summary>
    internal bool ScalesGroups => Scale == Per.Group && BasisOrder == 0;

    /// <summary>Rows that share one column pattern and are computed together: <see cref="V"/> for vector rows and V:N:M, for blocks the greatest power of two up to 16 that divides their rows, for sums the least of their parts, else 1.</summary>
    public int VectorLength => Pattern == Pattern.Composite ? Parts.Select(part => part.VectorLength).DefaultIfEmpty(1).Min() : Pattern == Pattern.Bsr ? RowsTogether(BlockRows) : Math.Max(V, 1);

    /// <summary>Rows of a block that readers see together: the greatest power of two up to 16 that divides them.</summary>
    internal static int RowsTogether(int blockRows) => Math.Min(blockRows & -blockRows, 16);

    /// <summary>What a kernel sees of a matrix in this layout that it multiplies by the transpose of: blocks of c×b, else rows of single elements. No packed matrix has another's as its own.</summary>
    internal WeightLayout AsTransposed() =>
        Pattern == Pattern.Bsr ? this with { BlockRows = BlockColumns, BlockColumns = BlockRows, DoublyCompressed = false } : new WeightLayout(Pattern.Csr, Format) { Scale = Scale, ScaleGroup = ScaleGroup, Asymmetric = Asymmetric };

    /// <summary>Returns this descriptor if it names a layout that exists.</summary>
    /// <exception cref="ArgumentException">A property is out of range or does not belong to the pattern or format; the message names it.</exception>
    public WeightLayout Validate() => FindFault() is { } fault ? throw new ArgumentException(fault.Message) : this;

    /// <summary>The first property that is wrong, or null.</summary>
    internal IntarsiaFormatException? FindFault()
    {
        if (!Enum.IsDefined(Pattern))
            return Fault("Pattern", Pattern, "Dense, NM, VectorRows, Csr, Bsr, Ell, Hyb, Composite, RelativeCsc, RowWindows or GatherScatter");
        if (!IsInteger && Format is not (NumberFormat.Float32 or NumberFormat.Float16 or NumberFormat.BFloat16 or NumberFormat.TensorFloat32 or NumberFormat.Int32 or NumberFormat.Codebook16 or NumberFormat.Codebook256 or NumberFormat.PowerOfTwoBasis))
            return Fault("Format", Format, "Float32, TensorFloat32, Float16, BFloat16, an integer of 16, 12, 8, 4, 2 bits or one or of a table, a codebook, coefficients of a basis, or Int32 for sums");
        if (Format == NumberFormat.Binary && Pattern != Pattern.Dense)
            return Fault("Pattern", Pattern, "Dense, because Binary weights are −1 or 1: what a pattern leaves out is 0, which Ternary has");

        if (IntegerFormats.HasSignPlanes(Format) && Pattern != Pattern.Dense)
            return Fault("Pattern", Pattern, $"Dense, because {Format} weights are odd: what a pattern leaves out is 0, which Planes1 to Planes8 have");
        if (Planes > 0 && Pattern != Pattern.Dense)
            return Fault("Pattern", Pattern, $"Dense, because {Format} weights are sums of planes of signs: what a pattern leaves out is 0, which they have no code for");
        if (Planes > 0 && Scale == Per.None)
            return Fault("Scale", Scale, $"Tensor, Row or Group, because each plane of {Format} weights has scales");

        if (BasisOrder > 0 && Pattern != Pattern.Dense && !(Pattern == Pattern.Bsr && BlockColumns % BasisOrder == 0))
            return Fault("Pattern", Pattern == Pattern.Bsr ? $"{Pattern} {BlockRows}×{BlockColumns}" : Pattern, $"Dense, or Bsr with blocks of a multiple of {BasisOrder} columns, because {BasisOrder} neighbouring weights have their coefficients in common");
        if (BasisOrder > 0 && Scale == Per.None)
            return Fault("Scale", Scale, $"Tensor, Row or Group: what shares a basis");
        if (BasisOrder > 0 && Scale == Per.Group && ScaleGroup % BasisOrder != 0)
            return Fault("ScaleGroup", ScaleGroup, $"a multiple of {BasisOrder}, because so many neighbouring weights have their coefficients in common");

        if (Pattern == Pattern.NM)
        {
            if (M is not (2 or 4 or 8 or 16 or 32))
                return Fault("M", M, "2, 4, 8, 16 or 32");
            if (N < 1 || N > M)
                return Fault("N", N, $"1 to M = {M}");
        }
        else if (N != 0 || M != 0)
        {
            return Fault("N:M", $"{N}:{M}", $"0:0, because the pattern is {Pattern}");
        }

        if (Pattern == Pattern.VectorRows)
        {
            if (V is not (1 or 2 or 4 or 8 or 16))
                return Fault("V", V, "1, 2, 4, 8 or 16");
        }
        else if (Pattern == Pattern.NM)
        {
            if (V is not (0 or 2 or 4 or 8 or 16))
                return Fault("V", V, "2, 4, 8 or 16, or 0 where each row has elements of its own");
        }
        else if (V != 0)
        {
            return Fault("V", V, $"0, because the pattern is {Pattern}");
        }

        foreach ((string name, int extent) in (ReadOnlySpan<(string, int)>)[("BlockRows", BlockRows), ("BlockColumns", BlockColumns)])
        {
            if (Pattern == Pattern.Bsr ? extent is < 1 or > 1024 : extent != 0)
                return Fault(name, extent, Pattern == Pattern.Bsr ? "1 to 1024" : $"0, because the pattern is {Pattern}");
        }

        if (DoublyCompressed && Pattern != Pattern.Bsr)
            return Fault("DoublyCompressed", DoublyCompressed, $"false, because the pattern is {Pattern}");

        if (Pattern == Pattern.Ell ? Width is < 1 or > 65536 : Width != 0)
            return Fault("Width", Width, Pattern == Pattern.Ell ? "1 to 65536" : $"0, because the pattern is {Pattern}");

        if (Pattern == Pattern.Hyb ? Partitions is < 1 or > 1024 : Partitions != 0)
            return Fault("Partitions", Partitions, Pattern == Pattern.Hyb ? "1 to 1024" : $"0, because the pattern is {Pattern}");
        if (Pattern == Pattern.Hyb ? BucketExponent is < 0 or > 16 : BucketExponent != 0)
            return Fault("BucketExponent", BucketExponent, Pattern == Pattern.Hyb ? "0 to 16" : $"0, because the pattern is {Pattern}");

        if (Pattern == Pattern.RelativeCsc ? Lanes is < 1 or > 1024 : Lanes != 0)
            return Fault("Lanes", Lanes, Pattern == Pattern.RelativeCsc ? "1 to 1024" : $"0, because the pattern is {Pattern}");

        if (FindGatherScatterFault() is { } gatherScatter)
            return gatherScatter;

        if (Fill != 0)
            return Fault("Fill", Fill, "0, because no part of a composite follows");
        if (FindPartFault() is { } part)
            return part;

        if (Scale is not (Per.None or Per.Tensor or Per.Row or Per.Group))
            return Fault("Scale", Scale, "None, Tensor, Row or Group");
        if (Scale != Per.None && !IsInteger && BasisOrder == 0)
            return Fault("Scale", Scale, $"None, because the format is {Format}");
        if (Scale == Per.Group ? ScaleGroup < 1 : ScaleGroup != 0)
            return Fault("ScaleGroup", ScaleGroup, Scale == Per.Group ? "at least 1" : $"0, because the scale is per {Scale}");
        if (Asymmetric && Scale == Per.None)
            return Fault("Asymmetric", Asymmetric, "false, because there are no scales");
        if (Asymmetric && Planes == 0 && !IntegerFormats.HasZeroPoints(Format))
            return Fault("Asymmetric", Asymmetric, $"false, because only Int8, Int4 and Planes1 to Planes7 have zero points, and binary-coded formats offsets, not {Format}");
        return null;
    }

    private IntarsiaFormatException? FindGatherScatterFault()
    {
        if (Pattern != Pattern.GatherScatter)
        {
            foreach ((string name, int value) in (ReadOnlySpan<(string, int)>)[("Banks", Banks), ("PerRow", PerRow), ("Groups", Groups)])
                if (value != 0)
                    return Fault(name, value, $"0, because the pattern is {Pattern}");
            return Scatter ? Fault("Scatter", Scatter, $"false, because the pattern is {Pattern}") : null;
        }

        if (Banks is not (4 or 8 or 16 or 32))
            return Fault("Banks", Banks, "4, 8, 16 or 32");
        if (PerRow < 1 || Banks % PerRow != 0)
            return Fault("PerRow", PerRow, $"a divisor of the {Banks} banks");
        return Groups is < 0 or > 65536 ? Fault("Groups", Groups, "1 to 65536, or 0 where there is no padding") : null;
    }

    /// <summary>The first part that cannot be one, or null.</summary>
    private IntarsiaFormatException? FindPartFault()
    {
        if (Pattern == Pattern.Composite ? Parts.Count is < 2 or > 8 : Parts.Count != 0)
            return Fault("Parts", Parts.Count, Pattern == Pattern.Composite ? "2 to 8" : $"none, because the pattern is {Pattern}");
        for (int i = 0; i < Parts.Count; i++)
        {
            WeightLayout part = Parts[i];
            bool mustLeave = i + 1 < Parts.Count, filled = mustLeave && part.Pattern is Pattern.Bsr or Pattern.VectorRows;
            if (part.Pattern is Pattern.Dense or Pattern.Composite or Pattern.RelativeCsc or Pattern.GatherScatter || (mustLeave && part.Pattern is Pattern.Csr or Pattern.Hyb or Pattern.RowWindows))
                return Fault($"Parts[{i}].Pattern", part.Pattern, mustLeave ? "a pattern that leaves elements to the parts behind it: NM, Ell, or Bsr or VectorRows with a Fill" : "NM, VectorRows, Csr, Bsr, Ell, Hyb or RowWindows");
            if (filled && part.Fill is < 1 or > 100)
                return Fault($"Parts[{i}].Fill", part.Fill, "1 to 100 percent");
            if (part.Format != Format || part.Scale != Per.None)
                return Fault($"Parts[{i}]", part, $"{Format}, without scales");
            if ((filled ? part with { Fill = 0 } : part).FindFault() is { } fault)
                return Fault($"Parts[{i}].{fault.Field["WeightLayout.".Length..]}", fault.Found, fault.Expected);
        }

        return null;
    }

    /// <summary>A short form that can be read aloud: <c>nm2of4 s4 scale/group64 asymmetric</c>.</summary>
    public override string ToString()
    {
        string pattern = PatternText();
        string format = FormatText();
        string scale = Scale switch
        {
            Per.None => "",
            Per.Group => $" scale/group{ScaleGroup}",
            _ => $" scale/{Scale.ToString().ToLowerInvariant()}",
        };
        return $"{pattern} {format}{scale}{(Asymmetric ? " asymmetric" : "")}";
    }

    private string PatternText()
    {
        string pattern = Pattern switch
        {
            Pattern.Dense => "dense",
            Pattern.NM => $"nm{N}of{M}{(V > 0 ? $"v{V}" : "")}",
            Pattern.VectorRows => $"srbcrs{V}",
            Pattern.Csr => "csr",
            Pattern.Bsr => $"{(DoublyCompressed ? "d" : "")}bsr{BlockRows}x{BlockColumns}",
            Pattern.Ell => $"ell{Width}",
            Pattern.Hyb => $"hyb{Partitions}k{BucketExponent}",
            Pattern.RelativeCsc => $"rcsc{Lanes}",
            Pattern.RowWindows => "win16x8",
            Pattern.GatherScatter => $"gs{Banks}k{PerRow}{(Groups != 0 ? $"q{Groups}" : "")}{(Scatter ? "s" : "")}",
            Pattern.Composite => string.Join('+', Parts.Select(part => part.PatternText())),
            _ => $"pattern{(int)Pattern}",
        };
        return Fill > 0 ? $"{pattern}f{Fill}" : pattern;
    }

    private string FormatText() => Format switch
    {
        NumberFormat.Float32 => "f32",
        NumberFormat.TensorFloat32 => "tf32",
        NumberFormat.Float16 => "f16",
        NumberFormat.BFloat16 => "bf16",
        NumberFormat.Int8 => "s8",
        NumberFormat.Int4 => "s4",
        NumberFormat.Int32 => "s32",
        NumberFormat.Int16 => "s16",
        NumberFormat.UInt16 => "u16",
        NumberFormat.Int12 => "s12",
        NumberFormat.UInt12 => "u12",
        NumberFormat.UInt8 => "u8",
        NumberFormat.UInt4 => "u4",
        NumberFormat.Flint4 => "flint4",
        NumberFormat.UFlint4 => "uflint4",
        NumberFormat.PowerOfTwo4 => "pot4",
        NumberFormat.UPowerOfTwo4 => "upot4",
        NumberFormat.Float4 => "float4",
        NumberFormat.UFloat4 => "ufloat4",
        NumberFormat.ByteCodebook16 => "cb16s8",
        NumberFormat.Codebook16 => "cb16",
        NumberFormat.Codebook256 => "cb256",
        NumberFormat.ShortCodebook256 => "cb256s16",
        NumberFormat.Int2 => "s2",
        NumberFormat.UInt2 => "u2",
        NumberFormat.Ternary => "ternary",
        NumberFormat.UInt1 => "u1",
        NumberFormat.Binary => "binary",
        _ when Planes > 0 => $"bcq{Planes}",
        NumberFormat.PowerOfTwoBasis => "pot4b",
        _ when IntegerFormats.BitPlanesOf(Format) is > 0 and int planes => $"{(IntegerFormats.HasSignPlanes(Format) ? "signs" : "planes")}{planes}",
        _ => Format.ToString(),
    };

    private static IntarsiaFormatException Fault(string field, object found, string expected) => new($"WeightLayout.{field}", found.ToString()!, expected);
}
