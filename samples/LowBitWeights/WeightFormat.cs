using Intarsia;

namespace LowBitWeights;

/// <summary>A way to store the matrices of the encoder.</summary>
/// <param name="Name">Pattern and number format.</param>
/// <param name="Store">Prunes, quantises and packs a matrix, and names the kernel for it.</param>
internal sealed record WeightFormat(string Name, Func<LinearLayer, StoredLayer> Store)
{
    /// <summary>Elements of a matrix that <see cref="Unstructured"/> sets to zero.</summary>
    public const double Sparsity = 0.5;

    private static readonly Kernels s_float32 = new(new(Float32.LinearKernel, Float32.Linear), new(Float32.LinearGeluKernel, Float32.LinearGelu));
    private static readonly Kernels s_int4 = new(new(Int4.LinearKernel, Int4.Linear), new(Int4.LinearGeluKernel, Int4.LinearGelu));

    // The types that ANT chooses from.
    private static readonly Dictionary<NumberFormat, Kernels> s_fourBits = new()
    {
        [NumberFormat.Int4] = s_int4,
        [NumberFormat.Flint4] = new(new(Flint4.LinearKernel, Flint4.Linear), new(Flint4.LinearGeluKernel, Flint4.LinearGelu)),
        [NumberFormat.PowerOfTwo4] = new(new(PowerOfTwo4.LinearKernel, PowerOfTwo4.Linear), new(PowerOfTwo4.LinearGeluKernel, PowerOfTwo4.LinearGelu)),
        [NumberFormat.Float4] = new(new(Float4.LinearKernel, Float4.Linear), new(Float4.LinearGeluKernel, Float4.LinearGelu)),
    };

    // The same with a scale per row.
    private static readonly Dictionary<NumberFormat, Kernels> s_rowScaled = new()
    {
        [NumberFormat.Int4] = new(new(RowInt4.LinearKernel, RowInt4.Linear), new(RowInt4.LinearGeluKernel, RowInt4.LinearGelu)),
        [NumberFormat.Flint4] = new(new(RowFlint4.LinearKernel, RowFlint4.Linear), new(RowFlint4.LinearGeluKernel, RowFlint4.LinearGelu)),
        [NumberFormat.PowerOfTwo4] = new(new(RowPowerOfTwo4.LinearKernel, RowPowerOfTwo4.Linear), new(RowPowerOfTwo4.LinearGeluKernel, RowPowerOfTwo4.LinearGelu)),
        [NumberFormat.Float4] = new(new(RowFloat4.LinearKernel, RowFloat4.Linear), new(RowFloat4.LinearGeluKernel, RowFloat4.LinearGelu)),
    };

    /// <summary>What all others are held against.</summary>
    public static WeightFormat Baseline { get; } = Of("f32", s_float32);

    public static WeightFormat Int8Weights { get; } = Of("int8", new(new(Int8.LinearKernel, Int8.Linear), new(Int8.LinearGeluKernel, Int8.LinearGelu)));

    public static WeightFormat Int4Weights { get; } = Of("int4", s_int4);

    /// <summary>Of each matrix the type of four bits whose squared error is least.</summary>
    public static WeightFormat Adaptive4 { get; } = Adaptive("ANT-4", s_fourBits, Per.Group, 32);

    /// <summary>Types of four bits with a scale per row, each for itself; the choice of the least squared error among them is <see cref="RowAdaptive4"/>.</summary>
    public static IReadOnlyList<WeightFormat> RowScaled { get; } =
        [Of("int4, row", s_rowScaled[NumberFormat.Int4]), Of("PoT-4, row", s_rowScaled[NumberFormat.PowerOfTwo4]), Of("flint-4, row", s_rowScaled[NumberFormat.Flint4]), Of("float-4, row", s_rowScaled[NumberFormat.Float4])];

    public static WeightFormat RowAdaptive4 { get; } = Adaptive("ANT-4, row", s_rowScaled, Per.Row, 0);

    /// <summary>
    /// Types of three bits, and of each matrix the one whose squared error is least, with a scale for each 32 and with one for each row. There is no format of three bits with a scale of its own for kernels of bytes: all these numbers are integers of
    /// −4 to 4, so that two stand in a byte as int4, and int4's kernels multiply them. Powers of two and flint are the same numbers there: 0, ±1, ±2, ±4.
    /// </summary>
    public static IReadOnlyList<WeightFormat> ThreeBits { get; } =
    [
        InFourBits("int3", s_int4, Per.Group, 32, NumberType.Integer(3, isSigned: true)),
        InFourBits("ANT-3", s_int4, Per.Group, 32, [.. NumberType.Candidates(3, isSigned: true)]),
        InFourBits("int3, row", s_rowScaled[NumberFormat.Int4], Per.Row, 0, NumberType.Integer(3, isSigned: true)),
        InFourBits("PoT-3/flint-3, row", s_rowScaled[NumberFormat.Int4], Per.Row, 0, NumberType.PowerOfTwo(3, isSigned: true)),
        InFourBits("float-3, row", s_rowScaled[NumberFormat.Int4], Per.Row, 0, NumberType.Float(1, 1, isSigned: true)),
        InFourBits("ANT-3, row", s_rowScaled[NumberFormat.Int4], Per.Row, 0, [.. NumberType.Candidates(3, isSigned: true)]),
    ];

