namespace Intarsia.Verification;

/// <summary>
/// The operands of one call as <see cref="SpecReference"/> wants them: dense, unpacked, logical (rows×depth, depth×columns, rows×columns, row-major), and as the numbers
/// that are <em>stored</em> (a quantised weight is its integer, not the real value it stands for). Nothing here knows how a kernel lays its operands out.
/// </summary>
public sealed class ReferenceOperands
{
    /// <summary>Rows of <c>W</c> and <c>Y</c>.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of <c>W</c> and rows of <c>X</c>; not read where there are no weights.</summary>
    public int Depth { get; init; }

    /// <summary>Columns of <c>X</c> and <c>Y</c> (tokens).</summary>
    public required int Columns { get; init; }

    /// <summary>rows×depth stored weights; zeros where a pattern has nothing. The factors of a butterfly product: <c>[stacks][blocks][log2 n][n/2][2][2]</c>. Not read for a batch-reduce GEMM, nor where there are none.</summary>
    public double[] Weights { get; init; } = [];

    /// <summary>Nodes that a relational product gathers from: its <see cref="X"/> is depth×sources, and its <see cref="Weights"/> are rows×(relations·depth), relation beside relation.</summary>
    public int Sources { get; init; }

    /// <summary>columns×(relations·sources) stored values of the edges of a relational product, relation beside relation; 0 where there is no edge.</summary>
    public double[] Edges { get; init; } = [];

    /// <summary>
    /// rows×depth: which weights are stored at all; null when every one counts as it stands. Needed only where a missing weight is not the stored number 0: a sparse operand with
    /// zero points, whose missing weights are real zeros.
    /// </summary>
    public bool[]? Stored { get; init; }

    /// <summary>rows×columns: which elements the result of a sampled product stores. The others are not computed, and stay 0.</summary>
    public bool[] Sampled { get; init; } = [];

    /// <summary>Scales of the weights: 1 (tensor), rows (row), or rows×⌈depth/group⌉ row-major (group); of binary-coded weights as many for each of those as they have planes, and an offset behind them where they are asymmetric, of coefficients of a basis the basis, row-major; null without scales.</summary>
    public double[]? WeightScales { get; init; }

    /// <summary>Zero points in the shape of <see cref="WeightScales"/>; null when symmetric.</summary>
    public double[]? WeightZeroPoints { get; init; }

    /// <summary>depth×columns stored activations (rows×columns where there are no weights), whatever their layout in memory. Not read for a batch-reduce GEMM.</summary>
    public double[] X { get; init; } = [];

    /// <summary>Scales of the activations: 1 (tensor) or columns (token); null without scales.</summary>
    public double[]? XScales { get; init; }

    /// <summary>What a softmax multiplies its argument by, or a sampled product its dot products, where that is an argument of the call.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>γ of a norm: one value for each element of a line; null without.</summary>
    public double[]? Gamma { get; init; }

    /// <summary>β of a layer norm: one value for each element of a line; null without.</summary>
    public double[]? Shift { get; init; }

    /// <summary>What <see cref="Tpp.Requantise"/> divides by.</summary>
    public double YScale { get; init; } = 1;

    /// <summary>One vector of rows values for each <see cref="Tpp.Bias"/> step, in order.</summary>
    public List<double[]> Biases { get; init; } = [];

    /// <summary>One rows×columns operand for each <see cref="Tpp.Residual"/> step, in order.</summary>
    public List<double[]> Residuals { get; init; } = [];

    /// <summary>One rows×columns operand for each <see cref="Tpp.Multiply"/> step, in order.</summary>
    public List<double[]> Multipliers { get; init; } = [];

    /// <summary>Terms of a batch-reduce GEMM.</summary>
    public int BatchCount { get; init; }

    /// <summary>The <c>A_r</c>, rows×depth each, in order.</summary>
    public List<double[]> BatchWeights { get; init; } = [];

    /// <summary>The <c>B_r</c>, depth×columns each, in order.</summary>
    public List<double[]> BatchX { get; init; } = [];

    /// <summary>β of a batch-reduce GEMM. At 0 the old <c>C</c> is not read.</summary>
    public double Beta { get; init; }

    /// <summary>rows×columns: <c>C</c> before the call, needed only where <see cref="Beta"/> is not 0; or the values that a masked sampled product finds in its result.</summary>
    public double[]? InitialY { get; init; }
}
