namespace Intarsia;

/// <summary>
/// A dense matrix of weights in binary-coded planes (BCQ): w = offset + Σ_b α_b·s_b with every s_b −1 or 1, the α of an element those of its scale group. Bits a weight are planes and what the scales take; a plane is a
/// matrix of <see cref="NumberFormat.Binary"/>, so that kernels of those multiply it (<see cref="Plane"/>).
/// </summary>
/// <remarks>Park et al., "nuQmm: Quantized MatMul for Efficient Inference of Large-Scale Generative Language Models", arXiv 2206.09557, section 3 (LUT-GEMM, ICLR'24).</remarks>
public sealed class BinaryCodedMatrix
{
    /// <summary>The most planes.</summary>
    public const int MaxPlanes = 8;

    private readonly ScaleGrid _grid;

    /// <summary>Checks and wraps the arrays; they are not copied.</summary>
    /// <param name="codes">rows×depth bytes in row-major order: bit b is set where the element's sign in plane b is +1, and higher bits are 0.</param>
    /// <param name="scales">α: as many for each scale group as there are planes, <c>[group][plane]</c>; each finite and not negative.</param>
    /// <param name="offsets">One finite number for each scale group, or empty for none.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of columns.</param>
    /// <param name="planes">Number of planes, 1 to 8.</param>
    /// <param name="scale">What shares its α: <see cref="Per.Tensor"/>, <see cref="Per.Row"/> or <see cref="Per.Group"/>.</param>
    /// <param name="scaleGroup">Length of a scale group in depth for <see cref="Per.Group"/>, else 0.</param>
    /// <exception cref="ArgumentException">An extent, the scale or the length of the codes is wrong.</exception>
    /// <exception cref="IntarsiaFormatException">A code, scale or offset is out of range, or there are too many or too few of them.</exception>
    public BinaryCodedMatrix(byte[] codes, float[] scales, double[] offsets, int rows, int depth, int planes, Per scale, int scaleGroup = 0)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(scales);
        ArgumentNullException.ThrowIfNull(offsets);
        RequirePlanes(planes);
        Layout(scale, scaleGroup);
        Extents.RequireDense(codes.Length, rows, depth, nameof(codes));
        _grid = new ScaleGrid(scale, scaleGroup, rows, depth);
        if (scales.Length != (long)_grid.Count * planes)
            throw new IntarsiaFormatException("number of scales", $"{scales.Length}", $"{(long)_grid.Count * planes}, one for each of {planes} planes of {_grid.Count} groups");
        if (offsets.Length > 0 && offsets.Length != _grid.Count)
            throw new IntarsiaFormatException("number of offsets", $"{offsets.Length}", $"{_grid.Count}, or none");
        for (int i = 0; i < scales.Length; i++)
            if (!(scales[i] >= 0 && float.IsFinite(scales[i])))
                throw new IntarsiaFormatException($"scale {i}", FormattableString.Invariant($"{scales[i]}"), "a finite number that is not negative");
        for (int i = 0; i < offsets.Length; i++)
            if (!double.IsFinite(offsets[i]))
                throw new IntarsiaFormatException($"offset {i}", FormattableString.Invariant($"{offsets[i]}"), "a finite number");
        if (codes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)((1 << planes) - 1)) is >= 0 and int bad)
            throw new IntarsiaFormatException($"code {bad}", $"{codes[bad]}", $"0 to {(1 << planes) - 1}, a bit for each of {planes} planes");
        (Codes, Scales, Offsets, Rows, Depth, Planes, Scale, ScaleGroup) = (codes, scales, offsets, rows, depth, planes, scale, scaleGroup);
    }

    /// <summary>The signs of every element, rows×depth row-major: bit b is set where that in plane b is +1.</summary>
    public byte[] Codes { get; }

    /// <summary>α, <c>[group][plane]</c>.</summary>
    public float[] Scales { get; }

    /// <summary>What is added to every element of a scale group; empty for nothing. Binary64, so that what stood for integers stands for the same numbers.</summary>
    public double[] Offsets { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Depth { get; }

    /// <summary>Number of planes.</summary>
    public int Planes { get; }

    /// <summary>What shares its α.</summary>
    public Per Scale { get; }

    /// <summary>Length of a scale group in depth, or 0.</summary>
    public int ScaleGroup { get; }

    /// <summary>
    /// The same numbers as integers with scales have, exactly: with v − min = Σ 2^b·v_b, s·(v − zero) is s·((2^n − 1)/2 + min − zero) + Σ (s·2^b/2)·(2·v_b − 1).
    /// Offsets are binary64; <see cref="PackedMatrix.Pack(BinaryCodedMatrix, WeightLayout)"/> rounds them to binary32, and nothing else.
    /// </summary>
    /// <param name="q">Integers of at most eight bits, with scales.</param>
    /// <exception cref="ArgumentException">The integers have more bits, or no scales; or a scale is so small that its half is not exact.</exception>
    public static BinaryCodedMatrix FromUniform(QuantisedMatrix q)
    {
        ArgumentNullException.ThrowIfNull(q);
        (int min, int max) = IntegerFormats.Range(q.Format);
        int planes = System.Numerics.BitOperations.Log2((uint)(max - min)) + 1;
        if (planes > MaxPlanes) throw new ArgumentException($"{q.Format} takes {planes} planes; at most {MaxPlanes} are possible.", nameof(q));
        if (q.Scale == Per.None) throw new ArgumentException("The integers have no scales, which planes need.", nameof(q));
        float[] scales = new float[q.Scales.Length * planes];
        double[] offsets = new double[q.Scales.Length];
        for (int i = 0; i < q.Scales.Length; i++)
        {
            if (q.Scales[i] / 2 * 2 != q.Scales[i] || float.IsInfinity(q.Scales[i] * (1 << (planes - 1)))) throw new ArgumentException(FormattableString.Invariant($"Scale {i} is {q.Scales[i]}; its half, or its multiple, is no binary32 number."), nameof(q));
            for (int b = 0; b < planes; b++) scales[i * planes + b] = q.Scales[i] / 2 * (1 << b);
            offsets[i] = q.Scales[i] * (((1 << planes) - 1) / 2.0 + min - (q.ZeroPoints.Length > 0 ? q.ZeroPoints[i] : 0));
        }
        return new BinaryCodedMatrix(Array.ConvertAll(q.Values, value => (byte)(value - min)), scales, offsets, q.Rows, q.Depth, planes, q.Scale, q.ScaleGroup);
    }

    /// <summary>One plane as weights of <see cref="NumberFormat.Binary"/> with its α as scales. A matrix times X is the sum of its planes times X: kernels add the planes up by <see cref="Tpp.Residual"/>.</summary>
    /// <param name="plane">0 to <see cref="Planes"/> − 1; or <see cref="Planes"/>, where there are offsets, for those: their magnitudes as scales, their sign in every element.</param>
    /// <remarks>An α of 0, which no packed matrix has, becomes the smallest that is not subnormal.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">There is no such plane.</exception>
    public QuantisedMatrix Plane(int plane)
    {
        bool isOffset = plane == Planes && Offsets.Length > 0;
        if (plane < 0 || (plane >= Planes && !isOffset)) throw new ArgumentOutOfRangeException(nameof(plane), plane, $"There are {Planes} planes{(Offsets.Length > 0 ? " and one of offsets" : "")}.");
        var values = new int[Codes.Length];
        var scales = new float[_grid.Count];
        for (int i = 0; i < scales.Length; i++) scales[i] = Math.Max(isOffset ? (float)Math.Abs(Offsets[i]) : Scales[i * Planes + plane], SmallestNormal);
        for (int row = 0, i = 0; row < Rows; row++)
            for (int k = 0; k < Depth; k++, i++)
                values[i] = (isOffset ? Offsets[_grid.Index(row, k)] > 0 : (Codes[i] >> plane & 1) != 0) ? 1 : -1;
        return new QuantisedMatrix(values, scales, [], Rows, Depth, NumberFormat.Binary, Scale, ScaleGroup);
    }

    /// <summary>Writes every element as a number, rounded once, to a rows×depth row-major span.</summary>
    public void Dequantise(Span<float> dense)
    {
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        for (int row = 0, i = 0; row < Rows; row++)
        {
            for (int k = 0; k < Depth; k++, i++)
            {
                int group = _grid.Index(row, k);
                double value = Offsets.Length > 0 ? Offsets[group] : 0;
                for (int b = 0; b < Planes; b++) value += (Codes[i] >> b & 1) != 0 ? Scales[group * Planes + b] : -(double)Scales[group * Planes + b];
                dense[i] = (float)value;
            }
        }
    }

    /// <summary>The smallest positive binary32 number that is not subnormal.</summary>
    internal const float SmallestNormal = 1.17549435e-38f;

    internal static void RequirePlanes(int planes)
    {
        if (planes is < 1 or > MaxPlanes) throw new ArgumentOutOfRangeException(nameof(planes), planes, $"1 to {MaxPlanes} planes are possible.");
    }

    /// <summary>The layout of a plane; refuses a scale that it cannot have.</summary>
    internal static WeightLayout Layout(Per scale, int scaleGroup) => scale == Per.None
        ? throw new ArgumentException("Planes need scales: per Tensor, Row or Group.", nameof(scale))
        : new WeightLayout(Pattern.Dense, NumberFormat.Binary) { Scale = scale, ScaleGroup = scaleGroup }.Validate();
}