    /// <summary>Two bits without a basis, planes or training for them: what does not work.</summary>
    public static IReadOnlyList<WeightFormat> TwoBits { get; } =
    [
        Of("int2", new(new(Int2.LinearKernel, Int2.Linear), new(Int2.LinearGeluKernel, Int2.LinearGelu))),
        Of("ternary", new(new(Ternary.LinearKernel, Ternary.Linear), new(Ternary.LinearGeluKernel, Ternary.LinearGelu))),
    ];

    /// <summary>Powers of two times a basis for each row, and times one for each matrix.</summary>
    public static IReadOnlyList<WeightFormat> Rebuilt { get; } =
    [
        Of("pot4b, row", new(new(RowBasis.LinearKernel, RowBasis.Linear), new(RowBasis.LinearGeluKernel, RowBasis.LinearGelu))),
        Of("pot4b, matrix", new(new(TensorBasis.LinearKernel, TensorBasis.Linear), new(TensorBasis.LinearGeluKernel, TensorBasis.LinearGelu))),
    ];

    public static WeightFormat ThreePlanes { get; } = Of("BCQ-3", new(new(BinaryCoded3.LinearKernel, BinaryCoded3.Linear), new(BinaryCoded3.LinearGeluKernel, BinaryCoded3.LinearGelu)));

    public static WeightFormat TwoPlanes { get; } = Of("BCQ-2", new(new(BinaryCoded2.LinearKernel, BinaryCoded2.Linear), new(BinaryCoded2.LinearGeluKernel, BinaryCoded2.LinearGelu)));

    public static WeightFormat TwoOfFourFloats { get; } = Of(
        "2:4", new(new(TwoOfFour.LinearKernel, TwoOfFour.Linear), new(TwoOfFour.LinearGeluKernel, TwoOfFour.LinearGelu)), (weights, layer) => Pruner.NM(weights, layer.Rows, layer.Depth, 2, 4));

    public static WeightFormat TwoOfFourInts { get; } = Of(
        "2:4 int4", new(new(TwoOfFourInt4.LinearKernel, TwoOfFourInt4.Linear), new(TwoOfFourInt4.LinearGeluKernel, TwoOfFourInt4.LinearGelu)), (weights, layer) => Pruner.NM(weights, layer.Rows, layer.Depth, 2, 4));

    public static WeightFormat FourOfEightInts { get; } = Of(
        "4:8 int8", new(new(FourOfEightInt8.LinearKernel, FourOfEightInt8.Linear), new(FourOfEightInt8.LinearGeluKernel, FourOfEightInt8.LinearGelu)), (weights, layer) => Pruner.NM(weights, layer.Rows, layer.Depth, 4, 8));

    /// <summary>The smallest half of each matrix pruned, wherever they stand: the negative example.</summary>
    public static WeightFormat Unstructured { get; } = Of(
        "CSR, 50 % zero", new(new(CompressedRows.LinearKernel, CompressedRows.Linear), new(CompressedRows.LinearGeluKernel, CompressedRows.LinearGelu)), (weights, layer) => Pruner.Unstructured(weights, layer.Rows, layer.Depth, Sparsity));

    public static IReadOnlyList<WeightFormat> All { get; } =
        [Baseline, Int8Weights, Int4Weights, Adaptive4, .. RowScaled, RowAdaptive4, .. ThreeBits, .. TwoBits, .. Rebuilt, ThreePlanes, TwoPlanes, TwoOfFourFloats, TwoOfFourInts, FourOfEightInts, Unstructured];

    private static WeightFormat Adaptive(string name, Dictionary<NumberFormat, Kernels> kernels, Per scale, int group) => new(name, layer =>
    {
        QuantisedMatrix weights = AdaptiveQuantiser.Quantise(layer.Weights, layer.Rows, layer.Depth, scale, group).Matrix;
        return StoredLayer.Of(layer, weights, kernels[weights.Format].For(layer));
    });

    private static WeightFormat InFourBits(string name, Kernels kernels, Per scale, int group, params NumberType[] types) => new(name, layer =>
        StoredLayer.Of(layer, AdaptiveQuantiser.Quantise(layer.Weights, layer.Rows, layer.Depth, types, scale, group).Matrix.As(NumberFormat.Int4), kernels.For(layer)));

    private static WeightFormat Of(string name, Kernels kernels, Action<float[], LinearLayer>? prune = null) => new(name, layer =>
    {
        float[] weights = [.. layer.Weights];
        prune?.Invoke(weights, layer);
        return StoredLayer.Of(layer, weights, kernels.For(layer));
    });

    /// <summary>The two kernels of a format.</summary>
    private sealed record Kernels(LayerKernel Linear, LayerKernel Gelu)
    {
        public LayerKernel For(LinearLayer layer) => layer.Gelu ? Gelu : Linear;
    }
}
